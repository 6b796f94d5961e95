from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories import Make
from tests.services.filing.desk import Desk
from tests.services.storages.conftest import mount

__all__ = ["mount"]


@pytest.fixture(params=["memory", "local"])
def desk(request: pytest.FixtureRequest, make: Make, data: Path, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(make, data, base=tmp_path if request.param == "local" else None)
    yield desk
    desk.journal.close()
