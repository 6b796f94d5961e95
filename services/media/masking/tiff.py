"""Places and serial numbers in TIFF structures: EXIF blocks, TIFF files, DNG.

The directory of the position goes altogether, with the values it points to; so do maker notes, which hold serial
numbers in as many ways as there are makers. Source: TIFF 6.0, EXIF 3.0, DNG 1.7.
"""

import struct
from collections.abc import Callable

from services.media.formats.blocks import FormatError
from services.media.masking.spaces import Space
from services.media.masking.texts import hide_iptc, hide_resources, hide_xmp

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 129: 1}
_GPS, _EXIF, _SUB = 0x8825, 0x8769, 0x014A
_XMP, _IPTC, _PHOTOSHOP = 0x02BC, 0x83BB, 0x8649
_THUMB_AT, _THUMB_LENGTH = 0x0201, 0x0202
BLANKED = frozenset(
    {
        0x927C,  # MakerNote
        0xA430, 0xA431, 0xA435,  # owner, body and lens serial number
        0xC62F, 0xC634, 0xC68B,  # DNG: camera serial number, private data, name of the original
        0xFDE8, 0xFDE9,  # owner and serial number, as Camera Raw writes them
    }
)  # fmt: skip
MOST_DIRECTORIES, MOST_ENTRIES = 200, 4096

Thumb = Callable[[Space], None]


def hide_tiff(space: Space, thumb: Thumb | None = None) -> None:
    """Cover it in a block that begins with a TIFF header; `thumb` is given each JPEG inside. Raises FormatError."""
    mark = space.read(0, 4)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(mark)
    if order is None:
        raise FormatError("no TIFF header")
    _Walk(space, order, thumb).directory(space.number(f"{order}I", 4))


class _Walk:
    def __init__(self, space: Space, order: str, thumb: Thumb | None) -> None:
        self._space = space
        self._order = order
        self._thumb = thumb
        self._seen: set[int] = set()

    def directory(self, at: int) -> None:
        """A directory, those it points to, and those after it."""
        while at and at not in self._seen:
            self._seen.add(at)
            if len(self._seen) > MOST_DIRECTORIES:
                raise FormatError("more directories than any file has")
            entries, end = self._entries(at)
            thumb = {}
            for tag, kind, count, place in entries:
                if tag in (_THUMB_AT, _THUMB_LENGTH):
                    thumb[tag] = self._number(kind, place)
                self._entry(tag, kind, count, place)
            if self._thumb and len(thumb) == 2:
                self._thumb(self._space.part(thumb[_THUMB_AT], thumb[_THUMB_LENGTH]))
            at = self._space.number(f"{self._order}I", end) if end + 4 <= self._space.length else 0

    def _entries(self, at: int) -> tuple[list[tuple[int, int, int, int]], int]:
        """(tag, kind, count, place of the value field) of each entry, and where they end."""
        number = self._space.number(f"{self._order}H", at)
        if number > MOST_ENTRIES:
            raise FormatError("more entries than any directory has")
        data = self._space.read(at + 2, 12 * number)
        entries = [struct.unpack_from(f"{self._order}HHI", data, 12 * n) for n in range(number)]
        found = [(*entry, at + 2 + 12 * n + 8) for n, entry in enumerate(entries)]
        return found, at + 2 + 12 * number

    def _entry(self, tag: int, kind: int, count: int, place: int) -> None:
        if tag == _GPS:
            self._position(self._number(kind, place), place - 8)
        elif tag in (_EXIF, _SUB):
            for at in self._pointers(kind, count, place):
                self.directory(at)
        elif tag in BLANKED:
            at, size = self._value(kind, count, place)
            self._space.cover(at, size)
        elif tag in (_XMP, _IPTC, _PHOTOSHOP):
            at, size = self._value(kind, count, place)
            hide = {_XMP: hide_xmp, _IPTC: hide_iptc, _PHOTOSHOP: hide_resources}[tag]
            hide(self._space.part(at, size))

    def _position(self, at: int, entry: int) -> None:
        """The directory of the position: its values, and then itself: it has no entries any more."""
        if at in self._seen:
            raise FormatError("a directory is two things at once")
        self._seen.add(at)
        entries, end = self._entries(at)
        for _, kind, count, place in entries:
            start, size = self._value(kind, count, place)
            if start != place:
                self._space.cover(start, size)
        self._space.cover(at, min(end + 4, self._space.length) - at)

    def _value(self, kind: int, count: int, place: int) -> tuple[int, int]:
        """Where a value is, and how long."""
        size = _SIZES.get(kind, 1) * count
        if size <= 4:
            return place, 4
        return self._space.number(f"{self._order}I", place), size

    def _number(self, kind: int, place: int) -> int:
        return self._space.number(f"{self._order}{'H' if kind == 3 else 'I'}", place)

    def _pointers(self, kind: int, count: int, place: int) -> list[int]:
        if count > MOST_DIRECTORIES:
            raise FormatError("more directories than any file has")
        if count <= 1:
            return [self._number(kind, place)]
        at = self._space.number(f"{self._order}I", place)
        return [self._space.number(f"{self._order}I", at + 4 * n) for n in range(count)]
