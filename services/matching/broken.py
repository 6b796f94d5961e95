"""Queries that cannot be used: such a collection finds nothing, and its owner is told why."""

from services.matching import rows
from services.matching.stored import Stored
from services.models import Collection, audit, counters


def note(query: Stored, wrong: str) -> list[int]:
    """The query of this collection matches nothing from now on. What its owner put in by hand stays.

    Call inside a transaction. Answers which items left the collection.
    """
    Collection.update(problem=wrong).where(Collection.id == query.id).execute()
    gone = rows.lose(query.id)
    audit.record("collection_broken", actor=None, subject=query.owner_id, collection=query.id, problem=wrong)
    counters.bump_policy()
    counters.bump_content()
    return gone


def clear(query: Stored) -> None:
    """Nothing is wrong with it any more."""
    if query.problem:
        Collection.update(problem="").where(Collection.id == query.id).execute()
        counters.bump_content()
