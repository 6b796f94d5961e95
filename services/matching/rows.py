"""Members of collections as rows: what is shown, how one comes, stays and goes. Called inside transactions.

Whether the owner approved an item, or ruled on it apart from the query, stays with the row when the query stops
to match it: it holds again when the item comes back.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from services.clock import now
from services.matching import arriving
from services.matching.stored import Stored
from services.models import Collection, CollectionItem, counters, database

CHUNK = 100
Row = tuple[bool, bool, str, str, bool]
"""matches, proposed, rule, approval, shown"""
Match = tuple[bool, bool]
"""Whether a query holds of an item at all, and whether only by labels that do not count: then it is proposed."""

NO: Match = (False, False)


def shown(matches: bool, rule: str, approval: str) -> bool:
    """Whether a member is shown: the same that the database checks."""
    return (matches or rule == "always") and rule != "never" and approval in {"none", "approved"}


def put(
    collection: Collection, item: int, *, position: int = 0, by: int | None = None, matches: bool = True
) -> bool:
    """Make an item a member, asking its owner where the collection wants that; False when it is one already.

    What was decided about it before still holds.
    """
    here = (CollectionItem.collection == collection.id) & (CollectionItem.item == item)
    before = CollectionItem.get_or_none(here)
    if before is None:
        asks = collection.approval == "owner" and collection.kind == "dynamic"
        approval = "pending" if asks else "none"
        CollectionItem.insert(
            collection=collection.id, item=item, position=position, matches=matches, rule="", approval=approval,
            shown=shown(matches, "", approval), added_at=now(), added_by=by,
        ).execute()  # fmt: skip
        return True
    if before.matches == matches:
        return False
    return bool(
        CollectionItem.update(matches=matches, shown=shown(matches, before.rule, before.approval))
        .where(here)
        .execute()
    )


def known(collections: Iterable[int], items: Iterable[int]) -> dict[tuple[int, int], Row]:
    """The rows of these items in these collections, by (collection, item)."""
    wanted = set(collections)
    columns = (
        CollectionItem.collection_id, CollectionItem.item_id, CollectionItem.matches, CollectionItem.proposed,
        CollectionItem.rule, CollectionItem.approval, CollectionItem.shown,
    )  # fmt: skip
    rows = CollectionItem.select(*columns).where(CollectionItem.item.in_(list(items))).tuples()
    return {
        (collection, item): (bool(matches), bool(proposed), rule, approval, bool(is_shown))
        for collection, item, matches, proposed, rule, approval, is_shown in rows
        if collection in wanted
    }


def settle(query: Stored, found: Mapping[int, Match], before: Mapping[tuple[int, int], Row]) -> set[int]:
    """Let the rows of a collection say which of these items its query matches; answers those that came or went."""
    asked = "pending" if query.approval == "owner" else "none"
    began = [(i, match) for i, match in sorted(found.items()) if match[0] and (query.id, i) not in before]
    comes = [i for i, (_, proposed) in began if asked == "none" and not proposed]
    goes: list[int] = []
    moment = now()
    for some in database.batches(began, CHUNK):
        CollectionItem.insert_many(
            {
                "collection": query.id, "item": item, "position": 0, "matches": True, "proposed": proposed, "rule": "",
                "approval": "pending" if proposed else asked, "shown": asked == "none" and not proposed,
                "added_at": moment,
            }
            for item, (_, proposed) in some
        ).on_conflict_ignore().execute()  # fmt: skip
    for item, match in sorted(found.items()):
        row = before.get((query.id, item))
        if row is None or (turned := _turned(row, match, asked)) == row:
            continue
        matches, proposed, _, approval, is_shown = turned
        CollectionItem.update(matches=matches, proposed=proposed, approval=approval, shown=is_shown).where(
            (CollectionItem.collection == query.id) & (CollectionItem.item == item)
        ).execute()
        if is_shown != row[4]:
            (comes if is_shown else goes).append(item)
    _tell(query.id, comes, goes)
    return {*comes, *goes}


def _turned(row: Row, match: Match, asked: str) -> Row:
    """What a row is to say when its query says this now; the same row where nothing changes."""
    was, was_proposed, rule, approval, _ = row
    matches, proposed = match[0], match[1] if match[0] else was_proposed
    if (was, was_proposed) == (matches, proposed):
        return row
    again = approval
    if approval != "rejected" and proposed and not was_proposed:
        # what was said of it while its owner's own label stood there is not said of somebody else's word
        again = "none" if rule == "always" else "pending"
    elif was_proposed and not proposed and approval == "pending":
        again = asked  # its owner's own hand has said it meanwhile
    elif matches and not proposed and approval == "none" and rule == "":
        again = asked  # one that came before its owner wanted to be asked, and comes back, is like a new one
    return matches, proposed, rule, again, shown(matches, rule, again)


def lose(collection: int, but: Any = None, *, proposed: bool = False) -> list[int]:
    """Let the query of a collection match nothing any more, but some ids given as a query.

    With those only what is `proposed`, or only what is not. What its owner put in by hand stays. Answers which items
    are not shown any more.
    """
    here = (CollectionItem.collection == collection) & CollectionItem.matches
    if but is not None:
        here &= (CollectionItem.proposed == proposed) & CollectionItem.item.not_in(but)
    by_hand = (CollectionItem.rule == "always") & CollectionItem.approval.in_(("none", "approved"))
    before = {item for (item,) in CollectionItem.shown_in(collection).tuples()}
    CollectionItem.update(matches=False, shown=by_hand).where(here).execute()
    gone = sorted(before - {item for (item,) in CollectionItem.shown_in(collection).tuples()})
    for some in database.batches(gone):
        arriving.leave_from(collection, some)
    return gone


def carry(keep: int, gone: int) -> None:
    """Where an item must not be shown, the one it becomes part of must not be either. No right is handed on."""
    kept_back = (CollectionItem.rule == "never") | (CollectionItem.approval == "rejected")
    for row in CollectionItem.select().where((CollectionItem.item == gone) & kept_back):
        here = (CollectionItem.collection == row.collection_id) & (CollectionItem.item == keep)
        CollectionItem.insert(
            collection=row.collection_id, item=keep, position=row.position, matches=False, shown=False,
            added_at=row.added_at, decided_at=row.decided_at,
        ).on_conflict_ignore().execute()  # fmt: skip
        values: dict[str, Any] = {"shown": False}
        if row.rule == "never":
            values["rule"] = "never"
        if row.approval == "rejected":
            values["approval"] = "rejected"
        CollectionItem.update(**values).where(here).execute()


def _tell(collection: int, comes: list[int], goes: list[int]) -> None:
    """Whatever depends on what a collection shows is told in the same transaction."""
    if comes:
        arriving.arrive_from(collection, comes)
        counters.bump_content()
    if goes:
        arriving.leave_from(collection, goes)
        counters.bump_policy()
        counters.bump_content()
