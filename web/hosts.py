"""Under which names this machine may be asked for: the defence against DNS rebinding.

A web page elsewhere can make a browser ask this machine by a name of its own; the Host header then
names a stranger and the request is refused. Addresses change, so they are looked up again each minute.
"""

import functools
import re
import socket
import time
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

import ifaddr

from config import Settings

REFRESH_S = 60
LABEL = 40
"""Characters of a machine's name that go into another name, which has room for 63."""


class Hosts:
    """The allow-list of host names. Threading: may be asked from any thread."""

    def __init__(self, settings: Settings, addresses: Callable[[], Iterable[str]] | None = None) -> None:
        self._fixed = _fixed_names(settings)
        self._addresses = addresses or interface_addresses
        self._known: frozenset[str] = frozenset()
        self._until = 0.0

    def allows(self, header: str) -> bool:
        """Whether a Host header names this machine (port ignored)."""
        host = host_of(header)
        if host is None:
            return False
        if host in self._fixed or host in self._known:
            return True
        if time.monotonic() >= self._until:
            self._known = frozenset(self._addresses())
            self._until = time.monotonic() + REFRESH_S
        return host in self._known


@functools.lru_cache(maxsize=256)
def host_of(header: str) -> str | None:
    """The host of a Host header in lower case without port and brackets; None when it is malformed."""
    if any(c in header for c in "@/?#\\ \t,"):
        return None
    try:
        parts = urlsplit(f"//{header}")
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname or (port is None and header.rstrip().endswith(":")):
        return None
    return parts.hostname.lower()


def interface_addresses() -> list[str]:
    """All addresses of this machine's network cards."""
    found = []
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            found.append(ip.ip if isinstance(ip.ip, str) else ip.ip[0].partition("%")[0])
    return found


def local_names(machine: str) -> tuple[str, ...]:
    """The names below `.local` by which this machine announces itself: of these the first that is free."""
    label = re.sub(r"[^a-z0-9]+", "-", machine.lower().partition(".")[0]).strip("-")[:LABEL].strip("-")
    own = f"hypomos-{label or 'home'}"
    return ("hypomos.local", f"{own}.local", *(f"{own}-{n}.local" for n in range(2, 10)))


def _fixed_names(settings: Settings) -> frozenset[str]:
    name = socket.gethostname().lower().partition(".")[0]
    names = {
        "localhost",
        "127.0.0.1",
        "::1",
        name,
        f"{name}.local",
        socket.getfqdn().lower(),
        *local_names(name),
    }
    names.update(h.lower() for h in settings.hosts_allowed)
    if settings.public_url:
        names.add((urlsplit(settings.public_url).hostname or "").lower())
    return frozenset(n for n in names if n)


def names_of(settings: Settings) -> frozenset[str]:
    """The names of this machine and its loopback addresses, in lower case; its other addresses come and go."""
    return _fixed_names(settings)
