"""What every server and proxy with faults has in common: it listens on loopback, can be broken, and mends.

Threading: a test breaks and mends; each connection is served by a thread of its own.
"""

import socket
import socketserver
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Self

FREE_S = 10.0
HANG_S = 120.0
"""Longer than this nobody is left hanging, should a test forget to mend."""


@dataclass
class Fault:
    """What is broken: for which methods, below which path, and after how many good answers."""

    kind: str
    methods: frozenset[str] = frozenset()
    path: str | None = None
    after: int = 0
    met: int = 0


class Breakable(ABC):
    """Listens at `port` on 127.0.0.1 while the block lasts, and has what fault a test says."""

    faults: tuple[str, ...] = ()
    """What `break_` takes."""

    def __init__(self) -> None:
        self._fault: Fault | None = None
        self._lock = threading.RLock()
        self._mended = threading.Event()
        self._server: Listening | None = None
        self.port = 0
        self._open()
        self.address = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *args: object) -> None:
        self._mended.set()
        self._close()

    @abstractmethod
    def _handler(self) -> type[socketserver.BaseRequestHandler]:
        """What serves a connection."""

    def break_(
        self, kind: str, *, methods: Iterable[str] = (), path: str | None = None, after: int = 0
    ) -> None:
        """Have a fault from now on: for all requests, or only some; after so many of those went well."""
        assert kind in self.faults
        self._mended.clear()
        self._fault = Fault(kind, frozenset(methods), path, after)
        if kind == "refused" and not after:
            self._close()

    def mend(self) -> int:
        """Be whole again; how often the fault was met."""
        met, self._fault = 0 if self._fault is None else self._fault.met, None
        self._mended.set()
        if self._server is None:
            self._open()
        return met

    def met(self, method: str = "", path: str = "") -> str:
        """The fault that this request meets, if any."""
        with self._lock:
            fault = self._fault
            if fault is None or (fault.methods and method not in fault.methods):
                return ""
            if fault.path is not None and fault.path != path:
                return ""
            if fault.after:
                fault.after -= 1
                return ""
            fault.met += 1
            return fault.kind

    def hang(self) -> None:
        """Say nothing until somebody mends it."""
        self._mended.wait(HANG_S)

    def breaks_off(self, kind: str, request: BaseHTTPRequestHandler) -> bool:
        """Whether a request gets no answer at all by this fault: then its connection ends here."""
        if kind == "refused":
            self._close()
        elif kind == "hang":
            self.hang()
        else:
            return False
        request.close_connection = True
        return True

    def _open(self) -> None:
        until = time.monotonic() + FREE_S
        while self._server is None:
            try:
                self._server = Listening(("127.0.0.1", self.port), self._handler())
            except OSError:  # somebody's connection has got the port meanwhile
                assert time.monotonic() < until
                time.sleep(0.1)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def _close(self) -> None:
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()
            server.hang_up()


class Listening(socketserver.ThreadingTCPServer):
    """A listening port, whose connections can all be ended at once."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], handler: type[socketserver.BaseRequestHandler]) -> None:
        super().__init__(address, handler)
        self._open: set[socket.socket] = set()

    def process_request(self, request, client_address) -> None:  # type: ignore[no-untyped-def]
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request) -> None:  # type: ignore[no-untyped-def]
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request, client_address) -> None:  # type: ignore[no-untyped-def]
        pass  # the client gave up, or was cut off

    def hang_up(self) -> None:
        """End the connections that are kept open."""
        for each in list(self._open):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
