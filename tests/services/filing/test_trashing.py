"""The trash: its lines, the way back, emptying with tombstones, and the clock with its brakes."""

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from services import catalogue, clock, collections
from services.catalogue.placing import content_key
from services.clock import DAY
from services.collections import Draft
from services.errors import Conflict, NotFound, ReadOnly, StorageNotFound, Unavailable, UsageError
from services.filing import Journal, recover, trashing
from services.filing.journal import end
from services.models import (
    Asset,
    File,
    FileOperation,
    Fingerprint,
    Folder,
    Item,
    Job,
    Storage,
    Tombstone,
    Trash,
    database,
    transaction,
)
from services.storages import memory
from services.storages.memory import MemoryStorage
from services.storages.values import Entry
from tests.factories import Make
from tests.fakes import photo
from tests.services.filing.desk import Desk
from tests.services.storages.conftest import Mounter, unmount

pytestmark = pytest.mark.db

A, B = photo(n=1, taken="2026-07-01T10:00:00", scan="a"), photo(n=2)


@pytest.fixture
def days() -> Iterator[list[float]]:
    """The clock, moved by as many days as the list says."""
    moved, real = [0.0], clock.source
    clock.source = lambda: real() + moved[0] * 86_400
    yield moved
    clock.source = real


def thrown(desk: Desk, path: str = "a.jpg", data: bytes = A) -> Trash:
    desk.upload(path, data)
    desk.work()
    return desk.filing.delete(desk.viewer, desk.one.pid, path)


def test_the_lines_of_the_trash(desk: Desk) -> None:
    first, second = thrown(desk), thrown(desk, "b.txt", b"no picture")
    lines = desk.trashing.page(desk.viewer)
    assert [(x.entry.name, x.files, x.entries, x.storage.name) for x in lines] == [
        ("b.txt", 1, 1, "One"), ("a.jpg", 1, 1, "One"),
    ]  # fmt: skip
    assert [x.item is not None for x in lines] == [False, True]
    assert lines[0].purged_at == second.trashed_at + 31 * DAY
    assert desk.trashing.count(desk.viewer) == 2
    assert [x.entry.id for x in desk.trashing.page(desk.viewer, limit=1)] == [second.id]
    assert [x.entry.id for x in desk.trashing.page(desk.viewer, after=second.id)] == [first.id]
    with pytest.raises(UsageError):
        desk.trashing.page(desk.viewer, limit=0)


def test_a_taken_name_gets_a_free_one_on_the_way_back(desk: Desk) -> None:
    gone = thrown(desk)
    desk.upload("a.jpg", B)
    (back,) = desk.trashing.restore(desk.viewer, gone.pid)
    assert back.path == "a (2).jpg"
    assert (desk.read("a.jpg"), desk.read("a (2).jpg")) == (B, A)
    assert desk.agrees()


def test_a_taken_name_that_is_as_long_as_can_be_gets_a_shorter_one(
    make: Make, data: Path, tmp_path: Path
) -> None:
    desk = Desk(make, data, base=tmp_path)
    name = "ä" * 125 + "x.jpg"
    gone = thrown(desk, name)
    desk.upload(name, B)
    (back,) = desk.trashing.restore(desk.viewer, gone.pid)
    assert back.path == "ä" * 123 + " (2).jpg"
    assert (desk.read(back.path), desk.read(name)) == (A, B)
    desk.journal.close()


def test_a_file_in_the_place_of_the_folder_is_named(desk: Desk) -> None:
    for folder in ("album", "album/inner"):
        desk.adapter(desk.one).make_folder(folder)
    gone = thrown(desk, "album/inner/a.jpg")
    desk.filing.delete(desk.viewer, desk.one.pid, "album")
    desk.upload("album", B)
    with pytest.raises(UsageError, match="The folder “album” cannot be made: “album” is there already"):
        desk.trashing.restore(desk.viewer, gone.pid)
    assert (desk.read("album"), desk.read(str(gone.place))) == (B, A)


def test_a_folder_that_is_gone_is_made_again(desk: Desk) -> None:
    desk.put("summer/lake/a.jpg", A)
    desk.scan()
    gone = desk.filing.delete(desk.viewer, desk.one.pid, "summer/lake/a.jpg")
    desk.filing.delete(desk.viewer, desk.one.pid, "summer")
    assert [b.path for b in desk.trashing.restore(desk.viewer, gone.pid)] == ["summer/lake/a.jpg"]
    assert desk.rows() == {"summer/lake/a.jpg": "present"}
    assert len(desk.items()) == 1


def test_an_empty_folder_is_no_file(desk: Desk) -> None:
    desk.filing.make_folder(desk.viewer, desk.one.pid, "b")
    entry = desk.filing.delete(desk.viewer, desk.one.pid, "b")
    assert (entry.is_dir, entry.files) == (True, 0)
    desk.trashing.restore(desk.viewer, entry.pid)
    assert desk.rows() == {}
    assert Folder.get(Folder.path == "b").gone is False


def test_what_is_gone_from_the_trash_is_told(desk: Desk) -> None:
    gone = thrown(desk)
    desk.adapter(desk.one).delete(str(gone.place), trash=False)
    with pytest.raises(StorageNotFound, match="not in the storage's trash"):
        desk.trashing.restore(desk.viewer, gone.pid)
    Trash.update(place=None).execute()
    with pytest.raises(Conflict, match="provider's own trash"):
        desk.trashing.restore(desk.viewer, gone.pid)
    desk.trashing.delete(desk.viewer, gone.pid)
    assert Tombstone.select().count() == 1


def test_the_trash_of_others_is_as_if_it_were_not(desk: Desk) -> None:
    gone = thrown(desk)
    ben = desk.make.viewer(desk.make.user("ben", is_admin=True))
    assert (desk.trashing.page(ben), desk.trashing.count(ben)) == ([], 0)
    for ask in (desk.trashing.get, desk.trashing.restore, desk.trashing.delete):
        with pytest.raises(NotFound):
            ask(ben, gone.pid)
    desk.trashing.empty(ben)
    desk.work()
    assert desk.trashing.count(desk.viewer) == 1
    assert desk.trashing.get(desk.viewer, gone.pid).entry == gone


def test_a_storage_that_was_closed_keeps_its_trash(desk: Desk) -> None:
    gone = thrown(desk)
    desk.adapter(desk.one).writable = False
    for ask in (desk.trashing.restore, desk.trashing.delete):
        with pytest.raises(ReadOnly):
            ask(desk.viewer, gone.pid)
    desk.trashing.empty(desk.viewer)
    desk.work()
    assert desk.trashing.count(desk.viewer) == 1
    assert Job.select().order_by(Job.id.desc()).get().result == {"deleted": 0, "left": 1}
    assert desk.trashing.left(desk.viewer) == 1


def test_deleted_for_good_with_a_tombstone(desk: Desk) -> None:
    gone = thrown(desk)
    asset = Asset.get()
    prints = Fingerprint.get((Fingerprint.asset == asset) & (Fingerprint.kind == "phash256"))
    desk.store.put(bytes(asset.sha256).hex(), 320, b"grid")
    desk.trashing.delete(desk.viewer, gone.pid)
    stone = Tombstone.get()
    assert (bytes(stone.sha256), bytes(stone.scan_hash), bytes(stone.phash256)) == (
        bytes(asset.sha256), bytes(asset.scan_hash), bytes(prints.value),
    )  # fmt: skip
    assert (stone.owner_id, stone.name, stone.reason) == (desk.anna.id, "a.jpg", "deleted by its owner")
    told = {"md5": md5(A), "sha256": hashlib.sha256(A).hexdigest()}
    assert stone.hashes == (told if isinstance(desk.adapter(desk.one), MemoryStorage) else {})
    assert (Item.select().count(), Asset.select().count(), Trash.select().count()) == (0, 0, 0)
    assert not desk.store.kept  # a preview of a deleted picture is nobody's any more
    with pytest.raises(StorageNotFound):
        desk.adapter(desk.one).stat(str(gone.place))


def test_what_was_deleted_for_good_is_unwanted_when_it_comes_back(desk: Desk) -> None:
    """Its very bytes are; a collection that asks for the unwanted has it as soon as it was read."""
    bin = collections.create(desk.viewer, Draft("Bin", query="is:unwanted"), {})
    wanted = collections.create(desk.viewer, Draft("Wanted", query="-is:unwanted"), {})

    def held() -> list[list[str]]:
        shown = [collections.page(desk.viewer, collections.get(desk.viewer, c.pid)) for c in (bin, wanted)]
        return [[item.name for item in page.items] for page in shown]

    desk.trashing.delete(desk.viewer, thrown(desk).pid)
    desk.upload("b.jpg", B)
    desk.put("again.jpg", A)
    desk.scan()
    desk.work()
    assert held() == [["again.jpg"], ["b.jpg"]]
    assert [i.name for i in catalogue.page(desk.viewer, "is:unwanted").items] == ["again.jpg"]
    assert catalogue.page(desk.viewer, "is:unwanted").items[0].source == "scan"


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def test_the_tombstones_of_a_local_folder_have_the_hashes_that_were_made(make: Make, data: Path) -> None:
    desk = Desk(make, data, base=data)
    make.storage(desk.anna, "Cloud", kind="rclone", options={"type": "onedrive", "remote": "h_1"})
    desk.put("old/a.jpg", A)
    desk.put("old/inner/b.jpg", B)
    desk.scan()
    desk.trashing.delete(desk.viewer, desk.filing.delete(desk.viewer, desk.one.pid, "old").pid)
    stones = {(t.name, bytes(t.sha256), t.hashes["md5"]) for t in Tombstone.select()}
    assert stones == {(name, hashlib.sha256(d).digest(), md5(d)) for name, d in (("a.jpg", A), ("b.jpg", B))}


@pytest.fixture
def far(make: Make, data: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A storage far away, listed and not read, of which listings tell the MD5."""
    desk = Desk(make, data)
    desk.adapters[desk.one.id] = MemoryStorage(writable=True, distant=True)
    monkeypatch.setattr(memory, "_HASHES", {"md5": md5})
    return desk


@pytest.mark.parametrize("what", ["old", "old/a.jpg"])
def test_what_was_never_read_is_known_by_what_its_provider_told(far: Desk, what: str) -> None:
    far.put("old/a.jpg", A)
    far.scan()
    poster = content_key(Asset.get())
    far.store.put(poster, 320, b"from a glance")
    far.trashing.delete(far.viewer, far.filing.delete(far.viewer, far.one.pid, what, reason="why").pid)
    stone = Tombstone.get()
    assert (stone.owner_id, stone.sha256, stone.hashes, stone.reason) == (
        far.anna.id, None, {"md5": md5(A)}, "why",
    )  # fmt: skip
    assert (Item.select().count(), far.store.kept) == (0, {})


def test_a_sha256_that_was_told_is_one(far: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(memory._HASHES, "sha256", lambda data: hashlib.sha256(data).hexdigest())
    far.put("a.jpg", A)
    far.scan()
    far.trashing.delete(far.viewer, far.filing.delete(far.viewer, far.one.pid, "a.jpg").pid)
    assert bytes(Tombstone.get().sha256) == hashlib.sha256(A).digest()


def test_no_tombstone_while_a_copy_is_listed(far: Desk) -> None:
    """Neither was read: that they are one is told by their provider."""
    far.put("a.jpg", A)
    far.put("copy.jpg", A)
    far.scan()
    for name, stones in (("a.jpg", 0), ("copy.jpg", 1)):
        far.trashing.delete(far.viewer, far.filing.delete(far.viewer, far.one.pid, name).pid)
        assert Tombstone.select().count() == stones


def test_no_tombstone_where_nothing_is_known_or_the_item_is_still_there(
    far: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    far.put("a.jpg", A)
    far.scan()
    gone = far.filing.delete(far.viewer, far.one.pid, "a.jpg")
    File.update(asset=Asset.get()).where(File.id == far.make.file(far.two).id).execute()
    far.trashing.delete(far.viewer, gone.pid)
    assert Tombstone.select().count() == 0
    monkeypatch.setattr(memory, "_HASHES", {})
    far.put("b.jpg", B)
    far.scan()
    far.trashing.delete(far.viewer, far.filing.delete(far.viewer, far.one.pid, "b.jpg").pid)
    assert Tombstone.select().count() == 0


def test_no_tombstone_while_a_copy_is_kept(desk: Desk) -> None:
    desk.put("copy.jpg", A, row=desk.two)
    desk.scan(desk.two)
    gone = thrown(desk)
    assert len(desk.items()) == 1
    desk.trashing.delete(desk.viewer, gone.pid)
    assert Tombstone.select().count() == 0
    assert (len(desk.items()), len(desk.store.kept)) == (1, 1)


def test_no_tombstone_of_a_version_and_of_what_is_no_medium(desk: Desk) -> None:
    desk.upload("a.jpg", A)
    desk.work()
    version = desk.upload("a.jpg", B, taken="replace").version
    desk.work()
    text = thrown(desk, "b.txt", b"no picture")
    for entry in (version, text):
        desk.trashing.delete(desk.viewer, entry.pid)
    assert Tombstone.select().count() == 0
    assert list(desk.items()) == ["a.jpg"]


def test_emptying_takes_what_is_there_now(desk: Desk) -> None:
    desk.put("old/inner/a.jpg", A)
    desk.scan()
    desk.filing.delete(desk.viewer, desk.one.pid, "old")
    desk.trashing.empty(desk.viewer)
    assert desk.trashing.emptying(desk.viewer)
    thrown_later = desk.filing.upload(desk.viewer, desk.one.pid, "b.jpg", [B], size=len(B))
    later = desk.filing.delete(desk.viewer, desk.one.pid, thrown_later.path)
    desk.work()
    assert [x.entry.id for x in desk.trashing.page(desk.viewer)] == [later.id]
    assert Tombstone.select().count() == 1
    assert not desk.trashing.emptying(desk.viewer)


def test_emptying_leaves_what_was_brought_back_and_removed_storages(desk: Desk) -> None:
    """Between one file and the next; those are looked at anew."""
    for name in "abcd":
        desk.put(f"{name}.jpg", photo(n=ord(name)))
    desk.scan()
    first, back, *_ = [desk.filing.delete(desk.viewer, desk.one.pid, f"{name}.jpg") for name in "abcd"]
    one = desk.adapter(desk.one)
    real = one.delete

    def delete(path: str, **more: Any) -> Any:
        if path == first.place:
            desk.trashing.restore(desk.viewer, back.pid)
        else:
            Storage.update(removed_at=5).where(Storage.id == desk.one.id).execute()
        return real(path, **more)

    one.delete = delete  # type: ignore[method-assign]
    desk.trashing.empty(desk.viewer)
    desk.work()
    assert [entry.path for entry in Trash.select()] == ["d.jpg"]
    assert desk.read(str(Trash.get().place)) == photo(n=ord("d"))
    assert desk.read("b.jpg") == photo(n=ord("b"))
    assert Job.get(Job.kind == "purge").result == {"deleted": 2, "left": 0}


def test_what_is_on_its_way_back_is_not_deleted_for_good(desk: Desk) -> None:
    """Where a move is a copy and then a deletion, part of it is still in the trash; nor the other way round."""
    gone = thrown(desk)
    begin = partial(desk.journal.begin, storage=desk.one, path=str(gone.place), actor=None, trash=gone.id)
    back = begin("restore", target="a.jpg", free=True)
    with pytest.raises(Conflict, match="brought back"):
        desk.trashing.delete(desk.viewer, gone.pid)
    end(back)
    deleting = begin("purge")
    with pytest.raises(Conflict, match="deleted for good"):
        desk.trashing.restore(desk.viewer, gone.pid)
    desk.journal.let_go(deleting)
    desk.trashing.restore(desk.viewer, gone.pid)
    assert not FileOperation.select().exists(), "its owner has said something else since"
    assert list(desk.items()) == ["a.jpg"]


def test_what_cannot_be_deleted_for_good_is_in_the_journal_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = thrown(desk)

    def refuse(path: str, **more: Any) -> None:
        raise Unavailable("away")

    monkeypatch.setattr(desk.adapter(desk.one), "delete", refuse)
    for _ in range(3):
        with pytest.raises(Unavailable):
            desk.trashing.delete(desk.viewer, gone.pid)
    assert FileOperation.select().count() == 1


def test_what_a_storage_has_still_is_not_deleted_for_good(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It said that it had deleted it."""
    gone = thrown(desk)
    monkeypatch.setattr(desk.adapter(desk.one), "delete", lambda path, **more: None)
    with pytest.raises(Unavailable, match="still has it"):
        desk.trashing.delete(desk.viewer, gone.pid)
    assert recover(desk.hands) == 0
    assert (Trash.get(), Tombstone.select().count()) == (gone, 0)
    monkeypatch.undo()
    assert recover(desk.hands) == 1
    assert (Trash.select().count(), Tombstone.select().count()) == (0, 1)


def test_the_clock_deletes_after_its_days_and_never_at_once(desk: Desk, days: list[float]) -> None:
    thrown(desk)
    for day, due, left in ((29, 0, 1), (30.5, 0, 1), (31, 0, 1), (32, 1, 0)):
        days[0] = day
        assert desk.trashing.purge_due("here") == due
        desk.work()
        assert Trash.select().count() == left
    assert Tombstone.select().count() == 1


def test_a_clock_that_jumped_deletes_nothing(desk: Desk, days: list[float]) -> None:
    thrown(desk)
    days[0] = 20_000  # a machine without a clock of its own, before it asked the network
    assert desk.trashing.purge_due("here") == 0
    days[0] = 1
    assert desk.trashing.purge_due("here") == 0
    assert Trash.get().due_at is None
    days[0] = 2.5
    assert desk.trashing.purge_due("here") == 0
    desk.work()
    assert Trash.select().count() == 1


def test_very_much_waits_for_its_owner(make: Make, data: Path, days: list[float]) -> None:
    desk = Desk(make, data)
    for number in range(21):
        desk.put(f"old/{number}.jpg", photo(n=number))
    desk.scan()
    desk.filing.delete(desk.viewer, desk.one.pid, "old")
    for day in (31, 33, 35):
        days[0] = day
        assert desk.trashing.purge_due("here") == 0
    (line,) = desk.trashing.page(desk.viewer)
    assert line.waits
    desk.trashing.empty(desk.viewer)
    desk.work()
    assert (Trash.select().count(), Tombstone.select().count()) == (0, 21)


def test_the_clock_leaves_other_machines_and_removed_storages_alone(desk: Desk, days: list[float]) -> None:
    thrown(desk)
    days[0] = 31
    assert desk.trashing.purge_due("elsewhere") == 0
    assert Trash.get().due_at is None
    desk.one.removed_at = 1
    desk.one.save()
    assert desk.trashing.purge_due("here") == 0
    assert Trash.get().due_at is None
    assert desk.trashing.page(desk.viewer) == []


def test_what_comes_back_by_another_way_is_the_item_it_was(desk: Desk) -> None:
    """Somebody uploads the same picture again while it lies in the trash."""
    desk.upload("a.jpg", A)
    desk.work()
    (item,) = desk.items().values()
    desk.filing.delete(desk.viewer, desk.one.pid, "a.jpg")
    desk.upload("again.jpg", A)
    desk.work()
    assert list(desk.items().values()) == [item]
    (line,) = desk.trashing.page(desk.viewer)
    desk.trashing.delete(desk.viewer, line.entry.pid)
    assert list(desk.items().values()) == [item]
    assert Tombstone.select().count() == 0
    assert File.select().count() == 1
    assert Folder.select().where(Folder.storage == desk.one).count() == 1


def test_what_is_just_coming_back_is_not_deleted_for_good(desk: Desk) -> None:
    entry = thrown(desk)
    item = Item.get().pid
    one = desk.adapter(desk.one)
    real, emptied = one.move, []

    def move_and_empty(src: str, dst: str) -> Entry:
        moved = real(src, dst)
        one.move = real  # type: ignore[method-assign]
        desk.trashing.empty(desk.viewer)
        emptied.extend(desk.work())
        with pytest.raises(Conflict):
            desk.trashing.delete(desk.viewer, entry.pid)
        return moved

    one.move = move_and_empty  # type: ignore[method-assign]
    desk.trashing.restore(desk.viewer, entry.pid)
    desk.work()
    assert emptied == ["purge"]
    assert desk.items() == {"a.jpg": item}
    assert not Tombstone.select().exists()
    assert not FileOperation.select().exists()


def test_what_is_just_being_deleted_for_good_does_not_come_back_in_parts(desk: Desk) -> None:
    desk.put("album/b.jpg", B)
    entry = thrown(desk, "album/a.jpg")
    one = desk.adapter(desk.one)
    real = one.delete

    def delete_and_restore(path: str, **more: Any) -> Any:
        one.delete = real  # type: ignore[method-assign]
        with pytest.raises(Conflict):
            desk.trashing.restore(desk.viewer, entry.pid)
        return real(path, **more)

    one.delete = delete_and_restore  # type: ignore[method-assign]
    desk.trashing.delete(desk.viewer, entry.pid)
    assert not Trash.select().exists()
    assert not FileOperation.select().exists()


def test_of_two_who_begin_at_once_one_sees_the_other(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = thrown(desk)
    item = Item.get().pid
    real, refused = trashing._end_deleting, []

    def delete() -> None:
        try:
            desk.trashing.delete(desk.viewer, entry.pid)
        except Conflict as error:
            refused.append(error)
        finally:
            database.close()

    other = threading.Thread(target=delete)

    def end_and_delete(entry: Trash) -> None:
        real(entry)
        other.start()
        other.join(0.5)

    def move_and_wait(src: str, dst: str) -> Entry:
        other.join()
        return move(src, dst)

    one = desk.adapter(desk.one)
    move = one.move
    monkeypatch.setattr(trashing, "_end_deleting", end_and_delete)
    monkeypatch.setattr(one, "move", move_and_wait)
    desk.trashing.restore(desk.viewer, entry.pid)
    desk.work()
    assert len(refused) == 1
    assert desk.items() == {"a.jpg": item}
    assert not FileOperation.select().exists()


def test_what_is_just_taken_up_to_be_deleted_for_good_does_not_come_back(desk: Desk, data: Path) -> None:
    """On PostgreSQL who brings it back waits for who takes it up, and is then to see that."""
    if database.is_sqlite():
        pytest.skip("which has one writer at a time")
    entry = thrown(desk)
    desk.journal.let_go(desk.journal.begin("purge", desk.one, entry.place or "", actor=None, trash=entry.id))
    worker, taken, go_on = Journal(data, "here"), threading.Event(), threading.Event()

    def take_up() -> None:
        with transaction():
            worker.interrupted()
            taken.set()
            go_on.wait(10)
        database.close()

    other = threading.Thread(target=take_up)
    other.start()
    assert taken.wait(10)
    threading.Timer(0.5, go_on.set).start()
    with pytest.raises(Conflict, match="deleted for good"):
        desk.trashing.restore(desk.viewer, entry.pid)
    other.join()
    worker.close()


def test_what_lies_on_a_disk_that_is_not_there_is_not_deleted_for_good(
    make: Make, data: Path, tmp_path: Path, mount: Mounter
) -> None:
    """Its trash is on that disk, inside of the storage's folder: nothing is found there as long as it is away."""
    desk = Desk(make, data, base=tmp_path)
    disk = mount(tmp_path / "One" / "disk")
    desk.adapter(desk.one).fingerprint()
    entry = thrown(desk, "disk/a.jpg")
    assert (entry.place or "").startswith("disk/")
    unmount(disk)
    with pytest.raises(Unavailable):
        desk.trashing.delete(desk.viewer, entry.pid)
    desk.trashing.empty(desk.viewer)
    desk.work()
    assert recover(desk.hands) == 0
    assert Trash.get().pid == entry.pid
    assert not Tombstone.select().exists()
