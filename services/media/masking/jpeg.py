"""Places and serial numbers in JPEG: its segments, the small picture inside, and what is hung on behind it."""

from services.media.formats.blocks import FormatError, tiff_header
from services.media.formats.jpeg import ALONE, PHOTOSHOP_START, SEGMENTS, XMP_START
from services.media.masking.spaces import Space
from services.media.masking.texts import hide_resources, hide_xmp
from services.media.masking.tiff import hide_tiff

EXTENSION_START = b"http://ns.adobe.com/xmp/extension/\0"
_EXTENSION_HEAD = len(EXTENSION_START) + 40
KEPT = {
    0xE0: (b"JFIF\0", b"JFXX\0"),
    0xE2: (b"ICC_PROFILE\0", b"MPF\0", b"urn:iso:std:iso:ts:21496"),
    0xEE: (b"Adobe",),
}
"""Application segments that tell how to show the picture; all others that are not understood are covered."""


def hide_segments(space: Space) -> int:
    """Cover it in the segments before the picture data; answers where these end. Raises FormatError."""
    if space.read(0, 2) != b"\xff\xd8":
        raise FormatError("no JPEG")
    at = 2
    for _ in range(SEGMENTS):
        if at + 4 > space.length:
            return space.length
        head = space.read(at, 4)
        if head[0] != 0xFF:
            raise FormatError("stray bytes between segments")
        marker, length = head[1], int.from_bytes(head[2:], "big")
        if marker == 0xFF:
            at += 1
            continue
        if marker in ALONE:
            at += 2
            continue
        if marker == 0xD9:
            return at + 2
        if length < 2 or at + 2 + length > space.length:
            raise FormatError("a segment is cut off")
        if marker == 0xDA:
            return at + 2 + length
        if 0xE0 <= marker <= 0xEF:
            _segment(marker, space.part(at + 4, length - 2))
        at += 2 + length
    raise FormatError("more segments than any picture has")


def hide_thumb(space: Space) -> None:
    """The small picture in an EXIF block, where it is one."""
    if space.length >= 4 and space.read(0, 2) == b"\xff\xd8":
        hide_segments(space)


def hide_exif(space: Space) -> None:
    """An EXIF block, with or without its name before the TIFF header; one that makes no sense is covered whole."""
    head = space.read(0, min(space.length, 70))
    found = tiff_header(head)
    before = len(space.sheet.masks)
    try:
        if found is None:
            raise FormatError("no TIFF header")
        start = len(head) - len(found)
        hide_tiff(space.part(start, space.length - start), hide_thumb)
    except FormatError:
        del space.sheet.masks[before:]
        space.cover(0, space.length)


def _segment(marker: int, space: Space) -> None:
    head = space.read(0, min(space.length, 80))
    if marker == 0xE1 and head.startswith(b"Exif\0"):
        hide_exif(space.part(6, space.length - 6) if space.length > 6 else space)
    elif marker == 0xE1 and head.startswith(XMP_START):
        hide_xmp(space.part(len(XMP_START), space.length - len(XMP_START)))
    elif marker == 0xE1 and head.startswith(EXTENSION_START) and space.length > _EXTENSION_HEAD:
        _extension(space.part(_EXTENSION_HEAD, space.length - _EXTENSION_HEAD))
    elif marker == 0xED and head.startswith(PHOTOSHOP_START):
        hide_resources(space.part(len(PHOTOSHOP_START), space.length - len(PHOTOSHOP_START)))
    elif not head.startswith(KEPT.get(marker, ())):
        space.cover(0, space.length)


def _extension(space: Space) -> None:
    """A piece of a long XMP packet: what it says may begin in one piece and end in the next."""
    data = space.all().lower()
    if any(word in data for word in (b"gps", b"latitude", b"longitude", b"serial", b"location")):
        space.cover(0, space.length, b" ")
