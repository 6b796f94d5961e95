"""Limits that all walkers share (checklist row 23)."""

import io

import pytest

from services.media.formats.blocks import FormatError, read_exactly, tiff_header


def test_a_block_above_its_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(FormatError, match="above the limit of 10"):
        read_exactly(io.BytesIO(b"x" * 100), 0, 11, 10)


def test_a_block_that_the_file_cuts_off_is_refused() -> None:
    with pytest.raises(FormatError, match="ends inside"):
        read_exactly(io.BytesIO(b"x" * 100), 95, 6, 10)
    assert read_exactly(io.BytesIO(b"abcdef"), 2, 3, 3) == b"cde"


def test_the_tiff_header_is_found_behind_padding() -> None:
    assert tiff_header(b"Exif\0\0II*\0rest") == b"II*\0rest"
    assert tiff_header(b"\0\0\0\6Exif\0\0MM\0*rest") == b"MM\0*rest"
    assert tiff_header(b"\0" * 100) is None
