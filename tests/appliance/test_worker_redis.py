"""Redis as the queue, with real processes: a job travels through it, and its loss stops nothing."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services import accounts
from services.accounts import OPERATOR
from services.jobs import Jobs
from services.models import Item, Job, database
from services.queues import FILE_NAME, Queues, open_queues
from tests import tree
from tests.appliance import journal_worker
from tests.processes import serving
from tests.redis_server import RedisServer
from tests.serving import opened
from tools import postgresql

pytestmark = pytest.mark.needs("redis-server")

NEVER = "3600"
URL = os.environ.get(postgresql.VARIABLE, "")
PATIENCE_S = 40.0


@pytest.fixture
def queues(catalogue: Path, redis_server: RedisServer) -> Iterator[Queues]:
    """The queue as `serve` has it."""
    journal_worker.create_journal()
    queues = open_queues(redis_server.url, catalogue)
    yield queues
    queues.close()


@pytest.fixture
def start(catalogue: Path, redis_server: RedisServer) -> Iterator[Callable[..., None]]:
    """Starts a worker process on that queue."""
    started: list[subprocess.Popen[bytes]] = []

    def start_one(*options: str) -> None:
        command = [sys.executable, "-m", "tests.appliance.journal_worker", str(catalogue), "--url", URL]
        with (catalogue / "log").open("ab") as log:
            more = ["--queue", redis_server.url, *options]
            started.append(subprocess.Popen([*command, *more], cwd=tree.ROOT, stderr=log))

    yield start_one
    for process in started:
        process.terminate()
        assert process.wait(PATIENCE_S) == 0


def until(true: Callable[[], object], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, log.read_text()[-4000:] if log.exists() else "nothing was logged"
        time.sleep(0.02)


def is_done(job: Job) -> bool:
    return str(Job.get_by_id(job.id).state) == "done"


def test_a_job_travels_through_redis(
    catalogue: Path, queues: Queues, redis_server: RedisServer, start: Callable[..., None]
) -> None:
    """The worker never looks by itself: only what Redis carries can wake it."""
    jobs, silent = Jobs(queues.wake, "here"), Jobs(lambda lane, job: None, "here")
    early = silent.enqueue("steps", payload={"steps": 1, "pause_s": 0.0})
    start("--recover", NEVER)
    until(lambda: is_done(early), catalogue / "log")  # found by the one look at its start
    until(lambda: redis_server.calls("brpop") >= 2, catalogue / "log")
    unheard = silent.enqueue("steps", payload={"steps": 1, "pause_s": 0.0})
    time.sleep(1.5)
    assert not is_done(unheard)
    job = jobs.enqueue("steps", payload={"steps": 3, "pause_s": 0.0})
    until(lambda: is_done(job), catalogue / "log")
    assert journal_worker.steps_of(job.id) == 3
    assert not (catalogue / FILE_NAME).exists()


def test_work_goes_on_while_redis_is_away(
    catalogue: Path, queues: Queues, redis_server: RedisServer, start: Callable[..., None]
) -> None:
    jobs = Jobs(queues.wake, "here")
    start()
    first = jobs.enqueue("steps", payload={"steps": 1, "pause_s": 0.0})
    until(lambda: is_done(first), catalogue / "log")
    redis_server.stop()
    second = jobs.enqueue("steps", payload={"steps": 1, "pause_s": 0.0})
    until(lambda: is_done(second), catalogue / "log")
    redis_server.start()
    third = jobs.enqueue("steps", payload={"steps": 1, "pause_s": 0.0})
    until(lambda: is_done(third), catalogue / "log")
    assert [step for _, step, _, _ in journal_worker.journal()] == [0, 0, 0]


def test_serve_and_its_worker_meet_in_redis(tmp_path: Path, photos: Path, redis_server: RedisServer) -> None:
    data = tmp_path / "appliance"
    with opened(data) as hypomos:
        accounts.add_person(OPERATOR, hypomos.passwords, "anna", password="a lake in the morning")
        hypomos.connecting.add_local(OPERATOR, "Photos", str(photos), owner=accounts.find_user("anna"))
    (data / FILE_NAME).unlink()  # made here, before anybody said where the queue is
    with serving(data, HYPOMOS_QUEUE_URL=redis_server.url):
        database.connect("", data)
        try:
            until(lambda: Item.select().count() == 2, data / "log")
        finally:
            database.close()
        assert redis_server.calls("brpop") > 0
    assert not (data / FILE_NAME).exists()
    assert redis_server.password not in (tmp_path / "appliance.log").read_text()
