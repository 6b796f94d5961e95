"""One connection to the rclone daemon: a request goes out in one piece, and its answer is read here.

The standard library's client builds and checks for any server, reads a head as if it were mail, and puts a
buffer before the socket: together that took longer than everything else that a range costs. Here the bytes
of a body go straight from the socket into what is handed on, a whole block by one call of the kernel, which
keeps the deadlines too.

Threading: a connection belongs to one thread at a time.
"""

import asyncio
import re
import socket
import struct
import sys
from pathlib import Path

from services.storages.rclone.readiness import readable

CONNECT_S = 5.0
_LONGEST_HEAD = 64 * 1024
_PIECE = 4096
"""What is received at once of a head: the daemon sends it together with what fits in there of the body."""
_LEAST = 32 * 1024
"""Less of a body is not handed on by itself, but at its end: whoever takes it spends as much on little as on much."""
_EXITING = 0x4
_STATUS = re.compile(r"HTTP/1\.1 ([2-5]\d\d)(?: |$)")
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,15})(?:;.*)?")


class Broken(ConnectionError):
    """Raised when what comes is no answer, or not all of one."""


class Answer:
    """An answer; `told` are its headers, names in lower case, of several of one name the last.

    `begun` is what came of the body together with the head, `deadline` the seconds that each piece has.
    """

    def __init__(
        self, end: socket.socket, status: int, told: dict[str, str], begun: bytes, deadline: float
    ) -> None:
        self._deadline = deadline
        self.status = status
        self.told = told
        self._end = end
        self._begun = begun
        self._in_chunks = told.get("transfer-encoding", "").lower() == "chunked"
        length = told.get("content-length", "")
        if not self._in_chunks and status not in {204, 304} and not length.isdecimal():
            raise Broken("an answer does not tell how long it is")
        self.length = None if self._in_chunks else int(length or 0)
        self._left = self.length or 0  # of the body, or of its present chunk

    @property
    def is_over(self) -> bool:
        """Whether the body was read to its end."""
        return not self._left and not self._in_chunks

    @property
    def has_more(self) -> bool:
        """Whether more came than its body, with which the next answer would begin."""
        return self.is_over and bool(self._begun)

    def read(self, length: int = sys.maxsize) -> bytes:
        """As many bytes of the body, fewer at its end alone. Raises OSError."""
        parts: list[bytes] = []
        while length and (self._left or self._find_chunk()):
            part = self._take(min(length, self._left))
            self._left -= len(part)
            length -= len(part)
            parts.append(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def coming(self, length: int) -> bytes:
        """What comes next of a body that does not come in chunks, on an event loop: at most so many bytes.

        Of a slow one, which comes by drops, 32 KiB are gathered.

        Who asks has looked by `came` before, so that this begins with a wait. Raises OSError.
        """
        is_here = len(self._begun) >= min(length, self._left, _LEAST)
        await (asyncio.sleep(0) if is_here else readable(self._end, self._deadline))
        while (data := self.came(length)) is None:
            await readable(self._end, self._deadline)
        return data

    def came(self, length: int) -> bytes | None:
        """`coming` without a wait: None while too little is here. Raises OSError."""
        length = min(length, self._left)
        if not length:
            raise Broken("an answer is not as long as it was to be")
        while len(self._begun) < min(length, _LEAST):
            try:
                data = self._end.recv(length - len(self._begun), socket.MSG_DONTWAIT)
            except BlockingIOError:
                return None
            self._begun += _something(data)
        data, self._begun = self._begun[:length], self._begun[length:]
        self._left -= len(data)
        return data

    def _take(self, length: int) -> bytes:
        data, self._begun = self._begun[:length], self._begun[length:]
        while (
            len(data) < length
        ):  # again where a signal or the deadline came between: something did come until then
            data += _receive(self._end, length - len(data), socket.MSG_WAITALL)
        return data

    def _find_chunk(self) -> bool:
        """Go on to the next chunk, where the body comes in some; false at its end."""
        if not self._in_chunks:
            return False
        found = _CHUNK.fullmatch(self._line() or self._line())  # an empty one ends the chunk before
        if found is None:
            raise Broken("an answer does not come in chunks as it said")
        self._left = int(found[1], 16)
        if not self._left:
            while self._line():  # what may be told at the end
                pass
            self._in_chunks = False
        return self._left > 0

    def _line(self) -> bytes:
        while b"\r\n" not in self._begun:
            if len(self._begun) > _LONGEST_HEAD:
                raise Broken("a line of an answer does not end")
            self._begun += _receive(self._end, _PIECE)
        line, _, self._begun = self._begun.partition(b"\r\n")
        return line


class Connection:
    """A connection to the socket at `address`; not connected yet."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._socket: socket.socket | None = None
        self._peer = 0  # the process that listened when this was connected
        self._answer: Answer | None = None
        self._deadline = 0.0

    @property
    def is_free(self) -> bool:
        """Whether another request can be sent: the answer before was read to its end, and is not the last."""
        if self._socket is None:
            return False
        if self._answer is None:
            return True
        is_last = self._answer.told.get("connection", "").lower() == "close"
        return self._answer.is_over and not self._answer.has_more and not is_last

    @property
    def is_silent(self) -> bool:
        """Whether nothing has come that nobody asked for, nor an end, as far as can be seen without waiting."""
        return self._socket is None or _in_sight(self._socket) is None

    @property
    def is_open(self) -> bool:
        """Whether the other end has not hung up, as far as can be seen without waiting."""
        return self._socket is not None and _in_sight(self._socket) != b""

    @property
    def is_answered(self) -> bool:
        """Whether the process that this was connected to still listens, as can be told without a wait.

        Not once the daemon has ended, also where another has taken its place by now.
        """
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as end:
            end.setblocking(False)
            try:
                end.connect(self._address)
            except BlockingIOError:  # so many ask at once
                return True
            except OSError:
                return False
            return _listener(end) == self._peer and not _is_ending(self._peer)

    def connect(self) -> None:
        """Connect unless it is. Raises OSError."""
        if self._socket is not None:
            return
        end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            end.settimeout(CONNECT_S)
            end.connect(self._address)
            end.settimeout(None)
        except OSError:
            end.close()
            raise
        self._socket, self._peer = end, _listener(end)

    def ask(self, request: bytes, timeout: float) -> Answer:
        """Send a request and read the head of its answer. Raises OSError, of it TimeoutError and Broken.

        `timeout` holds for each piece that is sent or read, also of the body.
        """
        if self._socket is None:
            raise AssertionError("connect first")
        if timeout != self._deadline:
            self._set_deadline(self._socket, timeout)
        try:
            self._socket.sendall(request)
        except BlockingIOError as error:
            raise TimeoutError from error
        head = b""
        while b"\r\n\r\n" not in head:
            if len(head) > _LONGEST_HEAD:
                raise Broken("the head of an answer does not end")
            head += _receive(self._socket, _PIECE)
        head, _, begun = head.partition(b"\r\n\r\n")
        self._answer = Answer(self._socket, *_understood(head.decode("latin-1")), begun, timeout)
        return self._answer

    def close(self) -> None:
        """Hang up, also in the middle of an answer."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _set_deadline(self, end: socket.socket, seconds: float) -> None:
        """Have the kernel keep it. A timeout of Python's costs a call more at each piece, and ends WAITALL."""
        packed = struct.pack("@ll", int(seconds), int(seconds % 1 * 1e6))
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            end.setsockopt(socket.SOL_SOCKET, option, packed)
        self._deadline = seconds


def _in_sight(end: socket.socket) -> bytes | None:
    """The first byte of what has come and was not received, b"" for an end, None for nothing; waits for nothing."""
    try:
        return end.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def _listener(end: socket.socket) -> int:
    """The id of the process at the other end. Source: unix(7), SO_PEERCRED."""
    process, _, _ = struct.unpack("@3i", end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(process)


def _is_ending(process: int) -> bool:
    """Whether a process has ended, or is about to: what it has open is closed one by one, who listens last.

    Source: proc(5), `stat`: PF_EXITING among the flags.
    """
    try:
        said = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return True
    return bool(int(said[6]) & _EXITING)


def _understood(head: str) -> tuple[int, dict[str, str]]:
    """The status that a head tells, and the rest."""
    first, *lines = head.split("\r\n")
    found = _STATUS.match(first)
    if found is None:
        raise Broken(f"this is no answer: {first[:100]}")
    told: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise Broken("the head of an answer cannot be understood")
        told[name.lower()] = value.strip()
    return int(found[1]), told


def _receive(end: socket.socket, length: int, flags: int = 0) -> bytes:
    """What comes, at least a byte."""
    try:
        data = end.recv(length, flags)
    except BlockingIOError as error:  # so the kernel says that its deadline is over
        raise TimeoutError from error
    return _something(data)


def _something(data: bytes) -> bytes:
    if not data:
        raise Broken("the daemon hung up")
    return data
