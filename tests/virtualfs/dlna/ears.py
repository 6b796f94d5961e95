"""A machine of the network that listens to the group of SSDP and asks it, on loopback."""

import asyncio
import itertools
import os
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

from virtualfs.dlna.ssdp import GROUP, PORT, _listener, _sender

DEADLINE_S = 30.0


_numbers = itertools.count()


def network() -> str:
    """The beginning of a network of loopback that no other test uses: all of them hear each other."""
    return f"127.{1 + os.getpid() % 250}.{next(_numbers) % 250}"


class Ears:
    """Keeps what is said. `ip` is the machine's own address."""

    def __init__(self, ip: str) -> None:
        self._hearing, self._asking = _listener(ip), _sender(ip)
        self._hearing.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.heard: list[str] = []
        self.answers: list[str] = []

    async def __aenter__(self) -> "Ears":
        loop = asyncio.get_running_loop()
        self._transports = [
            (await loop.create_datagram_endpoint(partial(_Keeper, kept), sock=sock))[0]
            for sock, kept in ((self._hearing, self.heard), (self._asking, self.answers))
        ]
        return self

    async def __aexit__(self, *error: object) -> None:
        for transport in self._transports:
            transport.close()

    def say(self, message: str | bytes) -> None:
        data = message if isinstance(message, bytes) else message.replace("\n", "\r\n").encode()
        self._transports[1].sendto(data, (GROUP, PORT))

    def search(self, target: str, **fields: str) -> None:
        given = {"HOST": f"{GROUP}:{PORT}", "MAN": '"ssdp:discover"', "MX": "0", "ST": target} | fields
        lines = [f"{name}: {value}" for name, value in given.items() if value]
        self.say("\n".join(["M-SEARCH * HTTP/1.1", *lines, "", ""]))


class _Keeper(asyncio.DatagramProtocol):
    def __init__(self, kept: list[str]) -> None:
        self._kept = kept

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._kept.append(data.decode("latin-1"))


async def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for something that must come."""
    deadline = asyncio.get_running_loop().time() + DEADLINE_S
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, what
        await asyncio.sleep(0.01)


def field(message: str, name: str) -> str:
    """A header of a message."""
    for line in message.splitlines():
        found, _, value = line.partition(":")
        if found.strip().upper() == name:
            return value.strip()
    return ""
