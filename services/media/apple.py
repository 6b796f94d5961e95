"""Apple's maker note: the identifiers that pair a Live Photo and a burst, here and only here.

exifread 3.5.1 counts its offsets from the wrong place and returns strings that begin 14 bytes late, so
the raw note is read. All offsets count from the start of the note.
"""

import struct

from .facts import clean

START = b"Apple iOS\0"
BURST_ID, CONTENT_ID = 0x000B, 0x0011
FIRST_ENTRY = 16
TEXT = 2


def read_note(note: bytes) -> dict[int, str]:
    """The texts of an Apple maker note by tag number; empty for another maker's note and a broken one."""
    if not note.startswith(START) or len(note) < FIRST_ENTRY:
        return {}
    order = "<" if note[12:14] == b"II" else ">"
    (count,) = struct.unpack_from(order + "H", note, 14)
    texts: dict[int, str] = {}
    for index in range(min(count, (len(note) - FIRST_ENTRY) // 12)):
        tag, kind, length, offset = struct.unpack_from(order + "HHII", note, FIRST_ENTRY + index * 12)
        if kind != TEXT or length <= 4 or offset + length > len(note):
            continue
        text = clean(note[offset : offset + length])
        if text is not None:
            texts[tag] = text
    return texts


def live_id(texts: dict[int, str]) -> str | None:
    """The ContentIdentifier, equal to that of the video half."""
    return texts.get(CONTENT_ID)


def burst_id(texts: dict[int, str]) -> str | None:
    """The BurstUUID."""
    return texts.get(BURST_ID)
