"""What owners do to their files: each change is right in the catalogue at once, and loses nothing."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from services import access, broker
from services.errors import (
    Changed,
    Conflict,
    HypomosError,
    NotFound,
    ReadOnly,
    SenderEnded,
    StorageFull,
    StorageNotFound,
    Unavailable,
    UsageError,
)
from services.filing import browse, changing, placing
from services.models import (
    Audit,
    DayCount,
    File,
    FileOperation,
    Folder,
    Item,
    Job,
    Storage,
    Trash,
    TrashFile,
    transaction,
)
from services.storages.values import Entry
from services.viewers import Viewer
from tests.factories import Make
from tests.fakes import photo
from tests.services.filing.desk import OLD_NS, Desk
from tests.services.filing.letterless import Letterless

pytestmark = pytest.mark.db

A, B = photo(n=1, taken="2026-07-01T10:00:00"), photo(n=2, taken="2026-07-02T10:00:00")


def test_an_upload_is_in_the_catalogue_at_once_and_an_item_after_reading(desk: Desk) -> None:
    filed = desk.upload("a.jpg", A)
    assert desk.rows() == {"a.jpg": "present"}
    assert desk.read("a.jpg") == A
    assert (filed.path, filed.file.size, filed.version) == ("a.jpg", len(A), None)
    assert FileOperation.select().count() == 0
    desk.work()
    assert list(desk.items()) == ["a.jpg"]
    assert Item.get().source == "upload"
    assert desk.scan()["added"] == 0
    entry = Audit.get(Audit.action == "file.upload")
    assert (entry.actor_id, entry.subject_id, entry.detail["path"]) == (desk.anna.id, desk.anna.id, "a.jpg")


def test_an_upload_of_unknown_size_into_a_folder(desk: Desk) -> None:
    desk.filing.make_folder(desk.viewer, desk.one.pid, "summer")
    desk.filing.make_folder(desk.viewer, desk.one.pid, "summer/lake")
    desk.upload("summer/lake/a.jpg", A, size=None)
    assert desk.rows() == {"summer/lake/a.jpg": "present"}
    listing = browse(desk.viewer, desk.one.pid, "summer")
    assert [f.path for f in listing.folders] == ["summer/lake"]
    assert desk.scan()["added"] == 0


def test_a_taken_name_is_refused_unless_asked(desk: Desk) -> None:
    desk.upload("a.jpg", A)
    with pytest.raises(Conflict, match="there already"):
        desk.upload("a.jpg", B)
    assert desk.upload("a.jpg", B, taken="free").path == "a (2).jpg"
    assert desk.upload("a.jpg", B, taken="free").path == "a (3).jpg"
    assert desk.read("a.jpg") == A
    desk.filing.make_folder(desk.viewer, desk.one.pid, "b")
    with pytest.raises(Conflict):
        desk.upload("b", B, taken="replace")
    assert desk.agrees()
    assert FileOperation.select().count() == 0


def test_a_replaced_file_is_the_same_item_and_its_old_bytes_are_a_version(desk: Desk) -> None:
    desk.upload("a.jpg", A)
    desk.work()
    item = desk.items()["a.jpg"]
    filed = desk.upload("a.jpg", B, taken="replace")
    assert desk.read("a.jpg") == B
    assert filed.version is not None
    assert (filed.version.kind, filed.version.name, filed.version.size) == ("version", "a.jpg", len(A))
    assert desk.read(filed.version.place) == A
    desk.work()
    assert desk.items() == {"a.jpg": item}
    assert Item.get().version == 2
    back = desk.trashing.restore(desk.viewer, filed.version.pid)
    assert [b.path for b in back] == ["a (2).jpg"]  # nothing is overwritten on the way back either
    assert (desk.read("a.jpg"), desk.read("a (2).jpg")) == (B, A)
    desk.work()
    assert set(desk.items()) == {"a.jpg", "a (2).jpg"}
    assert desk.agrees()


def test_if_match_replaces_only_what_the_caller_means(desk: Desk) -> None:
    etag = desk.upload("a.jpg", A).etag
    with pytest.raises(Changed):
        desk.upload("a.jpg", B, if_match="another")
    with pytest.raises(Changed):
        desk.upload("absent.jpg", B, if_match=etag)
    assert desk.upload("a.jpg", B, if_match=etag, mtime_ns=OLD_NS + 1).version is not None
    with pytest.raises(Changed):
        desk.upload("a.jpg", A, if_match=etag)
    assert desk.read("a.jpg") == B


@pytest.mark.parametrize("taken", ["refuse", "replace"])
def test_a_source_that_breaks_off_changes_nothing(desk: Desk, taken: str) -> None:
    def source() -> Iterator[bytes]:
        yield B[:4]
        raise ConnectionResetError("the client went away")

    if taken == "replace":
        desk.upload("a.jpg", A)
    with pytest.raises(ConnectionResetError):
        desk.filing.upload(desk.viewer, desk.one.pid, "a.jpg", source(), size=len(B), taken=taken)  # type: ignore[arg-type]
    with pytest.raises(Unavailable):
        desk.filing.upload(desk.viewer, desk.one.pid, "a.jpg", [b"x"], size=9, taken=taken)  # type: ignore[arg-type]
    assert desk.walk(desk.one) == (["a.jpg"] if taken == "replace" else [])
    assert taken != "replace" or desk.read("a.jpg") == A
    assert Trash.select().count() == 0


def test_a_full_storage_is_told_before_a_byte_is_taken(make: Make, data: Path) -> None:
    desk = Desk(make, data)
    desk.memory(desk.one).faults.capacity = 10

    def source() -> Iterator[bytes]:
        raise AssertionError("a byte was asked for")
        yield b""

    with pytest.raises(StorageFull):
        desk.filing.upload(desk.viewer, desk.one.pid, "a.jpg", source(), size=11)
    desk.put("b.jpg", b"x" * 10)
    with pytest.raises(StorageFull):
        desk.filing.upload(desk.viewer, desk.one.pid, "a.jpg", source(), size=None)
    assert FileOperation.select().count() == 0
    assert "“a.jpg”" in Storage.get_by_id(desk.one.id).full_reason
    desk.memory(desk.one).faults.capacity = 100
    with pytest.raises(Conflict):
        desk.filing.upload(desk.viewer, desk.one.pid, "b.jpg", [b"x"], size=1)
    assert Storage.get_by_id(desk.one.id).full_reason, "nothing was written, so nothing is known"
    desk.upload("a.jpg", A)
    assert Storage.get_by_id(desk.one.id).full_reason == ""


def test_a_rename_and_a_move_keep_the_item(desk: Desk) -> None:
    desk.upload("a.jpg", A)
    desk.filing.make_folder(desk.viewer, desk.one.pid, "summer")
    desk.work()
    item, file = desk.items()["a.jpg"], File.get().pid
    assert desk.filing.move(desk.viewer, desk.one.pid, "a.jpg", "summer/b.jpg") == "summer/b.jpg"
    assert desk.items() == {"b.jpg": item}
    assert (desk.rows(), File.get().pid) == ({"summer/b.jpg": "present"}, file)
    assert "b" in Item.get().tokens.split()
    read = len(desk.pool.read_names)
    desk.work()
    assert desk.scan()["moved"] == 0
    assert len(desk.pool.read_names) == read
    assert desk.items() == {"b.jpg": item}


def test_a_folder_moves_with_all_in_it(desk: Desk) -> None:
    for path, data in (("old/a.jpg", A), ("old/inner/b.jpg", B)):
        desk.put(path, data)
    desk.scan()
    before = desk.items()
    desk.filing.move(desk.viewer, desk.one.pid, "old", "new")
    assert desk.rows() == {"new/a.jpg": "present", "new/inner/b.jpg": "present"}
    assert sorted(f.path for f in Folder.select().where(Folder.storage == desk.one)) == [
        "",
        "new",
        "new/inner",
    ]
    assert desk.items() == before
    assert desk.scan()["added"] == 0
    assert desk.items() == before


def test_a_folder_moves_to_where_one_once_was(desk: Desk) -> None:
    """Rows of a folder that is gone, and those a quick scan made, give way."""
    desk.put("old/a.jpg", A)
    desk.scan()
    item = desk.items()["a.jpg"]
    gone = desk.make.folder(desk.one, "new")
    desk.make.folder(desk.one, "new/inner")
    desk.make.file(desk.one, "a.jpg", folder=gone)
    desk.make.file(desk.one, "c.jpg", folder=gone, presence="missing", absent_since=1)
    desk.filing.move(desk.viewer, desk.one.pid, "old", "new")
    desk.work()
    assert desk.items() == {"a.jpg": item}
    assert desk.rows() == {"new/a.jpg": "present", "new/c.jpg": "missing"}


def test_who_is_second_goes_on_with_what_the_first_made(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL lets several write at once: between the look and the row somebody else may have made it."""
    desk.filing.make_folder(desk.viewer, desk.one.pid, "in")
    file = desk.upload("in/a.jpg", A).file
    before = [f.id for f in Folder.select()], [(f.id, f.pid) for f in File.select()]
    for name in ("find_folder", "find_file"):
        monkeypatch.setattr(placing, name, lambda storage, path: None)
    entry = desk.adapter(desk.one).stat("in/a.jpg")
    assert entry is not None
    with transaction():
        assert placing.set_folder(desk.one, "").path == ""
        assert placing.set_file(desk.one, entry).id == file.id
        again = placing.set_file(desk.one, entry._replace(size=entry.size + 1))
    assert (again.id, again.size) == (file.id, entry.size + 1)
    assert ([f.id for f in Folder.select()], [(f.id, f.pid) for f in File.select()]) == before


def test_a_move_overwrites_nothing(desk: Desk) -> None:
    desk.upload("a.jpg", A)
    desk.upload("b.jpg", B)
    with pytest.raises(Conflict):
        desk.filing.move(desk.viewer, desk.one.pid, "a.jpg", "b.jpg")
    assert desk.filing.move(desk.viewer, desk.one.pid, "a.jpg", "b.jpg", taken="free") == "b (2).jpg"
    assert desk.filing.move(desk.viewer, desk.one.pid, "b.jpg", "b.jpg") == "b.jpg"
    with pytest.raises(StorageNotFound):
        desk.filing.move(desk.viewer, desk.one.pid, "b.jpg", "absent/b.jpg")
    with pytest.raises(StorageNotFound):
        desk.filing.move(desk.viewer, desk.one.pid, "absent.jpg", "c.jpg")
    assert (desk.read("b.jpg"), desk.read("b (2).jpg")) == (B, A)
    assert FileOperation.select().count() == 0


def test_a_deleted_file_is_in_the_trash_with_its_item(desk: Desk) -> None:
    desk.upload("a.jpg", A)
    desk.work()
    item, file = desk.items()["a.jpg"], File.get().pid
    thrown = desk.filing.delete(desk.viewer, desk.one.pid, "a.jpg", reason="blurred")
    assert (desk.rows(), desk.items(), desk.walk(desk.one)) == ({}, {}, [])
    assert DayCount.select().count() == 0
    assert desk.state(item) == "trashed"
    assert [i.pid for i in access.visible_items(desk.viewer, trashed=True)] == [item]
    assert (thrown.kind, thrown.reason, thrown.item.pid) == ("deleted", "blurred", item)
    desk.scan()
    assert desk.state(item) == "trashed"
    desk.trashing.restore(desk.viewer, thrown.pid)
    assert (desk.rows(), desk.items()) == ({"a.jpg": "present"}, {"a.jpg": item})
    assert (File.get().pid, File.get().read_state) == (file, "done")
    assert DayCount.get().n == 1
    read = len(desk.pool.read_names)
    desk.work()
    assert len(desk.pool.read_names) == read
    assert Trash.select().count() == TrashFile.select().count() == 0


def test_a_deleted_folder_comes_back_whole(desk: Desk) -> None:
    for path, data in (("old/a.jpg", A), ("old/inner/b.jpg", B), ("old/notes.txt", b"text")):
        desk.put(path, data)
    desk.scan()
    before, rows = desk.items(), desk.rows()
    thrown = desk.filing.delete(desk.viewer, desk.one.pid, "old")
    assert (thrown.is_dir, thrown.files, thrown.item) == (True, 3, None)
    assert (desk.rows(), desk.items()) == ({}, {})
    assert [f.path for f in Folder.select().where(Folder.storage == desk.one)] == [""]
    assert [b.path for b in desk.trashing.restore(desk.viewer, thrown.pid)] == ["old"]
    assert (desk.rows(), desk.items()) == (rows, before)
    assert desk.scan()["added"] == 0


def test_a_folder_with_too_much_in_it_stays(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changing, "MOST_FILES", 2)
    for path in ("old/a.jpg", "old/inner/b.jpg", "old/inner/c.jpg", "older/d.jpg"):
        desk.put(path, photo(title=path))
    desk.scan()
    with pytest.raises(UsageError, match="more than 2 files"):
        desk.filing.delete(desk.viewer, desk.one.pid, "old")
    desk.filing.delete(desk.viewer, desk.one.pid, "old/inner")
    desk.filing.delete(desk.viewer, desk.one.pid, "old")
    assert desk.walk(desk.one) == ["older/d.jpg"]


def test_an_item_goes_with_all_its_files_and_comes_back_with_them(desk: Desk) -> None:
    desk.put("a.jpg", A)
    desk.put("copy.jpg", A, row=desk.two)
    desk.scan()
    desk.scan(desk.two)
    (item,) = desk.items().values()
    thrown = desk.filing.delete_item(desk.viewer, item)
    assert len(thrown) == 2
    assert desk.walk(desk.one) == desk.walk(desk.two) == []
    assert desk.state(item) == "trashed"
    (line,) = desk.trashing.page(desk.viewer)
    assert (line.entries, line.files, line.size) == (2, 2, 2 * len(A))
    desk.trashing.restore(desk.viewer, thrown[1].pid)
    assert desk.walk(desk.one) + desk.walk(desk.two) == ["a.jpg", "copy.jpg"]
    assert list(desk.items().values()) == [item]


def test_an_item_with_a_file_that_may_not_be_touched_stays_whole(desk: Desk) -> None:
    desk.put("a.jpg", A)
    desk.put("copy.jpg", A, row=desk.two)
    desk.scan()
    desk.scan(desk.two)
    (item,) = desk.items().values()
    desk.two.writable = False
    desk.two.save()
    with pytest.raises(ReadOnly, match="“Two”"):
        desk.filing.delete_item(desk.viewer, item)
    assert desk.walk(desk.one) == ["a.jpg"]
    File.delete().execute()
    with pytest.raises(Conflict, match="No storage has"):
        desk.filing.delete_item(desk.viewer, item)


def test_others_find_nothing_and_a_closed_storage_says_so(desk: Desk) -> None:
    desk.upload("a.jpg", A)
    desk.work()
    (item,) = desk.items().values()
    ben = desk.make.viewer(desk.make.user("ben", is_admin=True))
    pid = desk.one.pid

    def tries(viewer: Viewer) -> list[Callable[[], object]]:
        return [
            lambda: desk.filing.upload(viewer, pid, "b.jpg", [b"x"], size=1),
            lambda: desk.filing.make_folder(viewer, pid, "x"),
            lambda: desk.filing.move(viewer, pid, "a.jpg", "b.jpg"),
            lambda: desk.filing.delete(viewer, pid, "a.jpg"),
            lambda: desk.transfers.move(viewer, pid, "a.jpg", desk.two.pid, "a.jpg"),
        ]

    more: list[Callable[[], object]] = [
        lambda: desk.filing.delete_item(ben, item),
        lambda: browse(ben, pid, ""),
    ]
    for attempt in tries(ben) + more:
        with pytest.raises(NotFound):
            attempt()
    desk.adapter(desk.one).writable = False
    for attempt in tries(desk.viewer):
        with pytest.raises(ReadOnly, match="reading only"):
            attempt()
    assert desk.walk(desk.one) == ["a.jpg"]
    assert FileOperation.select().count() == 0


@pytest.mark.parametrize(
    "path",
    ["", ".hypomos-root", ".hypomos-trash/x/a.jpg", "a.part", "../x", "a//b", "x\ny", " lead.jpg", "a\0"],
)
def test_names_that_are_refused(desk: Desk, path: str) -> None:
    desk.upload("a.jpg", A)
    for attempt in (
        lambda: desk.upload(path, B, taken="replace"),
        lambda: desk.filing.make_folder(desk.viewer, desk.one.pid, path),
        lambda: desk.filing.move(desk.viewer, desk.one.pid, "a.jpg", path),
    ):
        with pytest.raises(UsageError):
            attempt()
    with pytest.raises((UsageError, NotFound, StorageNotFound)):
        desk.filing.delete(desk.viewer, desk.one.pid, path)
    assert desk.walk(desk.one) == ["a.jpg"]


def test_where_files_go_when_no_storage_is_named(desk: Desk) -> None:
    with pytest.raises(UsageError, match="settings"):
        desk.filing.default_storage(desk.viewer)
    desk.anna.default_storage_id = desk.two.id
    desk.anna.save()
    assert desk.filing.default_storage(desk.viewer).id == desk.two.id
    desk.two.writable = False
    desk.two.save()
    with pytest.raises(UsageError):
        desk.filing.default_storage(desk.viewer)


def test_a_storage_that_fails_in_the_middle_is_settled_by_the_next_look(make: Make, data: Path) -> None:
    from services.filing import recover

    desk = Desk(make, data)
    desk.upload("a.jpg", A)
    desk.work()
    memory = desk.memory(desk.one)
    for number in range(1, 12):  # each call that replacing makes fails once
        memory.faults.fail_on = {number: Unavailable("cut")}
        try:
            desk.upload("a.jpg", B, taken="replace")
        except HypomosError:
            memory.faults.fail_on = {}
            recover(desk.hands)
            assert FileOperation.select().count() == 0
            assert desk.read("a.jpg") in (A, B)
            kept = [desk.read(t.place) for t in Trash.select()]
            assert A in [desk.read("a.jpg"), *kept]
            assert desk.walk(desk.one) == ["a.jpg"]
            assert not [e for e in memory.list("").entries if e.name.endswith(".part")]
        memory.faults.fail_on = {}
    desk.work()
    assert len(desk.items()) == 1


def test_only_what_is_empty_leaves_no_version(desk: Desk) -> None:
    desk.upload("a.jpg", b"")
    assert desk.upload("a.jpg", A, taken="replace").version is None, "it was empty"
    version = desk.upload("a.jpg", B, taken="replace").version
    assert version is not None, "however short a time ago it was written, and by whomever"
    assert (desk.read("a.jpg"), desk.read(version.place)) == (B, A)
    assert FileOperation.select().count() == 0


def test_what_comes_in_between_is_never_overwritten(desk: Desk) -> None:
    """Who replaces something empty may be slow, and another one quicker."""
    desk.upload("a.jpg", b"")

    def pieces() -> Iterator[bytes]:
        yield B[:10]
        desk.upload("a.jpg", A, taken="replace")
        yield B[10:]

    with pytest.raises(Changed):
        desk.filing.upload(desk.viewer, desk.one.pid, "a.jpg", pieces(), size=len(B), taken="replace")
    assert (desk.read("a.jpg"), FileOperation.select().count()) == (A, 0)
    assert desk.agrees()


def test_nor_what_comes_while_the_last_byte_is_on_its_way(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All has been sent, and is still going to the disk, or far away."""
    desk.upload("a.jpg", b"")
    storage = desk.adapter(desk.one)
    write = storage.write

    def slow(path: str, src: Iterable[bytes], **more: Any) -> Entry:
        monkeypatch.undo()

        def pieces() -> Iterator[bytes]:
            yield from src
            desk.upload("a.jpg", A, taken="replace")

        return write(path, pieces(), **more)

    monkeypatch.setattr(storage, "write", slow)
    with pytest.raises(Changed):
        desk.upload("a.jpg", B, taken="replace")
    assert (desk.read("a.jpg"), FileOperation.select().count()) == (A, 0)
    assert desk.agrees()
    desk.work()
    assert len(desk.items()) == 1


def test_nor_what_comes_while_something_empty_makes_way(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.upload("a.jpg", b"")
    storage = desk.adapter(desk.one)
    delete = storage.delete

    def slow(path: str, **more: Any) -> str | None:
        monkeypatch.undo()
        storage.write(path, [A], size=len(A), if_absent=False)  # another program
        return delete(path, **more)

    monkeypatch.setattr(storage, "delete", slow)
    version = desk.upload("a.jpg", B, taken="replace").version
    assert version is not None
    assert (desk.read("a.jpg"), desk.read(version.place)) == (B, A)


@pytest.mark.parametrize("last", [0, 1])
def test_what_was_stored_is_stored_though_the_empty_file_cannot_be_tidied_away(
    make: Make, data: Path, last: int
) -> None:
    desk = Desk(make, data)
    memory = desk.memory(desk.one)
    desk.upload("a.jpg", b"")
    before = memory.calls
    desk.upload("a.jpg", b"", taken="replace")
    memory.faults.fail_on = {memory.calls - before - last: Unavailable("away")}
    version = desk.upload("a.jpg", A, taken="replace").version
    assert version is not None
    assert (desk.read("a.jpg"), desk.read(version.place)) == (A, b"")
    assert FileOperation.select().count() == 0


def test_a_condition_holds_until_the_last_byte(desk: Desk) -> None:
    tag = desk.upload("a.jpg", A).etag

    def pieces() -> Iterator[bytes]:
        yield B[:10]
        desk.upload("a.jpg", A + b"more", taken="replace")
        yield B[10:]

    with pytest.raises(Changed):
        desk.filing.upload(desk.viewer, desk.one.pid, "a.jpg", pieces(), size=len(B), if_match=tag)
    assert (desk.read("a.jpg"), FileOperation.select().count()) == (A + b"more", 0)
    assert [desk.read(t.place) for t in Trash.select()] == [A]
    assert desk.agrees()


def test_what_a_listing_said_goes_with_the_bytes(desk: Desk) -> None:
    """Of a storage elsewhere: else new bytes would be known by the tag, and by the hashes, of the old ones."""
    desk.upload("a.jpg", A)
    File.update(change_key="k", listed={"md5": "x"}).execute()
    before = broker.describe_file(File.get()).etag
    filed = desk.upload("a.jpg", B, taken="replace", mtime_ns=OLD_NS + 1)
    assert filed.etag != before
    assert (filed.file.change_key, filed.file.listed) == (None, None)
    File.update(change_key="l").execute()
    assert filed.etag in broker.tags_of(desk.viewer, filed.file.id), (
        "once it is listed, its writer knows it still"
    )


def test_only_what_is_known_as_it_is(desk: Desk) -> None:
    desk.put("f/inner/a.jpg", A)
    desk.scan()
    desk.filing.require_known(desk.viewer, desk.one.pid, "f")
    Job.delete().execute()
    desk.put("f/inner/b.jpg", B)
    for path in ("f", "f/inner", "f/inner/b.jpg"):
        with pytest.raises(Changed):
            desk.filing.require_known(desk.viewer, desk.one.pid, path)
    assert Job.get().payload["folders"] == ["f/inner"], "it is looked at soon"
    desk.work()
    desk.put("f/inner/x.part", B)
    desk.filing.require_known(desk.viewer, desk.one.pid, "f")
    File.update(presence="missing", absent_since=1).where(File.name == "b.jpg").execute()
    with pytest.raises(Changed):
        desk.filing.require_known(desk.viewer, desk.one.pid, "f")
    desk.scan()
    desk.adapter(desk.one).make_folder("f/new")
    with pytest.raises(Changed):
        desk.filing.require_known(desk.viewer, desk.one.pid, "f")


def test_an_upload_that_ends_early_is_settled_at_once(desk: Desk) -> None:
    desk.upload("a.jpg", A)
    for path in ("a.jpg", "b.jpg"):
        with pytest.raises(SenderEnded):
            desk.upload(path, B[:10], size=len(B), taken="replace")
    assert (desk.rows(), desk.read("a.jpg")) == ({"a.jpg": "present"}, A)
    assert FileOperation.select().count() == 0
    assert desk.agrees()


def test_a_move_that_replaces_puts_what_was_there_into_the_trash(desk: Desk) -> None:
    desk.upload("a.jpg", A)
    desk.upload("b.jpg", B)
    desk.work()
    item = desk.items()["a.jpg"]
    desk.filing.move(desk.viewer, desk.one.pid, "a.jpg", "b.jpg", taken="replace")
    assert desk.read("b.jpg") == A
    thrown = Trash.get()
    assert (thrown.path, desk.read(thrown.place)) == ("b.jpg", B)
    assert desk.items() == {"b.jpg": item}
    desk.filing.move(desk.viewer, desk.one.pid, "b.jpg", "c.jpg", taken="replace")
    assert desk.rows() == {"c.jpg": "present"}


@pytest.mark.parametrize("taken", ["refuse", "free", "replace"])
def test_what_gets_other_letters_makes_no_way_for_itself(
    make: Make, data: Path, taken: changing.Taken
) -> None:
    desk = Desk(make, data)
    desk.adapters[desk.one.id] = Letterless(writable=True)
    desk.put("a.jpg", A)
    desk.scan()
    items = desk.items()
    assert desk.filing.move(desk.viewer, desk.one.pid, "a.jpg", "A.jpg", taken=taken) == "A.jpg"
    assert desk.rows() == {"A.jpg": "present"}
    assert list(desk.items().values()) == list(items.values())
    assert Trash.select().count() == 0


def test_nothing_moves_over_the_folder_it_lies_in(desk: Desk) -> None:
    desk.filing.make_folder(desk.viewer, desk.one.pid, "f")
    desk.upload("f/a.jpg", A)
    with pytest.raises(UsageError, match="over the folder it lies in"):
        desk.filing.move(desk.viewer, desk.one.pid, "f/a.jpg", "f", taken="replace")
    with pytest.raises(StorageNotFound):
        desk.filing.move(desk.viewer, desk.one.pid, "no.jpg", "f", taken="replace")
    assert desk.rows() == {"f/a.jpg": "present"}
    assert Trash.select().count() == 0


@pytest.mark.parametrize("taken", ["refuse", "free", "replace"])
def test_a_folder_comes_to_lie_in_itself_nowhere(desk: Desk, taken: changing.Taken) -> None:
    """Nor in a folder that it holds: if it vanished just then, that one would seem to be what has moved."""
    desk.filing.make_folder(desk.viewer, desk.one.pid, "f")
    desk.filing.make_folder(desk.viewer, desk.one.pid, "f/in")
    desk.upload("f/in/a.jpg", A)
    for target in ("f/in", "f/new"):
        with pytest.raises(UsageError, match="“f” cannot be moved into itself"):
            desk.filing.move(desk.viewer, desk.one.pid, "f", target, taken=taken)
    with pytest.raises(StorageNotFound):
        desk.filing.move(desk.viewer, desk.one.pid, "no", "no/in", taken=taken)
    assert not FileOperation.select().exists()
    assert desk.rows() == {"f/in/a.jpg": "present"}
    assert Trash.select().count() == 0


def test_another_time_is_no_other_content(desk: Desk) -> None:
    desk.upload("a.jpg", A)
    desk.work()
    before = File.get()
    assert desk.filing.set_mtime(desk.viewer, desk.one.pid, "a.jpg", OLD_NS + 10**9)
    after = File.get()
    assert (after.mtime_ns, after.read_state, after.sha256) == (OLD_NS + 10**9, "done", before.sha256)
    assert desk.scan()["changed"] == 0
    with pytest.raises(StorageNotFound):
        desk.filing.set_mtime(desk.viewer, desk.one.pid, "no.jpg", OLD_NS)


def test_room_is_asked_before(desk: Desk) -> None:
    quota = desk.adapter(desk.one).about()
    if quota is not None and quota.free is not None:
        desk.filing.require_room(desk.viewer, desk.one.pid, quota.free // 2)
        with pytest.raises(StorageFull):
            desk.filing.require_room(desk.viewer, desk.one.pid, quota.free * 2)


def test_a_name_for_the_moment(desk: Desk) -> None:
    """Programs write beside it and give the name afterwards; a scan between the two takes nothing away."""
    with pytest.raises(UsageError, match="pass over"):
        desk.upload("a.jpg.part", A)
    for path in (".hypomos-x.part", "._a.part", "f.part/a.jpg", "thumbs.db"):
        with pytest.raises(UsageError):
            desk.upload(path, A, passing=True)
    desk.upload("a.jpg.part", A, passing=True)
    desk.work()
    assert "a.jpg.part" in desk.rows()
    desk.filing.move(desk.viewer, desk.one.pid, "a.jpg.part", "a.jpg")
    desk.work()
    assert (desk.rows(), list(desk.items())) == ({"a.jpg": "present"}, ["a.jpg"])
    desk.filing.move(desk.viewer, desk.one.pid, "a.jpg", "~1.tmp", passing=True)
    desk.filing.delete(desk.viewer, desk.one.pid, "~1.tmp")
    assert desk.rows() == {}
    assert FileOperation.select().count() == 0


@pytest.mark.parametrize(("src", "dst"), [("a/1.jpg", "b/1.jpg"), ("a", "b")])
def test_what_has_a_name_is_not_what_was_to_get_it_and_is_gone(
    make: Make, data: Path, monkeypatch: pytest.MonkeyPatch, src: str, dst: str
) -> None:
    desk = Desk(make, data)
    desk.put("a/1.jpg", A)
    desk.put("b/1.jpg", photo(n=2000))
    desk.scan()
    memory = desk.memory(desk.one)
    before = {file.folder.path: file.id for file in File.select()}
    move = memory.move

    def move_and_lose(path: str, target: str) -> Entry:
        try:
            return move(path, target)
        finally:
            memory._rename("a", "away")  # another program, in the same moment

    monkeypatch.setattr(memory, "move", move_and_lose)
    with pytest.raises(Conflict):
        desk.filing.move(desk.viewer, desk.one.pid, src, dst)
    assert {file.folder.path: file.id for file in File.select()} == before
