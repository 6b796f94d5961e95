"""Signed addresses of media: a device that knows one may ask for just that, for some hours, and nobody else may.

What it carries is an end and a keyed hash (RFC 2104) of the device, its version, the item, what of it, and that
end. So the address dies when the device is approved anew, refused or removed, and is worth nothing to another one.
It is no right: that is asked for at every request and chunk, as for everybody.
"""

import base64
import hmac
import re
from collections.abc import Callable

from services.access.ends import moment
from services.clock import HOUR, SECOND
from services.screens.devices import Device

LIFE = 12 * HOUR
"""The longest that an address holds. Ends lie on full hours, so that pages asked for again name the same addresses."""

_BYTES = 16
_TOKEN = re.compile(r"([0-9a-f]{8})([A-Za-z0-9_-]{22})", re.ASCII)


def sign(key: bytes, device: Device, item: str, what: str) -> str:
    """The token of an address: `device` may ask for `what` (such as “1600”) of the item with this public id."""
    return signer(key, device, what)(item)


def signer(key: bytes, device: Device, what: str) -> Callable[[str], str]:
    """Signs the addresses of many items as of this moment, which is asked for once."""
    until = (moment() // HOUR * HOUR + LIFE) // SECOND
    return lambda item: f"{until:08x}{_hash(key, device, item, what, until)}"


def verify(key: bytes, token: str, device: Device, item: str, what: str) -> bool:
    """Whether the token is of this device as it is now, for this of this item, and its end lies ahead."""
    parts = _TOKEN.fullmatch(token)
    if parts is None or not device.pid:
        return False
    until = int(parts[1], 16)
    fits = hmac.compare_digest(parts[2], _hash(key, device, item, what, until))
    return fits and moment() < until * SECOND <= moment() + LIFE


def _hash(key: bytes, device: Device, item: str, what: str, until: int) -> str:
    fields = [text.encode("utf-8", "surrogatepass") for text in (device.pid, item, what)]
    framed = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    message = framed + device.version.to_bytes(8, "big") + until.to_bytes(8, "big")
    return base64.urlsafe_b64encode(hmac.digest(key, message, "sha256")[:_BYTES]).decode().rstrip("=")
