"""A WebDAV server on loopback that has every fault a storage can have, when a test says so.

It keeps its files in a dictionary, which is the hand from outside too, and counts what is asked of it
and what it sends.
"""

import re
import socket
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from urllib.parse import quote, unquote, urlsplit
from xml.sax.saxutils import escape

from tests.servers.breakable import Breakable

OLD_S = 1_600_000_000.0
RETRY_AFTER = 7
PRIVATE = "http://10.11.12.13/"
"""Where `redirect` leads; no test may ever connect to it."""

FAULTS = (
    "refused", "hang", "401", "403", "404", "429", "500", "503", "507", "cut", "long", "short", "nothing",
    "empty", "partial", "another", "redirect", "garbage",
)  # fmt: skip
"""What `break_` takes:

    refused   nobody listens any more       cut       the connection ends in the middle of an answer
    hang      no answer at all              long      it announces more than it sends
    401 ...   only this status              short     it announces, and sends, less than there is
    nothing   200 and not one byte          redirect  to an address of somebody's home network
    empty     folders without entries       garbage   an answer that is no XML, no picture
    partial   folders with half of them     another   another disk lies there: other files
"""

_STATUSES = {"401", "403", "404", "429", "500", "503", "507"}
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


@dataclass(frozen=True)
class File:
    """What lies in the server, and since when."""

    data: bytes
    modified: float = OLD_S


@dataclass
class Counts:
    """What was asked and sent since `reset`."""

    requests: Counter[str] = field(default_factory=Counter)
    sent: int = 0

    def reset(self) -> None:
        self.requests.clear()
        self.sent = 0


class FaultServer(Breakable):
    """Runs on 127.0.0.1 while the block lasts. Paths begin with a slash and do not end with one."""

    faults = FAULTS

    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        self.folders: set[str] = {""}
        self.counts = Counts()
        self.slow_s = 0.0
        self.gives_parts = True
        """Some servers know no ranges, and answer with the whole file."""
        self.words = b"no"
        """The body of an answer that is only a status."""
        super().__init__()

    def put(self, path: str, data: bytes, *, modified: float = OLD_S) -> None:
        """Lay a file there, with the folders above it."""
        with self._lock:
            above = path.rpartition("/")[0]
            while above:
                self.folders.add(above)
                above = above.rpartition("/")[0]
            self.files[path] = File(data, modified)

    # --- serving

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        return _handler(self)

    def answer(self, request: "BaseHTTPRequestHandler") -> None:
        """Answer one request, or fail to."""
        path = unquote(urlsplit(request.path).path).rstrip("/")
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        self.counts.requests[request.command] += 1
        time.sleep(self.slow_s)
        kind = self.met(request.command, path)
        if self.breaks_off(kind, request):
            return
        if kind in _STATUSES:
            head = {"Retry-After": str(RETRY_AFTER)} if kind == "429" else {}
            _Reply(int(kind), self.words, head).send(self, request)
        elif kind == "redirect":
            _Reply(307, b"", {"Location": PRIVATE + "photos" + path}).send(self, request)
        elif kind == "nothing":
            _Reply(200, b"").send(self, request)
        elif kind == "garbage":
            _Reply(207 if request.command == "PROPFIND" else 200, b"<html>\0<p>Welcome<<").send(self, request)
        else:
            self._do(request, path, body, kind).send(self, request, kind)

    def _do(self, request: "BaseHTTPRequestHandler", path: str, body: bytes, kind: str) -> "_Reply":
        how: dict[str, Callable[[], _Reply]] = {
            "PROPFIND": lambda: self._propfind(path, request.headers.get("Depth", "1"), kind),
            "GET": lambda: self._get(path, request.headers.get("Range")),
            "HEAD": lambda: self._get(path, None),
            "PUT": lambda: self._put(path, body, kind),
            "MKCOL": lambda: self._mkcol(path),
            "MOVE": lambda: self._move(
                path, unquote(urlsplit(request.headers.get("Destination", "")).path).rstrip("/"),
                request.headers.get("Overwrite", "T"),
            ),
            "DELETE": lambda: self._delete(path),
        }  # fmt: skip
        with self._lock:
            return how.get(request.command, lambda: _Reply(405, b""))()

    def _propfind(self, path: str, depth: str, kind: str) -> "_Reply":
        if kind == "another":
            inside = ["/somebody-elses.jpg"] if not path else None
            files, folders = {"/somebody-elses.jpg": File(b"other")}, {""}
            if inside is None and path not in files:
                return _Reply(404, b"")
        else:
            files, folders = self.files, self.folders
        if path not in files and path not in folders:
            return _Reply(404, b"")
        wanted = [path]
        if depth != "0" and path in folders:
            inside = sorted(p for p in [*files, *folders] if p and p.rpartition("/")[0] == path)
            if kind == "empty":
                inside = []
            elif kind == "partial":
                inside = inside[::2]
            wanted += inside
        text = "".join(_described(p, files.get(p)) for p in wanted)
        xml = f'<?xml version="1.0"?><d:multistatus xmlns:d="DAV:">{text}</d:multistatus>'
        return _Reply(207, xml.encode(), {"Content-Type": "application/xml"})

    def _get(self, path: str, wanted: str | None) -> "_Reply":
        file = self.files.get(path)
        if file is None:
            return _Reply(404, b"")
        head = {"Last-Modified": formatdate(file.modified, usegmt=True), "Accept-Ranges": "bytes"}
        found = _RANGE.match(wanted or "")
        if found is None or not self.gives_parts:
            return _Reply(200, file.data, head)
        start, size = int(found[1]), len(file.data)
        end = min(int(found[2]) if found[2] else size - 1, size - 1)
        if start > end:
            return _Reply(416, b"", {"Content-Range": f"bytes */{size}"})
        return _Reply(
            206, file.data[start : end + 1], head | {"Content-Range": f"bytes {start}-{end}/{size}"}
        )

    def _put(self, path: str, body: bytes, kind: str) -> "_Reply":
        if path.rpartition("/")[0] not in self.folders:
            return _Reply(409, b"")
        broken = kind in {"cut", "short", "long"}
        self.files[path] = File(body[: len(body) // 2] if broken else body, time.time())
        return _Reply(201, b"")

    def _mkcol(self, path: str) -> "_Reply":
        if path in self.folders or path in self.files:
            return _Reply(405, b"")
        if path.rpartition("/")[0] not in self.folders:
            return _Reply(409, b"")
        self.folders.add(path)
        return _Reply(201, b"")

    def _move(self, src: str, dst: str, overwrite: str) -> "_Reply":
        if src not in self.files and src not in self.folders:
            return _Reply(404, b"")
        if dst.rpartition("/")[0] not in self.folders:
            return _Reply(409, b"")
        if (dst in self.files or dst in self.folders) and overwrite == "F":
            return _Reply(412, b"")
        self._delete(dst)
        for path in [p for p in self.files if p == src or p.startswith(f"{src}/")]:
            self.files[dst + path.removeprefix(src)] = self.files.pop(path)
        for path in [p for p in self.folders if p == src or p.startswith(f"{src}/")]:
            self.folders.discard(path)
            self.folders.add(dst + path.removeprefix(src))
        return _Reply(201, b"")

    def _delete(self, path: str) -> "_Reply":
        if path not in self.files and path not in self.folders:
            return _Reply(404, b"")
        self.files = {p: f for p, f in self.files.items() if p != path and not p.startswith(f"{path}/")}
        self.folders = {p for p in self.folders if p != path and not p.startswith(f"{path}/")}
        return _Reply(204, b"")


@dataclass(frozen=True)
class _Reply:
    status: int
    body: bytes
    head: dict[str, str] = field(default_factory=dict)

    def send(self, server: FaultServer, request: BaseHTTPRequestHandler, kind: str = "") -> None:
        """Send it, or, by the kind of fault, not all of it."""
        body, length = self.body, len(self.body)
        if kind == "cut":
            body = body[: len(body) // 2]
        elif kind == "short":
            body = body[: len(body) // 2]
            length = len(body)
        elif kind == "long":
            length += 100
        request.send_response(self.status)
        for name, value in self.head.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(length))
        request.end_headers()
        if request.command != "HEAD":
            for start in range(0, len(body), 16384):
                request.wfile.write(body[start : start + 16384])
                server.counts.sent += len(body[start : start + 16384])
        if length != len(body) or kind == "cut":
            request.wfile.flush()
            request.close_connection = True
            request.connection.shutdown(socket.SHUT_RDWR)


def _handler(server: FaultServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer waits 40 ms between head and body

        def do_GET(self) -> None:
            server.answer(self)

        do_HEAD = do_PUT = do_PROPFIND = do_MKCOL = do_MOVE = do_DELETE = do_GET  # noqa: N815 (their names)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def _described(path: str, file: File | None) -> str:
    kind = "<d:collection/>" if file is None else ""
    size = "" if file is None else f"<d:getcontentlength>{len(file.data)}</d:getcontentlength>"
    modified = formatdate(OLD_S if file is None else file.modified, usegmt=True)
    href = quote(path) + ("/" if file is None else "")
    return (
        f"<d:response><d:href>{escape(href)}</d:href><d:propstat><d:prop><d:resourcetype>{kind}</d:resourcetype>"
        f"{size}<d:getlastmodified>{modified}</d:getlastmodified></d:prop>"
        "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    )
