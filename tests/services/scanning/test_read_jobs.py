"""When a distant storage is read."""

import pytest

from services import clock
from services.models import File, Job, Storage
from services.scanning.read_jobs import (
    left,
    may_read,
    read_waiting,
    start_reading,
    try_refused_again,
    waiting,
)
from tests.fakes import claimed, photo
from tests.services.scanning.household import Household

pytestmark = pytest.mark.db


@pytest.fixture
def listed(far: Household) -> Household:
    far.memory.put("a.jpg", photo(n=1))
    far.memory.put("notes.txt", b"hello")
    job = far.jobs.enqueue("scan", storage_id=far.storage.id)
    far.scanner.scan(claimed(far.jobs, job))
    forget(far)
    return far


def forget(far: Household) -> None:
    Job.delete().where(Job.id.in_([job.id for job in far.open_jobs("read")])).execute()


def due(far: Household) -> int:
    return read_waiting(far.jobs, lambda row: far.memory, "here")


def test_a_storage_with_something_left_is_read(listed: Household) -> None:
    assert (due(listed), due(listed)) == (1, 1)
    assert len(listed.open_jobs("read")) == 1, "however often it is looked at"
    listed.read_all()
    forget(listed)
    assert due(listed) == 0


def test_what_somebody_stopped_waits_for_the_next_scan(listed: Household) -> None:
    assert due(listed) == 1
    (job,) = listed.open_jobs("read")
    listed.jobs.cancel(job.id)
    assert due(listed) == 0
    listed.scanner.scan(claimed(listed.jobs, listed.jobs.enqueue("scan", storage_id=listed.storage.id)))
    assert len(listed.open_jobs("read")) == 1, "the scan goes on with it"
    forget(listed)
    assert due(listed) == 1


def test_a_stopped_scan_stops_what_reads_too(listed: Household) -> None:
    listed.jobs.cancel(listed.jobs.enqueue("scan", storage_id=listed.storage.id).id)
    assert due(listed) == 0


@pytest.mark.parametrize(
    "values",
    [
        {"state": "offline"}, {"state": "sign-in"}, {"removed_at": 1}, {"node": "elsewhere"},
        {"retry_at": clock.now() + clock.HOUR}, {"kind": "local"},
    ],
)  # fmt: skip
def test_one_that_cannot_be_read_is_not(listed: Household, values: dict[str, object]) -> None:
    Storage.update(values).execute()
    assert due(listed) == 0


def test_a_near_storage_is_not(listed: Household) -> None:
    listed.memory.distant = False
    assert due(listed) == 0


def test_at_other_hours_only_metadata_is_read(listed: Household) -> None:
    hour = clock.now() // clock.HOUR % 24
    Storage.update(options={"budget": {"hours": [(hour + 2) % 24, (hour + 3) % 24]}}).execute()
    storage = Storage.get()
    assert may_read(storage)
    File.update(glance="done").execute()
    assert not may_read(storage)
    assert due(listed) == 0
    Storage.update(options={"budget": {"hours": [hour, (hour + 2) % 24]}}).execute()
    assert due(listed) == 1


def test_what_the_storage_refused_is_left_but_not_waited_for(listed: Household) -> None:
    storage = Storage.get()
    assert (left(storage).count(), waiting(storage).count()) == (1, 1)
    File.update(problem="refused").where(File.name == "a.jpg").execute()
    assert (left(storage).count(), waiting(storage).count()) == (1, 0)
    File.update(read_attempts=1).where(File.name == "a.jpg").execute()
    assert waiting(storage).count() == 1, "its decoder died: that is tried once more"


def test_one_job_is_enough(listed: Household) -> None:
    storage = Storage.get()
    start_reading(listed.jobs, storage)
    (first,) = listed.open_jobs("read")
    start_reading(listed.jobs, storage)
    run = claimed(listed.jobs, first)
    start_reading(listed.jobs, storage)
    assert listed.open_jobs("read") == []
    start_reading(listed.jobs, storage, after=run)
    assert len(listed.open_jobs("read")) == 1


def test_what_was_refused_is_tried_again_when_asked(listed: Household) -> None:
    File.update(problem="refused").execute()
    try_refused_again(Storage.get())
    assert {f.name: f.problem for f in File.select()} == {"a.jpg": "", "notes.txt": "refused"}


def test_a_job_follows_the_one_that_runs(listed: Household) -> None:
    storage = Storage.get()
    start_reading(listed.jobs, storage)
    (first,) = listed.open_jobs("read")
    run = claimed(listed.jobs, first)
    start_reading(listed.jobs, storage, after=run)
    (second,) = listed.open_jobs("read")
    again = claimed(listed.jobs, second)
    listed.jobs.finish(run.job, {})
    start_reading(listed.jobs, storage, after=again)
    (third,) = listed.open_jobs("read")
    assert len({first.dedupe_key, second.dedupe_key}) == 2
    assert third.dedupe_key == first.dedupe_key
