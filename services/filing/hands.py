"""What every change of files needs: the storage and its adapter, the journal, and the scan that follows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from services import access
from services.errors import NotFound, StorageError, StorageFull, StorageNotFound, UsageError
from services.filing.journal import Journal
from services.health import note_room
from services.jobs import Jobs
from services.jobs.kinds import SCAN
from services.media.rendition_store import RenditionStore
from services.models import FileOperation, Storage
from services.names import shown
from services.storages import paths
from services.storages.base import Storage as Adapter
from services.storages.patterns import is_passing, is_path_skipped
from services.storages.values import Entry
from services.viewers import Viewer

MOST_NAMES = 1000
"""Free names that are tried when one is taken."""


@contextmanager
def minding_room(storage: Storage) -> Iterator[None]:
    """Around what adds to a storage: record when that had no room, and when there is room again."""
    try:
        yield
    except StorageFull as error:
        note_room(storage, str(error))
        raise
    note_room(storage, "")


class Hands:
    """Threading: may be used from any thread."""

    def __init__(
        self, adapter: Callable[[Storage], Adapter], jobs: Jobs, journal: Journal, store: RenditionStore
    ) -> None:
        self.adapter = adapter
        self.jobs = jobs
        self.journal = journal
        self.store = store

    def writable(self, viewer: Viewer, pid: str) -> tuple[Storage, Adapter]:
        """The viewer's storage, open for writing; raises NotFound, or ReadOnly when its owner has not allowed it."""
        storage = access.get_storage(viewer, pid)
        adapter = self.adapter(storage)
        adapter.require_writable()
        return storage, adapter

    def look_at(self, storage: Storage, *folders: str) -> None:
        """Have these folders scanned soon: new bytes are read, files that belong together are grouped."""
        for folder in dict.fromkeys(folders):
            place = paths.to_json(folder)
            self.jobs.enqueue(
                SCAN, payload={"folders": [place], "regroup": True}, priority=30,
                dedupe_key=f"filed:{storage.id}:{place}", user_id=storage.owner_id, storage_id=storage.id,
                node=storage.node,
            )  # fmt: skip


def require_name(path: str, *, passing: bool = False) -> str:
    """The path, if a person may give it to a file or folder; raises UsageError naming what is wrong.

    With `passing` also one that a scan passes over because a program is about to give it another.
    """
    paths.to_bytes(path)
    if not path:
        raise UsageError("This cannot be done to the top folder of a storage.", field="path")
    name = paths.leaf(path)
    if is_path_skipped(path) and not (
        passing and is_passing(name) and not is_path_skipped(paths.parent(path))
    ):
        raise UsageError(
            f"“{shown(name)}” is a name that scans pass over, so the file would never be seen. Choose another.",
            field="name",
        )
    if any(ord(c) < 32 for c in name) or name != name.strip():
        raise UsageError(
            "A name has no control characters, and no spaces at its beginning or end.", field="name"
        )
    return path


def require_there(path: str) -> str:
    """The path of something a person may change; what Hypomos keeps for itself is not there for them."""
    paths.to_bytes(path)
    if not path:
        raise UsageError("This cannot be done to the top folder of a storage.", field="path")
    if is_path_skipped(paths.parent(path)) or (is_path_skipped(path) and not is_passing(paths.leaf(path))):
        raise NotFound
    return path


def find_entry(adapter: Adapter, path: str) -> Entry | None:
    """What is at a path; None when the storage positively has nothing there."""
    try:
        return adapter.stat(path)
    except StorageNotFound:
        return None


def is_folder(adapter: Adapter, path: str) -> bool:
    """Whether there is a folder at a path; the root is one."""
    found = find_entry(adapter, path) if path else None
    return not path or (found is not None and found.is_dir)


def find_thrown(adapter: Adapter, operation: FileOperation) -> Entry | None:
    """What an operation has put into the trash so far, as it lies there."""
    for place in adapter.trash_places(operation.path, operation.shelf):
        found = find_entry(adapter, place)
        if found is not None:
            return found
    return None


def free_path(adapter: Adapter, path: str, *, is_kept: Callable[[str], bool] = lambda path: False) -> str:
    """The path itself, or when it is taken the first with a number that is not: `IMG_1 (2).jpg`.

    Taken is what lies there, and what `is_kept` for something else.
    """

    def is_free(path: str) -> bool:
        return not is_kept(path) and find_entry(adapter, path) is None

    if is_free(path):
        return path
    folder, name = paths.parent(path), paths.leaf(path)
    stem, dot, ending = name.rpartition(".")
    if not stem:
        stem, dot, ending = name, "", ""
    for number in range(2, MOST_NAMES):
        added = f" ({number}){dot}{ending}"
        while stem and len(paths.to_bytes(stem + added)) > paths.LONGEST_NAME:
            stem = stem[:-1]
        other = paths.join(folder, stem + added)
        if is_free(other):
            return other
    raise UsageError(f"There are too many files called “{shown(name)}” here.", field="name")


def require_room(adapter: Adapter, size: int | None, path: str) -> None:
    """Raise StorageFull before a byte is sent when the storage says that it cannot hold them."""
    try:
        quota = adapter.about()
    except StorageError:
        return  # it will say so itself
    if quota is None or quota.free is None:
        return
    if quota.free <= 0 or (size is not None and size > quota.free):
        raise StorageFull(f"No room left in the storage for “{shown(path)}”.")


def storage_of(operation: FileOperation) -> Storage:
    """The storage of an operation as it is now."""
    return Storage.get_by_id(operation.storage_id)
