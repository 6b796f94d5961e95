"""Listing what is far away: items at first sight, known bytes unread, moves, and faults that prove nothing."""

import time
from collections.abc import Callable, Sequence
from typing import cast

import pytest

from config import load
from services import clock, tasks
from services.adapters import Adapters
from services.catalogue import placing, recording
from services.catalogue.knowing import Dropped
from services.connecting import Connecting
from services.errors import Forbidden, PutOff, StorageNotFound, StorageThrottled, Unauthorized, Unavailable
from services.filing.hands import Hands
from services.filing.journal import Journal
from services.health import hour
from services.jobs import JobRunner
from services.media.rendition_store import RenditionStore
from services.models import Asset, DayCount, File, Folder, Item, ItemAlias, Job, Storage
from services.scanning import far_discovering
from services.scanning.changes import Plan
from services.storages import paths
from services.storages.values import Entry, Fingerprint, Listing
from tests.fakes import claimed, photo
from tests.services.scanning.household import Household, later

pytestmark = pytest.mark.db

MTIME = 1_700_000_000_000_000_000


def without_ids(far: Household) -> None:
    far.memory.faults.no_ids = True


def test_items_are_there_at_first_sight_and_nothing_is_downloaded(far: Household) -> None:
    far.memory.put("2026/IMG_20260701_100000.jpg", photo(n=1))
    far.memory.put("2026/b.mp4", b"video", mtime_ns=MTIME)
    far.memory.put("notes.txt", b"hello")
    far.memory.put("2026/b.mp4.json", b"{}")
    result = far.scan()
    assert (result["state"], result["found"], result["added"], result["read"]) == ("online", 4, 4, 0)
    assert far.names() == ["IMG_20260701_100000.jpg", "b.mp4"]
    assert far.day_counts() == {20260701: 1, 20231114: 1}
    assert far.memory.asked == 0
    assert far.state("b.mp4") == "online"
    states = {f.name: (f.read_state, f.glance) for f in File.select()}
    assert states == {
        "IMG_20260701_100000.jpg": ("pending", "pending"), "b.mp4": ("pending", "pending"),
        "b.mp4.json": ("pending", "none"), "notes.txt": ("done", "none"),
    }  # fmt: skip
    (job,) = far.open_jobs("read")
    assert (job.payload, job.priority) == ({}, -10)


def test_one_listing_a_folder_is_all_that_is_asked(far: Household) -> None:
    for n in range(40):
        far.memory.put(f"f{n % 4}/{n}.jpg", photo(n=n))
    far.scan()
    before = far.memory.calls
    assert far.scan()["changed"] == 0
    assert far.memory.calls - before == 5 + 2  # the probe, five folders, by what the root is known again


def test_a_change_key_says_what_has_changed(far: Household) -> None:
    far.memory.put("a.jpg", photo(n=1), mtime_ns=MTIME)
    far.settle()
    before = Item.get()
    far.memory.put("a.jpg", photo(n=2), mtime_ns=MTIME)  # as long, at the same time, with another hash
    assert far.scan()["changed"] == 1
    assert File.get().read_state == "pending"
    far.settle()
    assert (Item.get().pid, Item.get().version > before.version) == (before.pid, True)


def test_a_file_that_was_only_touched_is_not_read_again(far: Household) -> None:
    far.memory.put("a.jpg", photo(n=1), mtime_ns=MTIME)
    far.settle()
    asked = far.memory.asked
    far.memory.put("a.jpg", photo(n=1), mtime_ns=MTIME + 10**9)
    assert far.scan()["recognised"] == 1
    assert (File.get().read_state, File.get().mtime_ns) == ("done", MTIME + 10**9)
    assert far.memory.asked == asked


def test_a_file_that_changed_before_it_was_read(far: Household) -> None:
    far.memory.put("a.jpg", photo(n=1), mtime_ns=MTIME)
    far.scan()
    pid = Item.get().pid
    far.memory.put("a.jpg", photo(n=222), mtime_ns=MTIME + 86_400 * 10**9)
    far.scan()
    item, file = Item.get(), File.get()
    assert (item.pid, item.size, item.day) == (pid, len(photo(n=222)), 20231115)
    assert (item.source, file.source) == ("scan", "scan")
    assert (file.glance, file.read_state) == ("pending", "pending")


def test_a_known_hash_makes_a_download_needless(far: Household) -> None:
    far.memory.put("a.jpg", photo(n=1))
    far.settle()
    asked = far.memory.asked
    far.memory.put("copy/b.jpg", photo(n=1))
    far.memory.put("copy/c.jpg", photo(n=2))
    result = far.scan()
    assert (result["added"], result["recognised"]) == (2, 1)
    assert far.memory.asked == asked
    assert Item.select().count() == 2
    assert far.file("b.jpg").asset_id == far.file("a.jpg").asset_id


def test_a_copy_far_away_of_what_another_storage_of_the_owner_holds(far: Household) -> None:
    far.memory.put("a.jpg", photo(n=1))
    far.settle()
    other, asked = far.make.storage(far.anna, "Other", kind="memory"), far.memory.asked
    far.storage = other
    assert far.scan()["recognised"] == 1
    assert (Item.select().count(), File.select().count(), far.memory.asked) == (1, 2, asked)


def test_nothing_is_recognised_across_owners(far: Household) -> None:
    far.memory.put("a.jpg", photo(n=1))
    far.settle()
    far.storage = far.make.storage(far.make.user("ben"), kind="memory")
    assert far.scan()["recognised"] == 0
    assert Item.select().count() == 2


@pytest.mark.parametrize("read", [False, True])
def test_a_moved_file_is_known_by_its_id(far: Household, read: bool) -> None:
    far.memory.put("a.jpg", photo(n=1))
    far.memory.put("sub/other.jpg", photo(n=2))
    far.settle() if read else far.scan()
    before, asked = far.file("a.jpg"), far.memory.asked
    far.memory.writable = True
    far.memory.move("a.jpg", "sub/renamed.jpg")
    result = far.scan()
    after = far.file("renamed.jpg")
    assert (result["moved"], result["added"], result["absent"]) == (1, 0, 0)
    assert (after.id, after.asset_id, after.presence) == (before.id, before.asset_id, "present")
    assert far.memory.asked == asked
    assert Item.select().count() == 2


def test_a_file_moved_and_edited_is_known_by_its_id_and_read_again(far: Household) -> None:
    far.memory.put("a.jpg", photo(n=1))
    far.memory.put("b.jpg", photo(n=2))
    far.settle()
    before = far.file("a.jpg")
    far.memory.writable = True
    far.memory.move("a.jpg", "sub.jpg")
    far.memory.put("sub.jpg", photo(n=333), mtime_ns=MTIME)
    result = far.scan()
    after = far.file("sub.jpg")
    assert (result["moved"], after.id, after.asset_id) == (1, before.id, before.asset_id)
    assert after.read_state == "pending"


@pytest.mark.parametrize("read", [False, True])
def test_without_ids_size_and_hash_tell_what_moved(far: Household, read: bool) -> None:
    without_ids(far)
    for n in range(3):
        far.memory.put(f"a/{n}.jpg", photo(n=n))
    far.memory.put("stays.jpg", photo(n=9))
    far.settle() if read else far.scan()
    before = {f.name: (f.id, f.asset.item_id) for f in File.select()}
    far.memory.writable = True
    far.memory.move("a", "b")
    result = far.scan()
    after = {f.name: (f.id, f.asset.item_id) for f in File.select()}
    assert after == before
    assert (result["moved"], result["absent"]) == (3, 0)
    assert {f.presence for f in File.select()} == {"present"}
    assert {f.folder.path for f in File.select() if f.name != "stays.jpg"} == {"b"}
    assert sum(d.n for d in DayCount.select()) == Item.select().count() == 4


def test_two_alike_that_moved_are_two(far: Household) -> None:
    without_ids(far)
    far.memory.put("a1.jpg", photo(n=1))
    far.memory.put("a2.jpg", photo(n=1))
    far.memory.put("stays.jpg", photo(n=9))
    far.scan()
    ids = {f.id for f in File.select()}
    far.memory.writable = True
    far.memory.move("a1.jpg", "b1.jpg")
    far.memory.move("a2.jpg", "b2.jpg")
    assert far.scan()["moved"] == 2
    assert {f.id for f in File.select()} == ids


@pytest.mark.parametrize("ids", [False, True])
def test_what_a_guest_brought_and_moved_is_theirs_whatever_lies_beside_it(far: Household, ids: bool) -> None:
    """The organiser has the same bytes."""
    far.memory.faults.no_ids = not ids
    far.memory.put("hers.jpg", photo(n=1))
    far.settle()
    far.memory.put("Lou/a.jpg", photo(n=1))
    far.scan()
    hers, cover = Item.get(), Asset.get()
    theirs = Item.create(**hers.__data__ | {"id": None, "pid": "theirs", "contributed_by_id": 1})
    asset = Asset.create(**cover.__data__ | {"id": None, "item": theirs})
    Item.update(cover_id=asset.id).where(Item.id == theirs.id).execute()
    File.update(asset=asset).where(File.name == "a.jpg").execute()
    far.memory.writable = True
    far.memory.move("Lou/a.jpg", "best.jpg")
    far.settle()
    found = {file.name: file.asset.item_id for file in File.select()}
    assert found == {"hers.jpg": hers.id, "best.jpg": theirs.id}
    assert {item.id: item.contributed_by_id for item in Item.select()} == {hers.id: None, theirs.id: 1}


def test_what_a_guest_just_stores_is_no_move(far: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the same bytes as what the organiser has just deleted."""
    without_ids(far)
    far.memory.put("hers.jpg", photo(n=1))
    far.memory.put("stays.jpg", photo(n=9))
    far.settle()
    far.memory.writable = True
    far.memory.delete("hers.jpg", trash=False)
    far.memory.put("theirs.jpg", photo(n=1))

    def dropped_by(files: Sequence[int]) -> dict[int, Dropped]:
        rows = File.select().where(File.id.in_(files) & (File.name == "theirs.jpg"))
        return {row.id: Dropped(1, photo(n=1)) for row in rows}

    for module in (far_discovering, placing, recording):
        monkeypatch.setattr(module, "dropped_by", dropped_by)
    assert far.scan()["moved"] == 0
    found = {f.name: f.asset.item.contributed_by_id for f in File.select() if f.presence == "present"}
    assert found == {"stays.jpg": None, "theirs.jpg": 1}


def test_a_copy_is_no_move(far: Household) -> None:
    without_ids(far)
    far.memory.put("a.jpg", photo(n=1))
    far.scan()
    far.memory.put("b.jpg", photo(n=1))
    assert (far.scan()["moved"], File.select().count()) == (0, 2)


def test_what_is_not_proved_gone_has_not_moved(far: Household) -> None:
    """Its old folder could not be listed wholly, so the file there may still be there."""
    without_ids(far)
    far.memory.put("a/1.jpg", photo(n=0))
    far.memory.put("a/2.jpg", photo(n=1))
    far.memory.put("keep.jpg", photo(n=3))
    far.scan()
    far.memory.writable = True
    far.memory.move("a/2.jpg", "b.jpg")
    far.memory.faults.partial = {"a"}
    result = far.scan()
    assert (result["moved"], result["added"]) == (0, 1)
    assert {f.presence for f in File.select()} == {"present"}


def test_an_id_in_doubt_is_neither_moved_nor_added(far: Household) -> None:
    far.memory.put("a/1.jpg", photo(n=0))
    far.memory.put("a/2.jpg", photo(n=1))
    far.scan()
    far.memory.writable = True
    far.memory.move("a/2.jpg", "b.jpg")
    far.memory.faults.partial = {"a"}
    far.memory.faults.fail_on = {
        4: Unavailable("just now")
    }  # probe, two folders, then the look at the old place
    result = far.scan()
    assert (result["moved"], result["added"]) == (0, 0)
    far.memory.faults.partial = set()
    assert far.scan()["moved"] == 1


def test_a_storage_that_asks_to_wait_is_waited_for(far: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    clock = iter(range(10**6))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    far.memory.put("sub/a.jpg", photo(n=1))
    far.memory.faults.fail_on = {3: StorageThrottled("slowly", retry_after=7)}
    result = far.scan()
    assert (result["state"], result["added"], result["incomplete"]) == ("online", 1, [])
    assert slept


def test_one_that_asks_to_wait_for_long_is_left_alone(far: Household) -> None:
    far.memory.put("sub/a.jpg", photo(n=1))
    far.memory.put("sub/deep/b.jpg", photo(n=2))
    far.scan()
    Storage.update(canaries=None).execute()
    far.memory.take("sub/a.jpg")
    far.memory.faults.fail_on = {3: StorageThrottled("slowly", retry_after=900)}
    began = time.monotonic()
    result = far.scan()
    assert time.monotonic() - began < 60
    assert result["state"] == "slow"
    storage = Storage.get()
    assert storage.retry_at is not None
    assert {f.presence for f in File.select()} == {"present"}
    assert far.state("a.jpg") == "online"


def test_one_that_asks_to_wait_at_the_first_look_is_waited_for_as_long(far: Household) -> None:
    far.memory.put("a.jpg", photo(n=1))
    far.scan()
    far.memory.faults.throttle = 900
    assert far.scan()["state"] == "slow"
    assert 890 < (Storage.get().retry_at - clock.now()) / clock.SECOND <= 900


def after_a_change(far: Household) -> None:
    hands = Hands(lambda row: far.memory, far.jobs, cast(Journal, None), cast(RenditionStore, far.store))
    hands.look_at(Storage.get(), "")


LOOKS: dict[str, Callable[[Household], object]] = {
    "after a change of files": after_a_change,
    "for a file that was not found": lambda far: far.scanner.refresh([File.get().id]),
    "by the clock": lambda far: far.jobs.enqueue("scan", storage_id=far.storage.id),
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("state", ["slow", "offline"])
def test_looks_that_nobody_asked_for_wait_and_are_not_lost(
    far: Household, monkeypatch: pytest.MonkeyPatch, look: str, state: str
) -> None:
    far.memory.put("a.jpg", photo(n=1))
    far.settle()
    far.memory.put("b.jpg", photo(n=2))
    Storage.update(state=state, retry_at=clock.now() + 900 * clock.SECOND).execute()
    before = far.memory.calls
    LOOKS[look](far)
    runner = JobRunner(far.jobs, {"scan": far.scanner.scan, "read": far.scanner.read}, "test")
    runner.run_until_idle()
    assert far.memory.calls == before, "nothing is asked of it"
    (job,) = far.open_jobs("scan")
    assert job.error.startswith("The storage is asked again at ")
    assert far.names() == ["a.jpg"]
    later(monkeypatch, 901)
    Job.update(run_after=0).execute()  # as the clock of the database says by then
    runner.run_until_idle()
    runner.close()
    assert (far.names(), Storage.get().retry_at) == (["a.jpg", "b.jpg"], None)
    assert far.open_jobs("scan") == []


def test_who_asks_for_a_scan_waits_for_what_asked_for_that_alone(far: Household) -> None:
    far.memory.put("a.jpg", photo(n=1))
    Storage.update(state="offline", failures=3, retry_at=clock.now() + clock.HOUR).execute()
    assert far.scan()["state"] == "online", "its owner has just switched it on again"
    Storage.update(state="sign-in", failures=3, retry_at=clock.now() + clock.HOUR).execute()
    assert far.scan()["state"] == "online", "its owner has just put that right at the provider"
    Storage.update(state="slow", retry_at=clock.now() + clock.HOUR).execute()
    with pytest.raises(PutOff, match=f"asked again at {hour(Storage.get().retry_at)} UTC"):
        far.scan()


def test_a_folder_that_is_refused_is_told_and_the_rest_goes_on(far: Household) -> None:
    far.memory.put("a/1.jpg", photo(n=1))
    far.memory.put("b/2.jpg", photo(n=2))
    far.scan()
    far.memory.put("a/3.jpg", photo(n=3))
    far.memory.put("b/3.jpg", photo(n=3))
    far.memory.faults.fail_on = {3: Forbidden("not this folder")}
    result = far.scan()
    assert (result["state"], result["added"], len(result["incomplete"])) == ("online", 1, 1)
    assert {f.presence for f in File.select()} == {"present"}
    assert Folder.get(Folder.problem != "").problem == "not this folder"


def test_folders_that_do_not_answer_end_the_walk(far: Household) -> None:
    for n in range(6):
        far.memory.put(f"f{n}/a.jpg", photo(n=n))
    far.scan()
    before = far.memory.calls
    far.memory.faults.fail_on = {n: Unavailable("timed out") for n in range(3, 20)}
    result = far.scan()
    assert result["state"] == "offline"
    assert far.memory.calls - before == 1 + 1 + 3
    storage = Storage.get()
    assert (storage.state, storage.failures) == ("offline", 1)
    assert {f.presence for f in File.select()} == {"present"}
    far.memory.faults.fail_on = {}
    assert far.scan()["state"] == "online"
    storage = Storage.get()
    assert (storage.state, storage.failures, storage.retry_at) == ("online", 0, None)


@pytest.mark.parametrize("fault", ["needs_reconnect", "offline"])
def test_a_storage_that_is_away_keeps_everything(far: Household, fault: str) -> None:
    far.memory.put("a.jpg", photo(n=1))
    far.settle()
    setattr(far.memory.faults, fault, True)
    state = far.scan()["state"]
    assert state == {"needs_reconnect": "sign-in", "offline": "offline"}[fault]
    assert far.state("a.jpg") == "offline"
    assert (File.get().presence, len(far.store.kept)) == ("present", 1)
    setattr(far.memory.faults, fault, False)
    assert far.scan()["state"] == "online"
    assert far.state("a.jpg") == "online"


def test_a_sign_in_that_only_seemed_to_end_is_looked_at_again(
    far: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the clock: one look an hour later, and two after that one; the first that succeeds brings it back."""
    connecting = Connecting(load(far.scanner._data, {"HYPOMOS_NODE": "here"}), far.jobs, Adapters())

    def passes(hours: float) -> int:
        later(monkeypatch, hours * 3600)
        calls = far.memory.calls
        if tasks.enqueue_due(connecting, 360, "here"):
            run = claimed(far.jobs, Job.get((Job.kind == "scan") & (Job.state == "queued")))
            far.jobs.finish(run.job, far.scanner.scan(run))
        return far.memory.calls - calls

    far.memory.put("a.jpg", photo(n=1))
    far.scan()
    far.memory.faults.needs_reconnect = True
    far.scan()
    assert passes(0.7) == 0
    assert 0 < passes(0.6) <= 2
    assert passes(1.5) == 0
    far.memory.faults.needs_reconnect = False
    assert Storage.get().state == "sign-in"
    assert passes(1.0) > 0
    storage = Storage.get()
    assert (storage.state, storage.failures, storage.retry_at) == ("online", 0, None)


def test_a_sign_in_that_ends_in_the_middle(far: Household) -> None:
    far.memory.put("a/1.jpg", photo(n=1))
    far.memory.put("b/2.jpg", photo(n=2))
    far.scan()
    far.memory.take("a/1.jpg")
    far.memory.faults.fail_on = {4: Unauthorized("The token has expired.")}
    assert far.scan()["state"] == "sign-in"
    assert {f.presence for f in File.select()} == {"present"}


def test_a_root_that_was_renamed_is_no_empty_storage(far: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    far.memory.put("a.jpg", photo(n=1))
    far.scan()

    def gone(path: str) -> None:
        raise StorageNotFound("directory not found")

    monkeypatch.setattr(far.memory, "list", gone)
    result = far.scan()
    assert result["state"] == "offline"
    assert "connect" in result["reason"]
    assert File.get().presence == "present"


def test_too_much_gone_at_once_pauses_it(far: Household) -> None:
    for n in range(30):
        far.memory.put(f"{n}.jpg", photo(n=n))
    far.scan()
    for n in range(1, 28):
        far.memory.take(f"{n}.jpg")
    Storage.update(canaries=None).execute()
    assert far.scan()["state"] == "paused"
    assert {f.presence for f in File.select()} == {"present"}
    assert far.scan(folders=[""])["state"] == "paused"
    assert far.scan(confirmed=True)["state"] == "online"
    assert File.select().where(File.presence == "suspect").count() == 27


def test_a_killed_walk_begins_again_and_adds_nothing_twice(far: Household) -> None:
    for n in range(5):
        far.memory.put(f"f{n}/a.jpg", photo(n=n))

    class Killed(BaseException):
        pass

    plain, count = far.memory.list, iter(range(100))

    def dying(path: str):  # type: ignore[no-untyped-def]
        if next(count) == 3:
            raise Killed
        return plain(path)

    far.memory.list = dying  # type: ignore[method-assign]
    with pytest.raises(Killed):
        far.scanner.scan(far.run())
    found = File.select().count()
    assert 0 < found < 5
    pids = {f.pid for f in File.select()}
    Job.update(state="done", lease_owner=None, finished_at=1).execute()
    assert far.scan()["found"] == 5
    assert pids < {f.pid for f in File.select()}
    assert (File.select().count(), Item.select().count(), ItemAlias.select().count()) == (5, 5, 0)


def test_a_look_for_another_folder_is_no_listing_of_this_one(
    far: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its id is kept once all in it was compared, and it was not to be found when that was due."""
    far.memory.put("new/deep/1.jpg", photo())
    far.memory.faults.partial = {"new"}
    far.scan()
    far.memory.faults.partial = set()
    far.memory.put("new/2.jpg", photo(n=2))
    plain, asked = far.memory.list, []

    def flickering(path: str) -> Listing:
        asked.append(path)
        if path == "new/deep" or (path == "new" and asked.count(path) == 1):
            raise StorageNotFound("not now")
        return plain(path)

    monkeypatch.setattr(far.memory, "list", flickering)
    far.scan(folders=["", "new/deep"])
    assert asked == ["new/deep", "", "new", "", "new"]
    assert Folder.get(Folder.path == "new").provider_id is None
    monkeypatch.undo()
    far.scan(folders=[""])
    assert far.file("2.jpg").presence == "present"
    assert Folder.get(Folder.path == "new").provider_id is not None


def test_a_folder_with_all_below_it_is_scanned_when_asked(far: Household) -> None:
    far.memory.put("a/b/1.jpg", photo(n=1))
    far.memory.put("c/2.jpg", photo(n=2))
    far.scan()
    far.memory.put("a/b/3.jpg", photo(n=3))
    far.memory.put("c/4.jpg", photo(n=4))
    assert far.scan(folders=["a"])["added"] == 0
    assert far.scan(folders=["a"], deep=True)["added"] == 1


def test_a_whole_listing_that_lacks_what_is_there_by_its_name_is_none(
    far: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        far.memory.put(f"album/{n}.jpg", photo(n=n))
    far.settle()
    plain = far.memory.list
    lacking = lambda path: plain(path)._replace(entries=plain(path).entries[:1] if path else [])  # noqa: E731
    with monkeypatch.context() as patch:
        patch.setattr(far.memory, "list", lacking)
        patch.setattr(far.memory, "fingerprint", lambda: Fingerprint.from_json(far.storage.canaries))
        assert far.scan(folders=["album"])["incomplete"] == ["album"]
        assert far.scan()["incomplete"] == [""]
    assert {f.presence for f in File.select()} == {"present"}
    far.memory.take("album/1.jpg")
    result = far.scan()
    assert (result["incomplete"], result["absent"]) == ([], 1)


@pytest.mark.parametrize("whole", [True, False])
def test_a_listing_that_lacks_a_folder_does_not_prove_itself(
    far: Household, monkeypatch: pytest.MonkeyPatch, whole: bool
) -> None:
    """By WebDAV, S3 and Azure a folder is looked for in the listing of the one above."""
    far.memory.put("album/in/deep/1.jpg", photo(n=1))
    far.memory.put("album0/2.jpg", photo(n=2))
    far.memory.put("other/3.jpg", photo(n=3))
    far.settle()
    if not whole:
        without_whole_listings(far, monkeypatch)
    cut, plain = listing_without(far, "in", "other"), far.memory.stat

    def stat(path: str) -> Entry:
        found = plain(path)
        if found.is_dir and path and path not in [e.path for e in cut(paths.parent(path)).entries]:
            raise StorageNotFound("It is not there.")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(far.memory, "list", cut)
        patch.setattr(far.memory, "stat", stat)
        assert far.scan()["incomplete"] == ["", "album"]
    assert {f.presence for f in File.select()} == {"present"}
    far.memory.take("album/in")
    far.memory.take("other")
    result = far.scan()
    assert (result["incomplete"], result["absent"]) == ([], 2)


def listing_without(far: Household, *names: str) -> Callable[[str], Listing]:
    """A listing that lacks these names and says nothing of it, as Google's may."""
    plain = far.memory.list

    def cut(path: str) -> Listing:
        listing = plain(path)
        return listing._replace(entries=[e for e in listing.entries if e.name not in names])

    return cut


def without_whole_listings(far: Household, patch: pytest.MonkeyPatch) -> None:
    plain = far.memory.caps
    patch.setattr(far.memory, "caps", lambda: plain()._replace(whole_listings=False))


@pytest.mark.parametrize(("whole", "presence"), [(True, "suspect"), (False, "present")])
def test_where_listings_may_lack_single_files_all_that_vanished_are_looked_up(
    far: Household, monkeypatch: pytest.MonkeyPatch, whole: bool, presence: str
) -> None:
    """The first and the last of them are gone, the one between was left out by the listing."""
    for n in range(5):
        far.memory.put(f"album/{n}.jpg", photo(n=n))
    far.settle()
    if not whole:
        without_whole_listings(far, monkeypatch)
    far.memory.take("album/0.jpg")
    far.memory.take("album/4.jpg")
    with monkeypatch.context() as patch:
        patch.setattr(far.memory, "list", listing_without(far, "2.jpg"))
        result = far.scan(folders=["album"])
    assert result["incomplete"] == ([] if whole else ["album"])
    assert far.file("2.jpg").presence == presence
    assert far.scan(folders=["album"])["incomplete"] == []
    assert (far.file("0.jpg").presence, far.file("2.jpg").presence) == ("suspect", "present")


def test_what_the_provider_says_is_deleted_is_not_looked_up(
    far: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        far.memory.put(f"album/{n}.jpg", photo(n=n))
    far.settle()
    without_whole_listings(far, monkeypatch)
    asked: list[str] = []
    plain = far.memory.stat

    def stat(path: str) -> Entry:
        asked.append(path)
        return plain(path)

    for name in ("0.jpg", "1.jpg"):
        far.memory.take(f"album/{name}")
    monkeypatch.setattr(far.memory, "stat", stat)
    told = Plan(folders={"album"}, deleted={far.file("0.jpg").id})
    far.scanner.look(far.run(), far.storage, told)
    assert "album/1.jpg" in asked
    assert "album/0.jpg" not in asked
    assert [far.file(f"{n}.jpg").presence for n in range(3)] == ["missing", "suspect", "present"]


def test_what_was_lacking_once_is_looked_up_again_before_it_is_missing(
    far: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    far.memory.put("album/1.jpg", photo(n=1))
    far.memory.put("album/2.jpg", photo(n=2))
    far.settle()
    without_whole_listings(far, monkeypatch)
    File.update(presence="suspect", absent_since=1).where(File.name == "1.jpg").execute()
    with monkeypatch.context() as patch:
        patch.setattr(far.memory, "list", listing_without(far, "1.jpg"))
        assert far.scan(folders=["album"])["incomplete"] == ["album"]
    assert far.file("1.jpg").presence == "suspect"


def test_a_folder_that_a_listing_left_out_is_looked_up_too(
    far: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        far.memory.put(f"album/{name}/1.jpg", photo(n=ord(name)))
    far.settle()
    without_whole_listings(far, monkeypatch)
    far.memory.take("album/a")
    with monkeypatch.context() as patch:
        patch.setattr(far.memory, "list", listing_without(far, "b"))
        far.scan(folders=["album"])
    assert {f.presence for f in File.select()} == {"present"}


def test_what_is_to_be_told_of_a_whole_listing_is_a_problem_of_the_folder(
    far: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    far.memory.put("album/1.jpg", photo(n=1))
    far.memory.put("album/2.jpg", photo(n=2))
    far.scan()
    plain = far.memory.list
    with monkeypatch.context() as patch:
        told = lambda path: plain(path)._replace(errors=("Twice.",) if path else ())  # noqa: E731
        patch.setattr(far.memory, "list", told)
        far.memory.take("album/2.jpg")
        assert far.scan()["incomplete"] == []
    assert Folder.get(Folder.path == "album").problem == "Twice."
    assert far.file("2.jpg").presence == "suspect", "the listing is whole all the same"
    far.scan()
    assert Folder.get(Folder.path == "album").problem == ""


def test_a_name_that_only_changed_its_case_is_not_taken_for_the_old_one(
    far: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    far.memory.put("a.jpg", photo(n=1))
    far.memory.put("z.jpg", photo(n=2))
    far.settle()
    far.memory.take("a.jpg")
    far.memory.put("A.JPG", photo(n=1))
    plain = far.memory.stat
    monkeypatch.setattr(far.memory, "stat", lambda path: plain("A.JPG" if path == "a.jpg" else path))
    assert far.scan()["incomplete"] == []
