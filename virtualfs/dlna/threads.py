"""Threads for what televisions ask, which leave little behind once nobody asks any more.

A thread that has asked the catalogue keeps a connection to it, with its tables and the questions it was asked:
one and a half megabytes. Televisions ask much for a minute, and then nothing for hours: so connections are closed
then, and opened anew with the next question, which takes a millisecond.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from services import memory

REST_S = 2.0
"""Seconds without work after which the threads are at rest."""
GATHER_S = 1.0
"""Seconds in which all of them have come to rest, else those that have do so alone."""

T = TypeVar("T")


class Threads:
    """Does work in so many threads at most. Threading: used on one event loop."""

    def __init__(self, most: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(most, name, self._begin)
        self._begun = 0
        self._lock = threading.Lock()
        self._busy = 0
        self._timer: asyncio.TimerHandle | None = None

    async def do(self, work: Callable[..., T], *given: object) -> T:
        """What work gives, done in one of them."""
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            self._timer.cancel()
        self._busy += 1
        try:
            return await loop.run_in_executor(self._pool, _work, work, given)
        finally:
            self._busy -= 1
            if not self._busy:
                self._timer = loop.call_later(REST_S, self._rest)

    def _begin(self) -> None:
        with self._lock:
            self._begun += 1

    def _rest(self, last: int = 0) -> None:
        """Have all of them rest, unless those did so `last`: one is begun where another was slow to end."""
        with self._lock:
            begun = self._begun
        if begun == last:
            return
        together = threading.Barrier(
            begun
        )  # who waits for the others is one of them, so that each has its turn
        for _ in range(begun):
            self._pool.submit(_rest, together)
        self._timer = asyncio.get_running_loop().call_later(REST_S, self._rest, begun)


def _work(work: Callable[..., T], given: tuple[object, ...]) -> T:
    memory.keep_little()  # its connection may be a new one
    return work(*given)


def _rest(together: threading.Barrier) -> None:
    with suppress(threading.BrokenBarrierError):
        together.wait(GATHER_S)
    memory.let_go()
