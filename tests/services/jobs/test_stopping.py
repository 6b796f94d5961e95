"""What somebody stopped stays stopped."""

import pytest

from services.clock import DAY
from services.jobs import Jobs
from services.jobs.kinds import READ, SCAN
from services.jobs.stopping import was_stopped
from services.models import Job
from tests.fakes import claimed

pytestmark = pytest.mark.db

BOTH = Job.kind.in_([SCAN, READ])


def test_nothing_was_stopped_where_there_was_nothing(jobs: Jobs) -> None:
    assert not was_stopped(BOTH)


def test_one_that_waits_and_one_that_ended_were_not(jobs: Jobs) -> None:
    job = jobs.enqueue(SCAN)
    assert not was_stopped(BOTH)
    run = claimed(jobs, job)
    assert not was_stopped(BOTH)
    jobs.finish(run.job, {})
    assert not was_stopped(BOTH)


def test_one_that_never_began(jobs: Jobs) -> None:
    jobs.cancel(jobs.enqueue(READ).id)
    assert was_stopped(BOTH)
    assert not was_stopped(Job.kind == SCAN)


def test_one_that_is_still_on_its_way_to_stop(jobs: Jobs) -> None:
    job = jobs.enqueue(SCAN)
    claimed(jobs, job)
    jobs.cancel(job.id)
    assert Job.get().state == "running"
    assert was_stopped(BOTH, within_s=60)


def test_until_the_next_one(jobs: Jobs) -> None:
    jobs.cancel(jobs.enqueue(READ).id)
    jobs.enqueue(SCAN)
    assert not was_stopped(BOTH)


def test_only_for_a_while_where_that_is_asked(jobs: Jobs) -> None:
    jobs.cancel(jobs.enqueue(SCAN).id)
    Job.update(finished_at=Job.finished_at - 100_000_000).execute()
    assert was_stopped(BOTH, within_s=101)
    assert not was_stopped(BOTH, within_s=99)
    assert was_stopped(BOTH)


def test_not_by_a_clock_that_was_wrong(jobs: Jobs) -> None:
    jobs.cancel(jobs.enqueue(SCAN).id)
    Job.update(finished_at=Job.finished_at + 400 * DAY).execute()
    assert not was_stopped(BOTH, within_s=99)
