"""Who asks: app passwords by Basic, and when they may travel unencrypted.

Cookies and account passwords count for nothing here: a web page in somebody's browser must not be able
to reach the network drive with rights it borrowed.
"""

import base64
import binascii
from collections.abc import Callable, Mapping

from services.peers import Peer, Plain, lets_passwords
from services.viewers import Viewer
from virtualfs.dav.errors import CHALLENGE, Refused

Authenticate = Callable[[str, str, str], Viewer]
"""(login, app password, address) -> viewer; raises SignInFailed."""

READ = "webdav:read"
WRITE = "webdav:write"


def require_private(peer: Peer, allowed: Plain) -> None:
    """Raise Refused (403) when a password would travel unencrypted farther than the setting allows."""
    if lets_passwords(peer, allowed):
        return
    raise Refused(
        403, "The network drive needs an encrypted connection (https) from where you are. See dav_plain_http."
    )


def require_viewer(headers: Mapping[str, str], ip: str, authenticate: Authenticate) -> Viewer:
    """The person whose app password came with the request.

    Raises Refused (401) without one, SignInFailed for a wrong one, Refused (403) for one that may not
    read the network drive.
    """
    login, secret = _credentials(headers.get("authorization", ""))
    viewer = authenticate(login, secret, ip)
    if not viewer.allows(READ):
        raise Refused(403, "This app password is not for reading the network drive.")
    return viewer


def require_write(viewer: Viewer) -> None:
    """Raise Refused (403) unless the app password may change what is on the network drive."""
    if not viewer.allows(WRITE):
        raise Refused(403, "This app password is for reading the network drive only.")


def _credentials(header: str) -> tuple[str, str]:
    """Login and secret from a Basic header (RFC 7617), UTF-8 or, from older clients, Latin-1."""
    scheme, _, encoded = header.partition(" ")
    try:
        if scheme.lower() != "basic":
            raise ValueError("another scheme")
        decoded = base64.b64decode(encoded.strip(), validate=True)
        login, colon, secret = _text(decoded).partition(":")
        if not colon:
            raise ValueError("no colon")
    except (ValueError, binascii.Error):
        raise Refused(401, "Sign in with your name and an app password.", headers=CHALLENGE) from None
    return login, secret


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
