"""How much room storages have, for listings: what was found out within five minutes, never asked while somebody waits.

Threading: may be used from any thread; storages are asked in one of its own.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from services.errors import HypomosError
from services.models import database
from services.storages.values import Quota
from services.viewers import Viewer
from virtualfs.writing import Room

KEPT_S = 300.0
MOST = 200
"""Storages of which it is kept."""


class Rooms:
    """`ask` asks a storage of the viewer by its public id; None: it does not tell."""

    def __init__(
        self, ask: Callable[[Viewer, str], Quota | None], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask = ask
        self._monotonic = monotonic
        self._kept: dict[str, tuple[float, Room | None]] = {}
        self._asked: set[str] = set()
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="rooms")

    def find(self, viewer: Viewer, pid: str) -> Room | None:
        """The room in the viewer's storage if that is known; if not, it will be soon."""
        with self._lock:
            at, room = self._kept.get(pid, (None, None))
            is_fresh = at is not None and self._monotonic() - at < KEPT_S
            if not is_fresh and pid not in self._asked:
                self._asked.add(pid)
                self._threads.submit(self._look, viewer, pid)
        return room if is_fresh else None

    def close(self) -> None:
        """End the thread."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _look(self, viewer: Viewer, pid: str) -> None:
        try:
            quota = self._ask(viewer, pid)
            room = None if quota is None else Room(quota.used, quota.free)
        except HypomosError:
            room = None  # not asked again until then
        finally:
            database.close()  # this thread's own connection; it may not be needed again for long
        with self._lock:
            self._asked.discard(pid)
            self._kept[pid] = (self._monotonic(), room)
            while len(self._kept) > MOST:
                self._kept.pop(next(iter(self._kept)))
