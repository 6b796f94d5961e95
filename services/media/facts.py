"""What one reader found in one place, before anybody weighs it against the others.

`values` are keyed by the field names of `services.media.types.Metadata`; `dates` and `gps_time` go to
the time rule. Also the cleaning of strings and positions that all readers share.
"""

import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .dates import Stated

TEXT_LIMIT = 4096
"""Longest text kept, in characters."""
KEYWORDS = 1000


@dataclass(slots=True)
class Facts:
    """The findings of one source (`EXIF`, `XMP`, `sidecar`, `IPTC`, `container`, `Takeout`).

    `gps_time` is the time of the position, in UTC without tzinfo. `extra` holds what is no field of its own:
    pointers to an embedded video.
    """

    source: str
    values: dict[str, Any] = field(default_factory=dict)
    dates: list[Stated] = field(default_factory=list)
    gps_time: datetime | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def put(self, name: str, value: Any) -> None:
        """Keeps a value unless it says nothing or the field has one already."""
        if value is not None and value not in ("", ()):
            self.values.setdefault(name, value)

    def put_text(self, name: str, value: object) -> None:
        """Keeps a text, cleaned."""
        self.put(name, clean(value))

    def put_position(self, lat: float | None, lon: float | None) -> None:
        """Keeps a position in degrees if it is one: see `is_position`."""
        if lat is not None and lon is not None and is_position(lat, lon):
            self.values.setdefault("lat", round(lat, 7))
            self.values.setdefault("lon", round(lon, 7))

    def put_rating(self, stars: object) -> None:
        """Keeps 1 to 5 stars; 0 means not rated, -1 rejected by its photographer: both count as none."""
        number = as_number(stars)
        if number is not None and 1 <= number <= 5:
            self.put("rating", round(number))

    def date(self, stated: Stated | None) -> None:
        """Adds a date unless it is missing."""
        if stated is not None:
            self.dates.append(stated)


def clean(value: object) -> str | None:
    """A text cut at the first NUL and trimmed; None for an empty one and for what is no text.

    Bytes are UTF-8 or else Latin-1. Control characters and lone surrogates become spaces and `\ufffd`.
    """
    if isinstance(value, (bytes, bytearray)):
        data = bytes(value).split(b"\0", 1)[0]
        try:
            value = data.decode("utf-8")
        except UnicodeDecodeError:
            value = data.decode("latin-1")
    if not isinstance(value, str):
        return None
    text = value.split("\0", 1)[0][:TEXT_LIMIT]
    text = "".join(char if char.isprintable() or char == "\n" else _replaced(char) for char in text)
    return text.strip() or None


def _replaced(char: str) -> str:
    if "\ud800" <= char <= "\udfff":
        return "\ufffd"
    return char if ord(char) > 0xA0 else " "


def unique(words: list[str | None]) -> tuple[str, ...]:
    """Words in their order, without blanks and duplicates (compared without case); at most 1000."""
    seen: dict[str, str] = {}
    for word in words:
        if word:
            seen.setdefault(word.casefold(), word)
    return tuple(list(seen.values())[:KEYWORDS])


def as_number(value: object) -> float | None:
    """A finite number from a number or its text, None for anything else and for n/0."""
    try:
        number = float(value)  # type: ignore[arg-type]  # tried, not known
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def is_position(lat: float, lon: float) -> bool:
    """Whether two numbers are a place: in range, and not 0,0, which cameras write for none."""
    return abs(lat) <= 90 and abs(lon) <= 180 and (lat, lon) != (0, 0)
