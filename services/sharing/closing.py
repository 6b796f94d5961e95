"""An event closes: the rights of who came to it and of screens, and of all that came into it, end in one transaction.

Called by whatever ends the grant by which an event shows itself: its organiser, the ledger, or the clock.
"""

from collections.abc import Iterable
from typing import Literal

from services.matching import unsettle
from services.models import Event, EventPerson, Grant, Guest, Share
from services.revocations import Noted

Why = Literal["revoked", "expired"]


def notes_of(events: Iterable[int | None]) -> list[Noted]:
    """What the journal is to hold before these events close: each right that ends with them."""
    noted: list[Noted] = []
    for event in Event.select().where(Event.id.in_([e for e in events if e is not None])):
        noted.append(("event", event.pid))
        if event.secret is not None:
            noted.append(door_note(event))
        here = (Share.collection == event.collection_id) & Share.ended_at.is_null()
        noted += [("share", pid) for (pid,) in Share.select(Share.pid).where(here).tuples()]
        came = (Grant.into == event.collection_id) & Grant.ended_at.is_null()
        noted += [("grant", pid) for (pid,) in Grant.select(Grant.pid).where(came).tuples()]
        inside = (Guest.event == event.id) & Guest.ended_at.is_null()
        noted += [("guest", pid) for (pid,) in Guest.select(Guest.pid).where(inside).tuples()]
    return noted


def door_note(event: Event) -> Noted:
    """The token of an event, as the journal names it: by its hash."""
    return "door", f"{event.pid} {event.secret}"


def close_events(events: Iterable[int | None], at: int, why: Why) -> int:
    """Close these events where they are open; call inside the transaction, which moves the policy epoch.

    The hash of the token stays, so that whoever still holds it is told that the event is over.
    """
    ids = [e for e in events if e is not None]
    open_ = list(Event.select().where(Event.id.in_(ids) & (Event.state == "open")))
    for event in open_:
        Event.update(state="closed", closed_at=at).where(Event.id == event.id).execute()
        Guest.update(ended_at=at).where((Guest.event == event.id) & Guest.ended_at.is_null()).execute()
        shown = Share.collection == event.collection_id
        came = (Grant.into == event.collection_id) & Grant.ended_at.is_null()
        contributed = [share for (share,) in Grant.select(Grant.share_id).where(came).tuples()]
        ended = (shown | Share.id.in_(contributed)) & Share.ended_at.is_null()
        Share.update(ended_at=at, ended_why=why).where(ended).execute()
        mine = ((Grant.collection == event.collection_id) & Grant.ended_at.is_null()) | came
        Grant.update(state=why, ended_at=at).where(mine).execute()
        people = EventPerson.select(EventPerson.user_id).where(EventPerson.event == event.id)
        unsettle(user for (user,) in people.tuples())
    return len(open_)
