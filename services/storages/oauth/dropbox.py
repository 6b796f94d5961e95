"""Signing in to Dropbox: a code that its page shows, or a redirect where there is a public address.

Rules: Dropbox, “OAuth Guide” (without `redirect_uri` the code is shown for copying; PKCE in place of
the app's secret; scopes) and “Using OAuth 2.0 with offline access” (`token_access_type=offline` brings
a refresh token). The answer names the account in `account_id`.
"""

from collections.abc import Mapping
from typing import ClassVar

from services.storages.jsonapi import Deadline, JsonApi
from services.storages.oauth.provider import SignIn
from services.storages.oauth.values import Endpoints, Method, Pending, ProviderName

_READ = ("account_info.read", "files.metadata.read", "files.content.read")
_WRITE = ("files.metadata.write", "files.content.write")


class Dropbox(SignIn):
    """Dropbox."""

    name: ClassVar[ProviderName] = "dropbox"
    title: ClassVar[str] = "Dropbox"
    rclone_type: ClassVar[str] = "dropbox"
    own_method: ClassVar[Method] = "code"
    endpoints: ClassVar[Endpoints] = Endpoints(
        authorize="https://www.dropbox.com/oauth2/authorize",
        token="https://api.dropboxapi.com/oauth2/token",  # noqa: S106 # an address
        api="https://api.dropboxapi.com",
    )

    def scope(self, writable: bool) -> str:
        """`account_info.read` is for the room left."""
        return " ".join(_READ + _WRITE if writable else _READ)

    def _authorize_extras(self) -> Mapping[str, str]:
        return {"token_access_type": "offline"}

    def _describe(
        self, api: JsonApi, deadline: Deadline, bearer: str, pending: Pending, account: str
    ) -> tuple[str, dict[str, str]]:
        return account, {}
