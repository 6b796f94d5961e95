"""How a right ends: withdrawn for an item, revoked for a recipient, left by one. In force at commit.

Before anything else it is written to the journal outside the catalogue, so that an older catalogue put in
its place revives nothing. Nothing here touches a file of an owner.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from peewee import fn

from services import access, revocations
from services.access import ends
from services.accounts.acting import require_current
from services.clock import MINUTE, now
from services.errors import Conflict, NotFound, UsageError
from services.matching import arriving, rematch, unsettle
from services.models import (
    Asset,
    Audit,
    Collection,
    CollectionItem,
    Event,
    EventPerson,
    File,
    Grant,
    Item,
    ItemAlias,
    Passing,
    Screen,
    Share,
    Storage,
    User,
    audit,
    counters,
    database,
    transaction,
)  # fmt: skip
from services.sharing import lasting, passing
from services.sharing.answering import forget_declined
from services.sharing.closing import close_events, notes_of
from services.sharing.guests import end_guests
from services.sharing.offering import own_share
from services.sharing.recipients import get_screen
from services.viewers import Viewer

RECENT = 10 * MINUTE
SURFACES = ("pages", "API", "network drive", "televisions", "previews", "downloads under way")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What ended, when (microseconds since 1970), for whom, and where. Copies made before cannot be recalled.

    Among `grants` are the contributions of those who may contribute no more.
    """

    at: int
    grants: int = 0
    items: int = 0
    people: tuple[str, ...] = ()
    surfaces: tuple[str, ...] = field(default=SURFACES)


def revoke(viewer: Viewer, what: Mapping[str, str]) -> Receipt:
    """End one of the viewer's grants, all they gave to one person, event or screen, or what lies in a storage.

    `what` is {"grant": id}, {"user": login}, {"event": id}, {"screen": id} or {"storage": id}. To a person is given
    also what goes into their collections, and what events of the viewer's show them: they take part no more. The
    grant by which an event of the viewer's shows itself ends with the event. Raises NotFound, UsageError.
    """
    if len(what) != 1:
        raise UsageError("Name one of grant, user, event, screen or storage.")
    ((kind, name),) = what.items()
    require_current(viewer)
    if kind == "grant":
        found = list(_mine(viewer).where(Grant.pid == name))
        return end_grants(viewer, found) if found else _end_passing(viewer, name)
    if kind == "user":
        user = User.get_or_none(User.login == name)
        if user is None:
            raise NotFound
        for event in _events_with(viewer, user):
            leave_event(event, user, viewer.user_id)
        forget_declined(viewer, user)
        theirs = Collection.select(Collection.id).where(Collection.owner == user.id)
        given = (Grant.user == user.id) | Grant.into.in_(theirs)
        return end_grants(viewer, list(_mine(viewer).where(given)))
    if kind == "event":
        event = Event.get_or_none(Event.pid == name)
        if event is None:
            raise NotFound
        given = (Grant.event == event.id) | (Grant.into == event.collection_id)
        return end_grants(viewer, list(_mine(viewer).where(given)))
    if kind == "screen":
        return end_grants(viewer, list(_mine(viewer).where(Grant.screen == get_screen(name).id)))
    if kind == "storage":
        return withhold(viewer, name)
    raise UsageError(
        f"“{kind}” cannot be revoked; name one of grant, user, event, screen or storage.", field=kind
    )


def revoke_share(viewer: Viewer, pid: str, *, why: Literal["revoked", "paused"] = "revoked") -> Receipt:
    """End a whole share, whoever has it. Raises NotFound."""
    require_current(viewer)
    share = own_share(viewer, pid)
    return end_grants(viewer, list(_mine(viewer).where(Grant.share == share.id)), share=share, why=why)


def leave(viewer: Viewer, pid: str) -> None:
    """Give a grant of one's own back. Raises NotFound, also for one that waits for their word: it is declined."""
    grant = Grant.get_or_none((Grant.pid == pid) & (Grant.user == viewer.user_id) & (Grant.state == "active"))
    if grant is None or viewer.kind != "person":
        raise NotFound
    noted = [("grant", grant.pid), *lasting.notes(lasting.lost([grant]))]
    with revocations.noting(noted), transaction():
        gone = finish([grant.id], "left", now(), viewer.user_id)
        audit.record("share_left", actor=viewer.user_id, subject=grant.owner_id, object=grant.collection.name)
        counters.bump_policy()
    with revocations.noting([note for note in lasting.notes(gone) if note not in noted]):
        return


def leave_event(event: Event, user: User, actor: int) -> None:
    """Have somebody take part in an event no more; what they contributed is withdrawn. Raises NotFound."""
    here = (EventPerson.event == event.id) & (EventPerson.user == user.id) & EventPerson.left_at.is_null()
    given = (Grant.into == event.collection_id) & (Grant.owner == user.id) & Grant.ended_at.is_null()
    noted = [("participant", f"{event.pid} {user.pid}")]
    noted += [("grant", grant.pid) for grant in Grant.select().where(given)]
    with revocations.noting(noted), transaction():
        if not EventPerson.update(left_at=now()).where(here).execute():
            raise NotFound
        finish([g.id for g in Grant.select(Grant.id).where(given)], "left", now())
        unsettle([user.id])
        audit.record("event_left", actor=actor, subject=user.id, object=event.name)
        counters.bump_policy()


def withdraw(viewer: Viewer, pids: Sequence[str]) -> Receipt:
    """Take one's items back from everybody at once, whatever they are shared by. Raises NotFound."""
    items = _own_items(viewer, pids)
    people = _who_saw(viewer, items)
    moment = now()
    with revocations.noting(notes_of_items("item", items)), transaction():
        for some in database.batches(items):
            ids = [item.id for item in some]
            _set_apart(viewer, ids)
            Item.update(withdrawn_at=moment).where(Item.id.in_(ids) & Item.withdrawn_at.is_null()).execute()
            rematch(ids)
        audit.record(
            "withdrawn", actor=viewer.user_id, subject=viewer.user_id, items=len(items), people=list(people)
        )
        counters.bump_policy()
    return Receipt(moment, 0, len(items), people)


def unwithdraw(viewer: Viewer, pids: Sequence[str]) -> int:
    """Let the shares of one's items be in force again; answers how many were withdrawn.

    Raises NotFound, and Conflict for what the guest who brought it has taken back.
    """
    items = [i for i in _own_items(viewer, pids) if i.withdrawn_at is not None]
    if taken := [i for i in items if i.taken_back_at is not None]:
        raise Conflict(f"“{taken[0].name}” was taken back by the guest who brought it. It is shared no more.")
    with revocations.noting(notes_of_items("item", items), again=True), transaction():
        Item.update(withdrawn_at=None).where(Item.id.in_([i.id for i in items])).execute()
        rematch(i.id for i in items)
        audit.record("unwithdrawn", actor=viewer.user_id, subject=viewer.user_id, items=len(items))
        counters.bump_content()
    return len(items)


def withhold(viewer: Viewer, pid: str) -> Receipt:
    """Share nothing of one's storage any more: its items are withdrawn, and so is what comes into it."""
    storage = access.get_storage(viewer, pid)
    inside = _own_inside(storage).where(Item.withdrawn_at.is_null())
    people, moment = _who_saw(viewer, list(inside)), now()
    with revocations.noting([("storage", storage.pid)]), transaction():
        Storage.update(withheld_at=moment).where(Storage.id == storage.id).execute()
        ids = [i.id for i in inside]
        items = int(Item.update(withdrawn_at=moment).where(Item.id.in_(inside.select(Item.id))).execute())
        rematch(ids)
        audit.record(
            "withheld", actor=viewer.user_id, subject=viewer.user_id, object=storage.name, items=items,
            people=list(people),
        )  # fmt: skip
        counters.bump_policy()
    return Receipt(moment, 0, items, people)


def release(viewer: Viewer, pid: str) -> int:
    """Let the shares of what lies in one's withheld storage be in force again; answers how many items come back.

    An item that was withdrawn by itself stays so, and one that lies in another withheld storage too. Raises NotFound.
    """
    require_current(viewer)
    storage = access.get_storage(viewer, pid)
    if storage.withheld_at is None:
        return 0
    others = Storage.withheld_at.is_null(False) & Storage.removed_at.is_null() & (Storage.id != storage.id)
    held = Asset.select(Asset.item).join(File, on=(File.asset == Asset.id)).join(Storage).where(others)
    kept = Item.taken_back_at.is_null()  # what a guest took back stays so
    here = _own_inside(storage).where((Item.withdrawn_at >= storage.withheld_at) & kept)
    inside = here.where(Item.id.not_in(held))
    found = list(inside)
    noted = [("storage", storage.pid), *notes_of_items("item", found)]
    with revocations.noting(noted, again=True), transaction():
        Item.update(withdrawn_at=None).where(Item.id.in_(inside.select(Item.id))).execute()
        # what is left is withheld by the other one from now on
        Item.update(withdrawn_at=now()).where(Item.id.in_(here.select(Item.id))).execute()
        rematch(item.id for item in found)
        Storage.update(withheld_at=None).where(Storage.id == storage.id).execute()
        audit.record(
            "released", actor=viewer.user_id, subject=viewer.user_id, object=storage.name, items=len(found)
        )
        counters.bump_content()
    return len(found)


def notes_of_items(kind: str, items: Sequence[Item]) -> list[revocations.Noted]:
    """What the journal is to hold of some items: also by the ids they had before they became one with another.

    In an older catalogue they may be two still.
    """
    found = [(kind, item.pid) for item in items]
    for some in database.batches(list(items)):
        theirs = ItemAlias.item.in_([item.id for item in some])
        found += [(kind, pid) for (pid,) in ItemAlias.select(ItemAlias.pid).where(theirs).tuples()]
    return found


def latest(viewer: Viewer) -> Receipt | None:
    """The receipt of what the viewer ended last, within the last ten minutes."""
    recent = (Audit.at > now() - RECENT) & Audit.action.in_(("revoked", "withdrawn", "withheld"))
    mine = (Audit.subject_id == viewer.user_id) & (Audit.actor_id == viewer.user_id)
    row = Audit.select().where(mine & recent).order_by(Audit.id.desc()).first()
    if row is None:
        return None
    detail = row.detail
    return Receipt(row.at, detail.get("grants", 0), detail.get("items", 0), tuple(detail.get("people", ())))


def _events_with(viewer: Viewer, user: User) -> list[Event]:
    """The viewer's events in which somebody else takes part, or that they organise too."""
    here = (Event.owner == viewer.user_id) & (EventPerson.user == user.id) & EventPerson.left_at.is_null()
    return list(Event.select().join(EventPerson).where(here & (user.id != viewer.user_id)))


def _mine(viewer: Viewer) -> Any:
    return Grant.select().where((Grant.owner == viewer.user_id) & Grant.ended_at.is_null())


def end_grants(
    viewer: Viewer, grants: list[Grant], share: Share | None = None, why: str = "revoked"
) -> Receipt:
    """End these grants, and with `share` that share and whoever has it by then. What they may: the caller asks."""
    moment = now()
    people = User.select(User.login).where(User.id.in_([g.user_id for g in grants if g.user_id is not None]))
    names = tuple(login for (login,) in people.order_by(User.login).tuples())
    screens = Screen.select(Screen.name).where(Screen.id.in_([g.screen_id for g in grants if g.screen_id]))
    names += tuple(name for (name,) in screens.order_by(Screen.name).tuples())
    noted = [("grant", g.pid) for g in grants] + ([("share", share.pid)] if share else [])
    noted += [
        ("share", g.share.pid) for g in grants if g.kind == "link" and share is None
    ]  # it ends with its one
    noted += notes_of(g.event_id for g in grants)
    noted += lasting.notes(lasting.lost(grants))
    late: list[Grant] = []
    with revocations.noting(noted), transaction():
        gone = finish([g.id for g in grants], "revoked", moment, viewer.user_id)
        if share is not None:
            Share.update(ended_at=moment, ended_why=why).where(Share.id == share.id).execute()
            came = list(_mine(viewer).where(Grant.share == share.id))  # with who joined its group just now
            late = [*came]
            gone += finish([g.id for g in came], "revoked", moment, viewer.user_id)
        end_empty_shares({g.share_id for g in grants}, moment)
        number = len(grants) + len(late) + len(gone)
        audit.record(
            "revoked", actor=viewer.user_id, subject=viewer.user_id, grants=number, people=list(names)
        )
        counters.bump_policy()
    with revocations.noting([note for note in lasting.notes([*late, *gone]) if note not in noted]):
        return Receipt(moment, number, 0, names)


def _end_passing(viewer: Viewer, pid: str) -> Receipt:
    """Somebody passes on nothing of the viewer's by this grant any more; all else that they give by it stays theirs."""
    grant, moment = passing.passing_grant(viewer, pid), now()
    names = passing.names_of(grant)
    with revocations.noting([passing.note_of(grant, viewer)]), transaction():
        Passing.end(*passing.row_of(grant, viewer.user_id), moment).execute()
        audit.record("revoked", actor=viewer.user_id, subject=viewer.user_id, grants=1, people=list(names))
        counters.bump_policy()
    return Receipt(moment, 1, 0, names)


def finish(grants: Sequence[int], state: str, moment: int, actor: int | None = None) -> list[Grant]:
    """Write that these grants have ended; inside the transaction, which moves the policy epoch, after the journal.

    Answers the contributions that ended with them, as nothing allows them any more.
    """
    gone: list[Grant] = []
    for batch in database.batches(list(grants)):
        some = Grant.id.in_(batch) & Grant.ended_at.is_null()
        by_link = Grant.select(Grant.share_id).where(some & (Grant.kind == "link"))
        end_guests([share for (share,) in by_link.tuples()], moment)
        people = [user for (user,) in Grant.select(Grant.user_id).where(some).tuples()]
        close_events([e for (e,) in Grant.select(Grant.event_id).where(some).tuples()], moment, "revoked")
        rights = list(Grant.select().where(some & Grant.user.is_null(False)))
        arriving.end(some, state, moment)
        gone += lasting.keep(rights, state, actor)
        unsettle(people)
    return gone


def end_empty_shares(shares: Iterable[int], moment: int) -> None:
    """A share to one person ends with its grant; one to a group stays for whoever joins. Inside a transaction."""
    some = list(shares)
    live = Grant.select(Grant.share_id).where(Grant.share.in_(some) & Grant.ended_at.is_null())
    empty = Share.id.in_(some) & (Share.kind != "group") & Share.id.not_in(live) & Share.ended_at.is_null()
    Share.update(ended_at=moment, ended_why="revoked").where(empty).execute()


def _own_inside(storage: Storage) -> Any:
    """The items of a storage's owner with a file in it, each once."""
    return (
        Item.select(Item.id, Item.pid)
        .join(Asset, on=(Asset.item == Item.id))
        .join(File, on=(File.asset == Asset.id))
        .where((File.storage == storage.id) & (Item.owner == storage.owner_id))
        .distinct()
    )


def _own_items(viewer: Viewer, pids: Sequence[str]) -> list[Item]:
    found = access.get_items(viewer, pids)
    if viewer.kind != "person" or any(item.owner_id != viewer.user_id for item in found):
        raise NotFound
    return found


def _set_apart(viewer: Viewer, ids: list[int]) -> None:
    """What withheld storages have withdrawn and is now withdrawn by itself: `release` tells the two by the time."""
    held = Storage.select(fn.MIN(Storage.withheld_at)).where(Storage.owner == viewer.user_id).scalar()
    if held is not None:
        Item.update(withdrawn_at=held - 1).where(Item.id.in_(ids) & (Item.withdrawn_at >= held)).execute()


def _who_saw(viewer: Viewer, items: Sequence[Item]) -> tuple[str, ...]:
    """The people to whom one of the viewer's items was shown by a grant of theirs, by name."""
    ids = [i.id for i in items]
    names: set[str] = set()
    lives = (Grant.state == "active") & (Grant.expires_at.is_null() | (Grant.expires_at > ends.moment()))
    for some in database.batches(ids):
        rows = (
            Grant.select(fn.DISTINCT(User.login))
            .join(User, on=(User.id == Grant.user))
            .join(CollectionItem, on=(CollectionItem.collection == Grant.collection))
            .where((Grant.owner == viewer.user_id) & lives)
            .where(CollectionItem.item.in_(some) & CollectionItem.shown)
        )
        names |= {login for (login,) in rows.tuples()}
    return tuple(sorted(names))
