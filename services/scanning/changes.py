"""From what a provider says has changed to what is looked at in the catalogue's storage.

    changed   the folder it is in now, and the one it was in; a folder that is new or moved with all below
    deleted   the files that were there by that id or path, and the folder they were in

Nothing is concluded here: folders are listed next, and what is seen there is there, whatever was said.
What is unknown and deleted, or lies outside of the storage, is nothing to us.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.models import File, Folder, Storage
from services.scanning.discovering import batches
from services.storages import paths
from services.storages.feeds import FeedChange
from services.storages.patterns import is_skipped


@dataclass(slots=True)
class Plan:
    """`folders` are to be listed, `whole` with all below them; `deleted` are files the provider says are gone.

    `left` are files that are not where they were, as the provider says: deleted or moved.
    """

    folders: set[str] = field(default_factory=set)
    whole: set[str] = field(default_factory=set)
    deleted: set[int] = field(default_factory=set)
    left: set[int] = field(default_factory=set)


def plan(storage: Storage, changes: Iterable[FeedChange], *, ignore_case: bool = False) -> Plan:
    """What is to be looked at after these changes, in their order.

    With `ignore_case` the provider may write paths in other case than its listings do.
    """
    told = [change._replace(path=None) if _is_hidden(change) else change for change in changes]
    tree = _Tree(storage, fold=ignore_case)
    files = _files_by_id(storage, {change.id for change in told if change.id is not None})
    made = Plan()
    for change in told:
        if change.kind == "deleted":
            _note_deleted(made, tree, files, change)
        else:
            _note_changed(made, tree, files, change)
    made.left |= made.deleted
    return made


Files = dict[str, list[tuple[int, str]]]
"""By the provider's id: files with the paths of their folders."""


def _note_changed(made: Plan, tree: "_Tree", files: Files, change: FeedChange) -> None:
    known = files.get(change.id or "", [])
    for file_id, folder in known:
        made.folders.add(tree.nearest(folder))
        made.deleted.discard(file_id)
        if change.path is None or file_id not in tree.files_at(change.path):
            made.left.add(file_id)
    for row in tree.by_id.get(change.id or "", []):
        if change.path is None or tree.at(change.path) is not row:
            made.folders.add(tree.nearest(paths.parent(row.path)))
            made.left.update(tree.files_below(row.path))
    if change.path is None:
        return
    made.folders.add(tree.nearest(paths.parent(change.path)))
    made.deleted.difference_update(tree.files_at(change.path))
    there = tree.at(change.path)
    if change.is_dir is not False and there is not None and there.provider_id != change.id:
        made.whole.add(there.path)


def _note_deleted(made: Plan, tree: "_Tree", files: Files, change: FeedChange) -> None:
    for file_id, folder in files.get(change.id or "", []):
        made.folders.add(tree.nearest(folder))
        made.deleted.add(file_id)
    for row in tree.by_id.get(change.id or "", []):
        made.folders.add(tree.nearest(paths.parent(row.path)))
        made.left.update(tree.files_below(row.path))
    if change.id is None and change.path:  # Dropbox: by its path, with all below
        there = {*tree.files_at(change.path), *tree.files_below(change.path)}
        if there or tree.at(change.path) is not None:
            made.folders.add(tree.nearest(paths.parent(change.path)))
            made.deleted |= there


def _is_hidden(change: FeedChange) -> bool:
    """Whether it lies where scans do not look, such as our trash: for the catalogue, outside of the storage."""
    return change.path is not None and any(is_skipped(name) for name in paths.parts(change.path))


def _files_by_id(storage: Storage, ids: set[str]) -> Files:
    found: Files = {}
    for batch in batches(sorted(ids)):
        rows = (
            File.select(File.provider_id, File.id, Folder.path).join(Folder)
            .where((File.storage == storage) & File.provider_id.in_(batch))
        )  # fmt: skip
        for id, file_id, folder in rows.tuples():
            found.setdefault(id, []).append((file_id, folder))
    return found


class _Tree:
    """The folders that the catalogue knows of a storage."""

    def __init__(self, storage: Storage, *, fold: bool) -> None:
        self._fold = fold
        self._by_path: dict[str, Folder] = {}
        self._below: dict[int, list[Folder]] = {}
        self._files: dict[int, dict[str, list[int]]] = {}
        self.by_id: dict[str, list[Folder]] = {}
        for row in Folder.select().where(Folder.storage == storage).order_by(Folder.gone.desc()):
            self._by_path[self._key(row.path)] = row
            if row.parent_id is not None:
                self._below.setdefault(row.parent_id, []).append(row)
            if row.provider_id is not None and not row.gone:
                self.by_id.setdefault(row.provider_id, []).append(row)

    def at(self, path: str) -> Folder | None:
        """The folder at a path."""
        return self._by_path.get(self._key(path))

    def nearest(self, path: str) -> str:
        """The folder at a path, or the nearest one above it that is there as far as is known."""
        while path:
            row = self.at(path)
            if row is not None and not row.gone:
                return str(row.path)
            path = paths.parent(path)
        return ""

    def files_at(self, path: str) -> list[int]:
        """The file at a path."""
        folder = self.at(paths.parent(path))
        return [] if folder is None else self._files_of(folder).get(self._key(paths.leaf(path)), [])

    def files_below(self, path: str) -> list[int]:
        """All files in the folder at a path and below it."""
        found: list[int] = []
        top = self.at(path)
        waiting = [] if top is None else [top]
        while waiting:
            folder = waiting.pop()
            waiting += self._below.get(folder.id, [])
            found += [each for same in self._files_of(folder).values() for each in same]
        return found

    def _files_of(self, folder: Folder) -> dict[str, list[int]]:
        if folder.id not in self._files:
            names: dict[str, list[int]] = {}
            for name, file_id in File.select(File.raw_name, File.id).where(File.folder == folder.id).tuples():
                names.setdefault(self._key(name), []).append(file_id)
            self._files[folder.id] = names
        return self._files[folder.id]

    def _key(self, path: str) -> str:
        return path.casefold() if self._fold else path
