"""Bringing the schema of the catalogue up (and down), one process at a time.

The steps are the numbered scripts in `migrations/`, run by peewee's own runner, which has no lock
between processes: SQLite gets a lock file, PostgreSQL an advisory lock.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import peewee
from playhouse.migrations import Runner

from services.errors import DatabaseUnusable
from services.models.database import is_sqlite, proxy

DIRECTORY = Path(__file__).parent / "migrations"
ADVISORY_LOCK = 4976_0001


def runner(directory: Path = DIRECTORY) -> Runner:
    """The runner over the bound database."""
    return Runner(proxy.obj, str(directory), table_name="schema_migration")


def migrate(data: Path, directory: Path = DIRECTORY) -> list[str]:
    """Apply every step that is not applied yet; return their names.

    Raises DatabaseUnusable when the catalogue was written by a newer Hypomos, or a step failed
    (nothing of it is kept then).
    """
    with _lock(data):
        steps = runner(directory)
        gone = [m.name for m in steps.status() if m.path is None]
        if gone:
            raise DatabaseUnusable(
                f"The catalogue was last used by a newer Hypomos (step {gone[-1]}). Install that version or "
                "newer, or restore a backup made with this one."
            )
        try:
            return list(steps.up())
        except peewee.PeeweeException as error:
            raise DatabaseUnusable(
                f"The catalogue could not be brought up to date: {error}. Nothing was changed."
            ) from error


def downgrade(data: Path, target: str, directory: Path = DIRECTORY) -> list[str]:
    """Take back every step from the newest down to and including `target`; return their names."""
    with _lock(data):
        return list(runner(directory).down(target))


@contextmanager
def _lock(data: Path) -> Iterator[None]:
    if is_sqlite():
        with (data / "migrate.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        return
    proxy.execute_sql("SELECT pg_advisory_lock(%s)", (ADVISORY_LOCK,))
    try:
        yield
    finally:
        proxy.execute_sql("SELECT pg_advisory_unlock(%s)", (ADVISORY_LOCK,))
