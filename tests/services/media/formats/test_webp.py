"""WebP chunks (checklist rows 1, 19 and 23)."""

import io
import struct

import pytest

from services.media.formats.blocks import FormatError
from services.media.formats.webp import read_blocks
from tests.services.media.metadata_samples import animation, exif, photo, xmp


@pytest.mark.parametrize("lossless", [False, True])
def test_size_of_simple_files(lossless: bool) -> None:
    found = read_blocks(io.BytesIO(photo("WEBP", size=(37, 21), lossless=lossless)))
    assert (found.width, found.height, found.exif, found.animated) == (37, 21, None, False)


def test_exif_and_xmp_of_extended_files() -> None:
    block, packet = exif({0x112: 6}), xmp({"xmp:Rating": "1"})
    found = read_blocks(io.BytesIO(photo("WEBP", exif=block, xmp=packet)))
    assert (found.width, found.height, found.exif, found.xmp) == (40, 30, block, packet)


def test_an_animation_has_a_length() -> None:
    found = read_blocks(io.BytesIO(animation("WEBP", frames=5, milliseconds=100)))
    assert (found.animated, found.duration_s) == (True, 0.5)


def test_a_chunk_that_claims_gigabytes_is_refused() -> None:
    data = photo("WEBP", exif=exif({0x112: 6}))
    at = data.index(b"EXIF") + 4
    with pytest.raises(FormatError, match="above the limit"):
        read_blocks(io.BytesIO(data[:at] + struct.pack("<I", 0xFFFFFFFF) + data[at + 4 :]))


def test_a_cut_file_and_no_webp() -> None:
    assert read_blocks(io.BytesIO(photo("WEBP")[:40])).width == 40
    assert read_blocks(io.BytesIO(photo("WEBP")[:22])).width is None
    with pytest.raises(FormatError):
        read_blocks(io.BytesIO(b"RIFF\0\0\0\0WAVE"))
