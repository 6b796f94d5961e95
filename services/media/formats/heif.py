"""The metadata box of HEIF and AVIF (ISO/IEC 23008-12, 23000-22): reads a few KiB, never the picture."""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from .blocks import EXIF_LIMIT, XMP_LIMIT, Blocks, FormatError, read_exactly, tiff_header
from .isobmff import Box, file_size, find, walk

META_LIMIT = 4 << 20
ITEMS = 65_536
SEQUENCES = (b"avis", b"msf1", b"hevc", b"hevx")
HDR_TRANSFERS = (16, 18)
"""PQ and HLG among the transfer characteristics of ITU-T H.273."""


@dataclass(frozen=True, slots=True)
class _Item:
    kind: bytes
    content_type: bytes


@dataclass(frozen=True, slots=True)
class _Place:
    """Extents of an item; `inside` when they count from the start of the `idat` box."""

    inside: bool
    extents: tuple[tuple[int, int], ...]


@dataclass(slots=True)
class Meta:
    """The `meta` box in memory and the file around it."""

    data: BinaryIO
    end: int
    file: BinaryIO

    def child(self, *path: bytes) -> Box | None:
        """A box inside, down a path of kinds."""
        return find(self.data, 4, self.end, *path)

    def content(self, box: Box) -> bytes:
        """The payload of a box inside."""
        return read_exactly(self.data, box.start, box.length, META_LIMIT)

    def item_data(self, place: _Place, limit: int) -> bytes:
        """The bytes of an item."""
        base = 0
        if place.inside:
            idat = self.child(b"idat")
            if idat is None:
                raise FormatError("an item lies in a box that is not there")
            base = idat.start
        if sum(length for _, length in place.extents) > limit:
            raise FormatError(f"an item is above the limit of {limit} bytes")
        source = self.data if place.inside else self.file
        return b"".join(read_exactly(source, base + at, length, limit) for at, length in place.extents)


def read_blocks(file: BinaryIO) -> Blocks:
    """Size, turn, EXIF and XMP of a HEIF or AVIF file.

    The size is that of the primary item, so that thumbnails, depth maps and gain maps never count.
    Raises FormatError when the boxes make no sense.
    """
    size = file_size(file)
    top = list(walk(file, 0, size))
    box = next((box for box in top if box.kind == b"meta"), None)
    if box is None:
        raise FormatError("no description of the picture (meta box)")
    data = read_exactly(file, box.start, box.length, META_LIMIT)
    meta = Meta(io.BytesIO(data), len(data), file)
    items = dict(list_items(meta))
    problems: list[str] = []
    blocks: dict[str, bytes] = {}
    for number, place in list_places(meta):
        name = _block_name(items.get(number))
        if name is None or name in blocks:
            continue
        try:
            blocks[name] = meta.item_data(place, EXIF_LIMIT if name == "exif" else XMP_LIMIT)
        except FormatError as error:
            problems.append(f"{name.upper()} block: {error}")
    shape = _shape(meta)
    mpvd = next((box for box in top if box.kind == b"mpvd"), None)
    return Blocks(
        width=shape.width,
        height=shape.height,
        exif=tiff_header(blocks["exif"]) if "exif" in blocks else None,
        xmp=blocks.get("xmp"),
        turn=shape.turn,
        mirrored=shape.mirrored,
        animated=_brand(file, top) in SEQUENCES,
        hdr=shape.hdr or any(item.kind == b"tmap" for item in items.values()),
        mpvd=(mpvd.start, mpvd.length) if mpvd else None,
        problems=tuple(problems),
    )


def _block_name(item: _Item | None) -> str | None:
    if item is None:
        return None
    if item.kind == b"Exif":
        return "exif"
    return "xmp" if item.kind == b"mime" and item.content_type == b"application/rdf+xml" else None


def _brand(file: BinaryIO, top: list[Box]) -> bytes:
    first = next((box for box in top if box.kind == b"ftyp"), None)
    return read_exactly(file, first.start, 4, 4) if first and first.length >= 4 else b""


def list_items(meta: Meta) -> Iterator[tuple[int, _Item]]:
    """Item number and type of each `infe` box (versions 2 and 3)."""
    box = meta.child(b"iinf")
    if box is None:
        return
    wide = meta.content(box)[:1] > b"\0"
    for entry in walk(meta.data, box.start + (8 if wide else 6), box.end):
        data = meta.content(entry)
        if entry.kind != b"infe" or len(data) < 12 or data[0] not in (2, 3):
            continue
        number, at = (_unpack(">H", data, 4), 8) if data[0] == 2 else (_unpack(">I", data, 4), 10)
        names = data[at + 4 :].split(b"\0")
        yield number, _Item(data[at : at + 4], names[1] if len(names) > 1 else b"")


def list_places(meta: Meta) -> Iterator[tuple[int, _Place]]:
    """Item number and place of each entry of the `iloc` box (versions 0 to 2)."""
    box = meta.child(b"iloc")
    if box is None:
        return
    data = io.BytesIO(meta.content(box))
    version = _number(data, 4) >> 24
    sizes = _number(data, 2)
    offset_size, length_size, base_size = sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15
    index_size = sizes & 15 if version in (1, 2) else 0
    id_size = 4 if version == 2 else 2
    for _ in range(min(_number(data, id_size), ITEMS)):
        number = _number(data, id_size)
        method = _number(data, 2) & 15 if version in (1, 2) else 0
        data.seek(2, 1)  # data reference: always this file
        base = _number(data, base_size)
        extents = []
        for _ in range(_number(data, 2)):
            data.seek(index_size, 1)
            at = base + _number(data, offset_size)
            extents.append((at, _number(data, length_size)))
        yield number, _Place(method == 1, tuple(extents))


@dataclass(slots=True)
class _Shape:
    width: int | None = None
    height: int | None = None
    turn: int = 0
    mirrored: bool = False
    hdr: bool = False


def _shape(meta: Meta) -> _Shape:
    """What the properties of the primary item say; also whether any item is a gain map."""
    shape = _Shape()
    properties = meta.child(b"iprp", b"ipco")
    primary = meta.child(b"pitm")
    if properties is None or primary is None:
        raise FormatError("no primary picture")
    data = meta.content(primary)
    number = _unpack(">H" if data[:1] == b"\0" else ">I", data, 4)
    boxes = list(walk(meta.data, properties.start, properties.end))
    shape.hdr = any(box.kind == b"auxC" and b"hdrgainmap" in meta.content(box) for box in boxes)
    for index in _associations(meta, number):
        if 0 < index <= len(boxes):
            _apply(shape, boxes[index - 1].kind, meta.content(boxes[index - 1]))
    if shape.width is None:
        raise FormatError("the primary picture has no size")
    return shape


def _apply(shape: _Shape, kind: bytes, data: bytes) -> None:
    """One property of the primary item; `irot` counts quarter turns against the clock."""
    if kind == b"ispe" and len(data) >= 12:
        shape.width, shape.height = struct.unpack_from(">II", data, 4)
    elif kind == b"clap" and len(data) >= 16:
        wide, wide_by, high, high_by = struct.unpack_from(">4I", data)
        if wide_by and high_by:
            shape.width, shape.height = round(wide / wide_by), round(high / high_by)
    elif kind == b"irot" and data:
        shape.turn = -90 * (data[0] & 3) % 360
    elif kind == b"imir":
        shape.mirrored = True
    elif kind == b"colr" and data[:4] == b"nclx" and len(data) >= 8:
        shape.hdr = shape.hdr or _unpack(">H", data, 6) in HDR_TRANSFERS


def _associations(meta: Meta, number: int) -> list[int]:
    """The property indexes (from 1) of one item, from the `ipma` box."""
    box = meta.child(b"iprp", b"ipma")
    if box is None:
        return []
    data = io.BytesIO(meta.content(box))
    flags = _number(data, 4)
    id_size = 4 if flags >> 24 else 2
    index_size = 2 if flags & 1 else 1
    mask = 0x7FFF if flags & 1 else 0x7F
    for _ in range(min(_number(data, 4), ITEMS)):
        item = _number(data, id_size)
        indexes = [_number(data, index_size) & mask for _ in range(_number(data, 1))]
        if item == number:
            return indexes
    return []


def _number(data: io.BytesIO, size: int) -> int:
    """The next big-endian number; raises FormatError at the end."""
    read = data.read(size)
    if len(read) != size:
        raise FormatError("a table of the picture ends early")
    return int.from_bytes(read, "big")


def _unpack(form: str, data: bytes, at: int) -> int:
    try:
        return int(struct.unpack_from(form, data, at)[0])
    except struct.error as error:
        raise FormatError("a box of the picture ends early") from error
