"""PNG chunks (PNG 3rd edition), also after the picture data, with bounds on compressed text."""

import struct
import zlib
from typing import BinaryIO

from .blocks import EXIF_LIMIT, IPTC_LIMIT, XMP_LIMIT, Blocks, FormatError, read_exactly, tiff_header
from .jpeg import find_iptc

SIGNATURE = b"\x89PNG\r\n\x1a\n"
XMP_KEYWORD = b"XML:com.adobe.xmp"
RAW_PROFILE = b"Raw profile type "
"""ImageMagick's text chunks: a length and hexadecimal digits of an EXIF, IPTC or XMP block."""
RAW_PROFILES = {b"exif": "exif", b"APP1": "exif", b"iptc": "iptc", b"xmp": "xmp"}
CHUNKS = 100_000
TEXT_LIMIT = 2 * EXIF_LIMIT


def read_blocks(file: BinaryIO) -> Blocks:
    """Size, EXIF, XMP, IPTC and length of the animation (APNG) of a PNG file.

    Raises FormatError for anything that does not begin like a PNG; one cut off later gives what came before.
    """
    file.seek(0)
    head = file.read(33)
    if head[:8] != SIGNATURE or head[12:16] != b"IHDR" or len(head) < 33:
        raise FormatError("no PNG")
    width, height = struct.unpack_from(">II", head, 16)
    found: dict[str, bytes] = {}
    problems: list[str] = []
    animated, duration, at = False, 0.0, 33
    for _ in range(CHUNKS):
        file.seek(at)
        start = file.read(8)
        if len(start) < 8 or start[4:] == b"IEND":
            break
        (size,) = struct.unpack(">I", start[:4])
        kind = start[4:]
        if kind in (b"eXIf", b"iTXt", b"zTXt", b"tEXt"):
            try:
                for name, block in _blocks(kind, read_exactly(file, at + 8, size, TEXT_LIMIT)):
                    found.setdefault(name, block)
            except FormatError as error:
                problems.append(f"PNG metadata: {error}")
        elif kind == b"acTL":
            animated = struct.unpack(">I", file.read(4).ljust(4, b"\0"))[0] > 1
        elif kind == b"fcTL" and size == 26:
            delay, per_second = struct.unpack_from(">HH", file.read(26).ljust(26, b"\0"), 20)
            duration += delay / (per_second or 100)
        at += 12 + size
    iptc = found.get("iptc")
    return Blocks(
        width=width or None,
        height=height or None,
        exif=tiff_header(found["exif"]) if "exif" in found else None,
        xmp=found.get("xmp"),
        iptc=find_iptc(iptc) or iptc if iptc else None,
        animated=animated,
        duration_s=round(duration, 3) if animated else None,
        problems=tuple(problems),
    )


def _blocks(kind: bytes, data: bytes) -> list[tuple[str, bytes]]:
    """The metadata block in an EXIF or text chunk under its name, or nothing."""
    if kind == b"eXIf":
        return [("exif", data)]
    keyword, _, rest = data.partition(b"\0")
    if kind == b"iTXt" and keyword == XMP_KEYWORD and len(rest) >= 2:
        compressed = rest[0] == 1
        packet = rest[2:].split(b"\0", 2)[-1]
        return [("xmp", _inflate(packet, XMP_LIMIT) if compressed else packet)]
    if keyword.startswith(RAW_PROFILE) and kind != b"iTXt":
        name = RAW_PROFILES.get(keyword[len(RAW_PROFILE) :])
        text = _inflate(rest[1:], TEXT_LIMIT) if kind == b"zTXt" else rest
        if name is not None:
            return [(name, _raw_profile(text)[: IPTC_LIMIT if name == "iptc" else None])]
    return []


def _raw_profile(text: bytes) -> bytes:
    """The block written as a line of name, one of length, and hexadecimal ones."""
    lines = text.strip().splitlines()
    try:
        return bytes.fromhex(b"".join(lines[2:]).decode("ascii", errors="replace"))
    except ValueError as error:
        raise FormatError("a raw profile is not hexadecimal") from error


def _inflate(data: bytes, limit: int) -> bytes:
    """Inflated text; raises FormatError above `limit` bytes or for broken data."""
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(data, limit)
    except zlib.error as error:
        raise FormatError("compressed text is broken") from error
    if inflater.unconsumed_tail:
        raise FormatError(f"compressed text is above the limit of {limit} bytes")
    return text
