from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories import Make
from tests.services.uploads.dock import Dock


@pytest.fixture(params=["memory", "local"])
def dock(request: pytest.FixtureRequest, make: Make, data: Path, tmp_path: Path) -> Iterator[Dock]:
    dock = Dock(make, data, tmp_path if request.param == "local" else None)
    yield dock
    dock.close()
