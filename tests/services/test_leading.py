"""Who leads: one at a time, for as long as it lives. With a PostgreSQL at hand, against processes that die."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from services.leading import Leader
from services.models import database
from tests import tree
from tools import postgresql

ELSEWHERE = """
import sys
from services.leading import Leader
leader = Leader(sys.argv[1], sys.argv[2])
print(leader.leads(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def url(catalogue: object) -> str:
    """The catalogue's address; tests that need two machines are for PostgreSQL."""
    if database.is_sqlite():
        pytest.skip("runs on PostgreSQL only")
    return os.environ[postgresql.VARIABLE]


@contextmanager
def another(url: str, task: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that leads `task`."""
    command = [sys.executable, "-c", ELSEWHERE, url, task]
    with subprocess.Popen(
        command, cwd=tree.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "True\n"
            yield process
        finally:
            process.kill()


def becomes(what: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 30
    while not what() and time.monotonic() < deadline:
        time.sleep(0.05)
    return what()


def test_the_one_server_of_sqlite_leads() -> None:
    leader = Leader("", "announcing")
    assert leader.is_alone
    assert leader.leads()
    leader.step_down()
    assert leader.leads()


def test_a_catalogue_that_does_not_answer_makes_nobody_lead() -> None:
    leader = Leader("postgresql://anna:secret@127.0.0.1:9/nothing", "announcing")
    assert not leader.is_alone
    assert not leader.leads()
    leader.step_down()


@pytest.mark.db
def test_one_leads_each_task(url: str) -> None:
    first, second, other = Leader(url, "announcing"), Leader(url, "announcing"), Leader(url, "something else")
    assert first.leads()
    assert first.leads(), "asking again keeps it"
    assert not second.leads()
    assert other.leads(), "another task has its own leader"
    first.step_down()
    assert second.leads()
    assert not first.leads()
    for leader in (first, second, other):
        leader.step_down()


@pytest.mark.db
def test_when_the_leader_is_killed_somebody_else_leads(url: str) -> None:
    leader = Leader(url, "announcing")
    with another(url, "announcing") as process:
        assert not leader.leads()
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert becomes(leader.leads)
    leader.step_down()


@pytest.mark.db
def test_a_leader_whose_connection_ends_leads_no_more(url: str) -> None:
    """The lock went with it, and somebody else may have it."""
    leader, other = Leader(url, "announcing"), Leader(url, "announcing")
    assert leader.leads()
    assert leader._database is not None
    (pid,) = leader._database.execute_sql("SELECT pg_backend_pid()").fetchone()
    database.rows("SELECT pg_terminate_backend(?)", pid)
    assert becomes(other.leads)
    assert not leader.leads()
    other.step_down()
    assert leader.leads(), "it asks again on a new connection"
    leader.step_down()
