"""The body of an upload, handed from the event loop to the thread that writes it, one batch ahead.

The thread pulls: nothing is received before it asks, so a request that is refused costs its client no byte, and
memory holds two batches at most. A client that goes away, falls silent or sends less than it announced is an error
in the thread, never the end of the file.
"""

import asyncio
import concurrent.futures
from collections.abc import Iterator

from starlette.types import Receive

from services.errors import SenderEnded

BATCH = 1024 * 1024
IDLE_S = 120.0
"""A client that sends nothing for so long is given up, in seconds."""

_SHORT = "The upload ended early; nothing of it was kept."


class Body:
    """The body of one request. Made on the event loop; iterated once, in another thread."""

    def __init__(
        self, receive: Receive, loop: asyncio.AbstractEventLoop, size: int | None, idle_s: float = IDLE_S
    ) -> None:
        self.size = size
        self.is_begun = False
        self.is_whole = False
        self._receive = receive
        self._loop = loop
        self._idle_s = idle_s
        self._is_closed = False
        self._ahead: concurrent.futures.Future[list[bytes]] | None = None

    def __iter__(self) -> Iterator[bytes]:
        """The pieces; raises SenderEnded when they are not all, or too many."""
        self.is_begun = True
        count = 0
        self._ahead = self._fetch()
        while batch := self._wait():
            self._ahead = None if self.is_whole else self._fetch()
            for piece in batch:
                count += len(piece)
                if self.size is not None and count > self.size:
                    raise SenderEnded("More came than was announced; nothing of it was kept.")
                yield piece
        if self.size is not None and count < self.size:
            raise SenderEnded(f"Only {count} of {self.size} bytes came; nothing of it was kept.")

    def close(self) -> None:
        """Whoever waits for more of it stops waiting, and nothing more is asked for."""
        self._is_closed = True
        if self._ahead is not None:
            self._ahead.cancel()

    def _fetch(self) -> "concurrent.futures.Future[list[bytes]]":
        if self._is_closed:
            raise SenderEnded(_SHORT)
        asking = self._next()
        try:
            return asyncio.run_coroutine_threadsafe(asking, self._loop)
        except RuntimeError:  # the server has closed down meanwhile
            asking.close()
            raise SenderEnded(_SHORT) from None

    def _wait(self) -> list[bytes]:
        if self._ahead is None:
            return []
        try:
            return self._ahead.result()
        except concurrent.futures.CancelledError:
            raise SenderEnded(_SHORT) from None
        except TimeoutError:
            raise SenderEnded(
                f"Nothing came for {self._idle_s:.0f} s; nothing of the upload was kept."
            ) from None

    async def _next(self) -> list[bytes]:
        """The next pieces, about a batch of them; none at the end."""
        pieces: list[bytes] = []
        length = 0
        while length < BATCH and not self.is_whole:
            async with asyncio.timeout(self._idle_s):
                message = await self._receive()
            if message["type"] == "http.disconnect":
                raise SenderEnded(_SHORT)
            if piece := message.get("body", b""):
                pieces.append(piece)
                length += len(piece)
            self.is_whole = not message.get("more_body", False)
        return pieces
