"""Queries that cannot be used: such a collection finds nothing, and its owner is told why."""

from services.matching.stored import Stored
from services.models import Collection, CollectionItem, audit, counters


def note(query: Stored, wrong: str) -> None:
    """The query of this collection matches nothing from now on. What its owner put in by hand stays.

    Call inside a transaction.
    """
    Collection.update(problem=wrong).where(Collection.id == query.id).execute()
    here = (CollectionItem.collection == query.id) & CollectionItem.matches
    by_hand = (CollectionItem.rule == "always") & CollectionItem.approval.in_(("none", "approved"))
    CollectionItem.update(matches=False, shown=by_hand).where(here).execute()
    audit.record("collection_broken", actor=None, subject=query.owner_id, collection=query.id, problem=wrong)
    counters.bump_policy()
    counters.bump_content()


def clear(query: Stored) -> None:
    """Nothing is wrong with it any more."""
    if query.problem:
        Collection.update(problem="").where(Collection.id == query.id).execute()
        counters.bump_content()
