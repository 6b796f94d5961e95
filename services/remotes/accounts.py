"""Which account of a provider a remote belongs to, in one word: the same folder is not connected twice."""

import hashlib
from collections.abc import Mapping

_WHERE_AND_WHO = (
    "host", "url", "endpoint", "provider", "region", "port", "user", "account", "access_key_id", "sas_url", "drive_id",
    "team_drive", "library", "auth", "tenant", "hostname", "share", "domain",
)  # fmt: skip
"""Parameters that tell one account from another; secrets are none, but for an address that is one."""


def account_of(type: str, parameters: Mapping[str, str], signed_in: str = "") -> str:
    """A word that is the same for the same account: what the provider calls it, else where and who."""
    told = (
        [signed_in] if signed_in else [f"{key}={parameters.get(key, '').lower()}" for key in _WHERE_AND_WHO]
    )
    return hashlib.sha256("\n".join([type, *told]).encode()).hexdigest()[:32]
