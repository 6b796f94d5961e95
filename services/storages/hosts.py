"""Which hosts a storage may point to: public ones, and those that the administrator named.

A person who connects a storage chooses where this machine connects to. Without a rule they could make it
ask the router, the metadata service of a cloud, or Hypomos itself. So a name is resolved, every address it
resolves to must be allowed, and whoever connects does so to one of the addresses that were checked: an
answer of DNS that changes in between is worth nothing.

Standard library alone: the gate uses this in a small process of its own.
"""

import re
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Self

from config.settings import Settings, split_address
from services.errors import UsageError
from services.names import shown

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolver = Callable[[str], Iterable[str]]
"""From a host name to its addresses, as text; raises OSError when it has none."""

SETTING = "storage_hosts_allowed"

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")
_MAX_ADDRESSES = 64

_NEVER = tuple(map(ip_network, ("0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "::/128", "ff00::/8")))
"""No server has such an address; the kernel takes 0.0.0.0 for this machine. Naming does not help."""

_WORDS = {
    "127.0.0.0/8": "an address of this machine itself (loopback)",
    "10.0.0.0/8": "a private address",
    "172.16.0.0/12": "a private address",
    "192.168.0.0/16": "a private address",
    "100.64.0.0/10": "an address inside a provider's network",
    "169.254.0.0/16": "an address of the local link",
    "192.0.0.0/24": "a reserved address",
    "192.0.2.0/24": "an address for documentation",
    "192.88.99.0/24": "a reserved address",
    "198.18.0.0/15": "an address for measurements",
    "198.51.100.0/24": "an address for documentation",
    "203.0.113.0/24": "an address for documentation",
    "::1/128": "an address of this machine itself (loopback)",
    "fc00::/7": "a private address",
    "fe80::/10": "an address of the local link",
    "2001::/23": "a reserved address",
    "2001:db8::/32": "an address for documentation",
    "3fff::/20": "an address for documentation",
}
_CLOSED = tuple((ip_network(text), words) for text, words in _WORDS.items())
_GLOBAL6 = IPv6Network("2000::/3")
_EMBEDDING = tuple(
    (IPv6Network(text), bits)
    for text, bits in (("::ffff:0:0/96", 96), ("64:ff9b::/96", 96), ("2002::/16", 16))
)
"""IPv6 networks that carry an IPv4 address, and after how many bits: mapped, NAT64, 6to4."""


class HostRefused(UsageError):
    """Raised when a storage must not point to a host."""


class HostUnknown(UsageError):
    """Raised when a host has no address now."""


@dataclass(frozen=True, slots=True)
class Target:
    """A host that was checked: its name in its one spelling, and the only addresses to connect to.

    `named` says that the administrator named it; what is public without that is not.
    """

    host: str
    port: int
    addresses: tuple[Address, ...]
    named: bool = False


def resolve(host: str) -> list[str]:
    """The addresses of a host name, from the system; raises OSError."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def is_own_address(address: Address) -> bool:
    """Whether this machine has the address: then the kernel would answer it from itself. Sends nothing."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), 9))
            return ip_address(probe.getsockname()[0]) == address
    except (OSError, ValueError):
        return False


class HostPolicy:
    """The rule of one appliance.

    `allowed` is the setting `storage_hosts_allowed`: host names, addresses and networks. `own_ports` are
    the ports at which Hypomos itself answers on the addresses of this machine, `own_sites` the names and
    ports it has outside; a storage never points there, whatever is allowed.
    Raises UsageError for an entry that is neither.
    """

    def __init__(
        self,
        allowed: Iterable[str] = (),
        *,
        own_ports: Iterable[int] = (),
        own_sites: Iterable[tuple[str, int]] = (),
        resolver: Resolver = resolve,
        is_own: Callable[[Address], bool] = is_own_address,
    ) -> None:
        allowed = list(allowed)
        entries = [_parse_entry(entry) for entry in allowed]
        self._allowed = allowed
        self._names = frozenset(entry for entry in entries if isinstance(entry, str))
        self._networks = tuple(entry for entry in entries if not isinstance(entry, str))
        self._own_ports = frozenset(own_ports)
        self._own_sites = frozenset(own_sites)
        self._resolver = resolver
        self._is_own = is_own

    def to_json(self) -> dict[str, Any]:
        """The rule as JSON data, for the gate's process."""
        sites = sorted([name, port] for name, port in self._own_sites)
        return {"allowed": self._allowed, "own_ports": sorted(self._own_ports), "own_sites": sites}

    def is_held_by(self, other: "HostPolicy") -> bool:
        """Whether the other allows the same, and keeps storages from all that is ours here."""
        same = sorted(self._allowed) == sorted(other._allowed)
        return same and self._own_ports <= other._own_ports and self._own_sites <= other._own_sites

    def with_own_of(self, other: "HostPolicy") -> "HostPolicy":
        """This rule, and the other's own ports and sites with it."""
        ports, sites = self._own_ports | other._own_ports, self._own_sites | other._own_sites
        return HostPolicy(self._allowed, own_ports=ports, own_sites=sites)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The reverse of `to_json`."""
        sites = [(str(name), int(port)) for name, port in data["own_sites"]]
        return cls(data["allowed"], own_ports=data["own_ports"], own_sites=sites)

    def check(self, host: str, port: int, *, field: str | None = None) -> Target:
        """Where to connect to for `host`.

        Raises HostRefused when any of its addresses is not allowed, HostUnknown when it has none, and
        UsageError when the text is no host; each with `field`.
        """
        name = canonical_host(host, field=field)
        if not 1 <= port <= 65535:
            raise UsageError(f"A port is a number from 1 to 65535, not {port}.", field=field)
        addresses = self._addresses(name, field)
        named = [self._is_named(name, address) for address in addresses]
        for address, is_named in zip(addresses, named, strict=True):
            reason = self._refusal(name, address, port, is_named)
            if reason:
                raise HostRefused(reason, field=field)
        return Target(name, port, addresses, named=all(named))

    def check_configured(self, name: str, address: str, port: int) -> None:
        """Raise HostRefused unless an address that was once found for `name` may still be connected to."""
        found = ip_address(canonical_host(address))
        reason = self._refusal(name, found, port, self._is_named(name, found))
        if reason:
            raise HostRefused(reason)

    def _addresses(self, name: str, field: str | None) -> tuple[Address, ...]:
        literal = _literal(name)
        if literal is not None:
            return (literal,)
        try:
            found = tuple(ip_address(text) for text in self._resolver(name))
        except (OSError, ValueError):
            found = ()
        if not found:
            raise HostUnknown(f"The host “{name}” is not found. Is the name right?", field=field)
        return found[:_MAX_ADDRESSES]

    def _is_named(self, name: str, address: Address) -> bool:
        return name in self._names or any(
            each in network for network in self._networks for each in (address, *_meanings(address))
        )

    def _refusal(self, name: str, address: Address, port: int, named: bool) -> str | None:
        """Why not to connect there, None when nothing is against it."""
        meanings = _meanings(address)
        shown_host = name if name == str(address) else f"{name} ({address})"
        if any(each in network for each in meanings for network in _NEVER):
            return f"“{shown_host}” is no address of a server."
        is_own = any(each.is_loopback or self._is_own(each) for each in (address, *meanings))
        if (is_own and port in self._own_ports) or (name, port) in self._own_sites:
            return f"“{shown_host}” at port {port} is Hypomos itself: a storage cannot point to it."
        if named:
            return None
        words = next(filter(None, map(_closed, meanings)), None)
        if words is None and is_own:
            words = "an address of this machine itself"
        if words is None:
            return None
        return (
            f"“{shown_host}” is {words}. The administrator can allow it: name it in the setting “{SETTING}”."
        )


def policy_of(settings: Settings, *, also_at: Iterable[int] = ()) -> HostPolicy:
    """The rule of the appliance with these settings; raises UsageError when an entry makes no sense.

    `also_at` are further ports at which it answers, such as the one the system chose for port 0.
    """
    listening = [settings.listen, settings.tls_listen, settings.dlna_listen if settings.dlna_enabled else ""]
    ports = [split_address(text)[1] for text in listening if text]
    return HostPolicy(
        settings.storage_hosts_allowed, own_ports=[*ports, *also_at], own_sites=_sites_of(settings.public_url)
    )


def canonical_host(text: str, *, field: str | None = None) -> str:
    """A host name or address in its one spelling: lower case, ASCII, without brackets and trailing dot.

    Raises UsageError for what is neither, and for numbers that some programs take for an address
    (`0177.0.0.1`, `2130706433`, `127.1`): who means an address writes it out.
    """
    refused = UsageError(f"“{shown(text)[:80]}” is no host name and no address.", field=field)
    name = text.removesuffix(".")
    if text.startswith("[") or ":" in text:
        try:
            return str(IPv6Address(text[1:-1] if text.startswith("[") and text.endswith("]") else text))
        except ValueError:
            raise refused from None
    try:
        name = name.encode("idna").decode("ascii").lower() if not name.isascii() else name.lower()
    except UnicodeError:
        raise refused from None
    labels = name.split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise refused
    if _NUMERIC.fullmatch(labels[-1]):
        try:
            return str(IPv4Address(name))
        except ValueError:
            raise UsageError(
                f"“{shown(text)}” is no address: write it as four numbers, such as 192.168.1.20.", field=field
            ) from None
    return name


def _parse_entry(entry: str) -> str | Network:
    """One entry of the setting: a name, or a network."""
    text = entry.strip()
    looks_like_network = "/" in text or ":" in text or _NUMERIC.fullmatch(text.split(".")[-1].lower())
    try:
        return ip_network(text) if looks_like_network else canonical_host(text)
    except (ValueError, UsageError):
        hint = _nearest_network(text)
        raise UsageError(
            f"{SETTING}: “{shown(entry)}” is neither a host name such as nas.lan nor a network such as "
            f"192.168.1.0/24.{hint}",
            field=SETTING,
        ) from None


def _nearest_network(text: str) -> str:
    try:
        return f" Did you mean {ip_network(text, strict=False)}?"
    except ValueError:
        return " It takes no port, no https:// and no *." if re.search(r"[:*]", text) else ""


def _literal(name: str) -> Address | None:
    try:
        return ip_address(name)
    except ValueError:
        return None


def _meanings(address: Address) -> tuple[Address, ...]:
    """What connecting to an address means: the IPv4 address that it carries, or itself."""
    if isinstance(address, IPv6Address):
        for network, bits in _EMBEDDING:
            if address in network:
                inner = IPv4Address(int(address) >> (96 - bits) & 0xFFFFFFFF)
                return (inner,)
    return (address,)


def _closed(address: Address) -> str | None:
    """Of what kind an address is that is not for everyone; None when it is public."""
    for network, words in _CLOSED:
        if address in network:
            return words
    if isinstance(address, IPv6Address) and address not in _GLOBAL6:
        return "reserved"
    return None


def _sites_of(url: str) -> list[tuple[str, int]]:
    """The name and port in `public_url`."""
    match = re.match(r"(https?)://(\[[^\]]*\]|[^/:]+)(?::(\d+))?", url)
    if not match:
        return []
    port = int(match[3]) if match[3] else {"http": 80, "https": 443}[match[1]]
    return [(canonical_host(match[2]), port)]
