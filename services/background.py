"""What the background does with a storage far away: a few operations at once, and people first.

Listings, glances at metadata and whole reads all come by here, so that `at_once` of a storage's budget is one limit
for all of them: so many calls of the storage at a time in this process, of the worker, in the order in which they came.
An opened file that nobody reads from at the moment counts for nothing. Before a folder is listed and before bytes
are read people go first (`services/precedence.py`), within its bounds: nothing waits for them for ever.

What people do does not come by here, also where a job does it for them: opening, uploading, moving, emptying the trash.

Threading: may be used from any thread. What waits calls its `checkpoint` meanwhile, which may raise. Not for event
loops.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from services.budgets import Budget
from services.models import Storage as Row
from services.precedence import LOOK_S, Precedence
from services.storages.base import Storage
from services.storages.passing import Passing
from services.storages.values import Fingerprint, Health

YIELDING = frozenset({"list", "open_read", "pread"})
"""Calls before which people go first. The others belong to one of these, or are short and seldom."""

Checkpoint = Callable[[], None]


def _nothing() -> None:
    """No checkpoint."""


class Line:
    """Who works with one storage, and who waits for that: first come, first served.

    Without an order whoever reads block after block would take the next turn before anybody else wakes up.
    """

    def __init__(self) -> None:
        self._moved = threading.Condition()
        self._working = 0
        self._waiting: deque[object] = deque()

    @contextmanager
    def turn(self, at_once: int, checkpoint: Checkpoint) -> Iterator[None]:
        """Wait until fewer than `at_once` work; `checkpoint` is called meanwhile and may raise."""
        self._enter(at_once, checkpoint)
        try:
            yield
        finally:
            with self._moved:
                self._working -= 1
                self._moved.notify_all()

    def _enter(self, at_once: int, checkpoint: Checkpoint) -> None:
        ticket = object()
        with self._moved:
            self._waiting.append(ticket)
        try:
            while not self._begin(ticket, at_once):
                checkpoint()
        except BaseException:
            with self._moved:
                self._waiting.remove(ticket)
                self._moved.notify_all()
            raise

    def _begin(self, ticket: object, at_once: int) -> bool:
        with self._moved:
            is_next = self._moved.wait_for(
                lambda: self._waiting[0] is ticket and self._working < at_once, LOOK_S
            )
            if is_next:
                self._waiting.popleft()
                self._working += 1
                self._moved.notify_all()
            return is_next


class Background:
    """Gives storages as the background is to use them: `adapter` gives them as people do.

    One for all jobs of a process.
    """

    def __init__(self, adapter: Callable[[Row], Storage], precedence: Precedence | None) -> None:
        self._adapter = adapter
        self._precedence = precedence
        self._lines: dict[int, Line] = {}

    def __call__(self, row: Row, checkpoint: Checkpoint = _nothing) -> Storage:
        """This storage for one job, which ends at its `checkpoint`; one that is near is given as it is."""
        storage = self._adapter(row)
        if not storage.distant:
            return storage
        line = self._lines.setdefault(row.id, Line())
        at_once = Budget.of(row.options, None).at_once
        return Considerate(storage, row.id, line, at_once, self._precedence, checkpoint)


class Considerate(Passing):
    """A storage each call of which waits for its turn, and for people."""

    def __init__(
        self, inner: Storage, storage_id: int, line: Line, at_once: int, precedence: Precedence | None,
        checkpoint: Checkpoint,
    ) -> None:  # fmt: skip
        super().__init__(inner)
        self._id = storage_id
        self._line = line
        self._at_once = at_once
        self._precedence = precedence
        self._checkpoint = checkpoint

    @property
    def median_s(self) -> float:
        """How long an answer took in the middle lately, in seconds, without any waiting here; 0 while not known."""
        return float(getattr(self.inner, "median_s", 0.0))

    def probe(self, expected: Fingerprint | None = None) -> Health:
        """See Storage."""
        with self.passing("probe"):
            return self.inner.probe(expected)

    @contextmanager
    def passing(self, call: str) -> Iterator[None]:
        """See Passing."""
        if call in YIELDING and self._precedence is not None:
            self._precedence.give_way(self._id, self._checkpoint)
        with self._line.turn(self._at_once, self._checkpoint):
            yield
