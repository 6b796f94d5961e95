"""What was written a moment ago, and by which app password: a client that saves twice replaces its own first try.

Kept in memory: after a restart, or at another node, what is replaced becomes a version, as everything else.
Threading: may be used from any thread.
"""

import threading
from collections import OrderedDict

from services.clock import SECOND, now
from services.storages.values import Entry
from services.viewers import Viewer

FRESH = 60 * SECOND
MOST = 1000
"""How many files are remembered."""


class Fresh:
    """Remembers who wrote which file, until a minute later."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._written: OrderedDict[tuple[int, str], tuple[int, int, int, int | None]] = OrderedDict()

    def note(self, viewer: Viewer, storage_id: int, entry: Entry) -> None:
        """The viewer has just written this file."""
        with self._lock:
            self._written.pop((storage_id, entry.path), None)
            if viewer.proof is not None and viewer.proof.kind == "credential":
                key = (storage_id, entry.path)
                self._written[key] = (viewer.proof.id, now(), entry.size, entry.mtime_ns)
                while len(self._written) > MOST:
                    self._written.popitem(last=False)

    def dated(self, viewer: Viewer, storage_id: int, before: Entry, entry: Entry) -> None:
        """The viewer has given a file another time: it is theirs no more and no longer than it was."""
        is_own = self.is_own(viewer, storage_id, before)
        with self._lock:
            known = self._written.pop((storage_id, entry.path), None)
            if known is not None and is_own:
                self._written[storage_id, entry.path] = (*known[:2], entry.size, entry.mtime_ns)

    def is_own(self, viewer: Viewer, storage_id: int, entry: Entry) -> bool:
        """Whether this very file was written by the same app password less than a minute ago."""
        with self._lock:
            known = self._written.get((storage_id, entry.path))
        if known is None or viewer.proof is None or viewer.proof.kind != "credential":
            return False
        by, at, size, mtime_ns = known
        same = (by, size, mtime_ns) == (viewer.proof.id, entry.size, entry.mtime_ns)
        return same and 0 <= now() - at < FRESH
