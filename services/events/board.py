"""The board of an event, for its organisers: what waits, what is visible, what was rejected, and who brought it.

What is in the event already, by the same bytes or the same picture, is marked, so that nobody shows it twice.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from services import access
from services.catalogue import Described, describe
from services.events.seeing import contributors, organised
from services.models import Arrival, Asset, CollectionItem, Event, Item
from services.sharing import approving
from services.viewers import Viewer

State = Literal["pending", "approved", "rejected"]
STATES: tuple[State, ...] = get_args(State)
PAGE = 100


@dataclass(frozen=True, slots=True)
class Arrived:
    """One picture at an event. `approval` names the decision about it (as in the inbox), empty for what an
    organiser put in; `twin` is true when the event shows the same picture already."""

    described: Described
    approval: str
    state: State
    by: str
    since: int
    twin: bool


@dataclass(frozen=True, slots=True)
class Board:
    """A page of the board: pictures in one state, how many are in each, and how many each contributor brought."""

    arrived: list[Arrived]
    counts: dict[State, int]
    people: list[tuple[str, int]]
    more: bool


class _Row(NamedTuple):
    item_id: int
    state: State
    arrived_at: int


def board(viewer: Viewer, pid: str, state: State = "pending", *, offset: int = 0, limit: int = PAGE) -> Board:
    """A page of the board of an event that the viewer organises, what came first at its head. Raises NotFound."""
    event = organised(viewer, pid)
    rows = _arrivals(viewer, event)
    here = [row for row in rows if row.state == state]
    some = here[offset : offset + limit]
    ids = [row.item_id for row in some]
    items = {item.id: item for item in Item.select().where(Item.id.in_(ids))}
    described = {d.item.id: d for d in describe(viewer, [items[i] for i in ids if i in items])}
    by = contributors(viewer, event)
    twins = _twins(event, ids)
    arrived = [
        Arrived(
            described[row.item_id], f"in.{event.collection.pid}.{items[row.item_id].pid}", state,
            by.get(row.item_id, ""), row.arrived_at, row.item_id in twins,
        )
        for row in some
        if row.item_id in described
    ]  # fmt: skip
    counts = {each: sum(row.state == each for row in rows) for each in STATES}
    brought = Counter(by.get(row.item_id, "") for row in rows)
    people = sorted(brought.items(), key=lambda each: (-each[1], each[0]))
    return Board(arrived, counts, people, len(here) > offset + limit)


def decide(viewer: Viewer, pid: str, approvals: Sequence[str], decision: approving.Decision) -> str:
    """Decide on pictures of an event; answers the id of its undoing, as the inbox does. Raises NotFound."""
    organised(viewer, pid)
    return approving.decide(viewer, approvals, decision)


def _arrivals(viewer: Viewer, event: Event) -> list[_Row]:
    """What came into an event and is still there for the viewer, in the order in which it came."""
    there = access.visible_items(viewer, waiting=True, plan="time").where(Item.withdrawn_at.is_null())
    came = there.join(Arrival, on=(Arrival.item == Item.id)).where(Arrival.collection == event.collection_id)
    rows = came.select(Item.id, Arrival.state, Arrival.arrived_at)
    return [_Row(*row) for row in rows.order_by(Arrival.arrived_at, Item.id).tuples()]


def _twins(event: Event, ids: Sequence[int]) -> set[int]:
    """Those of the items whose picture the event shows by another one: by its bytes, or what a JPEG shows."""
    hashes = Asset.select(Asset.item_id, Asset.sha256, Asset.scan_hash)
    asked = [
        (item, {s for s in seen if s is not None})
        for item, *seen in hashes.where(Asset.item.in_(ids)).tuples()
    ]
    wanted = list(set().union(*(seen for _, seen in asked)))
    same = Asset.sha256.in_(wanted) | Asset.scan_hash.in_(wanted)
    shown = CollectionItem.shown_in(event.collection_id).union_all(Arrival.approved_in(event.collection_id))
    there = Item.withdrawn_at.is_null() & Item.trashed_at.is_null() & ~Item.missing
    known = list(hashes.join(Item).where(Asset.item.in_(shown) & same & there).tuples())
    return {item for item, seen in asked for other, *hashed in known if other != item and seen & set(hashed)}
