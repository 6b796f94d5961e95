"""Proxies on loopback between rclone and a real server: all goes through unchanged, until a test breaks one.

    refused   nobody listens any more        hang      what is asked is never answered
    cut       each answer ends in its middle, and with it the connection

`HttpProxy` understands HTTP, and answers as the server itself would in trouble, in its dialect:

    401 ...   only this status               long      an answer announces more than comes
    short     it announces, and sends, less than there is
    empty     listings without entries       partial   listings with half of them
"""

import gzip
import http.client
import socket
import socketserver
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler

from tests.servers.breakable import HANG_S, Breakable
from tests.servers.dialects import STATUSES, Answer, Dialect

PIECE = 64 * 1024
_OF_THE_CONNECTION = {"transfer-encoding", "connection", "keep-alive", "content-length"}


class TcpProxy(Breakable):
    """For what it does not understand. A fault is met by connections that are open, and by new ones."""

    faults = ("refused", "hang", "cut")

    def __init__(self, server: int) -> None:
        self.server = server
        super().__init__()

    def pass_on(self, source: socket.socket, sink: socket.socket, *, is_answer: bool) -> None:
        """What comes from one side goes to the other until either ends, or a fault is met."""
        with suppress(OSError):
            while data := source.recv(PIECE):
                kind = self.met() if is_answer else ""
                if kind == "hang":
                    self.hang()
                    break
                if kind == "cut":
                    sink.sendall(data[: len(data) // 2])
                    break
                if kind == "refused":
                    self._close()
                    break
                sink.sendall(data)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _handler(self) -> type[socketserver.BaseRequestHandler]:
        proxy = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with socket.create_connection(("127.0.0.1", proxy.server), HANG_S) as server:
                    there = threading.Thread(
                        target=proxy.pass_on,
                        args=(self.request, server),
                        kwargs={"is_answer": False},
                        daemon=True,
                    )
                    there.start()
                    proxy.pass_on(server, self.request, is_answer=True)
                    there.join()

        return Handler


class HttpProxy(Breakable):
    """For a server that speaks HTTP/1.1; answers are kept whole in memory for a moment."""

    faults = ("refused", "hang", "cut", *STATUSES, "long", "short", "empty", "partial")

    def __init__(self, server: int, dialect: Dialect) -> None:
        self.server = server
        self.dialect = dialect
        super().__init__()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request, or fail to."""
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        kind = self._kind(request)
        if self.breaks_off(kind, request):
            return
        if kind in STATUSES:
            _send(request, self.dialect.refusal(kind))
        else:
            found = self._asked(request, body)
            if kind in {"empty", "partial"}:
                listed = self.dialect.listing_without(kind, found.body)
                _send(request, Answer(found.status, found.head, listed))
            else:
                _send(request, found, kind)

    def _kind(self, request: BaseHTTPRequestHandler) -> str:
        """The fault that this request meets."""
        is_listing = self.dialect.is_listing(request.command, request.path, request.headers.get("Depth", "1"))
        fault = self._fault
        if fault is not None and fault.kind in {"empty", "partial"} and not is_listing:
            return ""
        return self.met("LIST" if is_listing else request.command)

    def _asked(self, request: BaseHTTPRequestHandler, body: bytes) -> Answer:
        """What the server says."""
        server = http.client.HTTPConnection("127.0.0.1", self.server, timeout=HANG_S)
        try:
            server.putrequest(request.command, request.path, skip_host=True, skip_accept_encoding=True)
            for name, value in request.headers.items():
                if name.lower() not in _OF_THE_CONNECTION:
                    server.putheader(name, value)
            if body or "Content-Length" in request.headers:
                server.putheader("Content-Length", str(len(body)))
            server.endheaders(body)
            found = server.getresponse()
            head = {n: v for n, v in found.getheaders() if n.lower() not in _OF_THE_CONNECTION}
            said = found.read()
            if request.command == "HEAD":
                head["Content-Length"] = found.headers.get("Content-Length", "0")
            elif head.pop("Content-Encoding", "") == "gzip":  # to be read, and cut, here
                said = gzip.decompress(said)
            return Answer(found.status, head, said)
        finally:
            server.close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else each answer waits 40 ms between head and body

            def __getattr__(self, name: str) -> object:
                if name.startswith("do_"):
                    return lambda: proxy.answer(self)
                raise AttributeError(name)

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler


def _send(request: BaseHTTPRequestHandler, answer: Answer, kind: str = "") -> None:
    """Send an answer, or, by the kind of fault, not all of it."""
    body, length = answer.body, len(answer.body)
    if kind in {"cut", "short"}:
        body = body[: length // 2]
    if kind == "short":
        length = len(body)
    if kind == "long":
        length += 100
    request.send_response_only(answer.status)
    for name, value in answer.head.items():
        request.send_header(name, value)
    if "Content-Length" not in answer.head:
        request.send_header("Content-Length", str(length))
    request.end_headers()
    if request.command != "HEAD":
        request.wfile.write(body)
    if kind in {"cut", "long"}:
        request.wfile.flush()
        request.close_connection = True
        request.connection.shutdown(socket.SHUT_RDWR)
