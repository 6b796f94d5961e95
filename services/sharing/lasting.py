"""A contribution lasts as long as whoever makes it may contribute there, and no longer.

By the living shares of the collection, that is: whatever ends such a right, or narrows it, calls this in its own
transaction. The clock needs no word: no contribution has a later end than the right. Events are not meant: what comes
into one lasts as long as its owner takes part.
"""

from collections.abc import Iterable
from typing import Any

from services import revocations
from services.access.ends import moment
from services.errors import AccessDenied
from services.matching import arriving
from services.models import Collection, Grant, Share, audit, counters, database, transaction
from services.revocations import Noted


def require_end(user: int, into: Collection, wanted: int | None) -> int | None:
    """The end of a contribution of somebody's: the wanted one, or that of their right when this is sooner.

    Call inside the transaction that gives it: whoever takes the right away later waits for that. Raises AccessDenied.
    """
    database.hold(Grant.state, _given(user, into.id))
    ends = _ends(user, into.id)
    if not ends:
        raise AccessDenied("The owner of this collection has not asked for contributions from you.")
    return _sooner(wanted, ends)


def lost(grants: Iterable[Grant]) -> list[Grant]:
    """The contributions that end with these rights: who makes them may contribute there by no other."""
    given = list(grants)
    found: list[Grant] = []
    for user, into in _pairs(given):
        if not _ends(user, into, [grant.id for grant in given]):
            found += list(Grant.select().where(_made(user, into)))
    return found


def keep(grants: Iterable[Grant], state: str, actor: int | None) -> list[Grant]:
    """End what lasts no longer now that these rights have ended, or changed; answers which contributions those are.

    Call inside the transaction, which moves the policy epoch; what was `lost` is in the journal by then.
    """
    return _keep(_pairs(grants), state, actor)


def end_overdue() -> int:
    """End what is contributed without a right to, from before contributions ended with it; answers how many that were.

    It is looked for now and then, for a catalogue may be an old one. Where all rests because its end has passed it is
    left to whoever made it.
    """
    pairs = _overdue()
    noted = notes(grant for pair in pairs for grant in Grant.select().where(_made(*pair)).order_by(Grant.id))
    if not noted:
        return 0
    try:
        with revocations.noting(noted), transaction():
            if notes(_keep(pairs, "revoked", None)) != noted:
                raise _Meanwhile
            counters.bump_policy()
            counters.bump_content()
    except _Meanwhile:  # a right was given, or something else contributed: the next look sees how it is then
        return 0
    return len(noted)


class _Meanwhile(Exception):
    """What ends is not what the journal was told."""


def _overdue() -> list[tuple[int, int]]:
    """Who contributes without a right to, and to which collections."""
    ahead = Grant.expires_at.is_null() | (Grant.expires_at > moment())
    theirs = (Collection.purpose == "own") & (Collection.owner != Grant.owner)
    living = Grant.select(Grant.owner, Grant.into).join(Collection, on=(Grant.into == Collection.id))
    found = living.where(theirs & ahead & Grant.ended_at.is_null()).distinct().tuples()
    return [pair for pair in sorted(found) if not _ends(*pair)]


def _keep(pairs: Iterable[tuple[int, int]], state: str, actor: int | None) -> list[Grant]:
    time, gone = moment(), list[Grant]()
    for user, into in pairs:
        made, ends = list(Grant.select().where(_made(user, into)).order_by(Grant.id)), _ends(user, into)
        if not ends:
            gone += made
            continue
        for grant in made:
            end = _sooner(grant.expires_at, ends)
            if end != grant.expires_at:
                Grant.update(expires_at=end).where(Grant.id == grant.id).execute()
                Share.update(expires_at=end).where(Share.id == grant.share_id).execute()
    for some in database.batches(gone):
        arriving.end(Grant.id.in_([g.id for g in some]) & Grant.ended_at.is_null(), state, time)
        shares = Share.id.in_([g.share_id for g in some]) & Share.ended_at.is_null()
        Share.update(ended_at=time, ended_why="revoked").where(shares).execute()
        for grant in some:
            audit.record("contribution_ended", actor=actor, subject=grant.owner_id, object=grant.into.name)
    return gone


def notes(contributions: Iterable[Grant]) -> list[Noted]:
    """What the journal is to hold of them."""
    return [("grant", grant.pid) for grant in contributions]


def _pairs(grants: Iterable[Grant]) -> list[tuple[int, int]]:
    """Whose rights these are, and to which collections."""
    return sorted({(g.user_id, g.collection_id) for g in grants if g.user_id is not None})


def _given(user: int, collection: int) -> Any:
    return (Grant.user == user) & (Grant.collection == collection) & (Grant.state == "active")


def _made(user: int, into: int) -> Any:
    return (Grant.owner == user) & (Grant.into == into) & Grant.ended_at.is_null()


def _ends(user: int, collection: int, without: Iterable[int] = ()) -> list[int | None]:
    """When each right of somebody to contribute to a collection ends; none when there is none."""
    ahead = Grant.expires_at.is_null() | (Grant.expires_at > moment())
    asked = Share.may_contribute & Share.ended_at.is_null()
    rows = (
        Grant.select(Grant.id, Grant.expires_at).join(Share).where(_given(user, collection) & ahead & asked)
    )
    left_out = set(without)
    return [end for grant, end in rows.tuples() if grant not in left_out]


def _sooner(wanted: int | None, ends: list[int | None]) -> int | None:
    """The wanted end, or the latest of these when that is sooner; None is never."""
    known = [end for end in ends if end is not None]
    latest = max(known) if len(known) == len(ends) else None
    return min((end for end in (wanted, latest) if end is not None), default=None)
