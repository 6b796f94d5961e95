"""The form of every random secret Hypomos gives out, and what is stored of it: here and only here.

`hyp_<kind>_<43 characters base64url>_<crc32>`: 256 random bits that secret scanners recognise, with a
sum that shows a typing error before the database is asked. Stored is the SHA-256 alone: for 256
random bits a slow hash would add nothing.
"""

import hashlib
import re
import secrets
import zlib
from typing import Literal, cast

Kind = Literal["app", "api", "inv", "ses", "shr", "evt", "gst"]
"""App password, API token, invitation, browser session, link, event, guest session."""

_FORM = re.compile(r"(hyp_(app|api|inv|ses|shr|evt|gst)_[A-Za-z0-9_-]{43})_([0-9a-f]{8})", re.ASCII)


def mint(kind: Kind) -> str:
    """A fresh secret of this kind."""
    head = f"hyp_{kind}_{secrets.token_urlsafe(32)}"
    return f"{head}_{_sum(head)}"


def kind_of(secret: str) -> Kind | None:
    """The kind of a well-formed secret; None when it was mistyped or is none of ours."""
    found = _FORM.fullmatch(secret)
    if found is None or found[3] != _sum(found[1]):
        return None
    return cast(Kind, found[2])


def digest(secret: str) -> str:
    """What is stored of a secret and looked up: its SHA-256 in hexadecimal digits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _sum(head: str) -> str:
    return f"{zlib.crc32(head.encode()):08x}"
