"""The BMP header."""

import io
import struct

import pytest

from services.media.formats.blocks import FormatError
from services.media.formats.bmp import read_blocks
from tests.services.media.metadata_samples import photo


def test_size_of_all_header_kinds() -> None:
    data = photo("BMP")
    assert (read_blocks(io.BytesIO(data)).width, read_blocks(io.BytesIO(data)).height) == (40, 30)
    top_down = data[:22] + struct.pack("<i", -30) + data[26:]
    assert read_blocks(io.BytesIO(top_down)).height == 30
    old = b"BM" + b"\0" * 12 + struct.pack("<IHH", 12, 7, 9) + b"\0" * 8
    assert (read_blocks(io.BytesIO(old)).width, read_blocks(io.BytesIO(old)).height) == (7, 9)


def test_no_bmp_is_refused() -> None:
    with pytest.raises(FormatError):
        read_blocks(io.BytesIO(b"BM"))
