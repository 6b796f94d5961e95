"""Recognising the tokens that programs show: app passwords by Basic, API tokens by Bearer.

One look-up by the hash of the secret, joined with the person, at every request and without a cache of
rights: a revocation holds from its commit on. Only refusals are remembered for a minute, so that a
client that keeps trying an old password costs nothing.

Threading: one `Authenticator` serves all threads of a process.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from services.accounts import scopes
from services.accounts.acting import note, viewer_of
from services.accounts.errors import SignInFailed
from services.accounts.lookups import LiveToken, find_token
from services.accounts.minting import digest, kind_of
from services.accounts.scopes import TokenKind
from services.clock import MINUTE, now
from services.models import Credential
from services.names import fold
from services.viewers import Proof, Viewer

NOTED_EVERY = 10 * MINUTE
REMEMBERED_S = 60.0
MAX_REMEMBERED = 1000

_BASIC_REFUSED = (
    "The name or the app password is wrong. Use an app password, not the password of the account."
)
_BEARER_REFUSED = "The token is wrong, expired or revoked."


class Authenticator:
    """Answers who a token belongs to."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._refused: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def authenticate_basic(self, login: str, secret: str, ip: str) -> Viewer:
        """The person with this name and app password; raises SignInFailed."""
        if kind_of(secret) != "app":
            raise SignInFailed(_BASIC_REFUSED)
        return self._authenticate("app", secret, ip, login)

    def authenticate_bearer(self, secret: str, ip: str) -> Viewer:
        """The person with this API token; raises SignInFailed."""
        if kind_of(secret) != "api":
            raise SignInFailed(_BEARER_REFUSED)
        return self._authenticate("api", secret, ip, None)

    def _authenticate(self, kind: TokenKind, secret: str, ip: str, login: str | None) -> Viewer:
        refused = _BASIC_REFUSED if kind == "app" else _BEARER_REFUSED
        name = None if login is None else fold(login)
        key = digest(f"{name} {secret}")
        if self._is_refused(key):
            raise SignInFailed(refused)
        token = find_token(kind, secret)
        if token is None or (name is not None and token.login_fold != name):
            self._refuse(key)
            raise SignInFailed(refused)
        return _viewer(token, kind, ip)

    def _is_refused(self, key: str) -> bool:
        with self._lock:
            return self._refused.get(key, 0.0) > self._monotonic()

    def _refuse(self, key: str) -> None:
        with self._lock:
            self._refused.pop(key, None)
            self._refused[key] = self._monotonic() + REMEMBERED_S
            if len(self._refused) > MAX_REMEMBERED:
                self._refused.popitem(last=False)


def _viewer(token: LiveToken, kind: TokenKind, ip: str) -> Viewer:
    person, used = token.person, now()
    if token.last_used_at is None or used - token.last_used_at >= NOTED_EVERY:
        due = Credential.last_used_at.is_null() | (Credential.last_used_at <= used - NOTED_EVERY)
        note(Credential.update(last_used_at=used, last_ip=ip[:64]).where((Credential.id == token.id) & due))
    still = scopes.grantable(kind, role=person.role, is_admin=person.is_admin)
    return viewer_of(
        person, proof=Proof("credential", token.id), scopes=token.scopes & still, not_after=token.expires_at
    )
