"""The announcements themselves: python-zeroconf, one instance a process, opened when there is something to say.

The library is imported with the first announcement, so that who switches them off pays nothing for it.
Whatever changes, all is said goodbye to and announced anew: a network that was joined meanwhile is asked
for names that are taken there, as the first one was. Names that somebody else is heard to have later (two
machines that start at once, two networks that become one) are given up the same way.
Source: RFC 6762 (sections 8 and 10), RFC 6763.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.discovery.planning import Plan, Service
from services.errors import HypomosError

if TYPE_CHECKING:
    from zeroconf import ServiceInfo
    from zeroconf.asyncio import AsyncZeroconf

ASKED_MS = 750
"""How long somebody may take to say that a host name is theirs (RFC 6762, 8.1)."""
LONGEST_S = 30.0
LOCAL = "local."


class CannotAnnounce(HypomosError):
    """Raised when the network lets nothing be announced; says why."""


@dataclass(frozen=True, slots=True)
class Announced:
    """What the network was told: the kind, the name it got, where it leads to."""

    kind: str
    name: str
    host: str
    port: int
    addresses: tuple[str, ...]


class Announcer:
    """Announces under `instance`, as the first of the host names `names` that is free. Lives in one event loop."""

    def __init__(self, instance: str, names: Sequence[str]) -> None:
        self._instance, self._names = instance, names
        self._zeroconf: AsyncZeroconf | None = None
        self._infos: list[ServiceInfo] = []

    async def announce(self, plan: Plan) -> tuple[Announced, ...]:
        """Announce all of a plan, in place of what was; raises CannotAnnounce."""
        await self.withdraw()
        try:
            async with asyncio.timeout(LONGEST_S):
                self._zeroconf = self._open(plan)
                await self._require_senders(plan, self._zeroconf)
                host = await self._free_name(plan, self._zeroconf)
                infos = [self._info(service, host, plan) for service in plan.services]
                await asyncio.gather(*(self._register(info, self._zeroconf) for info in infos))
        except Exception as error:
            await self.withdraw()
            raise CannotAnnounce(_in_words(error)) from error
        self._infos = infos
        return tuple(_announced(s, i, host, plan) for s, i in zip(plan.services, infos, strict=True))

    def is_contested(self) -> bool:
        """Whether somebody else is heard to go by a name of ours: one that was not heard when we took it."""
        if self._zeroconf is None:
            return False
        from zeroconf import DNSAddress, DNSService, IPVersion, current_time_millis  # type: ignore[attr-defined]  # as below

        cache, now = self._zeroconf.zeroconf.cache, current_time_millis()
        for info in self._infos:
            own = set(info.addresses_by_version(IPVersion.All))
            for record in (*cache.entries_with_name(info.server or ""), *cache.entries_with_name(info.name)):
                if record.is_expired(now):
                    continue
                if isinstance(record, DNSAddress) and record.address not in own:
                    return True
                if isinstance(record, DNSService) and (record.server, record.port) != (
                    info.server,
                    info.port,
                ):
                    return True
        return False

    async def withdraw(self) -> None:
        """Say goodbye to all that was announced."""
        open_one, self._zeroconf, self._infos = self._zeroconf, None, []
        if open_one is not None:
            await open_one.async_close()

    def _open(self, plan: Plan) -> "AsyncZeroconf":
        from zeroconf.asyncio import AsyncZeroconf

        logging.getLogger("zeroconf").setLevel(logging.CRITICAL)  # each odd packet of a neighbour, else
        return AsyncZeroconf(interfaces=list(plan.senders))

    async def _require_senders(self, plan: Plan, zeroconf: "AsyncZeroconf") -> None:
        """An interface that takes no multicast is passed over in silence: when all are, nothing would be said."""
        await zeroconf.zeroconf.async_wait_for_start()
        if not zeroconf.zeroconf.engine.senders:
            raise CannotAnnounce(f"no network card takes multicast ({', '.join(plan.senders)})")

    async def _free_name(self, plan: Plan, zeroconf: "AsyncZeroconf") -> str:
        """The first name that nobody has, or this machine: another household on it may share it."""
        from zeroconf import AddressResolverIPv4  # type: ignore[attr-defined]  # public, but not in __all__

        for name in self._names:
            owner = AddressResolverIPv4(f"{name}.")
            await owner.async_request(zeroconf.zeroconf, ASKED_MS)
            if set(owner.parsed_addresses()) <= set(plan.addresses):
                return name
        raise CannotAnnounce(f"all names are taken on this network ({', '.join(self._names)})")

    def _info(self, service: Service, host: str, plan: Plan) -> "ServiceInfo":
        from zeroconf import ServiceInfo

        kind = f"{service.kind}.{LOCAL}"
        return ServiceInfo(
            kind, f"{self._instance}.{kind}", port=service.port, properties=dict(service.text),
            server=f"{host}.", parsed_addresses=list(plan.addresses),
        )  # fmt: skip

    async def _register(self, info: "ServiceInfo", zeroconf: "AsyncZeroconf") -> None:
        """Ask for the name, take another one when it is taken, and wait until it was announced."""
        await (await zeroconf.async_register_service(info, allow_name_change=True))


def _announced(service: Service, info: "ServiceInfo", host: str, plan: Plan) -> Announced:
    name = info.name.removesuffix(f".{info.type}")
    return Announced(service.kind, name, host, service.port, plan.addresses)


def _in_words(error: Exception) -> str:
    if isinstance(error, CannotAnnounce):
        return str(error)
    if isinstance(error, TimeoutError):
        return "the network did not answer in time"
    if isinstance(error, OSError):
        return f"UDP port 5353 cannot be used: {error.strerror or error}"
    return f"{type(error).__name__}: {error}"
