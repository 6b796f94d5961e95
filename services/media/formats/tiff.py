"""TIFF directories (TIFF 6.0, EXIF, and the RAW formats built on it), with bounds on everything.

Reads tags by number. Used to name RAW files, to find the size of their largest picture, the maker note, and
the XMP and IPTC blocks of TIFF files; EXIF fields proper go through `services.media.exif`.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from .blocks import EXIF_LIMIT, IPTC_LIMIT, XMP_LIMIT, Blocks, FormatError

MAGIC = {42: "tiff", 0x4F52: "orf", 0x5352: "orf", 0x55: "rw2"}
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
INTEGERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I"}

SUBFILE, WIDTH, HEIGHT, COMPRESSION, PHOTOMETRIC = 0xFE, 0x100, 0x101, 0x103, 0x106
MAKE, SUB_IFDS, EXIF_IFD, MAKER_NOTE = 0x10F, 0x14A, 0x8769, 0x927C
XMP, IPTC, PHOTOSHOP, DNG_VERSION = 0x2BC, 0x83BB, 0x8649, 0xC612

DIRECTORIES = 64
ENTRIES = 1024
VALUES = 4096


@dataclass(frozen=True, slots=True)
class Entry:
    """One tag of a directory; `offset` is where its data begins in the file."""

    type: int
    count: int
    offset: int

    @property
    def length(self) -> int:
        """The data's length in bytes, 0 for an unknown type."""
        return SIZES.get(self.type, 0) * self.count


@dataclass(slots=True)
class Tiff:
    """Reader of the directories of one TIFF stream; construct with `open_tiff`."""

    file: BinaryIO
    order: str
    first: int
    kind: str
    seen: set[int] = field(default_factory=set)

    def directories(self) -> Iterator[dict[int, Entry]]:
        """The chain of directories, each followed by its SubIFDs; at most 64, loops cut."""
        waiting = [self.first]
        while waiting and len(self.seen) < DIRECTORIES:
            offset = waiting.pop(0)
            if offset in self.seen or offset == 0:
                continue
            self.seen.add(offset)
            entries, following = self.directory(offset)
            yield entries
            subs = self.integers(entries[SUB_IFDS])[:DIRECTORIES] if SUB_IFDS in entries else []
            waiting = [*subs, *waiting, following]

    def directory(self, offset: int) -> tuple[dict[int, Entry], int]:
        """The entries of the directory at `offset` and the offset of the next (0 for none).

        Entries that the file ends before are left out.
        """
        (count,) = struct.unpack(self.order + "H", self._at(offset, 2).ljust(2, b"\0"))
        count = min(count, ENTRIES)
        data = self._at(offset + 2, count * 12 + 4)
        entries: dict[int, Entry] = {}
        for index in range(min(count, len(data) // 12)):
            tag, kind, number = struct.unpack_from(self.order + "HHI", data, index * 12)
            place = offset + 2 + index * 12 + 8
            if SIZES.get(kind, 0) * number > 4:
                (place,) = struct.unpack_from(self.order + "I", data, index * 12 + 8)
            entries.setdefault(tag, Entry(kind, number, place))
        tail = data[count * 12 :]
        return entries, struct.unpack(self.order + "I", tail)[0] if len(tail) == 4 else 0

    def integers(self, entry: Entry | None) -> list[int]:
        """The whole numbers of an entry, at most 4096; empty for other types and what cannot be read."""
        if entry is None or entry.type not in INTEGERS:
            return []
        count = min(entry.count, VALUES)
        size = SIZES[entry.type]
        data = self._at(entry.offset, count * size)
        count = len(data) // size
        return list(struct.unpack(f"{self.order}{count}{INTEGERS[entry.type]}", data[: count * size]))

    def integer(self, entry: Entry | None) -> int | None:
        """The first whole number of an entry."""
        return next(iter(self.integers(entry)), None)

    def text(self, entry: Entry | None) -> str:
        """An ASCII entry up to its first NUL, trimmed."""
        if entry is None or entry.type != 2:
            return ""
        return self.data(entry, VALUES).split(b"\0", 1)[0].decode("latin-1").strip()

    def data(self, entry: Entry | None, limit: int) -> bytes:
        """The raw bytes of an entry; empty when absent, above `limit` or cut off."""
        if entry is None or entry.length > limit:
            return b""
        data = self._at(entry.offset, entry.length)
        return data if len(data) == entry.length else b""

    def _at(self, offset: int, length: int) -> bytes:
        self.file.seek(offset)
        return self.file.read(length)


def open_tiff(file: BinaryIO) -> Tiff:
    """A reader over a seekable file that begins with a TIFF header; raises FormatError otherwise."""
    file.seek(0)
    header = file.read(8)
    order = {b"II": "<", b"MM": ">"}.get(header[:2])
    if order is None or len(header) < 8:
        raise FormatError("no TIFF header")
    magic, first = struct.unpack(order + "HI", header[2:])
    if magic not in MAGIC:
        raise FormatError(f"TIFF header with unknown number {magic}")
    return Tiff(file, order, first, MAGIC[magic])


def read_blocks(file: BinaryIO) -> Blocks:
    """Size, XMP and IPTC of a TIFF file; of several pages the first counts, which is the one that is shown."""
    return _blocks(file, lambda sizes: sizes[0])


def read_raw(file: BinaryIO) -> Blocks:
    """The same of a RAW file, whose first picture is often a preview: the largest counts."""
    return _blocks(file, lambda sizes: max(sizes, key=lambda size: size[0] * size[1]))


def _blocks(file: BinaryIO, choose: Callable[[list[tuple[int, int]]], tuple[int, int]]) -> Blocks:
    tiff = open_tiff(file)
    sizes: list[tuple[int, int]] = []
    xmp = iptc = None
    for entries in tiff.directories():
        width, height = tiff.integer(entries.get(WIDTH)), tiff.integer(entries.get(HEIGHT))
        if width and height:
            sizes.append((width, height))
        xmp = xmp or tiff.data(entries.get(XMP), XMP_LIMIT) or None
        iptc = iptc or tiff.data(entries.get(IPTC), IPTC_LIMIT) or None
    width, height = choose(sizes) if sizes else (None, None)
    return Blocks(width=width, height=height, xmp=xmp, iptc=iptc)


def maker_note(file: BinaryIO) -> bytes | None:
    """The raw maker note of a TIFF stream (an EXIF block or a RAW file), None when there is none."""
    tiff = open_tiff(file)
    entries, _ = tiff.directory(tiff.first)
    inner = tiff.integer(entries.get(EXIF_IFD))
    if inner is None:
        return None
    entries, _ = tiff.directory(inner)
    return tiff.data(entries.get(MAKER_NOTE), EXIF_LIMIT) or None
