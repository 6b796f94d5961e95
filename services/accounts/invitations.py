"""Invitations: a link with which one new person makes their own account, once, within seven days.

An invitation counts only while whoever wrote it is an active administrator.
"""

from dataclasses import dataclass

from peewee import JOIN, ModelSelect

from services import revocations
from services.access.ends import moment
from services.accounts.acting import OPERATOR, actor_id, require_admin, require_in_person
from services.accounts.minting import digest, kind_of, mint
from services.accounts.passwords import Passwords
from services.accounts.people import draft, insert_person, require_role
from services.accounts.sessions import SignedIn, open_session
from services.accounts.texts import checked
from services.clock import DAY, now
from services.errors import NotFound
from services.identifiers import new_pid
from services.models import Invitation, User, audit, transaction
from services.viewers import Viewer

VALID = 7 * DAY
MAX_NOTE = 100

_GONE = "This invitation has been used, has expired or was revoked. Ask for a new one."


@dataclass(frozen=True, slots=True)
class InvitationInfo:
    """An invitation without its secret; `by` is the display name of who wrote it, empty
    when it was written on the appliance itself. Times in microseconds."""

    pid: str
    role: str
    is_admin: bool
    note: str
    by: str
    created_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """An invitation just written: the only time its `secret`, the end of the link, is known."""

    secret: str
    info: InvitationInfo


def invite(viewer: Viewer, *, role: str = "adult", is_admin: bool = False, note: str = "") -> NewInvitation:
    """Write an invitation for one person; `note` says to the household whom it is for.

    Raises UsageError, AccessDenied. A token invites no administrators.
    """
    require_role(role, is_admin=is_admin)
    note, secret = checked(note, field="note", limit=MAX_NOTE), mint("inv")
    with transaction():
        require_admin(viewer)
        if is_admin:
            require_in_person(viewer)
        invitation = Invitation.create(
            pid=new_pid(), secret=digest(secret), role=role, is_admin=is_admin, note=note,
            created_by=actor_id(viewer), created_at=now(), expires_at=moment() + VALID,
        )  # fmt: skip
        audit.record(
            "invited", actor=actor_id(viewer), subject=actor_id(viewer), object=invitation.pid, role=role,
            is_admin=is_admin, note=note,
        )  # fmt: skip
    return NewInvitation(secret, _info(invitation, viewer.display))


def list_invitations(viewer: Viewer) -> list[InvitationInfo]:
    """The invitations that can still be used, newest first. Raises AccessDenied."""
    require_admin(viewer)
    return [_info(i, _inviter(i)) for i in _open().order_by(Invitation.id.desc())]


def revoke_invitation(viewer: Viewer, pid: str) -> None:
    """Make an unused invitation void. Raises NotFound, AccessDenied."""
    require_admin(viewer)
    with revocations.noting([("invitation", pid)]), transaction():
        require_admin(viewer)
        unused = (Invitation.pid == pid) & Invitation.used_at.is_null()
        if not Invitation.delete().where(unused).execute():
            raise NotFound("There is no such invitation.")
        audit.record("invitation_revoked", actor=actor_id(viewer), subject=actor_id(viewer), object=pid)


def get_invitation(secret: str) -> InvitationInfo:
    """What the invited person sees before they make an account; raises NotFound."""
    invitation = _find(secret)
    return _info(invitation, _inviter(invitation))


def redeem_invitation(
    passwords: Passwords,
    secret: str,
    login: str,
    *,
    password: str,
    display: str = "",
    zone: str = "",
    ip: str,
    agent: str = "",
    previous: str | None = None,
) -> SignedIn:
    """Make the invited person's account and sign them in; the invitation is used up.

    Raises NotFound, UsageError, Conflict (name taken: the invitation stays good), Throttled.
    """
    invitation = _find(secret)
    made = draft(
        passwords, login, password=password, display=display, role=invitation.role,
        is_admin=invitation.is_admin, zone=zone,
    )  # fmt: skip
    with revocations.noting([("invitation", invitation.pid)]), transaction():
        unused = (Invitation.id == invitation.id) & Invitation.used_at.is_null()
        if not Invitation.update(used_at=now()).where(unused).execute() or _is_void(invitation):
            raise NotFound(_GONE)
        user = insert_person(made)
        Invitation.update(used_by=user).where(Invitation.id == invitation.id).execute()
        audit.record(
            "invitation_redeemed", actor=user.id, subject=invitation.created_by_id, object=invitation.pid,
            login=user.login,
        )  # fmt: skip
        return open_session(user, ip=ip, agent=agent, previous=previous)


def _find(secret: str) -> Invitation:
    found: Invitation | None = None
    if kind_of(secret) == "inv":
        found = _open().where(Invitation.secret == digest(secret)).first()
    if found is None:
        raise NotFound(_GONE)
    return found


def _open() -> ModelSelect:
    by_admin = Invitation.created_by.is_null() | (User.active & User.is_admin)
    query = Invitation.select(Invitation, User).join(User, JOIN.LEFT_OUTER, on=Invitation.created_by)
    return query.where(Invitation.used_at.is_null() & (Invitation.expires_at > moment()) & by_admin)


def _is_void(invitation: Invitation) -> bool:
    """Whether it expired, or its writer lost the right to write it, since it was found."""
    if invitation.expires_at <= moment():
        return True
    if invitation.created_by_id is None:
        return False
    by = User.select().where((User.id == invitation.created_by_id) & User.active & User.is_admin)
    return not by.exists()


def _inviter(invitation: Invitation) -> str:
    return invitation.created_by.display if invitation.created_by_id is not None else OPERATOR.display


def _info(invitation: Invitation, by: str) -> InvitationInfo:
    return InvitationInfo(
        pid=invitation.pid, role=invitation.role, is_admin=invitation.is_admin, note=invitation.note, by=by,
        created_at=invitation.created_at, expires_at=invitation.expires_at,
    )  # fmt: skip
