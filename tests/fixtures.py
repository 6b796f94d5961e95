"""Fixtures that many tests share: a fresh catalogue in a fresh data directory.

With HYPOMOS_TEST_DATABASE_URL set, tests marked `db` run on that PostgreSQL instead of SQLite.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.models import TABLES, database, schema
from tests import factories


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
    url = os.environ.get("HYPOMOS_TEST_DATABASE_URL", "")
    if url and request.node.get_closest_marker("db"):
        database.connect(url, data)
        schema.migrate(data)
        empty()
    else:
        shutil.copy(migrated, data / database.FILE_NAME)
        database.connect("", data)
    yield data
    database.close()


def empty() -> None:
    """Throw every row of a PostgreSQL catalogue away, except the counters."""
    names = ", ".join(f'"{t._meta.table_name}"' for t in TABLES if t._meta.table_name != "counter")
    database.proxy.execute_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
    database.proxy.execute_sql("UPDATE counter SET value = 0 WHERE name = 'clock_mark'")


@pytest.fixture
def make(catalogue: Path) -> "factories.Make":
    """Rows for tests: `make.user("anna")`, `make.storage(anna)`, `make.item(anna)`."""
    return factories.Make(catalogue)
