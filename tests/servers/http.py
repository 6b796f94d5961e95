"""A small HTTP server on loopback that stands in for a cloud provider: routes, what was asked, and faults.

A provider's server derives from `FakeServer` and registers its routes. A test can put faults before a
route: the next request to it is answered by the fault instead.
"""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.content.decode(), keep_blank_values=True))

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def bearer(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")


@dataclass(frozen=True)
class Reply:
    """An answer; `data` as JSON, or `raw` as it is."""

    status: int = 200
    data: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    drip_s: float = 0.0
    """Seconds between single bytes."""
    cut: bool = False
    """End the connection half way."""
    hang_s: float = 0.0
    """Say nothing for so long."""


Route = Callable[[Asked], Reply]


class FakeServer:
    """Runs on 127.0.0.1 while the block lasts."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.routes: dict[tuple[str, str], Route] = {}
        self._faults: dict[str, list[Reply]] = defaultdict(list)
        self._stop = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else each answer waits 40 ms between head and body

            def do_GET(self) -> None:
                outer._serve(self)

            def do_POST(self) -> None:
                outer._serve(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def route(self, method: str, path: str, answer: Route) -> None:
        """What answers a path; one that ends in `/*` answers all below it."""
        self.routes[method, path] = answer

    def fault(self, path: str, *replies: Reply) -> None:
        """The next requests whose path begins so get these answers, one each."""
        self._faults[path] += replies

    def paths(self) -> list[str]:
        """The paths asked so far, in order."""
        return [asked.path for asked in self.asked]

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        at = urlsplit(handler.path)
        content = handler.rfile.read(int(handler.headers.get("content-length", 0)))
        asked = Asked(
            handler.command,
            unquote(at.path),
            dict(parse_qsl(at.query, keep_blank_values=True)),
            {k.lower(): v for k, v in handler.headers.items()},
            content,
        )
        self.asked.append(asked)
        reply = self._fault_for(asked.path) or self._answer(asked)
        try:
            self._send(handler, reply)
        except OSError:
            handler.close_connection = True  # the client gave up

    def _fault_for(self, path: str) -> Reply | None:
        for beginning, replies in self._faults.items():
            if path.startswith(beginning) and replies:
                return replies.pop(0)
        return None

    def _answer(self, asked: Asked) -> Reply:
        found = self.routes.get((asked.method, asked.path))
        folder = asked.path
        while found is None and folder:
            folder = folder.rpartition("/")[0]
            found = self.routes.get((asked.method, f"{folder}/*"))
        return found(asked) if found else Reply(404, {"error": {"code": "notRouted", "message": asked.path}})

    def _send(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        if self._stop.wait(reply.hang_s):
            handler.close_connection = True
            return
        content = reply.raw if reply.raw is not None else json.dumps(reply.data).encode()
        handler.send_response(reply.status)
        headers = {"Content-Type": "application/json", **reply.headers}
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        if reply.cut:
            handler.wfile.write(content[: len(content) // 2])
            handler.close_connection = True
        elif reply.drip_s:
            for byte in content:
                handler.wfile.write(bytes([byte]))
                handler.wfile.flush()
                time.sleep(reply.drip_s)
        else:
            handler.wfile.write(content)
