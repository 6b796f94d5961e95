"""Cameras whose videos state local time: said once, for what is there and what comes, and taken back (row 7)."""

import dataclasses
import hashlib
from datetime import datetime
from typing import Any

import pytest

from services import catalogue
from services.catalogue import Camera
from services.catalogue.recording import Read
from services.errors import UsageError
from services.media.dates import HEADER_SOURCE, LOCAL_HEADER_SOURCE, Rank, Stated, resolve
from services.media.types import Metadata, Reading
from services.models import CameraClock, DayCount, Item, Storage, User, transaction
from tests.factories import Make

pytestmark = pytest.mark.db

LATE = datetime(2026, 1, 5, 23, 30)
"""In UTC; in Berlin it is the next day already."""
CANON = {"make": "Canon", "model": "EOS 7D"}


class Videos:
    """Anna, in Berlin, whose files are read."""

    def __init__(self, make: Make) -> None:
        self.make = make
        self.anna: User = make.user(zone="Europe/Berlin")
        self.viewer = make.viewer(self.anna)
        self.storage: Storage = make.storage(self.anna)

    def read(self, name: str, *, source: str = HEADER_SOURCE, kind: Any = "video", **more: Any) -> Item:
        """Record a file whose time is its header's."""
        taken = resolve(
            [Stated(Rank.HEADER, source, utc=LATE)], now=datetime(2026, 7, 1), zone="Europe/Berlin"
        )
        meta = Metadata(kind, "video/mp4", taken=taken, **more)
        reading = Reading(hashlib.sha256(name.encode()).hexdigest(), 10, None, meta, None, None)
        file = self.make.file(self.storage, name)
        with transaction():
            (item,) = catalogue.record(self.anna.id, [Read(file, reading)])
        return Item.get_by_id(item)


@pytest.fixture
def videos(make: Make) -> Videos:
    return Videos(make)


def times(item: Item) -> tuple[int, str, str | None]:
    now: Item = Item.get_by_id(item.id)
    return now.day, now.taken_source, now.offset_source


UTC_TIMES, LOCAL_TIMES = (20260106, HEADER_SOURCE, "guessed"), (20260105, LOCAL_HEADER_SOURCE, "guessed")


def test_it_holds_for_what_is_there_and_for_what_comes_and_is_taken_back(videos: Videos) -> None:
    old, other = videos.read("MVI_1.MOV", **CANON), videos.read("other.mp4", make="Canon", model="EOS R")
    nameless = videos.read("nameless.mp4")
    before = list(Item.select().order_by(Item.id).dicts())
    assert times(old) == UTC_TIMES
    assert catalogue.set_video_time(videos.viewer, "Canon", "EOS 7D", local=True) == 1
    new = videos.read("MVI_2.MOV", **CANON)
    assert [times(i) for i in (old, new, other, nameless)] == [LOCAL_TIMES, LOCAL_TIMES, UTC_TIMES, UTC_TIMES]
    assert Item.get_by_id(old.id).taken_utc == Item.get_by_id(other.id).taken_utc - 3_600_000_000
    assert {d.day: d.n for d in DayCount.select()} == {20260105: 2, 20260106: 2}
    assert [i.id for i in catalogue.page(videos.viewer, "2026-01-05").items] == [new.id, old.id]
    assert catalogue.set_video_time(videos.viewer, "Canon", "EOS 7D", local=True) == 2, (
        "said twice is said once"
    )
    assert catalogue.set_video_time(videos.viewer, "Canon", "EOS 7D", local=False) == 2
    unchanged = [{n: v for n, v in row.items() if n != "changed_at"} for row in before]
    after = list(Item.select().where(Item.id != new.id).order_by(Item.id).dicts())
    assert [{n: v for n, v in row.items() if n != "changed_at"} for row in after] == unchanged
    assert not CameraClock.select().exists()


def test_videos_without_a_camera_are_one_camera(videos: Videos) -> None:
    nameless, named = videos.read("a.mp4"), videos.read("b.mp4", **CANON)
    assert catalogue.set_video_time(videos.viewer, "", "", local=True) == 1
    assert (times(nameless), times(named)) == (LOCAL_TIMES, UTC_TIMES)


def test_only_the_header_of_a_video_is_meant(videos: Videos) -> None:
    videos.read("a.mp4", **CANON)
    catalogue.set_video_time(videos.viewer, "Canon", "EOS 7D", local=True)
    keys = videos.read("keys.mov", source="QuickTime creationdate", **CANON)
    sound = videos.read("sound.m4a", kind="audio", **CANON)
    assert (times(keys)[0], times(sound)[0]) == (20260106, 20260106)


def test_what_is_in_the_trash_follows(videos: Videos) -> None:
    item = videos.read("a.mp4", **CANON)
    Item.update(trashed_at=1).execute()
    assert catalogue.set_video_time(videos.viewer, "Canon", "EOS 7D", local=True) == 1
    assert times(item) == LOCAL_TIMES


def test_more_than_one_batch(videos: Videos, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.catalogue.cameras.BATCH", 2)
    found = [videos.read(f"{n}.mp4", **CANON) for n in range(5)]
    assert catalogue.set_video_time(videos.viewer, "Canon", "EOS 7D", local=True) == 5
    assert {times(item) for item in found} == {LOCAL_TIMES}


def test_nobody_elses_videos_change(videos: Videos, make: Make) -> None:
    ben = Videos.__new__(Videos)
    ben.make, ben.anna = make, make.user("ben", zone="Europe/Berlin")
    ben.viewer, ben.storage = make.viewer(ben.anna), make.storage(ben.anna)
    his = ben.read("his.mp4", **CANON)
    with pytest.raises(UsageError, match="no video of this camera"):
        catalogue.set_video_time(videos.viewer, "Canon", "EOS 7D", local=True)
    hers = videos.read("hers.mp4", **CANON)
    assert catalogue.set_video_time(videos.viewer, "Canon", "EOS 7D", local=True) == 1
    assert (times(hers), times(his)) == (LOCAL_TIMES, UTC_TIMES)
    assert times(ben.read("later.mp4", **CANON)) == UTC_TIMES
    assert catalogue.list_cameras(ben.viewer) == [Camera("Canon", "EOS 7D", 2, local=False)]
    catalogue.set_video_time(ben.viewer, "Canon", "EOS 7D", local=True)
    catalogue.set_video_time(ben.viewer, "Canon", "EOS 7D", local=False)
    assert [c.local for c in catalogue.list_cameras(videos.viewer)] == [True], (
        "nor is what she said taken back"
    )


def test_the_list(videos: Videos) -> None:
    assert catalogue.list_cameras(videos.viewer) == []
    videos.read("a.mp4")
    item = videos.read("b.mp4", **CANON)
    catalogue.set_video_time(videos.viewer, "Canon", "EOS 7D", local=True)
    wanted = [Camera("", "", 1, local=False), Camera("Canon", "EOS 7D", 1, local=True)]
    assert catalogue.list_cameras(videos.viewer) == wanted
    Item.delete().where(Item.id == item.id).execute()
    assert catalogue.list_cameras(videos.viewer)[1] == dataclasses.replace(wanted[1], videos=0)
    assert catalogue.set_video_time(videos.viewer, "Canon", "EOS 7D", local=False) == 0
