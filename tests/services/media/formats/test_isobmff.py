"""Boxes (checklist row 22: damaged and still uploading)."""

import io
import struct

import pytest

from services.media.formats.blocks import FormatError
from services.media.formats.isobmff import Box, file_size, find, walk
from tests.services.media.metadata_samples import box


def boxes(data: bytes) -> list[Box]:
    return list(walk(io.BytesIO(data), 0, len(data)))


def test_sizes_of_all_three_kinds() -> None:
    long = struct.pack(">I4sQ", 1, b"long", 20) + b"data"
    data = box(b"free", b"ab") + long + struct.pack(">I4s", 0, b"last") + b"rest"
    assert boxes(data) == [Box(b"free", 8, 10), Box(b"long", 26, 30), Box(b"last", 38, 42)]
    assert boxes(data)[2].length == 4
    assert file_size(io.BytesIO(data)) == 42


def test_a_box_beyond_the_end_is_cut() -> None:
    assert boxes(struct.pack(">I4s", 1000, b"mdat") + b"abc") == [Box(b"mdat", 8, 11)]


@pytest.mark.parametrize("size", [2, 7])
def test_an_impossible_size_is_refused(size: int) -> None:
    with pytest.raises(FormatError, match="impossible"):
        boxes(struct.pack(">I4s", size, b"bad ") + b"abcdefgh")


def test_a_box_is_found_down_a_path() -> None:
    data = io.BytesIO(box(b"free") + box(b"moov", box(b"udta", box(b"date", b"2020"))))
    found = find(data, 0, file_size(data), b"moov", b"udta", b"date")
    assert found is not None
    assert data.getvalue()[found.start : found.end] == b"2020"
    assert find(data, 0, file_size(data), b"moov", b"trak") is None
