from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories import Make
from tests.services.handing.shelf import Shelf


@pytest.fixture
def shelf(make: Make, data: Path, tmp_path: Path) -> Iterator[Shelf]:
    """With real folders."""
    shelf = Shelf(make, data, tmp_path)
    yield shelf
    shelf.desk.journal.close()
