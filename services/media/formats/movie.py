"""What PyAV does not tell of MP4 and MOV: rotation without decoding, dates in user data, XMP.

Walks box headers only, wherever the `moov` box lies; sample tables are never read.
"""

import math
import struct
from dataclasses import dataclass
from typing import BinaryIO

from .blocks import XMP_LIMIT, FormatError, read_exactly
from .isobmff import Box, file_size, find, walk

XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
"""The uuid box that holds XMP (Adobe XMP part 3)."""
DATE_LIMIT = 256


@dataclass(frozen=True, slots=True)
class Movie:
    """Rotation of the first picture track in degrees clockwise; a date as written in user data; XMP."""

    rotation: int | None = None
    date: str | None = None
    xmp: bytes | None = None


def read_movie(file: BinaryIO) -> Movie:
    """Raises FormatError when there is no `moov` box or the boxes make no sense."""
    size = file_size(file)
    moov = xmp = None
    for box in walk(file, 0, size):
        if box.kind == b"moov" and moov is None:
            moov = box
        elif box.kind == b"uuid" and xmp is None:
            xmp = _xmp(file, box)
    if moov is None:
        raise FormatError("no index (moov box): the file is cut off or still being written")
    rotation = date = None
    for box in walk(file, moov.start, moov.end):
        if box.kind == b"trak" and rotation is None:
            rotation = _rotation(file, box)
        elif box.kind == b"udta":
            date = _date(file, box) or date
            xmp = xmp or _packet(file, find(file, box.start, box.end, b"XMP_"))
    return Movie(rotation, date, xmp)


def _rotation(file: BinaryIO, track: Box) -> int | None:
    """By the track's display matrix; None for a track that is no picture."""
    handler = find(file, track.start, track.end, b"mdia", b"hdlr")
    header = find(file, track.start, track.end, b"tkhd")
    if handler is None or header is None or read_exactly(file, handler.start + 8, 4, 4) != b"vide":
        return None
    version = read_exactly(file, header.start, 1, 1)[0]
    a, b = struct.unpack(">ii", read_exactly(file, header.start + (52 if version == 1 else 40), 8, 8))
    return round(math.degrees(math.atan2(b, a)) / 90) * 90 % 360


def _date(file: BinaryIO, user_data: Box) -> str | None:
    """The text of a `date` box, or of QuickTime's `©day` (two bytes of length, two of language)."""
    day = None
    for box in walk(file, user_data.start, user_data.end):
        if box.kind in (b"date", b"\xa9day") and box.length <= DATE_LIMIT:
            data = read_exactly(file, box.start, box.length, DATE_LIMIT)
            if box.kind == b"date":
                return data.decode("latin-1")
            day = data[4:].decode("latin-1")
    return day


def _xmp(file: BinaryIO, box: Box) -> bytes | None:
    if box.length < 16 or read_exactly(file, box.start, 16, 16) != XMP_UUID:
        return None
    return _packet(file, Box(box.kind, box.start + 16, box.end))


def _packet(file: BinaryIO, box: Box | None) -> bytes | None:
    if box is None or box.length > XMP_LIMIT:
        return None
    return read_exactly(file, box.start, box.length, XMP_LIMIT)
