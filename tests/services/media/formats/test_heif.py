"""The metadata box of HEIF and AVIF (checklist rows 2, 17, 19, 21 and 23)."""

import io
import struct

import pytest

from services.media.formats.blocks import FormatError
from services.media.formats.heif import META_LIMIT, read_blocks
from tests.services.media.metadata_samples import animation, box, exif, heic, photo, xmp


def full(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def ispe(width: int, height: int) -> bytes:
    return full(b"ispe", struct.pack(">II", width, height))


def heif(*properties: bytes, before: bytes = b"", brand: bytes = b"heic", after: bytes = b"") -> bytes:
    """A file whose item 1 has these properties in their order; `before` are more boxes of `meta`."""
    indexes = bytes(range(1, len(properties) + 1))
    ipma = full(b"ipma", struct.pack(">IHB", 1, 1, len(indexes)), indexes)
    pitm = full(b"pitm", struct.pack(">H", 1))
    meta = full(b"meta", before, pitm, box(b"iprp", box(b"ipco", *properties), ipma))
    return box(b"ftyp", brand, b"\0\0\0\0") + meta + after


def test_size_exif_and_xmp_of_a_written_file() -> None:
    block, packet = exif({0x10F: "Apple"}), xmp({"xmp:Rating": "3"})
    found = read_blocks(io.BytesIO(heic(exif=block, xmp=packet)))
    assert (found.width, found.height, found.turn, found.mirrored) == (64, 48, 0, False)
    assert found.exif is not None
    assert b"Apple" in found.exif
    assert found.xmp == packet


def test_avif_is_read_the_same_way() -> None:
    block = exif({0x10F: "Maker"})
    found = read_blocks(io.BytesIO(photo("AVIF", exif=block)))
    assert (found.width, found.height, found.exif) == (40, 30, block)


@pytest.mark.parametrize(("quarters", "turn"), [(0, 0), (1, 270), (2, 180), (3, 90)])
def test_quarter_turns_are_counted_against_the_clock_in_the_file(quarters: int, turn: int) -> None:
    """Row 2."""
    found = read_blocks(io.BytesIO(heif(ispe(30, 20), box(b"irot", bytes([quarters])))))
    assert (found.width, found.height, found.turn) == (30, 20, turn)


def test_mirror_and_clean_aperture() -> None:
    """Row 2."""
    clap = box(b"clap", struct.pack(">8I", 28, 1, 18, 1, 0, 1, 0, 1))
    found = read_blocks(io.BytesIO(heif(ispe(30, 20), clap, box(b"imir", b"\1"))))
    assert (found.width, found.height, found.mirrored) == (28, 18, True)


def test_other_pictures_in_the_file_do_not_count() -> None:
    """Row 21: the size is that of the primary item, not of a depth map or thumbnail."""
    data = heif(ispe(30, 20), ispe(9000, 9000))
    data = data.replace(struct.pack(">IHB", 1, 1, 2) + b"\1\2", struct.pack(">IHB", 1, 1, 2) + b"\1\0")
    assert read_blocks(io.BytesIO(data)).width == 30


@pytest.mark.parametrize(
    "sign",
    [
        box(b"colr", b"nclx", struct.pack(">HHHB", 9, 16, 9, 0x80)),
        box(b"colr", b"nclx", struct.pack(">HHHB", 9, 18, 9, 0x80)),
        full(b"auxC", b"urn:com:apple:photo:2020:aux:hdrgainmap\0"),
    ],
)
def test_high_dynamic_range_is_marked(sign: bytes) -> None:
    """Row 17."""
    assert read_blocks(io.BytesIO(heif(ispe(30, 20), sign))).hdr
    assert not read_blocks(io.BytesIO(heif(ispe(30, 20)))).hdr


def test_sequences_are_animated() -> None:
    """Row 19."""
    assert read_blocks(io.BytesIO(animation("AVIF"))).animated
    assert not read_blocks(io.BytesIO(heic())).animated


def test_the_motion_box_is_found() -> None:
    """Row 13."""
    data = heif(ispe(30, 20), after=box(b"mpvd", b"video"))
    assert read_blocks(io.BytesIO(data)).mpvd == (len(data) - 5, 5)


def items(kind: bytes, construction: int, at: int, length: int) -> bytes:
    """One item of a kind and where it lies."""
    infe = full(b"infe", struct.pack(">HH", 1, 0), kind, b"\0", version=2)
    iinf = full(b"iinf", struct.pack(">H", 1), infe)
    place = struct.pack(">HHHHHHII", 0x4400, 1, 1, construction, 0, 1, at, length)
    return iinf + full(b"iloc", place, version=1)


def test_an_item_inside_the_box_is_read() -> None:
    block = exif({0x10F: "Maker"})
    inside = items(b"Exif", 1, 0, len(block) + 4) + box(b"idat", b"\0\0\0\0", block)
    assert read_blocks(io.BytesIO(heif(ispe(30, 20), before=inside))).exif == block


@pytest.mark.parametrize(
    ("place", "problem"),
    [
        ((0, 0, 1 << 31), "above the limit"),
        ((0, 1 << 30, 100), "the file ends"),
        ((1, 0, 10), "not there"),
    ],
)
def test_an_item_out_of_reach_is_a_problem_not_an_end(place: tuple[int, int, int], problem: str) -> None:
    """Row 23."""
    found = read_blocks(io.BytesIO(heif(ispe(30, 20), before=items(b"Exif", *place))))
    assert (found.width, found.exif) == (30, None)
    assert problem in found.problems[0]


def test_boxes_that_make_no_sense_are_refused() -> None:
    for data in (
        box(b"ftyp", b"heic"),
        heif(),
        heif(box(b"free")),
        box(b"ftyp", b"heic") + full(b"meta", full(b"pitm", b"\0\1")),
        box(b"ftyp", b"heic") + full(b"meta", b"\0" * (META_LIMIT + 1)),
        heif(ispe(30, 20)).replace(struct.pack(">IHB", 1, 1, 1), struct.pack(">IHB", 9, 2, 200)),
    ):
        with pytest.raises(FormatError):
            read_blocks(io.BytesIO(data))
