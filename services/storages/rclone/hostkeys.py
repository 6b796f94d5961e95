"""The keys by which an SFTP server proves who it is, as rclone pins them (its options `host_keys`, `pin_host_key`).

Where nobody gives the key beforehand it is taken at the first sign-in that succeeds: rclone writes it into its
configuration. From then on `pinned` makes it the only one; another key is refused before a password is sent.
"""

import base64
import hashlib
import re
from collections.abc import Mapping

from services.errors import UsageError

_KINDS = (
    "ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
)  # fmt: skip
MAX_KEYS = 16
"""rclone pins no more."""

_OFFERED = re.compile(r"server offered (\S+) key with fingerprint (SHA256:[A-Za-z0-9+/]{43})")

FIRST_USE = {"pin_host_key": "true"}
"""What takes the key of a server at the first sign-in."""


def parse_host_keys(text: str, *, field: str | None = "host_keys") -> str:
    """Keys as rclone's option takes them, from lines of `known_hosts` or of `ssh-keyscan`; raises UsageError.

    A line may begin with the host, as it does there; hashed hosts and certificates cannot be told apart
    from another server's, and are refused.
    """
    keys: list[str] = []
    for line in re.split(r"[\r\n,]+", text):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        kind, blob = _kind_and_blob(words, field)
        keys.append(f"{kind} {blob}")
    keys = list(dict.fromkeys(keys))
    if len(keys) > MAX_KEYS:
        raise UsageError(f"At most {MAX_KEYS} host keys can be given.", field=field)
    return ",".join(keys)


def fingerprints(host_keys: str) -> list[tuple[str, str]]:
    """Kind and SHA-256 fingerprint of each key in rclone's option, as `ssh-keygen -l` shows them."""
    pairs = [entry.split() for entry in host_keys.split(",") if entry.strip()]
    return [(kind, _fingerprint(base64.b64decode(blob))) for kind, blob in pairs]


def pinned(configuration: Mapping[str, str]) -> dict[str, str]:
    """What to change in a storage's configuration after the first sign-in, so that the key taken stays.

    Raises UsageError when rclone took none.
    """
    keys = parse_host_keys(configuration.get("host_keys", ""))
    if not keys:
        raise UsageError("The server's key is not known yet: sign in once.", field="host_keys")
    return {"pin_host_key": "false", "host_keys": keys}


def offered_key(text: str) -> tuple[str, str] | None:
    """Kind and fingerprint of the key that a server showed instead of the pinned one, from rclone's error."""
    found = _OFFERED.search(text)
    return (found[1], found[2]) if found else None


def _kind_and_blob(words: list[str], field: str | None) -> tuple[str, str]:
    refused = UsageError(
        "A host key looks like “ssh-ed25519 AAAA…”: a line of known_hosts or of ssh-keyscan.", field=field
    )
    if words[0].startswith("@"):
        raise refused
    place = next((n for n, word in enumerate(words[:2]) if word in _KINDS), None)
    if place is None or len(words) < place + 2:
        raise refused
    kind, blob = words[place], words[place + 1]
    try:
        raw = base64.b64decode(blob, validate=True)
    except ValueError:
        raise refused from None
    length = int.from_bytes(raw[:4], "big")
    if raw[4 : 4 + length] != kind.encode() or len(raw) <= 4 + length:
        raise refused
    return kind, blob


def _fingerprint(raw: bytes) -> str:
    return "SHA256:" + base64.b64encode(hashlib.sha256(raw).digest()).decode().rstrip("=")
