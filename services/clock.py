"""What time it is: microseconds since 1970 UTC. Tests replace `source` to freeze or move it."""

import time
from collections.abc import Callable

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
LONGEST_WAIT = DAY + HOUR
"""Nothing is put off for longer: what waits for a moment further ahead got it from a clock that was wrong."""

source: Callable[[], float] = time.time


def now() -> int:
    """Microseconds since 1970 UTC, by the wall clock."""
    return int(source() * SECOND)
