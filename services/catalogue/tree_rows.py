"""What the virtual tree lists: plain rows of storages, folders, files and months. One query each.

The tree (package `virtualfs`) decides what a person's folders look like and asks nothing else of the
database. Every function takes the viewer first and gives only what `services.access` grants at that
moment. Also here: the little a tree has to remember so that names and folders stay as they were.
"""

import hashlib
import logging
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from peewee import SQL, PeeweeException, fn

from services import access
from services.errors import NotFound
from services.models import (
    Asset,
    DayCount,
    File,
    Folder,
    Item,
    Storage,
    TreeFact,
    counters,
    database,
    transaction,
)
from services.models.database import proxy, raw
from services.models.items import UNDATED
from services.storages import paths
from services.viewers import Viewer

log = logging.getLogger(__name__)


class StorageRow(NamedTuple):
    """A storage with its root folder; times in microseconds since 1970."""

    id: int
    name: str
    folder_id: int
    created_at: int
    scanned_at: int | None
    pid: str
    writable: bool


class FolderRow(NamedTuple):
    """A folder of a storage."""

    id: int
    name: str
    name_fold: str
    mtime_ns: int | None


class FileRow(NamedTuple):
    """A file of a storage: the columns `services.broker.describe_file` reads, by the same names."""

    id: int
    pid: str
    name: str
    name_fold: str
    size: int
    mtime_ns: int | None
    mime: str | None
    sha256: bytes | None
    read_state: str
    problem: str
    presence: str
    change_key: str | None


class LibraryRow(NamedTuple):
    """One file of an asset, with the asset's id and when the item was taken.

    `masked`: its viewer gets what the masks leave of it, for they may not know where it was taken.
    """

    asset_id: int
    taken: int
    file: FileRow
    masked: bool = False


FILE = (
    File.id, File.pid, File.name, File.name_fold, File.size, File.mtime_ns, File.mime, File.sha256,
    File.read_state, File.problem, File.presence, File.change_key,
)  # fmt: skip
_FOLDER = (Folder.id, Folder.name, Folder.name_fold, Folder.mtime_ns)

_COUNTERS = "SELECT name, value FROM counter WHERE name IN ('policy_epoch', 'content_version')"
"""Asked before every answer of the network drive, so it is not composed anew each time."""


def version(viewer: Viewer) -> tuple[int, int]:
    """What a cache of listings is keyed by besides its viewer: policy epoch and content version."""
    del viewer  # the counters are for everybody; the parameter keeps the rule that a viewer comes first
    found = dict(proxy.execute_sql(_COUNTERS).fetchall())
    return found[counters.POLICY_EPOCH], found[counters.CONTENT_VERSION]


def storages(viewer: Viewer) -> list[StorageRow]:
    """The viewer's storages, oldest first."""
    rows = (
        access.visible_storages(viewer)
        .select(
            Storage.id,
            Storage.name,
            Folder.id,
            Storage.created_at,
            Storage.scanned_at,
            Storage.pid,
            Storage.writable,
        )
        .join(Folder, on=(Folder.storage == Storage.id))
        .where(Folder.path == b"")
        .order_by(Storage.id)
    )
    return [StorageRow(*row) for row in rows.tuples()]


def folders(viewer: Viewer, parent_id: int) -> list[FolderRow]:
    """The folders in a folder, by folded name and id."""
    rows = _folders(viewer).where(Folder.parent == parent_id)
    return [FolderRow(*row) for row in rows.order_by(Folder.name_fold, Folder.id).tuples()]


def folder_at(viewer: Viewer, storage_id: int, path: str) -> FolderRow | None:
    """The folder at exactly this path of a storage, as the storage writes it."""
    row = _folders(viewer).where((Folder.storage == storage_id) & (Folder.path == raw(path))).tuples().first()
    return None if row is None else FolderRow(*row)


def folders_named(viewer: Viewer, parent_id: int, name_fold: str) -> list[FolderRow]:
    """The folders in a folder whose names differ at most in case, the oldest first."""
    rows = _folders(viewer).where((Folder.parent == parent_id) & (Folder.name_fold == name_fold))
    return [FolderRow(*row) for row in rows.order_by(Folder.id).tuples()]


def files(
    viewer: Viewer, folder_id: int, *, after: FileRow | None = None, limit: int = 2000
) -> list[FileRow]:
    """The files in a folder that are not missing, by folded name and id, from behind `after` on."""
    query = _files(viewer).where(File.folder == folder_id)
    if after is not None:
        beyond = (File.name_fold > after.name_fold) | (File.id > after.id)
        query = query.where((File.name_fold >= after.name_fold) & beyond)
    rows = query.order_by(File.name_fold, File.id).limit(limit)
    return [_file(row) for row in rows.tuples().iterator()]


def files_named(viewer: Viewer, folder_id: int, name_fold: str) -> list[FileRow]:
    """The files in a folder whose names differ at most in case and are not missing, the oldest first."""
    rows = _files(viewer).where((File.folder == folder_id) & (File.name_fold == name_fold))
    return [_file(row) for row in rows.order_by(File.id).tuples()]


def folder_path(viewer: Viewer, folder_id: int) -> str:
    """The path of a folder in its storage, as the storage writes it; raises NotFound."""
    row = _folders(viewer).select(Folder.path).where(Folder.id == folder_id).tuples().first()
    if row is None:
        raise NotFound
    return str(row[0])


def file_path(viewer: Viewer, file_id: int) -> str:
    """The path of a file in its storage, as the storage writes it; raises NotFound."""
    found = access.visible_files(viewer).select(Folder.path, File.raw_name).join(Folder)
    row = found.where(File.id == file_id).tuples().first()
    if row is None:
        raise NotFound
    return paths.join(row[0], row[1])


def any_within(viewer: Viewer, storage_id: int, path: str, file_ids: Iterable[int]) -> bool:
    """Whether one of some files lies at a path of a storage, or somewhere below it."""
    for batch in database.batches(list(file_ids)):
        found = access.visible_files(viewer).select(Folder.path, File.raw_name).join(Folder)
        here = found.where(File.id.in_(batch) & (Folder.storage == storage_id))
        if any(paths.is_within(paths.join(folder, name), path) for folder, name in here.tuples()):
            return True
    return False


def library_months(viewer: Viewer) -> dict[int, int]:
    """How many own items each month (yyyymm, 0 is undated) holds, newest first; from stored counts."""
    month = SQL("day / 100")  # written out: PostgreSQL takes two placeholders for two different things
    rows = (
        DayCount.select(month, fn.SUM(DayCount.n))
        .where(DayCount.owner == viewer.user_id)
        .group_by(month)
        .order_by(month.desc())
    )
    return {int(each): int(n) for each, n in rows.tuples()}


def library(viewer: Viewer, month: int) -> list[LibraryRow]:
    """The files of all own items of a month (yyyymm, 0 is undated), by asset and file.

    Missing files are among them: their names stay taken. Sidecars are not: they belong to no album.
    """
    first, last = (0, 0) if month == 0 else (month * 100, month * 100 + 99)
    rows = (
        access.visible_items(viewer, plan="rights")
        .select(Asset.id, Item.sort_at, *FILE)
        .join(Asset, on=(Asset.item == Item.id))
        .join(File, on=(File.asset == Asset.id))
        .where((Item.owner == viewer.user_id) & Item.day.between(first, last) & (Asset.role != "sidecar"))
        .where(File.storage.in_(_own_storages(viewer)))
        .order_by(Asset.id, File.id)
    )
    return [
        LibraryRow(asset, 0 if at == UNDATED else at, _file(row))
        for asset, at, *row in rows.tuples().iterator()
    ]


def remembered(viewer: Viewer, folder: str) -> dict[str, int]:
    """What was remembered of one virtual folder of this viewer: key -> number."""
    here = (TreeFact.user == viewer.user_id) & (TreeFact.folder == folder)
    return {
        key: int(value) for key, value in TreeFact.select(TreeFact.key, TreeFact.value).where(here).tuples()
    }


def remember(viewer: Viewer, folder: str, facts: Mapping[str, int]) -> None:
    """Remember numbers of a virtual folder for good; what is remembered already stays as it is.

    A catalogue that cannot be written does not keep anybody from reading: then it is only logged.
    """
    rows = [(viewer.user_id, folder, key, value) for key, value in facts.items()]
    try:
        with transaction():
            for some in database.batches(rows, 100):
                TreeFact.insert_many(some).on_conflict_ignore().execute()
    except PeeweeException as error:
        log.warning("what a folder of the network drive looks like could not be remembered: %s", error)


def memory_key(name_fold: str) -> str:
    """A short key for a name, for `remember`."""
    return hashlib.blake2b(name_fold.encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()


def _own_storages(viewer: Viewer) -> Any:
    return access.visible_storages(viewer).select(Storage.id)


def _folders(viewer: Viewer) -> Any:
    here = Folder.storage.in_(_own_storages(viewer)) & (Folder.gone == False)  # noqa: E712 (a column)
    return Folder.select(*_FOLDER).where(here)


def _files(viewer: Viewer) -> Any:
    return access.visible_files(viewer).select(*FILE).where(File.presence != "missing")


def _file(row: Iterable[Any]) -> FileRow:
    return FileRow(*row)
