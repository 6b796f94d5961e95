"""TIFF directories (checklist rows 1 and 23)."""

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.media.formats.blocks import FormatError
from services.media.formats.tiff import maker_note, open_tiff, read_blocks, read_raw
from tests.services.media.metadata_samples import exif, iptc, photo, xmp


def directory(entries: list[tuple[int, int, int, int]], following: int = 0) -> bytes:
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return struct.pack("<H", len(entries)) + body + struct.pack("<I", following)


def test_size_xmp_and_iptc_of_a_tiff() -> None:
    packet, words = xmp({"xmp:Rating": "5"}), iptc((25, b"sea"))
    found = read_blocks(io.BytesIO(photo("TIFF", tiffinfo={700: packet, 33723: words})))
    assert (found.width, found.height, found.xmp, found.iptc) == (40, 30, packet, words)


def test_the_first_page_counts_but_of_a_raw_file_the_largest_picture() -> None:
    """A RAW file has a thumbnail in the first directory and the picture in a sub-directory."""
    first = directory([(0x100, 4, 1, 160), (0x101, 4, 1, 120), (0x14A, 4, 1, 50)])
    inner = directory([(0x100, 4, 1, 6000), (0x101, 4, 1, 4000)])
    assert len(first) == 42
    data = b"II*\0\x08\0\0\0" + first + inner
    assert (read_raw(io.BytesIO(data)).width, read_raw(io.BytesIO(data)).height) == (6000, 4000)
    assert (read_blocks(io.BytesIO(data)).width, read_blocks(io.BytesIO(data)).height) == (160, 120)


def test_directories_that_point_at_each_other_end() -> None:
    """Row 23: a loop in the chain and one through SubIFDs."""
    first = directory([(0x100, 4, 1, 5), (0x101, 4, 1, 4), (0x14A, 4, 1, 8)], following=8)
    assert read_blocks(io.BytesIO(b"II*\0\x08\0\0\0" + first)).width == 5


def test_thousands_of_nested_directories_are_cut() -> None:
    """Row 23."""
    chain = b"".join(directory([(0x14A, 4, 1, 8 + 18 * (index + 1))]) for index in range(5000))
    tiff = open_tiff(io.BytesIO(b"II*\0\x08\0\0\0" + chain))
    assert sum(1 for _ in tiff.directories()) == 64


def test_counts_and_offsets_out_of_reach_are_empty() -> None:
    entries = [(0x100, 3, 0xFFFFFFFF, 0xFFFFFF00), (0x10F, 2, 0xFFFFFFFF, 8), (0x2BC, 7, 0xFFFFFFFF, 8)]
    tiff = open_tiff(io.BytesIO(b"II*\0\x08\0\0\0" + directory(entries, 0xFFFFFFF0)))
    (found, *_) = tiff.directories()
    assert tiff.integers(found[0x100]) == []
    assert tiff.text(found[0x10F]) == ""
    assert tiff.data(found[0x2BC], 1000) == b""


def test_the_maker_note_is_raw() -> None:
    block = exif({0x10F: "Apple"}, {0x927C: b"Apple iOS\0 and so on"})
    assert maker_note(io.BytesIO(block)) == b"Apple iOS\0 and so on"
    assert maker_note(io.BytesIO(exif({0x10F: "Apple"}))) is None


@pytest.mark.parametrize("data", [b"", b"II", b"II*\0\x08", b"XX*\0\x08\0\0\0", b"II\xff\0\x08\0\0\0"])
def test_no_tiff_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        open_tiff(io.BytesIO(data))


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_behind_a_header_are_survived(data: bytes) -> None:
    for start in (b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"):
        read_blocks(io.BytesIO(start + data))
        maker_note(io.BytesIO(start + data))
