"""What is announced on the home network, and why the rest is not. Pure functions of settings and addresses.

Nothing is announced that a client would then be refused: the network drive only where app passwords may
travel, and each door only at addresses where it is reached. No text names a person.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from appliance.interfaces import Address
from config import Settings

HTTP, HTTPS = "_http._tcp", "_https._tcp"
WEBDAV, WEBDAVS = "_webdav._tcp", "_webdavs._tcp"
OURS = "_hypomos._tcp"
API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a door listens, as its socket says."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Service:
    """One thing to announce: its kind, the port where it answers, and pairs of text beside it."""

    kind: str
    port: int
    text: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be announced.

    `addresses` are those of this machine that clients are told, `senders` one IPv4 address of each card
    to tell them from, `refused` pairs of a kind and why it is not announced.
    """

    services: tuple[Service, ...]
    addresses: tuple[str, ...]
    senders: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


def planned(
    settings: Settings, household: str, version: str, plain: Place, secure: Place | None,
    addresses: Sequence[Address],
) -> Plan:  # fmt: skip
    """What to announce of a household that listens at `plain` and, with https, at `secure`."""
    open_at = _reached(plain, addresses)
    secure_at = _reached(secure, addresses) if secure is not None else ()
    told = tuple(dict.fromkeys((*open_at, *secure_at)))
    services, refused = [], []
    for kind, place, path, why in _doors(settings, plain, secure, addresses):
        if why:
            refused.append((kind, why))
        else:
            services.append(Service(kind, place.port, (("path", path),)))
    if services:
        services.append(_own(household, version, secure if secure is not None and secure_at else plain))
    else:
        refused.append((OURS, "there is nothing to lead to"))
    senders = _senders(told, addresses) if services else ()
    return Plan(tuple(services), told if services else (), senders, tuple(refused))


def _own(household: str, version: str, place: Place) -> Service:
    """What our own programs look for."""
    return Service(OURS, place.port, (("id", household), ("v", version), ("api", API)))


def _doors(
    settings: Settings, plain: Place, secure: Place | None, addresses: Sequence[Address]
) -> Iterator[tuple[str, Place, str, str]]:
    """Kind, place and path of each door, and why it is not announced, if so."""
    why = _why_hidden(plain, addresses)
    yield HTTP, plain, "/", why
    dav = f"dav_plain_http is “{settings.dav_plain_http}”: no app password travels in the open on the network"
    yield WEBDAV, plain, "/dav/", why or ("" if settings.dav_plain_http == "lan" else dav)
    encrypted = secure or plain
    why = "https is off (tls_listen)" if secure is None else _why_hidden(secure, addresses)
    yield HTTPS, encrypted, "/", why
    yield WEBDAVS, encrypted, "/dav/", why


def _why_hidden(place: Place, addresses: Sequence[Address]) -> str:
    """Why nobody at home reaches a door; empty when somebody may."""
    if ip_address(place.host).is_loopback:
        return f"{place.host} is this machine alone"
    if not addresses:
        return "no network card with a private address is up"
    if not any(a.is_v4 for a in addresses):
        return "no network card has an IPv4 address"
    return "" if _reached(place, addresses) else f"{place.host} is no private address of a network card"


def _reached(place: Place, addresses: Sequence[Address]) -> tuple[str, ...]:
    """The addresses at which a door is reached from the home network, IPv4 first."""
    host = ip_address(place.host)
    found = [a for a in addresses if host.is_unspecified or ip_address(a.ip) == host]
    if host.version == 4:
        found = [a for a in found if a.is_v4]
    return tuple(a.ip for a in sorted(found, key=lambda a: (not a.is_v4, a)))


def _senders(told: Sequence[str], addresses: Sequence[Address]) -> tuple[str, ...]:
    """One IPv4 address of each card that has one of the addresses told."""
    cards = {a.interface for a in addresses if a.ip in told}
    first: dict[str, str] = {}
    for address in addresses:
        if address.is_v4 and address.interface in cards:
            first.setdefault(address.interface, address.ip)
    return tuple(first.values())
