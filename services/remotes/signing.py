"""Signing in at a provider while a storage is connected: with whose app, for which rights, with what outcome."""

from collections.abc import Callable, Mapping
from typing import Any

from config import Settings
from services.remotes.drafts import Draft
from services.storages.oauth import Pending, SignedIn, SignIn, Waiting
from services.storages.oauth.clients import client_for
from services.storages.oauth.guides import Guide, guide
from services.storages.rclone import providers
from services.storages.rclone.forms import Provider

SIGN_INS = frozenset({"device_code", "code", "paste_back"})
"""Providers that are signed in to on their own pages."""

_SCOPES = (("scope", "drive.readonly", "drive"), ("scope_access", "ro", "rw"))
"""Options that say what a provider is asked to allow: their values for reading and for writing."""


class SigningIn:
    """Sign-ins at providers; `sign_in` finds that of one."""

    def __init__(self, settings: Settings, sign_in: Callable[[str], SignIn]) -> None:
        self._settings = settings
        self._sign_in = sign_in

    def methods(self, provider: Provider) -> tuple[str, ...]:
        """The ways to sign in to a provider on its own pages, the usual one first; none for the others."""
        if provider.sign_in not in SIGN_INS:
            return ()
        return self._sign_in(provider.type).methods(self._settings.public_url)

    def guide(self, provider: Provider) -> Guide | None:
        """How to register an app of one's own with the provider; None for those that need none."""
        if provider.sign_in not in SIGN_INS:
            return None
        return guide(self._sign_in(provider.type).name, public_url=self._settings.public_url)

    def has_client(self, provider: Provider) -> bool:
        """Whether the administrator gave an app for all, so that nobody needs one of their own."""
        if provider.sign_in not in SIGN_INS:
            return False
        return bool(client_for(self._settings, self._sign_in(provider.type).name).id)

    def with_client(self, provider: Provider, options: Mapping[str, object]) -> Mapping[str, object]:
        """The administrator's app, where the person brings none."""
        if provider.sign_in not in SIGN_INS or options.get("client_id"):
            return options
        client = client_for(self._settings, self._sign_in(provider.type).name)
        given = {"client_id": client.id, "client_secret": client.secret}
        return {**options, **{key: text for key, text in given.items() if text}}

    def begin(
        self, provider: Provider, parameters: Mapping[str, str], *, writable: bool, method: str
    ) -> Pending:
        """A sign-in at the provider's page; raises UsageError when there is no app, or no such way."""
        sign_in = self._sign_in(provider.type)
        client = client_for(
            self._settings, sign_in.name, own_id=parameters.get("client_id", ""),
            own_secret=parameters.get("client_secret", ""),
        )  # fmt: skip
        return sign_in.begin(
            client, writable=writable, method=_method(method), public_url=self._settings.public_url
        )

    def poll(self, draft: Draft, pending: Pending) -> SignedIn | Waiting:
        """Ask the provider how far the sign-in is. Raises StorageSignInFailed."""
        return self._sign_in(draft.type).poll(pending)

    def finish(self, draft: Draft, pending: Pending, given: str) -> SignedIn | Waiting:
        """Hand in what came back. Raises StorageSignInFailed."""
        return self._sign_in(draft.type).finish(pending, given)


def with_scope(provider: Provider, options: Mapping[str, object], writable: bool) -> Mapping[str, object]:
    """What a provider is asked to allow follows from whether the storage is for writing."""
    for key, reading, writing in _SCOPES:
        if provider.find_field(key) is not None and key not in options:
            return {**options, key: writing if writable else reading}
    return options


def parameters_of(type: str, outcome: SignedIn) -> dict[str, str]:
    """What a finished sign-in gives rclone: token, drive, and the app, without which the token is worth nothing."""
    given = providers.get_provider(type).given
    allowed = {key: value for key, value in outcome.parameters.items() if key in given}
    app = {k: outcome.parameters[k] for k in ("client_id", "client_secret") if k in outcome.parameters}
    return app | providers.signed_in(type, {"token": outcome.token, **allowed})


def _method(text: str) -> Any:
    """A way to sign in, None for the usual one; `SignIn.begin` refuses what it does not offer."""
    return text or None
