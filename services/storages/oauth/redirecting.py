"""Where a provider may send a browser back to: an address made of `public_url` alone. Pure functions.

Providers redirect to https on a public name only (Microsoft, “Redirect URI restrictions and
limitations”; Google, “Using OAuth 2.0 for Web Server Applications”, rules of validation; Dropbox,
“OAuth Guide”); what a browser claims in its Host header is never looked at. Each provider has an
address of its own, so that an answer of one is never taken for one of another (RFC 9700, 4.4).
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from services.storages.oauth.values import ProviderName

PATH = "/storages/signed-in/"
"""The path of the callback, without the provider's name."""

_NOT_PUBLIC = frozenset({
    *("local", "localhost", "localdomain", "lan", "home", "internal", "intranet", "private", "corp"),
    *("test", "invalid", "example", "onion", "arpa"),
})  # fmt: skip
"""Last parts of names that no public registry gives out (RFC 6761, RFC 6762, RFC 8375, ICANN's .internal)."""


def may_redirect(public_url: str) -> bool:
    """Whether a provider would send a browser back to this appliance."""
    at = urlsplit(public_url)
    host = (at.hostname or "").rstrip(".")
    if at.scheme != "https" or at.username is not None or at.query or at.fragment:
        return False
    try:
        ip_address(host)
    except ValueError:
        first, dot, last = host.rpartition(".")
        return bool(first and dot) and last not in _NOT_PUBLIC and not last.isdigit()
    return False


def callback(public_url: str, provider: ProviderName) -> str:
    """The address a provider sends the browser back to, as it has to be registered there."""
    return f"{public_url.rstrip('/')}{PATH}{provider}"
