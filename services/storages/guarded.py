"""A distant storage behind a circuit breaker, with an eye on how long its answers take.

After three answers in a row that never came (Unavailable, unless something of ours ended, or one file alone cannot be
opened) it fails fast, so that nobody waits for the fourth; then one call is let through after 1, 2, 4 ... 30 minutes,
as a trial: the others fail fast until it has ended. A probe is always let through, and one that finds the storage
online closes the circuit. So does the word that another process found it online: each has its own circuits, and only
the worker probes.

Threading: as the contract says; a lock guards the few numbers.
"""

import asyncio
import random
import statistics
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType

from services.clock import now
from services.errors import CarrierEnded, SenderEnded, StorageError, Unauthorized, Unavailable, Unreadable
from services.storages.base import Storage
from services.storages.passing import Passing
from services.storages.values import Fingerprint, Health

TRIPS_AT = 3
FIRST_S = 60.0
LONGEST_S = 1800.0
TRIAL_S = 60.0
"""So long the others wait for a trial that does not end; then there is another."""
JITTER = 0.2
ANSWERS = 32
ENOUGH = 8
"""So many answers tell whether a storage is slow."""
TIMED = frozenset({"stat", "list", "open_read", "make_folder", "set_mtime", "about", "check"})
"""Calls whose answers take as long as the storage does; others take as long as there are bytes."""

OnTrip = Callable[[StorageError], None]
OnlineSince = Callable[[], int | None]


class Guarded(Passing):
    """`inner` behind a breaker. `on_trip` is told the error when the circuit opens, or a new sign-in is wanted.

    `online_since` is asked before a call is refused: since when (microseconds since 1970) the storage is
    known to be online, None when it is not. What is waited for on an event loop does not ask, and tells in a thread.
    """

    def __init__(
        self, inner: Storage, on_trip: OnTrip | None = None, clock: Callable[[], float] = time.monotonic, *,
        online_since: OnlineSince | None = None,
    ) -> None:  # fmt: skip
        super().__init__(inner)
        self._on_trip = on_trip
        self._online_since = online_since
        self._clock = clock
        self._lock = threading.Lock()
        self._failed = 0
        self._trips = 0
        self._closed_at = 0.0
        self._opened = 0
        self._last = ""  # why, in words: others may take those out of the error
        self._took: deque[float] = deque(maxlen=ANSWERS)

    @property
    def median_s(self) -> float:
        """How long an answer took in the middle lately, in seconds; 0 while that is not known."""
        took = list(self._took)
        return statistics.median(took) if len(took) >= ENOUGH else 0.0

    def probe(self, expected: Fingerprint | None = None) -> Health:
        """See Storage; a storage that is found online is asked again from now on."""
        health = self.inner.probe(expected)
        if health.online:
            self._succeeded()
        return health

    def passing(self, call: str) -> AbstractContextManager[None]:
        """See Passing."""
        return self.watched(timed=call in TIMED, on_loop=call == "coming")

    def watched(self, *, timed: bool = True, on_loop: bool = False) -> "_Watched":
        """One call: fails at once while the circuit is open, and counts how it ended."""
        return _Watched(self, timed=timed, on_loop=on_loop)

    def _ended(self, error: BaseException | None, *, is_trial: bool, on_loop: bool) -> None:
        if isinstance(error, SenderEnded | CarrierEnded) or not isinstance(error, StorageError | None):
            self._leave_trial(is_trial)  # whoever called has gone away, say: the storage did nothing wrong
        elif isinstance(error, Unavailable) and not isinstance(error, Unreadable):
            self._count_failure(error, is_trial, on_loop=on_loop)
        else:
            self._succeeded()  # an answer, if not the one hoped for
            if isinstance(error, Unauthorized) and not on_loop and self._on_trip is not None:
                self._on_trip(error)  # nobody gets any further: its owner is to know before the next scan

    def _require_closed(self, *, on_loop: bool) -> bool:
        """Whether this call is the trial after a pause; raises Unavailable while the circuit is open."""
        if not self._trips:
            return False
        with self._lock:
            if not self._trips:
                return False
            left = self._closed_at - self._clock()
            if left <= 0:
                self._closed_at = self._clock() + TRIAL_S  # for the others
                return True
            reason = self._last
        if not on_loop and self._is_back():
            return False
        minutes = max(1, round(left / 60))
        raise Unavailable(f"The storage does not answer; it is asked again in {minutes} min. {reason}")

    def _is_back(self) -> bool:
        """Whether another process found the storage online after the circuit opened, which closes it.

        What was concluded of the storage as a whole is forgotten then.
        """
        since = None if self._online_since is None else self._online_since()
        if since is None or since <= self._opened:
            return False
        self.inner.look_again()
        self._succeeded()
        return True

    def _leave_trial(self, is_trial: bool) -> None:
        """A call ended without telling how the storage is: was it the trial, then the next one is."""
        if is_trial:
            with self._lock:
                self._closed_at = min(self._closed_at, self._clock())

    def _count_failure(self, error: Unavailable, is_trial: bool, *, on_loop: bool) -> None:
        with self._lock:
            self._failed += 1
            self._last = str(error)
            if self._failed < TRIPS_AT and not is_trial:
                return
            if self._trips and not is_trial:
                return  # begun before the circuit opened: many that end at once make no longer pause
            self._trips += 1
            self._opened = now()
            pause = min(LONGEST_S, FIRST_S * 2.0 ** min(self._trips - 1, 10))
            self._closed_at = self._clock() + pause * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
            first = self._trips == 1
        if not first or self._on_trip is None:
            return
        if on_loop:  # what is told is written to the catalogue, which may have to be waited for
            asyncio.get_running_loop().run_in_executor(None, self._on_trip, error)
        else:
            self._on_trip(error)

    def _succeeded(self) -> None:
        if self._failed or self._trips:
            with self._lock:
                self._failed = self._trips = 0
                self._closed_at = 0.0


class _Watched:
    """A call under way. A generator would take three times as long, and each wait for a piece of a file is a call."""

    def __init__(self, guarded: Guarded, *, timed: bool, on_loop: bool) -> None:
        self._guarded = guarded
        self._timed = timed
        self._on_loop = on_loop
        self._is_trial = False
        self._began = 0.0

    def __enter__(self) -> None:
        self._is_trial = self._guarded._require_closed(on_loop=self._on_loop)
        if self._timed:
            self._began = self._guarded._clock()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._guarded._ended(error, is_trial=self._is_trial, on_loop=self._on_loop)
        if self._timed and error is None:
            self._guarded._took.append(self._guarded._clock() - self._began)
