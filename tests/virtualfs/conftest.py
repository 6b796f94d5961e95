"""What the tests of the tree and of its facades share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.models import counters
from tests.factories import Make
from tests.virtualfs.attic import Attic
from tests.virtualfs.household import Home


@pytest.fixture
def home(make: Make, tmp_path: Path) -> Iterator[Home]:
    root = tmp_path / "photos"
    root.mkdir()
    home = Home(make, root)
    yield home
    home.close()
    memory = counters.Counter.name.startswith("tree:")  # PostgreSQL keeps its counters between tests
    counters.Counter.delete().where(memory).execute()


@pytest.fixture
def attic(make: Make, data: Path, tmp_path: Path) -> Iterator[Attic]:
    base = tmp_path / "attic"
    base.mkdir()
    attic = Attic(make, data, base)
    yield attic
    attic.close()
