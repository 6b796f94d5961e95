"""Which folders have files that were not grouped yet: kept in the catalogue, for the scan after one that died.

A folder is marked in the very transaction that records or changes files in it. The mark is lifted when the folder was
grouped, unless there is a newer one by then. What changes marks is called inside the caller's transaction.
"""

from collections.abc import Iterable

from peewee import fn

from services.clock import now
from services.models import File, Folder, Storage, database

Marks = dict[int, int]
"""By folder: when files of it changed last."""


def mark(folders: Iterable[int]) -> None:
    """Files of these folders have changed."""
    for batch in database.batches(sorted(set(folders))):
        Folder.update(ungrouped_at=now()).where(Folder.id.in_(batch)).execute()


def mark_around(files: Iterable[int]) -> None:
    """The same of the folders in which these files are."""
    for batch in database.batches(sorted(set(files))):
        around = File.select(File.folder).where(File.id.in_(batch))
        Folder.update(ungrouped_at=now()).where(Folder.id.in_(around)).execute()


def marks(storage: Storage) -> Marks:
    """All marks of a storage's folders."""
    rows = Folder.select(Folder.id, Folder.ungrouped_at).where(_is_marked(storage))
    return dict(rows.tuples())


def due(storage: Storage) -> set[int]:
    """The marked folders in which no glance is pending: what belongs together can be told now."""
    glanced = (File.folder == Folder.id) & (File.glance == "pending") & (File.presence == "present")
    rows = Folder.select(Folder.id).where(
        _is_marked(storage) & ~fn.EXISTS(File.select(File.id).where(glanced))
    )
    return {row[0] for row in rows.tuples()}


def lift(grouped: Marks) -> None:
    """These folders were grouped as they were when they had these marks."""
    for folder, moment in grouped.items():
        same = (Folder.id == folder) & (Folder.ungrouped_at == moment)
        Folder.update(ungrouped_at=None).where(same).execute()


def _is_marked(storage: Storage) -> object:
    return (Folder.storage == storage) & Folder.ungrouped_at.is_null(False)
