"""Discovering in a storage that is far away: one listing a folder, items at first sight, known bytes unread.

A file has changed when its change key has. One that was renamed or moved is known by its provider's id,
or, where there are none, by size and hash when it vanished and appeared in the same walk. A new file with
a hash that is known belongs to that item without ever being read.

A listing is believed to lack something only when that is not there by its name either: half a listing is as
well-formed as a whole one. Two files and a folder of those that vanished are looked up, and a file in that
folder; with Google Drive, which may leave out single entries and not say so, all of them but those of which its
list of changes told.

A storage that asks to wait is waited for; one that wants a sign-in or does not answer ends the walk, and
what was not listed stays as it was.
"""

import time
from collections.abc import Collection, Iterable
from typing import Any

from peewee import JOIN, Expression

from services.catalogue import placing, touched, ungrouped
from services.catalogue.knowing import dropped_by
from services.catalogue.placing import Listed
from services.catalogue.recording import refresh_presence, unite
from services.catalogue.timeline import recount
from services.clock import now
from services.errors import (
    StorageError,
    StorageNotFound,
    StorageThrottled,
    Unauthorized,
    Unavailable,
)
from services.identifiers import new_pid
from services.jobs import Run
from services.matching import rematch_file
from services.media.companions import is_companion, is_subtitle
from services.media.subtitles import MOST_BYTES
from services.media.suffixes import promised
from services.models import Asset, File, Folder, Item, Storage, counters
from services.models.database import raw
from services.names import fold, shown
from services.scanning.discovering import Discovery, batches, is_as_it_was, with_those_above
from services.scanning.lane import Lane
from services.storages import paths
from services.storages.base import Storage as Adapter
from services.storages.values import Entry, Listing

MOST_FAILURES = 3
"""So many folders in a row that do not answer: the storage does not."""
MOST_WAITED_S = 120.0
"""Longer than this a walk does not wait for a storage that asks for it; it begins again later."""
STEP_S = 0.25


class FarDiscovery(Discovery):
    """A walk through a distant storage. Raises the StorageError that ended it early."""

    def __init__(self, storage: Storage, adapter: Adapter, run: Run, lane: Lane) -> None:
        super().__init__(storage, adapter, run, lane)
        self.recognised = 0
        self._known_by = (File.change_key,)
        self._whole_listings = adapter.caps().whole_listings
        self._failures = 0
        self._waited = 0.0
        self._was_empty = not File.select().where(File.storage == storage).exists()
        self._maybe: list[tuple[Folder, Entry, int]] = []
        self._new: list[tuple[int, Entry]] = []
        self._named: dict[str, str] = {}
        self._listed: set[str] = set()

    def walk(self, only: list[str] | None = None, *, deep: bool = False, whole: Collection[str] = ()) -> None:
        """As in Discovery; what was renamed or moved is settled when everything has been seen."""
        super().walk(only, deep=deep, whole=whole)
        self.unseen = self.untouched(self.unseen)  # what was just put there has not vanished from elsewhere
        self._settle_ids()
        self._settle_hashes()
        self._record_folder_ids()

    def _is_other(self, known: Folder, entry: Entry) -> bool:
        """A folder is another one by its id; without an id of ours it was never listed to its end."""
        return entry.id is not None and known.provider_id != entry.id

    def _look(self, folder: Folder, known_below: dict[int | None, list[Folder]]) -> list[Entry]:
        below = super()._look(folder, known_below)
        for entry in below:
            if entry.id is not None:
                self._named[entry.path] = entry.id
        return below

    def _record_folder_ids(self) -> None:
        """Keep the ids of folders in which everything was listed: a walk that was killed is walked again."""
        known = dict(
            Folder.select(Folder.path, Folder.provider_id).where(Folder.storage == self.storage).tuples()
        )
        new = [(path, id) for path, id in self._named.items() if known.get(path) != id]
        open_ones = {*self.incomplete, *(path for path, _ in new if path not in self._listed)}
        above = {folder for path in open_ones for folder in with_those_above(path)}
        new = [(path, id) for path, id in new if path not in above]
        for batch in batches(new):
            with self._lane.write():
                for path, id in batch:
                    Folder.update(provider_id=id).where(
                        (Folder.storage == self.storage) & (Folder.path == raw(path))
                    ).execute()

    def _told(self, entry: Entry) -> tuple[Any, ...]:
        return (entry.change_key,)

    def _list(self, folder: Folder) -> Listing | None:
        while True:
            self._run.checkpoint()
            try:
                listing = self._adapter.list(folder.path)
            except StorageThrottled as error:
                self._wait(error)
                continue
            except Unauthorized:
                raise
            except StorageNotFound:
                if folder.path:
                    self._note_not_found(folder)
                    return None
                raise Unavailable(
                    "The folder that was connected is not in the storage any more. If it was renamed, connect "
                    "it under its new name; nothing was changed."
                ) from None
            except StorageError as error:
                self._note_incomplete(folder, str(error))
                self._failures += isinstance(error, Unavailable)
                if self._failures >= MOST_FAILURES or not folder.path:
                    raise
                return None
            self._failures = 0
            return self._proved(folder, listing)

    def _note_complete(self, folder: Folder, problem: str = "") -> None:
        super()._note_complete(folder, problem)
        self._listed.add(folder.path)

    def _proved(self, folder: Folder, listing: Listing) -> Listing:
        """The listing, as an incomplete one when it lacks something that is there when asked for by name."""
        if not listing.complete:
            return listing
        listed = {fold(shown(entry.name)) for entry in listing.entries}
        there = File.presence == "present" if self._whole_listings else File.presence != "missing"
        rows = File.select(File.raw_name, File.name_fold, File.id).where((File.folder == folder.id) & there)
        folders = Folder.select(Folder.path, Folder.name_fold).where(
            (Folder.parent == folder.id) & ~Folder.gone
        )
        rows, folders = rows.order_by(File.id), folders.order_by(Folder.id)  # PostgreSQL gives any order else
        told = () if self._whole_listings else self.sought
        gone = [
            paths.join(folder.path, name)
            for name, folded, file_id in rows.tuples()
            if folded not in listed and file_id not in told
        ]
        below = [path for path, folded in folders.tuples() if folded not in listed]
        some = [*gone[:1], *gone[-1:], *below[:1]] if self._whole_listings else [*gone, *below]
        inside = [self._file_below(path, there) for path in some if path in below]
        for path in dict.fromkeys([*some, *filter(None, inside)]):
            self._run.checkpoint()
            try:
                self._adapter.stat(path)
            except StorageNotFound:
                continue
            except StorageError:
                pass  # in doubt it is there
            return listing._replace(complete=False)
        return listing

    def _file_below(self, folder: str, there: Expression) -> str | None:
        """A file that is known somewhere below a folder: far away, most folders are looked for in a listing,
        so that one which lacks a folder would prove itself.
        """
        below = (Folder.path >= raw(f"{folder}/")) & (Folder.path < raw(f"{folder}0"))  # “0” is next to “/”
        inside = (File.storage == self.storage) & there & ((Folder.path == raw(folder)) | below)
        found = File.select(Folder.path, File.raw_name).join(Folder).where(inside).order_by(File.id)
        row = found.tuples().first()
        return None if row is None else paths.join(*row)

    def _wait(self, error: StorageThrottled) -> None:
        """Wait as long as the storage asks, if that is not too long altogether."""
        self._waited += error.retry_after
        if self._waited > MOST_WAITED_S:
            raise error
        until = time.monotonic() + error.retry_after
        while (left := until - time.monotonic()) > 0:
            self._run.checkpoint()
            time.sleep(min(left, STEP_S))

    def _record_changed(self, folder: Folder, changed: list[tuple[int, Entry]]) -> None:
        for batch in batches(changed):
            with self._recording(folder) as is_still:
                still = {file_id: entry for file_id, entry in batch if is_still(entry)}
                self._change(still)
                counters.bump_content()
            self.changed += len(still)

    def _change(self, entries: dict[int, Entry]) -> None:
        """Files whose bytes may be others now; those that are known by their hash are not read again."""
        rows = list(File.select(File, Folder).join(Folder).where(File.id.in_(list(entries))))
        for file in rows:
            entry, asset = entries[file.id], file.asset
            unread = asset is not None and asset.sha256 is None
            file.size, file.mtime_ns = entry.size, entry.mtime_ns
            values = self._said(entry) | {"read_attempts": 0, "problem": "", "seen_at": now()}
            read_state = "pending" if _is_read(file.name, entry.size) or asset is not None else "done"
            File.update(
                **values, read_state=read_state, glance="pending" if unread else "none", sent=False
            ).where(File.id == file.id).execute()
            if unread:
                placing.place_again(_listed(file), asset)
        self._adopt([(file, entries[file.id]) for file in rows])
        ungrouped.mark(file.folder_id for file in rows)

    def _record_added(self, folder: Folder, added: list[Entry]) -> None:
        for listed in batches(added):
            with self._recording(folder) as is_still:
                batch = [entry for entry in listed if is_still(entry)]
                known = self._by_id(batch)
                self._maybe += [(folder, e, known[e.id]) for e in batch if e.id in known]
                self._insert(folder, [e for e in batch if e.id not in known])
                counters.bump_content()
            self._run.progress(self.found)

    def _by_id(self, entries: list[Entry]) -> dict[str | None, int]:
        """Rows of this storage with the ids of new entries: moved, as it seems."""
        if not self._ids or self._was_empty:
            return {}
        ids = [entry.id for entry in entries if entry.id is not None]
        rows = File.select(File.provider_id, File.id).where(
            (File.storage == self.storage) & File.provider_id.in_(ids)
        )
        return dict(rows.order_by(File.id.desc()).tuples())

    def _insert(self, folder: Folder, entries: list[Entry]) -> None:
        if not entries:
            return
        rows = [
            {
                "pid": new_pid(), "storage": self.storage.id, "folder": folder.id, "raw_name": e.name,
                "name": shown(e.name), "name_fold": fold(shown(e.name)), "seen_at": now(), "mime": e.mime,
                "source": "scan",
                "read_state": "pending" if _is_read(e.name, e.size) else "done",
                "glance": "pending" if promised(e.name) else "none", **self._said(e),
            }
            for e in entries
        ]  # fmt: skip
        # another scan of this folder may have been quicker
        made = File.insert_many(rows).on_conflict_ignore().returning(File.id, File.raw_name)
        ungrouped.mark([folder.id])
        ids = {name: file_id for file_id, name in made.tuples().execute()}
        new = {ids[e.name]: e for e in entries if e.name in ids}
        self.added += len(new)
        files = list(File.select(File, Folder).join(Folder).where(File.id.in_(list(new))))
        known = self._adopt([(file, new[file.id]) for file in files])
        placing.place(self.storage.owner_id, [_listed(f) for f in files if f.id not in known])
        if not (self._ids or self._was_empty):
            self._new += [(file_id, entry) for file_id, entry in new.items() if entry.hashes]

    def _adopt(self, files: list[tuple[File, Entry]]) -> set[int]:
        """Have files whose bytes are known by a hash of their provider belong to those items."""
        owner = self.storage.owner_id
        media = [(file, entry) for file, entry in files if promised(file.name)]
        found = placing.recognise(owner, [(file, entry.hashes) for file, entry in media])
        known = [(file, asset) for (file, _), asset in zip(media, found, strict=True) if asset is not None]
        adopted = placing.adopt(owner, known)
        self.recognised += len(adopted)
        return adopted

    def _said(self, entry: Entry) -> dict[str, Any]:
        """The columns of a row that hold what the listing says."""
        return {
            "size": entry.size, "mtime_ns": entry.mtime_ns, "provider_id": entry.id,
            "change_key": entry.change_key, "listed": dict(entry.hashes) or None,
        }  # fmt: skip

    # --- what was renamed or moved

    def _settle_ids(self) -> None:
        """An id at a new place is the same file, unless it is still at its old one as well."""
        gone = set(self.unseen)
        for folder, entry, before in self._maybe:
            file = File.select(File, Folder).join(Folder).where(File.id == before).get_or_none()
            there = file is not None and before not in gone and self._still_there(file)
            if there is None:
                self.incomplete.append(folder.path)
                continue  # in doubt nothing is moved, and nothing is added
            with self._recording(folder) as is_still:
                if not is_still(entry):
                    continue
                if file is None or there or not is_as_it_was(file):
                    self._insert(folder, [entry])
                else:
                    self._move(file, folder.id, entry)
                counters.bump_content()

    def _still_there(self, file: File) -> bool | None:  # type: ignore[override]  # None: nobody knows
        try:
            return self._adapter.stat(paths.join(file.folder.path, file.raw_name)).id == file.provider_id
        except StorageNotFound:
            return False
        except StorageError:
            return None

    def _settle_hashes(self) -> None:
        """What vanished and what appeared with the same size and hash in this walk is one file that moved."""
        if not self._new or not self.unseen:
            return
        vanished: dict[tuple[int, str, str], list[int]] = {}
        for batch in batches(self.unseen):
            rows = (
                File.select(File.id, File.size, File.listed)
                .join(Asset, JOIN.LEFT_OUTER)
                .join(Item, JOIN.LEFT_OUTER)
            )
            there = File.id.in_(batch) & (File.presence == "present") & File.listed.is_null(False)
            # of two that vanished, with one that appeared, it is her own that is found again
            for file_id, size, listed in (
                rows.where(there).order_by(Item.contributed_by_id.is_null(False), File.id).tuples()
            ):
                for kind, value in listed.items():
                    vanished.setdefault((size, kind, value), []).append(file_id)
        moved: set[int] = set()
        for new_id, entry in self._new:
            same = _intersection(vanished.get((entry.size, *pair), []) for pair in entry.hashes.items())
            before = next((file_id for file_id in same if file_id not in moved), None)
            if before is not None and entry.size:
                moved.add(before)
                self._become(before, new_id, entry)

    def _become(self, before_id: int, new_id: int, entry: Entry) -> None:
        """A row that was just added is the new place of an older one: that one stays."""
        with self._lane.write():
            touched.hold(self.storage.id)
            new, before = File.get_or_none(File.id == new_id), File.get_or_none(File.id == before_id)
            if new is None or before is None or not self.untouched([before_id]):
                return  # somebody was quicker
            if (new.size, new.listed) != (entry.size, dict(entry.hashes)):
                return
            entry = entry._replace(name=new.raw_name)  # its owner may have given it another since
            mine, its = before.asset, new.asset
            if dropped_by([new_id]) or _is_anothers(mine, its):
                return  # of the same bytes, and brought by somebody else
            File.delete().where(File.id == new_id).execute()
            days: set[tuple[int, int]] = set()
            if mine is None and its is not None:
                File.update(asset=its.id).where(File.id == before_id).execute()
            elif mine is not None and its is not None and mine.id != its.id:
                if its.sha256 is None:
                    unite(its, mine, days)
                elif mine.sha256 is None:
                    placing.adopt(self.storage.owner_id, [(before, its)])
                else:
                    days |= refresh_presence([its.item_id])
            recount(days)
            self.added -= 1
            File.update(sent=False).where(File.id == before_id).execute()  # by its bytes alone it is a guess
            self._move(before, new.folder_id, entry)
            counters.bump_content()

    def _move(self, file: File, folder_id: int, entry: Entry) -> None:
        """Put a known row at its new place; its bytes are looked at again if they may be others."""
        name = shown(entry.name)
        before, same = file.folder_id, _is_same(file, entry)
        File.update(
            folder=folder_id, raw_name=entry.name, name=name, name_fold=fold(name), presence="present",
            absent_since=None, seen_at=now(), **(self._said(entry) if same else {}),
        ).where(File.id == file.id).execute()  # fmt: skip
        rematch_file(file)
        ungrouped.mark([before, folder_id])
        if not same:
            self._change({file.id: entry})
            self.changed += 1
        self.moved += 1
        self.returned.append(file.id)
        self.unseen = [each for each in self.unseen if each != file.id]


def _is_anothers(mine: Asset | None, its: Asset | None) -> bool:
    """Whether a guest brought one of two files, but not the other, unless `its` is all that is left of theirs."""
    by, other = (None if asset is None else asset.item.contributed_by_id for asset in (mine, its))
    return by != other and (other is not None or mine is None or mine.sha256 is None)


def _listed(file: File) -> Listed:
    return Listed(file.id, file.name, shown(file.folder.path), file.size, file.mtime_ns)


def _is_read(name: str, size: int) -> bool:
    """Whether the bytes of a file of this name are fetched: media, and what belongs to them."""
    if is_subtitle(name):
        return size <= MOST_BYTES
    return promised(name) is not None or is_companion(name)


def _is_same(file: File, entry: Entry) -> bool:
    """Whether a file that moved holds the bytes it held: by a hash, or where there is none by its time."""
    if file.size != entry.size:
        return False
    known = file.listed or {}
    common = known.keys() & entry.hashes.keys()
    if common:
        return all(known[kind] == entry.hashes[kind] for kind in common)
    return bool(file.mtime_ns == entry.mtime_ns)


def _intersection(lists: Iterable[list[int]]) -> list[int]:
    """The ids that are in all lists, in the order of the first."""
    first, *others = list(lists) or [[]]
    return [each for each in first if all(each in other for other in others)]
