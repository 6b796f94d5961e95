"""IPTC-IIM records (IIM 4.2) to facts: keywords, title, caption and dates."""

import struct
from dataclasses import replace

from .dates import Rank, Stated, stated
from .facts import Facts, clean, unique

TITLE, KEYWORD, CREATED_DAY, CREATED_TIME, DIGITAL_DAY, DIGITAL_TIME, CAPTION = 5, 25, 55, 60, 62, 63, 120
DATASETS = 10_000


def read_iptc(block: bytes) -> Facts:
    """The application record of an IPTC block; what is cut off or broken is left out."""
    facts = Facts("IPTC")
    values = _datasets(block)

    def first(number: int) -> str:
        return next(iter(values.get(number, [])), "")

    facts.put("keywords", unique([clean(word) for word in values.get(KEYWORD, [])]))
    facts.put_text("title", first(TITLE))
    facts.put_text("description", first(CAPTION))
    facts.date(_date(Rank.ORIGINAL, "IPTC DateCreated", first(CREATED_DAY), first(CREATED_TIME)))
    facts.date(_date(Rank.DIGITISED, "IPTC DigitalCreationDate", first(DIGITAL_DAY), first(DIGITAL_TIME)))
    return facts


def _datasets(block: bytes) -> dict[int, list[str]]:
    """Texts of record 2 by dataset number, UTF-8 or else Latin-1: the mark of the set is often wrong."""
    values: dict[int, list[str]] = {}
    at = 0
    for _ in range(DATASETS):
        if at + 5 > len(block) or block[at] != 0x1C:
            break
        record, number, size = struct.unpack_from(">BBH", block, at + 1)
        if size & 0x8000:  # extended: the length of the length, nothing here is that long
            break
        text = clean(block[at + 5 : at + 5 + size])
        if record == 2 and text is not None:
            values.setdefault(number, []).append(text)
        at += 5 + size
    return values


def _date(rank: Rank, source: str, day: str, time: str) -> Stated | None:
    """`CCYYMMDD` and `HHMMSS±HHMM`; a time alone is no date.

    The format cannot leave the offset out, so that programs write +0000 for an unknown one: it says nothing.
    """
    found = stated(rank, source, f"{day} {time}") if time else None
    found = found or stated(rank, source, day)
    return replace(found, offset=found.offset or None) if found is not None else None
