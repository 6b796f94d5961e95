"""What a thread used for a moment does not stay with the process."""

import os
from pathlib import Path

from services import memory
from services.models import database
from tests.benchmarks.measuring import pss


def test_what_was_freed_between_what_is_kept_goes_back(catalogue: Path) -> None:
    used = [bytes(16_000) + b"x" for _ in range(4_000)]
    kept = used[::50]
    before = pss(os.getpid())
    used.clear()
    memory.give_back()
    assert before - pss(os.getpid()) > 30
    assert len(kept) == 80


def test_pages_of_the_catalogue_go_back(catalogue: Path) -> None:
    database.proxy.execute_sql("CREATE TABLE large (bytes BLOB)")
    for _ in range(6):
        database.proxy.execute_sql("INSERT INTO large VALUES (zeroblob(1000000))")
    memory.give_back()
    at_rest = pss(os.getpid())
    assert len(list(database.proxy.execute_sql("SELECT bytes FROM large"))) == 6
    memory._trim()(0)
    assert pss(os.getpid()) - at_rest > 4, "they are kept"
    memory.give_back()
    assert pss(os.getpid()) - at_rest < 2
