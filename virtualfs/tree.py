"""What a person's tree looks like: defined here and only here. WebDAV, DLNA and zips adapt it.

At the top lie the branches, each a module of its own: `Library/` (own items by month), `Storages/`
(own files as they are), `Collections/`, `Shared with me/` and `Events/`. Every name of a path is looked up; none is
ever joined to a path of a storage. All questions go to the catalogue with the viewer, so a revocation
shows at the next one. Players ask for one path many times a second: what it led to is kept for as long as
neither rights nor content move.

What can be changed is the matter of writers (`writing`), one a branch; the tree asks the one of the path.

Threading: a `Tree` may be used from any thread, and belongs into worker threads: it asks the database.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from services.catalogue import tree_rows
from services.errors import NotFound, ReadOnly
from services.names import fold
from services.viewers import Viewer
from virtualfs import names
from virtualfs.branches import Branch, folder_tag
from virtualfs.collections import CollectionsBranch, SharedBranch
from virtualfs.events import EventsBranch
from virtualfs.library import LibraryBranch
from virtualfs.nodes import File, Folder, Node, Place
from virtualfs.storages import StoragesBranch
from virtualfs.writing import Act, Inside, Room, Source, Upload, Writer

KEPT_PATHS = 2000

_WHOLE = "The folders at the top of the network drive are always there, and nothing else is."


class Tree:
    """Resolves paths to nodes for a viewer. `writers` say what can be changed in the branch of their name."""

    def __init__(self, writers: Iterable[Writer] = ()) -> None:
        branches: tuple[Branch, ...] = (
            LibraryBranch(),
            StoragesBranch(),
            CollectionsBranch(),
            SharedBranch(),
            EventsBranch(),
        )
        self._branches = {branch.name: branch for branch in branches}
        self._writers = {name: Writer(name) for name in self._branches} | {w.name: w for w in writers}
        self._kept: OrderedDict[tuple[int, tuple[str, ...]], tuple[tuple[int, int], Node]] = OrderedDict()
        self._lock = threading.Lock()

    def resolve(self, viewer: Viewer, segments: Sequence[str]) -> Node:
        """What lies at a path, given as its names, the empty path being the top.

        Names may come in any normal form. Raises NotFound, also for what the viewer may not see.
        """
        if any(names.is_junk(segment) for segment in segments):
            raise NotFound
        if segments and names.is_marker(segments[-1]):
            return File(segments[-1], 0, 0.0, 0.0, "empty", "application/octet-stream", None)
        if not segments:
            return self._top(viewer)
        branch = self._branch(segments[0])
        if branch.ends_by_clock:
            return _in(branch, viewer, segments)
        key, version = (viewer.user_id, tuple(segments)), tree_rows.version(viewer)
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept[0] == version:
                self._kept.move_to_end(key)
                return kept[1]
        node = _in(branch, viewer, segments)
        with self._lock:
            self._kept[key] = (version, node)
            if len(self._kept) > KEPT_PATHS:
                self._kept.popitem(last=False)
        return node

    def children(self, viewer: Viewer, folder: Folder) -> Iterable[Node]:
        """The entries of a folder that `resolve` or `children` gave, each once; may be read in pieces."""
        if folder.place.branch:
            return self._branches[folder.place.branch].children(viewer, folder)
        return [branch.top(viewer) for branch in self._branches.values()]

    def require(self, viewer: Viewer, segments: Sequence[str], act: Act) -> None:
        """See Writer. NotFound where there is no such branch; the top and the branches themselves stay as they are."""
        self._writer(segments).require(viewer, segments[1:], act)

    def canonical(self, viewer: Viewer, segments: Sequence[str]) -> str:
        """See Writer."""
        return self._writer(segments).canonical(viewer, segments[1:])

    def inside(self, viewer: Viewer, segments: Sequence[str]) -> Inside:
        """See Writer."""
        if not segments:
            raise ReadOnly(_WHOLE)
        return self._writers[self._branch(segments[0]).name].inside(viewer, segments[1:])

    def put(self, viewer: Viewer, segments: Sequence[str], upload: Upload) -> str | None:
        """See Writer."""
        return self._writer(segments).put(viewer, segments[1:], upload)

    def make_folder(self, viewer: Viewer, segments: Sequence[str]) -> None:
        """See Writer."""
        self._writer(segments).make_folder(viewer, segments[1:])

    def delete(self, viewer: Viewer, segments: Sequence[str]) -> None:
        """See Writer."""
        self._writer(segments).delete(viewer, segments[1:])

    def move(
        self, viewer: Viewer, segments: Sequence[str], target: Sequence[str], *, over: bool = True
    ) -> None:
        """See Writer. Raises ReadOnly between two branches: what lies in one is something else in the other."""
        writer, other = self._writer(segments), self._writer(target)
        if writer is not other:
            raise ReadOnly(f"Nothing moves from “{writer.name}” to “{other.name}”; it can be copied.")
        writer.move(viewer, segments[1:], target[1:], over=over)

    def copy(
        self, viewer: Viewer, segments: Sequence[str], target: Sequence[str], *, deep: bool, over: bool = True
    ) -> None:
        """See Writer."""
        source = Source(self.resolve(viewer, segments), lambda folder: self.children(viewer, folder))
        self._writer(target).copy(viewer, source, target[1:], deep=deep, over=over)

    def room(self, viewer: Viewer, segments: Sequence[str]) -> Room | None:
        """See Writer."""
        return self._writer(segments).room(viewer, segments[1:])

    def set_mtime(self, viewer: Viewer, segments: Sequence[str], mtime_ns: int) -> None:
        """See Writer."""
        self._writer(segments).set_mtime(viewer, segments[1:], mtime_ns)

    def _writer(self, segments: Sequence[str]) -> Writer:
        if len(segments) < 2:
            raise ReadOnly(_WHOLE)
        return self._writers[self._branch(segments[0]).name]

    def _branch(self, name: str) -> Branch:
        folded = fold(name)
        for known, branch in self._branches.items():
            if fold(known) == folded:
                return branch
        raise NotFound

    def _top(self, viewer: Viewer) -> Folder:
        tops = [branch.top(viewer) for branch in self._branches.values()]
        mtime = max(top.mtime for top in tops)
        return Folder("", mtime, mtime, folder_tag(tree_rows.version(viewer)), Place("", "top"))


def _in(branch: Branch, viewer: Viewer, segments: Sequence[str]) -> Node:
    return branch.resolve(viewer, segments[1:]) if len(segments) > 1 else branch.top(viewer)
