"""Running jobs with their handlers."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.errors import JobLost, NoSpace, NotFound, PutOff, StorageThrottled, Unavailable, UsageError
from services.jobs import LANES, Handler, JobRunner, Jobs, Run
from services.models import Job, database

pytestmark = pytest.mark.db

Make = Callable[..., JobRunner]


@pytest.fixture
def make_runner(jobs: Jobs) -> Iterator[Make]:
    """Runners of the handlers given by name; closed at the end."""
    made: list[JobRunner] = []

    def make(**handlers: Handler) -> JobRunner:
        made.append(JobRunner(jobs, handlers, f"runner{len(made)}"))
        return made[-1]

    yield make
    for runner in made:
        runner.close()


def row(job: Job) -> Job:
    return Job.get_by_id(job.id)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Inside:
    """A handler that says it is inside and waits to be let out."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.leave = threading.Event()
        self.raised: BaseException | None = None

    def __call__(self, run: Run) -> None:
        self.entered.set()
        try:
            while not self.leave.wait(0.01):
                run.checkpoint()
        except BaseException as error:
            self.raised = error
            raise


def in_thread(runner: JobRunner) -> threading.Thread:
    thread = threading.Thread(target=runner.drain, args=LANES)
    thread.start()
    return thread


def test_a_result_is_kept(jobs: Jobs, make_runner: Make) -> None:
    def double(run: Run) -> dict[str, Any]:
        run.progress(1, 2)
        run.progress(2, 2)
        return {"twice": run.payload["n"] * 2}

    job = jobs.enqueue("double", payload={"n": 4})
    runner = make_runner(double=double)
    assert runner.run_one() is True
    assert runner.run_one() is False
    after = row(job)
    assert (after.state, after.result, after.progress_done, after.error) == ("done", {"twice": 8}, 2, "")


def test_one_job_by_its_number(jobs: Jobs, make_runner: Make) -> None:
    other, wanted = jobs.enqueue("x", priority=9), jobs.enqueue("x")
    runner = make_runner(x=lambda run: None)
    assert runner.run_one(wanted.id)
    assert (row(wanted).state, row(other).state) == ("done", "queued")
    assert not runner.run_one(wanted.id)


def test_known_errors_are_told_in_their_words(jobs: Jobs, make_runner: Make) -> None:
    def broken(run: Run) -> None:
        raise Unavailable("The disk of “Photos” does not answer.")

    job = jobs.enqueue("broken")
    make_runner(broken=broken).run_one()
    assert (row(job).state, row(job).error) == ("queued", "The disk of “Photos” does not answer.")


def test_what_is_not_due_waits_and_has_not_failed(
    jobs: Jobs, make_runner: Make, caplog: pytest.LogCaptureFixture
) -> None:
    def early(run: Run) -> None:
        raise PutOff("Not before noon.", retry_after=900)

    job = jobs.enqueue("early", max_attempts=1)
    make_runner(early=early).run_one()
    assert (row(job).state, row(job).error, row(job).attempts) == ("queued", "Not before noon.", 0)
    assert caplog.messages == []


def test_the_unexpected_is_told_without_its_inside(
    jobs: Jobs, make_runner: Make, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(run: Run) -> None:
        raise ValueError("secret detail")

    job = jobs.enqueue("broken", max_attempts=1)
    with caplog.at_level(logging.WARNING):
        make_runner(broken=broken).run_one()
    assert row(job).state == "failed"
    assert "ValueError" in row(job).error
    assert "secret" not in row(job).error
    assert caplog.records[0].exc_info is not None, "the traceback is in the log"


@pytest.mark.parametrize("error", [UsageError("bad"), NotFound("gone")])
def test_what_is_hopeless_is_not_tried_again(jobs: Jobs, make_runner: Make, error: Exception) -> None:
    def broken(run: Run) -> None:
        raise error

    job = jobs.enqueue("broken", max_attempts=5)
    make_runner(broken=broken).run_one()
    assert (row(job).state, row(job).attempts) == ("failed", 1)


def test_a_storage_says_how_long_to_wait(jobs: Jobs, make_runner: Make) -> None:
    def broken(run: Run) -> None:
        raise StorageThrottled("Slow down.", retry_after=3600)

    job = jobs.enqueue("broken")
    before = row(job).run_after
    make_runner(broken=broken).run_one()
    assert 3500e6 < row(job).run_after - before < 3700e6


def test_an_unknown_kind_fails_in_words(jobs: Jobs, make_runner: Make) -> None:
    job = jobs.enqueue("from-the-future")
    make_runner().run_one()
    assert row(job).state == "failed"
    assert "from-the-future" in row(job).error


def test_a_result_that_is_no_json_is_an_error(jobs: Jobs, make_runner: Make) -> None:
    job = jobs.enqueue("x", max_attempts=1)
    make_runner(x=lambda run: {"bad": object()}).run_one()
    assert (row(job).state, row(job).lease_owner) == ("failed", None)


def test_a_stopped_job_is_cancelled(jobs: Jobs, make_runner: Make) -> None:
    inside = Inside()
    job = jobs.enqueue("x")
    thread = in_thread(make_runner(x=inside))
    assert inside.entered.wait(10)
    jobs.cancel(job.id)
    thread.join(10)
    assert row(job).state == "cancelled"


def test_leases_are_renewed_while_a_handler_works(jobs: Jobs, make_runner: Make) -> None:
    jobs.lease_s = 0.8
    inside = Inside()
    job = jobs.enqueue("x")
    thread = in_thread(make_runner(x=inside))
    assert inside.entered.wait(10)
    end = time.monotonic() + 2
    while time.monotonic() < end:
        assert jobs.claim(job.id, "thief", LANES) is None
        time.sleep(0.05)
    inside.leave.set()
    thread.join(10)
    assert (row(job).state, row(job).attempts) == ("done", 1)


def test_a_lost_job_ends_and_records_nothing(jobs: Jobs, make_runner: Make) -> None:
    jobs.lease_s = 0.8
    inside = Inside()
    job = jobs.enqueue("x")
    thread = in_thread(make_runner(x=inside))
    assert inside.entered.wait(10)
    Job.update(lease_owner="thief/1").where(Job.id == job.id).execute()
    thread.join(10)
    assert isinstance(inside.raised, JobLost)
    assert (row(job).state, row(job).lease_owner) == ("running", "thief/1")


def test_closing_queues_running_jobs_again(jobs: Jobs, make_runner: Make) -> None:
    inside = Inside()
    job, waiting = jobs.enqueue("x", max_attempts=1), jobs.enqueue("x")
    runner = make_runner(x=inside)
    thread = in_thread(runner)
    assert inside.entered.wait(10)
    assert runner.running == 1
    runner.stop()
    thread.join(10)
    assert (row(job).state, row(job).attempts, row(job).error) == ("queued", 0, "")
    assert row(waiting).state == "queued"
    assert runner.run_one() is False
    assert runner.running == 0


def test_what_breaks_while_closing_is_no_failure(jobs: Jobs, make_runner: Make) -> None:
    entered, leave = threading.Event(), threading.Event()

    def broken(run: Run) -> None:
        entered.set()
        leave.wait(10)
        raise Unavailable("The decoder is gone.")

    job = jobs.enqueue("x", max_attempts=1)
    runner = make_runner(x=broken)
    thread = in_thread(runner)
    assert entered.wait(10)
    runner.stop()
    leave.set()
    thread.join(10)
    assert (row(job).state, row(job).error) == ("queued", "")


def test_what_does_not_stop_in_time_loses_its_lease(jobs: Jobs, make_runner: Make) -> None:
    entered, leave = threading.Event(), threading.Event()

    def deaf(run: Run) -> dict[str, Any]:
        entered.set()
        leave.wait(10)
        return {"late": True}

    job = jobs.enqueue("x")
    runner = make_runner(x=deaf)
    thread = in_thread(runner)
    assert entered.wait(10)
    runner.stop()
    runner.abandon()
    assert (row(job).state, row(job).attempts) == ("queued", 0)
    leave.set()
    thread.join(10)
    assert (row(job).state, row(job).result) == ("queued", None)


def test_an_interrupt_queues_the_job_again(jobs: Jobs, make_runner: Make) -> None:
    def interrupted(run: Run) -> None:
        raise KeyboardInterrupt

    job = jobs.enqueue("x")
    with pytest.raises(KeyboardInterrupt):
        make_runner(x=interrupted).run_one()
    assert (row(job).state, row(job).attempts) == ("queued", 0)


def test_running_until_idle_does_all_and_waits_for_retries(jobs: Jobs, make_runner: Make) -> None:
    tries: list[int] = []

    def moody(run: Run) -> None:
        tries.append(run.job.id)
        if len(tries) < 3:
            raise StorageThrottled("Not yet.", retry_after=0.1)

    done: list[int] = []
    plain = [jobs.enqueue("plain") for _ in range(3)]
    wanted = jobs.enqueue("moody")
    later = jobs.enqueue("plain", delay_s=60)
    runner = make_runner(moody=moody, plain=lambda run: done.append(run.job.id))
    assert runner.run_until_idle([wanted.id]) == 6
    assert row(wanted).state == "done"
    assert done == [j.id for j in plain]
    assert row(later).state == "queued"


def test_running_until_idle_ends_when_another_worker_has_done_it(jobs: Jobs, make_runner: Make) -> None:
    job = jobs.enqueue("x")
    inside = Inside()
    other = in_thread(make_runner(x=inside))
    assert inside.entered.wait(10)

    def here() -> None:
        make_runner(x=inside).run_until_idle([job.id])
        database.close()

    waiting = threading.Thread(target=here)
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive()
    inside.leave.set()
    waiting.join(10)
    other.join(10)
    assert not waiting.is_alive()


def test_the_last_word_of_a_job_has_the_room_of_the_ballast(
    jobs: Jobs, make_runner: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first write on a full disk has the ballast given up; the second one is kept."""
    fail, tries = jobs.fail, []

    def full_at_first(*given: Any, **more: Any) -> None:
        tries.append(given)
        if len(tries) == 1:
            raise database.CatalogueFull("The disk is full.")
        fail(*given, **more)

    def stopped(run: Run) -> None:
        raise NoSpace("Only 0 MiB are free.")

    monkeypatch.setattr(jobs, "fail", full_at_first)
    job = jobs.enqueue("scan")
    make_runner(scan=stopped).run_one()
    assert (row(job).state, row(job).error, len(tries)) == ("queued", "Only 0 MiB are free.", 2)
