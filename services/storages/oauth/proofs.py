"""Random values that tie an answer to the sign-in that asked for it. Pure but for the randomness.

PKCE with S256 (RFC 7636, 4.1 and 4.2) proves to the provider that the code is redeemed by whoever
asked for it; the state (RFC 6749, 10.12) proves to us that the answer is to our question.
"""

import base64
import hashlib
import hmac
import secrets


def new_verifier() -> str:
    """A code verifier: 43 characters out of the unreserved ones."""
    return secrets.token_urlsafe(32)


def challenge(verifier: str) -> str:
    """The S256 challenge of a verifier: base64url of its SHA-256, without padding."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def new_state() -> str:
    """An unguessable state."""
    return secrets.token_urlsafe(24)


def is_same(one: str, other: str) -> bool:
    """Compare two secrets in a time that does not tell where they differ; an empty one is never right."""
    return bool(other) and hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())
