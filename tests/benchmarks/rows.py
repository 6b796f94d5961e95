"""Rows of a large catalogue, put in with plain `executemany`: what a scan of weeks would have made.

`household` opens a fresh catalogue; the rest adds to it. Every function writes one transaction.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.catalogue.timeline import recount
from services.clock import now
from services.identifiers import new_pid
from services.models import Folder, Storage, database, schema, transaction
from services.names import fold, tokens
from services.storages.local import LocalStorage
from tests.factories import Make


@contextmanager
def household(data: Path) -> Iterator[Make]:
    """A fresh catalogue in the new folder `data`; gives the maker of people and storages."""
    data.mkdir(mode=0o700)
    database.connect("", data)
    schema.migrate(data)
    try:
        yield Make(data)
    finally:
        database.close()


def insert(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Put rows into a table."""
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    with transaction():
        connection().executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)


def connection() -> sqlite3.Connection:
    """This thread's own SQLite connection, without peewee around it."""
    opened: sqlite3.Connection = database.proxy.connection()
    return opened


def add_tree(storage: Storage) -> int:
    """Add what lies in a local storage as rows that a scan finds unchanged; returns how many files."""
    adapter = LocalStorage(Path(storage.root))
    waiting = [Folder.get((Folder.storage == storage) & (Folder.path == ""))]
    count = 0
    while waiting:
        folder = waiting.pop()
        entries = adapter.list(folder.path).entries
        for entry in (e for e in entries if e.is_dir):
            waiting.append(
                Folder.create(
                    storage=storage, parent=folder, path=entry.path, name=entry.name, name_fold=fold(entry.name),
                    mtime_ns=entry.mtime_ns,
                )
            )  # fmt: skip
        files = [e for e in entries if not e.is_dir]
        insert("file", FILE, (
            (new_pid(), storage.id, folder.id, e.name.encode(), e.name, fold(e.name), e.size, e.mtime_ns, e.id,
             "image/jpeg", "done", now())
            for e in files
        ))  # fmt: skip
        count += len(files)
    return count


FILE = (
    "pid", "storage_id", "folder_id", "raw_name", "name", "name_fold", "size", "mtime_ns", "provider_id", "mime",
    "read_state", "seen_at",
)  # fmt: skip


def make_files(folder: Path, folders: int, files: int) -> None:
    """Make `files` small files in all, spread over `folders` folders below `folder`."""
    for number in range(folders):
        (folder / f"{number:04}").mkdir(parents=True)
    for number in range(files):
        (folder / f"{number % folders:04}" / f"IMG_{number:06}.jpg").write_bytes(b"picture")


def add_items(storage: Storage, day: int = 20260715) -> int:
    """Make every file of a storage a photo taken on `day` (yyyymmdd); returns how many."""
    at = int(datetime(day // 10000, day // 100 % 100, day % 100, tzinfo=UTC).timestamp()) * 1_000_000
    query = "SELECT id, name, size FROM file WHERE storage_id = ? ORDER BY id"
    files = connection().execute(query, (storage.id,)).fetchall()
    sha = {file: hashlib.sha256(name.encode()).digest() for file, name, _ in files}
    insert("item", ITEM, (
        (file, new_pid(), storage.owner_id, "photo", name, "image/jpeg", size, at + file * 1_000_000, "exif",
         at + file * 1_000_000, day, 4032, 3024, 4 / 3, "{}", " ".join(tokens(name)), file, at, at)
        for file, name, size in files
    ))  # fmt: skip
    insert("asset", ASSET, (
        (file, file, "original", "image/jpeg", size, sha[file], "{}", at) for file, _, size in files
    ))  # fmt: skip
    with transaction():
        connection().executemany(
            "UPDATE file SET asset_id = ?, sha256 = ? WHERE id = ?",
            ((file, sha[file], file) for file, *_ in files),
        )
        recount([(storage.owner_id, day)])
    return len(files)


ITEM = (
    "id", "pid", "owner_id", "type", "name", "mime", "size", "taken_local", "taken_source", "sort_at", "day",
    "width", "height", "ratio", "extra", "tokens", "cover_id", "created_at", "changed_at",
)  # fmt: skip
ASSET = ("id", "item_id", "role", "mime", "size", "sha256", "meta", "created_at")
