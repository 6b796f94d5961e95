"""No other site may act in somebody's name: who sent an unsafe request, judged by the browser's own word.

`Sec-Fetch-Site` where the browser sends it, else `Origin` (or `Referer`) equal to our own host. A
browser too old for both needs the token that every form of ours carries. Requests with a bearer
token are not a browser's and are not judged. Source: Fetch Metadata Request Headers, W3C.
"""

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

from web.errors import Forbidden
from web.hosts import host_of

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FIELD = "csrf"
HEADER = "x-csrf-token"


def token_for(secret: bytes, session: str) -> str:
    """The token of one session's forms."""
    return hmac.new(secret, b"csrf\0" + session.encode(), hashlib.sha256).hexdigest()[:43]


def require_same_site(
    headers: Mapping[str, str], *, expected_token: str | None, given_token: str | None
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
        if _same_host(source, headers.get("host", "")):
            return
        raise Forbidden("This was sent by a page of another site, so nothing was done.")
    if expected_token is None:
        return
    if given_token is not None and hmac.compare_digest(expected_token, given_token):
        return
    raise Forbidden("The form has expired. Go back, load the page again and repeat.")


def _same_host(source: str, host: str) -> bool:
    if source == "null":
        return False
    try:
        parts = urlsplit(source)
        ours = urlsplit(f"//{host}")
        same_port = parts.port == ours.port or ours.port is None
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.hostname == host_of(host) and same_port
