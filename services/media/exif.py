"""EXIF fields (CIPA DC-008) to facts: exifread first, Pillow's parser of the raw block second, one mapper.

Both parsers follow hostile counts and offsets; blocks are bounded before, whole files by `BoundedFile`.
"""

import io
import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, BinaryIO, cast

import exifread
from exifread.utils import Ratio
from PIL import Image

from .bounded import BoundedFile
from .dates import Rank, parse_moment, stated
from .facts import Facts, as_number, clean, unique
from .formats.blocks import EXIF_LIMIT

READ_LIMIT = 16 << 20
READ_CALLS = 200_000
"""An honest file takes below 2,000 reads."""

DESCRIPTION, MAKE, MODEL, ORIENTATION, RATING = 0x10E, 0x10F, 0x110, 0x112, 0x4746
XP_TITLE, XP_COMMENT, XP_KEYWORDS = 0x9C9B, 0x9C9C, 0x9C9E
ORIGINAL, DIGITISED, OFFSET_ORIGINAL, OFFSET_DIGITISED = 0x9003, 0x9004, 0x9011, 0x9012
SUBSEC_ORIGINAL, SUBSEC_DIGITISED, WIDTH, HEIGHT, LENS = 0x9291, 0x9292, 0xA002, 0xA003, 0xA434
EXPOSURE, F_NUMBER, ISO, FLASH, FOCAL = 0x829A, 0x829D, 0x8827, 0x9209, 0x920A
FIRED = 1
"""The lowest bit of Flash; the others tell how."""
EXIF_IFD, GPS_IFD = 0x8769, 0x8825
LAT_REF, LAT, LON_REF, LON, ALT_REF, ALT, GPS_TIME, GPS_DATE = 1, 2, 3, 4, 5, 6, 7, 29
EMPTY_DESCRIPTIONS = frozenset(
    {"OLYMPUS DIGITAL CAMERA", "SONY DSC", "DCIM", "KODAK DIGITAL STILL CAMERA", "SAMSUNG"}
)
"""What cameras write where a person's words belong."""


@dataclass(frozen=True, slots=True)
class Tags:
    """Values by tag number of the main, EXIF and GPS directories, whichever parser they come from."""

    image: Mapping[int, Any] = field(default_factory=dict)
    exif: Mapping[int, Any] = field(default_factory=dict)
    gps: Mapping[int, Any] = field(default_factory=dict)

    @property
    def is_telling(self) -> bool:
        """Whether a date or a model is there; if not, another parser is worth a try."""
        return bool(self.image.get(MODEL) or self.exif.get(ORIGINAL) or self.exif.get(DIGITISED))


def by_exifread(file: BinaryIO) -> Tags:
    """The tags of a TIFF stream or any file that exifread knows.

    Raises whatever exifread raises on corrupt input (AssertionError, IndexError, EOFError and others).
    """
    logging.getLogger("exifread").setLevel(logging.CRITICAL)  # its complaints are about files, not about us
    view = BoundedFile(file, READ_LIMIT, READ_CALLS)
    found = exifread.process_file(cast(BinaryIO, view), details=False, extract_thumbnail=False)
    parts: dict[str, dict[int, Any]] = {"Image": {}, "EXIF": {}, "GPS": {}}
    for name, tag in found.items():
        part = parts.get(name.split(" ", 1)[0])
        if part is not None and hasattr(tag, "values"):
            part.setdefault(tag.tag, _plain(tag.values))
    return Tags(parts["Image"], parts["EXIF"], parts["GPS"])


def _plain(values: Any) -> Any:
    """A value as the mapper wants it: text, one number, or a list of numbers (None for n/0)."""
    if not isinstance(values, list):
        return values
    numbers = [_ratio(value) if isinstance(value, Ratio) else value for value in values]
    return numbers[0] if len(numbers) == 1 else numbers


def _ratio(value: Ratio) -> float | None:
    return value.num / value.den if value.den else None


def by_pillow(block: bytes) -> Tags:
    """The tags of a TIFF block by Pillow's parser; raises what Pillow raises on a corrupt one."""
    with warnings.catch_warnings(action="ignore"):  # about tags that it skips
        exif = Image.Exif()
        exif.load(block)
        return Tags(dict(exif), exif.get_ifd(EXIF_IFD), exif.get_ifd(GPS_IFD))


def read_exif(block: bytes | None, file: BinaryIO) -> tuple[Facts | None, list[str]]:
    """Facts and complaints from an EXIF block, or from a whole file where none could be cut out (TIFF, RAW).

    Never raises: what both parsers fail on is a complaint.
    """
    problems: list[str] = []
    best: Tags | None = None
    for parse in (_first_parser, _second_parser):
        try:
            tags = parse(block, file)
        except Exception as error:
            problems.append(f"EXIF: {type(error).__name__}: {error}"[:200])
            continue
        if tags.is_telling:
            return map_tags(tags), []
        if best is None or _count(tags) > _count(best):
            best = tags
    return (None, problems) if best is None else (map_tags(best), [])


def _first_parser(block: bytes | None, file: BinaryIO) -> Tags:
    return by_exifread(file if block is None else io.BytesIO(block))


def _second_parser(block: bytes | None, file: BinaryIO) -> Tags:
    if block is None:
        file.seek(0)
        block = file.read(EXIF_LIMIT)
        if block[:2] not in (b"II", b"MM"):
            return Tags()
    return by_pillow(block)


def _count(tags: Tags) -> int:
    return len(tags.image) + len(tags.exif) + len(tags.gps)


def map_tags(tags: Tags) -> Facts:
    """Metadata fields and dates of a set of tags."""
    facts = Facts("EXIF")
    facts.put_text("make", tags.image.get(MAKE))
    facts.put_text("model", tags.image.get(MODEL))
    facts.put_text("lens", tags.exif.get(LENS))
    orientation = as_number(tags.image.get(ORIENTATION))
    if orientation in range(1, 9):
        facts.put("orientation", round(orientation or 0))
    facts.put_rating(tags.image.get(RATING))
    description = clean(tags.image.get(DESCRIPTION))
    if description is not None and description.upper() not in EMPTY_DESCRIPTIONS:
        facts.put("description", description)
    facts.put_text("title", _utf16(tags.image.get(XP_TITLE)))
    facts.put_text("description", _utf16(tags.image.get(XP_COMMENT)))
    words = (_utf16(tags.image.get(XP_KEYWORDS)) or "").split(";")
    facts.put("keywords", unique([clean(word) for word in words]))
    for name, tag in (("width", WIDTH), ("height", HEIGHT)):
        size = as_number(tags.exif.get(tag))
        facts.put(name, round(size) if size and size > 0 else None)
    _settings(facts, tags.exif)
    _dates(facts, tags)
    _gps(facts, tags.gps)
    return facts


def _settings(facts: Facts, exif: Mapping[int, Any]) -> None:
    """How the picture was taken. What cannot be, such as a sensitivity of 0, is what cameras write for not known."""
    for name, tag, places in (("f", F_NUMBER, 2), ("mm", FOCAL, 2), ("exposure", EXPOSURE, 9)):
        number = _first(exif.get(tag))
        facts.put(name, round(number, places) if number and number > 0 else None)
    iso, flash = _first(exif.get(ISO)), _first(exif.get(FLASH))
    facts.put("iso", round(iso) if iso and iso > 0 else None)
    facts.put("flash", None if flash is None else bool(round(flash) & FIRED))


def _first(value: Any) -> float | None:
    """A number, or the first of several: some cameras write two sensitivities."""
    return as_number(value[0] if isinstance(value, (list, tuple)) and value else value)


def _dates(facts: Facts, tags: Tags) -> None:
    """Each date with its own fraction and offset; OffsetTime belongs to ModifyDate and is never used."""
    for rank, name, tag, part, offset in (
        (Rank.ORIGINAL, "Original", ORIGINAL, SUBSEC_ORIGINAL, OFFSET_ORIGINAL),
        (Rank.DIGITISED, "Digitized", DIGITISED, SUBSEC_DIGITISED, OFFSET_DIGITISED),
    ):
        text, fraction, zone = (clean(tags.exif.get(number)) or "" for number in (tag, part, offset))
        found = stated(rank, f"EXIF DateTime{name}", text, fraction, zone)
        if found is not None:
            facts.date(replace(found, offset_source=f"EXIF OffsetTime{name}"))


def _gps(facts: Facts, gps: Mapping[int, Any]) -> None:
    facts.put_position(
        _degrees(gps.get(LAT), gps.get(LAT_REF), "N", "S"), _degrees(gps.get(LON), gps.get(LON_REF), "E", "W")
    )
    altitude = as_number(gps.get(ALT))
    if altitude is not None and "lat" in facts.values:
        below = gps.get(ALT_REF) in (1, b"\x01", [1])
        facts.put("altitude_m", round(-altitude if below else altitude, 2))
    day = parse_moment(clean(gps.get(GPS_DATE)) or "")
    clock = _three(gps.get(GPS_TIME))
    if day is not None and clock is not None and clock[0] < 24 and clock[1] < 60 and clock[2] < 61:
        facts.gps_time = datetime.combine(day.local.date(), datetime.min.time()) + timedelta(
            hours=clock[0], minutes=clock[1], seconds=clock[2]
        )


def _degrees(value: Any, ref: Any, plus: str, minus: str) -> float | None:
    """Degrees from three rationals and a hemisphere; None without a hemisphere, which would be a guess."""
    parts = _three(value)
    half = (clean(ref) or " ")[0].upper()
    if parts is None or half not in (plus, minus):
        return None
    degrees = parts[0] + parts[1] / 60 + parts[2] / 3600
    return -degrees if half == minus else degrees


def _three(value: Any) -> tuple[float, float, float] | None:
    """Three numbers not below zero; a missing third counts as 0, any 0/0 before it as nothing at all."""
    if not isinstance(value, (list, tuple)) or len(value) < 2:
        return None
    numbers = [as_number(part) for part in value[:3]]
    if numbers[0] is None or numbers[1] is None:
        return None
    third = numbers[2] if len(numbers) == 3 and numbers[2] is not None else 0.0
    if numbers[0] < 0 or numbers[1] < 0 or third < 0:
        return None
    return numbers[0], numbers[1], third


def _utf16(value: Any) -> str | None:
    """Windows' XP fields: UTF-16 as bytes or as a list of byte values."""
    if isinstance(value, (list, tuple)) and all(isinstance(part, int) and 0 <= part < 256 for part in value):
        value = bytes(value)
    if not isinstance(value, bytes):
        return None
    return value.decode("utf-16-le", errors="replace").split("\0", 1)[0] or None
