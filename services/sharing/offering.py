"""An owner offers a collection: to a person, a group, a screen at home, or to a collection of somebody else's.

Each offer is a share; what a recipient has by it is a grant. Both are written in one transaction, so that a
right is whole or not there. What a share promises can be narrowed and widened, its end moved; it cannot be
given to somebody else.

A screen has no account and no lock: it is given no more than to look, and originals where its owner says so;
where pictures were taken and the camera's number never go there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services import revocations
from services.access.ends import moment
from services.accounts.acting import require_current
from services.accounts.texts import checked
from services.clock import now
from services.collections import seeing
from services.errors import AccessDenied, Conflict, NotFound, UsageError
from services.identifiers import new_pid
from services.matching import arriving, unsettle
from services.models import (
    Collection,
    Grant,
    Group,
    Membership,
    Screen,
    Share,
    User,
    audit,
    counters,
    database,
    transaction,
)  # fmt: skip
from services.names import fold
from services.sharing import lasting
from services.viewers import Viewer

RIGHTS = ("view", "download", "contribute", "reshare")
MAX_NOTE = 1000


@dataclass(frozen=True, slots=True)
class Terms:
    """What a share gives besides looking, and until when (microseconds since 1970, None: until it is ended).

    Without `place` the place and the camera's number of each picture are kept back.
    """

    download: bool = True
    contribute: bool = False
    reshare: bool = False
    place: bool = True
    expires: int | None = None
    note: str = ""

    @classmethod
    def of(cls, rights: Iterable[str], **more: Any) -> "Terms":
        """Terms with these rights. Raises UsageError for one that there is not."""
        given = list(rights)
        if unknown := [r for r in given if r not in RIGHTS]:
            raise UsageError(
                f"There is no right “{unknown[0]}”; there are {', '.join(RIGHTS)}.", field="rights"
            )
        return cls("download" in given, "contribute" in given, "reshare" in given, **more)


def offer(viewer: Viewer, collection_pid: str, to: Mapping[str, str], terms: Terms) -> Share:
    """Share one's collection with `to`: {"user": login}, {"group": id}, {"screen": id} or {"collection": id}.

    A screen never gets the place, whatever the terms say, and a contribution lasts no longer than the right to
    contribute. Raises NotFound, UsageError (field `to`, `expires`, `note`,
    `rights`), Conflict when it is shared with them already, AccessDenied.
    """
    note = checked(terms.note, field="note", limit=MAX_NOTE)
    with transaction():
        require_current(viewer)
        collection = shareable(viewer, collection_pid)
        require_end(terms.expires)
        kind, target = _recipient(viewer, to)
        if kind == "screen":
            require_no_more_than_looking(terms.contribute, terms.reshare)
        end = terms.expires
        if isinstance(target, Collection):
            end = lasting.require_end(viewer.user_id, target, end)
        share = Share.create(
            pid=new_pid(), owner=viewer.user_id, collection=collection, kind=kind,
            group=target if kind == "group" else None, may_download=terms.download,
            may_contribute=terms.contribute, may_reshare=terms.reshare, shows_place=terms.place and kind != "screen",
            note=note, created_at=now(), expires_at=end,
        )  # fmt: skip
        _grant(viewer, share, target)
        audit.record(
            "shared", actor=viewer.user_id, subject=viewer.user_id, object=collection.name, share=share.pid,
            to=dict(to),
        )  # fmt: skip
        counters.bump_content()
    return share


def shareable(viewer: Viewer, pid: str) -> Collection:
    """One's own collection, to be shared; raises NotFound, and UsageError for a query that is broken.

    An event shows its collection by itself, and what somebody brought to one by hand is for that event.
    """
    collection = seeing.own(viewer, pid)
    if collection.purpose != "own":
        raise NotFound
    if collection.problem:
        raise UsageError(
            f"Nothing can be shared of this collection: {collection.problem}", field="collection"
        )
    return collection


def change(viewer: Viewer, pid: str, changes: Mapping[str, Any]) -> Share:
    """Change rights, place, note or expires of one's living share.

    What others contribute by it ends when they may contribute no more. Raises NotFound, UsageError, and
    AccessDenied for the end of a contribution that nothing allows any more.
    """
    noted = lasting.notes(_lost_by(own_share(viewer, pid), changes))
    with revocations.noting(noted), transaction():
        require_current(viewer)
        share = own_share(viewer, pid)
        if share.collection.purpose == "event":
            raise UsageError("This is how an event shows itself. Change the event instead.")
        values = _changes(changes)
        if share.kind == "link" and (values.get("may_contribute") or values.get("may_reshare")):
            raise UsageError("By a link one can look, and download.", field="rights")
        if share.kind == "screen":
            require_no_more_than_looking(values.get("may_contribute"), values.get("may_reshare"))
            if values.get("shows_place"):
                raise UsageError("Where pictures were taken is never told to a screen.", field="place")
        rights = _living(share)
        end = values.get("expires_at", share.expires_at)
        for into in {grant.into for grant in rights} if end != share.expires_at else ():
            if into is not None and into.purpose == "own":
                values["expires_at"] = lasting.require_end(viewer.user_id, into, end)
        if values:
            # whoever contributes by it just now is waited for
            database.hold(Grant.state, Grant.share == share.id)
            Share.update(**values).where(Share.id == share.id).execute()
        if "expires_at" in values:
            live = (Grant.share == share.id) & Grant.ended_at.is_null()
            Grant.update(expires_at=values["expires_at"]).where(live).execute()
        gone = lasting.keep(rights, "revoked", viewer.user_id)
        unsettle(user for (user,) in Grant.select(Grant.user_id).where(Grant.share == share.id).tuples())
        counters.bump_policy()
        counters.bump_content()
    with revocations.noting([note for note in lasting.notes(gone) if note not in noted]):
        return Share.get_by_id(share.id)


def _living(share: Share) -> list[Grant]:
    return list(Grant.select().where((Grant.share == share.id) & Grant.ended_at.is_null()))


def _lost_by(share: Share, changes: Mapping[str, Any]) -> list[Grant]:
    """The contributions that end when a share is changed so."""
    rights = changes.get("rights")
    return lasting.lost(_living(share)) if isinstance(rights, list) and "contribute" not in rights else []


def own_share(viewer: Viewer, pid: str) -> Share:
    """The viewer's living share with this id; raises NotFound."""
    mine = (Share.pid == pid) & (Share.owner == viewer.user_id) & Share.ended_at.is_null()
    found: Share | None = Share.get_or_none(mine) if viewer.kind == "person" else None
    if found is None:
        raise NotFound
    return found


def grant_to(share: Share, user: int) -> None:
    """Give one person the right by a share; call inside a transaction. Nothing for its owner.

    Who wants to be asked first has none before they accept it (see `answering`).
    """
    if user == share.owner_id:
        return
    asked = User.select().where((User.id == user) & User.ask_first).exists()
    Grant.create(
        pid=new_pid(), share=share, owner=share.owner_id, collection=share.collection_id, kind=share.kind,
        user=user, state="pending" if asked else "active", expires_at=share.expires_at, created_at=now(),
    )  # fmt: skip
    unsettle([user])


def grant_to_screen(share: Share, screen: Screen) -> None:
    """Give a screen the right by a share; call inside a transaction."""
    Grant.create(
        pid=new_pid(), share=share, owner=share.owner_id, collection=share.collection_id, kind="screen",
        screen=screen, state="active", expires_at=share.expires_at, created_at=now(),
    )  # fmt: skip


def hold(group: Group) -> None:
    """Who is in a group stays so to the end of this transaction."""
    database.hold(Group.name, Group.id == group.id)


def _grant(viewer: Viewer, share: Share, target: Any) -> None:
    others = (Share.collection == share.collection_id) & Share.ended_at.is_null() & (Share.id != share.id)
    if share.kind == "user":
        live = (Grant.user == target.id) & Grant.ended_at.is_null() & (Grant.kind == "user")
        if Grant.select().join(Share).where(others & live).exists():
            raise Conflict(
                f"This is shared with {target.display} already. Change that share instead.", field="to"
            )
        grant_to(share, target.id)
    elif share.kind == "group":
        hold(target)
        if Share.select().where(others & (Share.group == target.id)).exists():
            raise Conflict(
                f"This is shared with “{target.name}” already. Change that share instead.", field="to"
            )
        for (user,) in Membership.select(Membership.user_id).where(Membership.group == target.id).tuples():
            grant_to(share, user)
    elif share.kind == "screen":
        live = (Grant.screen == target.id) & Grant.ended_at.is_null()
        if Grant.select().join(Share).where(others & live).exists():
            raise Conflict(
                f"This is shared with “{target.name}” already. Change that share instead.", field="to"
            )
        grant_to_screen(share, target)
    else:
        live = (Grant.into == target.id) & Grant.ended_at.is_null()
        if Grant.select().join(Share).where(others & live).exists():
            raise Conflict(f"This is contributed to “{target.name}” already.", field="to")
        grant = Grant.create(
            pid=new_pid(), share=share, owner=share.owner_id, collection=share.collection_id, kind="collection",
            into=target, state="active", expires_at=share.expires_at, created_at=now(),
        )  # fmt: skip
        arriving.arrive(grant)


def _recipient(viewer: Viewer, to: Mapping[str, str]) -> tuple[str, User | Group | Screen | Collection]:
    """Whom it goes to. Each is named by what the viewer may know of them."""
    if len(to) != 1:
        raise UsageError(
            "A share goes to one recipient: user, group, screen, collection or event.", field="to"
        )
    ((kind, name),) = to.items()
    if kind == "user":
        return kind, _person(viewer, name)
    if kind == "group":
        group = Group.get_or_none((Group.pid == name) & Group.ended_at.is_null())
        if group is None:
            raise UsageError("There is no such group.", field="to")
        return kind, group
    if kind == "screen":
        return kind, living_screen(name)
    if kind == "collection":
        card = seeing.get(viewer, name)
        if card.own:  # what others own is asked for by `lasting.require_end`
            raise AccessDenied("The owner of this collection has not asked for contributions from you.")
        return kind, card.collection
    raise UsageError(f"Nothing can be shared with “{kind}”.", field="to")


def living_screen(pid: str, *, field: str = "to") -> Screen:
    """The screen with this id, while it is one; raises UsageError."""
    found: Screen | None = Screen.get_or_none((Screen.pid == pid) & Screen.living(moment()))
    if found is None:
        raise UsageError("There is no such screen.", field=field)
    return found


def _person(viewer: Viewer, login: str) -> User:
    user = User.get_or_none((User.login_fold == fold(login)) & User.active)
    if user is None:
        raise UsageError(f"There is nobody called “{login}” here.", field="to")
    if user.id == viewer.user_id:
        raise UsageError("What is yours need not be shared with you.", field="to")
    return user


def _changes(changes: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in changes.items():
        if name == "rights" and isinstance(value, list):
            terms = Terms.of(value)
            values |= {
                "may_download": terms.download, "may_contribute": terms.contribute, "may_reshare": terms.reshare,
            }  # fmt: skip
        elif name == "place" and isinstance(value, bool):
            values["shows_place"] = value
        elif name == "note" and isinstance(value, str):
            values["note"] = checked(value, field="note", limit=MAX_NOTE)
        elif name == "expires" and (value is None or type(value) is int):
            require_end(value)
            values["expires_at"] = value
        else:
            raise UsageError(f"“{name}” of a share cannot be set to this.", field=name)
    return values


def require_no_more_than_looking(contribute: bool | None, reshare: bool | None) -> None:
    """Raise UsageError for rights that only a person can use."""
    if contribute or reshare:
        raise UsageError("A screen can look, and show originals.", field="rights")


def require_end(expires: int | None) -> None:
    """Raise UsageError unless an end lies ahead."""
    if expires is not None and expires <= moment():
        raise UsageError("The end of a share lies ahead, not in the past.", field="expires")
