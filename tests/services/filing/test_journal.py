"""The journal: rows of the dead are found at once, rows of the living never."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.filing.journal import Journal, end
from services.models import FileOperation, database, transaction
from tests import tree
from tests.factories import Make

pytestmark = pytest.mark.db


def test_a_row_is_there_until_its_end_is_recorded(make: Make, data: Path) -> None:
    storage = make.storage(make.user())
    journal = Journal(data, "here")
    operation = journal.begin("move", storage, "a\udcff.jpg", "b.jpg", actor=7, reason="x")
    journal.note(operation, step="two")
    found = FileOperation.get()
    assert (found.path, found.target, found.actor_id) == ("a\udcff.jpg", "b.jpg", 7)
    assert found.detail == {"reason": "x", "step": "two"}
    assert journal.interrupted() == Journal(data, "here").interrupted() == []
    with transaction():
        end(operation)
    assert FileOperation.select().count() == 0
    journal.close()
    assert list(data.glob("filing-*.lock")) == []


def test_rows_of_a_closed_journal_are_taken_once(make: Make, data: Path) -> None:
    storage = make.storage(make.user())
    first = Journal(data, "here")
    first.begin("move", storage, "a", "b", actor=None)
    first.begin("transfer", storage, "c", "d", actor=None)  # a job's, not a process's
    first.close()
    second, third = Journal(data, "here"), Journal(data, "here")
    assert [op.path for op in second.interrupted()] == ["a"]
    assert third.interrupted() == []
    second.close()
    assert [op.path for op in third.interrupted()] == ["a"]
    third.close()


def test_the_lock_of_a_killed_process_is_let_go(make: Make, data: Path) -> None:
    storage = make.storage(make.user())
    script = (
        "import os, signal, sys; from pathlib import Path\n"
        "from services.filing.journal import Journal; from services.models import Storage, database\n"
        "database.connect(sys.argv[2], Path(sys.argv[1]))\n"
        "Journal(Path(sys.argv[1]), 'here').begin('move', Storage.get(), 'a', 'b', actor=None)\n"
        "print('begun', flush=True); sys.stdin.read(); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    command = [sys.executable, "-c", script, str(data), os.environ.get("HYPOMOS_TEST_DATABASE_URL", "")]
    child = subprocess.Popen(command, cwd=tree.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin
    assert child.stdout
    assert child.stdout.readline() == b"begun\n"
    journal = Journal(data, "here")
    assert journal.interrupted() == []
    child.stdin.close()
    child.wait(timeout=30)
    child.stdout.close()
    assert len(journal.interrupted()) == 1
    assert storage.id == FileOperation.get().storage_id
    assert len(list(data.glob("filing-*.lock"))) == 1  # that of the dead is cleared away
    journal.close()


def test_what_begins_waits_for_the_disk(make: Make, data: Path) -> None:
    if not database.is_sqlite():
        return
    storage, journal = make.storage(make.user()), Journal(data, "here")
    with database.durable():
        assert database.proxy.execute_sql("PRAGMA synchronous").fetchone()[0] == 2
    journal.begin("move", storage, "a", "b", actor=None)
    assert database.proxy.execute_sql("PRAGMA synchronous").fetchone()[0] == 1
    journal.close()


def test_locks_of_the_dead_are_cleared_away_and_of_the_living_never(make: Make, data: Path) -> None:
    storage = make.storage(make.user())
    living = Journal(data, "here")
    living.begin("move", storage, "a", "b", actor=None)
    (data / "filing-0123456789abcdef.lock").touch()
    other = Journal(data, "here")
    assert other.interrupted() == []
    assert len(list(data.glob("filing-*"))) == 1
    living.close()
    assert len(other.interrupted()) == 1
    other.close()
