"""The one inbox: what waits to go out (an owner's collection that asks) and to come in (a contribution).

Out of every collection waits what its query finds only by labels that do not count there: keywords in files.

A decision holds for the item in that collection for good, also when it leaves and comes back. It can be
changed, and for a moment undone.

What others offer to a person who wants to be asked first stands in the same inbox, and is decided and undone with it:
what that means is told in `answering`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from peewee import SQL

from services import access, revocations
from services.clock import MINUTE, now
from services.errors import NotFound, UsageError
from services.identifiers import new_pid
from services.matching import arriving, rematch, shown, stored
from services.models import (
    Arrival,
    Collection,
    CollectionItem,
    Event,
    EventPerson,
    Item,
    ItemLabel,
    Label,
    Undo,
    User,
    audit,
    counters,
    transaction,
)  # fmt: skip
from services.sharing import answering, lasting
from services.viewers import Viewer

Side = Literal["out", "in"]
Decision = Literal["approve", "reject"]
AT_ONCE = 1000
SHOWN = 100
"""So many that wait are counted."""
UNDO_US = 10 * MINUTE
STATES = {"approve": "approved", "reject": "rejected"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One decision that is asked for. `pid` names it; `since` is when it began to wait.

    `proposed`: its collection's query finds it only by labels that do not count there; `keywords` are those of them
    that the query names.
    """

    pid: str
    side: Side
    item: Item
    collection: str
    collection_pid: str
    by: str
    since: int
    proposed: bool = False
    keywords: tuple[str, ...] = ()


def waiting(viewer: Viewer, *, limit: int = 200) -> list[Waiting]:
    """What waits for this person, oldest first: going out of theirs, and coming in to theirs."""
    if viewer.kind != "person":
        return []
    by = dict(User.select(User.id, User.login).tuples())
    sides: tuple[tuple[Side, Any, Any, Any], ...] = (
        ("out", _out(viewer), CollectionItem.added_at, CollectionItem.proposed),
        ("in", _come(viewer), Arrival.arrived_at, SQL("NULL")),
    )
    found = []
    for side, query, since, proposed in sides:
        into = Collection.id.alias("into_id"), Collection.name.alias("into"), Collection.pid.alias("into_pid")
        rows = query.select(Item, *into, since.alias("since"), proposed.alias("proposed"))
        items = list(rows.order_by(since, Item.id).limit(limit).objects())
        keywords = _keywords([(item.into_id, item.id) for item in items if item.proposed])
        found += [
            Waiting(
                f"{side}.{item.into_pid}.{item.pid}", side, item, item.into, item.into_pid,
                viewer.login if side == "out" else by[item.owner_id], item.since,
                bool(item.proposed), keywords.get((item.into_id, item.id), ()),
            )
            for item in items
        ]  # fmt: skip
    return sorted(found, key=lambda w: w.since)[:limit]


def _keywords(members: Sequence[tuple[int, int]]) -> dict[tuple[int, int], tuple[str, ...]]:
    """The labels, by no hand, that the query of a collection names and an item bears, by (collection, item)."""
    if not members:
        return {}
    named = {
        q.id: {id for kind, id in q.refs if kind == "label"} for q in stored.every(c for c, _ in members)
    }
    rows = (
        ItemLabel.select(ItemLabel.item_id, Label.id, Label.name)
        .join(Label)
        .where(ItemLabel.item.in_({item for _, item in members}) & (ItemLabel.source != "hand"))
        .order_by(Label.name_fold)
    )
    borne: dict[int, dict[int, str]] = {}
    for item, label, name in rows.tuples():
        borne.setdefault(item, {})[label] = name
    return {
        (collection, item): tuple(
            name for label, name in borne.get(item, {}).items() if label in named.get(collection, set())
        )
        for collection, item in members
    }


def count_waiting(viewer: Viewer) -> int:
    """How many decisions wait for this person, at most a hundred; nearly always three look-ups tell that none does."""
    if viewer.kind != "person":
        return 0
    mine = Collection.select(Collection.id).where(Collection.owner == viewer.user_id)
    out = CollectionItem.collection.in_(mine) & (CollectionItem.approval == "pending")
    come = Arrival.collection.in_(_decides(viewer)) & (Arrival.state == "pending")
    found = answering.count_offered(viewer, most=SHOWN)
    for asked, query in ((CollectionItem.select().where(out), _out), (Arrival.select().where(come), _come)):
        if found < SHOWN and asked.exists():
            found += int(query(viewer).select(Item.id).limit(SHOWN - found).count())
    return found


def _out(viewer: Viewer) -> Any:
    """The items that wait to go out of the viewer's collections, as a query: of others what they may pass on still."""
    mine = (Collection.owner == viewer.user_id) & Collection.deleted_at.is_null()
    waits = (CollectionItem.approval == "pending") & CollectionItem.matches & (CollectionItem.rule == "")
    there = access.visible_items(viewer, plan="time").join(
        CollectionItem, on=(CollectionItem.item == Item.id)
    )
    return there.join(Collection, on=(Collection.id == CollectionItem.collection)).where(mine & waits)


def _come(viewer: Viewer) -> Any:
    """Those that wait to come in to where the viewer decides: nothing of what was taken back, or is over."""
    waits = Arrival.collection.in_(_decides(viewer)) & (Arrival.state == "pending")
    there = access.visible_items(viewer, waiting=True, plan="time").join(
        Arrival, on=(Arrival.item == Item.id)
    )
    return there.join(Collection, on=(Collection.id == Arrival.collection)).where(waits)


def decide(viewer: Viewer, pids: Sequence[str], decision: Decision) -> str:
    """Decide on some of what waits (or change what was decided), all or nothing; answers the id of its undoing.

    To approve an offer is to accept it, to reject it to decline it; neither is changed any more. Raises NotFound for
    what is not the viewer's to decide, UsageError.
    """
    if decision not in STATES:
        raise UsageError("The decision is “approve” or “reject”.", field="decision")
    if not 0 < len(pids) <= AT_ONCE:
        raise UsageError(f"Decide on 1 to {AT_ONCE} at once.", field="ids")
    offers, asked = answering.split(dict.fromkeys(pids))
    _all_asked(viewer, asked)  # what is not theirs to decide leaves no trace in the journal
    state, at, undo_id = STATES[decision], now(), new_pid()
    accepted = state == "approved"
    noted = [_noted(pid) for pid in asked] + answering.notes(viewer, offers, accepted=accepted)
    with revocations.noting(noted, again=accepted), transaction():
        before = _set(viewer, [(each, state, at) for each in _all_asked(viewer, asked)])
        before += answering.answer(viewer, offers, at, accepted=accepted)
        Undo.create(
            pid=undo_id, user=viewer.user_id, action="decide", detail={"before": before, "at": at},
            created_at=at, expires_at=at + UNDO_US,
        )  # fmt: skip
        audit.record(
            "decided", actor=viewer.user_id, subject=viewer.user_id, decision=decision, number=len(before)
        )
        _moved()
    return undo_id


def undo(viewer: Viewer, pid: str) -> int:
    """Take a decision back while that is possible; answers of how many it was.

    What was decided about one of them since, by whomever, stays. Raises NotFound when nothing can be taken back.
    """
    mine = (Undo.pid == pid) & (Undo.user == viewer.user_id) & (Undo.action == "decide")
    row = Undo.get_or_none(mine & (Undo.expires_at > now()))
    if row is None:
        raise NotFound
    before, at = row.detail["before"], row.detail["at"]
    offers, items = answering.split(each["pid"] for each in before)
    ended = [_noted(each["pid"]) for each in before if each["state"] == "rejected"]
    ended += answering.notes_of_undoing(viewer, offers, at)
    given_back: list[revocations.Noted] = []
    with revocations.noting(ended), revocations.noting(given_back, again=True), transaction():
        if not Undo.delete().where(Undo.id == row.id).execute():
            raise NotFound
        asked, answers = _asked(viewer, items), answering.take_back(viewer, offers, at)
        back = [
            (asked[each["pid"]], str(each["state"]), each["decided_at"])
            for each in before
            if each["pid"] in asked and asked[each["pid"]].row.decided_at == at
        ]
        if not (back or answers.number):
            raise NotFound
        _set(viewer, back)
        given_back += [_noted(each.pid) for each, state, _ in back if state != "rejected"]
        given_back += answers.given_back
        _moved()
    with revocations.noting([note for note in lasting.notes(answers.gone) if note not in ended]):
        return len(back) + answers.number


def _noted(pid: str) -> revocations.Noted:
    side, _, rest = pid.partition(".")
    return side, rest.replace(".", " ")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A decision that is this person's to make, with what was decided so far."""

    pid: str
    row: CollectionItem | Arrival


def _set(viewer: Viewer, decided: Sequence[tuple[_Asked, str, int | None]]) -> list[dict[str, Any]]:
    """Set a state of each, with when it was decided; answers what was before."""
    before: list[dict[str, Any]] = []
    told: dict[tuple[int, bool], list[int]] = {}
    for asked, state, moment in decided:
        row = asked.row
        if isinstance(row, CollectionItem) and (state, row.rule) == ("pending", "always"):
            state = "none"  # put in by its owner's own hand meanwhile: nobody is asked any more
        at = None if state in {"pending", "none"} else moment or now()
        here = (type(row).collection == row.collection_id) & (type(row).item == row.item_id)
        if isinstance(row, CollectionItem):
            was, is_shown = row.approval, shown(row.matches, row.rule, state)
            CollectionItem.update(approval=state, shown=is_shown, decided_at=at).where(here).execute()
            told.setdefault((row.collection_id, is_shown), []).append(row.item_id)
        else:
            was, by = row.state, None if state == "pending" else viewer.user_id
            Arrival.update(state=state, decided_at=at, decided_by=by).where(here).execute()
        before.append({"pid": asked.pid, "state": was, "decided_at": row.decided_at})
    for (collection, is_shown), items in told.items():
        tell = arriving.arrive_from if is_shown else arriving.leave_from
        tell(collection, items)
    rematch(asked.row.item_id for asked, _, _ in decided)
    return before


def _all_asked(viewer: Viewer, pids: Sequence[str]) -> list[_Asked]:
    """What some decisions are about; raises NotFound unless all of them are the viewer's to make."""
    found = _asked(viewer, pids)
    if len(found) < len(pids):
        raise NotFound
    return [found[pid] for pid in pids]


def _asked(viewer: Viewer, pids: Sequence[str]) -> dict[str, _Asked]:
    """Those of these decisions that are the viewer's to make."""
    named = {pid: (side, *rest.partition(".")[::2]) for pid in pids for side, _, rest in [pid.partition(".")]}
    known = (
        Collection.pid.in_({collection for _, collection, _ in named.values()})
        & Collection.deleted_at.is_null()
    )
    own = Collection.owner == viewer.user_id
    decides = {
        "out": dict(Collection.select(Collection.pid, Collection.id).where(known & own).tuples()),
        "in": dict(
            Collection.select(Collection.pid, Collection.id)
            .where(known & Collection.id.in_(_decides(viewer)))
            .tuples()
        ),
    }
    items = {
        pid: (id, owner)
        for pid, id, owner in Item.select(Item.pid, Item.id, Item.owner_id)
        .where(Item.pid.in_({item for _, _, item in named.values()}))
        .tuples()
    }
    ids = [id for id, _ in items.values()]
    rows: dict[tuple[str, int, int], CollectionItem | Arrival] = {}
    for side, model in (("out", CollectionItem), ("in", Arrival)):
        here = model.collection.in_(list(decides[side].values())) & model.item.in_(ids)
        rows |= {(side, row.collection_id, row.item_id): row for row in model.select().where(here)}
    found: dict[str, _Asked] = {}
    for pid, (side, collection, item) in named.items():
        id, owner = items.get(item, (0, 0))
        row = rows.get((side, decides.get(side, {}).get(collection, 0), id))
        if row is not None and _is_asked(viewer, row, owner):
            found[pid] = _Asked(pid, row)
    return found


def _is_asked(viewer: Viewer, row: CollectionItem | Arrival, owner: int) -> bool:
    """Whether there is anything to decide about a member, and about what arrived."""
    if isinstance(row, CollectionItem):
        return bool(row.approval != "none")
    is_private = bool(row.reason) and row.state != "approved"
    return not is_private or owner == viewer.user_id  # she has it, and had her reasons: she alone shows it


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
