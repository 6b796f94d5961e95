"""What a thread used for a moment does not stay with the process."""

import os
from pathlib import Path

import pytest

from services import memory
from services.models import database
from tests.benchmarks.measuring import pss


def used() -> float:
    return pss(os.getpid(), "Pss_Anon")


def test_what_was_freed_between_what_is_kept_goes_back(catalogue: Path) -> None:
    taken = [bytes(16_000) + b"x" for _ in range(4_000)]
    kept = taken[::50]
    before = used()
    taken.clear()
    memory.give_back()
    assert before - used() > 30
    assert len(kept) == 80


@pytest.mark.sqlite("its pages are ours to keep")
def test_pages_of_the_catalogue_go_back(catalogue: Path) -> None:
    database.proxy.execute_sql("CREATE TABLE large (bytes BLOB)")
    for _ in range(6):
        database.proxy.execute_sql("INSERT INTO large VALUES (zeroblob(1000000))")
    memory.give_back()
    at_rest = used()
    assert len(list(database.proxy.execute_sql("SELECT bytes FROM large"))) == 6
    memory._trim()(0)
    assert used() - at_rest > 4, "they are kept"
    memory.give_back()
    assert used() - at_rest < 2


@pytest.mark.sqlite("its pages are ours to keep")
def test_who_keeps_little_keeps_little(catalogue: Path) -> None:
    database.proxy.execute_sql("CREATE TABLE large (bytes BLOB)")
    for _ in range(6):
        database.proxy.execute_sql("INSERT INTO large VALUES (zeroblob(1000000))")
    memory.keep_little()
    memory.give_back()
    at_rest = used()
    assert len(list(database.proxy.execute_sql("SELECT bytes FROM large"))) == 6
    memory._trim()(0)
    assert used() - at_rest < 2


def test_who_lets_go_has_no_connection_until_it_asks(catalogue: Path) -> None:
    database.proxy.execute_sql("SELECT 1")
    memory.let_go()
    assert database.proxy.is_closed()
    memory.let_go()
    assert database.proxy.execute_sql("SELECT 1").fetchone() == (1,)
