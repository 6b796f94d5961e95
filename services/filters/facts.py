"""What is known of items, for conditions that are evaluated in Python: loaded for many at once.

No access is decided here: whoever asks has the ids of items that the viewer may see.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from peewee import JOIN

from services.filters.globs import folder_text
from services.models import (
    Arrival,
    Asset,
    Collection,
    CollectionItem,
    Event,
    EventPerson,
    File,
    Folder,
    Grant,
    Item,
    ItemLabel,
    Overlay,
    Storage,
    Tombstone,
)

REACHABLE = ("online", "slow", "paused")
"""States of a storage in which its files can be opened."""


@dataclass(frozen=True, slots=True)
class FileFact:
    """A file of an item: which asset, where it lies, whether it is there and can be reached."""

    asset_id: int
    storage_id: int
    folder: str
    presence: str
    reachable: bool
    removed: bool


@dataclass(frozen=True, slots=True)
class LabelFact:
    """A label on an item: where it comes from, and who set it."""

    id: int
    source: str
    author_id: int | None


@dataclass(frozen=True, slots=True)
class AssetFact:
    """An asset of an item."""

    id: int
    role: str
    mime: str
    sha256: bytes | None


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a person thinks of an item of somebody else, or that they hide it."""

    favourite: bool = False
    rating: int | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a condition may ask of one item. `meta` is what its cover's file says, None without a cover.

    `opinions` are by person, `collections` the owners of people's own collections it is shown in by id, `events`
    the people of the events it is shown in by id. `offers` are the ends of its owner's grants that lead to it
    (None: open). `decisions` are what was said to its going out of a collection, or into somebody else's, with the end
    of that. `unwanted`: its owner once deleted these bytes for good. `shows_place`: whether the place may be known to
    others. `unapproved`: a guest dropped it at an event, and nobody let it in there.
    """

    item: Item
    tokens: frozenset[str] = frozenset()
    labels: tuple[LabelFact, ...] = ()
    assets: tuple[AssetFact, ...] = ()
    files: tuple[FileFact, ...] = ()
    meta: dict[str, Any] | None = None
    opinions: Mapping[int, Opinion] = field(default_factory=dict)
    collections: Mapping[int, int] = field(default_factory=dict)
    events: Mapping[int, frozenset[int]] = field(default_factory=dict)
    offers: tuple[int | None, ...] = ()
    decisions: tuple[tuple[str, int | None], ...] = ()
    unwanted: bool = False
    shows_place: bool = False
    unapproved: bool = False


def load(items: Sequence[Item], *, decisions: bool = False) -> dict[int, Facts]:
    """The facts of these items by id: a fixed number of queries, however many there are; one more where guests
    dropped some of them.

    What was decided about them comes only when it is asked for: no query that is kept reads it.
    """
    ids = [item.id for item in items]
    covers = {item.id: item.cover_id for item in items}
    labels: dict[int, list[LabelFact]] = {}
    for item, *label in (
        ItemLabel.select(ItemLabel.item_id, ItemLabel.label_id, ItemLabel.source, ItemLabel.author_id)
        .where(ItemLabel.item.in_(ids))
        .tuples()
    ):
        labels.setdefault(item, []).append(LabelFact(*label))
    assets, metas = _assets(ids, covers)
    unwanted, waiting = _unwanted(ids), unapproved(items)
    files, opinions, collections, events, offers, decided = (
        _files(ids),
        _opinions(ids),
        _collections(ids),
        _events(ids),
        _offers(ids),
        _decisions(ids) if decisions else {},
    )
    return {
        item.id: Facts(
            item,
            frozenset(item.tokens.split()),
            tuple(labels.get(item.id, ())),
            tuple(assets.get(item.id, ())),
            tuple(files.get(item.id, ())),
            metas.get(item.id),
            opinions.get(item.id, {}),
            collections.get(item.id, {}),
            events.get(item.id, {}),
            tuple(offers.get(item.id, ())),
            tuple(decided.get(item.id, ())),
            item.id in unwanted,
            unapproved=item.id in waiting,
        )
        for item in items
    }


def unapproved(items: Iterable[Item]) -> set[int]:
    """Those that a guest dropped and nobody let in at the guest's event: also what came when that was over."""
    dropped = {item.id for item in items if item.contributed_by_id is not None}
    if not dropped:
        return dropped
    let_in = Arrival.select(Arrival.item_id).join(Item)
    let_in = let_in.where((Arrival.guest == Item.contributed_by_id) & (Arrival.state == "approved"))
    return dropped - {item for (item,) in let_in.where(Arrival.item.in_(dropped)).tuples()}


def _assets(
    ids: Sequence[int], covers: dict[int, int | None]
) -> tuple[dict[int, list[AssetFact]], dict[int, dict[str, Any]]]:
    found: dict[int, list[AssetFact]] = {}
    metas: dict[int, dict[str, Any]] = {}
    columns = (Asset.item_id, Asset.id, Asset.role, Asset.mime, Asset.sha256, Asset.meta)
    for item, id, role, mime, sha, meta in Asset.select(*columns).where(Asset.item.in_(ids)).tuples():
        found.setdefault(item, []).append(AssetFact(id, role, mime, None if sha is None else bytes(sha)))
        if covers[item] == id:
            metas[item] = meta
    return found, metas


def _unwanted(ids: Sequence[int]) -> set[int]:
    """Those of which their owner once deleted an asset for good."""
    same = (Tombstone.sha256 == Asset.sha256) & (Tombstone.owner == Item.owner)
    each = Asset.select(Asset.item_id).join(Item).join(Tombstone, JOIN.CROSS)  # not the other way round
    rows = each.where(Asset.item.in_(ids) & same)
    return {item for (item,) in rows.tuples()}


def _files(ids: Sequence[int]) -> dict[int, list[FileFact]]:
    found: dict[int, list[FileFact]] = {}
    rows = (
        File.select(
            Asset.item_id,
            File.asset_id,
            File.storage_id,
            Folder.path,
            File.presence,
            Storage.state,
            Storage.removed_at,
        )
        .join(Asset, on=(File.asset == Asset.id))
        .join(Folder, on=(File.folder == Folder.id))
        .join(Storage, on=(File.storage == Storage.id))
        .where(Asset.item.in_(ids))
        .tuples()
    )
    for item, asset, storage, folder, presence, state, removed_at in rows:
        removed = removed_at is not None
        reachable = presence == "present" and state in REACHABLE and not removed
        fact = FileFact(asset, storage, folder_text(folder), presence, reachable, removed)
        found.setdefault(item, []).append(fact)
    return found


def _opinions(ids: Sequence[int]) -> dict[int, dict[int, Opinion]]:
    found: dict[int, dict[int, Opinion]] = {}
    columns = (Overlay.item_id, Overlay.user_id, Overlay.favourite, Overlay.rating, Overlay.hidden)
    for item, user, favourite, rating, hidden in (
        Overlay.select(*columns).where(Overlay.item.in_(ids)).tuples()
    ):
        found.setdefault(item, {})[user] = Opinion(bool(favourite), rating, bool(hidden))
    return found


def _collections(ids: Sequence[int]) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = {}
    rows = (
        CollectionItem.select(CollectionItem.item_id, Collection.id, Collection.owner_id)
        .join(Collection)
        .where(CollectionItem.item.in_(ids) & CollectionItem.shown & Collection.deleted_at.is_null())
        .where(Collection.purpose == "own")
        .tuples()
    )
    for item, id, owner in rows:
        found.setdefault(item, {})[id] = owner
    return found


def _events(ids: Sequence[int]) -> dict[int, dict[int, frozenset[int]]]:
    shown = CollectionItem.select(CollectionItem.item_id, Event.id, Event.owner_id).join(
        Event, on=(Event.collection == CollectionItem.collection)
    )
    came = Arrival.select(Arrival.item_id, Event.id, Event.owner_id).join(
        Event, on=(Event.collection == Arrival.collection)
    )
    rows = [
        *shown.where(CollectionItem.item.in_(ids) & CollectionItem.shown).tuples(),
        *came.where(Arrival.item.in_(ids) & (Arrival.state == "approved")).tuples(),
    ]
    people: dict[int, set[int]] = {event: {owner} for _, event, owner in rows}
    joined = EventPerson.select(EventPerson.event_id, EventPerson.user_id).where(
        EventPerson.event.in_(list(people))
    )
    for event, user in joined.where(EventPerson.left_at.is_null()).tuples():
        people[event].add(user)
    found: dict[int, dict[int, frozenset[int]]] = {}
    for item, event, _ in rows:
        found.setdefault(item, {})[event] = frozenset(people[event])
    return found


def _offers(ids: Sequence[int]) -> dict[int, list[int | None]]:
    found: dict[int, list[int | None]] = {}
    rows = (
        CollectionItem.select(CollectionItem.item_id, Grant.expires_at)
        .join(Grant, on=(Grant.collection == CollectionItem.collection))
        .join(Item, on=((Item.id == CollectionItem.item) & (Item.owner == Grant.owner)))
        .where(CollectionItem.item.in_(ids) & CollectionItem.shown & (Grant.state == "active"))
        .tuples()
    )
    for item, expires_at in rows:
        found.setdefault(item, []).append(expires_at)
    return found


def _decisions(ids: Sequence[int]) -> dict[int, list[tuple[str, int | None]]]:
    found: dict[int, list[tuple[str, int | None]]] = {}
    out = (
        CollectionItem.select(CollectionItem.item_id, CollectionItem.approval)
        .join(Collection)
        .join(Item, on=((Item.id == CollectionItem.item) & (Item.owner == Collection.owner)))
        .where(CollectionItem.item.in_(ids) & CollectionItem.matches & (CollectionItem.rule == ""))
        .where(Collection.deleted_at.is_null())
        .tuples()
    )
    inside = (CollectionItem.collection == Grant.collection) & (CollectionItem.item == Arrival.item)
    come = (
        Arrival.select(Arrival.item_id, Arrival.state, Grant.expires_at)
        .join(Grant)
        .join(CollectionItem, on=inside)
        .where(Arrival.item.in_(ids) & (Grant.state == "active") & CollectionItem.shown)
        .tuples()
    )
    for item, state, end in [*((*row, None) for row in out), *come]:
        found.setdefault(item, []).append((state, end))
    return found
