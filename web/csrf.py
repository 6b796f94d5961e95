"""No other site may act in somebody's name: who sent an unsafe request, judged by the browser's own word.

`Sec-Fetch-Site` where the browser sends it, else `Origin` (or `Referer`) equal to what it asked us by, or
to `public_url`: scheme, host and port (RFC 6454), of which an absent port is that of the scheme. A
browser too old for both needs the token that every form of ours carries. Requests with a bearer
token are not a browser's and are not judged. Source: Fetch Metadata Request Headers, W3C.
"""

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

from services.peers import Peer
from web.errors import Forbidden
from web.hosts import host_of

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FIELD = "csrf"
HEADER = "x-csrf-token"
PORTS = {"http": 80, "https": 443}


def token_for(secret: bytes, session: str) -> str:
    """The token of one session's forms."""
    return hmac.new(secret, b"csrf\0" + session.encode(), hashlib.sha256).hexdigest()[:43]


def require_same_site(
    headers: Mapping[str, str],
    peer: Peer,
    public_url: str,
    *,
    expected_token: str | None,
    given_token: str | None,
) -> None:
    """Raise Forbidden unless an unsafe request comes from our own pages.

    `expected_token` is None when nobody is signed in: there is nothing to act with then.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        if site in {"same-origin", "none"}:
            return
        raise Forbidden("This was sent by a page of another site, so nothing was done.")
    source = headers.get("origin") or headers.get("referer")
    if source is not None:
        if _is_ours(source, headers.get("host", ""), peer, public_url):
            return
        raise Forbidden("This was sent by a page of another site, so nothing was done.")
    if expected_token is None:
        return
    if given_token is not None and hmac.compare_digest(expected_token, given_token):
        return
    raise Forbidden("The form has expired. Go back, load the page again and repeat.")


def _is_ours(source: str, host: str, peer: Peer, public_url: str) -> bool:
    origin = _origin(source)
    if origin is None:
        return False
    if origin == _origin(public_url):
        return True
    return (
        origin[0] in _schemes(peer)
        and host_of(host) is not None
        and origin == _origin(f"{origin[0]}://{host}")
    )


def _schemes(peer: Peer) -> set[str]:
    """By which schemes the browser may have asked: through a proxy that is not named, nobody knows."""
    if peer.https:
        return {"https"}
    return {"http", "https"} if peer.foreign else {"http"}


def _origin(address: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an address; None when it has none, or it is nothing of the web."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in PORTS or not parts.hostname:
        return None
    return parts.scheme, parts.hostname, PORTS[parts.scheme] if port is None else port
