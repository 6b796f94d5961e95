"""The server's half of SOCKS 5 (RFC 1928) with user name and password (RFC 1929): words, no connections.

Only what the gate needs: CONNECT, to a name or an address, by somebody who knows the password.
"""

import errno
import hmac
import ipaddress
import struct
from collections.abc import Awaitable, Callable
from typing import NamedTuple

Read = Callable[[int], Awaitable[bytes]]
"""Gives exactly so many bytes, or raises."""
Write = Callable[[bytes], Awaitable[None]]

OK, FAILURE, NOT_ALLOWED, NO_NETWORK, NO_HOST, NO_LISTENER = 0, 1, 2, 3, 4, 5
_NO_COMMAND, _NO_TYPE = 7, 8
_VERSION, _AUTH_VERSION, _PASSWORD, _NO_METHOD, _CONNECT = 5, 1, 2, 0xFF, 1
_IPV4, _NAME, _IPV6 = 1, 3, 4

_REPLIES = {
    errno.ECONNREFUSED: NO_LISTENER,
    errno.ENETUNREACH: NO_NETWORK,
    errno.EHOSTUNREACH: NO_HOST,
    errno.ETIMEDOUT: NO_HOST,
}


class Wanted(NamedTuple):
    """Where a client wants to be connected to, as it wrote it."""

    host: str
    port: int


class SocksError(Exception):
    """Raised when a handshake ends without a wish; `answer` is what to send before hanging up."""

    def __init__(self, message: str, answer: bytes = b"") -> None:
        super().__init__(message)
        self.answer = answer


async def read_wish(read: Read, write: Write, user: bytes, password: bytes) -> Wanted:
    """Greet a client, have it show the password, and read where it wants to go; raises SocksError."""
    version, count = await read(2)
    if version != _VERSION:
        raise SocksError("not SOCKS 5")
    if _PASSWORD not in await read(count):
        raise SocksError("offers no password", bytes((_VERSION, _NO_METHOD)))
    await write(bytes((_VERSION, _PASSWORD)))
    await _authenticate(read, write, user, password)
    version, command, _, kind = await read(4)
    host = await _read_host(read, kind)
    (port,) = struct.unpack("!H", await read(2))
    if version != _VERSION or command != _CONNECT:
        raise SocksError("not CONNECT", reply(_NO_COMMAND))
    return Wanted(host, port)


def reply(code: int) -> bytes:
    """The answer to a wish. The address in it, which nobody reads, is 0.0.0.0:0."""
    return bytes((_VERSION, code, 0, _IPV4, 0, 0, 0, 0, 0, 0))


def reply_to(error: OSError) -> bytes:
    """The answer when connecting failed."""
    return reply(NO_HOST if isinstance(error, TimeoutError) else _REPLIES.get(error.errno or 0, FAILURE))


async def _authenticate(read: Read, write: Write, user: bytes, password: bytes) -> None:
    version, length = await read(2)
    told_user = await read(length)
    (length,) = await read(1)
    told_password = await read(length)
    is_right = hmac.compare_digest(told_user, user) & hmac.compare_digest(told_password, password)
    if version != _AUTH_VERSION or not is_right:
        raise SocksError("wrong password", bytes((_AUTH_VERSION, FAILURE)))
    await write(bytes((_AUTH_VERSION, OK)))


async def _read_host(read: Read, kind: int) -> str:
    if kind == _IPV4:
        return str(ipaddress.IPv4Address(await read(4)))
    if kind == _IPV6:
        return str(ipaddress.IPv6Address(await read(16)))
    if kind != _NAME:
        raise SocksError("unknown kind of address", reply(_NO_TYPE))
    (length,) = await read(1)
    return (await read(length)).decode("ascii", "replace")
