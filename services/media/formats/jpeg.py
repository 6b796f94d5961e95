"""JPEG segments up to the picture data (ISO/IEC 10918-1, JFIF, EXIF, Adobe XMP part 3)."""

import struct
from typing import BinaryIO

from .blocks import IPTC_LIMIT, Blocks, FormatError, tiff_header

XMP_START = b"http://ns.adobe.com/xap/1.0/\0"
PHOTOSHOP_START = b"Photoshop 3.0\0"
IPTC_RESOURCE = 0x0404
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers that carry the size; the three left out are tables."""
ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length."""
SEGMENTS = 4096


def read_blocks(file: BinaryIO) -> Blocks:
    """Size, EXIF, XMP and IPTC of a JPEG file.

    A JPEG cut off before its picture data gives what came before, and says so. Raises FormatError
    for anything that does not begin like a JPEG.
    """
    file.seek(0)
    if file.read(2) != b"\xff\xd8":
        raise FormatError("no JPEG")
    width = height = None
    exif = xmp = None
    photoshop = b""
    problems: tuple[str, ...] = ()
    try:
        for _ in range(SEGMENTS):
            marker, data = _segment(file)
            if marker == 0xE1 and data.startswith(b"Exif\0") and exif is None:
                exif = tiff_header(data)
            elif marker == 0xE1 and data.startswith(XMP_START) and xmp is None:
                xmp = data[len(XMP_START) :]
            elif marker == 0xED and data.startswith(PHOTOSHOP_START):
                photoshop += data[len(PHOTOSHOP_START) :]
            elif marker in FRAMES and len(data) >= 5:
                height, width = struct.unpack_from(">HH", data, 1)
            elif marker in (0xD9, 0xDA):
                break
            if len(photoshop) > IPTC_LIMIT:
                raise FormatError("more Photoshop data than anybody writes")
    except FormatError as error:
        problems = (f"JPEG header: {error}",)
    return Blocks(
        width=width or None,
        height=height or None,
        exif=exif,
        xmp=xmp,
        iptc=find_iptc(photoshop),
        problems=problems,
    )


def find_iptc(resources: bytes) -> bytes | None:
    """The IPTC block among Photoshop image resources."""
    at = 0
    while resources[at : at + 4] == b"8BIM" and at + 12 <= len(resources):
        (kind,) = struct.unpack_from(">H", resources, at + 4)
        name = resources[at + 6] + 1
        at += 6 + name + (name & 1)
        if at + 4 > len(resources):
            return None
        (size,) = struct.unpack_from(">I", resources, at)
        if kind == IPTC_RESOURCE:
            return resources[at + 4 : at + 4 + size]
        at += 4 + size + (size & 1)
    return None


def _segment(file: BinaryIO) -> tuple[int, bytes]:
    """The next marker and its data; stray bytes before a marker are skipped, as decoders do."""
    byte = file.read(1)
    for _ in range(1 << 16):
        if byte in (b"\xff", b""):
            break
        byte = file.read(1)
    while byte == b"\xff":
        byte = file.read(1)
    if byte == b"":
        raise FormatError("the file ends before the picture")
    marker = byte[0]
    if marker in ALONE or marker == 0xD9:
        return marker, b""
    (length,) = struct.unpack(">H", file.read(2).rjust(2, b"\0"))
    data = file.read(max(length - 2, 0))
    if length < 2 or len(data) < length - 2:
        raise FormatError("a segment is cut off")
    return marker, data
