"""Previews of RAW files; the DNGs here are built by the tests, sensor and all."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from services.errors import DecoderRefused
from services.media.images import Picture, Unreadable, prepare
from services.media.raws import load_raw
from services.media.sniff import sniff
from tests.services.media.pixel_samples import dng, is_upright, quadrants, saved


def shown(data: bytes, box: int = 320, room: int = 1 << 28) -> Picture:
    prepare()
    return load_raw(io.BytesIO(data), box, pixels=512_000_000, room=room)


PREVIEW = saved(quadrants(640, 480), "JPEG", quality=95)


def test_the_preview_is_taken_not_the_tiny_first_picture() -> None:
    data = dng(PREVIEW)
    assert sniff(data, "a.dng").raw
    with Image.open(io.BytesIO(data)) as trap:
        assert trap.size == (16, 12), "what Pillow shows without a warning"
    picture = shown(data)
    assert is_upright(picture.image)
    assert (picture.image.size, picture.width, picture.height) == ((320, 240), 640, 480)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_the_preview_is_turned_as_the_camera_was_held(orientation: int) -> None:
    turns = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    upright = quadrants(480, 640) if orientation > 4 else quadrants(640, 480)
    stored = upright.transpose(turns[orientation]) if orientation in turns else upright
    picture = shown(dng(saved(stored, "JPEG", quality=95), orientation=orientation))
    assert is_upright(picture.image)
    assert (picture.width, picture.height) == upright.size


def test_a_preview_that_is_upright_already_is_not_turned_again() -> None:
    picture = shown(dng(saved(quadrants(480, 640), "JPEG", quality=95), orientation=6))
    assert is_upright(picture.image)
    assert (picture.width, picture.height) == (480, 640)


def test_a_preview_that_states_its_own_orientation_is_followed() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = quadrants(480, 640).transpose(Image.Transpose.ROTATE_90)
    picture = shown(dng(saved(turned, "JPEG", quality=95, exif=exif), orientation=6))
    assert is_upright(picture.image)


def test_without_a_preview_the_sensor_is_developed() -> None:
    picture = shown(dng(None))
    assert (picture.image.size, picture.width, picture.height) == ((320, 240), 640, 480)
    assert np.asarray(picture.image).std() > 5


def test_a_stamp_sized_preview_gives_way_to_the_sensor() -> None:
    picture = shown(dng(saved(quadrants(40, 30), "JPEG")))
    assert picture.image.size == (320, 240)


def test_developing_that_does_not_fit_the_memory_leaves_the_small_preview() -> None:
    data = dng(saved(quadrants(40, 30), "JPEG", quality=95))
    picture = shown(data, room=len(data) + 1000)
    assert picture.image.size == (40, 30)
    assert is_upright(picture.image)


def test_a_raw_file_unknown_to_the_library_shows_its_largest_jpeg() -> None:
    small, large = (saved(quadrants(*size), "JPEG", quality=95) for size in ((160, 120), (640, 480)))
    data = b"SOME-NEW-RAW" + bytes(100) + small + bytes(50) + large + bytes(50) + b"\xff\xd8\xff\x00"
    picture = shown(data)
    assert is_upright(picture.image)
    assert (picture.width, picture.height) == (640, 480)


def test_a_large_jpeg_that_is_broken_gives_way_to_a_smaller_one() -> None:
    cut_off = saved(quadrants(640, 480), "JPEG")[:2000]
    data = b"SOME-NEW-RAW" + saved(quadrants(160, 120), "JPEG", quality=95) + cut_off
    assert shown(data).image.size == (160, 120)
    only = shown(b"SOME-NEW-RAW" + cut_off)
    assert (only.image.size, only.damaged is None) == ((320, 240), False), "better than nothing"


def test_without_anything_to_show_it_says_so() -> None:
    with pytest.raises(Unreadable, match="no preview"):
        shown(b"II*\0" + bytes(400))


def test_a_file_larger_than_the_memory_is_refused() -> None:
    with pytest.raises(DecoderRefused, match="MiB"):
        shown(dng(PREVIEW), room=10_000)


def test_the_sample_is_what_it_claims(tmp_path: Path) -> None:
    (tmp_path / "a.dng").write_bytes(dng(PREVIEW, orientation=6))
    with Image.open(tmp_path / "a.dng") as image:
        assert image.format == "TIFF"
