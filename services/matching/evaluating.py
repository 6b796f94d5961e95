"""The query of one collection, held against all items: when it is set or changed, when the day turns, after an upgrade.

What differs from the rows is found by SQL, step by step, and then settled by the same function as any change of an
item, in transactions of some hundred. So a change meanwhile is never overwritten by what was found before it.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from peewee import Expression, ModelSelect, fn

from services.clock import SECOND, now
from services.filters.context import gone as find_gone
from services.filters.context import zone_of
from services.filters.sql import compile
from services.matching import candidates, costs, rematching, rows, stored
from services.matching.broken import clear, note
from services.matching.stored import Stored
from services.models import Collection, CollectionItem, Counter, Item, counters, database, transaction

STEP = 20_000
"""So many ids are looked at in one query."""

MEANING = 4
"""Raised when stored queries mean something else than before: then all are evaluated anew."""

MEANT = "matching"


def evaluate(
    collection: int, *, most: int | None = None, tell: Callable[[int], None] = lambda n: None
) -> bool:
    """Bring a dynamic collection up to date with its query; False when something was left for later.

    That is: more than `most` items, or where somebody waits (there is a `most`) what takes long. Where nobody does, a
    query that takes too long is marked as broken. `tell` is called with how many were settled so far.
    """
    done, until = 0, None if most is None else time.monotonic() + costs.AT_ONCE_S
    while (query := _one(collection)) is not None:
        wrong = _check(query)
        if wrong:
            return True
        try:
            for ids in _differing(query, until):
                if most is not None and done + len(ids) > most:
                    return False
                _settle(query, ids)
                done += len(ids)
                tell(done)
        except database.TookTooLong:
            if until is not None:
                return False
            with transaction():
                _leave(query, note(query, costs.SLOW))
                _mark_checked(query)
            return True
        with transaction():
            after = _one(collection)
            if after is None or _same(after, query):
                _mark_checked(query)
                return True
    return True


def found(query: Stored) -> ModelSelect:
    """The items that a query matches, for its owner to look at before it is used."""
    return Item.select().where(_holds(query))


def proposed(query: Stored) -> ModelSelect:
    """Those that it would match only if labels of every source counted in it."""
    return Item.select().where(_holds(query, proposing=True) & Item.id.not_in(_matching(query)))


def is_expensive(query: Stored) -> bool:
    """Whether a query that can be used would cost more than one may that is kept."""
    last = _last()
    return costs.is_expensive(_step(query, 0, max(STEP, last)), last)


def narrow(collection: int) -> None:
    """Take out what the query, as it is now, does not match; call inside the transaction that changed it."""
    query = _one(collection)
    if query is None or _check(query):
        return
    for proposing in (False, True):
        _leave(query, rows.lose(collection, _matching(query, proposing=proposing), proposed=proposing))
    Collection.update(checked_at=None).where(Collection.id == collection).execute()
    counters.bump_policy()
    counters.bump_content()


def lose(field: str, id: int) -> None:
    """Something that queries may name is deleted: those that do match nothing; call inside that transaction."""
    for query in stored.every():
        if (field, id) in query.refs:
            _leave(query, note(query, stored.GONE))


def due() -> list[int]:
    """The collections to be evaluated now: new and changed ones, and at midnight those that ask for the time."""
    _heed_upgrade()
    return [q.id for q in stored.every() if q.checked_at is None or (q.volatile and _is_new_day(q))]


def _leave(query: Stored, items: list[int]) -> None:
    """What a collection shows no more leaves in the same transaction those that ask for what it shows."""
    asking = [q for q in stored.every() if q.gathers and q.id != query.id] if items else []
    if asking:
        gone = find_gone(frozenset().union(*(q.refs for q in asking)))
        for some in database.batches(items, rematching.BATCH):
            rematching.hold(asking, some, gone)


def _one(collection: int) -> Stored | None:
    return next(iter(stored.every([collection])), None)


def _same(one: Stored, other: Stored) -> bool:
    """Whether both mean the same, whatever else changed."""
    keys = ("text", "trusted", "require_labelled", "zone")
    return all(getattr(one, key) == getattr(other, key) for key in keys)


def _check(query: Stored) -> str:
    """What is wrong with a query now; the collection says so as well."""
    wrong = query.wrong_in(find_gone(query.refs))
    if not wrong and is_expensive(query):
        wrong = costs.EXPENSIVE
    with transaction():
        if wrong and wrong != query.problem:
            _leave(query, note(query, wrong))
        elif not wrong:
            clear(query)
        if wrong:
            _mark_checked(query)
    return wrong


def _mark_checked(query: Stored) -> None:
    Collection.update(checked_at=now()).where(Collection.id == query.id).execute()


def _matching(query: Stored, *, proposing: bool = False) -> ModelSelect:
    return Item.select(Item.id).where(_holds(query, proposing=proposing))


def _step(query: Stored, low: int, high: int, *, proposing: bool = False) -> ModelSelect:
    """Those of the items with these ids that a query matches; `proposing`: as if labels of every source counted."""
    return _matching(query, proposing=proposing).where(Item.id.between(low, high))


def _last() -> int:
    return max(Item.select(fn.MAX(Item.id)).scalar() or 0, 0)


def _holds(query: Stored, *, proposing: bool = False) -> Expression:
    if query.tree is None:
        raise AssertionError("a query that cannot be used matches nothing")
    held = candidates.condition(query).expression()
    context = query.context(now(), find_gone(query.refs), proposing=proposing)
    return held & compile(query.tree, context).condition


def _differing(query: Stored, until: float | None) -> Iterator[list[int]]:
    """The items whose rows do not say what the query says, some hundred at a time.

    Raises TookTooLong at a moment of the monotonic clock; without one, when a step takes longer than any should.
    """
    for low in range(0, _last() + 1, STEP):
        left = costs.STEP_S if until is None else until - time.monotonic()
        if left <= 0:
            raise database.TookTooLong("The catalogue took too long to answer.")
        with database.within(left):
            found = {(id, False) for id in _ids(_step(query, low, low + STEP - 1))}
            if query.proposes:
                more = _ids(_step(query, low, low + STEP - 1, proposing=True))
                found |= {(id, True) for id in more if (id, False) not in found}
        mine = (CollectionItem.collection == query.id) & CollectionItem.matches
        known = CollectionItem.select(CollectionItem.item_id, CollectionItem.proposed).where(
            mine & CollectionItem.item_id.between(low, low + STEP - 1)
        )
        differing = sorted({id for id, _ in found ^ {(id, bool(asks)) for id, asks in known.tuples()}})
        yield from database.batches(differing, rematching.BATCH)


def _ids(query: ModelSelect) -> list[int]:
    text, values = costs.by_id(query)
    return [id for (id,) in database.proxy.execute_sql(text, values).fetchall()]


def _settle(query: Stored, ids: list[int]) -> None:
    with transaction():
        if not database.is_sqlite():  # whoever changes one of them now is waited for
            list(Item.select(Item.id).where(Item.id.in_(ids)).order_by(Item.id).for_update().tuples())
        current = _one(query.id)
        if current is None:
            return
        others = [q for q in stored.every() if q.gathers and q.id != query.id]
        gone = find_gone(frozenset().union(current.refs, *(q.refs for q in others)))
        rematching.hold([current, *others], ids, gone)


def _heed_upgrade() -> None:
    """After an upgrade that gave queries another meaning, all of them are due."""
    known = Counter.get_or_none(Counter.name == MEANT)
    if known is not None and known.value == MEANING:
        return
    with transaction():
        Counter.insert(name=MEANT, value=0).on_conflict_ignore().execute()
        Counter.update(value=MEANING).where(Counter.name == MEANT).execute()
        Collection.update(checked_at=None).where(Collection.kind == "dynamic").execute()


def _is_new_day(query: Stored) -> bool:
    """Whether midnight has passed where the owner is since it was evaluated."""
    zone = zone_of(query.zone)

    def day(moment: int) -> datetime:
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=moment // SECOND)
        return at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)

    return query.checked_at is not None and day(query.checked_at) < day(now())
