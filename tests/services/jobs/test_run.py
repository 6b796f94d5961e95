"""What a handler gets: progress, checkpoints, and losing the lease."""

import time
from collections.abc import Callable

import pytest
from peewee import OperationalError

from services.errors import JobLost, JobStopped
from services.jobs import LANES, Jobs, Run
from services.jobs import run as module
from services.models import Job

pytestmark = pytest.mark.db


@pytest.fixture
def run(jobs: Jobs) -> Run:
    """A claimed job."""
    jobs.enqueue("scan", payload={"folders": ["a"]})
    job = jobs.claim(None, "one", LANES)
    assert job is not None
    return Run(jobs, job)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write each progress, look at each checkpoint."""
    monkeypatch.setattr(module, "WRITE_EVERY_S", 0.0)


def row(run: Run) -> Job:
    return Job.get_by_id(run.job.id)


def steal(jobs: Jobs, run: Run) -> None:
    Job.update(lease_until=1).where(Job.id == run.job.id).execute()
    assert jobs.claim(run.job.id, "two", LANES) is not None


def test_a_run_has_its_payload(run: Run) -> None:
    assert run.payload == {"folders": ["a"]}


def test_progress_is_seen_at_once(run: Run) -> None:
    run.progress(3, 10, "a/b")
    assert (row(run).progress_done, row(run).progress_total, row(run).message) == (3, 10, "a/b")


@pytest.mark.usefixtures("at_once")
def test_what_is_left_out_stays(run: Run) -> None:
    run.progress(3, 10, "a/b")
    run.progress(4)
    assert (row(run).progress_done, row(run).progress_total, row(run).message) == (4, 10, "a/b")
    run.progress(5, message="")
    assert row(run).message == ""


def test_progress_is_written_twice_a_second_at_most(
    run: Run, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    note = jobs.note

    def counting(job: Job, done: int, total: int | None, message: str) -> bool:
        written.append(done)
        return note(job, done, total, message)

    monkeypatch.setattr(jobs, "note", counting)
    began = time.monotonic()
    for done in range(2000):
        run.progress(done)
    assert len(written) <= 1 + (time.monotonic() - began) * 2
    run.flush()
    assert (row(run).progress_done, written[-1]) == (1999, 1999)
    count = len(written)
    run.flush()
    assert len(written) == count, "nothing new to write"


def test_a_resumed_job_goes_on_from_its_progress(run: Run, jobs: Jobs) -> None:
    run.progress(3, 10, "a")
    jobs.hand_back(run.job)
    again = jobs.claim(None, "two", LANES)
    assert again is not None
    resumed = Run(jobs, again)
    resumed.progress(4)
    assert (row(run).progress_done, row(run).progress_total) == (4, 10)


def stops(run: Run) -> list[Callable[[], None]]:
    return [run.checkpoint, lambda: run.progress(1)]


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("way", [0, 1])
def test_a_stop_is_heard_at_the_next_checkpoint(run: Run, jobs: Jobs, way: int) -> None:
    stops(run)[way]()
    jobs.cancel(run.job.id)
    for _ in range(2):
        with pytest.raises(JobStopped):
            stops(run)[way]()


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("way", [0, 1])
def test_a_lost_lease_is_heard_at_the_next_checkpoint(run: Run, jobs: Jobs, way: int) -> None:
    run.progress(1)
    steal(jobs, run)
    with pytest.raises(JobLost) as caught:
        stops(run)[way]()
    assert not isinstance(caught.value, JobStopped)
    assert row(run).progress_done == 1


def test_an_end_from_outside_needs_no_look(run: Run) -> None:
    run.checkpoint()
    run.end(JobStopped("closing"))
    run.end(JobLost("later"))
    with pytest.raises(JobStopped, match="closing"):
        run.checkpoint()


def test_checkpoints_are_cheap(run: Run, jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[Job] = []

    def counting(job: Job) -> bool:
        looks.append(job)
        return False

    monkeypatch.setattr(jobs, "look", counting)
    began = time.monotonic()
    for _ in range(1000):
        run.checkpoint()
    assert len(looks) <= 1 + (time.monotonic() - began) * 2


@pytest.mark.usefixtures("at_once")
def test_a_busy_database_costs_no_work(run: Run, jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*given: object) -> bool:
        raise OperationalError("database is locked")

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "note", busy)
        run.progress(5)
    assert row(run).progress_done == 0
    run.flush()
    assert row(run).progress_done == 5
