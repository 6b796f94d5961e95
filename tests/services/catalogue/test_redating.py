"""Another time zone of a person: what was dated by a guess of the last one is dated anew, by a job."""

import hashlib
from datetime import datetime
from typing import Any

import pytest

from services import catalogue
from services.catalogue import REDATE, redating, start_redating
from services.catalogue.recording import Read, refill
from services.errors import JobStopped
from services.jobs import Jobs
from services.media.dates import HEADER_SOURCE, Rank, Stated, resolve
from services.media.types import Metadata, Reading
from services.models import DayCount, Item, Job, Storage, User, counters, transaction
from tests.factories import Make
from tests.fakes import claimed

pytestmark = pytest.mark.db

LATE = datetime(2026, 1, 5, 23, 30)
"""In UTC; in Berlin it is the next day already."""
FILM = Stated(Rank.HEADER, HEADER_SOURCE, utc=LATE)
PICTURE = Stated(Rank.ORIGINAL, "EXIF", local=datetime(2026, 1, 5, 10, 0))
STATED = Stated(Rank.ORIGINAL, "EXIF", local=datetime(2026, 1, 5, 10, 0), offset=540)


class Home:
    """Anna, who has said no time zone, and files of hers that were read."""

    def __init__(self, make: Make) -> None:
        self.make = make
        self.anna: User = make.user()
        self.viewer = make.viewer(self.anna)
        self.storage: Storage = make.storage(self.anna)
        self.jobs = Jobs(lambda lane, job: None, "here")

    def read(self, name: str, date: Stated | None, *, zone: str | None = "UTC", kind: Any = "video") -> Item:
        """Record a file, read by somebody who took the owner's zone for this one."""
        taken = resolve([date], now=datetime(2026, 7, 1), zone=zone)
        meta = Metadata(kind, "video/mp4", taken=taken)
        reading = Reading(hashlib.sha256(name.encode()).hexdigest(), 10, None, meta, None, None)
        file = self.make.file(self.storage, name)
        with transaction():
            (item,) = catalogue.record(self.storage.owner_id, [Read(file, reading)])
        return Item.get_by_id(item)

    def move(self, zone: str) -> dict[str, Any]:
        """Another zone, and its job run to the end."""
        with transaction():
            User.update(zone=zone).where(User.id == self.anna.id).execute()
            start_redating(self.jobs, self.anna.id)
        return self.work()

    def work(self) -> dict[str, Any]:
        job = Job.get((Job.kind == REDATE) & Job.finished_at.is_null())
        run = claimed(self.jobs, job)
        result = redating.redate(run)
        self.jobs.finish(run.job, result)
        return result

    def days(self) -> dict[str, int]:
        return {item.name: item.day for item in Item.select()}

    def counts(self) -> dict[int, int]:
        return {row.day: row.n for row in DayCount.select() if row.n}


@pytest.fixture
def home(make: Make) -> Home:
    return Home(make)


def test_what_was_guessed_is_dated_anew_and_back_again(home: Home) -> None:
    film, picture = home.read("film.mp4", FILM), home.read("a.jpg", PICTURE, kind="photo")
    home.read("stated.jpg", STATED, kind="photo")
    home.read("undated.jpg", None, kind="photo")
    before = times()
    content = counters.read(counters.CONTENT_VERSION)
    assert home.move("Europe/Berlin") == {"looked": 2, "changed": 2}
    moved = Item.get_by_id(film.id)
    assert (moved.day, moved.taken_offset, moved.taken_utc) == (20260106, 60, film.taken_utc)
    moved = Item.get_by_id(picture.id)
    assert (moved.day, moved.taken_local, moved.taken_offset) == (20260105, picture.taken_local, 60)
    assert moved.taken_utc == picture.taken_utc - 3_600_000_000
    assert home.days() == {"film.mp4": 20260106, "a.jpg": 20260105, "stated.jpg": 20260105, "undated.jpg": 0}
    assert home.counts() == {20260105: 2, 20260106: 1, 0: 1}
    assert counters.read(counters.CONTENT_VERSION) > content
    assert home.move("") == {"looked": 2, "changed": 2}
    assert times() == before


def test_what_had_no_day_without_a_zone_gets_one(home: Home) -> None:
    """As it was recorded before UTC counted where nothing was said."""
    film = home.read("film.mp4", FILM, zone=None)
    assert film.day == 20260105, "already when it is recorded"
    Item.update(taken_local=None, taken_offset=None, offset_source=None, day=0).execute()
    assert home.move("UTC") == {"looked": 1, "changed": 1}
    assert (Item.get().day, Item.get().offset_source) == (20260105, "guessed")


def test_whoever_reads_by_the_last_zone_still_dates_by_this_one(home: Home) -> None:
    """A scan that began before, and goes on for hours."""
    home.move("Europe/Berlin")
    assert home.read("film.mp4", FILM, zone="UTC").day == 20260106


def test_what_was_set_by_hand_and_what_is_others_stays(home: Home) -> None:
    film = home.read("film.mp4", FILM)
    Item.update(
        extra={"by_hand": ["day", "taken_local", "taken_offset", "taken_utc", "offset_source", "sort_at"]}
    ).execute()
    home.storage = home.make.storage(home.make.user("ben"))
    bens = home.read("bens.mp4", FILM)
    assert home.move("Europe/Berlin") == {"looked": 1, "changed": 0}
    assert (
        home.days()
        == {"film.mp4": film.day, "bens.mp4": bens.day}
        == {"film.mp4": 20260105, "bens.mp4": 20260105}
    )


def test_one_that_ended_early_goes_on_with_what_is_left(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redating, "BATCH", 2)
    for n in range(5):
        home.read(f"{n}.mp4", FILM)
    done: list[int] = []

    def once(ids: list[int]) -> None:
        if done:
            raise JobStopped("not now")
        done.extend(ids)
        refill(ids)

    monkeypatch.setattr(redating, "refill", once)
    with transaction():
        User.update(zone="Europe/Berlin").where(User.id == home.anna.id).execute()
        start_redating(home.jobs, home.anna.id)
    run = claimed(home.jobs, Job.get())
    with pytest.raises(JobStopped):
        redating.redate(run)
    home.jobs.hand_back(run.job)
    assert sorted(home.days().values()) == [20260105] * 3 + [20260106] * 2
    monkeypatch.setattr(redating, "refill", refill)
    assert home.work() == {"looked": 5, "changed": 3}
    assert set(home.days().values()) == {20260106}


def times() -> list[Any]:
    columns = Item.taken_local, Item.taken_utc, Item.taken_offset, Item.offset_source, Item.day, Item.sort_at
    return list(Item.select(*columns).order_by(Item.id).tuples())
