"""The client of the benchmarks: one kept connection, answers read whole and thrown away.

What it costs is not counted: only the server's processor time is.
"""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import unquote, urlsplit

from tests.benchmarks.serving import Server

BLOCK = 1 << 20
MULTI_STATUS = 207
CREATED = 201
NAMED = (
    "displayname", "resourcetype", "getcontentlength", "getcontenttype", "getetag", "getlastmodified",
    "creationdate", "supportedlock", "lockdiscovery",
)  # fmt: skip
ASK_NAMED = (
    f'<D:propfind xmlns:D="DAV:"><D:prop>{"".join(f"<D:{name}/>" for name in NAMED)}</D:prop></D:propfind>'
)

_RESPONSE = re.compile(rb"<(\w+:)?response[ >].*?</(\w+:)?response>", re.S)
_HREF = re.compile(rb"<(?:\w+:)?href[^>]*>([^<]+)<")
_FOLDER = re.compile(rb"<(?:\w+:)?collection")


class Client:
    """Asks one server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._connection = HTTPConnection("127.0.0.1", server.port, timeout=120)

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def propfind(self, path: str, body: str = "") -> bytes:
        """The listing of a folder (its path on the server, quoted), depth 1; everything without a body."""
        headers = {"Depth": "1", "Content-Type": "application/xml"}
        self._request("PROPFIND", path, headers, body)
        answer = self._connection.getresponse()
        self._require(answer.status, MULTI_STATUS, path)
        return answer.read()

    def get(self, path: str, first: int | None = None, last: int | None = None) -> int:
        """Read a file, or its bytes `first` to `last`; returns how many bytes came."""
        headers = {} if first is None else {"Range": f"bytes={first}-{last}"}
        self._request("GET", path, headers, "")
        answer = self._connection.getresponse()
        self._require(answer.status, 200 if first is None else 206, path)
        count = 0
        buffer = bytearray(BLOCK)
        while read := answer.readinto(buffer):
            count += read
        return count

    def put(self, path: str, mib: int) -> None:
        """Write a new file of so many MiB."""
        block = random.Random(4976).randbytes(BLOCK)
        headers = {**self._server.headers, "Content-Length": str(mib * BLOCK)}
        self._connection.request("PUT", path, (block for _ in range(mib)), headers)
        answer = self._connection.getresponse()
        answer.read()
        self._require(answer.status, CREATED, path)

    def _request(self, method: str, path: str, headers: dict[str, str], body: str) -> None:
        self._connection.request(method, path, body or None, {**self._server.headers, **headers})

    def _require(self, status: int, expected: int, path: str) -> None:
        if status != expected:
            self.close()
            raise RuntimeError(f"{self._server.name} answered {status}, not {expected}, for {path}")


@contextmanager
def client(server: Server) -> Iterator[Client]:
    """A client for the length of a block."""
    asking = Client(server)
    try:
        yield asking
    finally:
        asking.close()


def members(listing: bytes) -> Iterator[tuple[str, bool]]:
    """The members of a folder in its PROPFIND answer: (path on the server, quoted; whether it is a folder).

    The folder itself comes first and is left out.
    """
    for number, found in enumerate(_RESPONSE.finditer(listing)):
        href = _HREF.search(found[0])
        if number and href is not None:
            yield urlsplit(href[1].decode()).path, _FOLDER.search(found[0]) is not None


def name_of(path: str) -> str:
    """The last segment of a quoted path, in plain text."""
    return unquote(path.rstrip("/").rpartition("/")[2])
