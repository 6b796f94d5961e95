"""Signed addresses of media: a device that knows one may ask for just that, for some hours, and nobody else may.

What it carries is an end and a keyed hash (RFC 2104) of the device, its version, the item, what of it, and that
end. So the address dies when the device is approved anew, refused or removed, and is worth nothing to another one.
It is no right: that is asked for at every request and chunk, as for everybody.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable

from services.access.ends import moment
from services.clock import HOUR, SECOND
from services.screens.devices import Device

LIFE = 12 * HOUR
"""The longest that an address holds. Ends lie on full hours, so that pages asked for again name the same addresses."""

_BYTES = 16
_BLOCK = 64
"""Bytes that SHA-256 works on at once; our keys are 32."""
_TOKEN = re.compile(r"([0-9a-f]{8})([A-Za-z0-9_-]{22})", re.ASCII)


def sign(key: bytes, device: Device, item: str, what: str) -> str:
    """The token of an address: `device` may ask for `what` (such as “1600”) of the item with this public id."""
    return signer(key, device, what)(_raw(item)).decode()


def signer(key: bytes, device: Device, what: str) -> Callable[[bytes], bytes]:
    """Signs the addresses of many items as of this moment, which is asked for once."""
    until = (moment() // HOUR * HOUR + LIFE) // SECOND
    start, hashed = b"%08x" % until, _hasher(key, device, what, until)
    return lambda item: start + hashed(item)


def verify(key: bytes, token: str, device: Device, item: str, what: str) -> bool:
    """Whether the token is of this device as it is now, for this of this item, and its end lies ahead."""
    parts = _TOKEN.fullmatch(token)
    if parts is None or not device.pid:
        return False
    until = int(parts[1], 16)
    fits = hmac.compare_digest(parts[2].encode(), _hasher(key, device, what, until)(_raw(item)))
    return fits and moment() < until * SECOND <= moment() + LIFE


def _hasher(key: bytes, device: Device, what: str, until: int) -> Callable[[bytes], bytes]:
    """Gives the keyed hashes (HMAC, RFC 2104) of items: what is the same of all of them is worked on once.

    The library's object does the same, but to copy it takes three times as long as the rest; a page has two hundred.
    """
    begun, last = (
        hashlib.sha256(bytes(byte ^ pad for byte in key.ljust(_BLOCK, b"\0"))) for pad in (0x36, 0x5C)
    )
    begun.update(_framed(_raw(device.pid)))
    end = _framed(_raw(what)) + device.version.to_bytes(8, "big") + until.to_bytes(8, "big")

    def hashed(item: bytes) -> bytes:
        whole, outer = begun.copy(), last.copy()
        whole.update(_framed(item) + end)
        outer.update(whole.digest())
        return base64.urlsafe_b64encode(outer.digest()[:_BYTES]).rstrip(b"=")

    return hashed


def _framed(field: bytes) -> bytes:
    return len(field).to_bytes(4, "big") + field


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
