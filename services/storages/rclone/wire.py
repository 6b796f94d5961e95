"""One connection to the rclone daemon: a request goes out in one piece, the head of its answer is read here.

The body is left to the standard library's HTTP response. Its own way to read a head is made for mail, and
to build a request checks each header: together they took longer than everything else that a range costs.

Threading: a connection belongs to one thread at a time.
"""

import http.client
import re
import socket

CONNECT_S = 5.0
_LONGEST_LINE = 64 * 1024
_MOST_LINES = 100
_STATUS = re.compile(rb"HTTP/1\.1 ([2-5]\d\d)[ \r\n]")


class Answer(http.client.HTTPResponse):
    """An answer; `told` are its headers, names in lower case, of several of one name the last."""

    def __init__(self, end: socket.socket) -> None:
        super().__init__(end)
        self.told: dict[str, str] = {}

    def begin(self) -> None:
        """Read the head. Raises HTTPException when it is none."""
        line = self.fp.readline(_LONGEST_LINE)
        if not line:
            raise http.client.RemoteDisconnected("the daemon hung up")
        found = _STATUS.match(line)
        if found is None:
            raise http.client.BadStatusLine(line[:100].decode("latin-1"))
        self.status = self.code = int(found[1])
        self.told = self._read_told()
        self.chunked = self.told.get("transfer-encoding", "").lower() == "chunked"
        self.chunk_left = None
        length = self.told.get("content-length", "")
        self.length = int(length) if length.isdecimal() and not self.chunked else None
        if self.status in {204, 304}:
            self.length = 0
        has_end = self.chunked or self.length is not None
        self.will_close = not has_end or "close" in self.told.get("connection", "").lower()

    def _read_told(self) -> dict[str, str]:
        told: dict[str, str] = {}
        for _ in range(_MOST_LINES):
            line = self.fp.readline(_LONGEST_LINE)
            if line in {b"\r\n", b"\n"}:
                return told
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon or not line.endswith(b"\n"):
                raise http.client.HTTPException("the head of an answer was cut")
            told[name.lower()] = value.strip()
        raise http.client.HTTPException("the head of an answer does not end")


class Connection:
    """A connection to the socket at `address`; not connected yet."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._socket: socket.socket | None = None
        self._answer: Answer | None = None

    @property
    def is_open(self) -> bool:
        """Whether another request can be sent."""
        return self._socket is not None

    def connect(self) -> None:
        """Connect unless it is. Raises OSError."""
        if self._socket is not None:
            return
        end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            end.settimeout(CONNECT_S)
            end.connect(self._address)
        except OSError:
            end.close()
            raise
        self._socket = end

    def ask(self, request: bytes, timeout: float) -> Answer:
        """Send a request and read the head of its answer. Raises OSError and HTTPException.

        `timeout` holds for each piece that is sent or read, also of the body.
        """
        if self._socket is None:
            raise AssertionError("connect first")
        self._socket.settimeout(timeout)
        self._socket.sendall(request)
        answer = self._answer = Answer(self._socket)
        answer.begin()
        if answer.will_close:  # the answer has hold of the socket until it is read
            self._socket.close()
            self._socket = None
        return answer

    def close(self) -> None:
        """Hang up, also in the middle of an answer."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._answer is not None:
            self._answer.close()
            self._answer = None
