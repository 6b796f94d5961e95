"""People's reads go first: a background read of a storage far away waits while somebody reads from it.

Whoever reads for a person says so by the time of a small file in the run directory, at most once a
second. So it holds between processes, nothing has to be cleared away after a crash, and a player that
is paused keeps nobody waiting.
"""

import time
from collections.abc import Callable
from pathlib import Path

RECENT_S = 2.0
"""A read younger than this is still going on."""
NOTED_S = 1.0
LONGEST_S = 60.0
"""Nothing waits longer than this for one block: a film all evening slows a scan down, and ends none."""
LOOK_S = 0.2


class Precedence:
    """Kept in files in `folder`, one a storage. Threading: may be used from any thread."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._clock = clock
        self._noted: dict[int, float] = {}

    def note(self, storage_id: int) -> None:
        """A person reads from this storage just now."""
        moment = self._clock()
        if abs(moment - self._noted.get(storage_id, 0.0)) < NOTED_S:
            return
        self._noted[storage_id] = moment
        try:
            self._path(storage_id).touch()
        except OSError:  # a full disk, say: then nobody waits, and people read on
            return

    def is_busy(self, storage_id: int) -> bool:
        """Whether a person read from this storage a moment ago."""
        try:
            noted = self._path(storage_id).stat().st_mtime
        except OSError:
            return False
        return abs(self._clock() - noted) < RECENT_S

    def give_way(self, storage_id: int, checkpoint: Callable[[], None]) -> None:
        """Wait while people read; `checkpoint` is called meanwhile and may raise."""
        until = time.monotonic() + LONGEST_S
        while self.is_busy(storage_id) and time.monotonic() < until:
            checkpoint()
            time.sleep(LOOK_S)

    def _path(self, storage_id: int) -> Path:
        return self._folder / f"read-{storage_id}"
