"""Pages of items, keyset-paged: the place of the last row is the cursor, so depth costs nothing."""

import base64
import binascii
import struct
from dataclasses import dataclass
from typing import Literal

from peewee import ModelSelect

from services import access
from services.catalogue import search
from services.errors import UsageError
from services.models import Item, database
from services.viewers import Viewer

Sort = Literal["-taken", "taken", "-added"]
MAX_LIMIT = 500

_CURSOR = struct.Struct(">qq")


@dataclass(frozen=True, slots=True)
class Page:
    """Some items in order; `next` is the cursor of the following page, None at the end."""

    items: list[Item]
    next: str | None
    total: int | None


def page(
    viewer: Viewer,
    q: str = "",
    *,
    sort: str = "-taken",
    limit: int = 100,
    cursor: str | None = None,
    count: bool = False,
) -> Page:
    """Items the viewer may see that match `q` (all of them when it is empty).

    `sort` is `-taken` (newest first), `taken` or `-added`; `limit` 1 to 500; `cursor` the `next` of the
    page before; `count` asks for the total as well. Raises UsageError for anything else.
    """
    if q.strip():
        found = search.matching(viewer, q)
        if found is None:
            return paged(Item.select().where(Item.id < 0), sort=sort, limit=limit, total=0)
        # few are looked up one by one, without an index of the viewer's items getting in the way
        query = access.visible_items(viewer, plan=None if found.many else "time").where(found.condition)
    else:
        query = access.visible_items(viewer)
    total = query.count() if count else None
    return paged(query, sort=sort, limit=limit, cursor=cursor, total=total)


def paged(
    query: ModelSelect,
    *,
    sort: str = "-taken",
    limit: int = 100,
    cursor: str | None = None,
    total: int | None = None,
) -> Page:
    """One page of a query of items that `services.access` gave. Raises UsageError like `page`."""
    if not 1 <= limit <= MAX_LIMIT:
        raise UsageError(f"limit must be from 1 to {MAX_LIMIT}, not {limit}.", field="limit")
    if sort == "-added":
        ordered = query.order_by(Item.id.desc())
        if cursor:
            ordered = ordered.where(Item.id < _decode(cursor)[1])
    elif sort in {"-taken", "taken"}:
        down = sort == "-taken"
        ordered = query.order_by(
            *((Item.sort_at.desc(), Item.id.desc()) if down else (Item.sort_at, Item.id))
        )
        if cursor:
            at, last = _decode(cursor)
            if down:
                beyond = (Item.sort_at < at) | ((Item.sort_at == at) & (Item.id < last))
                ordered = ordered.where(
                    (Item.sort_at <= at) & beyond
                )  # the first half is what the index sees
            else:
                beyond = (Item.sort_at > at) | ((Item.sort_at == at) & (Item.id > last))
                ordered = ordered.where((Item.sort_at >= at) & beyond)
    else:
        raise UsageError(f"sort must be -taken, taken or -added, not “{sort}”.", field="sort")
    rows = database.objects(ordered.limit(limit + 1))
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, _encode(rows[-1]) if more else None, total)


def neighbours(viewer: Viewer, item: Item) -> tuple[str | None, str | None]:
    """The public ids of the next newer and the next older item the viewer may see."""
    visible = access.visible_items(viewer).select(Item.pid)
    at, last = item.sort_at, item.id
    newer = visible.where((Item.sort_at >= at) & ((Item.sort_at > at) | (Item.id > last)))
    older = visible.where((Item.sort_at <= at) & ((Item.sort_at < at) | (Item.id < last)))
    before = newer.order_by(Item.sort_at, Item.id).tuples().first()
    after = older.order_by(Item.sort_at.desc(), Item.id.desc()).tuples().first()
    return before and before[0], after and after[0]


def _encode(item: Item) -> str:
    return base64.urlsafe_b64encode(_CURSOR.pack(item.sort_at, item.id)).decode().rstrip("=")


def _decode(cursor: str) -> tuple[int, int]:
    try:
        at, last = _CURSOR.unpack(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, struct.error, ValueError) as error:
        raise UsageError(
            "cursor is not one that a page gave; begin again without it.", field="cursor"
        ) from error
    return at, last
