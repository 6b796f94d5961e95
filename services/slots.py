"""How much of one kind somebody may have under way at the same time, in one process: downloads, or uploads."""

import threading
from collections import Counter
from collections.abc import Hashable

from services.errors import HypomosError
from services.viewers import Viewer

MAX_STREAMS = 8
"""Downloads of one person at the same time."""

BUSY_S = 5
"""When a client may ask again that has too much under way, in seconds."""


class TooMany(HypomosError):
    """Raised when somebody has too much under way; `retry_after` is in seconds."""

    retry_after = BUSY_S


class Slots:
    """Counts what is under way by whoever wants it. Threading: may be used from any thread."""

    def __init__(self, limit: int = MAX_STREAMS, what: str = "downloads") -> None:
        self._limit = limit
        self._what = what
        self._running: Counter[Hashable] = Counter()
        self._lock = threading.Lock()

    def take(self, who: Hashable) -> None:
        """Begin one; raises TooMany when there are as many as may be."""
        with self._lock:
            if self._running[who] < self._limit:
                self._running[who] += 1
                return
        raise TooMany(f"{self._limit} {self._what} are running already. Try again in a moment.")

    def give_back(self, who: Hashable) -> None:
        """One has ended."""
        with self._lock:
            self._running[who] -= 1
            if not self._running[who]:
                del self._running[who]


def who_of(viewer: Viewer) -> Hashable:
    """By whom it is counted: a guest has no user, and each is somebody."""
    return (viewer.kind, viewer.guest_id or viewer.screen_id or viewer.user_id)
