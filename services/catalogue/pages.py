"""Pages of items, keyset-paged: the place of the last row is the cursor, so depth costs nothing."""

import base64
import binascii
import secrets
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from peewee import SQL, Field, ModelSelect

from services import access
from services.catalogue import finding, hiding, timeline
from services.errors import UsageError
from services.filters import Tree
from services.filters.columns import NUMBERS
from services.filters.context import Context
from services.filters.statement import Part
from services.models import Item, database
from services.viewers import Viewer

MAX_LIMIT = 500
DEFAULT = "-taken"
SORTS = ("taken", "added", "changed", "rating", "size", "random")

_CURSOR = struct.Struct(">qqqq")
_PRIME = 2_147_483_647


@dataclass(frozen=True, slots=True)
class Page:
    """Some items in order; `next` is the cursor of the following page, None at the end."""

    items: list[Item]
    next: str | None
    total: int | None


class _Place(NamedTuple):
    """Where a page ends: the last row's sort key and id, the seed of a random order, and how many may follow.

    `left` is negative where the query has no limit of its own.
    """

    key: int
    id: int
    seed: int
    left: int


def page(
    viewer: Viewer,
    q: str = "",
    *,
    sort: str | None = None,
    limit: int = 100,
    cursor: str | None = None,
    count: bool = False,
) -> Page:
    """Items the viewer may see that match the query `q` (all of them when it is empty).

    `sort` goes before the query's own (`-taken`, newest first, by default); `limit` is 1 to 500, within the
    query's own; `cursor` the `next` of the page before; `count` asks for the total as well. Raises FilterError
    for a query, and UsageError for anything else, that cannot be used.
    """
    return page_of(viewer, finding.read(viewer, q), sort=sort, limit=limit, cursor=cursor, count=count)


def page_of(
    viewer: Viewer,
    tree: Tree,
    *,
    sort: str | None = None,
    limit: int = 100,
    cursor: str | None = None,
    count: bool = False,
) -> Page:
    """The same for a query that was read already. Raises UsageError also when it takes too long."""
    with finding.in_time():
        return paged(
            viewer,
            finding.found(viewer, tree),
            order=_order(sort, tree),
            most=tree.limit,
            limit=limit,
            cursor=cursor,
            total=lambda: finding.count(viewer, tree) if count else None,
        )


def timeline_page(viewer: Viewer, *, limit: int = 100, cursor: str | None = None) -> Page:
    """A page of the viewer's timeline, newest first. Raises UsageError."""
    return paged(viewer, timeline.items(viewer), limit=limit, cursor=cursor)


def paged(
    viewer: Viewer,
    query: ModelSelect,
    *,
    order: str = DEFAULT,
    key: Part | None = None,
    most: int | None = None,
    limit: int = 100,
    cursor: str | None = None,
    total: Callable[[], int | None] = lambda: None,
) -> Page:
    """One page of a query of items that `services.access` gave, of `most` at all. Raises UsageError.

    `key` is a number that is never null, to sort by in place of an order by name.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise UsageError(f"limit must be from 1 to {MAX_LIMIT}, not {limit}.", field="limit")
    place = _decode(cursor) if cursor else None
    left = (most or -1) if place is None else place.left
    seed = place.seed if place else secrets.randbelow(_PRIME - 1) + 1 if order == "random" else 0
    by = _key(order, seed, viewer) if key is None else key.expression()
    size = min(limit, left) if left >= 0 else limit
    rows, keys = _rows(_ordered(query, by, order.startswith("-"), place), by, size + 1)
    rest = left - size if left >= 0 else -1
    more = len(rows) > size and rest != 0
    rows = rows[:size]
    end = _encode(_Place(keys[size - 1], rows[-1].id, seed, rest)) if more else None
    return Page(rows, end, total())


def order_of(sort: str | None, default: str | None = None) -> str:
    """The order that is asked for by name, else a default that there is. Raises UsageError."""
    return _order(sort, Tree(sort=default))


def neighbours(viewer: Viewer, item: Item) -> tuple[str | None, str | None]:
    """The public ids of the next newer and the next older item the viewer may see and has not hidden."""
    visible = hiding.unhidden(viewer, access.visible_items(viewer).select(Item.pid))
    at, last = item.sort_at, item.id
    newer = visible.where((Item.sort_at >= at) & ((Item.sort_at > at) | (Item.id > last)))
    older = visible.where((Item.sort_at <= at) & ((Item.sort_at < at) | (Item.id < last)))
    before = newer.order_by(Item.sort_at, Item.id).tuples().first()
    after = older.order_by(Item.sort_at.desc(), Item.id.desc()).tuples().first()
    return before and before[0], after and after[0]


def _order(sort: str | None, tree: Tree) -> str:
    """The order of a page; what there is nothing to sort by yet is sorted as usual."""
    if sort is None:
        wanted = tree.sort or DEFAULT
        return wanted if wanted.removeprefix("-") in SORTS else DEFAULT
    if sort.removeprefix("-") not in SORTS:
        raise UsageError(
            f"sort must be one of {', '.join(SORTS)}, or - and one of them, not “{sort}”.", field="sort"
        )
    return "random" if sort == "-random" else sort


def _key(order: str, seed: int, viewer: Viewer) -> Any:
    """What is sorted by, as a number that is never null."""
    match order.removeprefix("-"):
        case "taken":
            return Item.sort_at
        case "added":
            return Item.id
        case "changed":
            return Item.changed_at
        case "size":
            return Item.size
        case "rating":
            return SQL(f"COALESCE({NUMBERS['rating'].sql(Context(viewer.user_id, 0))}, -1)")
    # numbers that look like chance, the same for the same seed in both databases
    scattered = f"((t1.id * {int(seed)} + {_PRIME // 3}) % {_PRIME})"
    return Part(f"({scattered} * {scattered} + {int(seed)}) % {_PRIME}").expression()


def _ordered(query: ModelSelect, key: Any, down: bool, place: _Place | None) -> ModelSelect:
    if key is Item.id:
        ordered = query.order_by(Item.id.desc() if down else Item.id)
        if place is None:
            return ordered
        return ordered.where(Item.id < place.id if down else Item.id > place.id)
    text = SQL("t1.sort_at") if key is Item.sort_at else key
    ordered = query.order_by(*((key.desc(), Item.id.desc()) if down else (key.asc(), Item.id)))
    if place is None:
        return ordered
    # the first half is what the index sees
    if down:
        beyond = (text < place.key) | ((text == place.key) & (Item.id < place.id))
        return ordered.where((text <= place.key) & beyond)
    beyond = (text > place.key) | ((text == place.key) & (Item.id > place.id))
    return ordered.where((text >= place.key) & beyond)


def _rows(query: ModelSelect, key: Any, size: int) -> tuple[list[Item], list[int]]:
    """The first rows of an ordered query, with their sort keys."""
    rows: list[Item] = database.objects(query.limit(size))
    if isinstance(key, Field):
        return rows, [getattr(row, key.name) for row in rows]
    keys = dict(Item.select(Item.id, key).where(Item.id.in_([r.id for r in rows])).tuples())
    return rows, [int(keys[row.id]) for row in rows]


def _encode(place: _Place) -> str:
    return base64.urlsafe_b64encode(_CURSOR.pack(*place)).decode().rstrip("=")


def _decode(cursor: str) -> _Place:
    try:
        place = _Place(*_CURSOR.unpack(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))))
    except (binascii.Error, struct.error, ValueError) as error:
        raise UsageError(
            "cursor is not one that a page gave; begin again without it.", field="cursor"
        ) from error
    if not 0 <= place.seed < _PRIME or not place.left >= -1 or place.left == 0:
        raise UsageError("cursor is not one that a page gave; begin again without it.", field="cursor")
    return place
