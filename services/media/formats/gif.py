"""GIF blocks (GIF89a), without unpacking a pixel."""

import struct
from typing import BinaryIO

from .blocks import XMP_LIMIT, Blocks, FormatError

XMP_APPLICATION = b"XMP DataXMP"
BLOCKS = 1_000_000
"""Blocks and sub-blocks walked in one file; what lies beyond does not count."""


def read_blocks(file: BinaryIO) -> Blocks:
    """Size, XMP and length of one run of a GIF file.

    A delay below 0.02 s counts as 0.1 s, as every browser shows it. Raises FormatError for anything else.
    """
    file.seek(0)
    head = file.read(13)
    if head[:6] not in (b"GIF87a", b"GIF89a") or len(head) < 13:
        raise FormatError("no GIF")
    width, height = struct.unpack_from("<HH", head, 6)
    _skip_colours(file, head[10])
    walk = _Walk(file)
    frames = hundredths = delay = 0
    xmp = None
    while (kind := file.read(1)) in (b"\x21", b"\x2c") and walk.left > 0:
        if kind == b"\x2c":
            descriptor = file.read(9).ljust(9, b"\0")
            _skip_colours(file, descriptor[8])
            file.read(1)
            walk.skip()
            frames, hundredths, delay = frames + 1, hundredths + (delay if delay >= 2 else 10), 0
            continue
        label = file.read(1)
        first = walk.block()
        if label == b"\xf9" and len(first) >= 4:
            (delay,) = struct.unpack_from("<H", first, 1)
        if label == b"\xff" and first == XMP_APPLICATION and xmp is None:
            xmp = _xmp(file)
        elif first:
            walk.skip()
    return Blocks(
        width=width or None,
        height=height or None,
        xmp=xmp,
        animated=frames > 1,
        duration_s=hundredths / 100 if frames > 1 else None,
    )


class _Walk:
    """Sub-blocks, counted."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.left = BLOCKS

    def block(self) -> bytes:
        """The next sub-block; empty at the end of a run."""
        self.left -= 1
        size = self.file.read(1)
        return self.file.read(size[0]) if size else b""

    def skip(self) -> None:
        """Goes past the end of the run of sub-blocks."""
        while self.left > 0 and self.block():
            pass


def _skip_colours(file: BinaryIO, flags: int) -> None:
    if flags & 0x80:
        file.read(3 << ((flags & 7) + 1))


def _xmp(file: BinaryIO) -> bytes | None:
    """The packet, which lies there in one piece and ends with a ramp of bytes FF..00 (Adobe XMP part 3)."""
    data = file.read(XMP_LIMIT)
    end = data.find(b"\x01\xff\xfe\xfd")
    if end < 0:
        raise FormatError("the XMP block has no end")
    file.seek(end + 258 - len(data), 1)
    return data[:end]
