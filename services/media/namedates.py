"""Dates that file names and folders state: what phones, cameras, messengers and people write there."""

import re
from datetime import datetime
from pathlib import PurePath

from .dates import DAY, SECOND, SUBSECOND, Rank, Stated, is_missing

_DAY = r"(?P<year>(?:19|20)\d{2})(?P<sep>[-_.]?)(?P<month>\d{2})(?P=sep)(?P<day>\d{2})"
_CLOCK = r"(?P<hour>\d{1,2})(?P<gap>[-_.:]?)(?P<minute>\d{2})(?P=gap)(?P<second>\d{2})"
NAME = re.compile(
    rf"(?<!\d){_DAY}(?:(?:[-_ T.]+(?:at |um |kl\. |WA)?)?{_CLOCK}[-.]?(?P<part>\d{{3}})?(?![0-9])"
    r"(?P<half>[ \u202f]?[AP]M)?)?",
    re.ASCII | re.IGNORECASE,
)
WHATSAPP = re.compile(r"(?:IMG|VID|AUD|PTT|STK)-(\d{8})-WA\d+", re.ASCII | re.IGNORECASE)
PIXEL = re.compile(r"PXL_\d{8}_", re.ASCII | re.IGNORECASE)
FOLDER = re.compile(rf"(?<!\d){_DAY}(?!\d)", re.ASCII)
FOLDERS = re.compile(r"(?P<year>(?:19|20)\d{2})/(?P<month>\d{2})/(?P<day>\d{2})", re.ASCII)


def from_name(name: str) -> Stated | None:
    """The date in a file name, such as `IMG_20240701_143339`, `PXL_…` (in UTC), `Screenshot 2024-07-01 at
    2.33.39 PM`, `IMG-20240701-WA0001` (a day); None when there is none."""
    stem = PurePath(name).stem
    sent = WHATSAPP.match(stem)
    if sent is not None:
        day = sent[1]
        return _stated(Rank.DAY_NAME, "WhatsApp name", _moment(day[:4], day[4:6], day[6:]), DAY)
    for found in NAME.finditer(stem):
        timed = found["hour"] is not None
        moment = _moment(
            found["year"],
            found["month"],
            found["day"],
            _hour(found["hour"] or "0", found["half"]),
            found["minute"] or "0",
            found["second"] or "0",
            found["part"] or "0",
        )
        if moment is None or stem[found.end() : found.end() + 1].isdigit():
            continue
        if not timed:
            return _stated(Rank.DAY_NAME, "file name", moment, DAY)
        precision = SUBSECOND if found["part"] else SECOND
        if PIXEL.match(stem):
            return Stated(Rank.NAME, "file name (UTC)", utc=moment, precision=precision)
        return _stated(Rank.NAME, "file name", moment, precision)
    return None


def from_folder(folder: str) -> Stated | None:
    """The day that the innermost dated folder states: `2024-07-01 Wedding`, `20240701` or `2024/07/01`."""
    parts = folder.split("/")
    for end in range(len(parts), 0, -1):
        nested = FOLDERS.fullmatch("/".join(parts[max(end - 3, 0) : end]))
        for found in (*FOLDER.finditer(parts[end - 1]), *([nested] if nested else ())):
            moment = _moment(found["year"], found["month"], found["day"])
            if moment is not None:
                return _stated(Rank.FOLDER, "folder name", moment, DAY)
    return None


def _moment(
    year: str, month: str, day: str, hour: str = "0", minute: str = "0", second: str = "0", part: str = "0"
) -> datetime | None:
    try:
        return datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second), int(part) * 1000
        )
    except ValueError:
        return None


def _hour(hour: str, half: str | None) -> str:
    """The hour on a 24-hour clock; 13 PM stays as it is."""
    if half is None or not 1 <= int(hour) <= 12:
        return hour
    return str(int(hour) % 12 + (12 if half.strip().upper() == "PM" else 0))


def _stated(rank: Rank, source: str, moment: datetime | None, precision: str) -> Stated | None:
    if moment is None or is_missing(moment):
        return None
    return Stated(rank, source, local=moment, precision=precision)
