"""Writing below `Storages/`: on the disk, in the catalogue and in the tree it is the same at once."""

from pathlib import Path
from typing import Any

import pytest

from services.drive import properties
from services.errors import Changed, Conflict, NotFound, ReadOnly, StorageFull, UsageError
from services.filing import Filed, Filing
from services.models import File, Storage, Trash
from services.models import Folder as FolderRow
from services.storages.local import LocalStorage
from services.storages.values import Quota
from tests.factories import Make
from tests.virtualfs.household import MTIME_NS, Home
from virtualfs import storages_writing
from virtualfs.nodes import File as FileNode
from virtualfs.subjects import subject_of
from virtualfs.writing import Act, Upload

pytestmark = pytest.mark.db

COLOUR = ("urn:x", "colour")


@pytest.fixture
def open_home(home: Home) -> Home:
    home.allow_writing()
    return home


def at(path: str) -> tuple[str, ...]:
    return ("Storages", *path.split("/"))


def put(home: Home, path: str, data: bytes = b"bytes", **more: object) -> str | None:
    return home.tree.put(home.viewer, at(path), Upload([data], len(data), **more))  # type: ignore[arg-type]


def copy(home: Home, source: str, target: str, *, deep: bool = True) -> None:
    home.tree.copy(home.viewer, tuple(source.split("/")), at(target), deep=deep)


def below(root: Path) -> dict[str, bytes]:
    """The files below a folder but those in the trash."""
    found = {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}
    return {path: data for path, data in found.items() if not path.startswith(".hypomos")}


@pytest.mark.parametrize("act", ["put", "make_folder", "delete", "move", "copy"])
def test_what_may_be_done_where(home: Home, make: Make, act: Act) -> None:
    with pytest.raises(ReadOnly, match="“Photos” is for reading only"):
        home.tree.require(home.viewer, at("Photos/a.jpg"), act)
    home.allow_writing()
    home.tree.require(home.viewer, at("Photos/a.jpg"), act)
    for path in ("Photos", "New"):
        with pytest.raises(ReadOnly, match="not here"):
            home.tree.require(home.viewer, at(path), act)
    with pytest.raises(ReadOnly):
        home.tree.require(make.viewer(make.user("ben")), at("Photos/a.jpg"), act)


def test_a_storage_itself_can_be_locked_and_described(open_home: Home) -> None:
    open_home.tree.require(open_home.viewer, at("Photos"), "lock")
    open_home.tree.require(open_home.viewer, at("Photos"), "describe")
    with pytest.raises(ReadOnly):
        open_home.tree.require(open_home.viewer, at("New"), "lock")


def test_a_file_is_there_under_its_name(open_home: Home) -> None:
    tag = put(open_home, "Photos/a.jpg", b"one", mtime_ns=MTIME_NS)
    node = open_home.find("Storages/Photos/a.jpg")
    assert (node.etag, node.size, node.mtime) == (tag, 3, MTIME_NS / 1e9)
    put(open_home, "Photos/A.JPG", b"three")
    assert below(open_home.root) == {"a.jpg": b"three"}, "a name that differs in case is the same name"
    with pytest.raises(Conflict):
        put(open_home, "Photos/a.jpg", b"x", if_absent=True)


@pytest.mark.parametrize(("sent", "stored"), [
    ("a：b？.jpg", "a:b?.jpg"), ("Ko\u0308ln.jpg", "Ko\u0308ln.jpg"), ("CON.txt", "CON.txt"),
    ("50% #1.jpg", "50% #1.jpg"),
])  # fmt: skip
def test_names_are_stored_as_they_were_meant(open_home: Home, sent: str, stored: str) -> None:
    put(open_home, f"Photos/{sent}")
    assert below(open_home.root) == {stored: b"bytes"}
    assert open_home.find(f"Storages/Photos/{sent}").size == 5
    put(open_home, f"Photos/{sent}", b"again!")
    assert below(open_home.root) == {stored: b"again!"}


def test_folders_are_made_filled_moved_and_thrown_away(open_home: Home) -> None:
    open_home.tree.make_folder(open_home.viewer, at("Photos/trip"))
    open_home.tree.make_folder(open_home.viewer, at("Photos/trip/lake"))
    put(open_home, "Photos/trip/lake/a.jpg")
    with pytest.raises(Conflict):
        open_home.tree.make_folder(open_home.viewer, at("Photos/trip"))
    open_home.tree.move(open_home.viewer, at("Photos/trip"), at("Photos/journey"))
    assert open_home.names("Storages/Photos") == ["journey"]
    assert below(open_home.root) == {"journey/lake/a.jpg": b"bytes"}
    open_home.tree.delete(open_home.viewer, at("Photos/journey"))
    assert open_home.names("Storages/Photos") == []
    assert below(open_home.root) == {}
    assert (Trash.get().files, Trash.get().is_dir) == (1, True)


def test_a_move_over_something_puts_that_into_the_trash(open_home: Home) -> None:
    put(open_home, "Photos/a.jpg", b"a")
    put(open_home, "Photos/b.jpg", b"b")
    open_home.tree.move(open_home.viewer, at("Photos/a.jpg"), at("Photos/b.jpg"))
    assert below(open_home.root) == {"b.jpg": b"a"}
    assert (open_home.root / Trash.get().place).read_bytes() == b"b"


def test_only_the_case_of_a_name(open_home: Home) -> None:
    put(open_home, "Photos/a.jpg")
    open_home.tree.move(open_home.viewer, at("Photos/a.jpg"), at("Photos/A.jpg"))
    assert open_home.names("Storages/Photos") == ["A.jpg"]
    assert below(open_home.root) == {"A.jpg": b"bytes"}
    assert Trash.select().count() == 0


def test_a_copy_is_read_through_the_broker(open_home: Home, make: Make) -> None:
    """Of everything that the viewer may download, and of nothing else."""
    item = open_home.item("mine.jpg", data=b"mine").asset.item
    make.collection(open_home.anna, "One", items=[item])
    for source in ("Library/2026/2026-07/mine.jpg", "Collections/One/mine.jpg", "Storages/Photos/mine.jpg"):
        copy(open_home, source, "Photos/copy.jpg")
        assert below(open_home.root)["copy.jpg"] == b"mine"
        open_home.tree.delete(open_home.viewer, at("Photos/copy.jpg"))
    assert open_home.find("Storages/Photos/mine.jpg").mtime == MTIME_NS / 1e9
    with pytest.raises(NotFound):
        copy(open_home, "Shared with me/ben/x.jpg", "Photos/x.jpg")


@pytest.mark.parametrize(
    ("source", "target"),
    [("Library/2026/2026-07/mine.jpg", "Photos/trip/lake/mine.jpg"), ("Collections/One/mine.jpg", "Photos/trip"),
     ("Library/2026/2026-07", "Photos/trip"), ("Collections/One", "Photos/trip/lake"),
     ("Storages/Photos/trip/lake", "Photos/trip"), ("Collections/One", "Photos/trip/lake/mine.jpg")],
)  # fmt: skip
def test_nothing_makes_way_for_itself(open_home: Home, make: Make, source: str, target: str) -> None:
    """The same file, by another way through the tree: it would be in the trash before it is read."""
    item = open_home.item("trip/lake/mine.jpg", data=b"mine").asset.item
    make.collection(open_home.anna, "One", items=[item])
    with pytest.raises(ReadOnly, match="would make way for itself"):
        copy(open_home, source, target)
    assert below(open_home.root) == {"trip/lake/mine.jpg": b"mine"}
    assert Trash.select().count() == 0


def test_beside_itself_it_is_copied(open_home: Home, make: Make) -> None:
    item = open_home.item("trip/mine.jpg", data=b"mine").asset.item
    make.collection(open_home.anna, "One", items=[item])
    put(open_home, "Photos/other.jpg", b"other")
    copy(open_home, "Collections/One/mine.jpg", "Photos/other.jpg")
    copy(open_home, "Collections/One", "Photos/trip2")
    assert set(below(open_home.root).values()) == {b"mine"}
    assert Trash.select().count() == 1


def test_a_folder_is_copied_with_all_in_it_or_alone(open_home: Home) -> None:
    open_home.file("trip/lake/a.jpg", b"a")
    open_home.file("trip/b.jpg", b"b")
    copy(open_home, "Storages/Photos/trip", "Photos/again")
    copy(open_home, "Storages/Photos/trip", "Photos/bare", deep=False)
    files = below(open_home.root)
    assert {p: d for p, d in files.items() if not p.startswith("trip")} == {
        "again/lake/a.jpg": b"a",
        "again/b.jpg": b"b",
    }
    assert open_home.names("Storages/Photos/bare") == []
    copy(open_home, "Storages/Photos/bare", "Photos/again")
    assert open_home.names("Storages/Photos/again") == [], "nothing is merged"
    assert Trash.get().path == "again"


def test_from_one_storage_to_another(open_home: Home, make: Make, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    disk = make.storage(open_home.anna, "Disk", tmp_path / "disk", writable=True)
    open_home.tree.make_folder(open_home.viewer, at("Photos/trip"))
    put(open_home, "Photos/trip/a.jpg", b"a")
    copy(open_home, "Storages/Photos/trip", "Disk/trip")
    assert below(tmp_path / "disk") == {"trip/a.jpg": b"a"}
    open_home.tree.move(open_home.viewer, at("Photos/trip/a.jpg"), at("Disk/b.jpg"))
    assert below(tmp_path / "disk") == {"trip/a.jpg": b"a", "b.jpg": b"a"}
    assert below(open_home.root) == {}
    assert Trash.get().path == "trip/a.jpg", "the source is in the trash, not gone"
    Storage.update(writable=False).where(Storage.id == disk.id).execute()
    with pytest.raises(ReadOnly):
        copy(open_home, "Storages/Photos/trip", "Disk/more")


def test_what_was_not_seen_yet_is_not_left_behind(open_home: Home, make: Make, tmp_path: Path) -> None:
    """To another storage goes what the catalogue knows; the rest must not end in the trash with its folder."""
    (tmp_path / "disk").mkdir()
    make.storage(open_home.anna, "Disk", tmp_path / "disk", writable=True)
    open_home.tree.make_folder(open_home.viewer, at("Photos/trip"))
    put(open_home, "Photos/trip/a.jpg")
    (open_home.root / "trip/unseen.jpg").write_bytes(b"unseen")
    with pytest.raises(Changed):
        open_home.tree.move(open_home.viewer, at("Photos/trip"), at("Disk/trip"))
    assert below(open_home.root) == {"trip/a.jpg": b"bytes", "trip/unseen.jpg": b"unseen"}
    assert below(tmp_path / "disk") == {}
    (open_home.root / "trip/unseen.jpg").unlink()
    open_home.tree.move(open_home.viewer, at("Photos/trip"), at("Disk/trip"))
    assert below(tmp_path / "disk") == {"trip/a.jpg": b"bytes"}


def test_what_changes_while_it_is_copied_stays(
    open_home: Home, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "disk").mkdir()
    make.storage(open_home.anna, "Disk", tmp_path / "disk", writable=True)
    put(open_home, "Photos/a.jpg", b"first")
    real = Filing.upload

    def copying(*given: Any, **more: Any) -> Filed:
        filed = real(*given, **more)
        (open_home.root / "a.jpg").write_bytes(b"second, by somebody else")
        return filed

    monkeypatch.setattr(Filing, "upload", copying)
    with pytest.raises(Changed):
        open_home.tree.move(open_home.viewer, at("Photos/a.jpg"), at("Disk/a.jpg"))
    assert below(open_home.root) == {"a.jpg": b"second, by somebody else"}
    assert Trash.select().count() == 0


def test_properties_go_where_their_file_goes(open_home: Home) -> None:
    put(open_home, "Photos/a.jpg")
    subject = subject_of(open_home.resolve("Storages/Photos/a.jpg"))
    assert subject is not None
    properties.put(open_home.viewer, subject, COLOUR, "<x/>")
    copy(open_home, "Storages/Photos/a.jpg", "Photos/b.jpg")
    open_home.tree.move(open_home.viewer, at("Photos/a.jpg"), at("Photos/c.jpg"))
    put(open_home, "Photos/c.jpg", b"other bytes")
    for name in ("b.jpg", "c.jpg"):
        there = subject_of(open_home.resolve(f"Storages/Photos/{name}"))
        assert there is not None
        assert properties.get(open_home.viewer, there) == {COLOUR: "<x/>"}
    open_home.tree.delete(open_home.viewer, at("Photos/c.jpg"))
    put(open_home, "Photos/c.jpg")
    there = subject_of(open_home.resolve("Storages/Photos/c.jpg"))
    assert there is not None
    assert properties.get(open_home.viewer, there) == {}, "what is new has none"


def test_room_and_size_are_looked_at_before(open_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    open_home.file("trip/a.jpg", b"0123456789")
    open_home.file("trip/b.jpg", b"0123456789")
    monkeypatch.setattr(LocalStorage, "about", lambda self: Quota(None, None, 19))
    with pytest.raises(StorageFull):
        copy(open_home, "Storages/Photos/trip", "Photos/again")
    monkeypatch.setattr(LocalStorage, "about", lambda self: Quota(None, None, 20))
    monkeypatch.setattr(storages_writing, "MOST_FILES", 1)
    with pytest.raises(UsageError, match="More than 1 files"):
        copy(open_home, "Storages/Photos/trip", "Photos/again")
    assert open_home.names("Storages/Photos") == ["trip"]


def test_addresses_of_locks(open_home: Home, make: Make) -> None:
    open_home.file("Trip/Köln.jpg")
    number = open_home.storage.id
    for path, url in (
        ("Photos", f"/Storages/{number}"), ("photos/TRIP", f"/Storages/{number}/Trip"),
        ("Photos/trip/ko\u0308ln.JPG", f"/Storages/{number}/Trip/K%C3%B6ln.jpg"),
        ("Photos/trip/new a.jpg", f"/Storages/{number}/Trip/new%20a.jpg"), ("Photos/x/y", f"/Storages/{number}/x/y"),
    ):  # fmt: skip
        assert open_home.tree.canonical(open_home.viewer, at(path)) == url
    with pytest.raises(ReadOnly):
        open_home.tree.canonical(make.viewer(make.user("ben")), at("Photos/Trip"))


def test_times_of_files(open_home: Home) -> None:
    put(open_home, "Photos/a.jpg")
    open_home.tree.set_mtime(open_home.viewer, at("Photos/a.jpg"), MTIME_NS)
    assert open_home.find("Storages/Photos/a.jpg").mtime == MTIME_NS / 1e9
    assert (open_home.root / "a.jpg").stat().st_mtime_ns == MTIME_NS
    open_home.folder("trip")
    open_home.tree.set_mtime(open_home.viewer, at("Photos/trip"), MTIME_NS)
    assert FolderRow.select().count() == 2
    assert File.select().count() == 1
    assert isinstance(open_home.resolve("Storages/Photos/a.jpg"), FileNode)
