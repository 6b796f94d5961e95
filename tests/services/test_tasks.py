"""What jobs do: rendering from whichever file can be read, what is due, and what is reported."""

import dataclasses
import time
from pathlib import Path
from typing import cast

import pytest

from config import load
from services import clock, tasks
from services.adapters import Adapters
from services.connecting import Connecting
from services.errors import Changed, DecoderKilled, NotFound, StorageError, StorageNotFound, Unavailable
from services.filing import Filing, Journal, Transfers, Trashing
from services.filing.hands import Hands
from services.jobs import Jobs
from services.media.masking import Mask
from services.media.pool import DecoderPool
from services.media.rendition_store import RenditionStore
from services.media.types import Hints, Metadata, Rendition
from services.models import Asset, File, Item, Job, Storage, Trash, counters
from services.scanning import Follower, Scanner
from services.storages.memory import MemoryStorage
from services.uploads import Spool, Storing
from tests.factories import Make
from tests.fakes import FakePool, FakeStore, claimed

pytestmark = pytest.mark.db

PICTURE = b"PHOTO{}"
LISTED = dataclasses.asdict(Metadata("photo", "image/jpeg")) | {"thumbhash": None, "colour": None}


class Home:
    """A picture that lies in two storages of anna, and the handlers of a worker."""

    def __init__(self, make: Make, data: Path) -> None:
        self.make, self.data = make, data
        self.anna = make.user()
        self.disks = [MemoryStorage(), MemoryStorage()]
        self.storages = [make.storage(self.anna, f"disk{n}", kind="memory") for n in range(2)]
        self.asset: Asset = make.asset(make.item(self.anna), PICTURE)
        Item.update(cover_id=self.asset.id).execute()
        for disk, storage in zip(self.disks, self.storages, strict=True):
            disk.put("a.jpg", PICTURE, mtime_ns=0)
            make.file(
                storage,
                "a.jpg",
                size=len(PICTURE),
                asset=self.asset,
                sha256=self.asset.sha256,
                read_state="done",
            )
        self.jobs, self.pool, self.store = Jobs(lambda lane, job: None, "here"), FakePool(), FakeStore()
        pool, store = cast(DecoderPool, self.pool), cast(RenditionStore, self.store)
        scanner = Scanner(adapter=self.adapter, pool=pool, store=store, jobs=self.jobs, data=data, readers=1)
        self.hands = Hands(self.adapter, self.jobs, Journal(data, "here"), store)
        self.trashing, self.transfers = Trashing(self.hands, 30), Transfers(self.hands)
        storing = Storing(
            spool=Spool(data), hands=self.hands, filing=Filing(self.hands), pool=pool, store=store
        )
        connecting = Connecting(load(data, {"HYPOMOS_NODE": "here"}), self.jobs, self.adapter)
        self.handlers = tasks.handlers(
            scanner, self.adapter, pool, store, filing=Filing(self.hands), trashing=self.trashing,
            transfers=self.transfers, connecting=connecting,
            follower=Follower(scanner, lambda row: None, self.jobs),
            storing=storing,
        )  # fmt: skip

    def adapter(self, row: Storage) -> MemoryStorage:
        return self.disks[[s.id for s in self.storages].index(row.id)]

    def do(self, kind: str, **payload: object) -> object:
        return self.handlers[kind](claimed(self.jobs, self.jobs.enqueue(kind, payload=payload)))

    def render(self) -> object:
        return self.do("render", asset=self.asset.id, size=1600)

    @property
    def rendered(self) -> bytes | None:
        return self.store.get(bytes(self.asset.sha256).hex(), 1600)


@pytest.fixture
def home(make: Make, data: Path) -> Home:
    return Home(make, data)


def test_a_storage_is_forgotten_to_the_end_after_a_death(home: Home) -> None:
    storage = home.storages[0]
    assert home.do("forget", storage=storage.id) == {"files": 0}  # it is not removed
    storage.removed_at = 1
    storage.save()
    assert home.do("forget", storage=storage.id) == {"files": 1}
    assert [f.storage_id for f in File.select()] == [home.storages[1].id]


def test_what_follows_a_removal_is_of_that_removal_alone(home: Home) -> None:
    storage, other = home.storages
    for each in (storage, other):
        each.removed_at = 2
        each.save()
    asked = {"storage": storage.id, "items": "forget"}
    assert home.do("forget", **asked, removed_at=1) == {"files": 0}
    assert home.do("forget", **asked | {"items": "keep"}, removed_at=2) == {"files": 0}
    assert home.do("forget", **asked, removed_at=2) == {"files": 1}
    assert [f.storage_id for f in File.select()] == [other.id]


def test_what_became_of_interrupted_changes_is_settled(home: Home) -> None:
    storage, disk = home.storages[0], home.disks[0]
    journal = Journal(home.data, "here")
    operation = journal.begin("delete", storage, "a.jpg", actor=None, is_dir=False)
    journal.close()
    disk.put(f".hypomos-trash/{operation.shelf}/a.jpg", PICTURE)
    disk.take("a.jpg")
    assert tasks.settle_files(home.hands) == 1
    assert Trash.get().path == "a.jpg"


def test_abandoned_uploads_are_ended_where_that_can_be_done(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[MemoryStorage] = []

    def end(disk: MemoryStorage) -> None:
        ended.append(disk)
        if disk is home.disks[0]:
            raise Unavailable("away")

    monkeypatch.setattr(MemoryStorage, "end_abandoned", end)
    assert tasks.end_abandoned(home.adapter, "here") == 0
    assert ended == [], "they are not open for writing"
    Storage.update(writable=True, node="here").execute()
    assert tasks.end_abandoned(home.adapter, "here") == 1, "one that is away keeps the other from nothing"
    assert ended == home.disks
    Storage.update(state="offline").execute()
    assert tasks.end_abandoned(home.adapter, "here") == 0
    Storage.update(state="online", node="there").execute()
    assert tasks.end_abandoned(home.adapter, "here") == 0


def test_the_trash_is_cleared_and_moves_go_on(home: Home) -> None:
    operation = home.hands.journal.begin("transfer", home.storages[0], "a.jpg", "b.jpg", actor=None)
    made = {"owner": home.anna, "storage": home.storages[0], "path": "x", "name": "x", "size": 1, "files": 1}
    Trash.create(pid="p", batch="b", kind="deleted", is_dir=False, trashed_at=1, due_at=1, **made)
    tasks.clear_trash(home.trashing, home.transfers, "here")
    jobs = {j.kind: j.payload for j in Job.select()}
    assert jobs == {"purge": {"owner": home.anna.id}, "transfer": {"operation": operation.id}}


def test_a_rendition_is_made_and_kept(home: Home) -> None:
    assert home.render() == {"bytes": 4}
    assert home.rendered == b"view"


def test_the_second_place_helps_when_the_first_is_away(home: Home) -> None:
    home.disks[0].faults.offline = True
    home.render()
    assert home.rendered == b"view"


@pytest.mark.parametrize("what", ["bytes", "time"])
def test_what_changed_since_it_was_read_is_not_kept_under_the_old_hash(home: Home, what: str) -> None:
    """Whoever has the same bytes would be shown the other picture."""
    for disk in home.disks:
        disk.put("a.jpg", b"OTHER{}" if what == "bytes" else PICTURE, mtime_ns=5)
    with pytest.raises(Changed):
        home.render()
    assert home.rendered is None


def test_nothing_that_can_be_read_is_a_failure_in_words(home: Home) -> None:
    for disk in home.disks:
        disk.faults.offline = True
    with pytest.raises(Unavailable):
        home.render()
    Storage.update(removed_at=1).execute()
    with pytest.raises(NotFound, match="No storage"):
        home.render()
    Asset.delete().execute()
    with pytest.raises(NotFound, match="not in the catalogue"):
        home.render()


@pytest.mark.parametrize("kind", ["render", "mask", "picture"])
def test_nobody_is_told_where_a_file_of_others_lies(home: Home, kind: str) -> None:
    """The job is of whoever wants to see the picture, or of nobody, and then each administrator reads why it failed."""
    for disk in home.disks:
        disk.take("a.jpg")
    given = {"asset": home.asset.id, "size": 1600}
    payload = {"assets": [home.asset.id], "profile": "LRG", "of_kept": False} if kind == "picture" else given
    with pytest.raises(StorageNotFound, match=r"^No storage that holds this file can be reached\.$"):
        home.handlers[kind](claimed(home.jobs, home.jobs.enqueue(kind, payload=payload)))


def test_a_decoder_that_dies_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(fd: int, size: int, hints: Hints) -> Rendition:
        raise DecoderKilled("it used more memory than it may")

    monkeypatch.setattr(home.pool, "render", die)
    with pytest.raises(DecoderKilled):
        home.render()


def test_what_was_found_absent_is_suspect_and_its_folder_looked_at(home: Home) -> None:
    file = File.get()
    report = tasks.report_absent(home.jobs)
    report(file.id)
    report(file.id)  # twelve chunks of one download report it once
    job = Job.get(Job.kind == tasks.ABSENT)
    home.handlers[tasks.ABSENT](claimed(home.jobs, job))
    assert Job.select().where(Job.kind == tasks.ABSENT).count() == 1
    assert File.get_by_id(file.id).presence == "suspect"
    scan = Job.get(Job.kind == "scan")
    assert (scan.payload, scan.storage_id, scan.user_id) == (
        {"folders": [""]},
        home.storages[0].id,
        home.anna.id,
    )
    home.do("absent", file=10**6)  # gone from the catalogue meanwhile: nothing to do


def due(home: Home, node: str = "here") -> set[str]:
    Job.delete().execute()
    settings = load(home.data, {"HYPOMOS_NODE": node})
    tasks.enqueue_due(Connecting(settings, home.jobs, Adapters()), minutes=60, node=node)
    return {job.storage.name for job in Job.select()}


def test_what_is_due(home: Home) -> None:
    assert due(home) == {"disk0", "disk1"}  # never scanned
    Storage.update(scanned_at=clock.now()).execute()
    assert due(home) == set()
    Storage.update(state="offline").where(Storage.name == "disk0").execute()
    assert due(home) == {"disk0"}  # it may be back
    Storage.update(state="sign-in").where(Storage.name == "disk0").execute()
    assert due(home) == {"disk0"}
    assert due(home, node="elsewhere") == set()
    Storage.update(state="online", scanned_at=clock.now() - 61 * clock.MINUTE).execute()
    assert due(home) == {"disk0", "disk1"}
    Storage.update(removed_at=1).where(Storage.name == "disk1").execute()
    assert due(home) == {"disk0"}


def test_a_scan_that_somebody_stopped_is_not_begun_again_at_once(home: Home) -> None:
    connecting = Connecting(load(home.data, {"HYPOMOS_NODE": "here"}), home.jobs, Adapters())
    viewer = home.make.viewer(home.anna)

    def due() -> int:
        return tasks.enqueue_due(connecting, 60, "here")

    assert due() == 2, "neither was ever scanned"
    assert connecting.stop(viewer, home.storages[0].pid) == 1
    assert due() == 1, "the other one waits still"
    running = Job.get(Job.state == "queued")
    claimed(home.jobs, running)
    assert connecting.stop(viewer, home.storages[1].pid) == 1
    assert due() == 0
    assert Job.get_by_id(running.id).stop_asked, "nobody takes that back while it is on its way to stop"
    ended = {"state": "cancelled", "lease_owner": None, "lease_until": None}
    Job.update(**ended, finished_at=clock.now() - 61 * clock.MINUTE).execute()
    assert due() == 2
    connecting.stop(viewer, home.storages[0].pid)
    connecting.scan(viewer, home.storages[0].pid)
    assert {job.storage_id for job in Job.select().where(Job.state == "queued")} == {
        s.id for s in home.storages
    }


def test_suspect_files_are_looked_at_again_within_the_hour(home: Home) -> None:
    settings = load(home.data, {"HYPOMOS_NODE": "here"})
    connecting = Connecting(settings, home.jobs, Adapters())
    Storage.update(scanned_at=clock.now() - 61 * clock.MINUTE).execute()
    assert tasks.enqueue_due(connecting, minutes=1440, node="here") == 0
    File.update(presence="suspect").where(File.storage == home.storages[1].id).execute()
    assert tasks.enqueue_due(connecting, minutes=1440, node="here") == 1


def test_one_whose_changes_are_told_is_scanned_once_a_day(home: Home) -> None:
    connecting = Connecting(load(home.data, {"HYPOMOS_NODE": "here"}), home.jobs, Adapters())
    hours = clock.now() - 7 * clock.HOUR
    Storage.update(
        scanned_at=hours, complete_at=hours, feed_cursor="c", feed_at=clock.now(), state="slow", retry_at=1
    ).execute()
    File.update(presence="suspect").execute()

    def due() -> int:
        return tasks.enqueue_due(connecting, 360, "here")

    assert due() == 0
    for broken in ({"feed_problem": "It is broken."}, {"feed_at": hours}, {"feed_cursor": None}):
        Storage.update(**broken).where(Storage.name == "disk0").execute()
        assert due() == 1, broken
        Job.delete().execute()
        Storage.update(feed_problem="", feed_at=clock.now(), feed_cursor="c").execute()
    Storage.update(complete_at=clock.now() - 25 * clock.HOUR, scanned_at=clock.now()).execute()
    assert due() == 2
    Job.update(state="done", finished_at=1).execute()
    assert due() == 0, "it was tried, and did not come to its end"
    for state in ("offline", "sign-in"):
        Job.delete().execute()
        Storage.update(state=state, retry_at=clock.now() + clock.MINUTE).execute()
        assert due() == 0, "not yet"
        Storage.update(retry_at=clock.now() - 1).execute()
        assert due() == 2, "it may be back"


def test_the_clock_mark_only_rises(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "source", lambda: 2_000_000_000.0)
    tasks.tick_clock()
    monkeypatch.setattr(clock, "source", lambda: 1_900_000_000.0)
    tasks.tick_clock()
    assert counters.read(counters.CLOCK_MARK) == 2_000_000_000 * clock.SECOND


def test_a_picture_that_was_only_listed_is_read_when_somebody_wants_to_see_it(home: Home) -> None:
    Asset.update(sha256=None, meta=LISTED).execute()
    File.update(sha256=None, read_state="pending", change_key=None).execute()
    home.disks[0].faults.offline = True
    assert home.render() == {"read": True}
    asset = Asset.get()
    assert home.store.get(bytes(asset.sha256).hex(), 1600) == b"view"
    assert {f.read_state for f in File.select()} == {"pending", "done"}


def test_one_that_cannot_be_read_says_why(home: Home) -> None:
    Asset.update(sha256=None, meta=LISTED).execute()
    File.update(sha256=None, read_state="pending").execute()
    for disk in home.disks:
        disk.faults.offline = True
    with pytest.raises(Unavailable):
        home.render()


def test_a_changed_file_is_not_taken_for_its_old_bytes(home: Home) -> None:
    File.update(read_state="pending").execute()
    with pytest.raises(NotFound):
        home.render()


def test_a_storage_is_asked_again_at_its_time(home: Home) -> None:
    connecting = Connecting(load(home.data, {"HYPOMOS_NODE": "here"}), home.jobs, Adapters())
    Storage.update(scanned_at=clock.now(), retry_at=clock.now() + clock.HOUR, state="offline").execute()
    assert tasks.enqueue_due(connecting, 60, "here") == 0
    Storage.update(retry_at=clock.now() - 1, state="slow").execute()
    assert tasks.enqueue_due(connecting, 60, "here") == 2


@pytest.mark.parametrize("feed", [False, True])
def test_a_clock_that_was_set_back_keeps_no_storage_waiting(
    home: Home, monkeypatch: pytest.MonkeyPatch, feed: bool
) -> None:
    connecting = Connecting(load(home.data, {"HYPOMOS_NODE": "here"}), home.jobs, Adapters())
    Job.delete().execute()
    today = time.time()
    monkeypatch.setattr(clock, "source", lambda: today + 400 * 86400)
    told = {"feed_cursor": "c", "feed_at": clock.now(), "complete_at": clock.now()} if feed else {}
    Storage.update(scanned_at=clock.now(), retry_at=clock.now() + clock.HOUR, state="slow", **told).execute()
    for storage in home.storages:
        connecting.start_scan(storage)
    Job.update(state="done", finished_at=1, created_at=clock.now()).execute()
    assert tasks.enqueue_due(connecting, 60, "here") == 0, "they were asked just now"
    monkeypatch.setattr(clock, "source", lambda: today)
    assert tasks.enqueue_due(connecting, 60, "elsewhere") == 0
    assert tasks.enqueue_due(connecting, 60, "here") == 2
    assert {s.retry_at for s in Storage.select()} == {None}


def test_every_kind_has_its_handler(home: Home) -> None:
    assert set(home.handlers) == {
        "scan",
        "read",
        "render",
        "picture",
        "notice",
        "absent",
        "mask",
        "match",
        "purge",
        "transfer",
        "upload",
        "forget",
        "changes",
        "discard",
        "free",
        "redate",
    }
    assert issubclass(Changed, StorageError)  # so that a changed file is tried at its other places


def test_masks_are_found_by_a_job(home: Home) -> None:
    home.pool.masks = (Mask(1, 2),)
    assert home.do("mask", asset=home.asset.id) == {"masks": 1}
    assert Asset.get().masks == [[1, 2, "00"]]
    home.pool.masks = None
    assert home.do("mask", asset=home.asset.id) == {"masks": None}
    assert Asset.get().meta["unmaskable"]


def test_no_masks_of_what_cannot_be_read(home: Home) -> None:
    for disk in home.disks:
        disk.take("a.jpg")
    with pytest.raises((StorageError, NotFound)):
        home.do("mask", asset=home.asset.id)
    with pytest.raises(NotFound):
        home.do("mask", asset=home.asset.id + 99)
    assert Asset.select().where(Asset.masks.is_null()).count() == 1
