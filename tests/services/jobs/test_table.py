"""Enqueueing, waiting, listing, stopping, and the reconciler."""

import threading
import time

import pytest

from services import clock
from services.errors import NotFound, UsageError
from services.jobs import LANES, Jobs
from services.models import Job, database, transaction
from tests.factories import Make
from tests.services.jobs.conftest import Woken

pytestmark = pytest.mark.db


def claim(jobs: Jobs, job: Job | None = None) -> Job:
    claimed = jobs.claim(job and job.id, "one", LANES)
    assert claimed is not None
    return claimed


def lapse(job: Job) -> None:
    Job.update(lease_until=1).where(Job.id == job.id).execute()


def test_a_new_job_is_queued_and_told_of(jobs: Jobs, woken: Woken, make: Make) -> None:
    anna = make.user("anna")
    storage = make.storage(anna)
    job = jobs.enqueue(
        "scan", payload={"a": 1}, lane="click", priority=7, user_id=anna.id, storage_id=storage.id,
        node="here", max_attempts=5,
    )  # fmt: skip
    row = Job.get_by_id(job.id)
    assert (row.kind, row.payload, row.lane, row.priority, row.state) == (
        "scan",
        {"a": 1},
        "click",
        7,
        "queued",
    )
    assert (row.user_id, row.storage_id, row.node, row.max_attempts) == (anna.id, storage.id, "here", 5)
    assert row.pid == job.pid
    assert woken == [("click", job.id)]


def test_an_unknown_lane_is_a_mistake(jobs: Jobs) -> None:
    with pytest.raises(ValueError, match="lane"):
        jobs.enqueue("scan", lane="fast")


def test_workers_are_told_after_the_commit(jobs: Jobs, woken: Woken) -> None:
    with transaction():
        job = jobs.enqueue("scan")
        assert woken == []
    assert woken == [("work", job.id)]


def test_a_job_that_was_rolled_back_never_was(jobs: Jobs, woken: Woken) -> None:
    def broken() -> None:
        with transaction():
            jobs.enqueue("scan")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert Job.select().count() == 0
    jobs.enqueue("other")
    assert len(woken) == 1


def test_the_same_work_is_done_once(jobs: Jobs, woken: Woken) -> None:
    first = jobs.enqueue("scan", dedupe_key="scan:1")
    again = jobs.enqueue("scan", dedupe_key="scan:1")
    other = jobs.enqueue("scan", dedupe_key="scan:2")
    running = claim(jobs, first)
    while_running = jobs.enqueue("scan", dedupe_key="scan:1")
    assert first.id == again.id == while_running.id != other.id
    assert len(woken) == 2
    jobs.finish(running, None)
    assert jobs.enqueue("scan", dedupe_key="scan:1").id not in {first.id, other.id}


def test_jobs_without_a_key_are_never_the_same(jobs: Jobs) -> None:
    assert jobs.enqueue("scan").id != jobs.enqueue("scan").id


def test_a_more_urgent_wish_makes_the_waiting_job_urgent(jobs: Jobs, woken: Woken) -> None:
    job = jobs.enqueue("render", dedupe_key="r", delay_s=60)
    assert jobs.enqueue("render", dedupe_key="r", priority=5).id == job.id
    assert claim(jobs, job).priority == 5, "and it need not wait any more"
    jobs.hand_back(Job.get_by_id(job.id))
    raised = jobs.enqueue("render", dedupe_key="r", lane="click")
    assert (raised.id, raised.lane, raised.priority) == (job.id, "click", 5)
    assert woken == [("work", job.id), ("work", job.id), ("click", job.id)]


def test_a_less_urgent_wish_changes_nothing(jobs: Jobs, woken: Woken) -> None:
    job = jobs.enqueue("render", dedupe_key="r", lane="click", priority=5)
    joined = jobs.enqueue("render", dedupe_key="r", priority=1)
    assert (joined.lane, joined.priority) == ("click", 5)
    assert woken == [("click", job.id)]


def test_asking_again_does_not_shorten_the_pause_after_a_failure(jobs: Jobs) -> None:
    """A page that waits asks many times a second."""
    job = jobs.enqueue("render", dedupe_key="r", lane="click")
    jobs.fail(claim(jobs, job), "busy")
    jobs.enqueue("render", dedupe_key="r", lane="click")
    assert jobs.claim(job.id, "one", LANES) is None


def test_asking_again_takes_a_stop_back(jobs: Jobs) -> None:
    job = claim(jobs, jobs.enqueue("scan", dedupe_key="s"))
    jobs.cancel(job.id)
    assert jobs.enqueue("scan", dedupe_key="s").id == job.id
    jobs.hand_back(job)
    assert Job.get_by_id(job.id).state == "queued"


def test_many_who_ask_at_once_get_one_job(jobs: Jobs) -> None:
    got: set[int] = set()
    start = threading.Barrier(4)

    def ask() -> None:
        try:
            start.wait()
            for _ in range(5):
                got.add(jobs.enqueue("render", dedupe_key="r", lane="click").id)
        finally:
            database.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == Job.select().count() == 1


def test_wait_gives_the_ended_job(jobs: Jobs) -> None:
    job = jobs.enqueue("scan")

    def work() -> None:
        try:
            jobs.finish(claim(jobs, job), {"n": 1})
        finally:
            database.close()

    timer = threading.Timer(0.1, work)
    timer.start()
    assert jobs.wait(job.id, 10).result == {"n": 1}
    timer.join()


def test_wait_ends_with_its_time(jobs: Jobs) -> None:
    job = jobs.enqueue("scan")
    began = time.monotonic()
    assert jobs.wait(job.id, 0.1).state == "queued"
    assert 0.1 <= time.monotonic() - began < 30
    with pytest.raises(NotFound):
        jobs.wait(job.id + 1, 1)


def test_a_person_sees_their_own_jobs(jobs: Jobs, make: Make) -> None:
    anna, boss = make.user("anna"), make.user("boss", is_admin=True)
    mine = jobs.enqueue("scan", user_id=anna.id)
    nobodys = jobs.enqueue("backup")
    theirs = jobs.enqueue("scan", user_id=boss.id)
    assert [j.id for j in jobs.list_jobs(make.viewer(anna)).jobs] == [mine.id]
    assert [j.id for j in jobs.list_jobs(make.viewer(boss)).jobs] == [theirs.id, nobodys.id]


def test_jobs_come_in_pages(jobs: Jobs, make: Make) -> None:
    anna = make.user("anna")
    viewer = make.viewer(anna)
    wanted = [jobs.enqueue("scan", user_id=anna.id).id for _ in range(5)][::-1]
    first = jobs.list_jobs(viewer, limit=2)
    jobs.enqueue("scan", user_id=anna.id)  # what comes in between moves no page
    second = jobs.list_jobs(viewer, limit=2, cursor=first.next)
    third = jobs.list_jobs(viewer, limit=2, cursor=second.next)
    assert [j.id for page in (first, second, third) for j in page.jobs] == wanted
    assert third.next is None


@pytest.mark.parametrize("given", [{"limit": 0}, {"limit": 501}, {"cursor": "!"}, {"cursor": "AAAA"}])
def test_a_bad_page_is_refused(jobs: Jobs, make: Make, given: dict[str, object]) -> None:
    viewer = make.viewer(make.user("anna"))
    with pytest.raises(UsageError):
        jobs.list_jobs(viewer, **given)  # type: ignore[arg-type]  # that is the point


def test_a_person_stops_their_own_job(jobs: Jobs, make: Make) -> None:
    anna = make.user("anna")
    viewer = make.viewer(anna)
    waiting = jobs.enqueue("scan", user_id=anna.id)
    assert jobs.stop(viewer, waiting.pid).state == "cancelled"
    running = claim(jobs, jobs.enqueue("scan", user_id=anna.id))
    stopping = jobs.stop(viewer, running.pid)
    assert (stopping.state, stopping.stop_asked) == ("running", True)
    jobs.finish(running, None)
    assert jobs.stop(viewer, running.pid).state == "done"


def test_nobody_stops_what_they_may_not_see(jobs: Jobs, make: Make) -> None:
    anna, boss = make.user("anna"), make.user("boss", is_admin=True)
    hers, nobodys = jobs.enqueue("scan", user_id=anna.id), jobs.enqueue("backup")
    for viewer, pid in (
        (make.viewer(boss), hers.pid),
        (make.viewer(anna), nobodys.pid),
        (make.viewer(anna), "absent"),
    ):
        with pytest.raises(NotFound):
            jobs.stop(viewer, pid)
    assert Job.select().where(Job.state == "queued").count() == 2
    assert jobs.stop(make.viewer(boss), nobodys.pid).state == "cancelled"


def test_cancelling_what_is_gone(jobs: Jobs) -> None:
    with pytest.raises(NotFound):
        jobs.cancel(12345)


def test_the_reconciler_wakes_what_nobody_woke(jobs: Jobs, woken: Woken) -> None:
    work, click = jobs.enqueue("scan"), jobs.enqueue("render", lane="click")
    jobs.enqueue("scan", delay_s=60)
    jobs.enqueue("scan", node="there")
    lapsed = claim(jobs, jobs.enqueue("scan"))
    lapse(lapsed)
    claim(jobs, jobs.enqueue("scan"))
    woken.clear()
    assert jobs.recover() == 3
    assert woken == [("click", click.id), ("work", work.id), ("work", lapsed.id)]
    poked: Woken = []
    jobs.recover(lambda lane, job_id: poked.append((lane, job_id)))
    assert len(poked) == len(woken) == 3


def test_the_reconciler_wakes_a_few_at_a_time(jobs: Jobs, woken: Woken) -> None:
    for _ in range(50):
        jobs.enqueue("scan")
    woken.clear()
    assert jobs.recover() == len(woken) == 20


def test_the_reconciler_gives_up_what_kills_its_workers(jobs: Jobs) -> None:
    job = jobs.enqueue("scan", max_attempts=2, dedupe_key="s")
    for _ in range(2):
        jobs.recover()
        lapse(claim(jobs, job))
    jobs.recover()
    row = Job.get_by_id(job.id)
    assert (row.state, row.lease_owner) == ("failed", None)
    assert "died" in row.error
    assert jobs.enqueue("scan", dedupe_key="s").id != job.id


def test_the_reconciler_cancels_what_was_asked_to_stop(jobs: Jobs) -> None:
    job = claim(jobs, jobs.enqueue("scan", max_attempts=1))
    jobs.cancel(job.id)
    lapse(job)
    jobs.recover()
    assert Job.get_by_id(job.id).state == "cancelled"


def test_old_jobs_are_forgotten(jobs: Jobs) -> None:
    old, fresh = jobs.enqueue("scan"), jobs.enqueue("scan")
    for job in (old, fresh):
        jobs.finish(claim(jobs, job), None)
    Job.update(finished_at=clock.now() - 15 * clock.DAY).where(Job.id == old.id).execute()
    waiting = jobs.enqueue("scan")
    Job.update(created_at=0, run_after=0).where(Job.id == waiting.id).execute()
    assert jobs.prune() == 1
    assert {j.id for j in Job.select()} == {fresh.id, waiting.id}
