"""How much room storages have, as they said last: who only wants to know waits for none of them.

A storage is asked in a thread, when somebody wants to know and its last answer is some minutes old. What is not known
yet is waited for a moment, since most answer at once.

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
THREADS = 2

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Known:
    asking: Future[Quota | None]
    asked_at: float
    quota: Quota | None = None


class Quotas:
    """What storages say of their room. `adapter` gives the one that reaches a storage."""

    def __init__(
        self, adapter: Callable[[Storage], Adapter], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._adapter = adapter
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[int, _Known] = {}
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="quota")

    def get(self, storage: Storage) -> Quota | None:
        """The room of a storage as far as it is known; None when it does not tell, or has not answered yet."""
        with self._lock:
            known, wait_s = self._known.get(storage.id), 0.0
            if known is None or (known.asking.done() and self._clock() - known.asked_at >= FRESH_S):
                wait_s = MOMENT_S if known is None else 0.0
                before = None if known is None else known.quota
                known = _Known(self._threads.submit(self._ask, storage), self._clock(), before)
                self._known[storage.id] = known
        with suppress(NotYet):
            known.quota = known.asking.result(wait_s)
        return known.quota

    def _ask(self, storage: Storage) -> Quota | None:
        try:
            return self._adapter(storage).about()
        except HypomosError as error:
            log.info("a storage does not tell its room: %s", error)
            return None
        finally:
            database.close()
