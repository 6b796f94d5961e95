"""uvicorn's HTTP protocol with bounds: how long the head of a request may be, and how long it may take.

The parser collects a head without end, and joins what it has with every piece that comes: one client
that never ends its head would hold the event loop for minutes and memory without measure. The same
bound holds for what may stand between the bytes of a body (extensions and trailers of its chunks).
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 64 * 1024
"""Bytes of a request line with its header fields; browsers and WebDAV clients send a tenth of it."""

HEAD_S = 30.0
"""Seconds from the first byte of a head, or from the beginning of a connection, to the end of the head."""

_PIECE = 16 * 1024
_TOO_LONG = (431, "Request Header Fields Too Large", b"The head of this request is longer than 64 KiB.\n")
_TOO_SLOW = (408, "Request Timeout", b"The head of this request did not come within 30 seconds.\n")


class BoundedHeads(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = True
        self._unread = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """See asyncio.Protocol."""
        super().connection_made(transport)
        self._begin_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol. A head is given to the parser in pieces, each of them counted."""
        while data and not self.transport.is_closing():
            size = _PIECE if self._in_head else len(data)
            piece, data = data[:size], data[size:]
            self._unread += len(piece)
            if not (self._in_head and self._unread > MAX_HEAD):
                super().data_received(piece)
            if self._unread > MAX_HEAD:
                self._refuse(*_TOO_LONG)

    def on_message_begin(self) -> None:
        """A request begins."""
        if self._timer is None:
            self._begin_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head has ended."""
        self._stop_timer()
        self._in_head, self._unread = False, 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Some of the body."""
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole; what comes now is the head of the next."""
        self._in_head, self._unread = True, 0
        super().on_message_complete()

    def _begin_head(self) -> None:
        self._timer = self.loop.call_later(HEAD_S, self._refuse, *_TOO_SLOW)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, status: int, phrase: str, text: bytes) -> None:
        """Say why and close; only close when the answer to the request before is still under way."""
        self._stop_timer()
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            head = (
                f"HTTP/1.1 {status} {phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n"
                f"content-length: {len(text)}\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(head.encode() + text)
        self.transport.close()
