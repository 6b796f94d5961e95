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
from typing import NamedTuple

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
MAX_USES = 10_000

_BASIC_REFUSED = (
    "The name or the app password is wrong. Use an app password, not the password of the account."
)
_BEARER_REFUSED = "The token is wrong, expired or revoked."


class Use(NamedTuple):
    """When a token was last shown to this process, in microseconds since 1970, and from where."""

    at: int
    ip: str


class Authenticator:
    """Answers who a token belongs to."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._refused: OrderedDict[str, float] = OrderedDict()
        self._uses: OrderedDict[str, Use] = OrderedDict()
        self._lock = threading.Lock()

    def authenticate_basic(self, login: str, secret: str, ip: str) -> Viewer:
        """The person with this name and app password; raises SignInFailed."""
        return self._basic(login, secret, ip)

    def try_basic(self, login: str, secret: str) -> Viewer:
        """Like `authenticate_basic`, for somebody who only asks whether it would do: no use is noted."""
        return self._basic(login, secret, None)

    def _basic(self, login: str, secret: str, ip: str | None) -> Viewer:
        if kind_of(secret) != "app":
            raise SignInFailed(_BASIC_REFUSED)
        return self._authenticate("app", secret, ip, login)

    def authenticate_bearer(self, secret: str, ip: str) -> Viewer:
        """The person with this API token; raises SignInFailed."""
        if kind_of(secret) != "api":
            raise SignInFailed(_BEARER_REFUSED)
        return self._authenticate("api", secret, ip, None)

    def find_use(self, pid: str) -> Use | None:
        """The last use of a token since this process began: to the second, which the catalogue does not keep."""
        with self._lock:
            return self._uses.get(pid)

    def _authenticate(self, kind: TokenKind, secret: str, ip: str | None, login: str | None) -> Viewer:
        refused = _BASIC_REFUSED if kind == "app" else _BEARER_REFUSED
        name = None if login is None else fold(login)
        key = digest(f"{name} {secret}")
        if self._is_refused(key):
            raise SignInFailed(refused)
        token = find_token(kind, secret)
        if token is None or (name is not None and token.login_fold != name):
            self._refuse(key)
            raise SignInFailed(refused)
        if ip is not None:
            self._note(token, ip)
        return _viewer(token, kind)

    def _note(self, token: LiveToken, ip: str) -> None:
        used = now()
        with self._lock:
            self._uses.pop(token.pid, None)
            self._uses[token.pid] = Use(used, ip)
            if len(self._uses) > MAX_USES:
                self._uses.popitem(last=False)
        if token.last_used_at is None or used - token.last_used_at >= NOTED_EVERY:
            due = Credential.last_used_at.is_null() | (Credential.last_used_at <= used - NOTED_EVERY)
            note(
                Credential.update(last_used_at=used, last_ip=ip[:64]).where((Credential.id == token.id) & due)
            )

    def _is_refused(self, key: str) -> bool:
        with self._lock:
            return self._refused.get(key, 0.0) > self._monotonic()

    def _refuse(self, key: str) -> None:
        with self._lock:
            self._refused.pop(key, None)
            self._refused[key] = self._monotonic() + REMEMBERED_S
            if len(self._refused) > MAX_REMEMBERED:
                self._refused.popitem(last=False)


def _viewer(token: LiveToken, kind: TokenKind) -> Viewer:
    person = token.person
    still = scopes.grantable(kind, role=person.role, is_admin=person.is_admin)
    return viewer_of(
        person, proof=Proof("credential", token.id), scopes=token.scopes & still, not_after=token.expires_at
    )
