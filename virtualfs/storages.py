"""`Storages/<storage>/<path as it is there>`: every file that is not missing, media or not, unsplit.

Names are unique per folder by one rule that needs no look at the whole folder: of entries that differ
at most in case the first folder, else the oldest file, keeps its name and the others get their ids.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from typing import TypeAlias

from services.catalogue import tree_rows
from services.catalogue.tree_rows import FileRow, FolderRow, StorageRow
from services.errors import NotFound
from services.names import fold
from services.viewers import Viewer
from virtualfs import names
from virtualfs.branches import file_node, folder_tag
from virtualfs.keeping import Kept
from virtualfs.nodes import File, Folder, Node, Place

PAGE = 2000
"""Rows fetched at once: a listing holds no cursor open while a client takes its time."""
KEPT_ENTRIES = 20_000
"""Files of recently listed folders that stay in memory (some ten megabytes); a folder of more is read each time."""

Row: TypeAlias = FolderRow | FileRow


class StoragesBranch:
    """The branch of a person's storages, as they are."""

    name = "Storages"
    ends_by_clock = False

    def __init__(self) -> None:
        self._kept: Kept[tuple[File, ...] | None] = Kept(lambda: KEPT_ENTRIES, lambda files: len(files or ()))

    def top(self, viewer: Viewer) -> Folder:
        """See Branch."""
        return self._top(tree_rows.storages(viewer), folder_tag(tree_rows.version(viewer)))

    def resolve(self, viewer: Viewer, segments: Sequence[str]) -> Node:
        """See Branch. A folder whose path needs no mapping is found with one question."""
        tag = folder_tag(tree_rows.version(viewer))
        storage, root = self._storage(viewer, segments[0], tag)
        path = [names.asked(segment) for segment in segments[1:]]
        if not path:
            return root
        folder, rest = root, path
        above = path[:-1]
        if above and all(names.safe(part) == part for part in above):
            row = tree_rows.folder_at(viewer, storage.id, "/".join(above))
            if row is not None:
                folder, rest = self._folder(above[-1], row, tag), path[-1:]
        for part in rest[:-1]:
            found = self._entry(viewer, folder, part, tag)
            if not isinstance(found, Folder):
                raise NotFound
            folder = found
        return self._entry(viewer, folder, rest[-1], tag)

    def storage(self, viewer: Viewer, segment: str) -> StorageRow:
        """The viewer's storage that has this name here; raises NotFound."""
        return self._storage(viewer, segment, "")[0]

    def storages(self, viewer: Viewer) -> Iterator[tuple[str, StorageRow]]:
        """The viewer's storages, under the names that they have here."""
        return _named_storages(tree_rows.storages(viewer))

    def children(self, viewer: Viewer, folder: Folder) -> Iterator[Node]:
        """See Branch."""
        tag = folder_tag(tree_rows.version(viewer))
        if folder.place.kind == "top":
            for name, storage in self.storages(viewer):
                yield self._root(name, storage, tag)
            return
        parent = folder.place.number
        taken = set()
        for name, row in _named_folders(viewer, parent):
            taken.add(row.name_fold)
            if not names.is_junk(row.name):
                yield self._folder(name, row, tag)
        files = self._kept.get(viewer, parent, lambda: self._not_many(viewer, parent, taken))
        yield from self._files(viewer, parent, taken) if files is None else files

    def _not_many(self, viewer: Viewer, parent: int, taken: set[str]) -> tuple[File, ...] | None:
        """The files of a folder; None when they are too many to be kept."""
        found = tuple(islice(self._files(viewer, parent, taken), KEPT_ENTRIES + 1))
        return found if len(found) <= KEPT_ENTRIES else None

    def _files(self, viewer: Viewer, parent: int, taken: set[str]) -> Iterator[File]:
        """The files of a folder, page by page; `taken` are the folded names of its folders."""
        page = tree_rows.files(viewer, parent, limit=PAGE)
        before = ""
        while page:
            for row in page:
                first = row.name_fold != before and row.name_fold not in taken
                before = row.name_fold
                if names.is_junk(row.name):
                    continue
                natural = names.safe(row.name)
                yield file_node(natural if first else _suffixed(viewer, parent, natural, row.id), row)
            page = tree_rows.files(viewer, parent, after=page[-1], limit=PAGE) if len(page) == PAGE else []

    def _entry(self, viewer: Viewer, folder: Folder, name: str, tag: str) -> Node:
        """The entry of this name: written exactly so, else but for case, else with its id."""
        parent = folder.place.number
        if alike := _alike(viewer, parent, name):
            exact = next((row for row in alike if names.safe(row.name) == name), alike[0])
            return self._node(viewer, parent, exact, alike, tag)
        for natural, _ in names.unsuffixed(name):
            alike = _alike(viewer, parent, natural)
            for row in alike[1:]:  # the first of them has no suffix
                node = self._node(viewer, parent, row, alike, tag)
                if fold(node.name) == fold(name):
                    return node
        if names.may_be_cut(name):
            for node in self.children(viewer, folder):
                if fold(node.name) == fold(name):
                    return node
        raise NotFound

    def _node(self, viewer: Viewer, parent: int, row: Row, alike: list[Row], tag: str) -> Node:
        """A row under the name it has among those that differ at most in case."""
        name = names.safe(row.name)
        if row is not alike[0]:
            name = _suffixed(viewer, parent, name, row.id)
        return file_node(name, row) if isinstance(row, FileRow) else self._folder(name, row, tag)

    def _storage(self, viewer: Viewer, segment: str, tag: str) -> tuple[StorageRow, Folder]:
        name = names.asked(segment)
        found = list(self.storages(viewer))
        for same in (lambda known: known == name, lambda known: fold(known) == fold(name)):
            for known, storage in found:
                if same(known):
                    return storage, self._root(known, storage, tag)
        raise NotFound

    def _top(self, rows: list[StorageRow], tag: str) -> Folder:
        newest = max((row.scanned_at or row.created_at for row in rows), default=0) / 1e6
        return Folder(self.name, newest, newest, tag, Place(self.name, "top"))

    def _root(self, name: str, storage: StorageRow, tag: str) -> Folder:
        changed = (storage.scanned_at or storage.created_at) / 1e6
        place = Place(self.name, "folder", storage.folder_id)
        return Folder(name, changed, storage.created_at / 1e6, tag, place)

    def _folder(self, name: str, row: FolderRow, tag: str) -> Folder:
        mtime = (row.mtime_ns or 0) / 1e9
        return Folder(name, mtime, mtime, tag, Place(self.name, "folder", row.id))


def _alike(viewer: Viewer, parent: int, name: str) -> list[Row]:
    """The entries of a folder whose names differ from this one at most in case; folders come first."""
    key = fold(names.restore(name))
    return [*tree_rows.folders_named(viewer, parent, key), *tree_rows.files_named(viewer, parent, key)]


def _suffixed(viewer: Viewer, parent: int, natural: str, stable_id: int) -> str:
    """Only for names that clash, so its questions are rare."""

    def is_taken(folded: str) -> bool:
        return bool(_alike(viewer, parent, folded))

    return names.suffixed(natural, stable_id, is_taken)


def _named_folders(viewer: Viewer, parent: int) -> Iterator[tuple[str, FolderRow]]:
    for _, alike in groupby(tree_rows.folders(viewer, parent), key=lambda row: row.name_fold):
        for number, row in enumerate(alike):
            natural = names.safe(row.name)
            yield (_suffixed(viewer, parent, natural, row.id) if number else natural), row


def _named_storages(rows: list[StorageRow]) -> Iterator[tuple[str, StorageRow]]:
    """Storages under their names; two that look alike only once they are made safe get their ids."""
    taken: set[str] = set()
    for row in rows:
        name = names.safe(row.name)
        if fold(name) in taken:
            name = names.suffixed(name, row.id, taken.__contains__)
        taken.add(fold(name))
        yield name, row
