"""Who is at the other end of a connection, and how far that may be believed. Pure functions.

Headers such as X-Forwarded-For are written by whoever sends them. They count only when the connection
comes from a proxy named in `trusted_proxies`; from anybody else they make the request *foreign*: it
may be served, but it has no privilege of this machine or of the local network.
"""

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

Plain = Literal["never", "loopback", "lan"]
"""From where passwords may come without encryption: the setting `dav_plain_http`."""

_LAN = tuple(
    ip_network(text)
    for text in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8"),
        *("fc00::/7", "fe80::/10", "::1/128"),
    )
)
"""RFC 1918, RFC 4193 and link-local addresses, and this machine itself."""

_FORWARDING = frozenset({"forwarded", "x-real-ip"})
_PAIR = re.compile(r'\s*(\w+)\s*=\s*("[^"]*"|[^;,\s]*)\s*')


@dataclass(frozen=True, slots=True)
class Peer:
    """Where a request comes from.

    `ip` is the address of the client, or of the first hop that is not trusted; `https` that it was
    encrypted on its way to us; `foreign` that it came with forwarding headers that cannot be believed.
    """

    ip: str
    https: bool = False
    foreign: bool = False

    @property
    def is_loopback(self) -> bool:
        """Whether this is a program on this machine."""
        address = _address(self.ip)
        return not self.foreign and address is not None and address.is_loopback

    @property
    def is_lan(self) -> bool:
        """Whether this is a machine of the private network, or this one."""
        return not self.foreign and _is_private(self.ip)


def judge_peer(
    client_ip: str, scheme: str, headers: Mapping[str, str], trusted_proxies: Iterable[str]
) -> Peer:
    """Who sent a request.

    `client_ip` and `scheme` are those of the connection itself, `headers` have lower-case names, and
    `trusted_proxies` are networks in CIDR form. The client is the right-most hop that is no trusted
    proxy (RFC 7239 section 7.4).
    """
    direct = Peer(client_ip, https=scheme == "https")
    if not is_forwarded(headers):
        return direct
    trusted = _networks(tuple(trusted_proxies))
    chains = [chain for chain in (_listed(headers), _described(headers)) if chain]
    if not chains or not _is_in(client_ip, trusted):
        return replace(direct, foreign=True)
    (ip, is_known), *others = [_nearest_stranger(client_ip, chain, trusted) for chain in chains]
    if not is_known or any(other != (ip, True) for other in others):
        # of two headers that differ the proxy wrote one, and nobody knows which
        return replace(direct, ip=ip, foreign=True)
    return Peer(ip, https=_forwarded_scheme(headers, scheme) == "https")


def is_forwarded(headers: Mapping[str, str]) -> bool:
    """Whether somebody says that they ask for another; `headers` have lower-case names."""
    return any(name in _FORWARDING or name.startswith("x-forwarded-") for name in headers)


def is_address(name: str) -> bool:
    """Whether a name of a machine is its IP address."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def lets_passwords(peer: Peer, plain: Plain) -> bool:
    """Whether an app password may come from there: encrypted always, else as far as the setting goes."""
    return peer.https or (plain == "loopback" and peer.is_loopback) or (plain == "lan" and peer.is_lan)


def _nearest_stranger(client: str, hops: list[str], trusted: tuple[Network, ...]) -> tuple[str, bool]:
    """The right-most hop that is no trusted proxy, and whether there is such an address."""
    last = client
    for hop in reversed(hops):
        address = _address(_without_port(hop))
        if address is None:
            return last, False
        last = str(address)
        if not _is_in(last, trusted):
            return last, True
    return last, False


def _listed(headers: Mapping[str, str]) -> list[str]:
    """The hops in X-Forwarded-For, in order."""
    return [part.strip() for part in headers.get("x-forwarded-for", "").split(",") if part.strip()]


def _described(headers: Mapping[str, str]) -> list[str]:
    """The hops in Forwarded (RFC 7239), in order."""
    return [_element(part).get("for", "") for part in headers.get("forwarded", "").split(",") if part.strip()]


def _forwarded_scheme(headers: Mapping[str, str], scheme: str) -> str:
    """By what scheme the client reached the proxy that reached us."""
    told = headers.get("x-forwarded-proto", "").split(",")[-1].strip().lower()
    if not told and "forwarded" in headers:
        told = _element(headers["forwarded"].split(",")[-1]).get("proto", "").lower()
    return told or scheme


def _element(text: str) -> dict[str, str]:
    """`for=192.0.2.1;proto=https` as a mapping."""
    return {m[1].lower(): m[2].strip('"') for m in map(_PAIR.fullmatch, text.split(";")) if m}


def _without_port(hop: str) -> str:
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def _address(text: str) -> Address | None:
    """An address without its scope; an IPv4 address in IPv6 clothes as what it is."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


@functools.lru_cache(maxsize=1024)
def _is_private(ip: str) -> bool:
    return _is_in(ip, _LAN)


def _is_in(ip: str, networks: Iterable[Network]) -> bool:
    address = _address(ip)
    return address is not None and any(address in network for network in networks)


@functools.lru_cache(maxsize=4)
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(text, strict=False) for text in texts)
