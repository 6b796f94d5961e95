"""What a viewer sees of collections: their own and those shared with them, and the items in each.

Of a collection of somebody else a viewer finds what reaches them through it, and nothing that is in it
besides.
"""

from dataclasses import dataclass
from typing import Any

from peewee import SQL, Expression

from services import access
from services.access import Rights
from services.catalogue import Page
from services.catalogue.pages import order_of, paged
from services.collections import querying
from services.errors import NotFound
from services.filters.statement import Part
from services.models import Arrival, Collection, CollectionItem, Grant, Item, User
from services.viewers import Viewer

LAST = 1 << 62
_PLACE = """
    COALESCE((SELECT m.position FROM collection_item m WHERE m.collection_id = ? AND m.item_id = t1.id), ?)
"""
"""Where an item stands; what others contributed comes last."""


@dataclass(frozen=True, slots=True)
class Card:
    """A collection as a viewer sees it. `size` counts what they find in it; `rights` are theirs to it."""

    collection: Collection
    owner: str
    own: bool
    rights: Rights
    size: int
    cover: str | None
    shared: int
    grant: str | None = None
    may_contribute: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A collection that a viewer finds an item in, and why: `why` is as for `why`, of others only since when."""

    collection: Collection
    owner: str
    own: bool
    why: dict[str, Any]


def own(viewer: Viewer, pid: str) -> Collection:
    """The viewer's own collection; raises NotFound."""
    mine = (Collection.pid == pid) & (Collection.owner == viewer.user_id) & Collection.deleted_at.is_null()
    found = Collection.get_or_none(mine) if viewer.kind == "person" else None
    if found is None:
        raise NotFound
    return found


def get(viewer: Viewer, pid: str) -> Card:
    """A collection of the viewer's, or one that is shared with them; raises NotFound."""
    found = [card for card in cards(viewer, pid=pid) if card.collection.pid == pid]
    if not found:
        raise NotFound
    return found[0]


def cards(
    viewer: Viewer, *, pid: str | None = None, mine: bool = True, theirs: bool = True, counted: bool = True
) -> list[Card]:
    """Collections by name: the viewer's own, then those that others share with them.

    Unless `counted` they have neither size nor cover, nor the number of their shares.
    """
    found: list[Card] = []
    if mine and viewer.kind == "person":
        query = Collection.select().where(
            (Collection.owner == viewer.user_id)
            & (Collection.purpose == "own")
            & Collection.deleted_at.is_null()
        )
        if pid is not None:
            query = query.where(Collection.pid == pid)
        found += [_own_card(viewer, each, counted) for each in query.order_by(Collection.name_fold)]
    if theirs:
        found += _shared_cards(viewer, pid)
    return [_filled(viewer, card) for card in found] if counted else found


def items_of(viewer: Viewer, card: Card) -> Any:
    """The items that a viewer finds in a collection, as a query."""
    collection = card.collection.id
    if card.own:
        member, came = CollectionItem.shown_in(collection), Arrival.approved_in(collection)
        return access.visible_items(viewer).where(Item.id.in_(member) | Item.id.in_(came))
    return access.items_through(viewer, collection)


def page(
    viewer: Viewer, card: Card, *, sort: str | None = None, limit: int = 100, cursor: str | None = None
) -> Page:
    """A page of the items in a collection, keyset-paged like any list. Raises UsageError.

    Without `sort` a static one comes in the order its owner gave it, and a dynamic one as its query says.
    """
    collection = card.collection
    by_hand = sort is None and collection.kind == "static"
    order = "taken" if by_hand else order_of(sort, (collection.query or {}).get("sort"))
    key = placed(collection.id) if by_hand else None
    items = items_of(viewer, card)
    return paged(viewer, items, order=order, key=key, limit=limit, cursor=cursor, total=lambda: card.size)


def placed(collection: int) -> Part:
    """Where an item stands in a static collection, to sort by."""
    return Part(_PLACE, (collection, LAST))


def why(viewer: Viewer, pid: str, item_pid: str) -> dict[str, Any]:
    """Why an item is in one's collection: `how` (hand, query, always, contributed), `by` whom, `at`, `approval`.

    `terms` are the conditions of the query that hold of it, when it is `proposed` by labels that do not count there;
    `rule` is what was decided apart from the query.

    Raises NotFound.
    """
    collection, item = own(viewer, pid), access.get_item(viewer, item_pid)
    here = (CollectionItem.collection == collection.id) & (CollectionItem.item == item.id)
    member = CollectionItem.get_or_none(here)
    if member is not None:
        how = "always" if member.rule == "always" else "hand" if collection.kind == "static" else "query"
        by = None if member.added_by_id is None else User.get_by_id(member.added_by_id).login
        is_found, proposed = how == "query" and member.matches, bool(member.proposed)
        terms = querying.terms(viewer, collection, item, proposed=proposed) if is_found else ()
        return {
            "how": how, "by": by, "at": member.added_at, "approval": member.approval, "shown": member.shown,
            "rule": member.rule, "proposed": proposed and is_found, "terms": list(terms),
        }  # fmt: skip
    came = Arrival.get_or_none((Arrival.collection == collection.id) & (Arrival.item == item.id))
    if came is None:
        raise NotFound
    return {
        "how": "contributed", "by": User.get_by_id(item.owner_id).login, "at": came.arrived_at,
        "approval": came.state, "shown": came.state == "approved", "rule": "", "proposed": False,
        "terms": [],
    }  # fmt: skip


def places(viewer: Viewer, item: Item) -> list[Place]:
    """Every collection in which this person finds an item, and why it is there: their own, then those of others."""
    member = CollectionItem.select(CollectionItem.collection).where(
        (CollectionItem.item == item.id) & (SQL("shown") | (CollectionItem.rule == "never"))
    )
    came = Arrival.select(Arrival.collection).where((Arrival.item == item.id) & (Arrival.state == "approved"))
    mine = (
        (Collection.owner == viewer.user_id) & Collection.deleted_at.is_null() & (Collection.purpose == "own")
    )
    own_ones = Collection.select().where(mine & (Collection.id.in_(member) | Collection.id.in_(came)))
    found = [
        Place(each, viewer.login, True, why(viewer, each.pid, item.pid))
        for each in own_ones.order_by(Collection.name_fold)
    ]
    theirs: dict[int, Place] = {}
    for grant in access.grants_to(viewer, item):
        collection = grant.collection
        # what a contribution comes out of is shared with the collection it goes to, not with who decides there
        is_shown = grant.into_id is None and grant.event_id is None and collection.deleted_at is None
        if is_shown and collection.owner_id != viewer.user_id:
            place = Place(collection, collection.owner.login, False, {"at": grant.created_at})
            theirs.setdefault(collection.id, place)
    return [*found, *theirs.values()]


def never(viewer: Viewer, card: Card, *, limit: int = 100) -> list[Item]:
    """What the owner of a dynamic collection ruled out of it, the latest first."""
    return _left_out(viewer, card, CollectionItem.rule == "never", limit)


def rejected(viewer: Viewer, card: Card, *, limit: int = 100) -> list[Item]:
    """What a dynamic collection's query finds and its owner did not let go out, the latest first."""
    kept_back = (CollectionItem.approval == "rejected") & CollectionItem.matches & (CollectionItem.rule == "")
    return _left_out(viewer, card, kept_back, limit)


def _left_out(viewer: Viewer, card: Card, condition: Expression, limit: int) -> list[Item]:
    out = CollectionItem.select(CollectionItem.item_id).where(
        (CollectionItem.collection == card.collection.id) & condition
    )
    found = access.visible_items(viewer).where(Item.id.in_(out))
    return list(found.order_by(Item.id.desc()).limit(limit))


def count_proposed(collection: Collection) -> int:
    """How many items wait in a collection because only labels that do not count there let its query find them."""
    here = (CollectionItem.collection == collection.id) & (CollectionItem.approval == "pending")
    asked = CollectionItem.matches & CollectionItem.proposed & (CollectionItem.rule == "")
    return int(CollectionItem.select().where(here & asked).count())


def own_names(viewer: Viewer) -> list[Collection]:
    """The viewer's own collections by name, without looking into them."""
    mine = (
        (Collection.owner == viewer.user_id) & Collection.deleted_at.is_null() & (Collection.purpose == "own")
    )
    return list(Collection.select().where(mine).order_by(Collection.name_fold))


def _own_card(viewer: Viewer, collection: Collection, counted: bool) -> Card:
    live = (Grant.collection == collection.id) & (Grant.state == "active")
    shared = Grant.select().where(live).count() if counted else 0
    return Card(collection, viewer.login, True, access.OWNERS, 0, None, shared, None, True)


def _shared_cards(viewer: Viewer, pid: str | None) -> list[Card]:
    found: dict[int, Card] = {}
    for grant in access.live_grants(viewer).where(Grant.kind != "event"):  # events show theirs themselves
        collection = grant.collection
        if (
            collection.deleted_at is not None
            or collection.owner_id == viewer.user_id
            or pid not in (None, collection.pid)
        ):
            continue
        share, before = grant.share, found.get(collection.id)
        rights = Rights(
            download=share.may_download or bool(before and before.rights.download),
            reshare=share.may_reshare or bool(before and before.rights.reshare),
            place=share.shows_place or bool(before and before.rights.place),
        )
        found[collection.id] = Card(
            collection, collection.owner.login, False, rights, 0, None, 0, grant.pid,
            share.may_contribute or bool(before and before.may_contribute),
        )  # fmt: skip
    return sorted(found.values(), key=lambda c: (c.owner, c.collection.name_fold))


def _filled(viewer: Viewer, card: Card) -> Card:
    """The card with how many items the viewer finds in it, and one of them for its cover."""
    items = items_of(viewer, card)
    size = items.count()
    cover = None
    if card.collection.cover_id is not None:
        cover = items.where(Item.id == card.collection.cover_id).first()
    if cover is None and size:
        cover = items.order_by(Item.sort_at.desc(), Item.id.desc()).first()
    return Card(
        card.collection, card.owner, card.own, card.rights, size, None if cover is None else cover.pid,
        card.shared, card.grant, card.may_contribute,
    )  # fmt: skip
