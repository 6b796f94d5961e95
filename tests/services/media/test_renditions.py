"""The recipe of renditions."""

import io

import numpy as np
import pytest
from PIL import Image

from services.media.colour import srgb_profile
from services.media.renditions import encode, encode_for_television
from services.media.television import MOST_BYTES, PROFILES
from services.media.types import GRID, VIEW
from tests.services.media.pixel_samples import scene


@pytest.mark.parametrize(
    ("size", "kind", "mime"),
    [(GRID, "WEBP", "image/webp"), (VIEW, "JPEG", "image/jpeg"), (160, "JPEG", "image/jpeg")],
)
def test_the_grid_is_webp_and_everything_else_jpeg(size: int, kind: str, mime: str) -> None:
    picture = scene(320, 240)
    made = encode(picture, size)
    assert (made.mime, made.width, made.height) == (mime, 320, 240)
    with Image.open(io.BytesIO(made.data)) as image:
        assert (image.format, image.size, image.info["icc_profile"]) == (kind, (320, 240), srgb_profile())
        difference = np.abs(np.asarray(image.convert("RGB")).astype(int) - np.asarray(picture).astype(int))
    assert difference.mean() < 4


def test_nothing_of_the_original_is_carried_along() -> None:
    picture = scene(320, 240)
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    picture.info |= {"exif": exif.tobytes(), "xmp": b"<x:xmpmeta/>", "comment": b"private"}
    for size in (GRID, VIEW):
        with Image.open(io.BytesIO(encode(picture, size).data)) as image:
            assert not {"exif", "xmp", "comment"} & set(image.info)


def test_the_same_picture_gives_the_same_bytes() -> None:
    assert encode(scene(), GRID) == encode(scene(), GRID)


def noise(width: int, height: int) -> Image.Image:
    drawn = np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(drawn)


def test_what_would_be_too_large_for_a_television_gets_a_lesser_quality() -> None:
    made = encode_for_television(noise(3840, 2160), PROFILES["LRG"])
    assert (made.width, made.height) == (3840, 2160)
    assert 1_000_000 < len(made.data) <= MOST_BYTES


def test_a_usual_picture_keeps_its_quality_on_a_television() -> None:
    picture = scene(1920, 1080)
    made = encode_for_television(picture, PROFILES["FHD"])
    with Image.open(io.BytesIO(made.data)) as image:
        difference = np.abs(np.asarray(image).astype(int) - np.asarray(picture).astype(int))
    assert difference.mean() < 2
