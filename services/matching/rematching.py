"""Items that changed, held against every stored query, in the transaction that changed them.

So what stops to match is gone from its collections in the same moment. A query may ask for other collections: then
those that ask are held again over the items that came or went, until nothing moves.
"""

from collections.abc import Iterable, Mapping, Sequence

from services.clock import now
from services.filters import facts as facts_of
from services.filters.context import gone as find_gone
from services.filters.facts import Facts
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
        some = database.batches(sorted(moved), BATCH)
        moved = {item for each in some for item in _round(asking, each, gone)}


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
            moved |= set(note(query, wrong))
        ask = _Asked(query, moment, gone, passed)
        answers = {item.id: rows.NO if wrong else ask.of(facts[item.id]) for item in found}
        moved |= rows.settle(query, answers, before)
    return moved


class _Asked:
    """One query, to be held over some items at one moment."""

    def __init__(
        self,
        query: Stored,
        moment: int,
        gone: frozenset[tuple[str, int]],
        passed: Mapping[int, frozenset[int]],
    ) -> None:
        self._query, self._moment, self._gone, self._passed = query, moment, gone, passed
        self._context = query.context(moment, gone)

    def of(self, facts: Facts) -> rows.Match:
        """Whether it holds of an item, and whether only by labels that do not count in it."""
        tree = self._query.tree
        if tree is None or not candidates.is_candidate(self._query, facts, self._passed):
            return rows.NO
        if matches(tree, facts, self._context):
            return True, False
        proposed = self._bears_more(facts) and matches(
            tree, facts, self._query.context(self._moment, self._gone, proposing=True)
        )
        return proposed, proposed

    def _bears_more(self, facts: Facts) -> bool:
        """Whether the item bears a label by no hand that the query asks for."""
        if not self._query.proposes:
            return False
        named = self._query.labels
        return any(label.source != "hand" and (named is None or label.id in named) for label in facts.labels)
