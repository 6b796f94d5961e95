"""Threads for short work: one at a time while each is quick, more when one keeps the others waiting.

Python runs one thread at a time anyway, and threads that hand the interpreter to each other at every
question to the catalogue spend a third of a request on that. Only waiting, for a disk that spins up or a
mount that does not answer, is worth a second thread.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

PATIENCE_S = 0.004
"""Whoever takes longer than this, in seconds, is waiting for something: the next one begins."""

T = TypeVar("T")


class Turns:
    """Runs work in at most so many threads. Threading: used on one event loop."""

    def __init__(self, threads: int, name: str) -> None:
        self._threads = ThreadPoolExecutor(threads, name)
        self._free = asyncio.Semaphore()

    async def run(self, work: Callable[..., T], *given: object) -> T:
        """Do work in a thread, when it is its turn."""
        await self._free.acquire()
        turn, loop = _Turn(self._free), asyncio.get_running_loop()
        late = loop.call_later(PATIENCE_S, turn.end)
        try:
            return await loop.run_in_executor(self._threads, work, *given)
        finally:
            late.cancel()
            turn.end()


class _Turn:
    """Ends once: when the work is done, or takes too long."""

    def __init__(self, free: asyncio.Semaphore) -> None:
        self._free: asyncio.Semaphore | None = free

    def end(self) -> None:
        if self._free is not None:
            self._free.release()
            self._free = None
