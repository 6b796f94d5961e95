"""When a right ends by itself: the moment it is, for rights, and the next one at which any of them ends.

Nothing is written when the clock passes the end of a grant, so whoever keeps what rights decided asks here.
"""

from services.clock import now
from services.models import counters, database

_NEXT_END = """
    SELECT MIN(expires_at) FROM (
        SELECT MIN(expires_at) AS expires_at FROM "grant"
        WHERE state = 'active' AND expires_at IS NOT NULL AND expires_at > ?
        UNION ALL SELECT MIN(expires_at) FROM screen WHERE removed_at IS NULL AND expires_at > ?
    ) ends
"""


def moment() -> int:
    """Now, or the highest time that was ever seen: a clock that was set back revives nothing."""
    return max(now(), counters.read(counters.CLOCK_MARK))


def next_end(after: int) -> int | None:
    """The first moment after this one at which a grant or a screen ends by the clock; None when none does."""
    ((end,),) = database.rows(_NEXT_END, after, after)
    return None if end is None else int(end)
