"""WebP chunks (RFC 9649)."""

import struct
from typing import BinaryIO

from .blocks import EXIF_LIMIT, XMP_LIMIT, Blocks, FormatError, read_exactly, tiff_header

ANIMATION = 0x02
CHUNKS = 100_000


def read_blocks(file: BinaryIO) -> Blocks:
    """Size, EXIF, XMP and length of the animation of a WebP file; raises FormatError for anything else."""
    file.seek(0)
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"WEBP":
        raise FormatError("no WebP")
    size: tuple[int, int] | None = None
    exif = xmp = None
    animated, milliseconds, at = False, 0, 12
    for _ in range(CHUNKS):
        file.seek(at)
        start = file.read(8)
        if len(start) < 8:
            break
        kind, length = struct.unpack("<4sI", start)
        if kind == b"EXIF":
            exif = exif or tiff_header(read_exactly(file, at + 8, length, EXIF_LIMIT))
        elif kind == b"XMP ":
            xmp = xmp or read_exactly(file, at + 8, length, XMP_LIMIT)
        elif kind == b"ANMF":
            frame = file.read(16).ljust(16, b"\0")
            milliseconds += int.from_bytes(frame[12:15], "little")
        elif size is None:
            data = file.read(10)
            size = _size(kind, data)
            animated = kind == b"VP8X" and bool(data[:1]) and bool(data[0] & ANIMATION)
        at += 8 + length + (length & 1)
    width, height = size or (None, None)
    return Blocks(
        width=width,
        height=height,
        exif=exif,
        xmp=xmp,
        animated=animated,
        duration_s=milliseconds / 1000 if animated else None,
    )


def _size(kind: bytes, data: bytes) -> tuple[int, int] | None:
    """The size in the first bytes of a chunk, None when the chunk holds none."""
    if len(data) < 10:
        return None
    if kind == b"VP8X":
        return int.from_bytes(data[4:7], "little") + 1, int.from_bytes(data[7:10], "little") + 1
    if kind == b"VP8 " and data[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 6)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and data[0] == 0x2F:
        bits = int.from_bytes(data[1:5], "little")
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    return None
