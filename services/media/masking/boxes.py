"""Places and serial numbers in boxes: MP4, MOV, HEIC, AVIF, JPEG XL. Source: ISO/IEC 14496-12, QuickTime File Format.

User data goes as a whole, as a box of free space; of Apple's keys those that name a place or a number; and every
sample of a track that is neither picture, sound nor text: cameras write positions there while they record.
"""

import io
import struct

from services.media.formats import heif
from services.media.formats.blocks import FormatError, read_exactly
from services.media.formats.isobmff import Box, find, walk
from services.media.masking.jpeg import hide_exif
from services.media.masking.spaces import MOST, Sheet, Space
from services.media.masking.texts import hide_xmp

XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
SPHERE_UUID = bytes.fromhex("ffcc8263f8554a938814587a02521fdd")
SHOWN_TRACKS = frozenset({b"vide", b"auxv", b"pict", b"soun", b"text", b"sbtl", b"subt", b"clcp", b"tmcd"})
_INNER = frozenset({b"moov", b"trak", b"mdia", b"minf", b"edts", b"moof", b"traf"})
_PLAIN = frozenset(
    b"ftyp styp mdat mvhd tkhd mdhd hdlr vmhd smhd nmhd gmhd hmhd sthd dinf stbl elst tref tapt mvex iods pdin".split()
    + b"sidx mfra mfhd tfhd tfdt trun sbgp sgpd saiz saio jxlc jxlp jxli jxll wide clip load imap grpl".split()
) | {b"JXL "}
_NAMES = (b"location", b"gps", b"serial", b"latitude", b"longitude", b"accuracy", b"owner")
DEPTH = 12


def hide_boxes(sheet: Sheet, start: int, end: int) -> None:
    """Cover it in the boxes between two offsets of a file. Raises FormatError."""
    _boxes(sheet, start, end, 0)


def _boxes(sheet: Sheet, start: int, end: int, depth: int) -> None:
    if depth > DEPTH:
        raise FormatError("boxes lie too deep in one another")
    for box in walk(sheet.file, start, end):
        if box.kind in _INNER:
            if box.kind == b"trak":
                _samples(sheet, box)
            _boxes(sheet, box.start, box.end, depth + 1)
        elif box.kind == b"meta":
            _meta(sheet, box)
        elif box.kind == b"uuid":
            _uuid(sheet, box)
        elif box.kind == b"Exif":
            hide_exif(sheet.space(box.start, box.length))
        elif box.kind == b"xml ":
            hide_xmp(sheet.space(box.start, box.length))
        elif box.kind == b"mpvd":
            _boxes(sheet, box.start, box.end, depth + 1)
        elif box.kind in (b"free", b"skip"):
            sheet.cover(box.start, box.length)
        elif box.kind not in _PLAIN:
            _free(sheet, box)


def _free(sheet: Sheet, box: Box) -> None:
    """Make a box one of free space."""
    kind = (
        box.start - 4 if sheet.read(box.start - 4, 4) == box.kind else box.start - 12
    )  # a length of 64 bits
    sheet.cover(kind, 4, b"free")
    sheet.cover(box.start, box.length)


def _uuid(sheet: Sheet, box: Box) -> None:
    name = sheet.read(box.start, 16) if box.length >= 16 else b""
    if name == XMP_UUID:
        hide_xmp(sheet.space(box.start + 16, box.length - 16))
    elif name != SPHERE_UUID:
        _free(sheet, box)


def _meta(sheet: Sheet, box: Box) -> None:
    """Apple's keys and values, or the items of a picture."""
    inner = (
        box.start if sheet.read(box.start, 8)[4:] == b"hdlr" else box.start + 4
    )  # QuickTime has no version here
    kinds = {inside.kind: inside for inside in walk(sheet.file, inner, box.end)}
    if b"iloc" in kinds:
        _items(sheet, box)
    elif b"keys" in kinds and b"ilst" in kinds:
        _keys(sheet, kinds[b"keys"], kinds[b"ilst"])
    elif kinds:
        _free(sheet, box)


def _keys(sheet: Sheet, keys: Box, values: Box) -> None:
    hidden: set[int] = set()
    at, number = keys.start + 8, 0
    while at + 8 <= keys.end:
        number += 1
        size = int.from_bytes(sheet.read(at, 4), "big")
        if size < 8 or at + size > keys.end:
            raise FormatError("a table of keys makes no sense")
        name = sheet.read(at + 8, size - 8).lower()
        if any(word in name for word in _NAMES):
            hidden.add(number)
            sheet.cover(at + 8, size - 8, b"x")
        at += size
    for box in walk(sheet.file, values.start, values.end):
        if int.from_bytes(box.kind, "big") in hidden:
            for data in walk(sheet.file, box.start, box.end):
                sheet.cover(data.start + 8, data.length - 8, b" ")


def _items(sheet: Sheet, box: Box) -> None:
    """The EXIF and XMP items of a picture, wherever they lie."""
    data = read_exactly(sheet.file, box.start, box.length, heif.META_LIMIT)
    meta = heif.Meta(io.BytesIO(data), len(data), sheet.file)
    items = dict(heif.list_items(meta))
    idat = meta.child(b"idat")
    for number, place in heif.list_places(meta):
        item = items.get(number)
        if item is None or item.kind not in (b"Exif", b"mime", b"uri "):
            continue
        if place.inside and idat is None:
            raise FormatError("an item lies in a box that is not there")
        base = box.start + idat.start if place.inside and idat is not None else 0
        end = sheet.size
        pieces = tuple((base + at, length or end - at) for at, length in place.extents)
        if any(at + length > end for at, length in pieces):
            raise FormatError("an item lies outside of the file")
        space = Space(sheet, pieces)
        if item.kind == b"Exif":
            hide_exif(space)
        elif item.content_type == b"application/rdf+xml":
            hide_xmp(space)
        else:
            space.cover(0, space.length)


def _samples(sheet: Sheet, track: Box) -> None:
    """The samples of a track that is no picture, sound or text."""
    handler = find(sheet.file, track.start, track.end, b"mdia", b"hdlr")
    kind = sheet.read(handler.start + 8, 4) if handler is not None and handler.length >= 12 else b""
    if kind in SHOWN_TRACKS:
        return
    table = find(sheet.file, track.start, track.end, b"mdia", b"minf", b"stbl")
    if table is None:
        return
    boxes = {box.kind: box for box in walk(sheet.file, table.start, table.end)}
    offsets = _numbers(sheet, boxes.get(b"co64"), 8) or _numbers(sheet, boxes.get(b"stco"), 4)
    sizes = _sizes(sheet, boxes.get(b"stsz"))
    runs = _runs(sheet, boxes.get(b"stsc"))
    sample = 0
    for chunk, offset in enumerate(offsets, 1):
        count = next((many for first, many in reversed(runs) if first <= chunk), 0)
        length = sum(sizes[sample : sample + count]) if isinstance(sizes, list) else sizes * count
        sample += count
        if isinstance(sizes, list) and sample > len(sizes):
            raise FormatError("a track has more samples than it says")
        sheet.cover(offset, length)


def _numbers(sheet: Sheet, box: Box | None, width: int) -> list[int]:
    if box is None:
        return []
    count = int.from_bytes(sheet.read(box.start + 4, 4), "big")
    if count > MOST:
        raise FormatError("a track has more pieces than anybody writes")
    data = sheet.read(box.start + 8, count * width)
    return list(struct.unpack(f">{count}{'Q' if width == 8 else 'I'}", data))


def _sizes(sheet: Sheet, box: Box | None) -> list[int] | int:
    if box is None:
        return []
    same, count = struct.unpack(">II", sheet.read(box.start + 4, 8))
    if same:
        return int(same)
    data = sheet.read(box.start + 12, 4 * count)
    return list(struct.unpack(f">{count}I", data))


def _runs(sheet: Sheet, box: Box | None) -> list[tuple[int, int]]:
    """(first chunk, samples in each) by rising chunk."""
    if box is None:
        return []
    count = int.from_bytes(sheet.read(box.start + 4, 4), "big")
    data = sheet.read(box.start + 8, 12 * count)
    return [struct.unpack_from(">II", data, 12 * n) for n in range(count)]
