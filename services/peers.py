"""Where a request comes from, judged from the connection and the headers of trusted proxies only.

A request with forwarded headers from a peer that is no trusted proxy counts as foreign: it has none of
the privileges of this machine or the local network, because anybody could have passed it on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end: the address to judge by, and whether the way to us was encrypted.

    `foreign` means that somebody passed the request on whom we do not trust.
    """

    ip: str
    https: bool = False
    foreign: bool = False

    @property
    def is_loopback(self) -> bool:
        """This machine itself."""
        address = _address(self.ip)
        return not self.foreign and address is not None and address.is_loopback

    @property
    def is_lan(self) -> bool:
        """This machine or a private network."""
        address = _address(self.ip)
        if self.foreign or address is None:
            return False
        return address.is_loopback or address.is_link_local or _is_private(address)


def judge_peer(client: str, scheme: str, headers: Mapping[str, str], trusted: Iterable[str]) -> Peer:
    """The peer of a connection from `client`; `headers` in lower case, `trusted` networks of proxies.

    Behind trusted proxies the right-most untrusted address counts: what stands left of it anybody may
    have written.
    """
    networks = [ip_network(n) for n in trusted]
    passed_on = any(name in headers for name in FORWARDED)
    if not passed_on:
        return Peer(client, scheme == "https")
    if not _is_in(client, networks):
        return Peer(client, scheme == "https", foreign=True)
    hops = [h.strip() for h in headers.get("x-forwarded-for", "").split(",") if h.strip()]
    while hops and _is_in(hops[-1], networks):
        hops.pop()
    if not hops or _address(hops[-1]) is None:
        return Peer(client, scheme == "https", foreign=True)
    return Peer(hops[-1], headers.get("x-forwarded-proto", scheme).strip().lower() == "https")


def _address(text: str) -> Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_in(text: str, networks: Iterable[object]) -> bool:
    address = _address(text)
    return address is not None and any(address in network for network in networks)  # type: ignore[operator]  # networks


def _is_private(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        return address in IPv6Network("fc00::/7")
    return any(address in ip_network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
