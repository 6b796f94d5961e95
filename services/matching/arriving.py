"""Contributions: what an owner offers to somebody else's collection arrives there, and may wait.

An arrival is remembered for good: what was decided about an item holds also when it leaves the contributed
collection and comes back.
"""

from typing import Any

from peewee import fn

from services.clock import now
from services.models import (
    Arrival,
    Collection,
    CollectionItem,
    Event,
    EventPerson,
    Grant,
    Item,
    Share,
    database,
)


def arrive(grant: Grant, items: Any = None) -> int:
    """Note what a contribution brings that has not arrived yet; call inside a transaction.

    `items` narrows it to some ids. Answers how many came. Who owns the collection decides about them where
    it asks; otherwise they are in it at once. What came before by a contribution that has ended comes by this
    one now, as it was decided then. Whose approval it would be is not asked about what is their own, and so are not the
    organisers of an event; what others leave with its owner is none of hers.
    """
    into = Collection.get_by_id(grant.into_id)
    known = Arrival.select(Arrival.item_id).where(Arrival.collection == into.id)
    shown = CollectionItem.shown_in(grant.collection_id)
    new = shown.join(Item).where((Item.owner == grant.owner_id) & CollectionItem.item.not_in(known))
    if items is not None:
        new = new.where(CollectionItem.item.in_(items))
    take_over(grant, shown)
    asks = into.arrivals == "owner" and not _is_own(grant, into)
    state, moment = ("pending" if asks else "approved"), now()
    rows = [
        {
            "collection": into.id, "item": item, "grant": grant.id, "state": state, "arrived_at": moment,
            "decided_at": None if state == "pending" else moment,
        }
        for (item,) in new.tuples()
    ]  # fmt: skip
    for some in database.batches(rows, 100):
        Arrival.insert_many(some).on_conflict_ignore().execute()
    return len(rows)


def _is_own(grant: Grant, into: Collection) -> bool:
    """Whether who contributes would be asked themselves."""
    if grant.owner_id == into.owner_id:
        return bool(grant.collection.purpose == "own")
    organises = (EventPerson.user == grant.owner_id) & (EventPerson.role == "organiser")
    here = (Event.collection == into.id) & EventPerson.left_at.is_null() & organises
    return bool(EventPerson.select().join(Event).where(here).exists())


def take_over(grant: Grant, shown: Any) -> None:
    """What came by another contribution of the same owner's, which has ended or shows it no more, comes by this one."""
    theirs = (Grant.into == grant.into_id) & (Grant.owner == grant.owner_id) & (Grant.id != grant.id)
    before = Grant.alias()
    still = CollectionItem.select().join(before, on=(before.collection == CollectionItem.collection))
    still = still.where(
        (before.id == Arrival.grant) & (CollectionItem.item == Arrival.item) & CollectionItem.shown
    )
    ended = Arrival.grant.in_(Grant.select(Grant.id).where(theirs & Grant.ended_at.is_null(False)))
    here = (Arrival.collection == grant.into_id) & Arrival.grant.in_(Grant.select(Grant.id).where(theirs))
    Arrival.update(grant=grant.id).where(
        here & (ended | ~fn.EXISTS(still)) & Arrival.item.in_(shown)
    ).execute()


def arrive_from(collection: int, items: list[int]) -> None:
    """Pass on to every collection it is contributed to what a collection began to show; inside a transaction."""
    for grant in _contributions(collection):
        arrive(grant, items)


def reject(collection: int, items: list[int], by: int | None, moment: int) -> set[int]:
    """Let in no more what others contributed to a collection; inside a transaction. Answers which of the items."""
    here = (Arrival.collection == collection) & Arrival.item.in_(items) & (Arrival.state == "approved")
    return _decide(here, "rejected", by, moment)


def let_in_again(collection: int, items: list[int], by: int | None, rejected_at: int) -> set[int]:
    """Let in again what was rejected at that moment and not decided about since; inside a transaction."""
    here = (Arrival.collection == collection) & Arrival.item.in_(items) & (Arrival.state == "rejected")
    return _decide(here & (Arrival.decided_at == rejected_at), "approved", by, now())


def _decide(here: Any, state: str, by: int | None, moment: int) -> set[int]:
    found = {row.item_id for row in Arrival.select(Arrival.item).where(here)}
    Arrival.update(state=state, decided_at=moment, decided_by=by).where(here).execute()
    return found


def end(grants: Any, state: str, moment: int) -> int:
    """Write that these grants have ended, given as a condition on those that have not; inside a transaction.

    Answers how many. What came by a contribution among them may go on by another one.
    """
    given = list(Grant.select().where(grants & Grant.into.is_null(False)))
    ended = int(Grant.update(state=state, ended_at=moment).where(grants).execute())
    for grant in given:
        go_on(grant)
    return ended


def leave_from(collection: int, items: list[int]) -> None:
    """See to what a collection began not to show, for every collection it is contributed to; inside a transaction."""
    for grant in _contributions(collection):
        go_on(grant, items)


def go_on(grant: Grant, items: list[int] | None = None) -> None:
    """What does not come by a contribution any more comes by another one of its owner's that shows it, if there is one.

    `items` narrows it to some ids. Call inside the transaction that took them out of its collection.
    """
    others = (Grant.into == grant.into_id) & (Grant.owner == grant.owner_id) & (Grant.id != grant.id)
    for other in Grant.select().where(others & Grant.ended_at.is_null()).order_by(Grant.id):
        here = (Arrival.grant == grant.id) & Arrival.item.in_(CollectionItem.shown_in(other.collection_id))
        if items is not None:
            here &= Arrival.item.in_(items)
        Arrival.update(grant=other.id).where(here).execute()


def _contributions(collection: int) -> Any:
    live = (Grant.collection == collection) & Grant.into.is_null(False) & (Grant.state == "active")
    return Grant.select().join(Share).where(live & Share.ended_at.is_null())
