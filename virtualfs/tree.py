"""What a person's tree looks like: defined here and only here. WebDAV, DLNA and zips adapt it.

At the top lie the branches, each a module of its own: `Library/` (own items by month), `Storages/`
(own files as they are), `Collections/`, `Shared with me/` and `Events/`. Every name of a path is looked up; none is
ever joined to a path of a storage. All questions go to the catalogue with the viewer, so a revocation
shows at the next one. Players ask for one path many times a second: what it led to is kept for as long as
neither rights nor content move.

Threading: a `Tree` may be used from any thread, and belongs into worker threads: it asks the database.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from services.catalogue import tree_rows
from services.errors import NotFound
from services.names import fold
from services.viewers import Viewer
from virtualfs import names
from virtualfs.branches import Branch, folder_tag
from virtualfs.collections import CollectionsBranch, SharedBranch
from virtualfs.events import EventsBranch
from virtualfs.library import LibraryBranch
from virtualfs.nodes import File, Folder, Node, Place
from virtualfs.storages import StoragesBranch

KEPT_PATHS = 2000


class Tree:
    """Resolves paths to nodes for a viewer."""

    def __init__(self) -> None:
        branches: tuple[Branch, ...] = (
            LibraryBranch(),
            StoragesBranch(),
            CollectionsBranch(),
            SharedBranch(),
            EventsBranch(),
        )
        self._branches = {branch.name: branch for branch in branches}
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
