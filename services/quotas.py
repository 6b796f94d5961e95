"""How much room storages have, as they said last: who only wants to know waits for none of them, or for a moment.

A storage is asked in a thread, when somebody wants to know and its last answer is some minutes old. Pages and programs
`get` what it said before until it answers anew, and wait a moment for the first answer, since most come at once.
Listings of the network drive want what is `known`: they wait for nothing, and an old figure is none, for a client
decides by it whether a file fits.

Threading: may be used from any thread.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from dataclasses import dataclass

from services.errors import HypomosError
from services.models import Storage, database
from services.storages.base import Storage as Adapter
from services.storages.values import Quota

FRESH_S = 300.0
MOMENT_S = 1.0
MOST = 200
"""Storages of which it is kept."""
THREADS = 2

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Known:
    asking: Future[Quota | None]
    asked_at: float
    before: Quota | None = None


class Quotas:
    """What storages say of their room, by their ids. `adapter` gives the one that reaches a storage.

    Who asks has found out that the storage is the viewer's.
    """

    def __init__(
        self, adapter: Callable[[Storage], Adapter], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._adapter = adapter
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[int, _Known] = {}
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="quota")

    def get(self, storage: int) -> Quota | None:
        """The room of a storage as far as it ever said; None when it does not tell, or has not answered yet."""
        known, is_first = self._asked(storage)
        with suppress(NotYet):
            return known.asking.result(MOMENT_S if is_first else 0.0)
        return known.before

    def known(self, storage: int) -> Quota | None:
        """The room of a storage if it said so within some minutes; if not, that will be known soon."""
        known, _ = self._asked(storage)
        return known.asking.result() if known.asking.done() else None

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _asked(self, storage: int) -> tuple[_Known, bool]:
        """What is known, asked for anew if that is too old; and whether nothing was known before."""
        with self._lock:
            known = self._known.get(storage)
            if known is not None and (not known.asking.done() or self._clock() - known.asked_at < FRESH_S):
                return known, False
            before = None if known is None or known.asking.exception() else known.asking.result()
            self._known.pop(storage, None)
            asked = self._known[storage] = _Known(
                self._threads.submit(self._ask, storage), self._clock(), before
            )
            while len(self._known) > MOST:
                self._known.pop(next(iter(self._known)))
            return asked, known is None

    def _ask(self, storage: int) -> Quota | None:
        try:
            row = Storage.get_or_none(Storage.id == storage)
            return None if row is None else self._adapter(row).about()
        except HypomosError as error:
            log.info("a storage does not tell its room: %s", error)
            return None
        finally:
            database.close()  # this thread's own connection; it may not be needed again for long
