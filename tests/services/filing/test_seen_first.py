"""A scan may see a change before that is recorded: nothing is there twice, and nothing that was done is lost."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services import access
from services.catalogue import editing
from services.models import Asset, CollectionItem, File, Item, ItemAlias, Trash, TrashFile
from tests.factories import Make
from tests.fakes import photo
from tests.services.filing.desk import OLD_NS, Desk, in_memory, shared

pytestmark = pytest.mark.db

A = photo(n=1, taken="2026-07-01T10:00:00")


def whole(desk: Desk) -> list[tuple[Any, ...]]:
    """Each item there is, listed or not, with how it is, how many files show it and in how many collections it is."""
    return [
        (
            item.pid, desk.state(item.pid), File.select().join(Asset).where(Asset.item == item.id).count(),
            CollectionItem.select().where((CollectionItem.item == item.id) & CollectionItem.shown).count(),
        )
        for item in Item.select().order_by(Item.id)
    ]  # fmt: skip


def rename(desk: Desk) -> None:
    desk.filing.move(desk.viewer, desk.one.pid, "album/a.jpg", "b.jpg")


def rename_folder(desk: Desk) -> None:
    desk.filing.move(desk.viewer, desk.one.pid, "album", "summer")


def bring_back(desk: Desk) -> None:
    desk.trashing.restore(desk.viewer, Trash.get().pid)


def transfer(desk: Desk) -> None:
    desk.transfers.move(desk.viewer, desk.one.pid, "album/a.jpg", desk.two.pid, "b.jpg")
    desk.work()


QUICK: dict[str, tuple[Callable[[Desk], None], str]] = {
    "rename": (rename, ""),
    "folder": (rename_folder, ""),
    "restored": (bring_back, "album/a.jpg"),
    "restored folder": (bring_back, "album"),
    "transfer": (transfer, ""),
}


def test_what_was_never_read_and_lay_where_something_comes_to_lie_is_not_that(make: Make, data: Path) -> None:
    desk = in_memory(make, data, distant=True)
    for path in ("album/a.jpg", "b.jpg"):  # the newer one is what would give way
        desk.put(path, A)
        desk.scan()
    before = desk.items()
    desk.adapter(desk.one).delete("b.jpg", trash=False)
    rename(desk)
    assert {i.pid for i in Item.select()} == set(before.values())
    assert File.get().asset.item.pid == before["a.jpg"]
    assert not ItemAlias.select().exists()


@pytest.mark.parametrize("act", QUICK)
@pytest.mark.parametrize(
    ("kind", "tells"),
    [
        ("near", ""), ("near", "ids hashes"), ("far", ""), ("far", "ids"), ("far", "hashes"), ("far unread", ""),
        ("far unread", "ids hashes"),
    ],
)  # fmt: skip
def test_a_scan_that_sees_a_change_first_does_no_harm(
    make: Make, data: Path, kind: str, tells: str, act: str
) -> None:
    harmless(in_memory(make, data, distant=kind != "near", tells=tells), act, read=kind != "far unread")


@pytest.mark.parametrize("act", QUICK)
def test_nor_does_it_in_a_folder_of_this_machine(make: Make, data: Path, tmp_path: Path, act: str) -> None:
    harmless(Desk(make, data, base=tmp_path), act)


def harmless(desk: Desk, act: str, *, read: bool = True) -> None:
    """All is as it was after the act, after the jobs that follow, and after the next scan."""
    for n, name in enumerate(["album/a.jpg", "album/c.jpg", "album/in/d.jpg", "keep.jpg"]):
        desk.put(name, photo(n=n, taken=f"2026-07-0{n + 1}T10:00:00"))
    desk.scan()
    if read:
        desk.work()
    ben = shared(desk)
    before, seen = whole(desk), {i.pid for i in access.visible_items(ben)}
    assert [row[1:] for row in before] == [("online", 1, 1)] * 4
    act_now, thrown = QUICK[act]
    if thrown:
        desk.filing.delete(desk.viewer, desk.one.pid, thrown)
    transferred = act == "transfer"
    desk.scan_after("write" if transferred else "move", desk.two if transferred else desk.one)
    act_now(desk)
    for look in (lambda: None, desk.work, desk.scan, desk.work):
        look()
        assert whole(desk) == before
        assert {i.pid for i in access.visible_items(ben)} == seen
        assert set(desk.rows().values()) == {"present"}
        assert desk.agrees()
    desk.journal.close()


def test_what_is_done_to_what_a_scan_saw_first_is_kept(make: Make, data: Path) -> None:
    desk = in_memory(make, data, distant=True)
    desk.put("album/a.jpg", A)
    desk.scan()
    desk.work()
    before = whole(desk)
    seen: list[str] = []

    def love() -> None:
        twin = Item.select().order_by(Item.id.desc()).get()
        editing.edit(desk.viewer, twin.pid, {"favourite": True, "rating": 4})
        seen.append(twin.pid)

    desk.scan_after("move", also=love)
    rename(desk)
    assert whole(desk) == before
    assert (Item.get().favourite, Item.get().rating) == (True, 4)
    assert ItemAlias.get().pid == seen[0] != before[0][0]


@pytest.mark.parametrize("act", QUICK)
def test_what_was_read_before_it_was_recorded_need_not_be_read_again(
    make: Make, data: Path, act: str
) -> None:
    desk = in_memory(make, data, distant=True)
    desk.put("album/a.jpg", A)
    desk.scan()
    before = whole(desk)
    act_now, thrown = QUICK[act]
    if thrown:
        desk.filing.delete(desk.viewer, desk.one.pid, thrown)
    transferred = act == "transfer"
    row = desk.two if transferred else desk.one

    def read() -> None:
        desk._run(desk.jobs.enqueue("read", payload={}, storage_id=row.id, user_id=desk.anna.id))

    desk.scan_after("write" if transferred else "move", row, read)
    act_now(desk)
    assert whole(desk) == before
    (file,) = File.select()
    assert (file.sha256, file.read_state) == (file.asset.sha256, "done")
    assert file.sha256 is not None
    desk.work()
    assert whole(desk) == before


def test_what_gets_the_name_of_a_picture_is_what_a_scan_sees_in_it(make: Make, data: Path) -> None:
    desk = in_memory(make, data, distant=True)
    desk.put("a", A)
    desk.put("text.jpg", photo(n=3, kind="other"))
    desk.scan()
    desk.work()
    assert desk.items() == {}
    for was, new in (("a", "a.jpg"), ("text.jpg", "b.jpg")):
        desk.scan_after("move")
        desk.filing.move(desk.viewer, desk.one.pid, was, new)
    assert list(desk.items()) == ["a.jpg"]
    desk.work()
    assert [row[1:3] for row in whole(desk)] == [("online", 1)]


@pytest.mark.parametrize("tells", ["", "ids", "hashes"])
@pytest.mark.parametrize("distant", [False, True])
def test_what_is_still_where_it_moved_from_is_nothing_new(
    make: Make, data: Path, tells: str, distant: bool
) -> None:
    """A scan comes between the switch to another storage and the way of the source to the trash."""
    desk = in_memory(make, data, distant=distant, tells=tells)
    desk.put("album/a.jpg", A)
    desk.scan()
    desk.work()
    ben = shared(desk)
    before, seen = whole(desk), {i.pid for i in access.visible_items(ben)}
    memory = desk.memory(desk.one)
    real = memory.delete

    def scan_and_delete(*args: Any, **more: Any) -> Any:
        memory.delete = real  # type: ignore[method-assign]
        desk.scan()
        return real(*args, **more)

    memory.delete = scan_and_delete  # type: ignore[method-assign]
    transfer(desk)
    for look in (lambda: None, desk.work, desk.scan, desk.work):
        look()
        assert whole(desk) == before
        assert {i.pid for i in access.visible_items(ben)} == seen
    assert desk.rows() == {}


@pytest.mark.parametrize("tells", ["", "ids"])
def test_a_version_says_nothing_of_the_bytes_that_replaced_it(make: Make, data: Path, tells: str) -> None:
    desk = in_memory(make, data, distant=False, tells=tells)
    desk.put("a.jpg", A)
    desk.scan()
    desk.scan_after("move")
    new = photo(n=2000)
    desk.upload("a.jpg", new, taken="replace")
    kept = TrashFile.get()
    assert bytes(File.get().sha256) == hashlib.sha256(new).digest()
    assert (kept.size, kept.sha256) == (len(A), None)
    assert (Trash.get().kind, Trash.get().size) == ("version", len(A))


@pytest.mark.parametrize("to", ["one", "two"])
@pytest.mark.parametrize("tells", ["", "ids", "hashes"])
@pytest.mark.parametrize("distant", [False, True])
def test_what_another_program_changed_before_it_is_moved_is_read_again(
    make: Make, data: Path, distant: bool, tells: str, to: str
) -> None:
    desk = in_memory(make, data, distant=distant, tells=tells)
    desk.put("album/a.jpg", A)
    desk.put("keep.jpg", photo(n=10_000))
    desk.scan()
    desk.work()
    new = photo(n=2000)
    desk.memory(desk.one).put("album/a.jpg", new)
    rename(desk) if to == "one" else transfer(desk)
    desk.work()
    moved = File.get(File.raw_name == "b.jpg")
    assert (moved.read_state, bytes(moved.sha256)) == ("done", hashlib.sha256(new).digest())


@pytest.mark.parametrize("tells", ["", "ids", "hashes"])
def test_what_comes_to_where_something_was_just_brought_back_is_read(
    make: Make, data: Path, tells: str
) -> None:
    """Another program moves that on and puts a new file there, which a scan sees before the way back is recorded."""
    desk = in_memory(make, data, distant=True, tells=tells)
    desk.put("a.jpg", A)
    desk.put("keep.jpg", photo(n=10_000))
    desk.scan()
    desk.work()
    item = desk.items()["a.jpg"]
    desk.filing.delete(desk.viewer, desk.one.pid, "a.jpg")
    new, memory = photo(n=2), desk.memory(desk.one)
    real = memory.move

    def move_and_swap(src: str, dst: str) -> Any:
        memory.move = real  # type: ignore[method-assign]
        done = real(src, dst)
        memory.move(dst, "b.jpg")
        memory.write("a.jpg", [new], size=len(new), mtime_ns=OLD_NS - 10**9)
        desk.scan()
        return done

    memory.move = move_and_swap  # type: ignore[method-assign]
    desk.trashing.restore(desk.viewer, Trash.get().pid)
    desk.work()
    desk.scan()
    desk.work()
    there = {f.raw_name: bytes(f.sha256) for f in File.select()}
    assert there["a.jpg"] == hashlib.sha256(new).digest()
    assert there["b.jpg"] == hashlib.sha256(A).digest()
    moved = File.get(File.raw_name == "b.jpg")
    assert moved.asset.item.pid == item
