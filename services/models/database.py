"""The connection to the catalogue: SQLite beside the data, or PostgreSQL, behind one proxy.

A process has one catalogue. `connect` binds the proxy once, in the composition root; models never
open anything themselves. Threading: every thread has its own connection, opened on first use.

SQLite runs in WAL mode and every transaction begins IMMEDIATE: a transaction that reads first and
then writes would otherwise fail at once when somebody else wrote in between, whatever the timeout.
"""

import functools
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import peewee
from playhouse.db_url import connect as connect_url

from services import room
from services.errors import DatabaseUnusable, HypomosError, NoSpace
from services.names import plain

FILE_NAME = "catalogue.db"
PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "normal",
    "busy_timeout": 5000,
    "foreign_keys": 1,
    "temp_store": "memory",
    "cache_size": -8192,  # KiB
    "mmap_size": 0,  # an SD card that fails under mmap ends the process with SIGBUS
    "journal_size_limit": 16 * 1024 * 1024,  # what stays of the log when it begins anew
}

FEW_PAGES = 512
"""KiB of the catalogue that a connection keeps where it is to be little."""
LONG_LOG = 16 * 1024 * 1024
"""Bytes of the write-ahead log from which on it is emptied as soon as that can be."""
SLOW_TRANSACTION_S = 0.1
AT_ONCE = 500
"""So many values go into one statement: either database takes only so many."""
DISK_FULL, CANCELLED = "53100", "57014"
"""PostgreSQL's codes."""
STEPS = 50_000
"""So many steps of SQLite's machine lie between two looks at the clock: some milliseconds."""

T = TypeVar("T")
Stamp = tuple[int, int, object]
"""See `stamp`: what others wrote, what this connection wrote, and which it is."""

proxy = peewee.DatabaseProxy()
_folders: list[Path] = []
log = logging.getLogger(__name__)


class CatalogueFull(NoSpace, peewee.OperationalError):
    """Raised when the catalogue has no room to grow: nothing of the transaction was kept."""


class TookTooLong(HypomosError):
    """Raised when a question to the catalogue was ended at its deadline."""


class BaseModel(peewee.Model):
    """Every table of the catalogue."""

    class Meta:
        database = proxy
        legacy_table_names = False


class RawPath(peewee.BlobField):
    """Names and paths as a storage has them, any bytes: `str` with surrogateescape in Python."""

    def db_value(self, value: Any) -> Any:
        """Encode for the database."""
        return super().db_value(raw(value)) if isinstance(value, str) else super().db_value(value)

    def python_value(self, value: Any) -> Any:
        """Decode from the database."""
        return None if value is None else bytes(value).decode("utf-8", "surrogateescape")


def raw(path: str) -> bytes:
    """The bytes of a path kept as `str`."""
    return path.encode("utf-8", "surrogateescape")


def connect(url: str, data: Path) -> peewee.Database:
    """Open the catalogue of `data` (or the one `url` names) and bind every model to it.

    Raises DatabaseUnusable with what to do when it cannot be opened.
    """
    if url and not url.startswith(("postgresql://", "postgres://")):
        raise DatabaseUnusable(f"database_url must begin with postgresql://, not “{url.split(':')[0]}”.")
    if url:
        _take_any_text()
        database = connect_url(url, unquote_password=True)
    else:
        database = peewee.SqliteDatabase(
            data / FILE_NAME, pragmas=PRAGMAS, lock_type="IMMEDIATE", check_same_thread=False
        )
        database.register_function(_plain, "plain", 1)
    try:
        database.connect()
    except (peewee.PeeweeException, sqlite3.Error, ImportError) as error:
        where = "PostgreSQL" if url else str(data / FILE_NAME)
        raise DatabaseUnusable(f"The catalogue ({where}) cannot be opened: {error}.") from error
    bind(database, data)
    return database


def bind(database: peewee.Database, data: Path) -> None:
    """Have every model ask this database, as the catalogue of `data`."""
    proxy.initialize(database)
    _folders[:] = [data]


def data() -> Path:
    """The data directory of the catalogue that is bound."""
    return _folders[0]


def is_sqlite() -> bool:
    """Whether the catalogue is SQLite; what differs is decided by this and nowhere else."""
    return isinstance(proxy.obj, peewee.SqliteDatabase)


@contextmanager
def transaction() -> Iterator[None]:
    """One short write transaction: everything in it is kept, or nothing.

    No file, socket or decoder may be touched inside; a slow one is logged because others wait for it.
    Raises CatalogueFull when the disk has no room left for it; the ballast is given up then.
    """
    began = time.monotonic()
    try:
        with proxy.atomic():
            yield
    except peewee.OperationalError as error:
        if not _is_full(error):
            raise
        if is_sqlite() and room.drop_ballast(Path(proxy.obj.database).parent):
            log.warning("the disk with the catalogue is full; the ballast was given up for it")
        raise CatalogueFull(
            "The disk with the catalogue is full. Free some room: work goes on by itself then, and nothing is lost."
        ) from error
    took = time.monotonic() - began
    if took > SLOW_TRANSACTION_S:
        log.debug("a transaction took %.0f ms", took * 1000)


def hold(field: Any, condition: Any) -> bool:
    """Keep some rows as they are to the end of this transaction: on PostgreSQL whoever would change them waits.

    `field` is any of theirs that is no key. Answers whether there are such rows.
    """
    return bool(field.model.update({field: field}).where(condition).execute())


def _take_any_text() -> None:
    """PostgreSQL has no text with the character NUL, SQLite has: there another one that stands for nothing is meant.

    So an id with it is the id of nothing in either, whoever asks for it.
    """
    try:
        from psycopg import adapters
        from psycopg.types.string import StrDumperUnknown
    except ImportError:
        return  # connecting says what is missing

    class Text(StrDumperUnknown):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", "\ufffd"))

    adapters.register_dumper(str, Text)


def _plain(text: str | None) -> str | None:
    """`names.plain` for SQL. PostgreSQL has what it takes by itself (`services.filters.statement`)."""
    return None if text is None else plain(text)


def _is_full(error: BaseException | None) -> bool:
    """Whether the disk being full is behind an error.

    SQLite has rolled everything back by then, and what complains of having nothing to roll back hides why.
    """
    return _has_code(error, sqlite3.SQLITE_FULL, DISK_FULL)


def _has_code(error: BaseException | None, sqlite: int, postgresql: str) -> bool:
    """Whether one of the two databases' codes is behind an error."""
    while error is not None:
        if (
            getattr(error, "sqlite_errorcode", None) == sqlite
            or getattr(error, "sqlstate", None) == postgresql
        ):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Around questions to the catalogue, outside of transactions: they have so long, all together.

    Raises TookTooLong. What reads the answers must do so inside.
    """
    begin, end = (_watch, _unwatch) if is_sqlite() else (_allow, _allow_all)
    begin(seconds)
    try:
        yield
    # what SQLite says while rows are read peewee passes on as it is
    except (peewee.OperationalError, sqlite3.OperationalError) as error:
        if _has_code(error, sqlite3.SQLITE_INTERRUPT, CANCELLED):
            raise TookTooLong("The catalogue took too long to answer.") from error
        raise
    finally:
        end()


def _watch(seconds: float) -> None:
    until = time.monotonic() + seconds
    proxy.connection().set_progress_handler(lambda: time.monotonic() > until, STEPS)


def _unwatch() -> None:
    proxy.connection().set_progress_handler(None, 0)


def _allow(seconds: float) -> None:
    """PostgreSQL gives each question that long."""
    proxy.execute_sql(f"SET statement_timeout = {max(1, round(seconds * 1000))}")


def _allow_all() -> None:
    proxy.execute_sql("SET statement_timeout = 0")


def batches(rows: list[T], size: int = AT_ONCE) -> Iterator[list[T]]:
    """Rows in pieces, each for one statement or one short transaction."""
    for begin in range(0, len(rows), size):
        yield rows[begin : begin + size]


@contextmanager
def durable() -> Iterator[None]:
    """Around a transaction that must outlive a power cut: SQLite waits for the disk, as PostgreSQL always does."""
    if not is_sqlite():
        yield
        return
    proxy.execute_sql("PRAGMA synchronous = FULL")
    try:
        yield
    finally:
        proxy.execute_sql("PRAGMA synchronous = NORMAL")


def rows(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """The answer to a query kept as text, with `?` for each value.

    For the few queries made at every request or chunk: building them anew takes ten times as long as
    running them.
    """
    text = sql if is_sqlite() else sql.replace("?", "%s")
    return list(proxy.execute_sql(text, values).fetchall())


def objects(query: peewee.ModelSelect) -> list[Any]:
    """The rows of a query on one table as objects of its model, as iterating it gives them.

    For pages of hundreds: peewee renders each column's name and sets each attribute by itself, which
    takes several times as long as the query. The query brings no columns or joins of its own.
    """
    wanted = peewee.SQL(columns(query.model, "t1"))  # peewee calls the first table t1
    return [made(query.model, row) for row in proxy.execute(query.select(wanted)).fetchall()]


def columns(model: Any, alias: str) -> str:
    """All columns of a table as text, for `made`."""
    return _columns_of(model, alias)[0]


def made(model: Any, row: Sequence[Any]) -> Any:
    """An object of its columns in their order."""
    _, names, converters = _columns_of(model, "t1")
    data = dict(zip(names, row, strict=True))
    for name, convert in converters:
        data[name] = convert(data[name])
    each = model(__no_default__=True)
    each.__data__ = data
    return each


@functools.cache
def _columns_of(model: Any, alias: str) -> tuple[str, list[str], list[tuple[str, Callable[[Any], Any]]]]:
    """The columns of a table as text, their fields' names, and what must be made of some values."""
    fields = model._meta.sorted_fields
    text = ", ".join(f'{alias}."{field.column_name}"' for field in fields)
    converted = (peewee.BooleanField, peewee.BlobField, peewee.JSONField)
    converters = [(field.name, field.python_value) for field in fields if isinstance(field, converted)]
    return text, [field.name for field in fields], converters


def stamp() -> Stamp | None:
    """What stays equal, in one thread, until anything is written to the catalogue by anybody; None when not known.

    Another connection's is never equal: each counts for itself. While one of its answers is not read to the end
    a connection notices nothing, so whoever compares reads each to the end. Waits for nothing and costs some
    microseconds, so it may be asked on an event loop. PostgreSQL has nothing of the kind.
    Source: sqlite.org/pragma.html#pragma_data_version
    """
    if not is_sqlite():
        return None
    connection = proxy.connection()  # without peewee around it: this is asked before every chunk of a stream
    (version,) = connection.execute("PRAGMA data_version").fetchone()  # counts what other connections wrote
    return int(version), connection.total_changes, connection


def log_bytes() -> int | None:
    """How large the write-ahead log beside SQLite's file is; None with PostgreSQL, which keeps its own."""
    if not is_sqlite():
        return None
    with suppress(FileNotFoundError):
        return (data() / f"{FILE_NAME}-wal").stat().st_size
    return 0


def shorten_log() -> None:
    """Empty a write-ahead log that has grown long; waits for nobody, so where somebody is reading it stays so.

    SQLite begins it anew by itself only when a writer comes after a moment in which nobody reads or writes.
    """
    if (log_bytes() or 0) <= LONG_LOG:
        return
    proxy.execute_sql("PRAGMA busy_timeout = 0")
    try:
        proxy.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        proxy.execute_sql(f"PRAGMA busy_timeout = {PRAGMAS['busy_timeout']}")


def problem() -> str | None:
    """What is wrong with the catalogue just now, in words; None when it answers."""
    try:
        proxy.execute_sql("SELECT 1").fetchone()
    except peewee.PeeweeException as error:
        return f"does not answer: {error}"
    return None


def keep_few_pages() -> None:
    """Let this thread's connection keep little of the catalogue in memory, until it is closed.

    For threads that look at each page once. Never raises: the next question tells what is wrong.
    """
    if is_sqlite():
        with suppress(peewee.PeeweeException):
            proxy.execute_sql(f"PRAGMA cache_size = -{FEW_PAGES}")


def forget_pages() -> None:
    """Free what this thread's connection keeps of the catalogue in memory: up to `cache_size`, else for good."""
    if is_sqlite() and not proxy.is_closed():
        proxy.execute_sql("PRAGMA shrink_memory")


def close() -> None:
    """Close this thread's connection, if it has one."""
    if proxy.obj is not None and not proxy.is_closed():
        proxy.close()
