"""What somebody shares with a person who wants to be asked first: it waits, and gives nothing until they accept it.

Each such offer is a grant in the state “pending”. Its recipient is told who offers what, on which terms, and how many
pictures that is: no picture, and nothing of one. Accepted, it is a grant like any other. Declined, it has ended: who
joins its group again is not asked again. For a moment each answer can be taken back, but nothing that its owner has
ended since comes back by that, and on the terms that hold then.

Declined is noted in the journal, and so is an acceptance that was taken back: an older catalogue revives neither.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import SQL

from services import access, revocations
from services.access import ends
from services.errors import NotFound
from services.matching import unsettle
from services.models import Collection, Grant, Group, Membership, Share, User, audit, database, transaction
from services.sharing import lasting
from services.sharing.offering import hold
from services.viewers import Viewer

SIDE = "offer"
"""How the ids of these decisions begin, before the id of the grant."""


@dataclass(frozen=True, slots=True)
class Offering:
    """Something that waits for the viewer's word. `pid` names the decision; `items` is how many it would show now.

    `group` is by which group it came, `since` when it was offered, `until` when it ends.
    """

    pid: str
    share: Share
    collection: str
    by: str
    by_display: str
    group: str | None
    items: int
    since: int
    until: int | None


def offered(viewer: Viewer, *, limit: int = 200) -> list[Offering]:
    """What waits for this person's word, oldest first."""
    if not _is_asked(viewer):
        return []
    groups = dict(Group.select(Group.id, Group.name).tuples())
    found = list(_waits(viewer).order_by(Grant.id).limit(limit))
    return [
        Offering(
            f"{SIDE}.{grant.pid}", grant.share, grant.collection.name, grant.collection.owner.login,
            grant.collection.owner.display, groups.get(grant.share.group_id), access.size_of_offer(viewer, grant),
            grant.created_at, grant.expires_at,
        )
        for grant in found
    ]  # fmt: skip


def count_offered(viewer: Viewer, *, most: int) -> int:
    """How many, at most so many; nearly always one look-up tells that none does."""
    return int(_waits(viewer).limit(most).count()) if _is_asked(viewer) else 0


def split(pids: Iterable[str]) -> tuple[list[str], list[str]]:
    """Decisions by their ids: the grants of those about offers, and the others as they are."""
    begin, given = f"{SIDE}.", list(pids)
    return [p.removeprefix(begin) for p in given if p.startswith(begin)], [
        p for p in given if not p.startswith(begin)
    ]


def notes(viewer: Viewer, grants: Sequence[str], *, accepted: bool) -> list[revocations.Noted]:
    """What the journal is to hold of an answer; raises NotFound unless all of these wait for the viewer's word."""
    if len(_waiting(viewer, grants)) < len(grants):
        raise NotFound
    return [("accepted" if accepted else "declined", pid) for pid in grants]


def answer(viewer: Viewer, grants: Sequence[str], at: int, *, accepted: bool) -> list[dict[str, Any]]:
    """Accept or decline; inside a transaction, which moves the counters. Answers what was before.

    Raises NotFound when one of them does not wait any more.
    """
    waiting = _waiting(viewer, grants)
    state, ended = ("active", None) if accepted else ("declined", at)
    for pid in grants:
        still = Grant.id.in_([g.id for g in waiting if g.pid == pid]) & (Grant.state == "pending")
        if not Grant.update(state=state, decided_at=at, ended_at=ended).where(still).execute():
            raise NotFound
    for grant in waiting:
        audit.record(
            "share_accepted" if accepted else "share_declined", actor=viewer.user_id, subject=grant.owner_id,
            object=grant.collection.name,
        )  # fmt: skip
    unsettle([viewer.user_id] if waiting else [])
    return [{"pid": f"{SIDE}.{pid}", "state": "pending", "decided_at": None} for pid in grants]


def notes_of_undoing(viewer: Viewer, grants: Sequence[str], at: int) -> list[revocations.Noted]:
    """What is to be noted before answers of that moment are taken back.

    What was accepted is a right no more, and what they contribute by it ends with it.
    """
    accepted = [g for g in _answered(viewer, grants, at) if g.state == "active"]
    return [("accepted", g.pid) for g in accepted] + lasting.notes(lasting.lost(accepted))


@dataclass(frozen=True, slots=True)
class Undone:
    """Answers that were taken back: how many, the contributions that ended by it, and what to note afterwards."""

    number: int
    gone: tuple[Grant, ...]
    given_back: tuple[revocations.Noted, ...]


def take_back(viewer: Viewer, grants: Sequence[str], at: int) -> Undone:
    """Have them wait again, about which nothing was done since; inside a transaction, which moves the counters."""
    back: list[Grant] = []
    for grant in _answered(viewer, grants, at):
        if grant.state == "declined" and not _may_wait_again(viewer, grant):
            continue
        until = Share.get_by_id(grant.share_id).expires_at  # its owner may have moved it
        values = {"state": "pending", "decided_at": None, "ended_at": None, "expires_at": until}
        still = (Grant.id == grant.id) & (Grant.state == grant.state)
        back += [grant] if Grant.update(**values).where(still).execute() else []
    unsettle([viewer.user_id] if back else [])
    gone = lasting.keep([g for g in back if g.state == "active"], "left", viewer.user_id)
    return Undone(len(back), tuple(gone), tuple(("declined", g.pid) for g in back if g.state == "declined"))


def forget_declined(viewer: Viewer, user: User) -> None:
    """What somebody declined of the viewer's is not taken back any more: all that they were given has ended."""
    declined = (Grant.owner == viewer.user_id) & (Grant.user == user.id) & (Grant.state == "declined")
    noted = [("grant", pid) for (pid,) in Grant.select(Grant.pid).where(declined).tuples()]
    with revocations.noting(noted), transaction():
        Grant.update(state="revoked").where(declined).execute()


def _is_asked(viewer: Viewer) -> bool:
    text = """SELECT 1 FROM "grant" WHERE user_id = ? AND state = 'pending' LIMIT 1"""
    return viewer.kind == "person" and bool(database.rows(text, viewer.user_id))


def _waits(viewer: Viewer) -> Any:
    """The viewer's grants that wait for their word and can be accepted, as a query."""
    ahead = Grant.expires_at.is_null() | (Grant.expires_at > ends.moment())
    mine = (Grant.user == viewer.user_id) & SQL("t1.state = 'pending'") & ahead
    there = mine & Share.ended_at.is_null() & Collection.deleted_at.is_null() & User.active
    query = Grant.select(Grant, Share, Collection, User).join(Share).switch(Grant).join(Collection).join(User)
    return query.where(there)


def _waiting(viewer: Viewer, grants: Sequence[str]) -> list[Grant]:
    return list(_waits(viewer).where(Grant.pid.in_(list(grants)))) if grants else []


def _answered(viewer: Viewer, grants: Sequence[str], at: int) -> list[Grant]:
    """Those of these to which the viewer said yes or no at that moment, and of which nothing has ended since."""
    if not grants:
        return []
    mine = Grant.pid.in_(list(grants)) & (Grant.user == viewer.user_id) & (Grant.decided_at == at)
    return list(Grant.select().where(mine & Grant.state.in_(["active", "declined"])).order_by(Grant.id))


def _may_wait_again(viewer: Viewer, grant: Grant) -> bool:
    """Whether what was declined can be asked again: it is offered still, to them, and was not offered anew.

    It stays so to the end of this transaction.
    """
    share = grant.share
    if not database.hold(Share.note, (Share.id == share.id) & Share.ended_at.is_null()):
        return False
    if share.kind == "group":
        hold(share.group)
        here = (Membership.group == share.group_id) & (Membership.user == viewer.user_id)
        return bool(Membership.select().where(here).exists())
    anew = (Grant.user == viewer.user_id) & (Grant.collection == grant.collection_id) & (Grant.kind == "user")
    return not Grant.select().where(anew & Grant.ended_at.is_null()).exists()
