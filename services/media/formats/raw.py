"""RAW files that are no TIFF: Fujifilm RAF holds a JPEG, Canon CR3 is made of boxes with TIFF blocks."""

import io
import struct
from typing import BinaryIO

from . import jpeg
from .blocks import EXIF_LIMIT, XMP_LIMIT, Blocks, FormatError, read_exactly
from .isobmff import file_size, find, walk
from .movie import XMP_UUID

RAF_JPEG = 84
"""Where a RAF file says, as two big-endian numbers, where its JPEG begins and how long it is."""
RAF_HEADER = 1 << 20
CANON_UUID = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
CANON_BLOCKS = {b"CMT1": "exif", b"CMT2": "exif_inner", b"CMT4": "exif_gps"}


def read_raf(file: BinaryIO) -> Blocks:
    """The blocks of the JPEG inside a RAF file; its size stands for the picture's."""
    start, length = struct.unpack(">II", read_exactly(file, RAF_JPEG, 8, 8))
    file.seek(start)
    return jpeg.read_blocks(io.BytesIO(file.read(min(length, RAF_HEADER))))


def read_cr3(file: BinaryIO) -> Blocks:
    """The TIFF blocks of a CR3 file: main, EXIF and GPS directory each stand alone. The size is not told."""
    size = file_size(file)
    parts: dict[str, bytes] = {}
    xmp = None
    moov = find(file, 0, size, b"moov")
    if moov is None:
        raise FormatError("no index (moov box)")
    for box in walk(file, moov.start, moov.end):
        if box.kind == b"uuid" and read_exactly(file, box.start, 16, 16) == CANON_UUID:
            for part in walk(file, box.start + 16, box.end):
                if part.kind in CANON_BLOCKS:
                    name = CANON_BLOCKS[part.kind]
                    parts[name] = read_exactly(file, part.start, part.length, EXIF_LIMIT)
    for box in walk(file, 0, size):
        if box.kind == b"uuid" and read_exactly(file, box.start, 16, 16) == XMP_UUID:
            xmp = read_exactly(file, box.start + 16, box.length - 16, XMP_LIMIT)
    return Blocks(
        exif=parts.get("exif"), exif_inner=parts.get("exif_inner"), exif_gps=parts.get("exif_gps"), xmp=xmp
    )
