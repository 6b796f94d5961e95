"""Moments as people and programs write them: a day, which lasts until its end where they live, or an instant."""

from datetime import UTC, date, datetime, time, timedelta
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


def parse_wall(day: str, clock: str, zone: str, *, field: str) -> int:
    """Microseconds since 1970 of a day and a time of it (its end, without one) where they live; raises UsageError."""
    if not clock.strip():
        return parse_end(day.strip() or "?", zone, field=field)
    try:
        at = datetime.combine(date.fromisoformat(day.strip()), time.fromisoformat(clock.strip()))
        return (at.replace(tzinfo=ZoneInfo(zone or "UTC")) - EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError, KeyError, OSError) as error:
        raise UsageError("A day is written like 2026-07-04, a time like 18:00.", field=field) from error


def wall_of(us: int | None, zone: str) -> tuple[str, str]:
    """The day and the time of a moment where they live, as fields for dates and times take them."""
    if us is None:
        return "", ""
    at = (EPOCH + timedelta(microseconds=us)).astimezone(ZoneInfo(zone or "UTC"))
    return at.date().isoformat(), f"{at:%H:%M}"
