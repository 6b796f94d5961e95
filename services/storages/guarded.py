"""A distant storage behind a circuit breaker, with an eye on how long its answers take.

After three answers in a row that never came (Unavailable) it fails fast, so that nobody waits for the
fourth; then one call is let through after 1, 2, 4 ... 30 minutes, as a trial: the others fail fast until it
has ended. A probe is always let through, and one that finds the storage online closes the circuit. So does
the word that another process found it online: each has its own circuits, and only the worker probes.

Threading: as the contract says; a lock guards the few numbers.
"""

import random
import statistics
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

from services.clock import now
from services.errors import SenderEnded, StorageError, Unavailable
from services.storages.base import Storage
from services.storages.handles import Handle
from services.storages.values import Caps, Change, Entry, Fingerprint, Health, Listing, Quota

TRIPS_AT = 3
FIRST_S = 60.0
LONGEST_S = 1800.0
TRIAL_S = 60.0
"""So long the others wait for a trial that does not end; then there is another."""
JITTER = 0.2
ANSWERS = 32
ENOUGH = 8
"""So many answers tell whether a storage is slow."""

OnTrip = Callable[[StorageError], None]
OnlineSince = Callable[[], int | None]


class Guarded(Storage):
    """`inner` behind a breaker. `on_trip` is told the error when the circuit opens.

    `online_since` is asked before a call is refused: since when (microseconds since 1970) the storage is
    known to be online, None when it is not. What is waited for on an event loop does not ask.
    """

    def __init__(
        self, inner: Storage, on_trip: OnTrip | None = None, clock: Callable[[], float] = time.monotonic, *,
        online_since: OnlineSince | None = None,
    ) -> None:  # fmt: skip
        self.inner = inner
        self.distant = inner.distant
        self._on_trip = on_trip
        self._online_since = online_since
        self._clock = clock
        self._lock = threading.Lock()
        self._failed = 0
        self._trips = 0
        self._closed_at = 0.0
        self._opened = 0
        self._last: StorageError | None = None
        self._took: deque[float] = deque(maxlen=ANSWERS)

    @property
    def writable(self) -> bool:  # type: ignore[override]  # the one of `inner`, which may change
        """Whether the storage may be written to."""
        return self.inner.writable

    @property
    def median_s(self) -> float:
        """How long an answer took in the middle lately, in seconds; 0 while that is not known."""
        took = list(self._took)
        return statistics.median(took) if len(took) >= ENOUGH else 0.0

    def caps(self) -> Caps:
        """See Storage."""
        with self.watched(timed=False):
            return self.inner.caps()

    def fingerprint(self) -> Fingerprint:
        """See Storage."""
        with self.watched(timed=False):
            return self.inner.fingerprint()

    def probe(self, expected: Fingerprint | None = None) -> Health:
        """See Storage; a storage that is found online is asked again from now on."""
        health = self.inner.probe(expected)
        if health.online:
            self._succeeded()
        return health

    def look_again(self) -> None:
        """See Storage."""
        self.inner.look_again()

    def stat(self, path: str) -> Entry:
        """See Storage."""
        with self.watched():
            return self.inner.stat(path)

    def list(self, path: str) -> Listing:
        """See Storage."""
        with self.watched():
            return self.inner.list(path)

    def open_read(
        self, path: str, *, expect_size: int | None = None, expect_key: str | None = None,
        span: tuple[int, int] | None = None,
    ) -> Handle:  # fmt: skip
        """See Storage."""
        with self.watched():
            handle = self.inner.open_read(path, expect_size=expect_size, expect_key=expect_key, span=span)
        return _GuardedHandle(self, handle)

    def write(
        self,
        path: str,
        src: Iterable[bytes],
        *,
        size: int | None,
        mtime_ns: int | None = None,
        if_absent: bool = True,
    ) -> Entry:
        """See Storage."""
        with self.watched(timed=False):
            return self.inner.write(path, src, size=size, mtime_ns=mtime_ns, if_absent=if_absent)

    def make_folder(self, path: str) -> Entry:
        """See Storage."""
        with self.watched():
            return self.inner.make_folder(path)

    def move(self, src: str, dst: str) -> Entry:
        """See Storage."""
        with self.watched(timed=False):
            return self.inner.move(src, dst)

    def set_mtime(self, path: str, mtime_ns: int) -> Entry | None:
        """See Storage."""
        with self.watched():
            return self.inner.set_mtime(path, mtime_ns)

    def delete(self, path: str, *, trash: bool = True, shelf: str | None = None) -> str | None:
        """See Storage."""
        with self.watched(timed=False):
            return self.inner.delete(path, trash=trash, shelf=shelf)

    def trash_places(self, path: str, shelf: str) -> tuple[str, ...]:
        """See Storage."""
        return self.inner.trash_places(path, shelf)

    def hashes(self, path: str, kinds: Collection[str], *, may_download: bool = False) -> Mapping[str, str]:
        """See Storage."""
        with self.watched(timed=False):
            return self.inner.hashes(path, kinds, may_download=may_download)

    def about(self) -> Quota | None:
        """See Storage."""
        with self.watched():
            return self.inner.about()

    def end_abandoned(self) -> None:
        """See Storage."""
        with self.watched(timed=False):
            self.inner.end_abandoned()

    def watch(self, stop: threading.Event) -> Iterator[Change]:
        """See Storage."""
        return self.inner.watch(stop)

    @contextmanager
    def watched(self, *, timed: bool = True, on_loop: bool = False) -> Iterator[None]:
        """One call: fails at once while the circuit is open, and counts how it ended."""
        is_trial = self._require_closed(on_loop=on_loop)
        began = self._clock()
        try:
            yield
        except Unavailable as error:
            if isinstance(error, SenderEnded):  # the storage did nothing wrong
                self._leave_trial(is_trial)
            else:
                self._count_failure(error, is_trial)
            raise
        except StorageError:
            self._succeeded()  # an answer, if not the one hoped for
            raise
        except BaseException:
            self._leave_trial(is_trial)  # whoever called has gone away, say
            raise
        self._succeeded()
        if timed:
            self._took.append(self._clock() - began)

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

    def _count_failure(self, error: Unavailable, is_trial: bool) -> None:
        with self._lock:
            self._failed += 1
            self._last = error
            if self._failed < TRIPS_AT and not is_trial:
                return
            if self._trips and not is_trial:
                return  # begun before the circuit opened: many that end at once make no longer pause
            self._trips += 1
            self._opened = now()
            pause = min(LONGEST_S, FIRST_S * 2.0 ** min(self._trips - 1, 10))
            self._closed_at = self._clock() + pause * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
            first = self._trips == 1
        if first and self._on_trip is not None:
            self._on_trip(error)

    def _succeeded(self) -> None:
        if self._failed or self._trips:
            with self._lock:
                self._failed = self._trips = 0
                self._closed_at = 0.0


class _GuardedHandle(Handle):
    def __init__(self, storage: Guarded, inner: Handle) -> None:
        self.entry = inner.entry
        self._storage = storage
        self._inner = inner

    def pread(self, offset: int, length: int) -> bytes:
        with self._storage.watched(timed=False):
            return self._inner.pread(offset, length)

    def comes(self, offset: int, length: int) -> bool:
        return self._inner.comes(offset, length)

    async def coming(self, offset: int, length: int) -> bytes:
        with self._storage.watched(timed=False, on_loop=True):
            return await self._inner.coming(offset, length)

    def check(self) -> None:
        with self._storage.watched():
            self._inner.check()

    def close(self) -> None:
        self._inner.close()

    def expect(self, start: int, end: int) -> None:
        self._inner.expect(start, end)

    def fileno(self) -> int | None:
        return self._inner.fileno()
