"""What people of the household bring to an event, by reference: a collection of theirs, or single pictures.

A contribution is a share of its owner's, to the event's collection, until the event is over: no byte moves. What a
dynamic collection begins to match goes on to come in. Whose event it is puts pictures of their own in without asking.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services import access, collections
from services.accounts.acting import require_current
from services.clock import now
from services.collections import members, querying
from services.errors import Conflict, NotFound, UsageError
from services.events.seeing import Card, find
from services.identifiers import new_pid
from services.matching import arriving
from services.models import (
    Arrival,
    Collection,
    CollectionItem,
    Event,
    Grant,
    Item,
    Share,
    audit,
    counters,
    database,
    transaction,
)
from services.names import fold
from services.sharing import ending, offering, previewing
from services.viewers import Viewer

OVER = "This event is over: nothing comes in any more."


@dataclass(frozen=True, slots=True)
class Contribution:
    """One collection that a person contributes to an event, and what became of what is in it.

    `single` is true for the one that holds pictures chosen one by one.
    """

    grant: Grant
    name: str
    collection_pid: str
    single: bool
    waiting: int
    shown: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a contribution would show of its owner's: how many pictures now, and the first of them.

    `private` is how many of them they labelled so. `goes_on` is true for a collection by a query, which brings what it
    begins to match too; `moving` are sentences about what in that query changes by itself.
    """

    name: str
    number: int
    items: list[Item]
    private: int
    goes_on: bool
    moving: tuple[str, ...] = ()


def foresee(
    viewer: Viewer, pid: str, *, collection: str = "", items: Sequence[str] = (), limit: int = 200
) -> Foreseen:
    """What would come into an event, before anything does. Raises as contributing it does."""
    card = require_open(viewer, pid)
    if collection:
        source = _source(viewer, card.event, collection)
        shown = Item.id.in_(CollectionItem.shown_in(source.id))
        found = access.visible_items(viewer).where(shown & (Item.owner == viewer.user_id))
        found = found.where(Item.withdrawn_at.is_null())
        first = list(found.order_by(Item.sort_at.desc(), Item.id.desc()).limit(limit))
        private = previewing.private_among(viewer, found)
        return Foreseen(
            source.name, found.count(), first, private, source.kind == "dynamic", querying.moving(source)
        )
    chosen = _chosen(viewer, items)
    private = previewing.private_among(viewer, Item.select().where(Item.id.in_([i.id for i in chosen])))
    return Foreseen("", len(chosen), chosen[:limit], private, False)


def contribute_collection(
    viewer: Viewer, pid: str, collection_pid: str, *, download: bool = True, place: bool = False,
    expires: int | None = None,
) -> Grant:  # fmt: skip
    """Contribute a collection of one's own to an event, until the event is over, or sooner where that is said.

    Raises NotFound, Conflict, UsageError (field `expires`).
    """
    with transaction():
        require_current(viewer)
        offering.require_end(expires)
        event = require_open(viewer, pid).event
        return _give(viewer, event, _source(viewer, event, collection_pid), download, place, expires)


def contribute_items(
    viewer: Viewer, pid: str, items: Sequence[str], *, download: bool = True, place: bool = False
) -> int:
    """Contribute items of one's own, one by one; answers how many are new. Raises NotFound, UsageError, Conflict.

    They share one contribution for each event: `download` and `place` are those of the first time.
    """
    with transaction():
        require_current(viewer)
        card = require_open(viewer, pid)
        found = _chosen(viewer, items)
        into = single(viewer, card.event, download=download, place=place)
        return members.add(viewer, into.pid, [item.pid for item in found])


def contributions(viewer: Viewer, pid: str) -> list[Contribution]:
    """What this person contributes to an event now, the latest first. Raises NotFound."""
    event = find(viewer, pid).event
    mine = (Grant.into == event.collection_id) & (Grant.owner == viewer.user_id) & Grant.ended_at.is_null()
    grants = (
        Grant.select(Grant, Collection).join(Collection, on=(Collection.id == Grant.collection)).where(mine)
    )
    return [
        Contribution(
            grant, grant.collection.name, grant.collection.pid, grant.collection.purpose != "own",
            *(_count(grant, state) for state in ("pending", "approved", "rejected")),
        )
        for grant in grants.order_by(Grant.id.desc())
        if grant.collection.purpose != "own" or grant.collection.deleted_at is None
    ]  # fmt: skip


def withdraw_contribution(viewer: Viewer, pid: str, grant_pid: str) -> ending.Receipt:
    """Take a contribution of one's own back. Raises NotFound."""
    event = find(viewer, pid).event
    mine = (Grant.pid == grant_pid) & (Grant.owner == viewer.user_id) & (Grant.into == event.collection_id)
    if not Grant.select().where(mine & Grant.ended_at.is_null()).exists():
        raise NotFound
    return ending.revoke(viewer, {"grant": grant_pid})


def withdraw_items(viewer: Viewer, pid: str, items: Sequence[str]) -> int:
    """Take single pictures of one's own out of an event again; answers how many were in it. Raises NotFound."""
    event = find(viewer, pid).event
    if event.owner_id == viewer.user_id:
        return collections.remove(viewer, Collection.get_by_id(event.collection_id).pid, items)
    single = single_grant(event, viewer.user_id)
    if single is None:
        raise NotFound
    return collections.remove(viewer, single.collection.pid, items)


def _source(viewer: Viewer, event: Event, collection_pid: str) -> Collection:
    """The collection of the viewer's that is to be contributed."""
    collection = offering.shareable(viewer, collection_pid)
    live = (Grant.into == event.collection_id) & (Grant.collection == collection.id)
    if Grant.select().where(live & Grant.ended_at.is_null()).exists():
        raise Conflict(f"“{collection.name}” is contributed already.", field="collection")
    return collection


def _chosen(viewer: Viewer, items: Sequence[str]) -> list[Item]:
    """The items that are to be contributed, each of the viewer's own."""
    found = access.get_items(viewer, items)
    if not found:
        raise UsageError("Choose at least one picture.", field="ids")
    if any(item.owner_id != viewer.user_id for item in found):
        raise UsageError("Only pictures of your own can be contributed.", field="ids")
    return found


def require_open(viewer: Viewer, pid: str) -> Card:
    """The event, if the viewer may bring pictures to it now. Raises NotFound, Conflict."""
    card = find(viewer, pid)
    if card.state != "open":
        raise Conflict(OVER)
    if not card.may_contribute:
        raise Conflict("At this event only its organisers bring pictures.")
    return card


def single_grant(event: Event, owner: int) -> Grant | None:
    """The living contribution of what somebody brings to an event one by one, if there is one."""
    live = (Grant.into == event.collection_id) & (Grant.owner == owner) & Grant.ended_at.is_null()
    found: Grant | None = (
        Grant.select(Grant, Collection)
        .join(Collection, on=(Collection.id == Grant.collection))
        .where(live & (Collection.purpose == "contribution"))
        .first()
    )
    return found


def single_collection(event: Event, owner: int) -> Collection:
    """A collection for what somebody brings to an event one by one, empty and seen by nobody else."""
    return Collection.create(
        pid=new_pid(), owner=owner, kind="static", purpose="contribution", name=event.name,
        name_fold=fold(event.name), trusted=[], created_at=now(), changed_at=now(),
    )  # fmt: skip


def offer(
    event: Event, collection: Collection, *, download: bool, place: bool, expires: int | None = None
) -> Grant:
    """The share of a collection to an event, until that is over (`expires` is sooner), and the right by it.

    Call inside a transaction. Raises Conflict when it was closed just now; whoever closes it later waits for this.
    """
    if not database.hold(Event.name, (Event.id == event.id) & (Event.state == "open")):
        raise Conflict(OVER)
    time, owner = now(), collection.owner_id
    end = min((moment for moment in (event.expires_at, expires) if moment is not None), default=None)
    share = Share.create(
        pid=new_pid(), owner=owner, collection=collection, kind="collection", may_download=download,
        may_contribute=False, may_reshare=False, shows_place=place, created_at=time, expires_at=end,
    )  # fmt: skip
    return Grant.create(
        pid=new_pid(), share=share, owner=owner, collection=collection, kind="collection",
        into=event.collection_id, state="active", expires_at=end, created_at=time,
    )  # fmt: skip


def _give(
    viewer: Viewer,
    event: Event,
    collection: Collection,
    download: bool,
    place: bool,
    expires: int | None = None,
) -> Grant:
    grant = offer(event, collection, download=download, place=place, expires=expires)
    arriving.arrive(grant)
    audit.record(
        "contributed", actor=viewer.user_id, subject=event.owner_id, object=event.name, share=grant.share.pid
    )
    counters.bump_content()
    return grant


def single(viewer: Viewer, event: Event, *, download: bool = True, place: bool = False) -> Collection:
    """The collection of what somebody brings one by one, contributed; made when it is first wanted.

    Whose event it is puts pictures into the event's own. Call inside a transaction.
    """
    if event.owner_id == viewer.user_id:
        return Collection.get_by_id(event.collection_id)
    known = single_grant(event, viewer.user_id)
    if known is None:
        made = single_collection(event, viewer.user_id)
        known = _give(viewer, event, made, download, place)
    found: Collection = known.collection
    return found


def _count(grant: Grant, state: str) -> int:
    inside = Arrival.item.in_(CollectionItem.shown_in(grant.collection_id))
    here = (Arrival.grant == grant.id) & (Arrival.state == state) & inside
    there = Item.withdrawn_at.is_null() & Item.trashed_at.is_null()
    return int(Arrival.select().join(Item).where(here & there).count())
