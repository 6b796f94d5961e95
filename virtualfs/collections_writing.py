"""Writing in `Collections/<static>/`: putting a picture there makes it a member, taking it away makes it none.

The bytes of what is put go to the person's default storage; what they have already, and what is copied or moved, comes
by reference.

A new folder beside the collections is a new, empty one that nobody else sees. It can be renamed as long as it is that,
for clients make a folder first and name it then; everything else about collections is decided in the browser.
"""

from functools import partial

from services import collections, handing
from services.collections import Draft
from services.downloads.names import safe
from services.errors import Conflict, NotFound, ReadOnly, UsageError
from services.handing import Handing, Into
from services.models import Collection
from services.uploads.names import clean
from services.viewers import Viewer
from virtualfs import names
from virtualfs.albums import Album, find
from virtualfs.collections import CollectionsBranch
from virtualfs.handing import (
    KEEPS_NAME,
    NO_FOLDERS,
    HandingWriter,
    Spot,
    item_behind,
    last,
    quoted,
    required,
)
from virtualfs.writing import Act, Inside, Path, Source

DYNAMIC = "What is in this collection is found by its query. Change the query in the browser."
BESIDE = "Files are put into a collection, not beside them. Make a folder first: it is a new collection."
LASTING = "Collections are thrown away in the browser, where they can be brought back."
NAMED = "A collection that holds something, or is shared, is renamed in the browser."


class CollectionsWriter(HandingWriter):
    """Changes what is in the viewer's own static collections."""

    def __init__(self, handing: Handing) -> None:
        self._collections = CollectionsBranch()
        super().__init__(self._collections, handing)

    def spot(self, viewer: Viewer, path: Path) -> Spot:
        """See HandingWriter."""
        collection = self._static(viewer, path)
        still = partial(collections.own, viewer, collection.pid)
        folder = f"{self.name}/{clean(safe(collection.name, 'collection'))}"
        return Spot(Into(folder, still, still), self._address(collection), 1)

    def require(self, viewer: Viewer, path: Path, act: Act) -> None:
        """See Writer."""
        if len(path) > 1:
            super().require(viewer, path, act)
        elif act == "put":
            raise ReadOnly(BESIDE)
        elif act == "delete":
            self._album(viewer, path)
            raise ReadOnly(LASTING)
        elif act == "move":
            self._require_new(viewer, self._album(viewer, path).collection)
        elif act == "copy" and self._is_there(viewer, path):
            raise ReadOnly(NAMED)
        elif act in {"lock", "describe"}:
            self._static(viewer, path)

    def canonical(self, viewer: Viewer, path: Path) -> str:
        """See Writer. By the id of the collection."""
        if not self._is_there(viewer, path):
            return f"/{self.name}/{quoted(path[0])}"
        spot = self.spot(viewer, path)
        return super().canonical(viewer, path) if len(path) > 1 else spot.address

    def inside(self, viewer: Viewer, path: Path) -> Inside:
        """See HandingWriter."""
        if path:
            return super().inside(viewer, path)
        albums = self._collections.all(viewer).items()
        return Inside(own={name: self._address(each.collection) for name, each in albums if _is_static(each)})

    def make_folder(self, viewer: Viewer, path: Path) -> None:
        """See Writer. A new static collection, empty and seen by nobody else."""
        if len(path) > 1:
            raise ReadOnly(NO_FOLDERS)
        if self._is_there(viewer, path):
            raise Conflict("There is a collection of this name already.", field="name")
        collections.create(viewer, Draft(_name(path)))

    def delete(self, viewer: Viewer, path: Path) -> None:
        """See HandingWriter."""
        if len(path) == 1:
            raise ReadOnly(LASTING)
        super().delete(viewer, path)

    def move(self, viewer: Viewer, path: Path, target: Path, *, over: bool = True) -> None:
        """See Writer. Between two collections a member leaves the one and comes into the other, in one step."""
        if len(path) == 1 or len(target) == 1:
            self._rename(viewer, path, target)
            return
        spot, other = self.spot(viewer, path), self.spot(viewer, target)
        if spot.address == other.address:
            super().move(viewer, path, target, over=over)
            return
        self.require_free(viewer, target, over=over)
        if last(path) != last(target):
            raise ReadOnly(KEEPS_NAME)
        node, row = self.entry(viewer, path), self.row(viewer, spot, path)
        old, new = required(spot.into.find()), required(other.into.find())
        instead = self.leaving(viewer, other, target)
        if node.original is None or (row is not None and (row.waits or row.also)):
            handing.pass_on(viewer, old, new, names.restore(node.name), instead=instead)
            return
        item = required(item_behind(viewer, node))
        handing.carry_over(viewer, old, new, item, instead=instead)
        self.keep_name(viewer, other, target, item, node.original.file_id)

    def copy(self, viewer: Viewer, source: Source, target: Path, *, deep: bool, over: bool = True) -> None:
        """See HandingWriter."""
        if len(target) == 1:
            raise ReadOnly(BESIDE)
        super().copy(viewer, source, target, deep=deep, over=over)

    def _rename(self, viewer: Viewer, path: Path, target: Path) -> None:
        if len(path) != len(target):
            raise ReadOnly(BESIDE)
        collection = self._album(viewer, path).collection
        self._require_new(viewer, collection)
        collections.edit(viewer, collection.pid, {"name": _name(target)})

    def _require_new(self, viewer: Viewer, collection: Collection) -> None:
        """Raise ReadOnly unless a collection is as it was made here: empty, and with nobody who could see it."""
        card = collections.get(viewer, collection.pid)
        if collection.kind != "static" or card.size or card.shared or handing.names_in(viewer, collection.id):
            raise ReadOnly(NAMED)

    def _album(self, viewer: Viewer, path: Path) -> Album:
        return find(self._collections.all(viewer), names.asked(path[0]))

    def _static(self, viewer: Viewer, path: Path) -> Collection:
        album = self._album(viewer, path)
        if not _is_static(album):
            raise ReadOnly(DYNAMIC)
        return album.collection

    def _address(self, collection: Collection) -> str:
        return f"/{self.name}/{collection.id}"

    def _is_there(self, viewer: Viewer, path: Path) -> bool:
        try:
            self._album(viewer, path)
        except NotFound:
            return False
        return True


def _is_static(album: Album) -> bool:
    return bool(album.collection.kind == "static")


def _name(path: Path) -> str:
    """The name of a new collection, as its folder is called. Raises UsageError."""
    name = names.restore(names.asked(path[0]))
    if names.is_junk(name) or names.is_marker(name):
        raise UsageError("A collection cannot be called so.", field="name")
    return name
