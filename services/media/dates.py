"""The time rule, here and only here: when something was taken, from all that states or hints at it.

Readers collect `Stated` dates; `resolve` picks one by rank, finds its offset from UTC and gives a `Taken`.
Pure functions on the standard library. A date that cannot be is missing, never an error.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from .types import Taken

SECOND, SUBSECOND, DAY = "second", "subsecond", "day"

WIDEST_OFFSET = 14 * 60
"""No place is further than 14 hours from UTC; in minutes."""
STALE = timedelta(minutes=5)
"""How far a difference may lie from a quarter of an hour: beyond, the satellite time is of another moment."""
FIRST_YEAR = 1826
"""The first photograph; what claims to be older is suspect."""
MISSING_BEFORE = 1602
"""1601 is the zero of Windows file times."""
EPOCHS = (datetime(1904, 1, 1), datetime(1970, 1, 1))
HEADER_SOURCE, LOCAL_HEADER_SOURCE = "container creation_time", "container creation_time (local)"
"""The header of a video, as the UTC that it should be, and as the wall clock that it is in some cameras."""
NAMED_DAYS = ("WhatsApp name", "folder name")
"""Sources of days; what has a time of that day has it from the time of last change."""
INSTANTS = (HEADER_SOURCE, "mtime", "Takeout photoTakenTime", "file name (UTC)", *NAMED_DAYS)
SATELLITES = " GPS time"
"""What gives an instant, whose wall clock is told by the offset; everything else gives a wall clock."""
GUESSED, BY_PLACE = "guessed", "position"
"""Sources of an offset that nobody wrote: the owner's zone, and the zone of the position."""


class Rank(IntEnum):
    """Where a date comes from; the lowest wins."""

    EDIT = 0
    SIDECAR = 1
    ORIGINAL = 2
    DIGITISED = 3
    STATED = 4
    """Written into a video for people, with its wall clock: QuickTime Keys, user data."""
    HEADER = 5
    """A video's header, in UTC."""
    SATELLITE = 6
    TAKEOUT = 7
    NAME = 8
    DAY_NAME = 9
    FOLDER = 10
    MODIFIED = 11


@dataclass(frozen=True, slots=True)
class Moment:
    """A parsed date: wall clock, minutes east of UTC if written, `second`, `subsecond` or `day`."""

    local: datetime
    offset: int | None = None
    precision: str = SECOND


@dataclass(frozen=True, slots=True)
class Stated:
    """A date that somebody states: a wall clock (with its offset or without) or an instant in UTC.

    `local` and `utc` are without tzinfo; one of them is given, `local` with its `offset` if known.
    `offset_source` names the offset's field where that is another one.
    """

    rank: Rank
    source: str
    local: datetime | None = None
    utc: datetime | None = None
    offset: int | None = None
    precision: str = SECOND
    offset_source: str | None = None


_DATE = r"(?P<year>\d{4})(?P<sep>[-:/.]?)(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})"
_TIME = r"(?P<hour>\d{1,2}):?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?"
_ZONE = r"(?P<zone>Z|[-+]\d{1,2}(?::?\d{2})?)"
MOMENT = re.compile(rf"{_DATE}(?:[T ]\s*{_TIME}\s*{_ZONE}?)?", re.ASCII | re.IGNORECASE)
OFFSET = re.compile(r"([-+])(\d{1,2})(?::?(\d{2}))?", re.ASCII)


def parse_moment(text: str, part: str | None = None) -> Moment | None:
    """A date as cameras and programs write it: EXIF or ISO 8601, with a fraction and an offset.

    `part` is a separate field of digits after the decimal point (EXIF SubSecTime). None for blanks,
    zeros, days that no calendar has, 24:00:00, the zero dates of 1601, 1904 and 1970, and dates
    without a day.
    """
    found = MOMENT.fullmatch(text.split("\0", 1)[0].strip())
    if found is None:
        return None
    digits = found["part"] or ((part or "").split("\0", 1)[0].strip())
    if not re.fullmatch(r"[0-9]{1,9}", digits):
        digits = ""
    day_only = found["hour"] is None
    try:
        local = datetime(
            int(found["year"]),
            int(found["month"]),
            int(found["day"]),
            int(found["hour"] or 0),
            int(found["minute"] or 0),
            int(found["second"] or 0),
            int(digits.ljust(6, "0")[:6]) if digits and not day_only else 0,
        )
    except ValueError:
        return None
    if is_missing(local):
        return None
    precision = DAY if day_only else SUBSECOND if digits else SECOND
    return Moment(local, parse_offset(found["zone"] or ""), precision)


def parse_offset(text: str) -> int | None:
    """Minutes east of UTC: `+05:30`, `+5:00`, `+0530`, `-07`, `Z`; None for blanks and beyond 14 hours."""
    text = text.split("\0", 1)[0].strip()
    if text in ("Z", "z"):
        return 0
    found = OFFSET.fullmatch(text)
    if found is None or int(found[3] or 0) > 59:
        return None
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    if minutes > WIDEST_OFFSET:
        return None
    return -minutes if found[1] == "-" else minutes


def is_missing(moment: datetime) -> bool:
    """Whether a date stands for none: outside any calendar in use, or a clock's zero, in any time zone."""
    if not MISSING_BEFORE <= moment.year < 9999:
        return True
    for epoch in EPOCHS:
        if moment.date() == epoch.date():
            return True
        shift = (moment - epoch).total_seconds()
        if abs(shift) <= WIDEST_OFFSET * 60 and shift % 900 == 0:
            return True
    return False


def stated(rank: Rank, source: str, text: str, part: str | None = None, offset: str = "") -> Stated | None:
    """A date field as text, with its separate fields for fraction and offset; None when it is missing."""
    moment = parse_moment(text, part)
    if moment is None:
        return None
    minutes = moment.offset if moment.offset is not None else parse_offset(offset)
    return Stated(rank, source, local=moment.local, offset=minutes, precision=moment.precision)


def instant(rank: Rank, source: str, seconds: float) -> Stated | None:
    """An instant as seconds since 1970 in UTC; None when out of range or a clock's zero."""
    try:
        utc = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    except (OverflowError, ValueError, OSError):
        return None
    return None if is_missing(utc) else Stated(rank, source, utc=utc)


def as_utc(moment: Moment) -> datetime:
    """The instant of a moment; without an offset its wall clock is taken for UTC."""
    return moment.local - timedelta(minutes=moment.offset or 0)


def modified(mtime_ns: int | None, first_seen_ns: int | None) -> Stated | None:
    """The time of last change, if older than our first sight of the file and so no mere date of copying."""
    if mtime_ns is None or (first_seen_ns is not None and mtime_ns >= first_seen_ns):
        return None
    return instant(Rank.MODIFIED, "mtime", mtime_ns // 1_000_000_000)


def find_zone(name: str | None) -> ZoneInfo | None:
    """The time zone of an IANA name, None for none and for an unknown one."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None


def resolve(
    dates: Iterable[Stated | None], *, now: datetime, zone: str | None = None, gps: datetime | None = None,
    place: Callable[[], str | None] = lambda: None,
) -> Taken:  # fmt: skip
    """The date that counts among all that are stated.

    `now` and `gps` (the time of the position) are in UTC without tzinfo; `place` tells the zone of the
    position and is asked only when nothing states an offset; `zone` is the owner's, used last and
    marked as guessed. A suspect date gives way to a sound one that is written in
    the file or its name, never to a folder's or the time of last change.
    """
    known = sorted((date for date in dates if date is not None), key=lambda date: date.rank)
    if not known:
        return Taken()
    own = find_zone(zone)
    strong = [date for date in known if date.rank < Rank.FOLDER]
    chosen = next((date for date in strong if not _is_suspect(date, now)), known[0])
    if chosen.precision == DAY:
        chosen = _with_time(chosen, known, own)
    if chosen.local is None:
        return _from_instant(chosen, known, own, place, now)
    offset, source = _offset_of(chosen, known, gps)
    if offset is None and chosen.precision != DAY:
        found, source = _zone_to_take(place, own)
        offset = None if found is None else _minutes(chosen.local, found)
    utc = None if offset is None else chosen.local - timedelta(minutes=offset)
    return Taken(
        local=_iso(chosen.local),
        offset=offset,
        utc=None if utc is None else _iso(utc) + "Z",
        source=chosen.source,
        offset_source=source,
        precision=chosen.precision,
        suspect=_is_suspect(chosen, now),
    )


def as_wall_clock(taken: Taken, zone: str | None) -> Taken:
    """What a video's header gave as an instant, as the wall clock that its camera wrote there.

    The offset is that of the place, or that of the owner's `zone` at that time, a guess.
    """
    if taken.utc is None:
        return taken
    local = datetime.fromisoformat(taken.utc.removesuffix("Z"))
    own = find_zone(zone)
    offset: int | None = None
    source: str | None = None
    if taken.offset_source == BY_PLACE:
        offset, source = taken.offset, BY_PLACE
    elif own is not None:
        offset, source = _minutes(local, own), GUESSED
    return replace(
        taken, local=_iso(local), offset=offset, offset_source=source, source=LOCAL_HEADER_SOURCE,
        utc=None if offset is None else _iso(local - timedelta(minutes=offset)) + "Z",
    )  # fmt: skip


def is_guess(taken: Taken) -> bool:
    """Whether the offset is one that nobody stated, or is still to be guessed; a day without time has none."""
    known = taken.local is not None or taken.utc is not None
    return known and taken.offset_source in {None, GUESSED} and taken.precision != DAY


def is_guessed_clock(taken: Taken) -> bool:
    """Whether it is the wall clock that was guessed, as that of an instant is; else a guess is about the instant."""
    is_instant = taken.source in INSTANTS or taken.source.endswith(SATELLITES)
    return is_guess(taken) and taken.utc is not None and (taken.local is None or is_instant)


def guess_anew(taken: Taken, zone: str) -> Taken:
    """What was dated by a guess, as by a guess of this zone: as if it were read again."""
    own = find_zone(zone)
    if own is None or not is_guess(taken):
        return taken
    local = None if taken.local is None else datetime.fromisoformat(taken.local)
    if taken.utc is not None and is_guessed_clock(taken):
        utc = datetime.fromisoformat(taken.utc.removesuffix("Z"))
        offset = _minutes_at(utc, own)
        there = utc + timedelta(minutes=offset)
        if local is not None and there.date() != local.date() and taken.source in NAMED_DAYS:
            return replace(
                taken, local=_iso(datetime.combine(local, time())), offset=None, utc=None, offset_source=None,
                precision=DAY,
            )  # fmt: skip
    else:
        assert local is not None  # noqa: S101  # a guess has one of the two
        offset, there = _minutes(local, own), local
        utc = local - timedelta(minutes=offset)
    return replace(taken, local=_iso(there), offset=offset, utc=_iso(utc) + "Z", offset_source=GUESSED)


def anniversaries(day: date) -> tuple[str, ...]:
    """The `MM-DD` that are remembered on a day: 29 February on the 28th of a year that has none."""
    own = f"{day:%m-%d}"
    return (own, "02-29") if own == "02-28" and (day + timedelta(days=1)).day == 1 else (own,)


def _is_suspect(date: Stated, now: datetime) -> bool:
    moment = date.utc or date.local
    return moment is not None and (moment.year < FIRST_YEAR or moment > now + timedelta(days=1))


def _with_time(day: Stated, known: list[Stated], own: ZoneInfo | None) -> Stated:
    """A date without time takes the time of another that falls on the same day."""
    if day.local is None:
        return day
    for other in known:
        local = other.local
        if local is None and other.utc is not None and own is not None:
            local = _in_zone(other.utc, own)
        if other.precision != DAY and local is not None and local.date() == day.local.date():
            return Stated(day.rank, day.source, local=local, offset=other.offset, precision=other.precision)
    return day


def _offset_of(chosen: Stated, known: list[Stated], gps: datetime | None) -> tuple[int | None, str | None]:
    """Offset and source: written with the date, with the same wall clock elsewhere, or by satellite time."""
    if chosen.precision == DAY or chosen.local is None:
        return None, None
    for other in (chosen, *known):
        if other.offset is not None and other.local is not None and other.precision != DAY:
            same = other.local.replace(microsecond=0) == chosen.local.replace(microsecond=0)
            if same:
                return other.offset, other.offset_source or other.source
    minutes = None if gps is None else difference(chosen.local, gps)
    return (minutes, "GPS time") if minutes is not None else (None, None)


def difference(local: datetime, utc: datetime) -> int | None:
    """Minutes between a wall clock and an instant, to a quarter of an hour; None when that is no offset.

    More than 14 hours is none; nor is a difference more than five minutes away from any quarter.
    """
    apart = local - utc
    quarters = round(apart.total_seconds() / 900)
    if abs(quarters) * 15 > WIDEST_OFFSET or abs(apart - timedelta(minutes=15 * quarters)) > STALE:
        return None
    return quarters * 15


def _zone_to_take(
    place: Callable[[], str | None], own: ZoneInfo | None
) -> tuple[ZoneInfo | None, str | None]:
    """Where nothing states an offset: the zone of the position, else the owner's; with its source."""
    there = find_zone(place())
    if there is not None:
        return there, BY_PLACE
    return own, None if own is None else GUESSED


def _from_instant(
    chosen: Stated,
    known: list[Stated],
    own: ZoneInfo | None,
    place: Callable[[], str | None],
    now: datetime,
) -> Taken:
    """An instant becomes a wall clock by the file's name (phones write local time), the place or the owner."""
    assert chosen.utc is not None  # noqa: S101  # Stated holds one of the two
    offset, source, local = None, None, None
    if chosen.rank < Rank.NAME:
        for other in known:
            if other.rank == Rank.NAME and other.local is not None:
                offset, source = difference(other.local, chosen.utc), other.source
                break
    if offset is None:
        found, source = _zone_to_take(place, own)
        offset = None if found is None else _minutes_at(chosen.utc, found)
    if offset is not None:
        local = chosen.utc + timedelta(minutes=offset)
    return Taken(
        local=None if local is None else _iso(local),
        offset=offset,
        utc=_iso(chosen.utc) + "Z",
        source=chosen.source,
        offset_source=source if offset is not None else None,
        precision=chosen.precision,
        suspect=_is_suspect(chosen, now),
    )


def _in_zone(utc: datetime, zone: ZoneInfo) -> datetime:
    return utc.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


def _minutes(local: datetime, zone: ZoneInfo) -> int:
    """The zone's offset at a wall clock; the first of two in the hour that autumn repeats."""
    return round((local.replace(tzinfo=zone).utcoffset() or timedelta()).total_seconds() / 60)


def _minutes_at(utc: datetime, zone: ZoneInfo) -> int:
    return round((_in_zone(utc, zone) - utc).total_seconds() / 60)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
