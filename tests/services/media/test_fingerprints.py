"""Perceptual fingerprints, against imagehash and against the format of ThumbHash."""

import base64

import imagehash
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from services.media.fingerprints import fingerprint, phash, sharpness, thumbhash
from tests.services.media.pixel_samples import CORNERS, detailed, quadrants, scene


def drawn(seed: int) -> Image.Image:
    """Shapes on an even ground, with much symmetry and flatness."""
    random = np.random.default_rng(seed)
    image = Image.new("RGB", (320, 240), tuple(random.integers(0, 256, 3).tolist()))
    pencil = ImageDraw.Draw(image)
    for _ in range(seed):
        (left, right), (top, bottom) = (sorted(random.integers(0, side, 2).tolist()) for side in image.size)
        pencil.ellipse((left, top, right, bottom), fill=tuple(random.integers(0, 256, 3).tolist()))
    return image


def ramp(across: int, down: int) -> Image.Image:
    y, x = np.mgrid[0:240, 0:320]
    return Image.fromarray(((x * across + y * down) // 4 % 256).astype(np.uint8))


PICTURES = [
    *(scene(320, 240, seed) for seed in range(12)), *(drawn(seed) for seed in range(12)), quadrants(320, 240),
    ramp(1, 0), ramp(0, 1), ramp(1, 1), Image.new("RGB", (320, 240), (9, 90, 190)), Image.new("L", (5, 3)),
]  # fmt: skip


@pytest.mark.parametrize("side", [8, 16])
def test_phash_is_bit_for_bit_that_of_imagehash(side: int) -> None:
    for number, picture in enumerate(PICTURES):
        assert phash(picture, side) == str(imagehash.phash(picture, hash_size=side)), number


def distance(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def test_recompressed_and_brightened_pictures_stay_near_others_do_not() -> None:
    for seed in range(6):
        picture = scene(320, 240, seed)
        smaller = picture.resize((160, 120), Image.Resampling.BICUBIC)
        brighter = ImageEnhance.Brightness(picture).enhance(1.1)
        for other in (smaller, brighter):
            assert distance(phash(picture, 8), phash(other, 8)) <= 8
        assert distance(phash(picture, 8), phash(scene(320, 240, seed + 50), 8)) > 8


def mean_of(data: bytes) -> tuple[float, ...]:
    """The average colour in the header of an opaque ThumbHash, 0 to 255."""
    header = int.from_bytes(data[:3], "little")
    light, yellow, reddish = (header & 63) / 63, (header >> 6 & 63) / 31.5 - 1, (header >> 12 & 63) / 31.5 - 1
    assert header >> 23 == 0, "opaque"
    blue = light - 2 / 3 * yellow
    red = (3 * light - blue + reddish) / 2
    return tuple(255 * value for value in (red, red - reddish, blue))


def test_known_thumbhashes() -> None:
    """Made with the reference implementation (npm thumbhash 0.1.1)."""
    y, x = np.mgrid[0:75, 0:100]
    gradient = np.stack([x * 255 // 99, y * 255 // 74, (x + y) * 255 // 173], axis=-1) / 255
    assert base64.b64encode(thumbhash(gradient)) == KNOWN["gradient"]
    pattern = np.stack([(x * x + 37 * y) % 251, (x * y + 11) % 241, (x + y * y) % 233], axis=-1) / 255
    assert base64.b64encode(thumbhash(pattern)) == KNOWN["pattern"]


KNOWN = {"gradient": b"HwgODZqAh4eBh4d4eHh4eI9wCPh3", "pattern": b"HRgCDYJwZ2RQVWZAZQdzYQ6N//zr"}


def test_an_even_picture_has_no_waves() -> None:
    prints = fingerprint(Image.new("RGB", (320, 240), (200, 100, 50)))
    assert prints.colour == "c86432"
    data = base64.b64decode(prints.thumbhash)
    assert mean_of(data) == pytest.approx((200, 100, 50), abs=5)
    assert (
        int.from_bytes(data[:3], "little") >> 18 & 31,
        int.from_bytes(data[3:5], "little") >> 3 & 4095,
    ) == (0, 0)


def test_the_thumbhash_carries_average_colour_and_shape() -> None:
    for size, shape in (
        ((320, 240), (5, 1)),
        ((240, 320), (5, 0)),
        ((320, 40), (1, 1)),
        ((100, 100), (7, 0)),
    ):
        data = base64.b64decode(fingerprint(quadrants(*size)).thumbhash)
        header = int.from_bytes(data[3:5], "little")
        assert (header & 7, header >> 15) == shape
        assert mean_of(data) == pytest.approx(np.mean(CORNERS, axis=0), abs=8)


def test_tiny_and_narrow_pictures_have_fingerprints() -> None:
    for size in ((1, 1), (320, 1), (1, 320), (2, 3)):
        prints = fingerprint(Image.new("RGB", size, (1, 2, 3)))
        assert (len(prints.phash64), len(prints.phash256), prints.colour) == (16, 64, "010203")


def test_the_more_a_picture_is_blurred_the_less_sharp_it_is() -> None:
    for seed in range(3):
        grey = detailed(320, 240, seed).convert("L")
        found = [sharpness(grey.filter(ImageFilter.GaussianBlur(radius))) for radius in (0, 0.7, 1.5, 3)]
        assert found == sorted(found, reverse=True)
        assert found[0] > 3 * found[1] > 9 * found[2] > 0


@pytest.mark.parametrize("size", [(320, 240), (1, 1), (2, 300), (3, 3)])
def test_an_even_picture_is_not_sharp_at_all(size: tuple[int, int]) -> None:
    assert sharpness(Image.new("L", size, 200)) == 0.0
