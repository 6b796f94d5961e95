"""Over which items a collection's query is held: as SQL and as Python, side by side, so that the two say the same.

They are the owner's own that are not in the trash, and with `owner:` in the query those that somebody else lets
them pass on. Where the collection waits for labels, an item is held back until its files have been read. What a
guest dropped at an event is held back until an organiser of it has let it in: it lies with the owner, who has not said
a word about it.
"""

from collections.abc import Iterable, Mapping

from services.access import paths
from services.filters.columns import UNREAD, is_unread
from services.filters.facts import Facts
from services.filters.statement import Part, every, some
from services.matching.stored import Stored
from services.models import database
from services.viewers import Viewer

UNAPPROVED = """
    t1.contributed_by_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM arrival a
        WHERE a.item_id = t1.id AND a.guest_id = t1.contributed_by_id AND a.state = 'approved'
    )
"""
"""The same as `Facts.unapproved`."""


def condition(query: Stored) -> Part:
    """The condition on an item."""
    mine = Part("t1.owner_id = ?", (query.owner_id,))
    if query.foreign:
        way = paths.paths(_viewer(query.owner_id))
        passed = Part(f"t1.id IN (SELECT item_id FROM ({way.sql}) way WHERE may_reshare)", way.values)  # noqa: S608
        mine = some((mine, passed))
    parts = [mine, Part("t1.trashed_at IS NULL"), Part(f"NOT ({UNAPPROVED})")]
    return every([*parts, Part(f"NOT {UNREAD}")] if query.require_labelled else parts)


def is_candidate(query: Stored, facts: Facts, passed_on: Mapping[int, frozenset[int]]) -> bool:
    """Whether the query is held over this item. `passed_on` are the items each person may pass on."""
    item = facts.item
    if item.trashed_at is not None or facts.unapproved:
        return False
    if item.owner_id != query.owner_id and not (
        query.foreign and item.id in passed_on.get(query.owner_id, frozenset())
    ):
        return False
    return not (query.require_labelled and is_unread(facts))


def passed_on(queries: Iterable[Stored], items: Iterable[int]) -> dict[int, frozenset[int]]:
    """Which of the items of others the owners of these queries may pass on: nothing that waits for their decision."""
    ids = list(items)
    found: dict[int, frozenset[int]] = {}
    for owner in {q.owner_id for q in queries if q.foreign} if ids else ():
        way = paths.paths_to(_viewer(owner), ids, waiting=False)
        text = f"SELECT item_id FROM ({way.sql}) way WHERE may_reshare"  # noqa: S608  our own text
        found[owner] = frozenset(item for (item,) in database.rows(text, *way.values))
    return found


def _viewer(user: int) -> Viewer:
    return Viewer(user, "", "")
