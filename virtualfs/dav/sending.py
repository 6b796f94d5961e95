"""Sending long answers: watch whether the client is still there, and do not wait for it for ever.

A server's `send` says nothing when the client has gone; only `receive` does. Whoever streams without
looking reads the whole file for nobody, which on a cloud storage is paid for.
"""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from starlette.types import Receive, Send

IDLE_S = 120.0
"""A client that takes nothing for so long is cut off, in seconds. Paused players come back with a range."""


class Stalled(ConnectionError):
    """Raised when a client has not taken anything for too long."""


class Sender:
    """Sends one answer; use it in `async with`. `idle_s` is the time given to each piece."""

    def __init__(self, receive: Receive, send: Send, *, idle_s: float = IDLE_S) -> None:
        self._receive = receive
        self._send = send
        self._idle_s = idle_s
        self._watch: asyncio.Future[None] | None = None

    async def __aenter__(self) -> Self:
        self._watch = asyncio.ensure_future(self._wait_for_end())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._watch is not None:
            self._watch.cancel()

    @property
    def is_gone(self) -> bool:
        """Whether the client has closed the connection."""
        return self._watch is None or self._watch.done()

    def give_up(self) -> None:
        """Treat the client as gone: the server is closing down."""
        if self._watch is not None:
            self._watch.cancel()

    async def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Send status and headers."""
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": raw})

    async def body(self, data: bytes, *, more: bool) -> None:
        """Send a piece of the body; raises Stalled when the client does not take it in time."""
        try:
            async with asyncio.timeout(self._idle_s):
                await self._send({"type": "http.response.body", "body": data, "more_body": more})
        except TimeoutError:
            raise Stalled("The client takes nothing any more.") from None

    async def _wait_for_end(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
