"""The one inbox: what waits to go out (an owner's collection that asks) and to come in (a contribution).

A decision holds for the item in that collection for good, also when it leaves and comes back. It can be
changed, and for a moment undone.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from services import access, revocations
from services.clock import MINUTE, now
from services.errors import NotFound, UsageError
from services.identifiers import new_pid
from services.matching import arriving, rematch, shown
from services.models import (
    Arrival,
    Collection,
    CollectionItem,
    Event,
    EventPerson,
    Item,
    Undo,
    User,
    audit,
    counters,
    transaction,
)  # fmt: skip
from services.viewers import Viewer

Side = Literal["out", "in"]
Decision = Literal["approve", "reject"]
AT_ONCE = 1000
UNDO_US = 10 * MINUTE
STATES = {"approve": "approved", "reject": "rejected"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One decision that is asked for. `pid` names it; `since` is when it began to wait."""

    pid: str
    side: Side
    item: Item
    collection: str
    collection_pid: str
    by: str
    since: int


def waiting(viewer: Viewer, *, limit: int = 200) -> list[Waiting]:
    """What waits for this person, oldest first: going out of theirs, and coming in to theirs."""
    if viewer.kind != "person":
        return []
    out = (
        CollectionItem.select(CollectionItem, Item, Collection)
        .join(Item)
        .switch(CollectionItem)
        .join(Collection)
        .where((Collection.owner == viewer.user_id) & Collection.deleted_at.is_null())
        .where((CollectionItem.approval == "pending") & CollectionItem.matches & (CollectionItem.rule == ""))
        .where(Item.trashed_at.is_null())
        .order_by(CollectionItem.added_at, CollectionItem.item)
        .limit(limit)
    )
    found = [
        Waiting(
            f"out.{row.collection.pid}.{row.item.pid}", "out", row.item, row.collection.name, row.collection.pid,
            viewer.login, row.added_at,
        )
        for row in out
    ]  # fmt: skip
    come = (
        Arrival.select(Arrival, Item, Collection)
        .join(Item)
        .switch(Arrival)
        .join(Collection)
        .where(Arrival.collection.in_(_decides(viewer)) & (Arrival.state == "pending"))
        .order_by(Arrival.arrived_at, Arrival.item)
        .limit(limit)
    )
    here = access.visible_items(viewer, waiting=True).where(Item.id.in_([row.item_id for row in come]))
    seen = {row.id for row in here}
    owners = dict(User.select(User.id, User.login).tuples())
    found += [
        Waiting(
            f"in.{row.collection.pid}.{row.item.pid}", "in", row.item, row.collection.name, row.collection.pid,
            owners[row.item.owner_id], row.arrived_at,
        )
        for row in come
        if row.item_id in seen
    ]  # fmt: skip
    return sorted(found, key=lambda w: w.since)[:limit]


def count_waiting(viewer: Viewer) -> int:
    """How many decisions wait for this person, at most a hundred; nearly always two look-ups tell that none does."""
    if viewer.kind != "person":
        return 0
    mine = Collection.select(Collection.id).where(Collection.owner == viewer.user_id)
    out = CollectionItem.collection.in_(mine) & (CollectionItem.approval == "pending")
    come = Arrival.collection.in_(_decides(viewer)) & (Arrival.state == "pending")
    if not CollectionItem.select().where(out).exists() and not Arrival.select().where(come).exists():
        return 0
    return len(waiting(viewer, limit=100))


def decide(viewer: Viewer, pids: Sequence[str], decision: Decision) -> str:
    """Decide on some of what waits (or change what was decided), all or nothing; answers the id of its undoing.

    Raises NotFound for what is not the viewer's to decide, UsageError.
    """
    if decision not in STATES:
        raise UsageError("The decision is “approve” or “reject”.", field="decision")
    if not 0 < len(pids) <= AT_ONCE:
        raise UsageError(f"Decide on 1 to {AT_ONCE} at once.", field="ids")
    states = dict.fromkeys(pids, STATES[decision])
    with _noting(states), transaction():
        before = [_set(viewer, pid, state, None) for pid, state in states.items()]
        undo_id = new_pid()
        Undo.create(
            pid=undo_id, user=viewer.user_id, action="decide", detail={"before": before}, created_at=now(),
            expires_at=now() + UNDO_US,
        )  # fmt: skip
        audit.record(
            "decided", actor=viewer.user_id, subject=viewer.user_id, decision=decision, number=len(before)
        )
        _moved()
    return undo_id


def undo(viewer: Viewer, pid: str) -> int:
    """Take a decision back while that is possible; answers how many it was about. Raises NotFound."""
    mine = (Undo.pid == pid) & (Undo.user == viewer.user_id) & (Undo.action == "decide")
    row = Undo.get_or_none(mine & (Undo.expires_at > now()))
    if row is None:
        raise NotFound
    with _noting({each["pid"]: each["state"] for each in row.detail["before"]}), transaction():
        if not Undo.select().where(Undo.id == row.id).exists():
            raise NotFound
        for each in row.detail["before"]:
            _set(viewer, each["pid"], each["state"], each["decided_at"])
        Undo.delete().where(Undo.id == row.id).execute()
        _moved()
    return len(row.detail["before"])


@contextmanager
def _noting(states: Mapping[str, str]) -> Iterator[None]:
    """Note what is rejected before it is, and what is not any more afterwards."""
    rejected = [_noted(pid) for pid, state in states.items() if state == "rejected"]
    others = [_noted(pid) for pid, state in states.items() if state != "rejected"]
    with revocations.noting(rejected), revocations.noting(others, again=True):
        yield


def _noted(pid: str) -> revocations.Noted:
    side, _, rest = pid.partition(".")
    return side, rest.replace(".", " ")


def _set(viewer: Viewer, pid: str, state: str, decided_at: int | None) -> dict[str, Any]:
    """Set one state; answers what it was."""
    side, collection, item = _named(pid)
    at = None if state == "pending" else decided_at or now()
    if side == "out":
        here = (CollectionItem.collection == collection.id) & (CollectionItem.item == item.id)
        row = CollectionItem.get_or_none(here) if collection.owner_id == viewer.user_id else None
        if row is None or row.approval == "none":
            raise NotFound
        is_shown = shown(row.matches, row.rule, state)
        CollectionItem.update(approval=state, shown=is_shown, decided_at=at).where(here).execute()
        if is_shown:
            arriving.arrive_from(collection.id, [item.id])
        rematch([item.id])
        return {"pid": pid, "state": row.approval, "decided_at": row.decided_at}
    here = (Arrival.collection == collection.id) & (Arrival.item == item.id)
    mine = Collection.select().where((Collection.id == collection.id) & Collection.id.in_(_decides(viewer)))
    came = Arrival.get_or_none(here) if mine.exists() else None
    if came is None:
        raise NotFound
    is_private = came.reason == "known" and came.state != "approved"
    if is_private and item.owner_id != viewer.user_id:  # hers before a guest brought it: she alone shows it
        raise NotFound
    by = None if state == "pending" else viewer.user_id
    Arrival.update(state=state, decided_at=at, decided_by=by).where(here).execute()
    rematch([item.id])
    return {"pid": pid, "state": came.state, "decided_at": came.decided_at}


def _named(pid: str) -> tuple[str, Collection, Item]:
    side, _, rest = pid.partition(".")
    collection_pid, _, item_pid = rest.partition(".")
    collection = Collection.get_or_none((Collection.pid == collection_pid) & Collection.deleted_at.is_null())
    item = Item.get_or_none(Item.pid == item_pid)
    if side not in {"out", "in"} or collection is None or item is None:
        raise NotFound
    return side, collection, item


def _decides(viewer: Viewer) -> Any:
    """The collections to which this person lets things in: their own, and those of events they organise."""
    organised = (
        Event.select(Event.collection_id)
        .join(EventPerson)
        .where(
            (EventPerson.user == viewer.user_id)
            & (EventPerson.role == "organiser")
            & EventPerson.left_at.is_null()
        )
    )
    mine = (Collection.owner == viewer.user_id) | Collection.id.in_(organised)
    return Collection.select(Collection.id).where(mine & Collection.deleted_at.is_null())


def _moved() -> None:
    counters.bump_policy()
    counters.bump_content()
