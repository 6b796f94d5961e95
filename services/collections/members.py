"""What is in a collection: put in by hand, taken out, ordered, or ruled on apart from its query.

Whatever leaves a collection leaves it for everybody it is shared with, in the same transaction.
"""

from collections.abc import Iterable, Sequence, Set
from typing import Any, Literal

from peewee import fn

from services import access, revocations
from services.clock import now
from services.collections.seeing import own
from services.errors import NotFound, UsageError
from services.matching import arriving, put, rematch, shown
from services.models import Arrival, Collection, CollectionItem, Item, audit, counters, transaction
from services.viewers import Viewer

Rule = Literal["", "always", "never"]
Step = Literal["first", "earlier", "later", "last"]
AT_ONCE = 10_000


def add(viewer: Viewer, pid: str, items: Sequence[str]) -> int:
    """Put items the viewer may see into their static collection, at its end; answers how many are new in it.

    Into a dynamic one they come by the rule “always”. Raises NotFound when one of them is not there.
    """
    _require_few(items)
    with transaction():
        collection = own(viewer, pid)
        found = access.get_items(viewer, items)
        if collection.kind == "dynamic":
            new = sum(_rule(viewer, collection, item, "always") for item in found)
            _changed(collection, found, narrower=False)
            return new
        last = CollectionItem.select(fn.MAX(CollectionItem.position)).where(
            CollectionItem.collection == collection.id
        )
        position, added = (last.scalar() or 0) + 1, 0
        for item in found:
            added += put(collection, item.id, position=position + added, by=viewer.user_id)
        _changed(collection, found, narrower=False)
    return added


def remove(viewer: Viewer, pid: str, items: Sequence[str], *, at: int | None = None) -> int:
    """Take items out of one's collection; the originals stay. In a dynamic one they are never shown again.

    Of what others contributed to it this is a decision, made `at` a moment. Answers how many were in it.
    """
    _require_few(items)
    collection = own(viewer, pid)
    came = _came(collection, items)
    moment = now() if at is None else at
    with revocations.noting([("in", f"{pid} {each}") for each in came.values()]), transaction():
        collection = own(viewer, pid)
        rejected = arriving.reject(collection.id, list(came), viewer.user_id, moment)
        if rejected:
            audit.record(
                "decided",
                actor=viewer.user_id,
                subject=viewer.user_id,
                decision="reject",
                number=len(rejected),
            )
        return _leave(collection, items, rejected)


def take_out(viewer: Viewer, pid: str, items: Sequence[str]) -> int:
    """Take items out as `remove` does, for the part of a larger transaction; what others contributed stays."""
    _require_few(items)
    with transaction():
        return _leave(own(viewer, pid), items)


def let_in_again(viewer: Viewer, pid: str, items: Sequence[str], at: int) -> list[str]:
    """Undo what `remove` decided `at` a moment about what others contributed, unless somebody decided since.

    Answers which of the items are let in again. Raises NotFound.
    """
    ids = dict(Item.select(Item.id, Item.pid).where(Item.pid.in_(list(items))).tuples())
    back: list[revocations.Noted] = []
    with revocations.noting(back, again=True), transaction():
        collection = own(viewer, pid)
        again = arriving.let_in_again(collection.id, list(ids), viewer.user_id, at)
        found = [ids[each] for each in sorted(again)]
        back += [("in", f"{pid} {each}") for each in found]
        _changed(collection, again, narrower=False)
        counters.bump_policy()
    return found


def decide_rule(viewer: Viewer, pid: str, item_pid: str, rule: Rule, *, ask: bool = True) -> None:
    """Have an item always or never in one's dynamic collection, or (“”) leave it to the query again.

    What was always in it and is left to the query is asked about like what is new, unless `ask` is off.
    Raises NotFound, UsageError.
    """
    if rule not in ("", "always", "never"):
        raise UsageError("The rule is “always”, “never”, or nothing.", field="rule")
    with transaction():
        collection = own(viewer, pid)
        if collection.kind != "dynamic":
            raise UsageError("Only a dynamic collection has rules apart from its query.", field="rule")
        item = access.get_item(viewer, item_pid)
        _rule(viewer, collection, item, rule, ask=ask)
        _changed(collection, [item.id], narrower=rule != "always")


def move(viewer: Viewer, pid: str, items: Sequence[str], before: str | None) -> None:
    """Put members of a static collection before another one (at the end with None), in the order given."""
    _require_few(items)
    with transaction():
        collection = own(viewer, pid)
        if collection.kind != "static":
            raise UsageError("A dynamic collection is ordered by its query.", field="items")
        mine = CollectionItem.collection == collection.id
        named = [*items, *([] if before is None else [before])]
        rows = CollectionItem.select(Item.pid, CollectionItem.item_id, CollectionItem.position).join(Item)
        there = {pid: (id, at) for pid, id, at in rows.where(mine & Item.pid.in_(named)).tuples()}
        moved = list(dict.fromkeys(items))
        if before in moved or len(there) < len({*named}):
            raise NotFound
        if before is None:
            at = CollectionItem.select(fn.MAX(CollectionItem.position)).where(mine).scalar() or 0
        else:  # it and all behind it make room
            first, at = there[before]
            behind = CollectionItem.position > at
            behind |= (CollectionItem.position == at) & (CollectionItem.item >= first)
            more = CollectionItem.position + len(moved) + 1
            CollectionItem.update(position=more).where(mine & behind).execute()
        for position, pid in enumerate(moved, start=at + 1):
            here = mine & (CollectionItem.item == there[pid][0])
            CollectionItem.update(position=position).where(here).execute()
        _touch(collection)


def step(viewer: Viewer, pid: str, items: Sequence[str], where: Step) -> None:
    """Move members of a static collection together: to its begin or end, or past the next one. Raises NotFound."""
    collection = own(viewer, pid)
    rows = (
        CollectionItem.select(Item.pid)
        .join(Item)
        .where(CollectionItem.collection == collection.id)
        .order_by(CollectionItem.position, CollectionItem.item_id)
    )
    order = [each for (each,) in rows.tuples()]
    chosen = set(items)
    moved = [each for each in order if each in chosen]
    if not moved:
        raise NotFound
    rest = [each for each in order if each not in chosen]
    before, after = order.index(moved[0]), order.index(moved[-1]) - len(moved) + 1
    at = {"first": 0, "earlier": max(before - 1, 0), "later": min(after + 1, len(rest)), "last": len(rest)}[
        where
    ]
    move(viewer, pid, moved, rest[at] if at < len(rest) else None)


def _rule(viewer: Viewer, collection: Collection, item: Item, rule: Rule, *, ask: bool = True) -> bool:
    here = (CollectionItem.collection == collection.id) & (CollectionItem.item == item.id)
    new = put(collection, item.id, by=viewer.user_id, matches=False) if not _is_member(here) else False
    member = CollectionItem.get(here)
    approval = member.approval
    if rule == "always" and approval == "pending":
        approval = "none"  # by the owner's own hand: nobody is asked any more
    elif (rule, member.rule, approval, collection.approval) == ("", "always", "none", "owner") and ask:
        approval = "pending"
    elif rule == "" and member.proposed and approval == "none":
        approval = "pending"  # the query alone cannot show what it finds by labels that do not count
    values: dict[str, Any] = {
        "rule": rule,
        "approval": approval,
        "shown": shown(member.matches, rule, approval),
    }
    CollectionItem.update(**values).where(here).execute()
    return new or member.shown != values["shown"]


def _leave(collection: Collection, items: Sequence[str], rejected: Set[int] = frozenset()) -> int:
    """Some items are in a collection no more, besides what was rejected; answers how many were."""
    ids = [i.id for i in Item.select(Item.id).where(Item.pid.in_(list(items)))]
    here = (CollectionItem.collection == collection.id) & CollectionItem.item.in_(ids)
    if collection.kind == "dynamic":
        here &= CollectionItem.rule != "never"
    gone = {row.item_id for row in CollectionItem.select(CollectionItem.item).where(here)}
    if collection.kind == "dynamic":
        CollectionItem.update(rule="never", shown=False).where(here).execute()
    else:
        CollectionItem.delete().where(here).execute()
    gone |= rejected
    _changed(collection, gone, narrower=True)
    return len(gone)


def _came(collection: Collection, items: Sequence[str]) -> dict[int, str]:
    """Those of some items that others contributed to a collection and that were let in; events see to theirs alone."""
    if collection.purpose != "own":
        return {}
    here = (Arrival.collection == collection.id) & (Arrival.state == "approved") & Item.pid.in_(list(items))
    return dict(Arrival.select(Item.id, Item.pid).join(Item).where(here).tuples())


def _is_member(here: Any) -> bool:
    return bool(CollectionItem.select().where(here).exists())


def _require_few(items: Iterable[str]) -> None:
    if len(list(items)) > AT_ONCE:
        raise UsageError(f"At most {AT_ONCE:,} items at once.", field="ids")


def _changed(collection: Collection, items: Iterable[Item | int], *, narrower: bool) -> None:
    """Whatever depends on what is in a collection follows at once: contributions of it, and queries that name it."""
    ids = [item if isinstance(item, int) else item.id for item in items]
    arriving.arrive_from(collection.id, ids)
    rematch(ids)
    _touch(collection)
    if narrower:
        arriving.leave_from(collection.id, ids)
        counters.bump_policy()


def _touch(collection: Collection) -> None:
    Collection.update(changed_at=now()).where(Collection.id == collection.id).execute()
    counters.bump_content()
