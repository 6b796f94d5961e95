"""A listing is not a deletion: when a file that is not seen any more counts as gone. Pure functions.

    present --- a complete scan without it, or one "not found" on reading ---> suspect
    suspect --- a second complete scan without it, a day or more after the first ---> missing
    any     --- seen again ---> present
    any     --- the provider's own delete event ---> missing

A scan that was not complete says nothing and calls nothing here. Times are microseconds since 1970
UTC. Before `SANE` the clock of the machine has not been set yet (a Raspberry Pi has no battery for
one), and no time it tells is kept.
"""

from typing import Literal, NamedTuple

from services.clock import DAY, HOUR

SANE = 1_735_689_600 * 1_000_000
"""2025-01-01: no clock that works is earlier."""

GRACE = DAY
RECHECK = HOUR
"""A suspect file is looked at again after this time at the latest."""

BRAKE_FILES = 20
BRAKE_PERCENT = 10


class Presence(NamedTuple):
    """What is known of a file being there. `absent_since`: the first complete scan that lacked it."""

    state: Literal["present", "suspect", "missing"] = "present"
    absent_since: int | None = None


PRESENT = Presence()


def seen(before: Presence) -> Presence:
    """The file was listed or read, whatever was believed of it."""
    del before  # one sighting outweighs it
    return PRESENT


def unseen(before: Presence, now: int) -> Presence:
    """A complete scan of the file's folder ended without it."""
    if before.state == "missing":
        return before
    if now < SANE:
        return before._replace(state="suspect")
    if before.absent_since is None or before.absent_since > now:  # the clock was set back: count anew
        return Presence("suspect", now)
    return before._replace(
        state="missing" if is_missing(first_absent=before.absent_since, now=now) else "suspect"
    )


def is_missing(*, first_absent: int | None, now: int) -> bool:
    """Whether a file counts as missing when a complete scan lacks it `now`, as a first one did before."""
    return first_absent is not None and first_absent >= SANE and now - first_absent >= GRACE


def not_found(before: Presence) -> Presence:
    """The storage positively answered "not found" when the file was to be read."""
    return before._replace(state="suspect") if before.state == "present" else before


def deleted(before: Presence, now: int) -> Presence:
    """The provider itself reported the deletion."""
    since = before.absent_since if before.absent_since is not None else now
    return Presence("missing", since)


def brakes(*, gone: int, known: int) -> bool:
    """Whether so many of the `known` files are gone in one scan that only their owner can explain it."""
    return gone > max(BRAKE_FILES, known * BRAKE_PERCENT / 100)
