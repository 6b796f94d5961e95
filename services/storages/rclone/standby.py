"""Transfers that stand by for a few seconds: a player that asks for range after range goes on with one of them.

A request for a range costs a storage two round trips. Who asks for the range after the one that has just been read
is taken to read on: that transfer is asked for up to the end of the file, and when the range is read it stands by here,
for whoever asks for the next bytes of the same file within `HELD_S`. It belongs to one reader at a time. At most
`MOST` stand by in a process, the oldest gives way; what nobody comes for is closed. A transfer that stands by holds
a connection to rclone and what the kernel has received of it, nothing of ours.

Threading: may be used from any thread. One closes what is over, as long as there is something.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from services.storages.rclone.client import Body
from services.storages.values import Entry

HELD_S = 5.0
MOST = 4
NEAR = 64 * 1024
"""So far ahead of where a range ended the next one may begin: what lies between is read over."""
NOTES = 16


@dataclass(frozen=True, slots=True)
class Place:
    """A file as its readers expect it: of which remote (its name), where in there, and how long."""

    remote: str
    path: str
    size: int


@dataclass(slots=True)
class Transfer:
    """A transfer under way, whose next byte is `at` and whose last `until`.

    `entry` is the file as it was opened, `seen` when (monotonic) that was last found to be so.
    """

    body: Body
    entry: Entry
    at: int
    until: int
    seen: float


class Standby:
    """The transfers of one process that wait for who reads on, and where ranges ended lately."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._held: deque[tuple[float, Place, Transfer]] = deque()
        self._ends: deque[tuple[float, Place, int]] = deque(maxlen=NOTES)
        self._closer: threading.Thread | None = None
        self._closed = False

    def note_end(self, place: Place, at: int) -> None:
        """A range was read up to before the byte `at`."""
        with self._changed:
            self._ends.append((self._clock() + HELD_S, place, at))

    def reads_on(self, place: Place, start: int) -> bool:
        """Whether who asks for the bytes from `start` goes on where a range ended a moment ago."""
        with self._changed:
            now = self._clock()
            return any(
                now < until and known == place and 0 <= start - at <= NEAR for until, known, at in self._ends
            )

    def hold(self, place: Place, transfer: Transfer) -> None:
        """Have a transfer stand by; it is not its reader's any more."""
        over: list[Transfer] = []
        with self._changed:
            if self._closed:
                over.append(transfer)
            else:
                self._held.append((self._clock() + HELD_S, place, transfer))
                while len(self._held) > MOST:
                    over.append(self._held.popleft()[2])
                if self._closer is None:
                    self._closer = threading.Thread(target=self._close_late, name="standby", daemon=True)
                    self._closer.start()
        _close(over)

    def take(self, place: Place, start: int) -> Transfer | None:
        """The transfer in which the byte `start` of a file comes next, or nearly; from now on its reader's alone."""
        with self._changed:
            now = self._clock()
            for each in self._held:
                until, known, transfer = each
                if now < until and known == place and 0 <= start - transfer.at <= NEAR:
                    self._held.remove(each)
                    break
            else:
                return None
        if transfer.body.is_alive:
            return transfer
        transfer.body.close()
        return None

    def drop(self, remote: str) -> None:
        """Close what stands by of one remote: it is reached in another way, or something in it has changed."""
        with self._changed:
            over = [transfer for _, place, transfer in self._held if place.remote == remote]
            self._held = deque(each for each in self._held if each[1].remote != remote)
        _close(over)

    def close(self) -> None:
        """Close all that stands by; nothing does from now on."""
        with self._changed:
            self._closed = True
            over = [transfer for _, _, transfer in self._held]
            self._held.clear()
            self._changed.notify_all()
        _close(over)

    def _close_late(self) -> None:
        while True:
            with self._changed:
                now = self._clock()
                over: list[Transfer] = []
                while self._held and self._held[0][0] <= now:
                    over.append(self._held.popleft()[2])
                if not self._held and not over:
                    self._closer = None
                    return
                if not over:
                    self._changed.wait(self._held[0][0] - now)
            _close(over)


def _close(transfers: list[Transfer]) -> None:
    for transfer in transfers:
        transfer.body.close()
