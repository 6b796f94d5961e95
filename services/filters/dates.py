"""Dates as people write them, and the days they mean: `2024`, `2026-07`, `2026/07/01`, `today`, `30d-ago`."""

import calendar
import re
from datetime import UTC, date, datetime, time, tzinfo

DAY_US = 86_400_000_000
EPOCH = date(1970, 1, 1).toordinal()

_DATE = re.compile(r"([0-9]{4})(?:[-/]([0-9]{1,2})(?:[-/]([0-9]{1,2}))?)?")
_AGE = re.compile(r"([0-9]{1,4})([dwmy])")
_AGO = re.compile(r"([0-9]{1,4})([dwmy])-ago")
_NAMES = {"today": "today", "heute": "today", "yesterday": "yesterday", "gestern": "yesterday"}


def parse_date(text: str) -> str | None:
    """The canonical form of a date; None when it is none, or no day of the calendar."""
    text = text.lower()
    if text in _NAMES:
        return _NAMES[text]
    ago = _AGO.fullmatch(text)
    if ago:
        return _ago(int(ago[1]), ago[2])
    found = _DATE.fullmatch(text)
    if not found:
        return None
    year, month, day = (int(x) if x else None for x in found.groups())
    try:
        date(year or 0, month or 1, day or 1)
    except ValueError:
        return None
    return "-".join([f"{year:04}", *(f"{x:02}" for x in (month, day) if x is not None)])


def parse_age(text: str) -> str | None:
    """The date that lies `30d` back; None when this is no age."""
    found = _AGE.fullmatch(text.lower())
    return _ago(int(found[1]), found[2]) if found else None


def is_relative(text: str) -> bool:
    """Whether the day that a canonical date means depends on today."""
    return not text[:1].isdigit() or text.endswith("-ago")


def days_of(text: str, today: date) -> tuple[int, int]:
    """The first day that a canonical date means and the first one after it, as ordinals."""
    if text in {"today", "yesterday"}:
        day = today.toordinal() - (text == "yesterday")
        return day, day + 1
    ago = _AGO.fullmatch(text)
    if ago:
        day = _back(today, int(ago[1]), ago[2])
        return day, day + 1
    year, *rest = (int(x) for x in text.split("-"))
    if len(rest) == 2:
        day = date(year, *rest).toordinal()
        return day, day + 1
    first, last = (rest[0], rest[0]) if rest else (1, 12)
    end = date(year, last, calendar.monthrange(year, last)[1])
    return date(year, first, 1).toordinal(), end.toordinal() + 1


def days_like(today: date) -> tuple[int, ...]:
    """The days of the year (mmdd) that today recalls: 29 February also on the 28th of other years."""
    day = today.month * 100 + today.day
    return (228, 229) if day == 228 and not calendar.isleap(today.year) else (day,)


def local_us(ordinal: int) -> int:
    """The midnight that begins a day on a wall clock, as microseconds since 1970."""
    return (ordinal - EPOCH) * DAY_US


def instant_us(ordinal: int, zone: tzinfo) -> int:
    """The same midnight in a time zone, as microseconds since 1970 UTC."""
    try:
        offset = datetime.combine(date.fromordinal(ordinal), time(), zone).utcoffset()
    except (ValueError, OverflowError):
        offset = None
    offset = offset or datetime(1970, 1, 1, tzinfo=UTC).utcoffset()
    seconds = 0 if offset is None else offset.days * 86_400 + offset.seconds
    return local_us(ordinal) - seconds * 1_000_000


def _ago(number: int, unit: str) -> str:
    if number == 0:
        return "today"
    return "yesterday" if (number, unit) == (1, "d") else f"{number}{unit}-ago"


def _back(today: date, number: int, unit: str) -> int:
    if unit in "dw":
        return max(1, today.toordinal() - number * (7 if unit == "w" else 1))
    months = today.year * 12 + today.month - 1 - number * (12 if unit == "y" else 1)
    if months < 12:
        return 1
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(today.day, calendar.monthrange(year, month)[1])).toordinal()
