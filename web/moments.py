"""Moments as people and programs write them: a day, which lasts until its end where they live, or an instant."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.errors import UsageError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_end(text: str, zone: str, *, field: str) -> int:
    """Microseconds since 1970 at the end of a day (`2026-07-04`), or at an instant with its offset.

    Raises UsageError naming the field.
    """
    try:
        if len(text) == len("2026-07-04"):
            day = datetime.fromisoformat(text).date() + timedelta(days=1)
            found = datetime.combine(day, time(), tzinfo=ZoneInfo(zone or "UTC"))
        else:
            found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            raise ValueError(text)
        return (found - EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError, KeyError, OSError) as error:
        raise UsageError(
            "An end is written like 2026-07-04, or 2026-07-04T18:00:00Z.", field=field
        ) from error


def day_of(us: int | None, zone: str) -> str:
    """The last day on which something that ends then still holds, as a field for dates takes it."""
    if us is None:
        return ""
    return (EPOCH + timedelta(microseconds=us - 1)).astimezone(ZoneInfo(zone or "UTC")).date().isoformat()
