"""The listener for televisions: there only while it is switched on, and found only where it answers.

    dlna_listen names a network card's address, or all      every home network; never a bridge, a tunnel, the Internet
    dlna_listen is loopback                                 programs on this machine alone
    the networks change                                     goodbye where we were, then announced anew
    another machine of the household leads                  it alone is announced; both answer

Threading: lives in one event loop; `leave` is called there too.
"""

import asyncio
import contextlib
import logging
import socket
import uuid
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from appliance.container import Hypomos
from appliance.discovery import televisions
from appliance.discovery.running import instance_name
from appliance.discovery.televisions import Report
from appliance.interfaces import Address, Watcher
from appliance.plain_heads import PlainHeads
from appliance.server import Server, bind
from config import Settings
from config.settings import split_address
from services.access import ends
from services.errors import UsageError
from services.leading import Leader
from services.models import counters, transaction
from services.screens import is_let_in
from services.sharing import Openings
from virtualfs.dlna.access import Neighbours
from virtualfs.dlna.app import Parts, make_dlna
from virtualfs.dlna.cds import update_id
from virtualfs.dlna.description import Identity
from virtualfs.dlna.events import Events
from virtualfs.dlna.ssdp import Here, Notice, Pace, Ssdp
from web.words import preferred, words

BEAT_S = 5.0
BOOT = "dlna_boot"
LOOPBACK = Address("lo", "127.0.0.1", 8)
GRACE_S = 2

log = logging.getLogger(__name__)


class Television:
    """One for a `serve`, if at all."""

    def __init__(
        self, hypomos: Hypomos, listener: socket.socket, plain: tuple[str, int], started: Callable[[], None], *,
        watcher: Watcher | None = None, pace: Pace | None = None, beat_s: float = BEAT_S,
    ) -> None:  # fmt: skip
        settings = hypomos.settings
        self._host, self._port = listener.getsockname()[:2]
        self._listener = listener
        self._plain, self._public_url = plain, settings.public_url
        self._watcher = watcher or Watcher()
        self._leader = Leader(settings.database_url, "televisions")
        self._beat_s = beat_s
        name = instance_name(socket.gethostname(), plain[1])
        identity = Identity(f"uuid:{uuid.UUID(hypomos.household)}", name, hypomos.version)
        self._ssdp = Ssdp(Notice(identity, self._port, counters.next_value(BOOT)), pace or Pace())
        neighbours = Neighbours()
        self._events = Events(Changes(), lambda ip: is_let_in(ip, neighbours.mac(ip)))
        parts = Parts(
            identity, hypomos.screen_key, hypomos.broker, hypomos.pictures, hypomos.masks, hypomos.jobs, Openings(),
            self.nearby, self._events, self._pages, neighbours, translator,
        )  # fmt: skip
        self._server = Server(make_dlna(parts), started, http=PlainHeads, timeout_graceful_shutdown=GRACE_S)
        self._folder = settings.run
        self._report: Report | None = None
        self._leaving, self._woken = asyncio.Event(), asyncio.Event()
        self._watcher.subscribe(lambda _: self._woken.set())

    def addresses(self) -> tuple[Address, ...]:
        """Where we answer now."""
        bound = ip_address(self._host)
        if bound.is_loopback:
            return (LOOPBACK,)
        found = [each for each in self._watcher.addresses if each.is_v4]
        return tuple(each for each in found if bound.is_unspecified or each.ip == self._host)

    def nearby(self, ip: str) -> IPv4Network | IPv6Network | None:
        """The network that one of our addresses is in, if we answer there."""
        return next((each.network for each in self.addresses() if each.ip == ip), None)

    def leave(self) -> None:
        """Say goodbye and end."""
        self._leaving.set()

    async def run(self) -> None:
        """Answer until `leave`, or until the listener fails."""
        televisions.remove(self._folder)
        self._watcher.look()
        serving = asyncio.ensure_future(self._server.serve([self._listener]))
        leaving = asyncio.ensure_future(self._leaving.wait())
        beside = [asyncio.ensure_future(run()) for run in (self._keep, self._watcher.run, self._events.run)]
        try:
            await asyncio.wait({serving, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*beside, leaving):
                task.cancel()
            await asyncio.gather(*beside, leaving, return_exceptions=True)
            await self._ssdp.close()  # goodbye while streams still end
            self._server.should_exit = True
            await serving
            await asyncio.to_thread(self._leader.step_down)
            televisions.remove(self._folder)

    async def _keep(self) -> None:
        """Be announced where we answer, if we are the one who is."""
        while True:
            self._woken.clear()
            try:
                leads = self._leader.is_alone or await asyncio.to_thread(self._leader.leads)
                await self._ssdp.follow(heres(self.addresses()) if leads else ())
                self._tell(leads=leads)
            except Exception:
                log.exception("televisions could not be told of us")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._beat_s):
                    await self._woken.wait()

    def _tell(self, *, leads: bool) -> None:
        """Put what changed where `doctor` looks."""
        here = tuple(each.ip for each in self._ssdp.here)
        failed = tuple((each.ip, why) for each, why in self._ssdp.failed)
        report = Report(self._host, self._port, here, failed, leads)
        if report != self._report:
            self._report = report
            try:
                televisions.write(self._folder, report)
            except OSError as error:
                log.warning("what televisions are told could not be written down: %s", error)

    def _pages(self, ip: str) -> str:
        """Where our web pages are for who reaches us at this address; empty when nobody knows."""
        host, port = self._plain
        if ip_address(host).is_unspecified or host == ip:
            return f"http://{ip}:{port}/"
        return self._public_url and f"{self._public_url.rstrip('/')}/"


class Changes:
    """The number that moves with the catalogue; also when a right ends by the clock, of which nothing is written.

    Then it is written here, so that every cache and every set learns of it. Threading: asked in one thread.
    """

    def __init__(self) -> None:
        self._until: int | None = None
        self._known = -1

    def __call__(self) -> int:
        """The number now; blocks."""
        moment = ends.moment()
        if self._until is not None and moment >= self._until:
            with transaction():
                counters.bump_policy()
            self._known = -1
        update = update_id()
        if update != self._known:  # a new end can only have come with a change
            self._until, self._known = ends.next_end(moment), update
        return update


def translator(own: str, accepted: str) -> Callable[[str], str]:
    """Gives our own names in somebody's language, else in the first one that their program names."""
    return words(preferred(own, accepted)).gettext


def heres(addresses: Sequence[Address]) -> tuple[Here, ...]:
    """The same addresses for SSDP."""
    return tuple(Here(each.ip, each.prefix) for each in addresses)


def open_listener(settings: Settings) -> socket.socket | None:
    """The listening socket while televisions are switched on, else None; raises UsageError."""
    if not settings.dlna_enabled:
        return None
    host, _ = split_address(settings.dlna_listen)
    if ":" in host:
        raise UsageError(
            f"dlna_listen is “{settings.dlna_listen}”, but televisions are served over IPv4 alone. Take 0.0.0.0:4977.",
            field="dlna_listen",
        )
    return bind(settings.dlna_listen, "dlna_listen")
