"""`lockdiscovery` and `supportedlock` as XML (RFC 4918, sections 15.8 and 15.10). Pure text work."""

import time
from collections.abc import Iterable
from html import escape

from services.clock import SECOND
from services.drive.locks import Lock

_ENTRY = "<D:lockentry><D:lockscope><D:{}/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>"
SUPPORTED = f"<D:supportedlock>{_ENTRY.format('exclusive')}{_ENTRY.format('shared')}</D:supportedlock>"
"""What can be locked can be so in both ways."""


def covering(held: Iterable[Lock], url: str) -> list[Lock]:
    """Those of the locks that protect what is at an address: taken there, or deep on a folder above."""
    return [
        lock
        for lock in held
        if lock.url == url or (lock.depth == "infinity" and url.startswith(lock.url + "/"))
    ]


def discovery(held: Iterable[Lock], url: str, href: str) -> str:
    """The element for what is at the canonical address `url`, shown at `href`; of a prefix that stands for `DAV:`."""
    inner = "".join(_active(lock, root_of(lock, url, href)) for lock in covering(held, url))
    return f'<D:lockdiscovery xmlns:D="DAV:">{inner}</D:lockdiscovery>'


def root_of(lock: Lock, url: str, href: str) -> str:
    """Where the root of a lock that covers `url` is in the client's eyes: `href`, or so many folders above."""
    up = url.count("/") - lock.url.count("/")
    path = href.rstrip("/")
    return "/".join(path.split("/")[:-up]) + "/" if up > 0 else href


def _active(lock: Lock, root: str) -> str:
    left = max(1, round(lock.expires_at / SECOND - time.time()))
    return (
        f"<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:{lock.scope}/></D:lockscope>"
        f"<D:depth>{lock.depth}</D:depth>{lock.owner}<D:timeout>Second-{left}</D:timeout>"
        f"<D:locktoken><D:href>{escape(lock.token)}</D:href></D:locktoken>"
        f"<D:lockroot><D:href>{escape(root, quote=False)}</D:href></D:lockroot></D:activelock>"
    )
