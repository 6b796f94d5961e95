"""Fixtures that many tests share: a fresh catalogue in a fresh data directory.

With HYPOMOS_TEST_DATABASE_URL set, tests marked `db` run on that PostgreSQL instead of SQLite, and with
`--all` every test of the catalogue but those marked `sqlite`.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.models import TABLES, database, schema
from tests import factories
from tests.on_postgresql import is_for_postgresql
from tools import postgresql


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite catalogue with the newest schema, to copy."""
    folder = tmp_path_factory.mktemp("template")
    database.connect("", folder)
    schema.migrate(folder)
    database.proxy.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return folder / database.FILE_NAME


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An empty data directory."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def catalogue(data: Path, migrated: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A bound, empty catalogue; yields its data directory."""
    url = os.environ.get(postgresql.VARIABLE, "")
    if url and is_for_postgresql(request.node):
        request.getfixturevalue("connected")(data)
        empty()
        yield data
        return
    shutil.copy(migrated, data / database.FILE_NAME)
    database.connect("", data)
    yield data
    database.close()


@pytest.fixture(scope="session")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], None]]:
    """Binds the PostgreSQL of the tests, as a test left it, as the catalogue of a data directory.

    It is connected to once: whoever connects anew has to learn every table anew, which takes longer than most tests.
    """
    folder = tmp_path_factory.mktemp("schema")
    ours = database.connect(os.environ[postgresql.VARIABLE], folder)
    schema.migrate(folder)

    def again(data: Path) -> None:
        database.bind(ours, data)
        if ours.in_transaction():
            ours.close()
        ours.execute_sql("RESET ALL")
        ours.execute_sql("SELECT pg_advisory_unlock_all()")

    yield again
    ours.close()


def empty() -> None:
    """Throw every row of a PostgreSQL catalogue away, except the counters of a new one, and count ids from 1 again.

    TRUNCATE would make every table anew, which takes far longer than to delete the rows of a test.
    """
    names = [f'"{t._meta.table_name}"' for t in TABLES if t._meta.table_name != "counter"]
    execute = database.proxy.execute_sql
    filled = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in names)
    with database.proxy.atomic():
        execute("SET LOCAL session_replication_role = replica")  # in any order, without looking at references
        for (name,) in execute(filled).fetchall():
            execute(f"DELETE FROM {name}")
        execute(
            "SELECT setval(quote_ident(sequencename)::regclass, start_value, false) FROM pg_sequences"
            " WHERE last_value IS NOT NULL AND NOT starts_with(sequencename, 'schema_migration')"
        )
        execute("UPDATE counter SET value = 0 WHERE name = 'clock_mark'")
        execute("DELETE FROM counter WHERE name NOT IN ('policy_epoch', 'content_version', 'clock_mark')")


class Kept:
    """Data directories as fixtures left them, from which later tests begin: of SQLite, which is a file to copy."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fill(self, name: str, data: Path, build: Callable[[], object]) -> None:
        """Have in `data` what `build` makes of the bound catalogue there: by it the first time, then by a copy."""
        kept = self._folder / name
        if not database.is_sqlite():
            build()
        elif kept.exists():
            database.close()  # opened again by the next query
            shutil.copytree(kept, data, dirs_exist_ok=True)
        else:
            build()
            database.proxy.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            unfinished = shutil.copytree(data, kept.with_name(f"{name} unfinished"))
            unfinished.rename(kept)


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return Kept(tmp_path_factory.mktemp("kept"))


@pytest.fixture
def make(catalogue: Path) -> "factories.Make":
    """Rows for tests: `make.user("anna")`, `make.storage(anna)`, `make.item(anna)`."""
    return factories.Make(catalogue)
