"""How a request reached this machine, and what that means for the network drive: facts, without words.

Owns the question of whether the name that a browser used leads here.
"""

import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_address

from config import Settings
from services.peers import Peer, lets_passwords
from web.hosts import host_of, interface_addresses

RESOLVE_S = 3.0

Resolve = Callable[[str], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Reached:
    """What is known of a request. `leads` are the addresses of `host`; None if it has none, or that took too long."""

    host: str
    ip: str
    https: bool
    plain: str
    leads: tuple[str, ...] | None
    here: bool

    @property
    def lets_passwords(self) -> bool:
        """Whether an app password may come by this connection."""
        return self.plain in {"https", "loopback", "lan"}


def reached(settings: Settings, peer: Peer, host_header: str, resolve: Resolve | None = None) -> Reached:
    """Look at a request: from whom, encrypted or not, by which name, and whether that name leads to this machine."""
    host = host_of(host_header) or ""
    leads = _resolved(host, resolve or _look_up)
    own = {_plain(address) for address in interface_addresses()}
    here = leads is not None and any(a in own or ip_address(a).is_loopback for a in map(_plain, leads))
    return Reached(host, peer.ip, peer.https, _why(settings, peer), leads, here)


def _why(settings: Settings, peer: Peer) -> str:
    """`https`, `loopback` or `lan` for what lets a password pass; else what keeps it back."""
    if peer.https:
        return "https"
    if lets_passwords(peer, settings.dav_plain_http):
        return "loopback" if peer.is_loopback else "lan"
    if settings.dav_plain_http == "never":
        return "never"
    if peer.foreign:
        return "foreign"
    return "only loopback" if settings.dav_plain_http == "loopback" else "outside"


def _resolved(host: str, resolve: Resolve) -> tuple[str, ...] | None:
    """The addresses of a name; a resolver that takes too long is left alone with it."""
    try:
        return (_plain(host),)
    except ValueError:
        pass
    found: list[tuple[str, ...]] = []

    def ask() -> None:
        try:
            found.append(tuple(dict.fromkeys(resolve(host))))
        except (OSError, UnicodeError):
            return

    thread = threading.Thread(target=ask, daemon=True, name="resolve")
    thread.start()
    thread.join(RESOLVE_S)
    return found[0] if found and found[0] else None


def _look_up(host: str) -> list[str]:
    return [
        str(found[4][0]).partition("%")[0]
        for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    ]


def _plain(text: str) -> str:
    return str(ip_address(text.partition("%")[0]))
