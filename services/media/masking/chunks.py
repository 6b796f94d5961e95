"""Places and serial numbers in chunks: PNG, whose checksums are put right, and WebP."""

import re
import struct
import zlib

from services.media.formats.blocks import FormatError
from services.media.formats.png import RAW_PROFILE, SIGNATURE, XMP_KEYWORD
from services.media.masking.jpeg import hide_exif
from services.media.masking.spaces import Sheet, Space, apply, in_order
from services.media.masking.texts import hide_xmp

CHUNKS = 100_000
PRIVATE = b"hyPm"
"""A chunk that no program knows, and that may be ignored: what a covered text becomes."""
_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_TOLD = re.compile(rb"gps|latitude|longitude|altitude|serial|location|exif|xmp|iptc|owner", re.IGNORECASE)


def hide_png(sheet: Sheet) -> None:
    """Cover it in a PNG. Raises FormatError."""
    if sheet.read(0, 8) != SIGNATURE:
        raise FormatError("no PNG")
    at = 8
    for _ in range(CHUNKS):
        if at + 12 > sheet.size:
            return
        size, kind = struct.unpack(">I4s", sheet.read(at, 8))
        if at + 12 + size > sheet.size:
            return  # cut off
        if kind == b"eXIf" or kind in _TEXTS:
            _chunk(sheet, at, kind, size)
        at += 12 + size


def _chunk(sheet: Sheet, at: int, kind: bytes, size: int) -> None:
    space, before = sheet.space(at + 8, size), len(sheet.masks)
    if kind == b"eXIf":
        hide_exif(space)
    else:
        _text(sheet, at, kind, space)
    if len(sheet.masks) > before:
        sheet.masks[before:] = in_order(sheet.masks[before:])
        changed = apply(sheet.masks[before:], at + 4, sheet.read(at + 4, 4 + size))
        sheet.cover(at + 8 + size, 4, zlib.crc32(changed).to_bytes(4, "big"))


def _text(sheet: Sheet, at: int, kind: bytes, space: Space) -> None:
    head = space.read(0, min(space.length, 100))
    keyword = head.partition(b"\0")[0]
    if kind == b"iTXt" and keyword == XMP_KEYWORD and head[len(keyword) + 1 : len(keyword) + 2] == b"\0":
        start = _after_languages(space, len(keyword) + 3)
        hide_xmp(space.part(start, space.length - start))
    elif keyword.startswith(RAW_PROFILE) or keyword == XMP_KEYWORD or _TOLD.search(keyword):
        sheet.cover(at + 4, 4, PRIVATE)
        space.cover(0, space.length)


def _after_languages(space: Space, at: int) -> int:
    """Where the text of an iTXt chunk begins: after its language and the keyword in that language."""
    data = space.read(at, min(space.length - at, 4096))
    first = data.find(b"\0")
    second = data.find(b"\0", first + 1)
    if first < 0 or second < 0:
        raise FormatError("a text has no end of its keyword")
    return at + second + 1


def hide_webp(sheet: Sheet) -> None:
    """Cover it in a WebP. Raises FormatError."""
    head = sheet.read(0, 12)
    if head[:4] != b"RIFF" or head[8:] != b"WEBP":
        raise FormatError("no WebP")
    at = 12
    for _ in range(CHUNKS):
        if at + 8 > sheet.size:
            return
        kind, size = struct.unpack("<4sI", sheet.read(at, 8))
        if at + 8 + size > sheet.size:
            return
        if kind == b"EXIF":
            hide_exif(sheet.space(at + 8, size))
        elif kind == b"XMP ":
            hide_xmp(sheet.space(at + 8, size))
        at += 8 + size + (size & 1)
