"""Access tokens of the accounts that rclone signs in to, for what rclone itself does not ask providers.

rclone alone renews tokens and keeps them. It is made to ask the provider something, so that a token that
has run out is renewed, and then the token is read out of its configuration. It is never written anywhere.
"""

import json

from services.errors import Unauthorized
from services.storages.rclone.daemon import Daemon


class RemoteToken:
    """Gives the access token of a remote when it is called. Raises StorageError."""

    def __init__(self, daemon: Daemon, remote: str) -> None:
        self._daemon = daemon
        self._remote = remote

    def __call__(self) -> str:
        """The token, renewed if it has run out."""
        self._daemon.call("operations/about", fs=f"{self._remote}:")
        found = self._daemon.call("config/get", name=self._remote).get("token")
        token = _object(found).get("access_token")
        if not isinstance(token, str) or not token:
            raise Unauthorized("The storage has no sign-in any more.")
        return token


def _object(text: object) -> dict[str, object]:
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
