"""What background reading of a storage far away may take: bandwidth, reads at once, hours of the day.

Kept in the storage's options as `budget`; what is not given has a default. Pure, but for the waiting of
`Pace`.
"""

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from services.clock import SECOND
from services.errors import UsageError
from services.media.dates import find_zone

OPTION = "budget"
MB = 1_000_000
DEFAULT_BYTES = 8 * MB
DEFAULT_AT_ONCE = 2
MOST_AT_ONCE = 8
LEAST_BYTES = 64 << 10
BURST_S = 1.0
"""After a pause so much of a second's bytes may come at once."""
STEP_S = 0.25
NO_LIMIT = ("", "none")
ALL_DAY = "always"
_BANDWIDTH = re.compile(r"\d{1,5}(?:[.,]\d{1,3})?")
_HOURS = re.compile(r"(\d{1,2})(?::00)?\s*[-–]\s*(\d{1,2})(?::00)?")


@dataclass(frozen=True, slots=True)
class Budget:
    """`bytes_per_second` (0: as fast as it can), `at_once`, and from which hour to which bytes are fetched.

    `hours` are of the owner's `zone`, the second exclusive; (22, 6) is the night, None the whole day.
    """

    bytes_per_second: int = DEFAULT_BYTES
    at_once: int = DEFAULT_AT_ONCE
    hours: tuple[int, int] | None = None
    zone: str | None = None

    @classmethod
    def of(cls, options: Mapping[str, Any], zone: str | None) -> Self:
        """The budget in a storage's options."""
        given = options.get(OPTION) or {}
        hours = given.get("hours")
        return cls(
            bytes_per_second=given.get("bytes_per_second", DEFAULT_BYTES),
            at_once=given.get("at_once", DEFAULT_AT_ONCE),
            hours=None if hours is None else (hours[0], hours[1]),
            zone=zone,
        )

    def is_open(self, moment: int) -> bool:
        """Whether bytes may be fetched at `moment` (microseconds since 1970)."""
        if self.hours is None or self.hours[0] == self.hours[1]:
            return True
        hour = datetime.fromtimestamp(moment / SECOND, find_zone(self.zone) or UTC).hour
        first, last = self.hours
        return first <= hour < last if first < last else hour >= first or hour < last


def checked(given: object) -> dict[str, Any]:
    """A budget as a person gives it, as it is kept; raises UsageError with what is wrong."""
    if not isinstance(given, Mapping) or (unknown := set(given) - {"bytes_per_second", "at_once", "hours"}):
        names = ", ".join(sorted(map(str, unknown))) if isinstance(given, Mapping) else "that"
        raise UsageError(f"A budget has bytes_per_second, at_once and hours, not {names}.", field="budget")
    kept: dict[str, Any] = {}
    if (rate := given.get("bytes_per_second")) is not None:
        if not _is_number(rate) or not (rate == 0 or rate >= LEAST_BYTES):
            raise UsageError(
                f"bytes_per_second is 0 (no limit) or a number from {LEAST_BYTES} on.", field="budget"
            )
        kept["bytes_per_second"] = rate
    if (at_once := given.get("at_once")) is not None:
        if not _is_number(at_once) or not 1 <= at_once <= MOST_AT_ONCE:
            raise UsageError(f"at_once is a number from 1 to {MOST_AT_ONCE}.", field="budget")
        kept["at_once"] = at_once
    if (hours := given.get("hours")) is not None:
        if not (
            isinstance(hours, list) and len(hours) == 2 and all(_is_number(h) and 0 <= h <= 24 for h in hours)
        ):
            raise UsageError("hours are two hours of the day, such as [22, 6] for the night.", field="budget")
        kept["hours"] = [h % 24 for h in hours]
    return kept


def bandwidth_of(text: str) -> int:
    """Bytes a second from what a person types in MB/s, with a point or a comma; empty or “none” is no limit."""
    text = text.strip()
    if text.lower() in NO_LIMIT:
        return 0
    rate = round(float(text.replace(",", ".")) * MB) if _BANDWIDTH.fullmatch(text) else 0
    if rate < LEAST_BYTES:
        raise UsageError(
            "The bandwidth is a number of megabytes a second from 0.1 to 99999, such as 2.5. Leave it empty for "
            "no limit.", field="bandwidth",
        )  # fmt: skip
    return rate


def at_once_of(text: str) -> int:
    """How many files are read at once, from what a person types."""
    text = text.strip()
    if not re.fullmatch(r"\d{1,2}", text) or not 1 <= int(text) <= MOST_AT_ONCE:
        raise UsageError(f"Files at once is a whole number from 1 to {MOST_AT_ONCE}.", field="at_once")
    return int(text)


def hours_of(text: str) -> list[int] | None:
    """Two hours of the day from text such as `22-6`; None for “always”."""
    text = text.strip()
    if text.lower() == ALL_DAY:
        return None
    found = _HOURS.fullmatch(text)
    if found is None or int(found[1]) > 23 or int(found[2]) > 24:
        raise UsageError("Hours are written as 22-6, or “always”.", field="hours")
    return between(int(found[1]), int(found[2]) % 24)


def between(first: int, last: int) -> list[int]:
    """Two different hours of the day; the same one twice would be no time at all, or all of it."""
    if not (0 <= first <= 23 and 0 <= last <= 23):
        raise UsageError("Choose an hour of the day to begin with, and one to end with.", field="hours")
    if first == last:
        raise UsageError(
            "From and to are the same hour. Choose two different ones, or all day.", field="hours"
        )
    return [first, last]


def typed(bytes_per_second: int) -> str:
    """A bandwidth as a person types it: MB/s with at most three decimals, empty when there is no limit."""
    return f"{bytes_per_second / MB:.3f}".rstrip("0").rstrip(".") if bytes_per_second else ""


class Pace:
    """Lets so many bytes a second through. Threading: shared by all readers of a storage."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._free_at = 0.0

    def take(
        self, count: int, rate: int, checkpoint: Callable[[], None], sleep: Callable[[float], None]
    ) -> None:
        """Wait until `count` bytes may come at `rate` a second; `checkpoint` may raise meanwhile."""
        if rate <= 0:
            return
        with self._lock:
            begin = max(self._free_at, self._clock() - BURST_S)
            self._free_at = begin + count / rate
        while (left := begin - self._clock()) > 0:
            checkpoint()
            sleep(min(left, STEP_S))


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
