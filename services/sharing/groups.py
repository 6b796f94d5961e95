"""Groups of the household: who joins one gets what is shared with it, who leaves it loses that at once.

Every adult may make a group and runs it together with its members; a group gives no right of its own.
"""

from dataclasses import dataclass

import peewee

from services import revocations
from services.accounts.acting import require_current
from services.accounts.texts import checked
from services.clock import now
from services.errors import AccessDenied, Conflict, NotFound, UsageError
from services.identifiers import new_pid
from services.matching import unsettle
from services.models import Grant, Group, Membership, Share, User, audit, counters, transaction
from services.names import fold
from services.sharing import lasting
from services.sharing.offering import grant_to, hold
from services.viewers import Viewer

MAX_NAME = 60


@dataclass(frozen=True, slots=True)
class Groups:
    """A group with the login names of who is in it. `mine` tells whether the viewer is."""

    pid: str
    name: str
    people: tuple[str, ...]
    mine: bool


def list_groups(viewer: Viewer) -> list[Groups]:
    """Every group of the household by name."""
    require_current(viewer)
    people: dict[int, list[tuple[int, str]]] = {}
    rows = Membership.select(Membership.group_id, User.id, User.login).join(User).order_by(User.login_fold)
    for group, user, login in rows.tuples():
        people.setdefault(group, []).append((user, login))
    return [
        Groups(
            g.pid, g.name, tuple(login for _, login in people.get(g.id, ())),
            any(user == viewer.user_id for user, _ in people.get(g.id, ())),
        )
        for g in Group.select().where(Group.ended_at.is_null()).order_by(Group.name_fold)
    ]  # fmt: skip


def make_group(viewer: Viewer, name: str) -> Groups:
    """Make a group, with its maker in it. Raises UsageError, Conflict, AccessDenied."""
    name = checked(name, field="name", limit=MAX_NAME)
    if not name:
        raise UsageError("A group needs a name.", field="name")
    with transaction():
        _require_adult(viewer)
        try:
            with transaction():
                group = Group.create(pid=new_pid(), name=name, name_fold=fold(name), created_at=now())
        except peewee.IntegrityError as error:
            raise Conflict(f"There is a group “{name}” already.", field="name") from error
        Membership.create(group=group, user=viewer.user_id)
        audit.record("group_made", actor=viewer.user_id, subject=viewer.user_id, object=name)
    return next(g for g in list_groups(viewer) if g.pid == group.pid)


def join_group(viewer: Viewer, pid: str, login: str) -> None:
    """Take somebody into a group the viewer is in: they get all that is shared with it.

    What an owner once took from them alone stays taken, and what they declined is not offered again. Raises NotFound,
    UsageError, AccessDenied.
    """
    user = User.get_or_none((User.login_fold == fold(login)) & User.active)
    noted = [] if user is None else [("member", f"{pid} {user.pid}")]
    with revocations.noting(noted, again=True), transaction():
        group = _mine(viewer, pid)
        if user is None:
            raise UsageError(f"There is nobody called “{login}” here.", field="user")
        hold(group)
        if Membership.select().where((Membership.group == group) & (Membership.user == user)).exists():
            return
        Membership.create(group=group, user=user)
        over = Grant.state.in_(["revoked", "declined"])
        taken = Grant.select(Grant.share_id).where((Grant.user == user) & over)
        living = (Share.group == group) & Share.ended_at.is_null()
        for share in Share.select().where(living & Share.id.not_in(taken)):
            grant_to(share, user.id)
        audit.record("group_joined", actor=viewer.user_id, subject=user.id, object=group.name)
        counters.bump_content()


def leave_group(viewer: Viewer, pid: str, login: str) -> int:
    """Take somebody (or oneself) out of a group: what was shared with it ends for them. Answers how many grants.

    Raises NotFound, AccessDenied.
    """
    group = _mine(viewer, pid)
    user = User.get_or_none(User.login_fold == fold(login))
    if user is None:
        raise NotFound
    grants = _grants(group).where(Grant.user == user)
    with revocations.noting([("member", f"{pid} {user.pid}")]):
        return _end(viewer, group, grants, Membership.user == user, "left")


def remove_group(viewer: Viewer, pid: str) -> int:
    """Dissolve a group the viewer is in: everything shared with it ends. Answers how many grants that were.

    Its emptied row stays behind the ended shares, which are their owners' history; its name is free again.
    """
    group = _mine(viewer, pid)
    shares = list(Share.select().where((Share.group == group) & Share.ended_at.is_null()))
    with revocations.noting([("group", pid), *(("share", s.pid) for s in shares)]), transaction():
        ended = _end(viewer, group, _grants(group), Membership.group == group, "revoked")
        # by the group: also what was shared with it just now
        open_ = (Share.group == group) & Share.ended_at.is_null()
        Share.update(ended_at=now(), ended_why="revoked").where(open_).execute()
        Group.update(name_fold=f"{group.name_fold} {group.pid}", ended_at=now()).where(
            Group.id == group.id
        ).execute()
    return ended


def _end(
    viewer: Viewer, group: Group, grants: peewee.ModelSelect, members: peewee.Expression, state: str
) -> int:
    found = list(grants.clone())
    noted = lasting.notes([*found, *lasting.lost(found)])
    with revocations.noting(noted), transaction():
        hold(group)
        Membership.delete().where((Membership.group == group) & members).execute()
        there = list(grants.clone())  # asked again: something may have been shared meanwhile
        open_ = Grant.id.in_([g.id for g in there])
        ended = int(Grant.update(state=state, ended_at=now()).where(open_).execute())
        gone = lasting.keep(there, state, viewer.user_id)
        unsettle(g.user_id for g in there)
        audit.record(
            "group_left", actor=viewer.user_id, subject=viewer.user_id, object=group.name, grants=ended
        )
        counters.bump_policy()
    with revocations.noting([note for note in lasting.notes([*there, *gone]) if note not in noted]):
        return ended


def _grants(group: Group) -> peewee.ModelSelect:
    return Grant.select(Grant).join(Share).where((Share.group == group) & Grant.ended_at.is_null())


def _mine(viewer: Viewer, pid: str) -> Group:
    """The group, for an adult in it; absent for everybody else."""
    require_current(viewer)
    if viewer.kind != "person" or viewer.role != "adult":
        raise NotFound
    group: Group | None = (
        Group.select()
        .join(Membership)
        .where((Group.pid == pid) & Group.ended_at.is_null() & (Membership.user == viewer.user_id))
        .first()
    )
    if group is None:
        raise NotFound
    return group


def _require_adult(viewer: Viewer) -> None:
    require_current(viewer)
    if viewer.kind != "person" or viewer.role != "adult":
        raise AccessDenied("Groups are for adults to make and to change.")
