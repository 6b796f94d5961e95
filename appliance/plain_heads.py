"""uvicorn's other HTTP protocol, for televisions: it keeps the letters of header names, and is bounded like ours.

How long a head may be the parser bounds by itself. How long it may take, and how many connections there may be at
all, is bounded here: what holds a connection open and says nothing would keep televisions out otherwise.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 20.0
"""Seconds from the beginning of a connection, or the first byte of a head, to the end of the head."""
MOST_CONNECTIONS = 128
MOST_OF_ONE = 24
"""Connections of one machine; sets open six or eight."""


class PlainHeads(H11Protocol):
    """One connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """See asyncio.Protocol. One connection too many is closed at once."""
        super().connection_made(transport)
        ip = self.client and self.client[0]
        addresses = [getattr(other, "client", None) for other in self.connections]
        of_one = sum(address is not None and address[0] == ip for address in addresses)
        if len(self.connections) > MOST_CONNECTIONS or of_one > MOST_OF_ONE:
            transport.abort()
            return
        self._begin_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_timer()  # a request is under way
        elif self._timer is None and not self.transport.is_closing():
            self._begin_head()

    def _begin_head(self) -> None:
        self._timer = self.loop.call_later(HEAD_S, self._give_up)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        if not self.transport.is_closing():
            self.transport.abort()
