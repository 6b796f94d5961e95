"""`Library/<year>/<year-month>/<name>` and `Library/Undated/`: a person's own items by taken month."""

from collections.abc import Iterable, Mapping, Sequence

from services.catalogue import tree_rows
from services.catalogue.tree_rows import LibraryRow
from services.viewers import Viewer
from virtualfs import names
from virtualfs.branches import folder_tag
from virtualfs.entries import NOTHING
from virtualfs.months import KINDS, Months
from virtualfs.nodes import Folder, Node, Place


class LibraryBranch:
    """The branch of a person's own items."""

    name = "Library"
    ends_by_clock = False

    def __init__(self) -> None:
        self.months = Months()

    def top(self, viewer: Viewer) -> Folder:
        """See Branch."""
        return _Own(viewer).folder(self.name, "top")

    def resolve(self, viewer: Viewer, segments: Sequence[str]) -> Node:
        """See Branch."""
        return self.months.resolve(_Own(viewer), [names.asked(segment) for segment in segments])

    def children(self, viewer: Viewer, folder: Folder) -> Iterable[Node]:
        """See Branch."""
        own = _Own(viewer)
        in_months = folder.place.kind in KINDS
        return self.months.children(own, folder.place) if in_months else self.months.years(own)


class _Own:
    """Everything of one's own. Folders seem to have changed at the newest scan, so that clients list them again."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.called = NOTHING
        self._looks: tuple[float, str] | None = None

    def months(self) -> Mapping[int, int]:
        return tree_rows.library_months(self.viewer)

    def rows(self, month: int) -> Iterable[LibraryRow]:
        return tree_rows.library(self.viewer, month)

    def memory(self, month: int) -> str:
        return str(month)

    def folder(self, name: str, kind: str, number: int = 0, block: int = 0) -> Folder:
        if self._looks is None:  # files need none of it
            rows = tree_rows.storages(self.viewer)
            newest = max((row.scanned_at or row.created_at for row in rows), default=0) / 1e6
            self._looks = newest, folder_tag(tree_rows.version(self.viewer))
        changed, tag = self._looks
        return Folder(name, changed, changed, tag, Place(LibraryBranch.name, kind, number, block))
