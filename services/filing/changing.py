"""Filing: what an owner does to the files of their own storages. Nobody else gets past the first line.

Nothing is ever overwritten unasked. Bytes that are replaced or deleted go to the storage's trash first, whoever wrote
them and when: two pictures of one name may come within a second.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from services import access, broker
from services.errors import Changed, Conflict, NotFound, ReadOnly, StorageError, StorageNotFound, UsageError
from services.filing import finishing, placing
from services.filing.hands import (
    Hands,
    find_entry,
    free_path,
    minding_room,
    require_name,
    require_room,
    require_there,
)
from services.filing.recovering import half_path, settling
from services.identifiers import new_pid
from services.models import Asset, File, FileOperation, Folder, Item, Storage, Trash, User
from services.names import shown
from services.storages import paths
from services.storages.base import Storage as Adapter
from services.storages.base import changed
from services.storages.patterns import is_skipped
from services.storages.values import Entry
from services.viewers import Viewer

Taken = Literal["refuse", "free", "replace"]
"""What to do when a name is taken: refuse, take a free one, or replace and keep the old bytes as a version."""

MOST_FILES = 5000
"""Most files in a folder that goes to the trash at once: one transaction takes them all."""


@dataclass(frozen=True, slots=True)
class Filed:
    """Where a file lies now; `version` is the trash entry of the bytes that it replaced."""

    storage: str
    path: str
    file: File
    version: Trash | None = None

    @property
    def etag(self) -> str:
        """As listings and downloads give it."""
        return broker.describe_file(self.file).etag


class Filing:
    """Changes of files and folders in storages."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands

    def upload(
        self, viewer: Viewer, storage_pid: str, path: str, source: Iterable[bytes], *, size: int | None,
        mtime_ns: int | None = None, taken: Taken = "refuse", if_match: str | None = None,
        announced: int | None = None, passing: bool = False,
    ) -> Filed:  # fmt: skip
        """Write a file from pieces of bytes; `size` is what they give together, if that is known;
        `announced` is how much there will be at most, to ask for room.

        `if_match` replaces only the file with this entity tag. `passing`: a name for the moment will do (`a.jpg.part`),
        which scans pass over. Raises Conflict when the name is taken and
        that is to be refused, Changed when `if_match` fits no more, StorageFull before a byte is taken.
        """
        storage, adapter = self._hands.writable(viewer, storage_pid)
        require_name(path, passing=passing)
        with minding_room(storage):
            require_room(adapter, announced if size is None else size, path)
            known = find_entry(adapter, path)
            if if_match is not None:
                _require_match(storage, path, known, if_match)
                taken = "replace"
            if known is not None and (known.is_dir or taken == "refuse"):
                raise Conflict(f"“{shown(path)}” is there already.", field="path")
            if known is not None and taken == "replace":
                return self._replace(viewer, storage, adapter, known, source, size, mtime_ns, if_match)
            if taken == "free":
                path = free_path(adapter, path)
            operation = self._hands.journal.begin("upload", storage, path, actor=viewer.user_id)
            with settling(self._hands, operation):
                entry = adapter.write(path, source, size=size, mtime_ns=mtime_ns)
                file = finishing.upload(operation, entry)
            self._hands.look_at(storage, paths.parent(path))
            return Filed(storage.pid, path, file)

    def default_storage(self, viewer: Viewer) -> Storage:
        """Where the viewer's files go when they name no storage; raises UsageError when none is chosen."""
        chosen = User.get_by_id(viewer.user_id).default_storage_id
        mine = access.visible_storages(viewer).where(Storage.id == chosen)
        found: Storage | None = mine.first()
        if found is None or not found.writable:
            raise UsageError(
                "Choose in your settings to which storage your files go; it must be open for writing.",
                field="default_storage",
            )
        return found

    def require_writable(self, viewer: Viewer, storage_pid: str) -> None:
        """Raise NotFound unless the storage is the viewer's, ReadOnly unless it is open for writing."""
        self._hands.writable(viewer, storage_pid)

    def require_room(self, viewer: Viewer, storage_pid: str, size: int) -> None:
        """Raise StorageFull when the storage says that it cannot hold so many more bytes."""
        storage, adapter = self._hands.writable(viewer, storage_pid)
        with minding_room(storage):
            require_room(adapter, size, storage.name)

    def require_known(self, viewer: Viewer, storage_pid: str, path: str) -> None:
        """Raise Changed when there is anything at a path that the catalogue does not know as it is; it is looked at."""
        storage, adapter = self._hands.writable(viewer, storage_pid)
        strange = _find_strange(storage, adapter, adapter.stat(require_there(path)))
        if strange is not None:
            self._hands.look_at(storage, paths.parent(strange))
            raise Changed(f"“{shown(strange)}” has not been looked at yet. Try again in a moment.")

    def set_mtime(self, viewer: Viewer, storage_pid: str, path: str, mtime_ns: int) -> bool:
        """Give a file the time at which it was changed elsewhere; returns whether the storage can do that."""
        storage, adapter = self._hands.writable(viewer, storage_pid)
        entry = adapter.set_mtime(require_there(path), mtime_ns)
        if entry is not None:
            finishing.dated(storage, entry)
        return entry is not None

    def make_folder(self, viewer: Viewer, storage_pid: str, path: str) -> None:
        """Make a folder in one that exists; Conflict when the name is taken."""
        storage, adapter = self._hands.writable(viewer, storage_pid)
        require_name(path)
        operation = self._hands.journal.begin("folder", storage, path, actor=viewer.user_id)
        with settling(self._hands, operation):
            adapter.make_folder(path)
            finishing.folder(operation)

    def remove_empty(self, viewer: Viewer, storage_pid: str, path: str) -> None:
        """Take an empty folder away, for good. Conflict where something is in it, also what scans pass over."""
        storage, adapter = self._hands.writable(viewer, storage_pid)
        require_name(path)
        operation = self._hands.journal.begin("folder", storage, path, actor=viewer.user_id)
        with settling(self._hands, operation):
            if not adapter.stat(path).is_dir:
                raise StorageNotFound(f"“{shown(path)}” is not a folder of the storage.")
            adapter.delete(path, trash=False)
            finishing.nothing(operation, gone=(path,))

    def move(
        self, viewer: Viewer, storage_pid: str, path: str, target: str, *, taken: Taken = "refuse",
        passing: bool = False,
    ) -> str:  # fmt: skip
        """Give a file or folder another name or place in its storage; returns the path it has then.

        What is replaced goes to the trash first, and stays there when the move fails after all.
        """
        storage, adapter = self._hands.writable(viewer, storage_pid)
        require_there(path)
        require_name(target, passing=passing)
        if target == path:
            return adapter.stat(path).path
        _require_outside(adapter, path, target)
        if adapter.caps().case_insensitive and paths.differ_in_letters(path, target):
            taken = "refuse"  # it would make way for itself
        if taken == "free":
            target = free_path(adapter, target)
        if taken == "replace":
            self._make_way(viewer, storage, adapter, adapter.stat(path), target)
        if taken == "refuse":
            _require_free(adapter, path, target)
        operation = self._hands.journal.begin(
            "move", storage, path, target, actor=viewer.user_id, free=_may_break_off(adapter, path, target)
        )
        with settling(self._hands, operation):
            entry = adapter.move(path, target)
            finishing.move(operation, entry)
        self._hands.look_at(storage, paths.parent(path), target if entry.is_dir else paths.parent(target))
        return target

    def delete(self, viewer: Viewer, storage_pid: str, path: str, *, reason: str = "") -> Trash:
        """Put a file or folder into the trash of its storage."""
        storage, adapter = self._hands.writable(viewer, storage_pid)
        return self._throw(viewer, storage, adapter, require_there(path), new_pid(), reason)

    def delete_item(
        self, viewer: Viewer, item_pid: str, *, reason: str = "", only: Collection[int] | None = None
    ) -> list[Trash]:
        """Put every file of an item (or `only` some, by their ids) into the trash; raises ReadOnly, naming the
        storages, when one may not be.

        Nothing is touched unless all of its storages can be reached and written.
        """
        item = access.get_item(viewer, item_pid)
        if item.owner_id != viewer.user_id:
            raise NotFound
        files = [f for f in _files_of(viewer, item) if only is None or f.id in only]
        closed = sorted({f.storage.name for f in files if not f.storage.writable})
        if closed:
            raise ReadOnly(
                f"The original lies in {', '.join(f'“{n}”' for n in closed)}, which is for reading only. Allow "
                "writing in the storage's settings, or delete it there."
            )
        if not files:
            raise Conflict("No storage has this item now, so there is nothing to put into the trash.")
        wanted = [(f.storage, self._hands.adapter(f.storage), _path_of(f)) for f in files]
        there = [w for w in wanted if find_entry(w[1], w[2]) is not None]
        batch = new_pid()
        return [self._throw(viewer, *each, batch, reason) for each in there]

    def _make_way(
        self, viewer: Viewer, storage: Storage, adapter: Adapter, moved: Entry, target: str
    ) -> None:
        """Put what has this name into the trash; a folder that holds what is to be moved stays."""
        if paths.is_within(moved.path, target):
            raise UsageError("Nothing can be moved over the folder it lies in.", field="path")
        if find_entry(adapter, target) is not None:
            self._throw(viewer, storage, adapter, target, new_pid(), "")

    def _replace(
        self, viewer: Viewer, storage: Storage, adapter: Adapter, known: Entry, source: Iterable[bytes],
        size: int | None, mtime_ns: int | None, if_match: str | None,
    ) -> Filed:  # fmt: skip
        """The new bytes as a whole beside the old ones, the old ones to the trash, then the name.

        Of an empty file nothing is kept there; what came in its place meanwhile is not replaced.
        """
        operation = self._hands.journal.begin("replace", storage, known.path, actor=viewer.user_id)
        with settling(self._hands, operation):
            adapter.write(half_path(operation), source, size=size, mtime_ns=mtime_ns)
            if if_match is not None:  # somebody may have been quicker
                _require_match(storage, known.path, find_entry(adapter, known.path), if_match)
            if not known.size:
                _require_same(adapter, known)
            place = adapter.delete(known.path, shelf=operation.shelf)
            entry = adapter.move(half_path(operation), known.path)
            version = finishing.replace(operation, place, _kept(adapter, known, place), entry)
        self._hands.look_at(storage, paths.parent(known.path))
        file = placing.find_file(storage, known.path)
        if file is None:
            raise StorageNotFound(f"“{shown(known.path)}” is not in the storage.")
        return Filed(storage.pid, known.path, file, version)

    def _throw(
        self, viewer: Viewer, storage: Storage, adapter: Adapter, path: str, batch: str, reason: str
    ) -> Trash:
        entry = adapter.stat(path)
        if entry.is_dir and placing.count_files(storage, path) > MOST_FILES:
            raise UsageError(
                f"“{entry.name}” holds more than {MOST_FILES} files. Delete the folders in it one by one.", field="path"
            )  # fmt: skip
        detail: dict[str, Any] = {
            "batch": batch,
            "reason": reason,
            "is_dir": entry.is_dir,
            "hashes": dict(entry.hashes),
        }
        operation: FileOperation = self._hands.journal.begin(
            "delete", storage, path, actor=viewer.user_id, **detail
        )
        with settling(self._hands, operation):
            place = adapter.delete(path, shelf=operation.shelf)
            return finishing.delete(operation, place, entry, entry.hashes)


def _require_outside(adapter: Adapter, path: str, target: str) -> None:
    """Raise UsageError when a folder would come to lie in itself: no journal is to make that of what vanishes then."""
    if paths.is_within(target, path):
        adapter.stat(path)
        raise UsageError(f"“{shown(path)}” cannot be moved into itself.", field="path")


def _require_free(adapter: Adapter, path: str, target: str) -> None:
    """Raise Conflict when a name is taken: once the journal has a move, what has its name then came by that.

    Else what another program takes from `path` just now would seem to be what has lain there for long.
    """
    is_itself = adapter.caps().case_insensitive and paths.differ_in_letters(path, target)
    if not is_itself and find_entry(adapter, target) is not None:
        adapter.stat(path)
        raise Conflict(f"“{shown(target)}” is there already.", field="path")


def _may_break_off(adapter: Adapter, src: str, dst: str) -> bool:
    """Whether a move can break off half-way here, of something that is there, to a name that nothing has yet.

    Then what has the name later came by the move.
    """
    if adapter.caps().server_move:
        return False
    return find_entry(adapter, src) is not None and find_entry(adapter, dst) is None


def _require_match(storage: Storage, path: str, known: Entry | None, if_match: str) -> None:
    """Raise Changed unless the file there is the one the caller means."""
    row = placing.find_file(storage, path)
    same = known is not None and row is not None and (row.size, row.mtime_ns) == (known.size, known.mtime_ns)
    if not same or row is None or broker.describe_file(row).etag != if_match:
        raise changed(path)


def _find_strange(storage: Storage, adapter: Adapter, entry: Entry) -> str | None:
    """The path of something in a storage that its row says nothing, or something else of."""
    if not entry.is_dir:
        row = placing.find_file(storage, entry.path)
        facts = None if row is None or row.presence == "missing" else (row.size, row.mtime_ns)
        return None if facts == (entry.size, entry.mtime_ns) else entry.path
    if placing.find_folder(storage, entry.path) is None:
        return entry.path
    entries = adapter.list(entry.path).whole()
    found = (_find_strange(storage, adapter, e) for e in entries if not is_skipped(e.name))
    return next((path for path in found if path is not None), None)


def _require_same(adapter: Adapter, known: Entry) -> None:
    """Raise Changed when there is another file than a moment before."""
    there = find_entry(adapter, known.path)
    if there is None or there.change_key != known.change_key:
        raise changed(known.path)


def _kept(adapter: Adapter, replaced: Entry, place: str | None) -> Entry | None:
    """What a replaced file was that is in the trash now; None for an empty one, which is taken out of there.

    One that somebody wrote to in the last moment is none; one that cannot be looked at stays there.
    """
    if replaced.size or place is None:
        return replaced if replaced.size else None
    try:
        there = adapter.stat(place)
        if there.size:
            return there._replace(path=replaced.path)
        adapter.delete(place, trash=False)
    except StorageError:
        return replaced
    return None


def _files_of(viewer: Viewer, item: Item) -> list[File]:
    rows = (
        File.select(File, Folder, Storage).join(Folder).switch(File).join(Storage).switch(File).join(Asset)
        .where((Asset.item == item.id) & (File.presence != "missing") & (Storage.owner == viewer.user_id)
               & Storage.removed_at.is_null())
        .order_by(File.id)
    )  # fmt: skip
    return list(rows)


def _path_of(file: File) -> str:
    return paths.join(file.folder.path, file.raw_name)
