"""How the service and a decoder child talk: framed messages over a unix socket pair, here and only here.

A message is a JSON header, bytes, and at most one open descriptor (SCM_RIGHTS). Sizes are bounded on both
sides: a child that a hostile file has taken over may say anything.
"""

import array
import base64
import dataclasses
import json
import os
import socket
import struct
import time
from dataclasses import dataclass
from typing import Any

from .types import Hints

LENGTHS = struct.Struct(">II")
"""Bytes of the header, bytes of the payload."""
HEADER_LIMIT = 64 << 20
PAYLOAD_LIMIT = 64 << 20
BINARY = ("sidecar", "takeout")


class Garbled(Exception):
    """Raised when what came is no message."""


@dataclass(frozen=True, slots=True)
class Message:
    """A header, bytes, and perhaps a descriptor that the receiver owns."""

    header: dict[str, Any]
    payload: bytes = b""
    fd: int | None = None


def send(sock: socket.socket, message: Message, *, deadline: float | None = None) -> None:
    """Send a message until `deadline`; its descriptor stays open here.

    Raises TimeoutError, and OSError when the other end is gone.
    """
    _wait_until(sock, deadline)
    header = json.dumps(message.header).encode()
    lengths = LENGTHS.pack(len(header), len(message.payload))
    rights = []
    if message.fd is not None:
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [message.fd]))]
    sent = sock.sendmsg([lengths], rights)
    sock.sendall(lengths[sent:] + header + message.payload)


def receive(sock: socket.socket, *, deadline: float | None = None) -> Message:
    """Wait for a message until `deadline` (of time.monotonic).

    Raises EOFError when the other end has closed, TimeoutError, Garbled, and OSError when it is gone.
    """
    start, fd = _first(sock, deadline)
    try:
        lengths = start + _exactly(sock, LENGTHS.size - len(start), deadline)
        header_length, payload_length = LENGTHS.unpack(lengths)
        if header_length > HEADER_LIMIT or payload_length > PAYLOAD_LIMIT:
            raise Garbled(f"a message of {header_length} and {payload_length} bytes")
        header = json.loads(_exactly(sock, header_length, deadline))
        if not isinstance(header, dict):
            raise Garbled("a header that is no object")
        return Message(header, _exactly(sock, payload_length, deadline), fd)
    except BaseException as error:
        if fd is not None:
            os.close(fd)
        if isinstance(error, ValueError):
            raise Garbled("a header that is no JSON") from error
        raise


def hints_to_json(hints: Hints) -> dict[str, Any]:
    """Hints as JSON data; bytes become base64."""
    data = dataclasses.asdict(hints)
    for name in BINARY:
        if data[name] is not None:
            data[name] = base64.b64encode(data[name]).decode("ascii")
    return data


def hints_from_json(data: dict[str, Any]) -> Hints:
    """The reverse of `hints_to_json`."""
    binary = {name: base64.b64decode(data[name]) for name in BINARY if data[name] is not None}
    return Hints(**(data | binary))


def _first(sock: socket.socket, deadline: float | None) -> tuple[bytes, int | None]:
    """The first bytes of a message, and the descriptor that comes with them."""
    _wait_until(sock, deadline)
    room = socket.CMSG_SPACE(struct.calcsize("i"))
    data, rights, _, _ = sock.recvmsg(LENGTHS.size, room, socket.MSG_CMSG_CLOEXEC)
    fds = array.array("i")
    for level, kind, carried in rights:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(carried[: len(carried) - len(carried) % fds.itemsize])
    if not data:
        raise EOFError("the other end has closed")
    return data, fds[0] if fds else None


def _exactly(sock: socket.socket, count: int, deadline: float | None) -> bytes:
    data = bytearray(count)
    view = memoryview(data)
    while view:
        _wait_until(sock, deadline)
        got = sock.recv_into(view)
        if got == 0:
            raise EOFError("the other end has closed")
        view = view[got:]
    return bytes(data)


def _wait_until(sock: socket.socket, deadline: float | None) -> None:
    if deadline is None:
        sock.settimeout(None)
        return
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("no answer in time")
    sock.settimeout(left)
