"""JPEG segments (checklist rows 1, 22 and 23)."""

import io
import struct

import pytest

from services.media.formats.blocks import FormatError
from services.media.formats.jpeg import find_iptc, read_blocks
from tests.services.media.metadata_samples import exif, insert_segment, iptc, photo, photoshop, xmp


def test_size_and_all_three_blocks() -> None:
    block, packet, words = exif({0x10F: "Maker"}), xmp({"xmp:Rating": "3"}), iptc((25, b"sea"))
    data = insert_segment(photo(exif=block, xmp=packet), 0xED, photoshop(words))
    found = read_blocks(io.BytesIO(data))
    assert (found.width, found.height) == (40, 30)
    assert (found.exif, found.xmp, found.iptc) == (block, packet, words)
    assert found.problems == ()


def test_progressive_and_grey_pictures_have_a_size() -> None:
    found = read_blocks(io.BytesIO(photo(size=(33, 17), progressive=True)))
    assert (found.width, found.height) == (33, 17)


def test_bytes_between_segments_and_filling_are_passed_over() -> None:
    data = photo()
    strange = data[:2] + b"\0\0junk" + b"\xff" * 5 + data[3:]
    assert read_blocks(io.BytesIO(strange)).width == 40


def test_the_first_exif_block_counts() -> None:
    data = insert_segment(photo(exif=exif({0x10F: "Second"})), 0xE1, b"Exif\0\0" + exif({0x10F: "First"}))
    assert b"First" in (read_blocks(io.BytesIO(data)).exif or b"")


def test_a_file_cut_off_in_its_header_gives_what_came_before_and_says_so() -> None:
    data = photo(exif=exif({0x10F: "Maker"}))
    found = read_blocks(io.BytesIO(data[: data.index(b"\xff\xdb") + 20]))
    assert found.exif is not None
    assert found.width is None
    assert found.problems == ("JPEG header: a segment is cut off",)


@pytest.mark.parametrize("data", [b"", b"\xff", b"\x89PNG", b"\xff\xd9\xff\xd8"])
def test_no_jpeg_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        read_blocks(io.BytesIO(data))


def test_endless_photoshop_segments_end() -> None:
    data = b"\xff\xd8"
    for _ in range(40):
        data = insert_segment(data, 0xED, b"Photoshop 3.0\0" + b"8BIM" * 10_000)
    assert read_blocks(io.BytesIO(data)).problems == ("JPEG header: more Photoshop data than anybody writes",)


def test_iptc_is_found_among_other_resources() -> None:
    other = b"8BIM\x04\x25\x03abc" + struct.pack(">I", 3) + b"xyz\0"
    assert find_iptc(other + photoshop(b"words")[14:]) == b"words"
    assert find_iptc(other) is None
    assert find_iptc(other[:12]) is None
    assert find_iptc(b"8BIM\x04\x04\xff") is None
