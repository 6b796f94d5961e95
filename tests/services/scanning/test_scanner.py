"""Scanning a storage: what is found, what comes back, what goes, and what must never be lost."""

import io
import json
import os
import shutil
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from config import load
from services import access, catalogue, clock, room, tasks
from services.catalogue import tree_rows
from services.connecting import Connecting
from services.errors import JobLost, JobStopped, NoSpace
from services.media.limits import limits_for
from services.media.pool import DecoderPool
from services.models import Asset, DayCount, File, Folder, Item, ItemAlias, Job, Storage
from services.storages import paths
from services.storages.local import LocalStorage
from services.storages.memory import MemoryStorage
from services.storages.values import Fingerprint, Listing
from tests.factories import Make
from tests.fakes import KILLS, REFUSED, claimed, photo
from tests.services.media.metadata_samples import exif, film
from tests.services.media.metadata_samples import photo as still
from tests.services.scanning.household import Household, later

pytestmark = pytest.mark.db


@pytest.mark.parametrize("distant", [False, True])
def test_a_look_at_some_folders_puts_off_no_scan_of_all(
    make: Make, data: Path, monkeypatch: pytest.MonkeyPatch, distant: bool
) -> None:
    """Somebody who saves a picture each hour keeps neither suspect files nor the whole storage from a look."""
    home = Household(make, data, distant=distant)
    home.memory.put("a.jpg", photo())
    home.memory.put("sub/b.jpg", photo(n=2))
    home.scan()
    whole = Storage.get().scanned_at
    connecting = Connecting(load(data, {"HYPOMOS_NODE": "here"}), home.jobs, lambda row: home.memory)

    def due_after(minutes: int) -> int:
        moment = (whole + minutes * clock.MINUTE) / clock.SECOND
        monkeypatch.setattr(clock, "source", lambda: moment)
        home.memory.put(f"sub/{minutes}.jpg", photo(n=minutes))
        home.scan(folders=[paths.to_json("sub")])
        assert File.select().where(File.name == f"{minutes}.jpg").count() == 1
        Job.delete().execute()
        return tasks.enqueue_due(connecting, 360, "here")

    assert due_after(61) == 0, "nothing is suspect"
    assert due_after(361) == 1
    File.update(presence="suspect").where(File.name == "a.jpg").execute()
    assert (due_after(59), due_after(62)) == (0, 1)
    home.scan()
    assert Storage.get().scanned_at > whole


def test_a_folder_becomes_items_with_counts_and_renditions(home: Household) -> None:
    home.memory.put("2026/a.jpg", photo(n=1, taken="2026-07-01T10:00:00"))
    home.memory.put("2026/b.jpg", photo(n=2))
    home.memory.put("notes.txt", b"hello")
    home.memory.put("half.part", b"PHOTO{}")
    result = home.scan()
    assert (result["found"], result["added"], result["read"]) == (3, 3, 3)
    assert home.names() == ["a.jpg", "b.jpg"]
    assert {(d.day, d.n) for d in DayCount.select()} == {(20260701, 1), (0, 1)}
    assert len(home.store.kept) == 2
    assert File.get(File.name == "notes.txt").asset is None


def test_an_unchanged_storage_is_not_read_again(home: Household) -> None:
    home.memory.put("a.jpg", photo())
    home.scan()
    home.pool.read_names.clear()
    result = home.scan()
    assert home.pool.read_names == []
    assert (result["added"], result["changed"], result["read"]) == (0, 0, 0)


def test_an_edit_in_place_is_a_new_version_of_the_same_item(home: Household) -> None:
    home.memory.put("a.jpg", photo(n=1), mtime_ns=1)
    home.scan()
    before = Item.get()
    home.memory.put("a.jpg", photo(n=22), mtime_ns=2)
    home.scan()
    after = Item.get()
    assert (after.id, after.pid) == (before.id, before.pid)
    assert after.version > before.version
    assert Asset.select().count() == 1


def test_a_renamed_file_keeps_its_item_and_is_not_read_again(home: Household) -> None:
    home.memory.put("a.jpg", photo())
    home.memory.put("sub/other.jpg", photo(n=2))
    home.scan()
    before = Item.get(Item.name == "a.jpg")
    home.memory.writable = True
    home.memory.move("a.jpg", "sub/renamed.jpg")
    home.pool.read_names.clear()
    result = home.scan()
    assert result["moved"] == 1
    assert home.pool.read_names == []
    assert File.get(File.name == "renamed.jpg").asset.item_id == before.id
    assert File.select().count() == 2


def test_a_file_found_again_by_its_bytes_keeps_its_item(home: Household) -> None:
    """Row 27: the same bytes at two places are one item of one owner."""
    home.memory.put("a.jpg", photo())
    home.memory.put("copy/a.jpg", photo(), mtime_ns=5)
    home.scan()
    assert Item.select().count() == 1
    assert len(catalogue.locations(home.viewer, Item.get())) == 2


def test_a_changed_tag_keeps_its_item_by_the_scan_hash(home: Household) -> None:
    """Row 28: metadata was rewritten by a program that also renamed the file."""
    home.memory.put("a.jpg", photo(scan="pixels"))
    home.memory.put("notes.txt", b"so that the storage is known again")
    home.scan()
    pid = Item.get().pid
    home.memory.take("a.jpg")
    home.scan()
    home.memory.put("b.jpg", photo(scan="pixels", title="new"))
    home.scan()
    assert Item.select().count() == 1
    assert (Item.get().pid, Item.get().title) == (pid, "new")


def test_equal_bytes_of_two_owners_stay_two_items(home: Household) -> None:
    home.memory.put("a.jpg", photo())
    home.scan()
    ben = home.make.user("ben")
    home.storage = home.make.storage(ben, kind="memory")
    home.memory = MemoryStorage()
    home.memory.put("a.jpg", photo())
    home.scan()
    assert Item.select().count() == 2
    assert {i.owner_id for i in Item.select()} == {home.anna.id, ben.id}


def test_a_file_that_kills_its_decoder_is_quarantined_after_the_second_time(home: Household) -> None:
    home.memory.put("bad.jpg", KILLS)
    home.memory.put("good.jpg", photo())
    result = home.scan()
    bad = File.get(File.name == "bad.jpg")
    assert (bad.read_state, bad.read_attempts) == ("quarantined", 2)
    assert "memory" in bad.problem
    assert home.names() == ["good.jpg"]
    assert result["failed"] == 1
    home.pool.read_names.clear()
    home.scan()
    assert home.pool.read_names == []
    home.memory.put("bad.jpg", photo(n=3), mtime_ns=77)
    home.scan()
    assert home.names() == ["bad.jpg", "good.jpg"]


def test_a_refused_file_is_told_and_not_tried_again(home: Household) -> None:
    home.memory.put("huge.png", REFUSED)
    home.scan()
    file = File.get()
    assert (file.read_state, file.read_attempts) == ("failed", 1)
    assert "pixels" in file.problem


def test_absence_in_two_scans_a_day_apart_is_missing(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.memory.put("a.jpg", photo(n=1))
    home.memory.put("b.jpg", photo(n=2))
    home.scan()
    home.memory.take("a.jpg")
    home.scan()
    assert home.state("a.jpg") == "offline"
    home.scan()
    assert File.get(File.name == "a.jpg").presence == "suspect"
    later(monkeypatch, 86_500)
    home.scan()
    assert home.state("a.jpg") == "missing"
    assert home.state("b.jpg") == "online"
    home.memory.put("a.jpg", photo(n=1))
    home.scan()
    assert home.state("a.jpg") == "online"


def test_an_incomplete_listing_takes_nothing_away(home: Household) -> None:
    home.memory.put("a.jpg", photo(n=1))
    home.memory.put("sub/b.jpg", photo(n=2))
    home.scan()
    home.memory.faults.partial = {"", "sub"}
    result = home.scan()
    assert result["incomplete"]
    assert {f.presence for f in File.select()} == {"present"}
    assert Storage.get().complete_at is not None


def test_too_much_gone_at_once_pauses_the_storage_until_its_owner_speaks(home: Household) -> None:
    for n in range(30):
        home.memory.put(f"d/{n}.jpg", photo(n=n))
    home.memory.put("stays.jpg", photo(n=99))
    home.scan()
    for n in range(25):
        home.memory.take(f"d/{n}.jpg")
    result = home.scan()
    assert result["state"] == "paused"
    assert {f.presence for f in File.select()} == {"present"}
    storage = Storage.get()
    assert storage.state == "paused"
    assert "25 of 31" in storage.state_reason
    assert home.scan(confirmed=True)["state"] == "online"
    assert File.select().where(File.presence == "suspect").count() == 25


def test_a_storage_that_is_away_is_offline_and_nothing_else(home: Household) -> None:
    home.memory.put("a.jpg", photo())
    home.scan()
    home.memory.faults.offline = True
    assert home.scan()["state"] == "offline"
    assert home.state("a.jpg") == "offline"
    assert File.get().presence == "present"
    home.memory.faults.offline = False
    home.scan()
    assert home.state("a.jpg") == "online"


def test_live_photo_raw_and_sidecar_become_one_item(home: Household) -> None:
    when = "2026-05-01T12:00:00"
    home.memory.put("IMG_1.HEIC", photo(live_id="X", taken=when, mime="image/heic"))
    home.memory.put(
        "IMG_1.MOV", photo(live_id="X", taken=when, kind="video", mime="video/quicktime", duration_s=2.0)
    )
    home.memory.put("DSC_2.JPG", photo(taken="2026-05-02T12:00:00", model="D5"))
    home.memory.put("DSC_2.NEF", photo(taken="2026-05-02T12:00:00", model="D5", mime="image/x-nikon-nef"))
    home.memory.put("DSC_2.JPG.xmp", json.dumps(["lake"]).encode())
    home.scan()
    assert home.names() == ["DSC_2.JPG", "IMG_1.HEIC"]
    roles = {i.name: sorted(a.role for a in catalogue.assets(home.viewer, i)) for i in Item.select()}
    assert roles == {"IMG_1.HEIC": ["live", "original"], "DSC_2.JPG": ["original", "raw", "sidecar"]}
    assert {i.name: i.motion for i in Item.select()} == {"IMG_1.HEIC": True, "DSC_2.JPG": False}
    assert ItemAlias.select().count() == 2
    assert {d.day: d.n for d in DayCount.select()} == {20260501: 1, 20260502: 1}


def test_a_sidecar_that_comes_late_is_read_with_its_picture(home: Household) -> None:
    home.memory.put("a.jpg", photo())
    home.scan()
    home.memory.put("a.jpg.xmp", json.dumps(["lake"]).encode())
    home.scan()
    described = catalogue.describe(home.viewer, [Item.get()])[0]
    assert described.labels == ("lake",)


def test_live_halves_in_different_folders_find_each_other(home: Household) -> None:
    home.memory.put("photos/IMG_1.HEIC", photo(live_id="X", mime="image/heic"))
    home.memory.put(
        "videos/IMG_1.MOV", photo(live_id="X", kind="video", mime="video/quicktime", duration_s=2.0)
    )
    home.scan()
    assert home.names() == ["IMG_1.HEIC"]


def test_a_burst_shares_a_stack_with_one_cover(home: Household) -> None:
    for n in range(4):
        home.memory.put(f"b{n}.jpg", photo(n=n, burst_id="B", taken=f"2026-05-01T12:00:0{n}"))
    home.memory.put("else.jpg", photo(n=9))
    home.scan()
    stacked = [i for i in Item.select() if i.stack]
    assert len({i.stack for i in stacked}) == 1
    assert (len(stacked), sum(i.stack_cover for i in stacked)) == (4, 1)


def test_a_scan_that_lost_its_lease_records_nothing_more(home: Household) -> None:
    home.memory.put("a.jpg", photo())
    job = home.jobs.enqueue("scan", storage_id=home.storage.id)
    run = claimed(home.jobs, job)
    Job.update(lease_owner="somebody else").execute()
    with pytest.raises(JobLost):
        home.scanner.scan(run)
    assert Item.select().count() == 0


def test_a_full_disk_stops_the_scan_with_words(home: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    home.memory.put("a.jpg", photo())
    monkeypatch.setattr(room, "MIN_FREE_SHARE", 2.0)
    monkeypatch.setattr(room, "MIN_FREE", 1 << 62)
    with pytest.raises(NoSpace, match="MiB are free"):
        home.scan()
    assert File.select().count() == 0


def test_what_is_remembered_of_a_root(home: Household) -> None:
    home.memory.put("a.jpg", photo())
    home.scan()
    assert Fingerprint.from_json(Storage.get().canaries) == home.memory.fingerprint()


def test_a_folder_that_vanishes_during_the_scan_is_no_error(make: Make, data: Path, tmp_path: Path) -> None:
    """A real folder is removed between the listing of its parent and its own."""
    root = tmp_path / "photos"
    for name in ("a", "b"):
        (root / name).mkdir(parents=True)
        (root / name / f"{name}.jpg").write_bytes(photo(n=ord(name)))
        os.utime(root / name / f"{name}.jpg", (1_780_000_000, 1_780_000_000))
    local = LocalStorage(str(root))

    class Vanishing(LocalStorage):
        def list(self, path: str) -> Listing:
            found = super().list(path)
            if path == "":
                shutil.rmtree(root / "b", ignore_errors=True)
            return found

    home = Household(make, data)
    Storage.update(kind="local", root=str(root)).execute()
    home.use(lambda row: Vanishing(str(root)))
    result = home.scan()
    assert result["state"] == "online"
    assert home.names() == ["a.jpg"]
    home.use(lambda row: local)
    assert home.scan()["found"] == 1


def test_a_root_that_vanishes_is_offline(make: Make, data: Path, tmp_path: Path) -> None:
    root = tmp_path / "photos"
    root.mkdir()
    (root / "a.jpg").write_bytes(photo())
    os.utime(root / "a.jpg", (1_780_000_000, 1_780_000_000))
    home = Household(make, data)
    home.use(lambda row: LocalStorage(str(root)))
    home.scan()
    shutil.move(root, tmp_path / "away")
    assert home.scan()["state"] == "offline"
    root.mkdir()  # the empty mount point of a disk that is not there
    assert home.scan()["state"] == "offline"
    assert File.get().presence == "present"
    root.rmdir()
    shutil.move(tmp_path / "away", root)
    assert home.scan()["state"] == "online"
    assert home.state("a.jpg") == "online"


def test_a_file_that_is_still_being_written_waits(home: Household) -> None:
    home.memory.put("a.jpg", photo(), mtime_ns=time.time_ns())
    result = home.scan()
    assert result["read"] == 0
    again = Job.get(Job.dedupe_key == f"again:{home.storage.id}")
    assert again.run_after > clock.now()
    home.memory.put("a.jpg", photo(), mtime_ns=5)
    home.scan()
    assert home.names() == ["a.jpg"]


def test_a_storage_is_scanned_by_one_at_a_time(home: Household) -> None:
    home.memory.put("a.jpg", photo())
    turn = home.scanner._turns.setdefault(home.storage.id, threading.Lock())
    with turn:
        assert home.scan(folders=[""]) == {"state": "later"}
        waiting = Job.get(Job.state == "queued")
        assert (waiting.payload, waiting.run_after > clock.now()) == ({"folders": [""]}, True)
        assert home.scan(folders=[""]) == {
            "state": "later"
        }  # and the next that comes joins the one that waits
        assert Job.select().where(Job.state == "queued").count() == 1
        job = home.jobs.enqueue("scan", storage_id=home.storage.id)
        run = claimed(home.jobs, job)
        home.jobs.cancel(job.id)
        with pytest.raises(JobStopped):  # a whole scan waits for its turn, and can be stopped meanwhile
            home.scanner.scan(run)
    assert home.scan()["found"] == 1


def test_a_sidecar_of_the_raw_file_speaks_for_the_picture_too(home: Household) -> None:
    """Lightroom writes `a.xmp` for the RAW file when a JPEG lies beside it."""
    when = "2026-05-02T12:00:00"
    home.memory.put("a.jpg", photo(taken=when, model="D5", keywords=["sea"]))
    home.memory.put("a.nef", photo(taken=when, model="D5", mime="image/x-nikon-nef", rating=4))
    home.memory.put("a.xmp", json.dumps(["lake"]).encode())
    home.scan()
    (item,) = Item.select()
    assert (item.name, item.rating) == ("a.jpg", 4)
    assert catalogue.describe(home.viewer, [item])[0].labels == ("lake", "sea")


def test_a_folder_that_is_gone_is_not_listed_until_it_is_back(home: Household) -> None:
    home.memory.put("stays/a.jpg", photo(n=1))
    home.memory.put("goes/deep/b.jpg", photo(n=2))
    home.scan()
    root = Folder.get(Folder.path == "")

    def listed() -> list[str]:
        return [f.name for f in tree_rows.folders(home.viewer, root.id)]

    home.memory.take("goes")
    home.scan()
    assert listed() == ["stays"]
    home.memory.put("goes/deep/b.jpg", photo(n=2))
    home.scan(folders=[""])
    assert listed() == ["goes", "stays"]
    assert home.state("b.jpg") == "online"


def test_who_has_said_no_time_zone_finds_everything_on_the_timeline(home: Household) -> None:
    """With a real decoder child: a film knows an instant only, a screenshot its last change. Both by UTC, a guess."""
    screenshot = io.BytesIO()
    Image.new("RGB", (64, 48)).save(screenshot, "PNG")
    changed = 1_719_835_200 * 10**9  # 2024-07-01T12:00:00Z
    home.memory.put("shot.png", screenshot.getvalue(), mtime_ns=changed)
    home.memory.put("film.mp4", film(tags={"creation_time": "2024-07-02T22:30:00Z"}), mtime_ns=changed)
    block = exif({}, {0x9003: "2024:07:03 14:00:01"})  # two hours east of UTC, which nobody says
    home.memory.put("IMG_1.jpg", still(exif=block), mtime_ns=changed)
    home.memory.put("IMG_1.mp4", film(tags={"creation_time": "2024-07-03T12:00:00Z"}), mtime_ns=changed)
    assert home.anna.zone == ""
    with DecoderPool(1, limits_for(4 << 30, 2.0)) as pool:
        home.scanner._pool = pool
        assert home.scan()["failed"] == 0
    seen = {i.name: (i.day, i.taken_offset, i.offset_source) for i in access.visible_items(home.viewer)}
    assert seen == {
        "shot.png": (20240701, 0, "guessed"), "film.mp4": (20240702, 0, "guessed"),
        "IMG_1.jpg": (20240703, 0, "guessed"),
    }  # fmt: skip
    assert home.day_counts() == {20240701: 1, 20240702: 1, 20240703: 1}
    assert home.roles(Item.get(Item.name == "IMG_1.jpg")) == ["live", "original"], "a guess parts them not"
