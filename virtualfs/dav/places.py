"""What is at a path of the drive: what the tree has, and the little that only the drive has.

That is the empty files of locks on names that are not there yet, and what systems leave behind (`junk`). Both are
only where something can be written.
"""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from services import broker
from services.broker import Original
from services.drive import locks
from services.drive.locks import Lock
from services.errors import HypomosError, NotFound
from services.names import fold
from services.viewers import Viewer
from virtualfs import names
from virtualfs.dav.auth import WRITE
from virtualfs.dav.errors import Refused
from virtualfs.dav.junk import Junk, node_of
from virtualfs.dav.paths import href, segments_of
from virtualfs.nodes import File, Node
from virtualfs.tree import Tree
from virtualfs.writing import Act, Inside

Segments = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """Finds nodes and canonical addresses for the handlers of one application."""

    tree: Tree
    junk: Junk

    def find(self, viewer: Viewer, segments: Segments) -> Node | None:
        """What is at a path; None when there is nothing for this viewer."""
        try:
            return self.get(viewer, segments)
        except NotFound:
            return None

    def get(self, viewer: Viewer, segments: Segments) -> Node:
        """What is at a path. Raises NotFound."""
        try:
            return self.tree.resolve(viewer, segments)
        except NotFound:
            url = self.url(viewer, segments)
            if url is None:
                raise
        if is_left(segments[-1]):
            data = self.junk.find(viewer, url)
            if data is not None:
                return node_of(segments[-1], data)
        if any(lock.empty and is_of(viewer, lock) for lock in locks.at(url)):
            return empty_file(segments[-1])
        raise NotFound

    def url(self, viewer: Viewer, segments: Segments) -> str | None:
        """The canonical address of a path; None where nothing can be locked."""
        if not self.may(viewer, segments, "lock"):
            return None
        if is_left(segments[-1]):
            above = self.url(viewer, segments[:-1])
            return (
                None if above is None else f"{above}/{quote(segments[-1], safe='', errors='surrogateescape')}"
            )
        try:
            return self.tree.canonical(viewer, segments)
        except HypomosError:
            return None

    def inside(self, viewer: Viewer, segments: Segments) -> Inside:
        """What can be locked in the folder at a path, for all its entries at once."""
        try:
            found = self.tree.inside(viewer, segments)
        except HypomosError:
            return Inside()
        return found if viewer.allows(WRITE) else Inside()

    def reference(self, viewer: Viewer, segments: Segments) -> str:
        """The canonical address of a path; of what cannot be locked one where no lock ever is."""
        return self.url(viewer, segments) or for_reading(segments)

    def may(self, viewer: Viewer, segments: Segments, act: Act) -> bool:
        """Whether the viewer may do this at a path."""
        try:
            self.tree.require(viewer, segments, act)
        except HypomosError:
            return False
        return viewer.allows(WRITE)

    def reference_of_address(self, viewer: Viewer, address: str, root_path: str) -> str | None:
        """What `reference` says of an address of the drive as a client wrote it; None for what is none of ours."""
        try:
            segments = target_of(address, root_path)
        except Refused:
            return None
        return self.reference(viewer, segments)


def for_reading(segments: Segments) -> str:
    """What stands for the canonical address of what cannot be locked."""
    return "/for-reading" + href("", segments, is_folder=False).rstrip("/")


def is_left(name: str) -> bool:
    """Whether a file of this name is taken and kept out of storages."""
    return names.is_junk(name) or names.is_marker(name)


def is_below(path: Segments, folder: Segments) -> bool:
    """Whether a path leads into a folder, by its names alone."""
    above = path[: len(folder)]
    return len(path) > len(folder) and [fold(name) for name in above] == [fold(name) for name in folder]


def is_of(viewer: Viewer, lock: Lock) -> bool:
    """Whether a lock is the viewer's own, with whichever app password. Of others' locks nothing is shown."""
    return lock.holder.partition(":")[0] == str(viewer.user_id)


def empty_file(name: str) -> File:
    """What a lock on a name shows that is not there yet."""
    return File(name, 0, 0.0, 0.0, "empty", "application/octet-stream", None)


def tags_of(viewer: Viewer, node: Node | None) -> frozenset[str]:
    """The bare entity tags by which what is there may be known."""
    if node is None:
        return frozenset()
    original: Original | None = node.original if isinstance(node, File) else None
    known = frozenset() if original is None else broker.tags_of(viewer, original.file_id)
    return known | {node.etag}


def target_of(address: str, root_path: str) -> Segments:
    """The names in an address as headers carry it, whole or from the first slash on.

    Raises Refused: 400 for what is no address, 502 for one that is not of this drive.
    """
    try:
        path = urlsplit(address.strip()).path if "://" in address else address.strip()
        raw = path.encode("latin-1")
    except ValueError:
        raise Refused(400, "The Destination is no address.") from None
    if not f"{path}/".startswith(f"{root_path}/") and root_path:
        raise Refused(502, "The Destination is not on this network drive.")
    return segments_of({"raw_path": raw, "path": path, "root_path": root_path})
