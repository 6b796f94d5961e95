"""Talking to the rclone daemon over its unix socket: control calls, and the bytes of files.

HTTP over a socket of ours (`wire.py`): the clients there are cost several times as much a request.

Threading: a client may be used from any thread; each request has a connection of its own while it
lasts, and idle ones are kept. What comes of a file can be waited for on an event loop too.
"""

import functools
import json
import os
import re
import threading
import weakref
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from services.errors import CarrierEnded, Unavailable, Unreadable
from services.storages.rclone.faults import from_answer
from services.storages.rclone.wire import Answer, Connection

CONTROL_S = 60.0
LISTING_S = 900.0
READ_S = 60.0
"""Deadlines: for a control call, for a listing, and between two pieces of a file."""

_IDLE = 8
_TOTAL = re.compile(r"bytes \d+--?\d+/(\d+)")
"""Of an empty file rclone says that it gives the bytes up to -1."""
_LONGEST_TEXT = 64 * 1024
_PATHS = ("remote", "srcRemote", "dstRemote")
"""The parameters that are paths of a remote."""
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
        proof = b64encode(f"{user}:{password}".encode()).decode()
        self._head = f"HTTP/1.1\r\nHost: rclone\r\nAuthorization: Basic {proof}\r\n"
        self._idle: list[Connection] = []
        self._closed = False
        self._lock = threading.Lock()

    def call(
        self, method: str, params: dict[str, Any], *, timeout: float = CONTROL_S, again: bool = True
    ) -> dict[str, Any]:
        """One control call (rclone.org/rc). Raises StorageError by what it answers, DaemonGone.

        Without `again` it is sent once at most: on a connection of its own, for one that was kept may have died.
        """
        body = json.dumps(params).encode("utf-8", "surrogatepass")
        more = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        connection, answer = self._request(f"POST /{method}", more, body, timeout, again=again)
        try:
            text = answer.read()
        except TimeoutError as error:
            connection.close()
            raise Unavailable(f"The storage did not answer within {timeout:.0f} seconds.") from error
        except OSError as error:
            connection.close()
            raise DaemonGone(sent=True) from error
        if answer.status == _NOT_OURS:
            connection.close()
            raise DaemonGone(sent=False)
        self._keep(connection)
        return _answer(answer.status, text, params)

    def get(self, fs: str, path: str, start: int, end: int) -> "Body":
        """Open the bytes `start` to `end` (inclusive) of a file. Raises StorageError, DaemonGone."""
        connection, answer = self._request(
            f"GET {_target(fs, path)}", f"Range: bytes={start}-{end}\r\n", b"", READ_S
        )
        if answer.status in {200, 206}:
            return Body(self, connection, answer)
        try:
            text = answer.read(_LONGEST_TEXT)
        except OSError as error:
            raise Unavailable("The storage did not answer in time.") from error
        finally:
            connection.close()
        if answer.status == _NOT_OURS:
            raise DaemonGone(sent=False)
        is_json = answer.told.get("content-type", "").partition(";")[0].strip() == "application/json"
        fault = from_answer(answer.status, _reason(text), is_json=is_json, named=(path,))
        raise Unreadable(str(fault)) if answer.status == 404 and type(fault) is Unavailable else fault

    def close(self) -> None:
        """Close what is idle."""
        with self._lock:
            idle, self._idle, self._closed = self._idle, [], True
        for connection in idle:
            connection.close()
        self._let_go()

    def _request(
        self, what: str, more: str, body: bytes, timeout: float, *, again: bool = True
    ) -> tuple[Connection, Answer]:
        """Send a request; kept connections that have died meanwhile are passed over for a fresh one.

        Whether they died before or after the request cannot be told, so that those serve only what may be
        sent `again`. `what` is method and address, `more` the headers besides those of every request.
        """
        request = f"{what} {self._head}{more}\r\n".encode("ascii") + body
        while True:
            connection, is_fresh = self._take() if again else (Connection(self._address), True)
            try:
                connection.connect()
            except OSError as error:
                raise DaemonGone(sent=False) from error
            try:
                return connection, connection.ask(request, timeout)
            except TimeoutError as error:
                connection.close()
                raise Unavailable(f"The storage did not answer within {timeout:.0f} seconds.") from error
            except OSError as error:
                connection.close()
                if is_fresh:
                    raise DaemonGone(sent=True) from error

    def _take(self) -> tuple[Connection, bool]:
        while True:
            with self._lock:
                if not self._idle:
                    return Connection(self._address), True
                kept = self._idle.pop()
            if kept.is_silent:
                return kept, False
            kept.close()  # what came would be taken for the answer to the next request

    def _keep(self, connection: Connection) -> None:
        """Keep a connection whose answer has been read to its end."""
        with self._lock:
            if connection.is_free and not self._closed and len(self._idle) < _IDLE:
                self._idle.append(connection)
                return
        connection.close()


class Body:
    """The bytes of a file as they come; `total` is the size of the whole file. To be closed."""

    def __init__(self, client: Client, connection: Connection, answer: Answer) -> None:
        self._client = client
        self._connection = connection
        self._answer = answer
        found = _TOTAL.match(answer.told.get("content-range", ""))
        whole = answer.length if answer.status == 200 else None
        self.total: int | None = int(found[1]) if found else whole
        self.modified = answer.told.get("last-modified")

    def read(self, length: int) -> bytes:
        """Exactly `length` bytes. Raises Unavailable when fewer come."""
        try:
            data = self._answer.read(length)
        except OSError as error:
            raise self._ended_early() from error
        if len(data) < length:
            raise self._ended_early()
        return data

    @property
    def has_length(self) -> bool:
        """Whether it is told how many bytes come, as `coming` needs."""
        return self._answer.length is not None

    @property
    def is_alive(self) -> bool:
        """Whether more may come; False when the daemon has hung up, as it does when a transfer fails."""
        return self._connection.is_open

    async def coming(self, length: int) -> bytes:
        """What comes next, at most so many bytes, on an event loop, which waits without a thread.

        Raises Unavailable when nothing more comes.
        """
        try:
            return await self._answer.coming(length)
        except OSError as error:
            raise self._ended_early() from error

    def came(self, length: int) -> bytes | None:
        """`coming` of what is here by now; None where it is not, or failed: then `coming` says how."""
        try:
            return self._answer.came(length)
        except OSError:
            return None

    def read_end(self) -> None:
        """After the last byte that was asked for: let the answer end, so that its connection is used again."""
        if not self._answer.is_over:
            try:
                self._answer.read(1)
            except OSError:
                self._connection.close()

    def _ended_early(self) -> Unavailable:
        """What is to be raised: by the storage, unless nobody is there any more who could have asked it."""
        if self._connection.is_answered:
            return Unavailable("The storage ended its answer early.")
        return CarrierEnded("rclone does not answer; it is being started again.")

    def close(self) -> None:
        """End the transfer; a connection whose answer was read to its end is used again."""
        self._client._keep(self._connection)


@functools.lru_cache(maxsize=256)  # a player asks for ranges of one film
def _target(fs: str, path: str) -> str:
    return f"/{quote(f'[{fs}]', safe='')}/{quote(path, safe='/')}"


def _answer(status: int, text: bytes, params: Mapping[str, Any]) -> dict[str, Any]:
    if status == 200:
        try:
            found = json.loads(text)
        except ValueError as error:
            raise Unavailable("The storage's answer could not be understood.") from error
        if isinstance(found, dict):
            return found
        raise Unavailable("The storage's answer could not be understood.")
    raise from_answer(status, _reason(text), is_json=True, named=_named(params))


def _named(params: Mapping[str, Any]) -> Iterator[str]:
    """The paths that a call names."""
    for value in params.values():
        if isinstance(value, dict) and "_root" in value:
            yield str(value["_root"])
    yield from (str(params[key]) for key in _PATHS if key in params)


def _reason(text: bytes) -> str:
    """What an answer says is wrong."""
    said = text.decode("utf-8", "replace")
    try:
        found = json.loads(said)
    except ValueError:
        return said
    return str(found.get("error", "")) if isinstance(found, dict) else said
