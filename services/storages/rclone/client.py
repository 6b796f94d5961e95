"""Talking to the rclone daemon over its unix socket: control calls, and the bytes of files.

The standard library's HTTP client over a socket of ours: an asynchronous one would not help, since
storages are read in threads, and costs three times as much a request.

Threading: a client may be used from any thread; each request has a connection of its own while it
lasts, and idle ones are kept.
"""

import http.client
import json
import os
import re
import socket
import threading
import weakref
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import quote

from services.errors import Unavailable
from services.storages.rclone.faults import from_answer

CONNECT_S = 5.0
CONTROL_S = 60.0
LISTING_S = 900.0
READ_S = 60.0
"""Deadlines: to reach the daemon, for a control call, for a listing, and between two pieces of a file."""

_IDLE = 8
_TOTAL = re.compile(r"bytes \d+-\d+/(\d+)")
_LONGEST_TEXT = 64 * 1024
_NOT_OURS = 401
"""What a daemon answers that another process has started anew; faults of storages have other statuses."""


class DaemonGone(Exception):
    """Raised when nobody answers at the socket; `sent` is true when the request may have been begun."""

    def __init__(self, *, sent: bool) -> None:
        super().__init__("the rclone daemon does not answer")
        self.sent = sent


class Client:
    """The daemon that listens at `name` in the folder `run`, entered with a user and a password."""

    def __init__(self, run: Path, name: str, user: str, password: str) -> None:
        folder = os.open(run, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        self._let_go = weakref.finalize(self, os.close, folder)
        # a path by way of a descriptor: socket addresses end after 107 bytes
        self._address = f"/proc/self/fd/{folder}/{name}"
        self._head = {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}
        self._idle: list[_Connection] = []
        self._closed = False
        self._lock = threading.Lock()

    def call(self, method: str, params: dict[str, Any], *, timeout: float = CONTROL_S) -> dict[str, Any]:
        """One control call (rclone.org/rc). Raises StorageError by what it answers, DaemonGone."""
        body = json.dumps(params).encode("utf-8", "surrogatepass")
        head = self._head | {"Content-Type": "application/json"}
        connection, response = self._request("POST", f"/{method}", head, body, timeout)
        try:
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            if isinstance(error, TimeoutError):
                raise Unavailable(f"The storage did not answer within {timeout:.0f} seconds.") from error
            raise DaemonGone(sent=True) from error
        if response.status == _NOT_OURS:
            connection.close()
            raise DaemonGone(sent=False)
        self._keep(connection, response)
        return _answer(response.status, text)

    def get(self, fs: str, path: str, start: int, end: int) -> "Body":
        """Open the bytes `start` to `end` (inclusive) of a file. Raises StorageError, DaemonGone."""
        target = f"/{quote(f'[{fs}]', safe='')}/{quote(path, safe='/')}"
        head = self._head | {"Range": f"bytes={start}-{end}"}
        connection, response = self._request("GET", target, head, None, READ_S)
        if response.status in {200, 206}:
            return Body(self, connection, response)
        try:
            text = response.read(_LONGEST_TEXT)
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable("The storage did not answer in time.") from error
        finally:
            connection.close()
        if response.status == _NOT_OURS:
            raise DaemonGone(sent=False)
        is_json = response.headers.get_content_type() == "application/json"
        raise from_answer(response.status, _reason(text), is_json=is_json)

    def close(self) -> None:
        """Close what is idle."""
        with self._lock:
            idle, self._idle, self._closed = self._idle, [], True
        for connection in idle:
            connection.close()
        self._let_go()

    def _request(
        self, method: str, target: str, head: dict[str, str], body: bytes | None, timeout: float
    ) -> "tuple[_Connection, http.client.HTTPResponse]":
        """Send a request; one kept connection that has died meanwhile is passed over for a fresh one."""
        while True:
            connection, is_fresh = self._take()
            try:
                if connection.sock is None:
                    connection.connect()
            except OSError as error:
                raise DaemonGone(sent=False) from error
            connection.sock.settimeout(timeout)
            try:
                connection.request(method, target, body, head)
                return connection, connection.getresponse()
            except TimeoutError as error:
                connection.close()
                raise Unavailable(f"The storage did not answer within {timeout:.0f} seconds.") from error
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                if is_fresh:
                    raise DaemonGone(sent=True) from error

    def _take(self) -> "tuple[_Connection, bool]":
        with self._lock:
            if self._idle:
                return self._idle.pop(), False
        return _Connection(self._address), True

    def _keep(self, connection: "_Connection", response: http.client.HTTPResponse) -> None:
        """Keep a connection whose answer has been read to its end."""
        with self._lock:
            is_whole = response.isclosed() and connection.sock is not None
            if is_whole and not self._closed and len(self._idle) < _IDLE:
                self._idle.append(connection)
                return
        connection.close()


class Body:
    """The bytes of a file as they come; `total` is the size of the whole file. To be closed."""

    def __init__(self, client: Client, connection: "_Connection", response: http.client.HTTPResponse) -> None:
        self._client = client
        self._connection = connection
        self._response = response
        found = _TOTAL.match(response.headers.get("Content-Range", ""))
        length = response.headers.get("Content-Length", "")
        whole = int(length) if response.status == 200 and length.isdigit() else None
        self.total: int | None = int(found[1]) if found else whole
        self.modified = response.headers.get("Last-Modified")

    def read(self, length: int) -> bytes:
        """Exactly `length` bytes. Raises Unavailable when fewer come."""
        parts: list[bytes] = []
        while length:
            try:
                part = self._response.read(length)
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise Unavailable("The storage ended its answer early.") from error
            if not part:
                raise Unavailable("The storage ended its answer early.")
            parts.append(part)
            length -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def read_end(self) -> None:
        """After the last byte that was asked for: let the answer end, so that its connection is used again."""
        if not self._response.isclosed():
            try:
                self._response.read(1)
            except (OSError, http.client.HTTPException, ValueError):
                self._connection.close()

    def close(self) -> None:
        """End the transfer; a connection whose answer was read to its end is used again."""
        self._client._keep(self._connection, self._response)


class _Connection(http.client.HTTPConnection):
    def __init__(self, address: str) -> None:
        super().__init__("rclone")
        self._path = address

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.sock.settimeout(CONNECT_S)
            self.sock.connect(self._path)
        except OSError:
            self.close()
            raise


def _answer(status: int, text: bytes) -> dict[str, Any]:
    if status == 200:
        try:
            found = json.loads(text)
        except ValueError as error:
            raise Unavailable("The storage's answer could not be understood.") from error
        if isinstance(found, dict):
            return found
        raise Unavailable("The storage's answer could not be understood.")
    raise from_answer(status, _reason(text), is_json=True)


def _reason(text: bytes) -> str:
    """What an answer says is wrong."""
    said = text.decode("utf-8", "replace")
    try:
        found = json.loads(said)
    except ValueError:
        return said
    return str(found.get("error", "")) if isinstance(found, dict) else said
