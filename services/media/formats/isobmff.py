"""Boxes of the ISO base media file format (ISO/IEC 14496-12): MP4, MOV, HEIF, AVIF, CR3."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from .blocks import FormatError

BOXES = 100_000
"""Boxes looked at in one run."""


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its four-letter kind and where its payload begins and ends."""

    kind: bytes
    start: int
    end: int

    @property
    def length(self) -> int:
        """The payload's length in bytes."""
        return self.end - self.start


def file_size(file: BinaryIO) -> int:
    """The length of a seekable file in bytes."""
    return file.seek(0, 2)


def walk(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """The boxes between two offsets, in order.

    Raises FormatError for a box with an impossible size; one that reaches beyond `end` is cut there,
    as in a file that is still being copied.
    """
    at = start
    for _ in range(BOXES):
        if at + 8 > end:
            return
        file.seek(at)
        head = file.read(16)
        size, kind = struct.unpack(">I4s", head[:8])
        payload = at + 8
        if size == 1 and len(head) == 16:
            (size,) = struct.unpack(">Q", head[8:])
            payload = at + 16
        elif size == 0:
            size = end - at
        if size < payload - at:
            raise FormatError(f"a box of impossible size {size} at {at}")
        yield Box(kind, payload, min(at + size, end))
        at += size


def find(file: BinaryIO, start: int, end: int, *path: bytes) -> Box | None:
    """The first box down a path of kinds."""
    for box in walk(file, start, end):
        if box.kind == path[0]:
            return box if len(path) == 1 else find(file, box.start, box.end, *path[1:])
    return None
