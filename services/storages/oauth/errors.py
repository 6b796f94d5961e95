"""The one error of signing in to a provider; what is wrong with the provider itself is a StorageError."""

from typing import Literal

from services.errors import HypomosError

Reason = Literal[
    "declined",
    "expired",
    "wrong_code",
    "wrong_state",
    "invalid_client",
    "no_refresh_token",
    "not_allowed",
    "refused",
]


class StorageSignInFailed(HypomosError):
    """Raised when a sign-in to a provider ended without access; `str()` says why and what to do.

    `reason` is for programs: `declined` by the person, `expired` before it was done, `wrong_code` or
    `wrong_state` came back, `invalid_client` is the registration of the app, `no_refresh_token` and
    `not_allowed` that less was given than is needed, `refused` anything else the provider named.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
