"""A sign-in to a provider, whichever way its answer comes back: what all providers share.

    begin -> Pending -- the person consents at the provider --> finish or poll -> SignedIn

`finish` takes what came back (a code, a pasted address, the query of the callback), `poll` asks whether
something came back. Both answer Waiting when it is not done; a code can be redeemed only once, so a
provider that fails after that leaves a Waiting with the token in it, and polling goes on from there.

Nothing is kept here: the caller stores the Pending. Threading: methods may be called from several
threads; each call opens and closes its own connections.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar
from urllib.parse import urlencode

from services import clock
from services.errors import StorageThrottled, Unavailable, UsageError
from services.storages.jsonapi import Deadline, JsonApi
from services.storages.oauth import proofs, redirecting
from services.storages.oauth.answers import checked_code, code_of_answer
from services.storages.oauth.errors import StorageSignInFailed
from services.storages.oauth.tokens import access_token, rclone_token
from services.storages.oauth.values import (
    Client,
    Endpoints,
    Method,
    Pending,
    ProviderName,
    SignedIn,
    Waiting,
)

LASTS_S = 30 * 60
"""How long a person may take at the provider, where the provider does not say."""

REST_S = 10 * 60
"""How long a token that was given is tried, until the account is known."""

PAUSE_S = 5


class SignIn(ABC):
    """Signing in to one provider. `endpoints` are its real ones unless a test gives others."""

    name: ClassVar[ProviderName]
    title: ClassVar[str]
    rclone_type: ClassVar[str]
    own_method: ClassVar[Method]
    """The way that works without a public address."""

    needs_secret: ClassVar[bool] = False
    endpoints: ClassVar[Endpoints]

    def __init__(self, endpoints: Endpoints | None = None, *, deadline_s: float = 45.0) -> None:
        self._at = endpoints or self.endpoints
        self._deadline_s = deadline_s

    def methods(self, public_url: str) -> tuple[Method, ...]:
        """The ways that can be offered, the first one always."""
        return (self.own_method, "redirect") if redirecting.may_redirect(public_url) else (self.own_method,)

    def begin(
        self, client: Client, *, writable: bool, method: Method | None = None, public_url: str = ""
    ) -> Pending:
        """Begin a sign-in. `public_url` is that of the settings, never what a browser claims.

        Raises UsageError for a client that cannot be one or a way that is not offered, and what asking
        the provider raises.
        """
        method = method or self.own_method
        self._require_client(client)
        if method not in self.methods(public_url):
            raise UsageError(
                "A redirect needs an https address with a public name in the setting public_url.",
                field="method",
            )
        redirect = redirecting.callback(public_url, self.name) if method == "redirect" else self._dead_page()
        return self._begun(client, writable, method, redirect)

    def finish(self, pending: Pending, given: str) -> SignedIn | Waiting:
        """Go on with what came back: a code, a pasted address, or the query of the callback.

        Raises StorageSignInFailed, and Unavailable while the code is not redeemed: then it may be
        finished again.
        """
        self._require_ours(pending)
        if pending.token or pending.method == "device":
            return self.poll(pending)
        with self._api() as api:
            deadline = Deadline(self._deadline_s)
            if pending.method == "code":
                code = checked_code(api, given)
            else:
                code = code_of_answer(api, self._at, pending, given)
            form = {
                "grant_type": "authorization_code",
                "code": code,
                "client_id": pending.client_id,
                "code_verifier": pending.verifier,
                **({"redirect_uri": pending.redirect_uri} if pending.redirect_uri else {}),
                **({"client_secret": pending.client_secret} if pending.client_secret else {}),
            }
            answer = api.ask("POST", self._at.token, form=form, deadline=deadline)
            token = rclone_token(api, answer)
            self._require_scope(answer.get("scope"), pending.writable)
            account = answer.get("account_id")
            return self._complete(api, deadline, pending, token, account if isinstance(account, str) else "")

    def poll(self, pending: Pending) -> SignedIn | Waiting:
        """Ask how far it is; asks the provider only when it is time to. Raises StorageSignInFailed."""
        self._require_ours(pending)
        if clock.now() < pending.poll_at:
            return Waiting(pending, (pending.poll_at - clock.now()) / clock.SECOND)
        with self._api() as api:
            deadline = Deadline(self._deadline_s)
            if pending.token:
                return self._complete(api, deadline, pending, pending.token, "")
            return self._asked(api, deadline, pending)

    @abstractmethod
    def scope(self, writable: bool) -> str:
        """What is asked for: to read, or to write too."""

    def _authorize_extras(self) -> Mapping[str, str]:
        """Parameters of the consent page that only this provider knows."""
        return {}

    def _dead_page(self) -> str:
        """A redirect to an address where nobody answers, for a person to copy; empty: the code is shown."""
        return ""

    def _begun(self, client: Client, writable: bool, method: Method, redirect: str) -> Pending:
        """A sign-in whose code comes back through the browser or by hand."""
        state, verifier = proofs.new_state() if redirect else "", proofs.new_verifier()
        query = {
            "client_id": client.id,
            "response_type": "code",
            "scope": self.scope(writable),
            "code_challenge": proofs.challenge(verifier),
            "code_challenge_method": "S256",
            **({"redirect_uri": redirect, "state": state} if redirect else {}),
            **self._authorize_extras(),
        }
        return Pending(
            self.name, method, writable, client.id, clock.now() + LASTS_S * clock.SECOND,
            redirect_uri=redirect, address=f"{self._at.authorize}?{urlencode(query)}",
            client_secret=client.secret, state=state, verifier=verifier,
        )  # fmt: skip

    def _asked(self, api: JsonApi, deadline: Deadline, pending: Pending) -> SignedIn | Waiting:
        """How far it is; nothing comes by itself unless the provider can be polled."""
        del api, deadline
        return Waiting(pending, PAUSE_S)

    def _require_scope(self, given: object, writable: bool) -> None:
        """Raises StorageSignInFailed when the person allowed less than was asked for; only Google asks them."""
        del given, writable

    @abstractmethod
    def _describe(
        self, api: JsonApi, deadline: Deadline, bearer: str, pending: Pending, account: str
    ) -> tuple[str, dict[str, str]]:
        """Which account it is, and what its remote needs besides token and client."""

    def _complete(
        self, api: JsonApi, deadline: Deadline, pending: Pending, token: str, account: str
    ) -> SignedIn | Waiting:
        """The end of every sign-in: look up the account, and keep the token if that fails for now."""
        try:
            account, more = self._describe(api, deadline, access_token(token), pending, account)
        except StorageThrottled as error:
            return self._later(self._holding(pending, token), error.retry_after, str(error))
        except Unavailable as error:
            return self._later(self._holding(pending, token), PAUSE_S, str(error))
        secret = {"client_secret": pending.client_secret} if pending.client_secret else {}
        parameters = {"client_id": pending.client_id, **secret, **more}
        return SignedIn(self.name, self.rclone_type, account, token, parameters)

    def _holding(self, pending: Pending, token: str) -> Pending:
        if pending.token:
            return pending
        return replace(pending, token=token, expires_at=clock.now() + REST_S * clock.SECOND)

    def _later(self, pending: Pending, seconds: float, trouble: str = "") -> Waiting:
        at = clock.now() + int(seconds * clock.SECOND)
        return Waiting(replace(pending, poll_at=at), seconds, trouble)

    def _api(self) -> JsonApi:
        return JsonApi(self.title)

    def _require_client(self, client: Client) -> None:
        needed = {"client_id": client.id} | ({"client_secret": client.secret} if self.needs_secret else {})
        for name, value in needed.items():
            if not value:
                raise UsageError(
                    f"{self.title} needs an app that you have registered there, and its "
                    f"{name.replace('_', ' ')} here. The help says how to make one.",
                    field=name,
                )
        for name, value in (("client_id", client.id), ("client_secret", client.secret)):
            if not value.isascii() or not value.isprintable() or " " in value or len(value) > 512:
                raise UsageError(
                    "This cannot be right: copy it again, without spaces or line breaks.", field=name
                )

    def _require_ours(self, pending: Pending) -> None:
        if pending.provider != self.name:
            raise StorageSignInFailed(
                "wrong_state", f"This sign-in was not begun with {self.title}. Begin again."
            )
        if clock.now() >= pending.expires_at:
            raise StorageSignInFailed(
                "expired",
                f"The time for signing in to {self.title} is over. Begin again; there are some minutes for it.",
            )
