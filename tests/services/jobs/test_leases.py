"""Claims, leases, and what becomes of a job afterwards."""

import threading
from collections import Counter

import pytest

from services import clock
from services.errors import JobLost
from services.jobs import LANES, Jobs, Run
from services.jobs.leases import pause_after
from services.models import Job, User, database, transaction
from tests.factories import Make

pytestmark = pytest.mark.db


def row(job: Job) -> Job:
    return Job.get_by_id(job.id)


def lapse(job: Job) -> None:
    """Let the lease of a job end now."""
    Job.update(lease_until=1).where(Job.id == job.id).execute()


def due_now() -> None:
    Job.update(run_after=0).execute()


def claim(jobs: Jobs, owner: str = "one", job: Job | None = None) -> Job:
    claimed = jobs.claim(job and job.id, owner, LANES)
    assert claimed is not None
    return claimed


def test_the_most_urgent_comes_first(jobs: Jobs) -> None:
    old = jobs.enqueue("scan")
    new = jobs.enqueue("scan")
    urgent = jobs.enqueue("scan", priority=50)
    click = jobs.enqueue("render", lane="click", priority=1)
    order = [claim(jobs).id for _ in range(4)]
    assert order == [click.id, urgent.id, old.id, new.id]
    assert jobs.claim(None, "one", LANES) is None


def test_a_clock_that_was_set_back_keeps_no_job_waiting(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    later = jobs.enqueue("scan", delay_s=3600)
    assert jobs.claim(None, "one", LANES) is None
    assert jobs.claim(later.id, "one", LANES) is None
    Job.update(run_after=clock.now() + 400 * clock.DAY).execute()
    assert claim(jobs).id == later.id


def test_a_lane_takes_only_its_own(jobs: Jobs) -> None:
    jobs.enqueue("scan")
    assert jobs.claim(None, "one", ["click"]) is None
    assert jobs.claim(None, "one", ["work"]) is not None


def test_a_claimed_job_runs(jobs: Jobs) -> None:
    job = claim(jobs, "one", jobs.enqueue("scan", payload={"folders": ["a/ü"]}))
    assert (job.state, job.attempts, job.payload) == ("running", 1, {"folders": ["a/ü"]})
    assert job.lease_owner.startswith("one/")
    assert job.started_at is not None
    assert jobs.claim(job.id, "two", LANES) is None


def test_a_job_of_another_node_is_left_alone(jobs: Jobs) -> None:
    job = jobs.enqueue("scan", node="there")
    assert jobs.claim(job.id, "one", LANES) is None
    assert Jobs(lambda lane, job_id: None, "there").claim(job.id, "two", LANES) is not None
    assert claim(jobs, "one", jobs.enqueue("scan", node="here"))


def test_a_delayed_job_waits(jobs: Jobs) -> None:
    job = jobs.enqueue("scan", delay_s=60)
    assert jobs.claim(job.id, "one", LANES) is None
    due_now()
    assert jobs.claim(job.id, "one", LANES) is not None


def test_a_lapsed_lease_goes_to_the_next(jobs: Jobs) -> None:
    first = claim(jobs, "one", jobs.enqueue("scan"))
    lapse(first)
    second = claim(jobs, "two")
    assert (second.id, second.attempts) == (first.id, 2)
    for late in (
        lambda: jobs.finish(first, {}),
        lambda: jobs.fail(first, "no"),
        lambda: jobs.hand_back(first),
        lambda: jobs.note(first, 1, 2, ""),
        lambda: jobs.look(first),
    ):
        with pytest.raises(JobLost):
            late()
    assert jobs.beat([first.lease_owner, second.lease_owner]) == {second.lease_owner: False}
    jobs.finish(second, {"found": 3})
    assert (row(first).state, row(first).result) == ("done", {"found": 3})


def test_the_same_owner_that_claims_again_has_another_lease(jobs: Jobs) -> None:
    """A thread that hung does not live on in the lease of its neighbour in the same process."""
    first = claim(jobs, "one", jobs.enqueue("scan"))
    lapse(first)
    claim(jobs, "one")
    with pytest.raises(JobLost):
        jobs.finish(first, {})


def test_a_beat_renews_a_lease(jobs: Jobs) -> None:
    job = claim(jobs, "one", jobs.enqueue("scan"))
    lapse(job)
    assert jobs.beat([job.lease_owner]) == {job.lease_owner: False}
    assert jobs.claim(None, "two", LANES) is None


def test_a_lease_from_before_the_machine_started_is_void(jobs: Jobs) -> None:
    """The monotonic clock begins anew with the machine: what it wrote before looks far ahead."""
    job = claim(jobs, "one", jobs.enqueue("scan"))
    Job.update(lease_until=1 << 60).where(Job.id == job.id).execute()
    assert claim(jobs, "two").id == job.id


def test_tries_are_limited_when_workers_die(jobs: Jobs) -> None:
    job = jobs.enqueue("scan", max_attempts=2)
    for owner in ("one", "two"):
        lapse(claim(jobs, owner, job))
    assert jobs.claim(job.id, "three", LANES) is None


def test_a_failure_is_tried_again_after_a_growing_pause(jobs: Jobs) -> None:
    job = jobs.enqueue("scan", max_attempts=3)
    pauses = []
    for attempt in (1, 2):
        jobs.fail(claim(jobs, "one", job), f"try {attempt}")
        after = row(job)
        assert (after.state, after.error, after.attempts) == ("queued", f"try {attempt}", attempt)
        pauses.append(after.run_after)
        assert jobs.claim(job.id, "one", LANES) is None
        due_now()
    assert pauses[0] < pauses[1]
    jobs.fail(claim(jobs, "one", job), "try 3")
    after = row(job)
    assert (after.state, after.error) == ("failed", "try 3")
    assert after.finished_at is not None
    assert after.lease_owner is None


def test_pauses_grow_to_ten_minutes() -> None:
    assert [pause_after(n) for n in (1, 2, 3)] == [2, 6, 18]
    assert pause_after(40) == 600


def test_a_hopeless_failure_is_not_tried_again(jobs: Jobs) -> None:
    job = claim(jobs, "one", jobs.enqueue("scan"))
    jobs.fail(job, "no such thing", again=False)
    assert row(job).state == "failed"


def test_a_success_clears_the_error_of_the_try_before(jobs: Jobs) -> None:
    job = jobs.enqueue("scan")
    jobs.fail(claim(jobs, "one", job), "busy", delay_s=0)
    jobs.finish(claim(jobs, "one", job), None)
    assert (row(job).state, row(job).error, row(job).result) == ("done", "", None)


def test_handing_back_is_no_try(jobs: Jobs) -> None:
    job = jobs.enqueue("scan", max_attempts=1)
    for _ in range(5):
        jobs.hand_back(claim(jobs, "one", job))
        assert (row(job).state, row(job).attempts) == ("queued", 0)


def test_what_is_put_off_waits_and_is_no_try(jobs: Jobs) -> None:
    job = jobs.enqueue("scan", max_attempts=1)
    for _ in range(3):
        jobs.put_off(claim(jobs, "one", job), "Not before noon.", 900)
        after = row(job)
        assert (after.state, after.attempts, after.error) == ("queued", 0, "Not before noon.")
        assert 880 < (after.run_after - clock.now()) / clock.SECOND < 920
        assert jobs.claim(job.id, "two", LANES) is None, "its time has not come"
        Job.update(run_after=0).execute()


@pytest.mark.parametrize("end", ["hand_back", "fail"])
def test_what_was_asked_to_stop_is_not_queued_again(jobs: Jobs, end: str) -> None:
    job = claim(jobs, "one", jobs.enqueue("scan"))
    jobs.cancel(job.id)
    assert jobs.look(job) is True
    assert jobs.note(job, 1, None, "") is True
    assert jobs.beat([job.lease_owner]) == {job.lease_owner: True}
    jobs.hand_back(job) if end == "hand_back" else jobs.fail(job, "broke while stopping")
    assert row(job).state == "cancelled"
    assert jobs.claim(None, "two", LANES) is None


def test_a_lapsed_job_that_was_asked_to_stop_is_not_run_again(jobs: Jobs) -> None:
    job = claim(jobs, "one", jobs.enqueue("scan"))
    jobs.cancel(job.id)
    lapse(job)
    assert jobs.claim(job.id, "two", LANES) is None


def test_owned_belongs_in_a_transaction(jobs: Jobs) -> None:
    job = claim(jobs, "one", jobs.enqueue("scan"))
    with pytest.raises(RuntimeError, match="transaction"):
        jobs.require_owned(job)


def test_a_late_write_is_refused_whole(jobs: Jobs, make: Make) -> None:
    anna = make.user("anna")
    job = claim(jobs, "one", jobs.enqueue("scan"))
    run = Run(jobs, job)
    with transaction():
        run.owned()
        User.update(display="first").where(User.id == anna.id).execute()
    lapse(job)
    claim(jobs, "two")

    def late() -> None:
        with transaction():
            User.update(display="late").where(User.id == anna.id).execute()
            run.owned()

    with pytest.raises(JobLost):
        late()
    assert User.get_by_id(anna.id).display == "first"


def test_nobody_claims_while_the_owner_writes(jobs: Jobs) -> None:
    """A lease that lapses within the owner's transaction: the other one comes before or after it, not between."""
    job = claim(jobs, "one", jobs.enqueue("scan"))
    lapse(job)
    seen: list[str] = []

    def other() -> None:
        try:
            while jobs.claim(job.id, "two", LANES) is None:
                pass
            seen.append("claimed")
        finally:
            database.close()

    thread = threading.Thread(target=other)
    with transaction():
        jobs.require_owned(job)
        thread.start()
        thread.join(0.3)
        seen.append("written")
    thread.join(10)
    assert seen == ["written", "claimed"]


def test_many_claimers_share_nothing(jobs: Jobs) -> None:
    wanted = {jobs.enqueue("scan").id for _ in range(40)}
    claimed: Counter[int] = Counter()

    def work(name: str) -> None:
        try:
            while (job := jobs.claim(None, name, LANES)) is not None:
                claimed[job.id] += 1
        finally:
            database.close()

    threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert claimed == dict.fromkeys(wanted, 1)
