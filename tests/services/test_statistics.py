"""The figures of the appliance: counts only, and right ones."""

import pytest

from services import clock, statistics
from services.catalogue.timeline import recount
from services.jobs import Jobs, Presence
from services.models import Job, counters, database, transaction
from services.traffic import Traffic
from tests.factories import Make

pytestmark = pytest.mark.db

NOBODY = Traffic()


def figures(traffic: Traffic = NOBODY) -> dict[str, float]:
    return {name: value for name, _, value in statistics.figures(traffic)}


def test_an_empty_appliance_counts_nothing(make: Make) -> None:
    found = figures()
    assert {n: v for n, v in found.items() if v and n not in {"policy_epoch", "wal_bytes"}} == {}
    assert all(text for _, text, _ in statistics.figures(NOBODY))


def test_everything_is_counted(make: Make) -> None:
    anna = make.user("anna")
    make.user("ben", active=False)
    storage = make.storage(anna)
    make.storage(anna, "Away", state="offline")
    make.storage(anna, "Gone", removed_at=1)
    make.file(storage, "a.jpg")
    make.file(storage, "b.jpg", read_state="quarantined")
    make.item(anna)
    make.item(anna, trashed_at=1)
    with transaction():
        recount([(anna.id, 0)])
        counters.bump_policy()
    found = figures()
    assert (found["users"], found["storages"], found["storages_offline"], found["items"]) == (1, 2, 1, 1)
    assert (found["files_pending"], found["files_quarantined"]) == (1, 1)
    assert found["policy_epoch"] == counters.read(counters.POLICY_EPOCH) > 0


def test_the_oldest_waiting_job_tells_how_far_behind_one_is(make: Make) -> None:
    jobs = Jobs(lambda lane, job: None, "here")
    jobs.enqueue("scan")
    Job.update(created_at=clock.now() - 90 * clock.SECOND).execute()
    jobs.enqueue("scan")
    assert jobs.claim(jobs.enqueue("render", lane="click").id, "w", ("click",)) is not None
    found = figures()
    assert (found["jobs_queued"], found["jobs_running"]) == (2, 1)
    assert 89 < found["jobs_oldest_seconds"] < 120


def test_a_worker_counts_while_its_heart_beats(make: Make) -> None:
    presence = Presence("w", "here")
    presence.announce()
    assert figures()["worker_alive"] == 1
    presence.leave()
    assert figures()["worker_alive"] == 0


def test_streams_are_those_of_the_process(make: Make) -> None:
    traffic = Traffic()
    traffic.opened()
    traffic.opened()
    traffic.closed(is_cut=True)
    found = figures(traffic)
    assert (found["streams_open"], found["streams_cut"]) == (1, 1)


def test_what_was_written_and_not_filed_yet_is_in_the_log(make: Make) -> None:
    make.user("anna")
    if database.is_sqlite():
        assert figures()["wal_bytes"] == (make.data / f"{database.FILE_NAME}-wal").stat().st_size > 0
    else:
        assert "wal_bytes" not in figures()
