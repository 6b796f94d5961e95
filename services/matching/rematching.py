"""Items that changed, held against every stored query, in the transaction that changed them.

So what stops to match is gone from its collections in the same moment. A query may ask for other collections: then
those that ask are held again over the items that came or went, until nothing moves.
"""

from collections.abc import Iterable, Sequence

from services.clock import now
from services.filters import facts as facts_of
from services.filters.context import gone as find_gone
from services.filters.predicate import matches
from services.matching import candidates, rows, stored
from services.matching.broken import note
from services.matching.stored import Stored
from services.models import Asset, Collection, File, Item, database

BATCH = 200


def rematch(items: Iterable[int]) -> None:
    """Bring these items' places in dynamic collections up to date; call inside the transaction that changed them."""
    wanted = sorted(set(items))
    queries = stored.every() if wanted else []
    if not queries:
        return
    gone = find_gone(frozenset().union(*(q.refs for q in queries)))
    for some in database.batches(wanted, BATCH):
        hold(queries, some, gone)


def rematch_file(file: File) -> None:
    """The same for the item a file belongs to, when only the file changed."""
    if file.asset_id is not None:
        rematch(item for (item,) in Asset.select(Asset.item_id).where(Asset.id == file.asset_id).tuples())


def unsettle(users: Iterable[int | None]) -> None:
    """What these people may pass on has changed: their collections are due; call inside that transaction.

    Until then nobody sees more by it: whoever looks is asked for the right at that moment.
    """
    wanted = [user for user in users if user is not None]
    Collection.update(checked_at=None).where(
        Collection.owner.in_(wanted) & (Collection.kind == "dynamic")
    ).execute()


def hold(queries: Sequence[Stored], items: Sequence[int], gone: frozenset[tuple[str, int]]) -> None:
    """Hold some queries over some items, and then those that ask for collections over what moved."""
    moved = _round(queries, items, gone)
    asking = [q for q in queries if q.gathers] if moved else []
    for _ in asking:  # no circle is longer than they are many
        if not moved:
            return
        moved = _round(asking, sorted(moved), gone)


def _round(queries: Sequence[Stored], items: Sequence[int], gone: frozenset[tuple[str, int]]) -> set[int]:
    """One look at each; answers the items that came or went somewhere."""
    found = list(Item.select().where(Item.id.in_(list(items))).order_by(Item.id))
    if not found:
        return set()
    facts, moment = facts_of.load(found), now()
    owners = {item.owner_id for item in found}
    before = rows.known([q.id for q in queries], [item.id for item in found])
    touched = {collection for collection, _ in before}
    passed = candidates.passed_on(queries, [item.id for item in found])
    moved: set[int] = set()
    for query in queries:
        if query.owner_id not in owners and query.id not in touched and not passed.get(query.owner_id):
            continue
        wrong = query.problem_in(gone)
        if wrong != query.problem and wrong:
            note(query, wrong)
        context = query.context(moment, gone)
        answers = {
            item.id: not wrong
            and query.tree is not None
            and candidates.is_candidate(query, facts[item.id], passed)
            and matches(query.tree, facts[item.id], context)
            for item in found
        }
        moved |= rows.settle(query, answers, before)
    return moved
