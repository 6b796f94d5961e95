"""The one lane in which a worker writes what scans found: two scans at once take turns.

SQLite has one writer. A scan that writes without a pause keeps people's clicks waiting, and two such
scans are the worst case measured; so each batch is short, alone, and followed by a little room.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from services.models import transaction

PAUSE_S = 0.005

Write = Callable[[], AbstractContextManager[None]]
"""Around one short write: that of a lane in a scan, a plain transaction for a person who waits."""


class Lane:
    """Threading: shared by all scans of a process."""

    def __init__(self) -> None:
        self._free = threading.Lock()

    @contextmanager
    def write(self) -> Iterator[None]:
        """One short write transaction of a scan."""
        with self._free:
            with transaction():
                yield
            time.sleep(PAUSE_S)
