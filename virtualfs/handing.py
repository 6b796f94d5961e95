"""What writing into collections and into inboxes has in common: folders that take pictures, and refer to them.

No way leads from them to an original: nothing is deleted, renamed or overwritten there. A name that is put is there
at once; what was put under a name of its own keeps that, and can be called another, for clients write first and
rename then. Every other picture is called as its file is.
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

from services import handing
from services.drive import locks
from services.errors import Changed, Conflict, NotFound, ReadOnly, UsageError
from services.handing import Handing, Into, Name
from services.models import Item
from services.names import fold
from services.viewers import Viewer
from virtualfs import names
from virtualfs.branches import Branch
from virtualfs.nodes import File, Node
from virtualfs.writing import Act, Inside, Path, Source, Upload, Writer

NO_FOLDERS = "There are no folders in here, only pictures, videos and sounds."
KEEPS_NAME = "A picture is called here as its file is. Rename the file in its storage."
T = TypeVar("T")

BY_MONTH = "What is shown by month is put into the folder above the years, and comes to its month by itself."
JUNK = "What systems leave behind in every folder is not kept here."


@dataclass(frozen=True, slots=True)
class Spot:
    """A folder that takes pictures: where they go, its address, and how many names lead to it."""

    into: Into
    address: str
    depth: int


class HandingWriter(Writer):
    """Writes into the folders that `spot` finds."""

    def __init__(self, branch: Branch, handing: Handing) -> None:
        super().__init__(branch.name)
        self._handing = handing
        self._branch = branch

    @abstractmethod
    def spot(self, viewer: Viewer, path: Path) -> Spot:
        """The folder that a path of an entry leads into. Raises NotFound, ReadOnly with what keeps from writing."""

    def require(self, viewer: Viewer, path: Path, act: Act) -> None:
        """See Writer."""
        spot, node = self.spot(viewer, path), self.find(viewer, path)
        if act == "make_folder" or (node is not None and not isinstance(node, File)):
            raise ReadOnly(NO_FOLDERS)
        if node is None and len(path) > spot.depth + 1:
            raise ReadOnly(BY_MONTH)
        if act == "put":
            self._handing.require_storage(viewer)

    def canonical(self, viewer: Viewer, path: Path) -> str:
        """See Writer. An entry has one address, also where it is shown by month."""
        spot, node = self.spot(viewer, path), self.find(viewer, path)
        shown = path[spot.depth :]
        if node is None or isinstance(node, File):
            shown = [path[-1] if node is None else node.name]
        address = "/".join((spot.address, *map(quoted, shown)))
        return locks.alike(address) if node is None else address

    def inside(self, viewer: Viewer, path: Path) -> Inside:
        """See Writer. The files alone: what folders there are only show them by month."""
        return Inside(files=self.spot(viewer, (*path, "")).address)

    def put(self, viewer: Viewer, path: Path, upload: Upload) -> str | None:
        """See Writer. An empty file takes no place: it only announces its name."""
        spot, there = self.spot(viewer, path), self._file_at(viewer, path)
        self.require_free(viewer, path, over=not upload.if_absent)
        if upload.if_match is not None and (there is None or there.etag != upload.if_match):
            raise Changed("The file is not the one that was last looked at.")
        tag = self._handing.put(
            viewer, spot.into, handed_name(path[-1]), upload.source, size=upload.size, mtime_ns=upload.mtime_ns,
            instead=self.leaving(viewer, spot, path),
        )  # fmt: skip
        return there.etag if tag is None and there is not None and there.size else tag

    def delete(self, viewer: Viewer, path: Path) -> None:
        """See Writer. Out of the folder, for everybody; the file stays where it lies."""
        spot, node = self.spot(viewer, path), self.entry(viewer, path)
        collection, row = required(spot.into.find()), self.row(viewer, spot, path)
        name = names.restore(node.name)
        if row is not None and row.waits:
            handing.forget(viewer, collection, name)
        else:
            handing.take_out(viewer, collection, required(node.original).file_id, name)

    def move(self, viewer: Viewer, path: Path, target: Path, *, over: bool = True) -> None:
        """See Writer. In one folder only what was put there under a name of its own is called another."""
        self.require_free(viewer, target, over=over)
        spot, other = self.spot(viewer, path), self.spot(viewer, target)
        if spot.address != other.address:
            raise ReadOnly(self.why)
        row = self.row(viewer, spot, path)
        if row is None:
            raise ReadOnly(KEEPS_NAME)
        collection, new = required(spot.into.find()), handed_name(target[-1])
        handing.rename(viewer, collection, row.name, new, instead=self.leaving(viewer, spot, target))

    def copy(self, viewer: Viewer, source: Source, target: Path, *, deep: bool, over: bool = True) -> None:
        """See Writer. By reference: the item is shown here as well, and no byte moves."""
        self.require_free(viewer, target, over=over)
        node = source.node
        if not isinstance(node, File):
            raise ReadOnly(NO_FOLDERS)
        if node.original is None:
            raise UsageError(handing.NO_MEDIA, field="name")
        if fold(names.restore(node.name)) != last(target):
            raise ReadOnly(KEEPS_NAME)
        spot, name = self.spot(viewer, target), handed_name(target[-1])
        file = node.original.file_id
        item = handing.bring(viewer, spot.into, name, file, instead=self.leaving(viewer, spot, target))
        if item is not None:
            self.keep_name(viewer, spot, target, item, file)

    def set_mtime(self, viewer: Viewer, path: Path, mtime_ns: int) -> None:
        """See Writer: the times of files are changed in their storages."""

    def find(self, viewer: Viewer, path: Path) -> Node | None:
        """What is at a path."""
        try:
            return self._branch.resolve(viewer, path)
        except NotFound:
            return None

    def require_free(self, viewer: Viewer, path: Path, *, over: bool) -> None:
        """Raise Conflict when something is at a path that is not to be taken away."""
        if not over and self.find(viewer, path) is not None:
            raise Conflict("There is a file of this name already.", field="path")

    def entry(self, viewer: Viewer, path: Path) -> File:
        """The file at a path. Raises NotFound, ReadOnly for a folder."""
        node = self._branch.resolve(viewer, path)
        if not isinstance(node, File):
            raise ReadOnly(NO_FOLDERS)
        return node

    def row(self, viewer: Viewer, spot: Spot, path: Path) -> Name | None:
        """What was handed in under the last name of a path."""
        collection, name = spot.into.find(), names.restore(names.asked(path[-1]))
        found = () if collection is None else handing.names_in(viewer, collection.id, name=name)
        return next(iter(found), None)

    def leaving(self, viewer: Viewer, spot: Spot, path: Path) -> Item | None:
        """The item that leaves when something else takes its name; None when none does.

        Raises ReadOnly for what somebody else brought.
        """
        there, row = self._file_at(viewer, path), self.row(viewer, spot, path)
        if there is None or (row is not None and (row.waits or row.also)):
            return None
        item, collection = item_behind(viewer, there), spot.into.find()
        if item is not None and (collection is None or not handing.is_member(collection, item)):
            raise ReadOnly(handing.BROUGHT)
        return item

    def keep_name(self, viewer: Viewer, spot: Spot, target: Path, item: Item, file: int) -> None:
        """What came in is found under the name that it came with, also where its file is called another."""
        found = self._file_at(viewer, target)
        if found is None or item_behind(viewer, found) != item:
            handing.call(viewer, required(spot.into.find()), handed_name(target[-1]), file)

    def _file_at(self, viewer: Viewer, path: Path) -> File | None:
        node = self.find(viewer, path)
        return node if isinstance(node, File) else None


def handed_name(segment: str) -> str:
    """The name that a client gives to a file here, as it is kept. Raises UsageError for what no picture is called."""
    name = names.restore(names.asked(segment))
    if names.is_junk(name) or names.is_marker(name):
        raise UsageError(JUNK, field="name")
    return name


def last(path: Path) -> str:
    """The last name of a path, as it is compared."""
    return fold(names.restore(names.asked(path[-1])))


def quoted(segment: str) -> str:
    """A name as it stands in an address."""
    return quote(names.safe(names.restore(names.asked(segment))), safe="")


def item_behind(viewer: Viewer, node: File) -> Item | None:
    """The item behind an entry; None for one that is only announced, or not read yet."""
    return None if node.original is None else handing.item_of(viewer, node.original.file_id)


def required(found: T | None) -> T:
    """What was found. Raises NotFound."""
    if found is None:
        raise NotFound
    return found
