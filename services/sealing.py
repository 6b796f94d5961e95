"""Sealed texts: stored in the catalogue, read by nobody who has only the catalogue. Here and only here.

Encrypt, then authenticate, out of HMAC-SHA256 alone (RFC 2104): the key stream is the keyed hash of a random nonce
and a block's number, the tag a hash under another key over all of it. `place` names the row, so that what is
sealed for one row opens in no other.
"""

import hmac
import secrets

from services.errors import HypomosError

NONCE, TAG = 16, 32


class SealBroken(HypomosError):
    """Raised when a sealed text cannot be opened: another key, another row, or damage."""


class Seals:
    """Seals and opens short texts under one key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._stream_key = hmac.digest(key, b"seal stream", "sha256")
        self._tag_key = hmac.digest(key, b"seal tag", "sha256")

    def seal(self, text: str, place: str) -> bytes:
        """The text as bytes that only `open` with the same key and place makes sense of."""
        nonce = secrets.token_bytes(NONCE)
        hidden = self._mix(text.encode(), nonce)
        return nonce + hidden + self._tag(nonce, hidden, place)

    def open(self, sealed: bytes, place: str) -> str:
        """The text again; raises SealBroken."""
        nonce, hidden, tag = sealed[:NONCE], sealed[NONCE:-TAG], sealed[-TAG:]
        if len(sealed) < NONCE + TAG or not hmac.compare_digest(tag, self._tag(nonce, hidden, place)):
            raise SealBroken("This was sealed with another key.")
        return self._mix(hidden, nonce).decode()

    def _mix(self, data: bytes, nonce: bytes) -> bytes:
        blocks = range((len(data) + 31) // 32)
        stream = b"".join(
            hmac.digest(self._stream_key, nonce + n.to_bytes(4, "big"), "sha256") for n in blocks
        )
        return bytes(a ^ b for a, b in zip(data, stream, strict=False))

    def _tag(self, nonce: bytes, hidden: bytes, place: str) -> bytes:
        name = place.encode()
        return hmac.digest(self._tag_key, len(name).to_bytes(4, "big") + name + nonce + hidden, "sha256")
