"""What was changed through Hypomos of late, as whoever lists a folder asks for it."""

from contextlib import suppress
from pathlib import Path

import pytest

from services import clock
from services.catalogue.touched import KEPT, hold, paths_since, since, so_far, touch
from services.jobs import Jobs
from services.models import Storage, Touched, transaction
from tests.factories import Make
from tests.fakes import claimed

pytestmark = pytest.mark.db


@pytest.fixture
def storage(catalogue: Path, make: Make) -> Storage:
    return make.storage(make.user())


def test_what_was_touched_since_is_told_by_its_name(storage: Storage, make: Make) -> None:
    other = make.storage(storage.owner, "Other")
    with transaction():
        touch(storage.id, "album/old.jpg")
    before = so_far(storage.id)
    with transaction():
        hold(storage.id)
        assert since(storage.id, "album", before) == set()
    with transaction():
        touch(storage.id, "album/a.jpg", "album/b\udcff.jpg", "elsewhere/c.jpg", "album/a.jpg", "")
        touch(other.id, "album/d.jpg")
    assert since(storage.id, "album", before) == {"a.jpg", "b\udcff.jpg"}
    assert since(storage.id, "elsewhere", 0) == {"c.jpg"}
    assert since(storage.id, "", 0) == set()
    with transaction():
        touch(storage.id, "album")
    assert since(storage.id, "", 0) == {"album"}
    assert paths_since(storage.id, so_far(storage.id)) == set()
    assert paths_since(storage.id, before) == {"album/a.jpg", "album/b\udcff.jpg", "elsewhere/c.jpg", "album"}


def test_touching_it_again_is_noticed(storage: Storage) -> None:
    with transaction():
        touch(storage.id, "a.jpg")
    before = so_far(storage.id)
    with transaction():
        touch(storage.id, "a.jpg")
    assert since(storage.id, "", before) == {"a.jpg"}


def test_what_is_long_ago_is_forgotten(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = clock.now()
    with transaction():
        touch(storage.id, "a.jpg")
    monkeypatch.setattr("services.catalogue.touched.now", lambda: moment + KEPT + clock.DAY)
    with transaction():
        touch(storage.id, "b.jpg")
    assert [row.name for row in Touched.select()] == ["b.jpg"]


def test_a_clock_that_jumps_takes_nothing_from_a_walk(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = Jobs(lambda lane, job: None, "here")
    walk = claimed(jobs, jobs.enqueue("scan", storage_id=storage.id, user_id=storage.owner_id))
    before, moment = so_far(storage.id), clock.now()
    with transaction():
        touch(storage.id, "a.jpg")
    monkeypatch.setattr("services.catalogue.touched.now", lambda: moment + KEPT + clock.DAY)
    with transaction():
        touch(storage.id, "b.jpg")
    assert paths_since(storage.id, before) == {"a.jpg", "b.jpg"}
    jobs.finish(walk.job, {})
    with transaction():
        touch(storage.id, "c.jpg")
    assert paths_since(storage.id, before) == {"b.jpg", "c.jpg"}


def test_what_is_not_kept_was_not_touched(storage: Storage) -> None:
    with suppress(RuntimeError), transaction():
        touch(storage.id, "a.jpg")
        raise RuntimeError
    assert so_far(storage.id) == 0
