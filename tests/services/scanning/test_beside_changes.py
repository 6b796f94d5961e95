"""A folder is changed through Hypomos while a scan has its listing, and has not recorded it yet."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.filing import finishing
from services.models import File, Folder, Item, Tombstone, Trash, transaction
from services.scanning import absences
from services.scanning.discovering import Discovery
from services.scanning.lane import Lane
from services.storages.memory import MemoryStorage
from services.storages.values import Entry, Listing
from tests.factories import Make
from tests.fakes import claimed, photo
from tests.services.filing.desk import OLD_NS, Desk

pytestmark = pytest.mark.db


class Listed(MemoryStorage):
    """Has something happen between the listing of a folder and its answer, once."""

    def __init__(self, *, distant: bool) -> None:
        super().__init__(writable=True, distant=distant)
        self.meanwhile: tuple[str, Callable[[], Any]] | None = None

    def list(self, path: str) -> Listing:
        listing = super().list(path)
        if self.meanwhile is not None and self.meanwhile[0] == path:
            (_, happen), self.meanwhile = self.meanwhile, None
            happen()
        return listing


Act = Callable[[Desk], Any]
ACTS: dict[str, tuple[str, Act]] = {
    "delete": ("album", lambda d: d.filing.delete(d.viewer, d.one.pid, "album/a.jpg")),
    "move": ("album", lambda d: d.filing.move(d.viewer, d.one.pid, "album/a.jpg", "b.jpg")),
    "move in": ("album", lambda d: d.filing.move(d.viewer, d.one.pid, "keep.jpg", "album/keep.jpg")),
    "move the folder": ("album", lambda d: d.filing.move(d.viewer, d.one.pid, "album", "summer")),
    "move it, seen above": ("", lambda d: d.filing.move(d.viewer, d.one.pid, "album", "summer")),
    "delete the folder": ("album", lambda d: d.filing.delete(d.viewer, d.one.pid, "album")),
    "delete it, seen above": ("", lambda d: d.filing.delete(d.viewer, d.one.pid, "album")),
    "move one below, not listed yet": (
        "",
        lambda d: d.filing.move(d.viewer, d.one.pid, "album/below", "album/other"),
    ),
    "delete one below, not listed yet": ("", lambda d: d.filing.delete(d.viewer, d.one.pid, "album/below")),
    "make a folder": ("", lambda d: d.filing.make_folder(d.viewer, d.one.pid, "new")),
    "upload": ("album", lambda d: d.upload("album/new.jpg", photo(n=7))),
    "replace": ("album", lambda d: d.upload("album/a.jpg", photo(n=8), taken="replace")),
}


class Room:
    """A desk over such a storage, with an album of four."""

    def __init__(self, make: Make, data: Path, *, distant: bool, ids: bool) -> None:
        self.desk = Desk(make, data)
        self.memory = Listed(distant=distant)
        self.memory.faults.no_ids = not ids
        self.desk.adapters[self.desk.one.id] = self.memory
        for number, name in enumerate("abcd"):
            self.memory.put(f"album/{name}.jpg", photo(n=number), mtime_ns=OLD_NS)
        self.memory.put("album/below/e.jpg", photo(n=20), mtime_ns=OLD_NS)
        self.memory.put("keep.jpg", photo(n=50), mtime_ns=OLD_NS)
        self.settle()
        self.items = {item.pid for item in Item.select()}

    def settle(self) -> None:
        self.desk.scan()
        self.desk.work()

    def away(self) -> dict[str, str]:
        """Rows and items that are shown as not being there."""
        rows = {path: state for path, state in self.desk.rows().items() if state != "present"}
        items = {item.pid: self.desk.state(item.pid) for item in Item.select()}
        return rows | {pid: state for pid, state in items.items() if state in {"offline", "missing"}}


@pytest.fixture(params=["near", "distant", "distant without ids"])
def room(make: Make, tmp_path: Path, request: pytest.FixtureRequest) -> Room:
    kind: str = request.param
    return Room(make, tmp_path / "data", distant=kind != "near", ids=kind != "distant without ids")


@pytest.mark.parametrize(("folder", "act"), ACTS.values(), ids=ACTS.keys())
def test_what_was_listed_before_is_not_believed(room: Room, folder: str, act: Act) -> None:
    room.memory.meanwhile = (folder, lambda: act(room.desk))
    room.desk.scan()
    assert room.memory.meanwhile is None
    assert room.away() == {}, "right at once"
    after = {item.pid for item in Item.select()}
    room.settle()
    room.settle()
    assert room.away() == {}
    assert len({item.pid for item in Item.select()} - room.items) <= 1, "what was uploaded"
    assert after >= room.items, "what lies in the trash too"


def test_what_was_deleted_for_good_meanwhile_leaves_its_tombstone(room: Room) -> None:
    room.memory.meanwhile = (
        "album",
        lambda: room.desk.filing.delete(room.desk.viewer, room.desk.one.pid, "album/a.jpg"),
    )
    room.desk.scan()
    room.desk.trashing.delete(room.desk.viewer, Trash.get().pid)
    room.settle()
    assert Tombstone.select().count() == 1
    assert len(room.items - {item.pid for item in Item.select()}) == 1


def test_a_folder_that_went_while_it_was_listed_is_not_added_to(room: Room) -> None:
    """New files in it are another program's, and go with it."""
    room.memory.put("album/new.jpg", photo(n=9), mtime_ns=OLD_NS)
    room.memory.put("album/below/new.jpg", photo(n=10), mtime_ns=OLD_NS)
    room.memory.meanwhile = (
        "album",
        lambda: room.desk.filing.move(room.desk.viewer, room.desk.one.pid, "album", "summer"),
    )
    room.desk.scan()
    room.settle()
    assert room.away() == {}
    assert {"summer/new.jpg", "summer/below/new.jpg"} <= room.desk.rows().keys()
    assert not Folder.select().where(Folder.gone | (Folder.name == "album")).exists()


def test_what_was_gone_and_is_put_there_again_before_the_scan_ends(room: Room) -> None:
    """The listing lacks what another program had moved away: it is at both places then."""
    room.memory.take("album/a.jpg")
    room.memory.put("other/moved.jpg", photo(n=0), mtime_ns=OLD_NS)
    room.memory.meanwhile = ("album/below", lambda: room.desk.upload("album/a.jpg", photo(n=0)))
    room.desk.scan()
    assert room.memory.meanwhile is None
    assert room.away() == {}
    assert {"album/a.jpg", "other/moved.jpg"} <= room.desk.rows().keys()
    room.settle()
    assert room.away() == {}
    assert room.items <= {item.pid for item in Item.select()}


def under_way(room: Room, path: str, target: str) -> Callable[[], None]:
    """A move that the storage has done; gives what records it."""
    desk = room.desk
    operation = desk.journal.begin("move", desk.one, path, target, actor=desk.anna.id)
    entry = room.memory.move(path, target)
    return lambda: finishing.move(operation, entry)


def test_a_folder_whose_move_is_recorded_after_it_was_missed(room: Room) -> None:
    room.memory.put("z/f.jpg", photo(n=60), mtime_ns=OLD_NS)
    room.settle()
    room.memory.meanwhile = ("z", under_way(room, "album", "summer"))
    room.desk.scan()
    assert room.memory.meanwhile is None
    assert room.away() == {}
    assert not Folder.select().where(Folder.gone).exists()


def test_a_folder_that_is_made_again_before_the_scan_ends(room: Room) -> None:
    room.memory.put("album/z/f.jpg", photo(n=60), mtime_ns=OLD_NS)
    room.settle()
    room.memory.take("album/below")
    room.memory.meanwhile = (
        "album/z", lambda: room.desk.filing.make_folder(room.desk.viewer, room.desk.one.pid, "album/below")
    )  # fmt: skip
    room.desk.scan()
    assert room.memory.meanwhile is None
    assert not Folder.get(Folder.path == "album/below").gone


def test_what_a_provider_says_is_deleted_and_its_owner_put_there_again(room: Room) -> None:
    file = File.get(File.raw_name == "keep.jpg")
    found = Discovery(
        room.desk.one,
        room.memory,
        claimed(room.desk.jobs, room.desk.jobs.enqueue("scan", payload={})),
        Lane(),
    )
    room.desk.upload("keep.jpg", photo(n=51), taken="replace")
    assert absences.apply(room.desk.one, found, transaction, confirmed=False, deleted=[file.id]) == ""
    assert room.away() == {}


def test_what_seemed_to_have_moved_is_renamed_before_the_scan_ends(make: Make, tmp_path: Path) -> None:
    """Where there are hashes only, it is settled at the end of the walk what became of what vanished."""
    room = Room(make, tmp_path / "data", distant=True, ids=False)
    desk, memory = room.desk, room.memory
    memory.put("z/f.jpg", photo(n=60), mtime_ns=OLD_NS)
    room.settle()
    memory.put("unread/u.jpg", photo(n=61), mtime_ns=OLD_NS)
    desk.scan()
    items = {item.pid for item in Item.select()}
    memory.take("unread/u.jpg")
    memory.put("seen/v.jpg", photo(n=61), mtime_ns=OLD_NS)
    memory.meanwhile = (
        "z", lambda: desk.filing.move(desk.viewer, desk.one.pid, "seen/v.jpg", "w.jpg")
    )  # fmt: skip
    desk.scan()
    assert memory.meanwhile is None
    assert desk.agrees()
    assert room.away() == {}
    assert {item.pid for item in Item.select()} == items


@pytest.mark.parametrize("distant", [False, True])
def test_what_comes_where_something_was_moved_from_stays_there(
    make: Make, tmp_path: Path, distant: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(make, tmp_path / "data", distant=distant, ids=True)
    room.memory._rename("album/a.jpg", "album/below/z.jpg")
    real = room.memory.stat

    def stat(path: str) -> Entry:
        try:
            return real(path)
        finally:
            if path == "album/a.jpg":
                monkeypatch.setattr(room.memory, "stat", real)
                room.desk.upload("album/a.jpg", photo(n=9))

    monkeypatch.setattr(room.memory, "stat", stat)
    payload = {"folders": ["album/below"]}
    jobs = room.desk.jobs
    room.desk.scanner.scan(claimed(jobs, jobs.enqueue("scan", payload=payload, storage_id=room.desk.one.id)))
    rows = {f.raw_name: f.provider_id for f in File.select().where(File.raw_name.in_(["a.jpg", "z.jpg"]))}
    assert rows == {"a.jpg": real("album/a.jpg").id, "z.jpg": real("album/below/z.jpg").id}
