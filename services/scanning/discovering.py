"""Discovering: walk the folders of a storage and bring the file rows up to date with what is there.

A folder is compared in memory with its rows, so that an unchanged storage is read and never written.
Only a listing that is complete says that something is not there; what an incomplete one lacks, and
everything below it, stays as it was. A folder that is not found itself is looked for in the one above.
What was changed through Hypomos since the walk began is left as that recorded it (`services.catalogue.touched`).
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from peewee import Field

from services.catalogue import touched, ungrouped
from services.clock import now
from services.errors import StorageError, StorageNotFound
from services.identifiers import new_pid
from services.jobs import Run
from services.matching import rematch_file
from services.models import File, Folder, Storage, counters, database
from services.models.database import raw
from services.names import fold, shown
from services.scanning.lane import Lane
from services.storages import paths
from services.storages.base import Storage as Adapter
from services.storages.patterns import is_skipped
from services.storages.values import Entry, Listing

BATCH = 100

T = TypeVar("T")


class Discovery:
    """What one walk found. `unseen` are ids of files that a complete listing lacks.

    `sought` may name files, those of which that were listed are in `seen` then.
    """

    def __init__(self, storage: Storage, adapter: Adapter, run: Run, lane: Lane) -> None:
        self.storage = storage
        self.found = self.added = self.changed = self.moved = 0
        self.incomplete: list[str] = []
        self.unseen: list[int] = []
        self.returned: list[int] = []
        self.gone_folders: list[int] = []
        self.sought: frozenset[int] = frozenset()
        self.seen: set[int] = set()
        self._not_found: list[Folder] = []
        self._before = touched.so_far(storage.id)
        self._lacking: set[int] = set()
        self._adapter = adapter
        self._run = run
        self._lane = lane
        self._ids = adapter.caps().ids
        self._known_by: tuple[Field, ...] = (File.size, File.mtime_ns)
        if self._ids:
            self._known_by += (File.provider_id,)

    def walk(self, only: list[str] | None = None, *, deep: bool = False, whole: Collection[str] = ()) -> None:
        """Look at every folder, or at those in `only` and what is new below them; with `deep` at all below.

        `whole` are further folders, to be looked at with all below them.
        """
        rows = {f.path: f for f in Folder.select().where(Folder.storage == self.storage)}
        wanted = [""] if only is None else [p for p in only if p in rows]
        with_all = {p for p in whole if p in rows} | set(wanted if only is None or deep else ())
        waiting = [p for p in wanted if p not in with_all] + sorted(with_all)
        known_below: dict[int | None, list[Folder]] = {}
        for folder in rows.values():
            known_below.setdefault(folder.parent_id, []).append(folder)
        done: dict[str, bool] = {}  # whether with all below
        while waiting:
            path = waiting.pop()
            if path in done and (done[path] or path not in with_all):
                continue
            done[path] = path in with_all
            folder = rows[path]
            below = self._look(folder, known_below)
            for entry in below:
                known = rows.get(entry.path)
                if known is None:
                    added = self._add_folder(folder, entry)
                    if added is None:
                        continue
                    rows[entry.path] = added
                    known_below.setdefault(folder.id, []).append(added)
                if done[path] or known is None or known.gone or self._is_other(known, entry):
                    with_all.add(entry.path)
                    waiting.append(entry.path)
            self._run.progress(self.found, message=shown(path))
        self._look_above(rows, known_below)

    def _look_above(self, rows: dict[str, Folder], known_below: dict[int | None, list[Folder]]) -> None:
        """Have listings of the folders above say whether what was not found is gone."""
        there: dict[str, set[str] | None] = {}  # None: cannot be said
        while self._not_found:
            folder = self._not_found.pop()
            if folder.id in self._lacking:
                continue
            above = rows[paths.parent(folder.path)]
            if above.path not in there:
                there[above.path] = self._folders_in(above)  # may be not found itself: then it is next
            names = there[above.path]
            if names is not None and folder.path not in names:
                self._unsee_below([folder], known_below)

    def _folders_in(self, folder: Folder) -> set[str] | None:
        """The paths of all folders in one; None when that cannot be said."""
        listing = self._list(folder)
        if listing is None:
            return None
        if not listing.complete:
            self._note_cut(folder, listing)
            return None
        return {e.path for e in listing.entries if e.is_dir}

    def _is_other(self, known: Folder, entry: Entry) -> bool:
        """Whether the folder at a known path may be another one than before."""
        del known, entry
        return False

    def _look(self, folder: Folder, known_below: dict[int | None, list[Folder]]) -> list[Entry]:
        """Compare one folder; return its sub-folders."""
        listing = self._list(folder)
        if listing is None:
            return []
        entries = [e for e in listing.entries if not is_skipped(e.name)]
        self._compare(folder, {e.name: e for e in entries if not e.is_dir}, complete=listing.complete)
        below = [e for e in entries if e.is_dir]
        if listing.complete:
            self._note_complete(folder, "; ".join(listing.errors))
            there = {e.path for e in below}
            self._unsee_below([f for f in known_below.get(folder.id, ()) if f.path not in there], known_below)
        else:
            self._note_cut(folder, listing)
        return list(filter(self._still(folder), below)) if below else below

    def _still(self, folder: Folder) -> Callable[[Entry], bool]:
        """Whether what was listed in a folder was not changed through Hypomos since the walk began.

        Where the folder is not there any more, nothing is as it was.

        Who records by it asks inside the transaction, with the storage held.
        """
        if not _is_where_it_was(folder):
            return lambda entry: False
        since = touched.since(self.storage.id, folder.path, self._before)
        return lambda entry: entry.name not in since

    def untouched(self, files: Collection[int]) -> list[int]:
        """Those of the files that were not put where they are through Hypomos since the walk began.

        Alone or with a folder that they are in. Who records by it asks as with `_still`.
        """
        again = touched.paths_since(self.storage.id, self._before)
        if not again:
            return list(files)
        found: list[int] = []
        for batch in batches(list(files)):
            rows = File.select(File.id, Folder.path, File.raw_name).join(Folder).where(File.id.in_(batch))
            found += [
                id for id, folder, name in rows.tuples()
                if again.isdisjoint(with_those_above(paths.join(folder, name)))
            ]  # fmt: skip
        return found

    def untouched_folders(self, folders: Collection[int]) -> list[int]:
        """The same of folders."""
        again = touched.paths_since(self.storage.id, self._before)
        rows = Folder.select(Folder.id, Folder.path).where(Folder.id.in_(list(folders)))
        return [id for id, path in rows.tuples() if again.isdisjoint(with_those_above(path))]

    @contextmanager
    def _recording(self, folder: Folder) -> Iterator[Callable[[Entry], bool]]:
        """One short write of what was listed in a folder; gives what says of an entry whether it is still so."""
        with self._lane.write():
            touched.hold(self.storage.id)
            yield self._still(folder)

    def _list(self, folder: Folder) -> Listing | None:
        """The folder's listing; None when it cannot be had, so that nothing below it changes."""
        try:
            return self._adapter.list(folder.path)
        except StorageNotFound:
            self._note_not_found(folder)
            return None
        except StorageError as error:
            self._note_incomplete(folder, str(error))
            return None

    def _told(self, entry: Entry) -> tuple[Any, ...]:
        """What a listing says of a file, to be compared with the columns `_known_by` of its row."""
        return (entry.size, entry.mtime_ns, entry.id) if self._ids else (entry.size, entry.mtime_ns)

    def _compare(self, folder: Folder, entries: dict[str, Entry], *, complete: bool) -> None:
        columns = (File.id, File.raw_name, File.presence, *self._known_by)
        rows = {row[1]: row for row in File.select(*columns).where(File.folder == folder.id).tuples()}
        self.found += len(entries)
        changed, added = [], []
        for name, entry in entries.items():
            row = rows.get(name)
            if row is None:
                added.append(entry)
            elif row[3:] != self._told(entry):
                changed.append((row[0], entry))
            if row is not None and row[0] in self.sought:
                self.seen.add(row[0])
            if row is not None and row[2] != "present":
                self.returned.append(row[0])
        if complete:
            self.unseen.extend(row[0] for name, row in rows.items() if name not in entries)
        self._record_changed(folder, changed)
        self._record_added(folder, added)

    def _record_changed(self, folder: Folder, changed: list[tuple[int, Entry]]) -> None:
        for listed in batches(changed):
            with self._recording(folder) as is_still:
                batch = [(file_id, entry) for file_id, entry in listed if is_still(entry)]
                for file_id, entry in batch:
                    File.update(
                        size=entry.size, mtime_ns=entry.mtime_ns, provider_id=entry.id, read_state="pending",
                        read_attempts=0, problem="", seen_at=now(), sent=False,
                    ).where(File.id == file_id).execute()  # fmt: skip
                ungrouped.mark_around(file_id for file_id, _ in batch)
                counters.bump_content()
            self.changed += len(batch)

    def _record_added(self, folder: Folder, added: list[Entry]) -> None:
        fresh = [e for e in added if not self._record_move(folder, e)]
        for batch in batches(fresh):
            with self._recording(folder) as is_still:
                rows = [
                    {
                        "pid": new_pid(), "storage": self.storage.id, "folder": folder.id, "raw_name": e.name,
                        "name": shown(e.name), "name_fold": fold(shown(e.name)), "size": e.size,
                        "mtime_ns": e.mtime_ns, "provider_id": e.id, "seen_at": now(), "source": "scan",
                    }
                    for e in batch if is_still(e)
                ]  # fmt: skip
                if rows:
                    # another scan of this folder may have been quicker
                    File.insert_many(rows).on_conflict_ignore().execute()
                    ungrouped.mark([folder.id])
                    counters.bump_content()
            self.added += len(rows)
            self._run.progress(self.found)

    def _record_move(self, folder: Folder, entry: Entry) -> bool:
        """Whether this is a known file that was renamed or moved here: same id, size and time, old path gone."""
        if not self._ids or entry.id is None:
            return False
        before = (
            File.select(File, Folder).join(Folder)
            .where((File.storage == self.storage) & (File.provider_id == entry.id) & (File.size == entry.size)
                   & (File.mtime_ns == entry.mtime_ns))
            .order_by(File.id).first()
        )  # fmt: skip
        if before is None or self._still_there(before):
            return False
        name = shown(entry.name)
        with self._recording(folder) as is_still:
            if not is_still(entry):
                return True  # and nothing is to be added
            if not is_as_it_was(before):
                return False
            File.update(
                folder=folder.id, raw_name=entry.name, name=name, name_fold=fold(name), presence="present",
                absent_since=None, seen_at=now(),
            ).where(File.id == before.id).execute()  # fmt: skip
            rematch_file(before)
            ungrouped.mark([before.folder_id, folder.id])
            counters.bump_content()
        self.moved += 1
        self.returned.append(before.id)
        self.unseen = [i for i in self.unseen if i != before.id]
        return True

    def _still_there(self, file: File) -> bool:
        """Whether the same file can still be seen at its old path (then this is a copy, or a hard link)."""
        try:
            return self._adapter.stat(paths.join(file.folder.path, file.raw_name)).id == file.provider_id
        except StorageNotFound:
            return False
        except StorageError:
            return True  # in doubt nothing is moved

    def _add_folder(self, parent: Folder, entry: Entry) -> Folder | None:
        name = shown(entry.name)
        with self._recording(parent) as is_still:
            if not is_still(entry):
                return None
            Folder.insert(
                storage=self.storage, parent=parent, path=entry.path, name=name, name_fold=fold(name),
                mtime_ns=entry.mtime_ns,
            ).on_conflict_ignore().execute()  # fmt: skip
            return Folder.get((Folder.storage == self.storage) & (Folder.path == raw(entry.path)))

    def _unsee_below(self, gone: list[Folder], known_below: dict[int | None, list[Folder]]) -> None:
        """Everything in folders that a complete listing of their parent lacks."""
        for folder in gone:
            if self._went_elsewhere(folder):
                continue
            self._lacking.add(folder.id)
            if not folder.gone:
                self.gone_folders.append(folder.id)
            files = File.select(File.id).where(File.folder == folder.id).tuples()
            self.unseen.extend(row[0] for row in files)
            self._unsee_below(known_below.get(folder.id, []), known_below)

    def _went_elsewhere(self, folder: Folder) -> bool:
        """Whether a folder was moved, deleted or put there through Hypomos since the walk began."""
        if not _is_where_it_was(folder):
            return True
        above, name = paths.parent(folder.path), paths.leaf(folder.path)
        return name in touched.since(self.storage.id, above, self._before)

    def _note_not_found(self, folder: Folder) -> None:
        """Its own listing says nothing of what was in it: see `_look_above`. Nothing is above the root."""
        if folder.path:
            self._not_found.append(folder)

    def _note_cut(self, folder: Folder, listing: Listing) -> None:
        self._note_incomplete(folder, listing.problem)

    def _note_incomplete(self, folder: Folder, reason: str) -> None:
        self.incomplete.append(folder.path)
        if folder.problem != reason:
            with self._lane.write():
                Folder.update(problem=reason).where(Folder.id == folder.id).execute()

    def _note_complete(self, folder: Folder, problem: str = "") -> None:
        if folder.problem != problem or folder.gone:
            with self._lane.write():
                Folder.update(problem=problem, gone=False).where(Folder.id == folder.id).execute()
            folder.gone = False


def _is_where_it_was(folder: Folder) -> bool:
    """Whether a folder still has the path that this row of it tells."""
    return bool(Folder.select().where((Folder.id == folder.id) & (Folder.path == raw(folder.path))).exists())


def is_as_it_was(file: File) -> bool:
    """Whether a row still tells of the same file at the same place: something new may have come there."""
    here = (File.folder == file.folder_id) & (File.raw_name == raw(file.raw_name))
    same = (File.id == file.id) & (File.provider_id == file.provider_id)
    return bool(File.select().where(here & same).exists())


def with_those_above(path: str) -> Iterator[str]:
    """A path, and those of the folders it lies in, but for the root."""
    while path:
        yield path
        path = paths.parent(path)


def batches(rows: list[T]) -> Iterable[list[T]]:
    """Rows in pieces that one transaction of a scan can take."""
    return database.batches(rows, BATCH)
