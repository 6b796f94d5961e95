"""Signing in with name and password: the way to a session, here and only here.

An unknown name, a wrong password and a disabled account cost the same work and give the same answer.
"""

import logging
from contextlib import suppress

from services.accounts.errors import SignInFailed
from services.accounts.passwords import Passwords
from services.accounts.people import find_user
from services.accounts.sessions import SignedIn, open_session
from services.accounts.throttling import once_in, one_try
from services.clock import MINUTE
from services.errors import Throttled
from services.models import Credential, User, audit, transaction

log = logging.getLogger(__name__)

AUDITED_EVERY = 10 * MINUTE
_REFUSED = "The name or the password is wrong."


def sign_in(
    passwords: Passwords,
    login: str,
    password: str,
    *,
    ip: str,
    agent: str = "",
    previous: str | None = None,
) -> SignedIn:
    """Open a session for who knows the password. `previous` is the session secret held before, which ends.

    Raises SignInFailed, or Throttled after too many failures for this name from this network.
    """
    user = verify_password(passwords, login, password, ip=ip)
    with transaction():
        unchanged = (User.id == user.id) & User.active & (User.cred_version == user.cred_version)
        if not User.select().where(unchanged).exists():
            raise SignInFailed(_REFUSED)
        signed_in = open_session(user, ip=ip, agent=agent, previous=previous)
        audit.record("signed_in", actor=user.id, subject=user.id, ip=ip)
    return signed_in


def verify_password(passwords: Passwords, login: str, password: str, *, ip: str) -> User:
    """The active person with this name and password; raises SignInFailed or Throttled.

    Never call this inside a transaction.
    """
    with one_try("sign-in", login, ip):
        user = find_user(login)
        known = _password_of(user) if user is not None and user.active else None
        fits = passwords.verify(known.secret if known is not None else None, password)
        if user is None or known is None or not fits:
            _record_failure(user, ip)
            raise SignInFailed(_REFUSED)
    _refresh(passwords, known, password)
    return user


def _password_of(user: User) -> Credential | None:
    own = (Credential.user == user) & (Credential.kind == "password") & Credential.revoked_at.is_null()
    known: Credential | None = Credential.select().where(own).first()
    return known


def _refresh(passwords: Passwords, known: Credential, password: str) -> None:
    """Hash again what was hashed with older parameters; it can wait when the machine is busy."""
    if not passwords.is_stale(known.secret):
        return
    with suppress(Throttled):
        fresh = passwords.hash(password)
        same = (Credential.id == known.id) & (Credential.secret == known.secret)
        with transaction():
            Credential.update(secret=fresh).where(same).execute()


def _record_failure(user: User | None, ip: str) -> None:
    """Tell the person, but not so often that a stranger could fill the audit log."""
    log.info("failed sign-in from %s", ip)
    if user is not None and once_in(f"audit {user.id}", AUDITED_EVERY):
        with transaction():
            audit.record("sign_in_failed", actor=None, subject=user.id, ip=ip)
