"""Who may speak to the listener at all: machines of the networks it answers in, straight and by its address.

Before anything is looked at. Whoever passes is a device that asks; what it sees is decided by who it is.

A name in the Host header means that a web page in somebody's browser asks (DNS rebinding), and a header of a proxy
that the listener was published somewhere: neither is a television.
"""

import functools
import time
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path

from services.peers import Peer, is_forwarded
from virtualfs.dav.errors import Refused

Nearby = Callable[[str], "IPv4Network | IPv6Network | None"]
"""The network that an address of this machine is in; None where the listener is not to answer."""

NEIGHBOURS = Path("/proc/net/arp")
KEPT_S = 5.0

_COMPLETE = 0x2


def require_neighbour(
    client: tuple[str, int] | None, server: tuple[str, int] | None, headers: Mapping[str, str], nearby: Nearby
) -> None:
    """Raise Refused (403 or 400) unless a machine of the network asks us by our own address.

    `client` and `server` are the two ends of the connection, `headers` have lower-case names.
    """
    if client is None or server is None:
        raise Refused(403, "Televisions come over the network.")
    network = nearby(server[0])
    if network is None or not _is_in(client[0], network):
        raise Refused(403, "This is for machines of this network alone.")
    if "via" in headers or is_forwarded(headers):
        raise Refused(403, "This is not for anybody behind a proxy.")
    if headers.get("host", server[0]) not in {server[0], f"{server[0]}:{server[1]}"}:
        raise Refused(400, "This answers at its address alone.")


@functools.lru_cache(maxsize=256)
def _is_in(ip: str, network: IPv4Network | IPv6Network) -> bool:
    try:
        address = ip_address(ip)
    except ValueError:
        return False
    return address in network and Peer(ip).is_lan


class Neighbours:
    """The MAC addresses of machines of the network, as the kernel knows them. Threading: from any thread."""

    def __init__(self, table: Path = NEIGHBOURS, clock: Callable[[], float] = time.monotonic) -> None:
        self._table = table
        self._clock = clock
        self._known: tuple[float, dict[str, str]] = (-KEPT_S, {})

    def mac(self, ip: str) -> str | None:
        """The MAC address behind an IP address; None when the kernel does not know, or it is behind a router."""
        read_at, known = self._known
        if self._clock() - read_at >= KEPT_S or ip not in known:
            known = self._read()
            self._known = self._clock(), known
        return known.get(ip)

    def _read(self) -> dict[str, str]:
        try:
            lines = self._table.read_text().splitlines()[1:]
        except OSError:
            return {}
        rows = [line.split() for line in lines]
        return {row[0]: row[3] for row in rows if len(row) >= 4 and int(row[2], 16) & _COMPLETE}
