"""Which provider is meant, and with which registered app people sign in there.

Every household brings its own app: the person who connects a storage gives its client id, or the
administrator gives one for all in the settings. Tokens are bound to the app that asked for them, so a
storage keeps the one it was connected with.
"""

from typing import Final

from config.settings import Settings
from services.errors import NotFound
from services.storages.oauth.dropbox import Dropbox
from services.storages.oauth.google import Google
from services.storages.oauth.microsoft import Microsoft
from services.storages.oauth.provider import SignIn
from services.storages.oauth.values import Client, ProviderName

SIGN_INS: Final[tuple[type[SignIn], ...]] = (Microsoft, Google, Dropbox)


def get_sign_in(name: str) -> SignIn:
    """The provider with this name, or this type of remote in rclone; raises NotFound."""
    for kind in SIGN_INS:
        if name in {kind.name, kind.rclone_type}:
            return kind()
    raise NotFound("There is no such provider.")


def client_for(
    settings: Settings, provider: ProviderName, *, own_id: str = "", own_secret: str = ""
) -> Client:
    """The app to sign in with: the person's own when they gave one, else that of the settings.

    The client is empty when there is neither; then `SignIn.begin` says what to do.
    """
    if own_id.strip():
        return Client(own_id.strip(), own_secret.strip())
    given = {
        "microsoft": Client(settings.microsoft_client_id, settings.microsoft_client_secret),
        "google": Client(settings.google_client_id, settings.google_client_secret),
        "dropbox": Client(settings.dropbox_client_id, settings.dropbox_client_secret),
    }
    return given[provider]
