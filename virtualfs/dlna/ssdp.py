"""SSDP: says in each network of the household that we are there, answers who looks, and says goodbye.

One pair of sockets a network: what is heard there is answered there, with the address by which we are reached
there. Only machines of that network are answered, each only so often, and never more than asked for.
Source: UPnP Device Architecture 1.0 section 1 and 1.1 for BOOTID.
"""

import asyncio
import contextlib
import itertools
import logging
import random
import socket
import struct
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from email.utils import formatdate
from ipaddress import IPv4Network, ip_address, ip_network

from virtualfs.dlna.description import DEVICE, PATH, SERVICES, Identity

GROUP, PORT = "239.255.255.250", 1900
MAX_AGE_S = 1800
MAX_WAIT_S = 5
MAX_DATAGRAM = 2048
MOST_PENDING = 200
"""Answers that wait for their moment at the same time."""
MOST_SEARCHES, PER_S = 10, 5.0
"""Searches of one machine that are answered within so many seconds."""
MOST_TOGETHER = 120
"""Searches of all machines of a network within the same time: a sender may have made up its address."""
KEPT_SOURCES = 256
TTL = 2

_IP_MULTICAST_ALL = 49  # of linux/in.h; the socket module lacks it
_ROOT = "upnp:rootdevice"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """When we say that we are there: at these moments after we came, and then again and again between two others."""

    burst_s: tuple[float, ...] = (0.1, 0.4, 1.0)
    again_s: tuple[float, float] = (180.0, 300.0)


@dataclass(frozen=True, order=True, slots=True)
class Here:
    """An address of ours, with the length of its network's prefix."""

    ip: str
    prefix: int

    @property
    def network(self) -> IPv4Network:
        """The network it is in."""
        found = ip_network(f"{self.ip}/{self.prefix}", strict=False)
        assert isinstance(found, IPv4Network)  # noqa: S101  IPv6 is not spoken here
        return found


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said of us: everything but the address. `boot` grows with each start."""

    identity: Identity
    port: int
    boot: int

    def kinds(self) -> tuple[str, ...]:
        """What we announce ourselves as."""
        return (_ROOT, self.identity.udn, DEVICE, *(service.type for service in SERVICES))

    def asked_for(self, target: str) -> tuple[str, ...]:
        """Which of these somebody looks for."""
        return self.kinds() if target == "ssdp:all" else tuple(k for k in self.kinds() if k == target)

    def alive(self, ip: str, kind: str) -> bytes:
        """That we are there."""
        return self._message("NOTIFY * HTTP/1.1", *self._group(kind, "alive"), *self._place(ip))

    def goodbye(self, kind: str) -> bytes:
        """That we are not there any more."""
        return self._message("NOTIFY * HTTP/1.1", *self._group(kind, "byebye"))

    def answer(self, ip: str, kind: str) -> bytes:
        """The answer to who looks."""
        own = ("EXT: ", f"ST: {kind}", f"USN: {self._name(kind)}", f"DATE: {formatdate(usegmt=True)}")
        return self._message("HTTP/1.1 200 OK", *own, *self._place(ip))

    def _group(self, kind: str, what: str) -> tuple[str, ...]:
        return f"HOST: {GROUP}:{PORT}", f"NT: {kind}", f"NTS: ssdp:{what}", f"USN: {self._name(kind)}"

    def _place(self, ip: str) -> tuple[str, ...]:
        server = f"SERVER: Linux/6 UPnP/1.0 DLNADOC/1.50 Hypomos/{self.identity.version}"
        return f"LOCATION: http://{ip}:{self.port}{PATH}", f"CACHE-CONTROL: max-age={MAX_AGE_S}", server

    def _name(self, kind: str) -> str:
        return kind if kind == self.identity.udn else f"{self.identity.udn}::{kind}"

    def _message(self, first: str, *headers: str) -> bytes:
        lines = (first, *headers, f"BOOTID.UPNP.ORG: {self.boot}", "CONFIGID.UPNP.ORG: 1", "", "")
        return "\r\n".join(lines).encode("ascii", "replace")


def read_search(data: bytes) -> tuple[str, float] | None:
    """What somebody looks for, and how long they wait for answers; None for anything else."""
    if len(data) > MAX_DATAGRAM or not data.startswith(b"M-SEARCH * HTTP/1."):
        return None
    fields: dict[str, str] = {}
    for line in data.decode("latin-1").splitlines()[1:]:
        name, colon, value = line.partition(":")
        if colon:
            fields.setdefault(name.strip().upper(), value.strip())
    if fields.get("MAN", "").strip('"').lower() != "ssdp:discover" or not fields.get("ST"):
        return None
    text = fields.get("MX", "1")
    wait = (
        int(text)
        if text.isascii() and text.isdigit() and len(text) < 10
        else MAX_WAIT_S
        if text.isdigit()
        else 1
    )
    return fields["ST"], float(min(wait, MAX_WAIT_S))


class Sources:
    """Counts who looked lately. A flood costs its sender the answers, and nobody else anything."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._together = (clock(), 0)

    def may(self, ip: str) -> bool:
        """Whether this machine is answered once more."""
        moment = self._clock()
        self._seen[ip] = seen = _one_more(self._seen.get(ip, (moment, 0)), moment)
        self._seen.move_to_end(ip)
        while len(self._seen) > KEPT_SOURCES:
            self._seen.popitem(last=False)
        if seen[1] > MOST_SEARCHES:
            return False
        self._together = _one_more(self._together, moment)
        return self._together[1] <= MOST_TOGETHER


def _one_more(seen: tuple[float, int], moment: float) -> tuple[float, int]:
    """Since when, and how many with this one."""
    since, count = seen
    return (moment, 1) if moment - since >= PER_S else (since, count + 1)


class Ssdp:
    """Announcer and responder of all networks. Lives in one event loop."""

    def __init__(self, notice: Notice, pace: Pace = Pace(), draw: random.Random | None = None) -> None:
        self._notice = notice
        self._pace = pace
        self._draw = draw or random.Random()  # noqa: S311  no secret: it spreads answers over time
        self._networks: dict[Here, _Network] = {}
        self._failed: dict[Here, str] = {}

    @property
    def here(self) -> tuple[Here, ...]:
        """Where we are announced."""
        return tuple(sorted(self._networks))

    @property
    def failed(self) -> tuple[tuple[Here, str], ...]:
        """Where we are to be announced and are not, and why."""
        return tuple(sorted(self._failed.items()))

    async def follow(self, addresses: Iterable[Here]) -> None:
        """Be announced at these addresses and no others; goodbye goes first where one is gone.

        Where that fails it is tried again the next time, and said once.
        """
        wanted = set(addresses)
        self._failed = {here: why for here, why in self._failed.items() if here in wanted}
        for gone in sorted(self._networks.keys() - wanted):
            self._networks.pop(gone).close()
        for new in sorted(wanted - self._networks.keys()):
            try:
                network = _Network(self._notice, new, self._pace, self._draw)
                await network.open()
            except OSError as error:
                if new not in self._failed:
                    log.warning("televisions at %s are not told of us: %s", new.ip, error)
                self._failed[new] = error.strerror or str(error)
            else:
                self._networks[new] = network
                self._failed.pop(new, None)

    async def close(self) -> None:
        """Say goodbye everywhere."""
        await self.follow(())


class _Network(asyncio.DatagramProtocol):
    def __init__(self, notice: Notice, here: Here, pace: Pace, draw: random.Random) -> None:
        self._notice, self._here, self._pace, self._draw = notice, here, pace, draw
        self._network = here.network
        self._sources = Sources()
        self._pending: dict[int, asyncio.TimerHandle] = {}
        self._numbers = itertools.count()
        self._hearing: asyncio.DatagramTransport | None = None
        self._saying = _sender(here.ip)
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Listen, and begin to announce."""
        loop = asyncio.get_running_loop()
        try:
            self._socket = _listener(self._here.ip)
            self._hearing, _ = await loop.create_datagram_endpoint(lambda: self, sock=self._socket)
        except OSError:
            self._saying.close()
            raise
        self._task = loop.create_task(self._announce())

    def close(self) -> None:
        """Say goodbye, twice, and let go of everything."""
        if self._task is not None:
            self._task.cancel()
        for handle in self._pending.values():
            handle.cancel()
        for _ in range(2):
            self._say_all(self._notice.goodbye)
        if self._hearing is not None:
            self._hearing.close()
        self._saying.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Somebody says something to the group."""
        search = read_search(data)
        if search is None or ip_address(addr[0]) not in self._network or not self._sources.may(addr[0]):
            return
        target, wait = search
        loop = asyncio.get_running_loop()
        for kind in self._notice.asked_for(target):
            if len(self._pending) >= MOST_PENDING:
                return
            number = next(self._numbers)
            delay = self._draw.uniform(0, wait)
            self._pending[number] = loop.call_later(delay, self._answer, number, kind, addr)

    def _answer(self, number: int, kind: str, to: tuple[str, int]) -> None:
        del self._pending[number]
        self._say(self._notice.answer(self._here.ip, kind), to)

    def error_received(self, exc: Exception) -> None:
        """Somebody cannot be reached: their loss."""

    async def _announce(self) -> None:
        before = 0.0
        for moment in self._pace.burst_s:
            await asyncio.sleep(moment - before)
            before = moment
            self._say_all(lambda kind: self._notice.alive(self._here.ip, kind))
        while True:
            await asyncio.sleep(self._draw.uniform(*self._pace.again_s))
            with contextlib.suppress(OSError):  # a card that went and came back knows nothing of the group
                _join(self._socket, self._here.ip)
            self._say_all(lambda kind: self._notice.alive(self._here.ip, kind))

    def _say_all(self, message: Callable[[str], bytes]) -> None:
        for kind in self._notice.kinds():
            self._say(message(kind), (GROUP, PORT))

    def _say(self, message: bytes, to: tuple[str, int]) -> None:
        with contextlib.suppress(OSError):  # a cable that is pulled, a full queue: it is said again
            self._saying.sendto(message, to)


def _listener(ip: str) -> socket.socket:
    """A socket that hears what is said to the group in the network of one address, beside others that do."""
    with _closed_on_error(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as hearing:
        hearing.setblocking(False)
        hearing.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        hearing.setsockopt(socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)
        hearing.bind((GROUP, PORT))
        _join(hearing, ip)
        return hearing


def _join(hearing: socket.socket, ip: str) -> None:
    """Hear what is said to the group in the network of one address; raises OSError where that is so already."""
    membership = struct.pack("4s4s", socket.inet_aton(GROUP), socket.inet_aton(ip))
    hearing.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)


def _sender(ip: str) -> socket.socket:
    """A socket that speaks from one address, to the group in its network too."""
    with _closed_on_error(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as saying:
        saying.setblocking(False)
        saying.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(ip))
        saying.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, TTL)
        saying.bind((ip, 0))
        return saying


@contextlib.contextmanager
def _closed_on_error(opened: socket.socket) -> Iterator[socket.socket]:
    try:
        yield opened
    except OSError:
        opened.close()
        raise
