"""GIF blocks (checklist rows 19 and 23)."""

import io
import time

import pytest

from services.media.formats.blocks import FormatError
from services.media.formats.gif import read_blocks
from tests.services.media.metadata_samples import animation, photo, xmp


def test_a_still_picture() -> None:
    found = read_blocks(io.BytesIO(photo("GIF")))
    assert (found.width, found.height, found.animated, found.duration_s) == (40, 30, False, None)


def test_an_animation_has_a_length() -> None:
    found = read_blocks(io.BytesIO(animation("GIF", frames=3, milliseconds=150)))
    assert (found.width, found.height, found.animated, found.duration_s) == (20, 10, True, 0.45)


def test_no_delay_counts_as_browsers_show_it() -> None:
    data = animation("GIF", frames=3, milliseconds=150).replace(b"\x0f\0", b"\0\0")
    assert read_blocks(io.BytesIO(data)).duration_s == pytest.approx(0.3)


def test_xmp_between_the_frames() -> None:
    packet = xmp({"xmp:Rating": "2"})
    trailer = b"\x01" + bytes(range(255, -1, -1)) + b"\0"
    data = animation("GIF")
    at = data.index(b"\x21\xf9")
    data = data[:at] + b"\x21\xff\x0bXMP DataXMP" + packet + trailer + data[at:]
    found = read_blocks(io.BytesIO(data))
    assert (found.xmp, found.animated, found.duration_s) == (packet, True, 0.6)


def test_millions_of_blocks_take_no_time() -> None:
    """Row 23."""
    data = photo("GIF")
    at = data.index(b"\x2c")
    start = time.process_time()
    read_blocks(io.BytesIO(data[:at] + b"\x21\xfe" + b"\x01x" * 3_000_000 + data[at:]))
    assert time.process_time() - start < 10


def test_a_cut_file_and_no_gif() -> None:
    assert read_blocks(io.BytesIO(animation("GIF")[:60])).width == 20
    with pytest.raises(FormatError):
        read_blocks(io.BytesIO(b"GIF89a"))
