"""Real worker processes that are killed, frozen and cut off: no job is lost, no step is taken twice."""

import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.jobs import Jobs, worker_alive
from services.models import Job
from services.queues import FILE_NAME, open_queues
from tests import tree
from tests.appliance import journal_worker

pytestmark = pytest.mark.db

LEASE_S = 1.0
PATIENCE_S = 40.0


class Workers:
    """Starts worker processes on one data directory; only these are ever signalled."""

    def __init__(self, data: Path, url: str) -> None:
        self._command = [sys.executable, "-m", "tests.appliance.journal_worker", str(data), "--url", url]
        self._log = (data / "log").open("ab")
        self.data = data
        self.all: list[subprocess.Popen[bytes]] = []

    def start(self, *options: str) -> "subprocess.Popen[bytes]":
        command = [*self._command, "--lease", str(LEASE_S), *options]
        process = subprocess.Popen(command, cwd=tree.ROOT, stdin=subprocess.PIPE, stderr=self._log)
        self.all.append(process)
        return process

    def log(self) -> str:
        return (self.data / "log").read_text()

    def begun(self) -> list[tuple[int, int, int]]:
        """What workers said they began: (process, job, step)."""
        path = self.data / "diary"
        lines = path.read_text().splitlines() if path.exists() else []
        return [(int(a), int(b), int(c)) for a, b, c in (line.split() for line in lines)]

    def close(self) -> None:
        for process in self.all:
            if process.poll() is None:
                process.kill()
            process.wait()
            assert process.stdin is not None
            process.stdin.close()
        self._log.close()


@pytest.fixture
def workers(catalogue: Path, request: pytest.FixtureRequest) -> Iterator[Workers]:
    journal_worker.create_journal()
    workers = Workers(catalogue, os.environ.get("HYPOMOS_TEST_DATABASE_URL", ""))
    yield workers
    workers.close()


@pytest.fixture
def jobs(workers: Workers) -> Iterator[Jobs]:
    """The jobs as `serve` has them: it only wakes."""
    queues = open_queues("", workers.data)
    yield Jobs(queues.wake, "here", lease_s=LEASE_S)
    queues.close()


def until(true: Callable[[], object], workers: Workers) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, workers.log()[-4000:]
        time.sleep(0.02)


def enqueue(jobs: Jobs, steps: int = 5, pause_s: float = 0.01) -> Job:
    return jobs.enqueue("steps", payload={"steps": steps, "pause_s": pause_s}, max_attempts=1000)


def state(job: Job) -> str:
    return str(Job.get_by_id(job.id).state)


def require_each_step_once(wanted: list[Job]) -> None:
    """Every step of every job once, in order, and never two workers in turns at one job."""
    taken = journal_worker.journal()
    for job in wanted:
        mine = [(step, owner) for number, step, owner, _ in taken if number == job.id]
        assert [step for step, _ in mine] == list(range(job.payload["steps"]))
        turns = [owner for owner, _ in itertools.groupby(owner for _, owner in mine)]
        assert len(turns) == len(set(turns))
    assert len(taken) == sum(job.payload["steps"] for job in wanted)


def all_done(wanted: list[Job]) -> bool:
    return all(job.state == "done" for job in Job.select().where(Job.id.in_([j.id for j in wanted])))


def test_killed_workers_lose_nothing_and_repeat_nothing(workers: Workers, jobs: Jobs, full: bool) -> None:
    """SIGKILL at random moments, and now and then somebody deletes the queue."""
    chance = random.Random(4976)
    kills = 60 if full else 10
    wanted = [enqueue(jobs) for _ in range(10)]
    alive = [workers.start(), workers.start()]
    for number in range(kills):
        wanted.append(enqueue(jobs))
        time.sleep(chance.uniform(0.05, 1.2))
        victim = alive.pop(chance.randrange(2))
        victim.kill()
        victim.wait()
        if number % 3 == 0:
            for path in workers.data.glob(f"{FILE_NAME}*"):
                path.unlink(missing_ok=True)
        alive.append(workers.start())
    wanted.append(enqueue(jobs))
    until(lambda: all_done(wanted), workers)
    require_each_step_once(wanted)
    assert Job.select().count() == len(wanted)


def test_death_before_any_statement(workers: Workers, jobs: Jobs, full: bool) -> None:
    """A worker that dies before its n-th statement, for each n of claim, steps, progress and finish."""
    wanted = []
    for number in range(1, 33) if full else (1, 2, 4, 6, 9, 14, 20):
        wanted.append(enqueue(jobs, steps=5, pause_s=0.0))
        dying = workers.start("--die-before", str(number))
        assert dying.wait(PATIENCE_S) == -signal.SIGKILL
    workers.start()
    until(lambda: all_done(wanted), workers)
    require_each_step_once(wanted)
    tries = [job.attempts for job in Job.select()]
    assert sum(tries) > len(tries), "some of them died in the middle of a job"


def test_a_frozen_worker_loses_its_job_and_its_late_write_is_refused(workers: Workers, jobs: Jobs) -> None:
    job = enqueue(jobs, steps=3, pause_s=0.3)
    frozen = workers.start()
    until(lambda: (frozen.pid, job.id, 1) in workers.begun(), workers)
    frozen.send_signal(signal.SIGSTOP)  # within the pause of the second step: it holds nothing
    workers.start()
    until(lambda: state(job) == "done", workers)
    frozen.send_signal(signal.SIGCONT)
    until(lambda: "is not ours any more" in workers.log(), workers)
    require_each_step_once([job])
    by = [pid for _, _, _, pid in journal_worker.journal()]
    assert by[0] == frozen.pid
    assert frozen.pid not in by[1:]
    workers.all[1].kill()
    more = enqueue(jobs)
    until(lambda: state(more) == "done", workers)
    assert journal_worker.journal()[-1][3] == frozen.pid, "it goes on with other work"


def test_a_live_lease_is_respected(workers: Workers, jobs: Jobs) -> None:
    """A job of several leases' length, with idle workers around, is run once by one."""
    for _ in range(2):
        workers.start()
    job = enqueue(jobs, steps=4, pause_s=0.8)
    until(lambda: state(job) == "done", workers)
    assert len({pid for pid, _, _ in workers.begun()}) == 1
    assert len(workers.begun()) == 4
    assert Job.get_by_id(job.id).attempts == 1


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, None])
def test_an_asked_end_is_gentle(workers: Workers, jobs: Jobs, how: signal.Signals | None) -> None:
    """By a signal, or because the supervisor died: what runs goes back to the queue at its next checkpoint."""
    job = enqueue(jobs, steps=200, pause_s=0.05)
    process = workers.start("--lifeline")
    until(lambda: workers.begun(), workers)
    assert worker_alive("here")
    began = time.monotonic()
    if how is None:
        assert process.stdin is not None
        process.stdin.close()
    else:
        process.send_signal(how)
    assert process.wait(PATIENCE_S) == 0
    assert time.monotonic() - began < 8
    row = Job.get_by_id(job.id)
    assert (row.state, row.attempts, row.error) == ("queued", 0, "")
    assert not worker_alive("here")
    assert 0 < journal_worker.steps_of(job.id) < 200


def test_what_never_comes_to_a_checkpoint_is_left_behind(workers: Workers, jobs: Jobs) -> None:
    job = jobs.enqueue("deaf")
    process = workers.start("--grace", "0.5")
    until(lambda: workers.begun(), workers)
    process.terminate()
    assert process.wait(PATIENCE_S) == 0
    row = Job.get_by_id(job.id)
    assert (row.state, row.attempts) == ("queued", 0)


def test_a_job_that_kills_its_workers_is_given_up(workers: Workers, jobs: Jobs) -> None:
    job = jobs.enqueue("deaf", max_attempts=2)
    for life in (1, 2):
        process = workers.start()
        until(lambda life=life: len(workers.begun()) == life, workers)  # type: ignore[misc]  # mypy cannot type it
        process.kill()
        process.wait()
    workers.start()
    until(lambda: state(job) == "failed", workers)
    assert "died" in Job.get_by_id(job.id).error
