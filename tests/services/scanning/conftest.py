from pathlib import Path

import pytest

from tests.factories import Make
from tests.services.scanning.household import Household


@pytest.fixture
def home(make: Make, data: Path) -> Household:
    return Household(make, data)


@pytest.fixture
def far(make: Make, data: Path) -> Household:
    """The same with a storage that is far away."""
    return Household(make, data, distant=True)
