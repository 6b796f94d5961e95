"""The home that a story is played in; with `--all` each is played on SQLite and again on PostgreSQL."""

import os
from collections.abc import Iterator

import pytest

from tests.stories.household import Home, home
from tools import packages, postgresql


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "family" in metafunc.fixturenames and metafunc.config.getoption("--all"):
        metafunc.parametrize("family", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def family(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A fresh home for each story."""
    is_on_postgresql = getattr(request, "param", "") == "postgresql"
    url = request.getfixturevalue("postgresql_url") if is_on_postgresql else ""
    with home(tmp_path_factory.mktemp("home"), database_url=url) as made:
        yield made


@pytest.fixture
def postgresql_url(cluster: str) -> str:
    """An empty database of its own for a story."""
    return postgresql.another(cluster, f"story_{os.urandom(4).hex()}")


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    if packages.is_missing("postgresql"):
        pytest.skip("needs postgresql")
    with postgresql.cluster() as url:
        yield url
