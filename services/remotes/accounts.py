"""Which account of a provider a remote belongs to, in one word: the same folder is not connected twice."""

import hashlib
from collections.abc import Mapping

_WHERE_AND_WHO = (
    "host", "url", "endpoint", "provider", "region", "port", "user", "account", "access_key_id", "sas_url", "drive_id",
    "team_drive", "library", "auth", "tenant", "hostname", "share", "domain",
)  # fmt: skip
"""Parameters that tell one account from another; secrets are none, but for an address that is one."""

_WHERE_AND_WHO_TOO = (
    "api_url", "application_credential_id", "application_credential_name", "cloud_name", "email", "mountid",
    "project_number", "public_key", "root_folder_id", "root_folder_slug", "root_prefix", "share_name", "site",
    "tenant_id", "user_id", "username", "workspace_id", "zone",
)  # fmt: skip
"""The same for storages of the generic form: those that are given count, in this order."""

_WHO = frozenset({
    "user", "account", "access_key_id", "sas_url", "drive_id", "application_credential_id", "cloud_name", "email",
    "public_key", "user_id", "username",
})  # fmt: skip
_KEYS = ("token", "access_token", "api_key", "key", "permanent_token")
"""Where nothing else says who it is, who has another key has another account."""


_NAMES = ("user", "username", "email", "user_id", "account", "cloud_name")
"""What names a person or an account, and is no key that its owner changes now and then."""

_KEY_IDS = frozenset({("b2", "account")})
"""Names that are ids of keys all the same, by type."""


def is_another(before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    """Whether names (see `names_of`) are of another person or account than those before.

    A server may have got another address, and keys are changed; a name that was given is to stay the same.
    """
    return any(before[key] != after[key] for key in before.keys() & after.keys())


def names_of(type: str, parameters: Mapping[str, str]) -> dict[str, str]:
    """What names a person or an account in these parameters, each as a word by which it is known again."""
    told = [key for key in _NAMES if (type, key) not in _KEY_IDS and parameters.get(key)]
    return {key: _word(type, key, parameters[key].lower()) for key in told}


def account_of(type: str, parameters: Mapping[str, str], signed_in: str = "") -> str:
    """A word that is the same for the same account: what the provider calls it, else where and who.

    A drive that several accounts share is one of its own.
    """
    shared = parameters.get("team_drive", "")
    told = [signed_in, *([shared] if shared else [])] if signed_in else _told(parameters)
    return _word(type, *told)


def _word(*told: str) -> str:
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:32]


def _told(parameters: Mapping[str, str]) -> list[str]:
    told = [f"{key}={parameters.get(key, '').lower()}" for key in _WHERE_AND_WHO]
    told += [f"{key}={parameters[key].lower()}" for key in _WHERE_AND_WHO_TOO if parameters.get(key)]
    if not any(parameters.get(key) for key in _WHO):
        told += [f"{key}={parameters[key]}" for key in _KEYS if parameters.get(key)]
    return told
