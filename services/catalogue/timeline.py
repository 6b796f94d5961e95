"""The timeline: months and days with their counts, and the items of one month.

Counts come from the stored day counts of whoever the viewer may see; no item is walked for them but the few that
the viewer has hidden, which are on nobody's timeline but that of others.
`recount` keeps those counts and is called in the transaction of whatever changes them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from peewee import ModelSelect, fn

from services import access
from services.catalogue import hiding
from services.models import DayCount, Item, database
from services.viewers import Viewer

LAST_MONTH = 9999_12


class Day(NamedTuple):
    """A day (yyyymmdd, 0 is undated): how many items, and the sum of their width/height ratios."""

    day: int
    n: int
    ratio: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """The items of one month (yyyymm, 0 is undated), newest first."""

    month: int
    items: list[Item]


def days(viewer: Viewer) -> list[Day]:
    """All days with visible items, newest first, the undated last."""
    counted = hiding.without_hidden(viewer, access.visible_days(viewer))
    return [Day(day, int(n), ratio) for day, n, ratio in counted]


def bucket(viewer: Viewer, month: int) -> Bucket:
    """The items of a month on the viewer's timeline; none for a number that is no month."""
    if not 0 <= month <= LAST_MONTH:
        return Bucket(month, [])
    first, last = (0, 0) if month == 0 else (month * 100, month * 100 + 99)
    query = items(viewer).where(Item.day.between(first, last))
    return Bucket(month, database.objects(query.order_by(Item.sort_at.desc(), Item.id.desc())))


def items(viewer: Viewer) -> ModelSelect:
    """The items on the viewer's timeline, as a query: what `days` counts and `bucket` gives by month."""
    return hiding.unhidden(viewer, access.timeline_items(viewer))


def recount(pairs: Iterable[tuple[int, int]]) -> None:
    """Count again what (owner, day) pairs hold; call inside the transaction that changed them."""
    by_owner: dict[int, set[int]] = {}
    for owner, day in pairs:
        by_owner.setdefault(owner, set()).add(day)
    for owner, changed in by_owner.items():
        DayCount.delete().where((DayCount.owner == owner) & DayCount.day.in_(changed)).execute()
        counted = (
            Item.select(Item.owner_id, Item.day, fn.COUNT(Item.id), fn.SUM(Item.ratio))
            .where((Item.owner_id == owner) & Item.day.in_(changed) & Item.trashed_at.is_null())
            .group_by(Item.owner_id, Item.day)
        )
        DayCount.insert_from(counted, (DayCount.owner, DayCount.day, DayCount.n, DayCount.ratio)).execute()
