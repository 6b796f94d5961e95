"""What the tests of DLNA share. Those that go through the application run on SQLite alone, as those of WebDAV."""

from collections.abc import Iterator

import pytest
from anyio.from_thread import start_blocking_portal

from tests.virtualfs.dlna.television import Television
from tests.virtualfs.household import Home


@pytest.fixture
def television(home: Home) -> Iterator[Television]:
    """A television that nobody approved yet."""
    television = Television(home)
    with start_blocking_portal() as television.loop:
        yield television


@pytest.fixture
def screen(television: Television) -> Television:
    """One that an adult approved."""
    television.approve()
    return television
