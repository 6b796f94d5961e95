"""Applying the absence rules to file rows: a listing is not a deletion.

What a complete listing lacks becomes `suspect` (shown as offline), and `missing` only after it was
lacking in a second complete scan at least a day later. When too much is gone at once nothing changes:
the storage is paused and its owner is asked. What is there again is present again at once.
"""

from collections.abc import Callable, Collection, Iterable

from services.catalogue import touched, ungrouped
from services.catalogue.recording import refresh_presence
from services.catalogue.timeline import recount
from services.clock import now
from services.models import Asset, File, Folder, Item, Storage, counters, database
from services.scanning.discovering import Discovery
from services.scanning.lane import Write
from services.storages import absence

BATCH = 200

Still = Callable[[list[int]], list[int]]
"""Inside of a write: those of the files of which a walk can still say what it found."""


def apply(
    storage: Storage, discovery: Discovery, write: Write, *, confirmed: bool, deleted: Collection[int] = ()
) -> str:  # fmt: skip
    """Apply what a walk found; return why the storage is to be paused, empty when it is not.

    `deleted` are files of which the provider itself said so: what of them was not seen is missing at once.
    """
    restore(discovery.returned, write)
    told = set(discovery.untouched(set(deleted) - discovery.seen - set(discovery.returned)))
    present = (File.storage == storage) & (File.presence == "present")
    unseen = discovery.untouched(discovery.unseen)
    gone = _ids_with("present", list(told.union(unseen)))
    known = File.select().where(present).count()
    if absence.brakes(gone=len(gone), known=known) and not confirmed:
        return (
            f"{len(gone)} of {known} files were not found this time. If you removed them, confirm it on the "
            "storage's page; otherwise check that the disk is mounted. Nothing was changed."
        )

    def still(files: list[int]) -> list[int]:
        """Whoever changes the storage through Hypomos waits from now on, and what they changed is left out."""
        touched.hold(storage.id)
        return discovery.untouched(files)

    _delete(told, write, still)
    suspect((file for file in gone if file not in told), write, still)
    _age([file for file in unseen if file not in told], write, still)
    for batch in _batches(discovery.gone_folders):
        with write():
            touched.hold(storage.id)
            away = Folder.id.in_(discovery.untouched_folders(batch))
            Folder.update(gone=True).where(away).execute()
            counters.bump_content()
    return ""


def suspect(files: Iterable[int], write: Write, still: Still = list) -> None:
    """Mark present files as suspect: shown as offline, looked at again soon.

    `absent_since` stays empty: only complete scans count towards missing, not a read that found nothing.
    """
    for listed in _batches(list(files)):
        with write():
            batch = still(listed)
            File.update(presence="suspect").where(File.id.in_(batch) & (File.presence == "present")).execute()
            _refresh(batch)


def _delete(files: Iterable[int], write: Write, still: Still) -> None:
    """What the provider itself reported as deleted needs no second look."""
    for told in _batches(sorted(files)):
        with write():
            batch = still(told)
            rows = File.select(File.id, File.presence, File.absent_since).where(File.id.in_(batch)).tuples()
            for file, presence, since in list(rows):
                after = absence.deleted(absence.Presence(presence, since), now())
                File.update(presence=after.state, absent_since=after.absent_since).where(
                    File.id == file
                ).execute()
            _refresh(batch)


def _age(files: list[int], write: Write, still: Still) -> None:
    """What a complete scan says of files it lacks: the first starts the clock, one a day later ends it."""
    columns = (File.id, File.presence, File.absent_since)
    for unseen in _batches(files):
        with write():
            batch = still(unseen)
            rows = File.select(*columns).where(File.id.in_(batch) & (File.presence == "suspect")).tuples()
            for file, presence, since in list(rows):
                after = absence.unseen(absence.Presence(presence, since), now())
                if (after.state, after.absent_since) != (presence, since):
                    File.update(presence=after.state, absent_since=after.absent_since).where(
                        File.id == file
                    ).execute()
            _refresh(batch)


def restore(files: list[int], write: Write) -> None:
    """What was seen again is present again, whatever became of the rest of the walk."""
    connected = Storage.select(Storage.id).where(Storage.removed_at.is_null())  # it may be removed meanwhile
    for batch in _batches(files):
        with write():
            back = File.id.in_(batch) & File.storage.in_(connected)
            File.update(presence="present", absent_since=None).where(back).execute()
            ungrouped.mark_around(batch)
            _refresh(batch)


def _refresh(files: list[int]) -> None:
    items = Item.select(Item.id).join(Asset).join(File).where(File.id.in_(files)).distinct()
    recount(refresh_presence([row[0] for row in items.tuples()]))
    counters.bump_content()


def _ids_with(presence: str, files: list[int]) -> list[int]:
    found: list[int] = []
    for batch in _batches(files):
        rows = File.select(File.id).where(File.id.in_(batch) & (File.presence == presence)).tuples()
        found.extend(row[0] for row in rows)
    return found


def _batches(rows: list[int]) -> Iterable[list[int]]:
    return database.batches(rows, BATCH)
