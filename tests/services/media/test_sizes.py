"""Sizes of what is made to fit."""

import random

from services.media.sizes import box_of, fitted, framed


def test_a_square() -> None:
    assert fitted(4000, 3000, 320) == (320, 240)
    assert fitted(300, 200, 320) == (300, 200)
    assert fitted(100_000, 3, 320) == (320, 1)


def test_a_frame() -> None:
    assert framed(4000, 3000, (1920, 1080)) == (1440, 1080)
    assert framed(3000, 4000, (1920, 1080)) == (810, 1080)
    assert framed(12_000, 2000, (1920, 1080)) == (1920, 320)
    assert framed(640, 480, (1920, 1080)) == (640, 480)
    assert framed(1, 1, (160, 160)) == (1, 1)
    assert framed(3, 100_000, (160, 160)) == (1, 160)


def test_a_frame_holds_whatever_the_shape() -> None:
    """By the square alone: what is decoded for it needs no second scaling."""
    drawn = random.Random(5)
    for _ in range(20_000):
        width, height = drawn.randint(1, 9000), drawn.randint(1, 9000)
        for frame in ((3840, 2160), (1024, 768), (160, 160)):
            size = framed(width, height, frame)
            assert all(side <= limit for side, limit in zip(size, frame, strict=True))
            assert size == fitted(width, height, box_of(width, height, frame))
            touches = size[0] == min(frame[0], width) or size[1] == min(frame[1], height)
            assert touches, (width, height, size)
