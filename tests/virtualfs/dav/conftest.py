"""What the tests of WebDAV share.

Those that go through the application run on SQLite alone: its worker threads keep connections that only
die with the process, which PostgreSQL's driver rightly warns of. What they ask of the database is asked
on PostgreSQL by the tests of the tree, of its rows and of the broker.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from anyio.from_thread import start_blocking_portal

from tests.virtualfs.dav.drive import Drive, make_drive
from tests.virtualfs.household import Home


@pytest.fixture
def drive(home: Home) -> Iterator[Drive]:
    with start_blocking_portal() as loop:
        yield replace(make_drive(home), loop=loop)
