"""Browsers that are signed in: opening, recognising, listing and ending sessions.

A session ends when it was idle for 30 days, is 180 days old, was ended, or its person's `cred_version`
moved on (new password, other role, disabled). Stored is the SHA-256 of its secret.

Here and in the whole package the policy epoch is raised first in a transaction: its row is the one
lock that all of them take in the same order.
"""

from dataclasses import dataclass

from services.access.ends import moment
from services.accounts.acting import actor_id, note, require_credentials, viewer_of
from services.accounts.errors import SignInFailed
from services.accounts.lookups import Known, find_session
from services.accounts.minting import digest, kind_of, mint
from services.accounts.texts import one_line
from services.clock import DAY, MINUTE, now
from services.errors import NotFound
from services.identifiers import new_pid
from services.models import Session, User, audit, counters, transaction
from services.revocations import note_sessions_end
from services.viewers import Proof, Viewer

IDLE = 30 * DAY
ABSOLUTE = 180 * DAY
NOTED_EVERY = 10 * MINUTE

_REFUSED = "You are not signed in."


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session: `secret` goes into the cookie and is shown nowhere else."""

    secret: str
    viewer: Viewer


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """A session as its person sees it; times in microseconds since 1970."""

    pid: str
    created_at: int
    seen_at: int
    expires_at: int
    ip: str
    agent: str
    current: bool


def open_session(user: User, *, ip: str, agent: str, previous: str | None = None) -> SignedIn:
    """Sign a browser in; call inside the transaction that proves who it is.

    `previous` is the secret the browser held before: it ends, so that nobody can plant one.
    """
    if previous is not None:
        counters.bump_policy()
        if Session.delete().where(Session.secret == digest(previous)).execute():
            note_sessions_end()
    over = (Session.expires_at <= moment()) | (Session.cred_version != user.cred_version)
    Session.delete().where((Session.user == user) & over).execute()
    secret, time = mint("ses"), now()
    session = Session.create(
        pid=new_pid(), secret=digest(secret), user=user, cred_version=user.cred_version, created_at=time,
        seen_at=time, expires_at=time + IDLE, ip=ip[:64], agent=one_line(agent)[:200],
    )  # fmt: skip
    return SignedIn(secret, _viewer(session.id, user, session.expires_at))


def authenticate_session(secret: str) -> Viewer:
    """Who this session belongs to; raises SignInFailed when it is none or has ended."""
    if kind_of(secret) != "ses":
        raise SignInFailed(_REFUSED)
    session = find_session(secret)
    if session is None:
        raise SignInFailed(_REFUSED)
    if now() - session.seen_at < NOTED_EVERY:
        return _viewer(session.id, session.person, session.expires_at)
    time = moment()
    expires_at = min(time + IDLE, session.created_at + ABSOLUTE)
    seen = Session.update(seen_at=time, expires_at=expires_at)
    note(seen.where((Session.id == session.id) & (Session.seen_at <= time - NOTED_EVERY)))
    return _viewer(session.id, session.person, expires_at)


def list_sessions(viewer: Viewer) -> list[SessionInfo]:
    """The viewer's own live sessions, the one used last first. Raises AccessDenied."""
    require_credentials(viewer)
    live = (
        Session.select()
        .join(User)
        .where(
            (Session.user == viewer.user_id)
            & (Session.expires_at > moment())
            & (Session.cred_version == User.cred_version)
        )
    )
    return [_info(session, viewer) for session in live.order_by(Session.seen_at.desc(), Session.id.desc())]


def revoke_session(viewer: Viewer, pid: str) -> None:
    """End one of the viewer's own sessions, at once. Raises NotFound, AccessDenied."""
    with transaction():
        counters.bump_policy()
        require_credentials(viewer)
        mine = (Session.user == viewer.user_id) & (Session.pid == pid)
        if not Session.delete().where(mine).execute():
            raise NotFound("There is no such session.")
        _record_end(viewer, "session_revoked", pid)
        note_sessions_end()


def revoke_other_sessions(viewer: Viewer) -> int:
    """End all the viewer's sessions but the one they act with; return how many. Raises AccessDenied."""
    with transaction():
        counters.bump_policy()
        require_credentials(viewer)
        others = Session.user == viewer.user_id
        if (own := _own_session(viewer)) is not None:
            others &= Session.id != own
        ended = int(Session.delete().where(others).execute())
        _record_end(viewer, "other_sessions_revoked", "", ended=ended)
        note_sessions_end()
    return ended


def sign_out(viewer: Viewer) -> None:
    """End the session the viewer acts with, if there still is one."""
    own = _own_session(viewer)
    if own is None:
        return
    with transaction():
        counters.bump_policy()
        if Session.delete().where((Session.id == own) & (Session.user == viewer.user_id)).execute():
            _record_end(viewer, "signed_out", "")
            note_sessions_end()


def purge_sessions() -> int:
    """Delete the sessions that have ended by themselves; return how many."""
    with transaction():
        gone = Session.delete().where(Session.expires_at <= moment()).execute()
    return int(gone)


def _record_end(viewer: Viewer, action: str, pid: str, **detail: int) -> None:
    audit.record(action, actor=actor_id(viewer), subject=viewer.user_id, object=pid, **detail)


def _own_session(viewer: Viewer) -> int | None:
    return viewer.proof.id if viewer.proof is not None and viewer.proof.kind == "session" else None


def _viewer(session_id: int, user: User | Known, expires_at: int) -> Viewer:
    return viewer_of(user, proof=Proof("session", session_id), not_after=expires_at)


def _info(session: Session, viewer: Viewer) -> SessionInfo:
    return SessionInfo(
        pid=session.pid, created_at=session.created_at, seen_at=session.seen_at,
        expires_at=session.expires_at, ip=session.ip, agent=session.agent,
        current=session.id == _own_session(viewer),
    )  # fmt: skip
