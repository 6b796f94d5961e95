"""Events whose end has come: closed for good, with all the rows of it, also when nobody was there to see it.

The end itself needs nobody: every right of an event ends by the clock, by its highest mark. This says so in the
rows, so that an end that is over can be told from one that was moved.
"""

from services import revocations
from services.access.ends import moment
from services.models import Event, counters, transaction
from services.sharing.closing import close_events, notes_of


def close_due() -> int:
    """Close every open event whose end has passed; answers how many."""
    over = (Event.state == "open") & (Event.expires_at <= moment())
    due = list(Event.select().where(over))
    for (
        event
    ) in due:  # what has passed stays so: the mark of the clock goes one way, and no end is moved any more
        with revocations.noting(notes_of([event.id])), transaction():
            close_events([event.id], event.expires_at, "expired")
            counters.bump_policy()
    return len(due)
