"""Writing below `Storages/<storage>/`: files and folders are those of the storage, and so is every change.

What is done is filing (`services.filing`): old bytes and what is deleted go to the storage's trash. A copy is read
through the broker, so that a viewer copies what they may download and nothing else. New names are stored as they
were sent; what the tree shows with look-alikes is stored with the characters that they stand for.
"""

from collections.abc import Iterator
from urllib.parse import quote

from services.broker import Broker
from services.catalogue import tree_rows
from services.catalogue.tree_rows import StorageRow
from services.drive import locks, properties
from services.drive.properties import Subject
from services.errors import Conflict, NotFound, ReadOnly, UsageError
from services.filing import Filing, Taken
from services.quotas import Quotas
from services.storages import paths
from services.viewers import Viewer
from virtualfs import names
from virtualfs.nodes import File, Folder, Node
from virtualfs.storages import StoragesBranch
from virtualfs.subjects import subject_of
from virtualfs.writing import Act, Inside, Path, Room, Source, Upload, Writer

MOST_FILES = 5000
"""Most files in a folder that is copied at once."""

_TOP = "Storages are connected and removed on the pages of Hypomos, not here."


class StoragesWriter(Writer):
    """Changes files in the viewer's own storages that are open for writing."""

    def __init__(self, filing: Filing, broker: Broker, quotas: Quotas) -> None:
        super().__init__(StoragesBranch.name)
        self._filing = filing
        self._broker = broker
        self._quotas = quotas
        self._branch = StoragesBranch()

    def require(self, viewer: Viewer, path: Path, act: Act) -> None:
        """See Writer. A storage itself can be locked and described, not changed."""
        if len(path) == 1 and act not in {"lock", "describe"}:
            raise ReadOnly(_TOP)
        try:
            storage = self._branch.storage(viewer, path[0])
        except NotFound:
            raise ReadOnly(_TOP) from None
        if not storage.writable:
            raise ReadOnly(
                f"“{storage.name}” is for reading only. Its owner can allow writing in its settings."
            )

    def canonical(self, viewer: Viewer, path: Path) -> str:
        """See Writer. By the id of the storage: two people may have one of the same name."""
        try:
            storage = self._branch.storage(viewer, path[0])
        except NotFound:
            raise ReadOnly(_TOP) from None
        address, is_new = f"/{self.name}/{storage.id}", False
        for depth, segment in enumerate(path[1:], 2):
            node = self._find(viewer, path[:depth])
            is_new = node is None
            name = names.safe(names.restore(segment)) if node is None else node.name
            address += "/" + quote(name, safe="")
        return locks.alike(address) if is_new else address

    def inside(self, viewer: Viewer, path: Path) -> Inside:
        """See Writer."""
        if path:
            self.require(viewer, path, "lock")
            here = self.canonical(viewer, path)
            return Inside(here, here)
        return Inside(
            own={
                name: f"/{self.name}/{row.id}" for name, row in self._branch.storages(viewer) if row.writable
            }
        )

    def put(self, viewer: Viewer, path: Path, upload: Upload) -> str:
        """See Writer."""
        storage, target = self._place(viewer, path)
        filed = self._filing.upload(
            viewer, storage.pid, target, upload.source, size=upload.size, mtime_ns=upload.mtime_ns,
            taken="refuse" if upload.if_absent else "replace", if_match=upload.if_match, passing=True,
        )  # fmt: skip
        return filed.etag

    def make_folder(self, viewer: Viewer, path: Path) -> None:
        """See Writer."""
        storage, target = self._place(viewer, path)
        self._filing.make_folder(viewer, storage.pid, target)

    def delete(self, viewer: Viewer, path: Path) -> None:
        """See Writer."""
        storage, target = self._place(viewer, path)
        self._filing.delete(viewer, storage.pid, target)

    def move(self, viewer: Viewer, path: Path, target: Path, *, over: bool = True) -> None:
        """See Writer. From one storage to another it is a copy, and the source goes to the trash when that is whole.

        What the catalogue has not seen yet would not be copied: then the source stays.
        """
        storage, source = self._place(viewer, path)
        other, place = self._place(viewer, target)
        if (storage.id, source) == (other.id, place):  # the same but for the case of letters
            place = paths.join(paths.parent(source), names.restore(target[-1]))
            self._filing.move(viewer, storage.pid, source, place, passing=True)
            return
        if storage.id == other.id:
            taken: Taken = "replace" if over else "refuse"
            self._filing.move(viewer, storage.pid, source, place, taken=taken, passing=True)
            return
        self._filing.require_known(viewer, storage.pid, source)
        whole = Source(
            self._branch.resolve(viewer, path), lambda folder: self._branch.children(viewer, folder)
        )
        self.copy(viewer, whole, target, deep=True, over=over)
        self._filing.require_known(viewer, storage.pid, source)
        self._filing.delete(viewer, storage.pid, source)

    def copy(self, viewer: Viewer, source: Source, target: Path, *, deep: bool, over: bool = True) -> None:
        """See Writer. Whether there is room for all of it is asked first."""
        storage, place = self._place(viewer, target)
        files, size = _measured(source, deep=deep)
        if files > MOST_FILES:
            raise UsageError(
                f"More than {MOST_FILES} files cannot be copied at once; copy the folders in it."
            )
        self._filing.require_room(viewer, storage.pid, size)
        there = self._find(viewer, target)
        if there is not None and not over:
            raise Conflict(f"“{there.name}” is there already.", field="path")
        if there is not None and tree_rows.any_within(
            viewer, storage.id, place, _files_in(source, deep=deep)
        ):
            raise ReadOnly(
                f"“{there.name}” is, or holds, what is to be copied, and would make way for itself."
            )
        is_folder = isinstance(source.node, Folder)
        if there is not None and (is_folder or isinstance(there, Folder)):
            self._filing.delete(viewer, storage.pid, place)
        self._copy(viewer, source, storage, place, deep=deep, over=over)

    def room(self, viewer: Viewer, path: Path) -> Room | None:
        """See Writer."""
        quota = self._quotas.known(self._branch.storage(viewer, path[0]).id)
        return None if quota is None else Room(quota.used, quota.free)

    def set_mtime(self, viewer: Viewer, path: Path, mtime_ns: int) -> None:
        """See Writer."""
        storage, target = self._place(viewer, path)
        if isinstance(self._find(viewer, path), File):
            self._filing.set_mtime(viewer, storage.pid, target, mtime_ns)

    def _copy(
        self,
        viewer: Viewer,
        source: Source,
        storage: StorageRow,
        place: str,
        *,
        deep: bool,
        over: bool = True,
    ) -> None:
        node = source.node
        if isinstance(node, File):
            filed = self._filing.upload(
                viewer, storage.pid, place, self._bytes(viewer, node), size=node.size,
                mtime_ns=_mtime_ns(node), taken="replace" if over else "refuse", passing=True,
            )  # fmt: skip
            _describe(viewer, node, Subject("file", filed.file.id))
            return
        self._filing.make_folder(viewer, storage.pid, place)
        row = tree_rows.folder_at(viewer, storage.id, place)
        if row is not None:
            _describe(viewer, node, Subject("folder", row.id))
        for each in source.below() if deep else ():
            self._copy(viewer, each, storage, paths.join(place, names.restore(each.node.name)), deep=True)

    def _bytes(self, viewer: Viewer, node: File) -> Iterator[bytes]:
        """What the viewer may have of a file, read when the storage takes it."""
        if node.original is None or not node.size:
            return
        stream = self._broker.open_described(viewer, node.original)
        try:
            yield from stream.blocks()
        finally:
            stream.close()

    def _place(self, viewer: Viewer, path: Path) -> tuple[StorageRow, str]:
        """The storage, and the path in it as it writes paths; of a name that is not there yet, as it would."""
        storage = self._branch.storage(viewer, path[0])
        return storage, self._raw(viewer, path)

    def _raw(self, viewer: Viewer, path: Path) -> str:
        if len(path) == 1:
            return ""
        node = self._find(viewer, path)
        if isinstance(node, Folder):
            return tree_rows.folder_path(viewer, node.place.number)
        if node is not None and node.original is not None:
            return tree_rows.file_path(viewer, node.original.file_id)
        return paths.join(self._raw(viewer, path[:-1]), names.restore(path[-1]))

    def _find(self, viewer: Viewer, path: Path) -> Node | None:
        try:
            return self._branch.resolve(viewer, path)
        except NotFound:
            return None


def _mtime_ns(node: File) -> int | None:
    """The time of a file that a copy gets as well; none where its reader is not told of one."""
    known = node.mtime if node.original is None else node.original.dated
    return round(known * 1e9) or None


def _describe(viewer: Viewer, node: Node, copied: Subject) -> None:
    """Give a copy the properties of what it is a copy of."""
    subject = subject_of(node)
    if subject is not None:
        properties.copy(viewer, subject, copied)


def _files_in(source: Source, *, deep: bool) -> Iterator[int]:
    """The ids of the files that are copied, wherever in the tree they were found."""
    if isinstance(source.node, File):
        if source.node.original is not None:
            yield source.node.original.file_id
        return
    for each in source.below() if deep else ():
        yield from _files_in(each, deep=True)


def _measured(source: Source, *, deep: bool) -> tuple[int, int]:
    """How many files and how many bytes are copied."""
    if isinstance(source.node, File):
        return 1, source.node.size
    files = size = 0
    for each in source.below() if deep else ():
        more, larger = _measured(each, deep=True)
        files, size = files + more, size + larger
        if files > MOST_FILES:
            break
    return files, size
