"""The writing lane: one batch at a time, whole or not at all, and free again after a failure."""

import re
import threading
import time
from pathlib import Path

import pytest

from services.models import Asset, File, Item, User, database
from services.scanning import lane as module
from services.scanning.lane import Lane
from tests.factories import Make
from tests.fakes import photo
from tests.services.scanning.household import Household, later

pytestmark = pytest.mark.db


def test_two_scans_take_turns(make: Make) -> None:
    lane, inside, most = Lane(), [0], [0]

    def work() -> None:
        for _ in range(5):
            with lane.write():
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0.001)
                inside[0] -= 1
        database.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


def test_a_batch_that_fails_leaves_nothing_and_the_lane_free(make: Make) -> None:
    lane = Lane()
    with pytest.raises(ZeroDivisionError):
        make_and_fail(lane, make)
    assert User.select().count() == 0
    with lane.write():
        make.user()
    assert User.select().count() == 1


def make_and_fail(lane: Lane, make: Make) -> None:
    with lane.write():
        make.user()
        raise ZeroDivisionError


def test_there_is_room_for_others_after_each_batch(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE_S", 0.05)
    began = time.monotonic()
    with Lane().write():
        pass
    assert time.monotonic() - began >= 0.05


VIDEO = {"kind": "video", "mime": "video/quicktime", "duration_s": 2.0}
FOUND = re.compile(r'\s*(?:INSERT|UPDATE|DELETE)\b.*?"(file|folder|asset|item|fingerprint)"', re.IGNORECASE)


@pytest.mark.parametrize("distant", [False, True])
def test_all_that_scans_find_is_written_in_the_lane(
    make: Make, data: Path, monkeypatch: pytest.MonkeyPatch, distant: bool
) -> None:
    """Also what belongs together, what is not there any more and what is again, of a storage near or far."""
    home = Household(make, data, distant=distant)
    lane, beside = home.scanner._lane, set[str]()
    plain = database.proxy.obj.execute_sql

    def noting(statement: str, *values: object, **more: object) -> object:
        found = FOUND.match(statement)
        if found is not None and not lane._free.locked():
            beside.add(statement[:60])
        return plain(statement, *values, **more)

    def look() -> None:
        home.scan()
        if distant:
            home.read_all()

    for n in range(3):
        home.memory.put(f"b{n}.jpg", photo(n=n, burst_id="B"))
    home.memory.put("photos/IMG_1.HEIC", photo(live_id="X", mime="image/heic"))
    home.memory.put("videos/IMG_1.MOV", photo(live_id="X", **VIDEO))
    home.memory.put("DSC_1.JPG", photo(n=8, taken="2026-05-01T12:00:00", model="D5"))
    home.memory.put(
        "DSC_1.NEF", photo(n=9, taken="2026-05-01T12:00:00", model="D5", mime="image/x-nikon-nef")
    )
    home.memory.put("Film.mp4", photo(n=7, **VIDEO))
    home.memory.put("Film.srt", b"1\n00:00:01,000 --> 00:00:02,000\nwords\n")
    monkeypatch.setattr(database.proxy.obj, "execute_sql", noting)
    look()
    assert Item.select().where(Item.stack.is_null(False)).count() == 3
    assert sorted(a.role for a in Asset.select().where(Asset.role != "original")) == [
        "live",
        "raw",
        "subtitle",
    ]
    home.memory.writable = True
    home.memory.move("Film.srt", "Words.srt")
    home.memory.take("DSC_1.NEF")
    home.memory.take("photos")
    look()
    later(monkeypatch, 90_000)
    look()
    assert {f.name for f in File.select().where(File.presence == "missing")} == {"DSC_1.NEF", "IMG_1.HEIC"}
    home.memory.put(
        "DSC_1.NEF", photo(n=9, taken="2026-05-01T12:00:00", model="D5", mime="image/x-nikon-nef")
    )
    look()
    home.scanner.refresh([File.get(File.name == "DSC_1.NEF").id])
    assert File.get(File.name == "DSC_1.NEF").presence == "suspect"
    assert beside == set()
