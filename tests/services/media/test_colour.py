"""Colours become sRGB (checklist row 18), within dE 2 of what is meant."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from services.media.colour import eight_bit, srgb_profile, to_srgb
from tests.services.media.pixel_samples import (
    ADOBE_RGB,
    DISPLAY_P3,
    PROPHOTO_LIKE,
    SRGB,
    delta_e,
    icc_profile,
    load,
    saved,
    signal_in,
)

# inside the gamut of sRGB, so that they can be shown exactly
COLOURS = np.array([
    (200, 60, 60), (60, 190, 80), (60, 70, 200), (220, 200, 60), (180, 90, 200), (90, 190, 190),
    (240, 200, 170), (128, 128, 128), (30, 30, 30), (250, 250, 250), (120, 60, 30), (20, 60, 40),
]) / 255  # fmt: skip


EXACT: dict[str, dict[str, Any]] = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}}


def patches(signal: np.ndarray) -> Image.Image:
    """A row of squares of 32 pixels."""
    squares = np.round(signal * 255).astype(np.uint8)[None].repeat(32, axis=0).repeat(32, axis=1)
    return Image.fromarray(squares)


def read_back(image: Image.Image) -> np.ndarray:
    return np.array([image.getpixel((16 + 32 * n, 16)) for n in range(len(COLOURS))]) / 255


@pytest.mark.parametrize(
    ("primaries", "gamma"),
    [(DISPLAY_P3, None), (ADOBE_RGB, 563 / 256), (PROPHOTO_LIKE, 1.8), (SRGB, None), (SRGB, 2.2)],
    ids=["Display P3", "Adobe RGB", "wide", "sRGB", "plain gamma"],
)
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_row_18_pictures_with_a_profile_become_srgb(
    kind: str, primaries: tuple[tuple[float, float], ...], gamma: float | None
) -> None:
    image = patches(signal_in(primaries, COLOURS, gamma))
    data = saved(image, kind, icc_profile=icc_profile(primaries, gamma), **EXACT.get(kind, {}))
    assert delta_e(read_back(load(data, kind, 1600).image), COLOURS) < 2


def test_row_18_without_the_profile_the_same_pixels_are_off() -> None:
    data = saved(patches(signal_in(ADOBE_RGB, COLOURS, 563 / 256)), "PNG")
    assert delta_e(read_back(load(data, "PNG", 1600).image), COLOURS) > 5


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
def test_row_18_display_p3_of_phones(kind: str) -> None:
    image = patches(signal_in(DISPLAY_P3, COLOURS, None)).resize((768, 64), Image.Resampling.NEAREST)
    options = {"quality": 100} | ({"subsampling": "4:4:4"} if kind == "AVIF" else {"chroma": 444})
    load(saved(image, "PNG"), "PNG")  # registers the writers
    data = saved(image, kind, icc_profile=icc_profile(DISPLAY_P3, None), **options)
    shown = load(data, kind, 1600).image.resize((384, 32), Image.Resampling.BOX)
    assert delta_e(read_back(shown), COLOURS) < 2


def test_row_18_grey_with_its_own_gamma() -> None:
    grey = np.linspace(0.1, 1, 12)
    wanted = grey[:, None].repeat(3, axis=1)
    light = np.where(grey <= 0.04045, grey / 12.92, ((grey + 0.055) / 1.055) ** 2.4)
    image = patches((light ** (1 / 1.8))[:, None].repeat(3, axis=1)).convert("L")
    data = saved(image, "PNG", icc_profile=icc_profile(None, 1.8))
    assert delta_e(read_back(load(data, "PNG", 1600).image), wanted) < 2


def test_row_18_lab_pictures() -> None:
    image = Image.new("LAB", (64, 64), (137, 128, 128))  # L* 53.7: middle grey
    assert np.abs(np.array(to_srgb(image, None).getpixel((5, 5))) - 128).max() <= 2


@pytest.mark.parametrize(
    "profile",
    [b"", b"nonsense" * 40, icc_profile(DISPLAY_P3, None)[:300], icc_profile(None, 2.2)],
    ids=["empty", "nonsense", "cut off", "for grey"],
)
def test_a_profile_that_does_not_fit_is_left_out(profile: bytes) -> None:
    image = patches(COLOURS)
    assert delta_e(read_back(to_srgb(image, profile)), COLOURS) < 0.5


def test_grey_with_a_profile_for_rgb() -> None:
    image = patches(COLOURS).convert("L")
    shown = to_srgb(image, icc_profile(SRGB, None))
    assert shown.mode == "RGB"
    assert np.abs(np.asarray(shown.convert("L")).astype(int) - np.asarray(image)).max() <= 1


def test_transparency_survives_a_profile() -> None:
    image = patches(signal_in(DISPLAY_P3, COLOURS, None)).convert("RGBA")
    assert delta_e(read_back(to_srgb(image, icc_profile(DISPLAY_P3, None))), COLOURS) < 2


@pytest.mark.parametrize(
    "mode", ["1", "P", "PA", "LA", "RGBA", "RGBX", "RGBa", "La", "HSV", "I", "F", "I;16"]
)
def test_every_mode_comes_down_to_one_that_can_be_scaled(mode: str) -> None:
    image = eight_bit(Image.new(mode, (4, 4)))
    assert image.mode in ("L", "LA", "RGB", "RGBA", "CMYK", "LAB")
    assert to_srgb(image, None).mode == "RGB"


def test_floating_point_tones_with_holes_are_survived() -> None:
    values = np.array([[0.0, 0.5, np.nan, np.inf]], dtype=np.float32)
    assert eight_bit(Image.fromarray(values)).mode == "L"


def test_the_profile_in_renditions_is_always_the_same() -> None:
    assert srgb_profile()[36:40] == b"acsp"
    srgb_profile.cache_clear()
    first = srgb_profile()
    srgb_profile.cache_clear()
    assert first == srgb_profile()
