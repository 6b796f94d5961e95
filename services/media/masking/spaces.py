"""Masks, where they are collected, and how they are put over bytes that are read.

A mask covers `length` bytes from `offset` with a pattern that repeats. A *space* is a piece of a file, or several
pieces that belong together, read and covered by positions of its own.
"""

import struct
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from services.media.formats.blocks import FormatError

MOST = 20_000
"""Masks of one file; more is nothing that anybody wrote."""
MOST_READ = 64 << 20
"""Bytes of a file that are looked at, and of one block."""


@dataclass(frozen=True, slots=True)
class Mask:
    """`pattern`, repeated, instead of the `length` bytes at `offset`."""

    offset: int
    length: int
    pattern: bytes = b"\0"

    def part(self, start: int, end: int) -> bytes:
        """The bytes that cover `start` to `end` (exclusive), which lie inside."""
        first = (start - self.offset) % len(self.pattern)
        times = (end - start + first) // len(self.pattern) + 1
        return (self.pattern * times)[first : first + end - start]


def apply(masks: Sequence[Mask], position: int, data: bytes) -> bytes:
    """The bytes that lie at `position` of a file, with its masks (in order) over them."""
    end = position + len(data)
    covered: bytearray | None = None
    at = max(bisect_right(masks, position, key=lambda mask: mask.offset) - 1, 0)
    while at < len(masks) and masks[at].offset < end:
        mask = masks[at]
        start, stop = max(mask.offset, position), min(mask.offset + mask.length, end)
        if start < stop:
            covered = bytearray(data) if covered is None else covered
            covered[start - position : stop - position] = mask.part(start, stop)
        at += 1
    return data if covered is None else bytes(covered)


def in_order(masks: Iterable[Mask]) -> list[Mask]:
    """The masks by where they lie, each byte covered once."""
    found: list[Mask] = []
    for mask in sorted(masks, key=lambda mask: mask.offset):
        end = found[-1].offset + found[-1].length if found else 0
        last = mask.offset + mask.length
        if found and end >= mask.offset and found[-1].pattern == mask.pattern and len(mask.pattern) == 1:
            found[-1] = Mask(found[-1].offset, max(end, last) - found[-1].offset, mask.pattern)
        elif mask.offset >= end:
            found.append(mask)
        elif last > end:  # what lies below another one is covered already
            turn = (end - mask.offset) % len(mask.pattern)
            found.append(Mask(end, last - end, mask.pattern[turn:] + mask.pattern[:turn]))
    return found


def to_json(masks: Iterable[Mask]) -> list[list[Any]]:
    """Masks as they are stored and sent."""
    return [[m.offset, m.length, m.pattern.hex()] for m in masks]


def from_json(value: Any) -> tuple[Mask, ...]:
    """Masks again; raises ValueError for anything else."""
    try:
        found = tuple(Mask(int(at), int(length), bytes.fromhex(pattern)) for at, length, pattern in value)
    except (TypeError, ValueError) as error:
        raise ValueError("these are no masks") from error
    end = 0
    for mask in found:
        if mask.offset < end or mask.length <= 0 or not mask.pattern:
            raise ValueError("these are no masks")
        end = mask.offset + mask.length
    return found


@dataclass(slots=True)
class Sheet:
    """The masks that were found in one file so far, and how much of it may still be read."""

    file: BinaryIO
    size: int
    masks: list[Mask] = field(default_factory=list)
    left: int = MOST_READ

    def read(self, offset: int, length: int) -> bytes:
        """Bytes of the file, as they are; raises FormatError when they are not there, or too much was read."""
        if length < 0 or offset < 0 or offset + length > self.size:
            raise FormatError("a block lies outside of the file")
        self.left -= length
        if self.left < 0:
            raise FormatError("the metadata asks for more reading than is allowed")
        self.file.seek(offset)
        data = self.file.read(length)
        if len(data) != length:
            raise FormatError("the file ends early")
        return data

    def cover(self, offset: int, length: int, pattern: bytes = b"\0") -> None:
        """Add a mask."""
        if length <= 0:
            return
        if offset < 0 or offset + length > self.size or len(self.masks) >= MOST:
            raise FormatError("there is more to hide than a file has")
        self.masks.append(Mask(offset, length, pattern))

    def space(self, offset: int, length: int) -> "Space":
        """One piece of the file."""
        return Space(self, ((offset, length),))


@dataclass(frozen=True, slots=True)
class Space:
    """Pieces of a file, (offset, length) each, as one."""

    sheet: Sheet
    pieces: tuple[tuple[int, int], ...]

    @property
    def length(self) -> int:
        """Their length together."""
        return sum(length for _, length in self.pieces)

    def read(self, at: int, length: int) -> bytes:
        """Some bytes of it; raises FormatError when they are not all inside."""
        return b"".join(self.sheet.read(offset, size) for offset, size in self._places(at, length))

    def all(self) -> bytes:
        """Everything."""
        return self.read(0, self.length)

    def cover(self, at: int, length: int, pattern: bytes = b"\0") -> None:
        """Hide some bytes of it."""
        for offset, size in self._places(at, length):
            self.sheet.cover(offset, size, pattern)

    def part(self, at: int, length: int) -> "Space":
        """Some of it as a space of its own."""
        return Space(self.sheet, tuple(self._places(at, length)))

    def number(self, form: str, at: int) -> int:
        """A number in it, by a format of `struct`."""
        return int(struct.unpack(form, self.read(at, struct.calcsize(form)))[0])

    def _places(self, at: int, length: int) -> list[tuple[int, int]]:
        if at < 0 or length < 0 or at + length > self.length:
            raise FormatError("a block reaches beyond its end")
        found, begin = [], 0
        for offset, size in self.pieces:
            start, stop = max(at, begin), min(at + length, begin + size)
            if start < stop:
                found.append((offset + start - begin, stop - start))
            begin += size
        return found
