"""What the tests of WebDAV share."""

import pytest

from tests.virtualfs.dav.drive import Drive, make_drive
from tests.virtualfs.household import Home


@pytest.fixture
def drive(home: Home) -> Drive:
    return make_drive(home)
