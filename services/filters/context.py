"""Whose eyes and which moment a query is evaluated with, and which things it names are gone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.filters.names import KINDS
from services.filters.statement import Part
from services.filters.tree import Tree
from services.models import Collection, Event, Label, Storage, User
from services.viewers import Viewer

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Context:
    """What an evaluation depends on besides the item.

    `now` is microseconds since 1970 UTC. With `for_share` only labels count that the item's owner set by
    hand, or that come from a source in `trusted`, and free words count for nothing. `gone` are the (field, id)
    of a query whose things were deleted. `places` is the condition under which the place of somebody else's item
    may be known; none may without.
    """

    viewer_id: int
    now: int
    zone: tzinfo = UTC
    for_share: bool = False
    trusted: frozenset[str] = frozenset()
    gone: frozenset[tuple[str, int]] = frozenset()
    places: Part | None = None

    @property
    def today(self) -> date:
        """The day it is where the viewer is."""
        return (EPOCH + timedelta(microseconds=self.now)).astimezone(self.zone).date()


def context_for(
    viewer: Viewer,
    now: int,
    trees: Iterable[Tree] = (),
    *,
    for_share: bool = False,
    trusted: frozenset[str] = frozenset(),
    places: Part | None = None,
) -> Context:
    """The context in which these trees are evaluated for a viewer."""
    refs = frozenset().union(*(tree.refs() for tree in trees))
    return Context(viewer.user_id, now, zone_of(viewer.zone), for_share, trusted, gone(refs), places)


def zone_of(name: str) -> tzinfo:
    """The time zone with this name; UTC when there is none."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def gone(refs: Iterable[tuple[str, int]]) -> frozenset[tuple[str, int]]:
    """Those of the things that do not exist any more."""
    wanted = frozenset(refs)
    there: set[tuple[str, int]] = set()
    for kind in {KINDS[field] for field, _ in wanted}:
        ids = {id for field, id in wanted if KINDS[field] == kind}
        found = _existing(kind, ids)
        there |= {(field, id) for field, id in wanted if KINDS[field] == kind and id in found}
    return wanted - there


def _existing(kind: str, ids: set[int]) -> set[int]:
    if kind == "label":
        query = Label.select(Label.id).where(Label.id.in_(ids))
    elif kind == "user":
        query = User.select(User.id).where(User.id.in_(ids))
    elif kind == "storage":
        query = Storage.select(Storage.id).where(Storage.id.in_(ids) & Storage.removed_at.is_null())
    elif kind == "collection":
        query = Collection.select(Collection.id).where(
            Collection.id.in_(ids) & Collection.deleted_at.is_null()
        )
    else:
        query = Event.select(Event.id).where(Event.id.in_(ids))
    return {id for (id,) in query.tuples()}
