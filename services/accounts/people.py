"""The accounts of the household: adding, listing, roles, disabling and enabling.

Administrators run accounts; that gives them no sight of anybody's items. There is always an active
administrator. Whatever takes a right away ends sessions in the same transaction.
"""

import re
from dataclasses import dataclass
from typing import Any

import peewee

from services import revocations
from services.accounts.acting import actor_id, require_admin, require_in_person, viewer_of
from services.accounts.passwords import Passwords
from services.accounts.strength import require_strong
from services.accounts.texts import checked
from services.accounts.tokens import revoke_all_tokens
from services.accounts.zones import require_zone
from services.clock import now
from services.errors import Conflict, NotFound, UsageError
from services.identifiers import new_pid
from services.models import Credential, Event, EventPerson, Session, User, audit, counters, transaction
from services.names import fold
from services.viewers import Viewer

ROLES = ("adult", "child")
MAX_LOGIN = 32
MAX_DISPLAY = 100
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Person:
    """An account as administrators see it; `seen_at` is when a browser of theirs was last used."""

    pid: str
    login: str
    display: str
    role: str
    is_admin: bool
    active: bool
    created_at: int
    seen_at: int | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A new account, checked, with its password hashed: ready to be written in a short transaction."""

    login: str
    display: str
    role: str
    is_admin: bool
    password: str | None
    zone: str


def find_user(login: str) -> User | None:
    """The person with this login name, whatever its case, active or not."""
    if len(login) > MAX_LOGIN or not _LOGIN.fullmatch(login):
        return None
    user: User | None = User.select().where(User.login_fold == fold(login)).first()
    return user


def names() -> dict[str, str]:
    """The names that others see of everybody here, by login: a page asks once for all that are on it."""
    return dict(User.select(User.login, User.display).tuples())


def viewer_for(login: str) -> Viewer:
    """This person as viewer for commands on the appliance itself; raises NotFound."""
    user = find_user(login)
    if user is None:
        raise NotFound(f"There is no user “{login}”.")
    return viewer_of(user)


def add_person(
    viewer: Viewer,
    passwords: Passwords,
    login: str,
    *,
    password: str | None,
    display: str = "",
    role: str = "adult",
    is_admin: bool = False,
    zone: str = "",
) -> Person:
    """Make an account; without a password nobody can sign in until one is set by `reset_password`.

    `zone` dates what states none of its own; empty while it is unknown. Raises UsageError (field login,
    display, role, zone or password), Conflict when the name is taken,
    AccessDenied. A token makes no administrators.
    """
    require_admin(viewer)
    if is_admin:
        require_in_person(viewer)
    made = draft(
        passwords, login, password=password, display=display, role=role, is_admin=is_admin, zone=zone
    )
    with transaction():
        require_admin(viewer)
        user = insert_person(made)
        audit.record(
            "person_added", actor=actor_id(viewer), subject=user.id, object=user.login, role=role,
            is_admin=is_admin,
        )  # fmt: skip
    return _person(user, None)


def draft(
    passwords: Passwords,
    login: str,
    *,
    password: str | None,
    display: str,
    role: str,
    is_admin: bool,
    zone: str = "",
) -> Draft:
    """Check everything about a new account and hash its password; call outside any transaction.

    Raises UsageError, Conflict, Throttled.
    """
    display = checked(display, field="display", limit=MAX_DISPLAY) or login
    require_login(login)
    require_role(role, is_admin=is_admin)
    require_zone(zone)
    if password is not None:
        require_strong(password, login, display)
    if find_user(login) is not None:
        raise _taken(login)
    hashed = None if password is None else passwords.hash(password)
    return Draft(login, display, role, is_admin, hashed, zone)


def insert_person(made: Draft) -> User:
    """Write a checked account; call inside the transaction that permits it. Raises Conflict."""
    try:
        with transaction():  # nested: a savepoint, so that the outer one survives a taken name
            user: User = User.create(
                pid=new_pid(), login=made.login, login_fold=fold(made.login), display=made.display,
                role=made.role, is_admin=made.is_admin, zone=made.zone, active=True, created_at=now(),
            )  # fmt: skip
    except peewee.IntegrityError as error:
        raise _taken(made.login) from error
    if made.password is not None:
        store_password(user, made.password)
    return user


def store_password(user: User, hashed: str) -> None:
    """Make this hash the person's password, in place of any other; call inside a transaction.

    Its public id is its own: by that the journal of ended rights tells it from the one before.
    """
    if Credential.update(pid=new_pid(), secret=hashed, created_at=now()).where(_password(user)).execute():
        return
    Credential.create(pid=new_pid(), user=user, kind="password", secret=hashed, scopes=[], created_at=now())


def note_of_password(user: User) -> list[revocations.Noted]:
    """What the journal of ended rights calls the password they have now, if they have one."""
    found = Credential.select(Credential.pid).where(_password(user))
    return [("sign-in", pid) for (pid,) in found.tuples()]


def end_sessions(user: User) -> None:
    """End all that this person has, after the policy epoch was raised; call last in the transaction."""
    Session.delete().where(Session.user == user).execute()
    revocations.note_sessions_end()


def list_people(viewer: Viewer) -> list[Person]:
    """Every account by name. Raises AccessDenied."""
    require_admin(viewer)
    seen = dict(
        Session.select(Session.user_id, peewee.fn.MAX(Session.seen_at)).group_by(Session.user_id).tuples()
    )
    return [_person(user, seen.get(user.id)) for user in User.select().order_by(User.login_fold)]


def get_person(viewer: Viewer, pid: str) -> Person:
    """One account; raises NotFound, AccessDenied."""
    require_admin(viewer)
    user = get_user(pid)
    seen = Session.select(peewee.fn.MAX(Session.seen_at)).where(Session.user == user).scalar()
    return _person(user, seen)


def disable_person(viewer: Viewer, pid: str) -> None:
    """Shut an account: its sessions and tokens end at once, for good. Nothing of theirs is deleted.

    Raises NotFound, AccessDenied, and Conflict for the last active administrator.
    """
    with revocations.noting([("user", pid)]), transaction():
        counters.bump_policy()  # first: its row lock makes two of these wait for each other
        require_admin(viewer)
        user = get_user(pid)
        if not user.active:
            return
        _require_another_admin(user)
        User.update(active=False, cred_version=User.cred_version + 1).where(User.id == user.id).execute()
        revoke_all_tokens(viewer, user)
        audit.record("person_disabled", actor=actor_id(viewer), subject=user.id, object=user.login)
        end_sessions(user)


def enable_person(viewer: Viewer, pid: str) -> None:
    """Open a disabled account again; its person signs in anew. Raises NotFound, AccessDenied."""
    with revocations.noting([("user", pid)], again=True), transaction():
        require_admin(viewer)
        user = get_user(pid)
        if user.active:
            return
        User.update(active=True).where(User.id == user.id).execute()
        counters.bump_content()
        audit.record("person_enabled", actor=actor_id(viewer), subject=user.id, object=user.login)


def change_role(viewer: Viewer, pid: str, *, role: str, is_admin: bool) -> None:
    """Give a person another role; their sessions end. Only in person.

    Raises NotFound, AccessDenied, UsageError, and Conflict for the last active administrator.
    """
    require_role(role, is_admin=is_admin)
    require_in_person(viewer)
    require_admin(viewer)  # before anything is noted, and again when it is done
    rights = {("admin", pid): is_admin, ("adult", pid): role == "adult"}
    ended, given = ([right for right, has in rights.items() if has is is_it] for is_it in (False, True))
    with revocations.noting(ended), revocations.noting(given, again=True), transaction():
        counters.bump_policy()
        require_in_person(viewer)
        require_admin(viewer)
        user = get_user(pid)
        if (user.role, user.is_admin) == (role, is_admin):
            return
        if not is_admin:
            _require_another_admin(user)
        changes = User.update(role=role, is_admin=is_admin, cred_version=User.cred_version + 1)
        changes.where(User.id == user.id).execute()
        if role != "adult":  # an event is organised by adults; their own stays theirs, to be closed
            theirs = Event.select(Event.id).where(Event.owner == user)
            here = (EventPerson.user == user) & EventPerson.event.not_in(theirs)
            EventPerson.update(role="participant").where(here).execute()
        audit.record(
            "role_changed", actor=actor_id(viewer), subject=user.id, object=user.login, role=role,
            is_admin=is_admin,
        )  # fmt: skip
        end_sessions(user)


def get_user(pid: str) -> User:
    """The row of a person by public id, for the modules of this package; raises NotFound."""
    user: User | None = User.select().where(User.pid == pid).first()
    if user is None:
        raise NotFound("There is no such person.")
    return user


def require_login(login: str) -> None:
    """Raise UsageError unless this can be a login name."""
    if not login:
        raise UsageError("The login name is missing.", field="login")
    if len(login) > MAX_LOGIN:
        raise UsageError(f"The login name may have at most {MAX_LOGIN} characters.", field="login")
    if not _LOGIN.fullmatch(login):
        raise UsageError(
            "A login name has only the letters a to z, digits and . _ - and begins with a letter or digit. "
            "Accents and spaces fit into the display name.",
            field="login",
        )


def require_role(role: str, *, is_admin: bool) -> None:
    """Raise UsageError unless there is such a role and it can run the appliance if it shall."""
    if role not in ROLES:
        raise UsageError(f"There is no role “{role}”: it is {' or '.join(ROLES)}.", field="role")
    if is_admin and role == "child":
        raise UsageError("A child cannot be an administrator.", field="role")


def has_admin() -> bool:
    """Whether anybody runs the appliance yet."""
    return bool(User.select().where(User.is_admin & User.active).exists())


def _password(user: User) -> Any:
    return (Credential.user == user) & (Credential.kind == "password") & Credential.revoked_at.is_null()


def _require_another_admin(user: User) -> None:
    others = User.select().where(User.is_admin & User.active & (User.id != user.id))
    if user.is_admin and user.active and not others.exists():
        raise Conflict("This is the last active administrator. Make somebody else an administrator first.")


def _taken(login: str) -> Conflict:
    return Conflict(f"The login name “{login}” is taken.", field="login")


def _person(user: User, seen_at: int | None) -> Person:
    return Person(
        pid=user.pid, login=user.login, display=user.display, role=user.role, is_admin=user.is_admin,
        active=user.active, created_at=user.created_at, seen_at=seen_at,
    )  # fmt: skip
