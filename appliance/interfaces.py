"""The networks on which a household may be found: this machine's addresses in them, and word when they change.

Only what a home has: private addresses of network cards that are up. Bridges and cables of containers and
virtual machines, tunnels, loopback and link-local addresses are left out: nobody's phone is there.
Source of the flags: netdevice(7).
"""

import asyncio
import fcntl
import logging
import re
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_interface, ip_network

import ifaddr

EVERY_S = 12.0
"""Nothing tells of changes without privileges, so they are looked for."""

HOME = tuple(ip_network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"))
"""RFC 1918 and RFC 4193."""

_VIRTUAL = re.compile(
    r"docker|veth|br-|tun|tap|wg|virbr|vnet|lxc|lxdbr|podman|cni|flannel|cali|vbox|vmnet|tailscale|zt"
)
_SIOCGIFFLAGS = 0x8913
_UP, _LOOPBACK, _POINT_TO_POINT, _RUNNING, _MULTICAST = 0x1, 0x8, 0x10, 0x40, 0x1000

log = logging.getLogger(__name__)


@dataclass(frozen=True, order=True, slots=True)
class Address:
    """An address of this machine in a network: `interface` is the card's name, `prefix` the network's length."""

    interface: str
    ip: str
    prefix: int

    @property
    def network(self) -> IPv4Network | IPv6Network:
        """The network that the card is in."""
        return ip_interface(f"{self.ip}/{self.prefix}").network

    @property
    def is_v4(self) -> bool:
        """Whether this is IPv4."""
        return ":" not in self.ip


Look = Callable[[], tuple[Address, ...]]
Told = Callable[[tuple[Address, ...]], None]


def home_addresses(
    adapters: Callable[[], Iterable[ifaddr.Adapter]] | None = None, flags: Callable[[str], int] | None = None
) -> tuple[Address, ...]:
    """Every address by which somebody at home may reach this machine, in order."""
    flags = flags or _flags
    listed = (adapters or ifaddr.get_adapters)()
    return tuple(sorted(a for a in _listed(listed) if _is_home(a) and _is_used(a.interface, flags)))


class Watcher:
    """Looks again every so often, and tells who asked for it. Lives in one event loop."""

    def __init__(self, look: Look = home_addresses, every_s: float = EVERY_S) -> None:
        self._look, self._every_s = look, every_s
        self._told: list[Told] = []
        self.addresses: tuple[Address, ...] = ()

    def subscribe(self, told: Told) -> None:
        """Have `told` called with all addresses whenever they are others than before."""
        self._told.append(told)

    def look(self) -> bool:
        """Look now; whether something changed. Who fails to be told keeps nobody else from it."""
        try:
            addresses = self._look()
        except OSError as error:
            log.debug("the network cards could not be listed: %s", error)
            return False
        if addresses == self.addresses:
            return False
        self.addresses = addresses
        for told in self._told:
            try:
                told(addresses)
            except Exception:
                log.exception("a change of addresses could not be followed")
        return True

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(self._every_s)


def _listed(adapters: Iterable[ifaddr.Adapter]) -> Iterator[Address]:
    for adapter in adapters:
        for ip in adapter.ips:
            text = ip.ip if isinstance(ip.ip, str) else ip.ip[0].partition("%")[0]
            yield Address(adapter.nice_name, text, ip.network_prefix)


def _is_home(address: Address) -> bool:
    ip = ip_interface(address.ip).ip
    return any(ip in network for network in HOME)


def _is_used(name: str, flags: Callable[[str], int]) -> bool:
    """Whether this is a card that is up, with a cable or a radio network, on which many can be told at once."""
    if _VIRTUAL.match(name):
        return False
    found = flags(name)
    wanted = _UP | _RUNNING | _MULTICAST
    return found & wanted == wanted and not found & (_LOOPBACK | _POINT_TO_POINT)


def _flags(name: str) -> int:
    """The kernel's flags of a network card; 0 for one that is gone meanwhile."""
    request = struct.pack("16sH22x", name.encode()[:15], 0)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            answer = fcntl.ioctl(asking, _SIOCGIFFLAGS, request)
    except OSError:
        return 0
    return int(struct.unpack_from("16xH", answer)[0])
