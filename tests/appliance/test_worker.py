"""The worker's main loop, in a thread of the test."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from appliance import worker
from appliance.worker import run_worker, worker_alive
from services.jobs import Handler, Jobs, Presence, Run
from services.models import Job, database
from services.queues import Queues, memory_queues


class Bench:
    """Starts a worker in a thread and ends it."""

    def __init__(self) -> None:
        self.queues: Queues = memory_queues()
        self.jobs = Jobs(self.queues.wake, "here")
        self.stop = threading.Event()
        self.code: int | None = None
        self._stack = ExitStack()

    def start(self, handlers: dict[str, Handler], **more: object) -> threading.Thread:
        def run() -> None:
            try:
                given = {"stop": self.stop, "grace_s": 5.0} | more
                self.code = run_worker(self.jobs, self.queues, lambda: handlers, **given)  # type: ignore[arg-type]  # mixed on purpose
            finally:
                database.close()

        thread = threading.Thread(target=run)
        thread.start()
        self._stack.callback(thread.join, 20)
        self._stack.callback(self.stop.set)
        return thread

    def end(self) -> None:
        self._stack.close()


@pytest.fixture
def bench(catalogue: Path) -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.end()


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 15
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def state(job: Job) -> str:
    return str(Job.get_by_id(job.id).state)


def nothing(run: Run) -> None:
    """A handler without work."""


def test_jobs_are_run_while_it_lives(bench: Bench) -> None:
    assert not worker_alive("here")
    bench.start({"x": nothing})
    until(lambda: worker_alive("here"))
    job, click = bench.jobs.enqueue("x"), bench.jobs.enqueue("x", lane="click")
    assert bench.jobs.wait(job.id, 10).state == "done"
    assert bench.jobs.wait(click.id, 10).state == "done"
    bench.end()
    assert bench.code == 0
    assert not worker_alive("here")


def test_a_click_does_not_wait_for_work(bench: Bench) -> None:
    leave = threading.Event()

    def long(run: Run) -> None:
        leave.wait(15)

    bench.start({"long": long, "x": nothing})
    work = [bench.jobs.enqueue("long") for _ in range(3)]
    until(lambda: state(work[0]) == "running")
    click = bench.jobs.enqueue("x", lane="click")
    assert bench.jobs.wait(click.id, 10).state == "done"
    assert [state(j) for j in work] == ["running", "queued", "queued"]
    leave.set()


def test_what_nobody_woke_is_found(bench: Bench) -> None:
    bench.start({"x": nothing})
    until(lambda: worker_alive("here"))
    job = Jobs(lambda lane, job_id: None, "here").enqueue("x")
    assert bench.jobs.wait(job.id, 10).state == "done"


def test_handlers_are_made_once_and_decoders_closed(bench: Bench) -> None:
    calls: list[str] = []
    bench.start({}, close=lambda: calls.append("closed"))
    until(lambda: worker_alive("here"))
    assert calls == []
    bench.end()
    assert calls == ["closed"]


def test_decoders_that_do_not_close_hold_nothing_up(bench: Bench) -> None:
    def broken() -> None:
        raise OSError("no such process")

    bench.start({}, close=broken)
    until(lambda: worker_alive("here"))
    bench.end()
    assert bench.code == 0


def test_services_run_beside_and_are_started_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "RESTART_S", 0.05)
    calls: list[str] = []

    def watcher(stop: threading.Event) -> None:
        calls.append("began")
        if len(calls) < 3:
            raise OSError("no such folder")
        stop.wait()
        calls.append("ended")

    bench.start({}, services=[watcher])
    until(lambda: len(calls) == 3)
    bench.end()
    assert calls == ["began", "began", "began", "ended"]


def test_it_ends_with_its_lifeline(bench: Bench) -> None:
    ours, theirs = os.pipe()
    thread = bench.start({}, lifeline=ours)
    until(lambda: worker_alive("here"))
    os.write(theirs, b"still here")
    time.sleep(0.5)
    assert thread.is_alive()
    os.close(theirs)
    thread.join(10)
    os.close(ours)
    assert bench.code == 0


def test_a_catalogue_that_cannot_be_written_ends_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    full = threading.Event()
    beat = Presence.beat

    def maybe(self: Presence) -> None:
        if full.is_set():
            raise OSError("disk I/O error")
        beat(self)

    monkeypatch.setattr(Presence, "beat", maybe)
    monkeypatch.setattr(worker, "BEAT_S", 0.05)
    monkeypatch.setattr(worker, "PATIENCE_S", 0.5)
    thread = bench.start({})
    until(lambda: worker_alive("here"))
    full.set()
    thread.join(10)
    assert bench.code == 1


def test_running_jobs_are_handed_back_at_the_end(bench: Bench) -> None:
    def long(run: Run) -> None:
        while True:
            run.checkpoint()
            time.sleep(0.01)

    bench.start({"long": long})
    job = bench.jobs.enqueue("long", max_attempts=1)
    until(lambda: state(job) == "running")
    bench.end()
    assert (state(job), Job.get_by_id(job.id).attempts) == ("queued", 0)
