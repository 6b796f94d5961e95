"""One act on many items at once: into a collection or out of it, labels, opinions, the trash; and its undoing.

Each item is changed by the same functions as alone, so owners change their items and everybody else their own
view of them. What was before is kept for a while, to be put back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services import access, catalogue
from services.clock import MINUTE, now
from services.collections import making, members, seeing
from services.errors import AccessDenied, HypomosError, NotFound, UsageError
from services.identifiers import new_pid
from services.models import Collection, CollectionItem, Item, Undo, counters, transaction
from services.viewers import Viewer

MOST = 5000
UNDO_US = 60 * MINUTE
KEPT = "selection"
"""The action under which what was before is kept."""

Throw = Callable[[Viewer, str], Sequence[str]]
"""Puts an item into the trash; answers the ids by which it comes back."""


@dataclass(frozen=True, slots=True)
class Acted:
    """How many items an act changed, and the id of its undoing; `left` were not to be changed by this person."""

    number: int
    undo: str | None
    left: int = 0


def chosen(
    viewer: Viewer, *, ids: Sequence[str] | None = None, q: str | None = None, without: Sequence[str] = ()
) -> list[str]:
    """The items that are meant: these, or all that a query finds, but for some. Raises UsageError, NotFound."""
    if (ids is None) == (q is None):
        raise UsageError("Name the items: by ids, or by a query.", field="ids")
    if ids is None:
        tree = catalogue.read(viewer, q or "")
        rows = catalogue.found(viewer, tree).select(Item.pid).order_by(Item.sort_at.desc(), Item.id.desc())
        found = [pid for (pid,) in rows.limit(min(MOST + 1, tree.limit or MOST + 1)).tuples()]
    else:
        found = [item.pid for item in access.get_items(viewer, ids[: MOST + 1])]
    if len(found) > MOST:
        raise UsageError(f"At most {MOST:,} items at once.", field="ids")
    return [pid for pid in found if pid not in set(without)]


def act(
    viewer: Viewer, items: Sequence[str], action: str, given: Mapping[str, Any], *, throw: Throw | None = None
) -> Acted:
    """Do one thing with some items. Raises NotFound, UsageError naming the field, AccessDenied.

    `add` and `remove` {collection}, `label` and `unlabel` {labels}, `favourite` {favourite}, `rate` {rating},
    `hide` {hidden}, and `trash`, which is for one's own.
    """
    if viewer.kind != "person":
        raise AccessDenied("Only people of the household mark pictures.")
    if action in {"add", "remove"}:
        return _gather(viewer, items, action, str(given.get("collection", "")))
    if action == "trash":
        if throw is None:
            raise AssertionError("nothing to throw with")
        return _throw(viewer, items, throw)
    if action not in _EDITS:
        raise UsageError(f"There is no action “{action}”.", field="action")
    return _edit(viewer, items, action, given)


def keep_deletion(viewer: Viewer, pid: str) -> str:
    """Let the deletion of a collection be undone; answers the id of that."""
    return _keep(viewer, {"restore": pid})


def undo(viewer: Viewer, pid: str, *, bring_back: Callable[[Viewer, str], object] | None = None) -> int:
    """Put back what was before an act, while that is possible; answers how many items. Raises NotFound."""
    row = Undo.get_or_none(
        (Undo.pid == pid) & (Undo.user == viewer.user_id) & (Undo.action == KEPT) & (Undo.expires_at > now())
    )
    if row is None:
        raise NotFound
    detail: dict[str, Any] = row.detail
    done = 0
    if "restore" in detail:
        making.restore(viewer, detail["restore"])
    elif "trash" in detail:
        for thrown in detail["trash"]:
            if bring_back is not None:
                bring_back(viewer, thrown)
                done += 1
    elif "collection" in detail:
        done = _put_back(viewer, detail)
    else:
        for each in detail["before"]:
            try:
                catalogue.edit(viewer, each["pid"], each["values"])
                done += 1
            except (NotFound, AccessDenied):
                continue  # it is not theirs to see any more
    Undo.delete().where(Undo.id == row.id).execute()
    return done


def _gather(viewer: Viewer, items: Sequence[str], action: str, pid: str) -> Acted:
    collection = seeing.own(viewer, pid)
    ids = dict(Item.select(Item.id, Item.pid).where(Item.pid.in_(list(items))).tuples())
    mine = (CollectionItem.collection == collection.id) & CollectionItem.item.in_(list(ids))
    before = {
        ids[row.item_id]: [row.position, row.rule, row.approval]
        for row in CollectionItem.select().where(mine)
    }
    moment = now()
    kept: dict[str, Any] = {"collection": pid}
    if action == "add":
        number = members.add(viewer, pid, items)
        kept |= {"items": {each: before.get(each) for each in items}}
    else:
        number = members.remove(viewer, pid, items, at=moment)
        kept |= {"items": before, "came": list(items), "at": moment}
    return Acted(number, _keep(viewer, kept) if number else None)


def _put_back(viewer: Viewer, detail: Mapping[str, Any]) -> int:
    pid = detail["collection"]
    collection: Collection = seeing.own(viewer, pid)
    was: dict[str, list[Any] | None] = detail["items"]
    came = members.let_in_again(viewer, pid, detail["came"], detail["at"]) if "came" in detail else []
    there = [each for each in was if _is_there(viewer, each)]
    if collection.kind == "dynamic":
        for each in there:
            before = was[each]
            members.decide_rule(
                viewer, pid, each, before[1] if before else "", ask=before is None or before[2] != "none"
            )
        return len({*there, *came})
    members.take_out(viewer, pid, [each for each in was if was[each] is None])
    back = [each for each in there if was[each] is not None]
    members.add(viewer, pid, back)
    with transaction():
        for each in back:
            item = Item.get(Item.pid == each)
            here = (CollectionItem.collection == collection.id) & (CollectionItem.item == item.id)
            CollectionItem.update(position=(was[each] or [0])[0]).where(here).execute()
        counters.bump_content()
    return len({*there, *came})


def _is_there(viewer: Viewer, pid: str) -> bool:
    """Whether an item is there still, and for this person."""
    try:
        access.get_item(viewer, pid)
    except NotFound:
        return False
    return True


def _edit(viewer: Viewer, items: Sequence[str], action: str, given: Mapping[str, Any]) -> Acted:
    before = []
    for pid in items:
        item = access.get_item(viewer, pid)
        old, new = _EDITS[action](viewer, item, given)
        if old != new:
            catalogue.edit(viewer, pid, new)
            before.append({"pid": pid, "values": old})
    return Acted(len(before), _keep(viewer, {"before": before}) if before else None)


def _throw(viewer: Viewer, items: Sequence[str], throw: Throw) -> Acted:
    own = [pid for pid in items if access.get_item(viewer, pid).owner_id == viewer.user_id]
    thrown: list[str] = []
    trouble: HypomosError | None = None
    number = 0
    for pid in own:
        try:
            thrown += throw(viewer, pid)
            number += 1
        except HypomosError as error:  # read-only or away: the others do not wait for it
            trouble = error
    if trouble is not None and not number:
        raise trouble
    return Acted(number, _keep(viewer, {"trash": thrown}) if thrown else None, len(items) - number)


def _keep(viewer: Viewer, detail: dict[str, Any]) -> str:
    pid = new_pid()
    Undo.create(
        pid=pid, user=viewer.user_id, action=KEPT, detail=detail, created_at=now(), expires_at=now() + UNDO_US
    )
    return pid


Values = dict[str, Any]


def _labels(viewer: Viewer, item: Item, given: Mapping[str, Any], *, on: bool) -> tuple[Values, Values]:
    names = given.get("labels")
    if not isinstance(names, list) or not names or not all(isinstance(n, str) and n.strip() for n in names):
        raise UsageError("Name one label at least.", field="labels")
    has = catalogue.hand_labels(viewer, item)
    folded = {n.casefold().strip() for n in names}
    rest = [h for h in has if h.casefold() not in folded]
    known = {h.casefold() for h in has}
    new = [*has, *(n.strip() for n in names if n.casefold().strip() not in known)] if on else rest
    return {"labels": has}, {"labels": new}


def _value(viewer: Viewer, item: Item, given: Mapping[str, Any], *, name: str) -> tuple[Values, Values]:
    if name not in given:
        raise UsageError(f"Say what “{name}” is to be.", field=name)
    seen = catalogue.describe(viewer, [item])
    if not seen:
        raise NotFound
    old = seen[0].hidden if name == "hidden" else getattr(seen[0].item, name)
    return {name: old}, {name: given[name]}


_EDITS: Mapping[str, Callable[[Viewer, Item, Mapping[str, Any]], tuple[Values, Values]]] = {
    "label": lambda v, i, g: _labels(v, i, g, on=True),
    "unlabel": lambda v, i, g: _labels(v, i, g, on=False),
    "favourite": lambda v, i, g: _value(v, i, g, name="favourite"),
    "rate": lambda v, i, g: _value(v, i, g, name="rating"),
    "hide": lambda v, i, g: _value(v, i, g, name="hidden"),
}
