"""Signing in to Google Drive: the address of a dead page is pasted back, or a redirect to a public address.

Rules: Google, “OAuth 2.0 for Mobile & Desktop Apps” (a Desktop client may redirect to any port of the
loopback address, wants PKCE and its client secret, which is not treated as one) and “Using OAuth 2.0
for Web Server Applications” (`access_type=offline` brings a refresh token, `prompt=consent` a new one
each time; `scope` in the answer is what the person ticked); “Choose Google Drive API scopes”; “About:
get”. The device flow is not offered: it has no scope that reads a whole Drive (Google, “OAuth 2.0 for
TV and Limited-Input Device Applications”, allowed scopes).

The browser that consents is rarely on this machine, so its redirect to 127.0.0.1 ends on a page that
cannot be opened; the address of that page holds the answer.
"""

from collections.abc import Mapping
from typing import ClassVar

from services.storages.googlefaults import is_switched_off, require_not_limited
from services.storages.jsonapi import Deadline, JsonApi
from services.storages.oauth.errors import StorageSignInFailed
from services.storages.oauth.provider import SignIn
from services.storages.oauth.values import Endpoints, Method, Pending, ProviderName

_SCOPES = "https://www.googleapis.com/auth/"
_READ, _WRITE = "drive.readonly", "drive"

DEAD_PAGE = "http://127.0.0.1:53682/"
"""No program listens there but rclone while it signs in by itself; browsers block lower ports."""


class Google(SignIn):
    """Google Drive, with a client id of the household's own."""

    name: ClassVar[ProviderName] = "google"
    title: ClassVar[str] = "Google"
    rclone_type: ClassVar[str] = "drive"
    own_method: ClassVar[Method] = "paste"
    needs_secret: ClassVar[bool] = True
    endpoints: ClassVar[Endpoints] = Endpoints(
        authorize="https://accounts.google.com/o/oauth2/v2/auth",
        token="https://oauth2.googleapis.com/token",  # noqa: S106 # an address
        api="https://www.googleapis.com/drive/v3",
        issuer="https://accounts.google.com",
    )

    def scope(self, writable: bool) -> str:
        """Reading unless the owner allows writing."""
        return _SCOPES + (_WRITE if writable else _READ)

    def _authorize_extras(self) -> Mapping[str, str]:
        return {"access_type": "offline", "prompt": "consent"}

    def _dead_page(self) -> str:
        return DEAD_PAGE

    def _require_scope(self, given: object, writable: bool) -> None:
        if isinstance(given, str) and self.scope(writable) not in given.split():
            raise StorageSignInFailed(
                "not_allowed",
                "Google Drive was not ticked on the page of Google. Begin again and allow it; without it there is "
                "nothing to show.",
            )

    def _describe(
        self, api: JsonApi, deadline: Deadline, bearer: str, pending: Pending, account: str
    ) -> tuple[str, dict[str, str]]:
        answer = api.ask(
            "GET",
            f"{self._at.api}/about",
            params={"fields": "user(permissionId)"},
            bearer=bearer,
            deadline=deadline,
        )
        require_not_limited(api, answer)
        if is_switched_off(answer):
            raise StorageSignInFailed(
                "invalid_client",
                "The Google Drive API is not switched on in the app's project. Switch it on in the Google Cloud "
                "console, wait some minutes, and begin again.",
            )
        user = api.checked(answer).get("user")
        known = user.get("permissionId") if isinstance(user, dict) else None
        if not isinstance(known, str) or not known:
            raise api.puzzled()
        return known, {"scope": _WRITE if pending.writable else _READ}
