"""The items a viewer may see: `visible_items` is the one door to items, here and only here.

A right is a query, never a copy: whoever asks gets the rows the database grants at that moment. One's
own items are seen by ownership, those of others by the paths of `services.access.paths`. Two plans answer
the same question and are tested against each other: `time` walks all items from the newest on and keeps
what the viewer may see, `rights` starts from the owner and the grants. One plan alone is a thousand times
too slow for somebody, so stored counts decide.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from peewee import SQL, ModelSelect, Value, fn

from services.access import days, paths
from services.access.paths import Query
from services.errors import NotFound
from services.models import (
    Asset,
    Collection,
    DayCount,
    File,
    Grant,
    Item,
    ItemAlias,
    Share,
    Storage,
    User,
    database,
)
from services.viewers import Viewer

Plan = Literal["time", "rights"]
T = TypeVar("T")

WALK_SHARE = 0.05
"""From this share of all items on, walking by time meets enough visible ones to be the cheaper plan."""
WALK_FROM = 300
"""Few are listed sooner than met: the square of their number is at least so many times that of all items."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What a viewer may do with an item.

    Without `place` its place and the camera's number are kept back; without `whole` they are masked in the
    bytes of its originals too.
    """

    is_owner: bool = False
    download: bool = False
    reshare: bool = False
    place: bool = False
    whole: bool = False


_known = threading.local()


OWNERS = Rights(is_owner=True, download=True, reshare=True, place=True, whole=True)


def visible_items(
    viewer: Viewer, *, trashed: bool = False, waiting: bool = False, plan: Plan | None = None
) -> ModelSelect:
    """The items this viewer may see now, as a query to narrow, order and page further (not to put into another).

    `trashed` gives the owner's trash instead. What is missing is shown to its owner alone. With `waiting`
    come also contributions that the viewer is to decide on.
    """
    if trashed or not has_paths(viewer):
        owner = Item.owner_id + Value(0) if plan == "time" else Item.owner_id  # the sum keeps the index out
        query = Item.select().where(owner == viewer.user_id)
        return query.where(Item.trashed_at.is_null(not trashed))
    chosen = plan or choose_plan(viewer)
    if chosen == "time":
        way = _sql(paths.exists(viewer, "t1.id", waiting=waiting))
        seen = (Item.owner_id + Value(0) == viewer.user_id) | way  # the sum keeps the index out
    else:
        seen = _listed(viewer, paths.paths(viewer, waiting=waiting), "NULL")
    return Item.select().where(seen & Item.trashed_at.is_null())


def with_trash(viewer: Viewer) -> ModelSelect:
    """The visible items and the viewer's own trash, as a query: for a search that asks what lies in there."""
    if viewer.kind != "person":
        return visible_items(viewer)
    way = paths.paths(viewer) if has_paths(viewer) else None
    return Item.select().where(_listed(viewer, way, "NULL", "NOT NULL"))  # each by its index


def _listed(viewer: Viewer, way: Query | None, *trashed: str) -> SQL:
    """Whether an item is in one list of ids: of the viewer's own with such a `trashed_at`, and of what paths lead to.

    With OR the database would walk all items by time and look each up.
    """
    own = "SELECT o.id FROM item o WHERE o.owner_id = ? AND o.trashed_at IS"
    parts = [f"{own} {each}" for each in trashed]
    values = (viewer.user_id,) * len(trashed)
    if way is not None:
        parts, values = [*parts, f"SELECT item_id FROM ({way.sql}) way"], (*values, *way.values)  # noqa: S608
    return _sql(Query(f"t1.id IN ({' UNION ALL '.join(parts)})", values))


def timeline_items(viewer: Viewer, *, few: bool = False) -> ModelSelect:
    """The visible items on the viewer's timeline: without what they took off it, as `visible_days` counts them.

    `few`: the query will be narrowed to few items by their ids, and no index of owners is to get in the way.
    """
    if not has_paths(viewer):
        return visible_items(viewer, plan="time" if few else None)
    found = paths.paths(viewer, item="t1.id")
    way = Query(f"EXISTS (SELECT 1 FROM ({found.sql}) way WHERE on_timeline)", found.values)  # noqa: S608  our own text
    own = (
        Item.owner_id + Value(0) == viewer.user_id
    )  # the sum keeps the index out: a month is few of all items
    return Item.select().where((own | _sql(way)) & Item.trashed_at.is_null())


def items_through(viewer: Viewer, collection: int) -> ModelSelect:
    """The items of others that reach the viewer through their grants of one collection, as a query."""
    found = paths.through(viewer, collection)
    mine = Query(f"t1.id IN (SELECT item_id FROM ({found.sql}) way)", found.values)  # noqa: S608  our own text
    return Item.select().where(_sql(mine) & Item.trashed_at.is_null())


def downloads(viewer: Viewer, collection: int | None = None) -> Any:
    """The condition, in a query of items joined to their assets, that the viewer may download originals of others.

    With a collection, by their grants of that one. Where the place is kept back there is nothing to download
    of which nobody knows how to mask it.
    """
    found = paths.paths(viewer) if collection is None else paths.through(viewer, collection)
    way = f"t1.id IN (SELECT item_id FROM ({found.sql}) way WHERE may_download{{}})"  # noqa: S608  our own text
    whole, masked = (_sql(Query(way.format(more), found.values)) for more in (" AND shows_place", ""))
    return (whole | (masked & Asset.masks.is_null(False))) & Item.trashed_at.is_null()


def whole(viewer: Viewer) -> Any:
    """The condition, in a query of items, that the viewer gets originals as they are, where they get them at all.

    It says of each item what `reach` says of its files, by every way to it.
    """
    found = paths.paths(viewer, item="t1.id", waiting=True)
    text = f"""
        EXISTS (SELECT 1 FROM ({found.sql}) way WHERE shows_place AND (may_download OR t1.type <> 'photo'))
    """  # noqa: S608  our own text
    return (Item.owner_id == viewer.user_id) | _sql(Query(text, found.values))


def live_grants(viewer: Viewer) -> ModelSelect:
    """The grants by which the viewer has a right now, with their shares and collections, and whose those are."""
    ids = paths.granted(viewer, "g.id")
    found = Grant.select(Grant, Share, Collection, User).join(Share).switch(Grant).join(Collection).join(User)
    return found.where(_sql(ids, "t1.id IN ({})")).order_by(Grant.id)


def size_of_offer(viewer: Viewer, grant: Grant) -> int:
    """How many items a grant of the viewer's would bring that waits for their word: a number, and nothing of them."""
    found = paths.offered(viewer, grant.id)
    text = f"SELECT COUNT(DISTINCT item_id) FROM ({found.sql}) way"  # noqa: S608  our own text
    ((number,),) = database.rows(text, *found.values)
    return int(number)


def grants_to(viewer: Viewer, item: Item) -> list[Grant]:
    """The viewer's grants by which an item of somebody else reaches them."""
    found = paths.paths_to(viewer, [item.id])
    text = f"SELECT grant_id FROM ({found.sql}) way"  # noqa: S608  our own text
    ids = {grant for (grant,) in database.rows(text, *found.values)}
    return list(Grant.select().where(Grant.id.in_(ids)).order_by(Grant.id))


def choose_plan(viewer: Viewer) -> Plan:
    """The cheaper plan for this viewer, by the stored counts.

    One owner's items come in order out of their index, whatever their share is.
    """
    return remembered("plan", viewer, _chosen) if has_paths(viewer) else "rights"


def _chosen(viewer: Viewer) -> Plan:
    (total,) = Item.select(fn.MAX(Item.id)).tuples().get()  # those that are gone count too: it is a guess
    (own,) = DayCount.select(fn.SUM(DayCount.n)).where(DayCount.owner == viewer.user_id).tuples().get()
    granted = paths.granted(viewer, "g.collection_id")
    inside = Collection.select(fn.SUM(Collection.size)).where(_sql(granted, "t1.id IN ({})"))
    seen = (own or 0) + (inside.scalar() or 0)
    many = total and seen / total >= WALK_SHARE and seen * seen >= WALK_FROM * total
    return "time" if many else "rights"


def visible_days(viewer: Viewer) -> list[tuple[int, int, float]]:
    """Per day with visible items: (day, how many, sum of their width/height ratios), newest first.

    What has no date is day 0. One's own are read from stored counts, never by walking items.
    """
    own = days.own(viewer)
    if not has_paths(viewer):
        return own
    return days.together(own, days.of_others(viewer))


def rights(viewer: Viewer, item: Item) -> Rights:
    """What the viewer may do with a visible item: the best that any path to it gives. Raises NotFound."""
    found = rights_of(viewer, [item])
    if item.id not in found:
        raise NotFound
    return found[item.id]


def rights_of(viewer: Viewer, items: Iterable[Item]) -> dict[int, Rights]:
    """The same for many items, by id; one that is not visible is not among them."""
    found, others = {}, []
    for item in items:
        if viewer.kind == "person" and item.owner_id == viewer.user_id:
            found[item.id] = OWNERS
        else:
            others.append(item.id)
    if others:
        query = paths.paths_to(viewer, others)
        ways: dict[int, list[tuple[bool, ...]]] = {}
        text = f"SELECT item_id, may_download, may_reshare, shows_place FROM ({query.sql}) way"  # noqa: S608  our own text
        for item_id, *way in database.rows(text, *query.values):
            ways.setdefault(item_id, []).append(tuple(map(bool, way)))
        found |= {item_id: _best(each) for item_id, each in ways.items()}
    return found


def _best(ways: list[tuple[bool, ...]]) -> Rights:
    return Rights(
        download=any(download for download, _, _ in ways),
        reshare=any(reshare for _, reshare, _ in ways),
        place=any(place for _, _, place in ways),
        whole=any(download and place for download, _, place in ways),
    )


def get_item(viewer: Viewer, pid: str) -> Item:
    """The visible item with this public id, or an alias of it; raises NotFound, also for the forbidden.

    What lies in the trash is still found by its owner.
    """
    # by the plan that asks of each item: here it is one
    visible = visible_items(viewer, waiting=True, plan="time")
    found = visible.where(Item.pid == pid).first()
    alias = ItemAlias.select(ItemAlias.item).where(ItemAlias.pid == pid)
    if found is None:
        found = visible.where(Item.id.in_(alias)).first()
    if found is None and viewer.kind == "person":
        mine = visible_items(viewer, trashed=True, plan="rights").where(Item.owner == viewer.user_id)
        found = mine.where((Item.pid == pid) | Item.id.in_(alias)).first()
    if found is None:
        raise NotFound
    return found


def get_items(viewer: Viewer, pids: Iterable[str]) -> list[Item]:
    """The same for many, each once and in their order; raises NotFound when one of them is not there."""
    wanted = list(dict.fromkeys(pids))
    found: dict[int, Item] = {}
    for some in database.batches(wanted):
        query = visible_items(viewer, waiting=True, plan="time").where(Item.pid.in_(some))
        known = {item.pid: item for item in database.objects(query)}
        for item in (known.get(pid) or get_item(viewer, pid) for pid in some):
            found.setdefault(item.id, item)
    return list(found.values())


def visible_storages(viewer: Viewer) -> ModelSelect:
    """The storages whose files this viewer may see: their own."""
    return Storage.select().where((Storage.owner_id == viewer.user_id) & Storage.removed_at.is_null())


def get_storage(viewer: Viewer, pid: str) -> Storage:
    """The viewer's storage with this public id; raises NotFound."""
    storage = visible_storages(viewer).where(Storage.pid == pid).first()
    if storage is None:
        raise NotFound
    return storage


def visible_files(viewer: Viewer) -> ModelSelect:
    """Every file, media or not, of the viewer's own storages."""
    return File.select().where(File.storage.in_(visible_storages(viewer).select(Storage.id)))


def has_paths(viewer: Viewer) -> bool:
    """Whether anything of anybody else could be visible: most people's timeline is their own."""
    return viewer.kind != "person" or remembered("paths", viewer, _asked_for_paths)


def remembered(what: str, viewer: Viewer, ask: Callable[[Viewer], T]) -> T:
    """Something about a viewer that only decides which query is asked, until anything is written.

    Kept in each thread. That the clock ends a right meanwhile costs time and gives nothing away.
    """
    key = None if database.proxy.in_transaction() else database.stamp()  # what is rolled back leaves no trace
    if key is None:
        return ask(viewer)
    if getattr(_known, "key", None) != (database.proxy.obj, key):
        _known.key, _known.answers = (database.proxy.obj, key), {}
    answers: dict[Any, T] = _known.answers
    place = what, viewer.kind, viewer.user_id, viewer.event_id, viewer.share_id, viewer.screen_id
    if place not in answers:
        answers[place] = ask(viewer)
    return answers[place]


def _asked_for_paths(viewer: Viewer) -> bool:
    granted, received = paths.granted(viewer, "1"), paths.receives(viewer)
    return bool(
        database.rows(f"{granted.sql} LIMIT 1", *granted.values)
        or database.rows(received.sql, *received.values)
    )


def _sql(query: Query, around: str = "{}") -> SQL:
    """A piece of SQL for peewee, with the signs for values that the database wants."""
    text = around.format(query.sql)
    return SQL(text if database.is_sqlite() else text.replace("?", "%s"), query.values)
