"""Pictures: orientation, colour, animation, damage and bombs (checklist rows 1, 2, 17, 18, 19, 22, 23)."""

import io
import struct
import warnings
import zlib
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from services.errors import DecoderRefused
from services.media.images import Unreadable, load_picture, prepare
from services.media.sizes import fitted
from tests.services.media.pixel_samples import (
    ADOBE_RGB,
    CORNERS,
    MIB,
    corners_of,
    is_upright,
    load,
    png,
    quadrants,
    retagged,
    saved,
    scene,
    signal_in,
    stored,
)

LOSSLESS: dict[str, dict[str, Any]] = {"WEBP": {"lossless": True}, "JPEG": {"quality": 95, "subsampling": 0}}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "PNG", "WEBP"])
def test_row_1_exif_orientation_is_followed(kind: str, orientation: int) -> None:
    picture = load(stored(quadrants(), kind, orientation, **LOSSLESS.get(kind, {})), kind)
    assert is_upright(picture.image)
    assert picture.image.size == (picture.width, picture.height) == (96, 64), "size after rotation"


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "PNG", "WEBP"])
def test_row_1_also_when_the_picture_is_scaled_down(kind: str, orientation: int) -> None:
    data = stored(quadrants(1200, 900), kind, orientation, **LOSSLESS.get(kind, {}))
    picture = load(data, kind, 160)
    assert is_upright(picture.image)
    assert (picture.image.size, picture.width, picture.height) == ((160, 120), 1200, 900)


@pytest.mark.parametrize("value", [0, 9, 77, 65535])
def test_row_1_impossible_orientations_change_nothing(value: int) -> None:
    assert is_upright(load(retagged(stored(quadrants(), "JPEG"), value), "JPEG").image)


def test_row_1_a_broken_exif_block_changes_nothing() -> None:
    data = stored(quadrants(), "JPEG")
    at = data.index(b"Exif\0\0") + 6
    assert is_upright(load(data[:at] + b"\xff" * 8 + data[at + 8 :], "JPEG").image)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
def test_row_2_the_containers_turn_is_followed_once(kind: str, orientation: int) -> None:
    """Both writers translate the EXIF orientation into the container's own boxes (irot, imir)."""
    data = stored(quadrants(192, 128), kind, orientation, quality=90)
    assert orientation == 1 or b"irot" in data or b"imir" in data
    picture = load(data, kind)
    assert is_upright(picture.image)
    assert (picture.width, picture.height) == (192, 128)


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
def test_row_2_exif_orientation_without_a_turn_of_the_container_is_ignored(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0128] = 1  # writers see no orientation, so they write no box
    prepare()
    data = retagged(saved(quadrants(192, 128), kind, exif=exif, quality=90), 6, old_tag=0x0128)
    assert b"irot" not in data
    picture = load(data, kind)
    assert is_upright(picture.image)
    assert (picture.width, picture.height) == (192, 128)


def test_row_2_the_embedded_heif_preview_is_turned_like_the_picture() -> None:
    prepare()
    turned = quadrants(1280, 960).transpose(Image.Transpose.ROTATE_90)
    file = pillow_heif.from_pillow(turned)
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    file.save(out, quality=90, exif=exif.tobytes(), thumbnails=[400])
    picture = load(out.getvalue(), "HEIF")
    assert is_upright(picture.image)
    assert (picture.image.size, picture.width, picture.height) == ((320, 240), 1280, 960)


@pytest.mark.parametrize(
    ("size", "box", "wanted"),
    [
        ((4032, 3024), 320, (320, 240)), ((3024, 4032), 320, (240, 320)), ((100, 50), 320, (100, 50)),
        ((30000, 10), 320, (320, 1)), ((1, 30000), 320, (1, 320)), ((320, 320), 320, (320, 320)),
    ],
)  # fmt: skip
def test_pictures_are_scaled_down_to_fit_and_never_up(
    size: tuple[int, int], box: int, wanted: tuple[int, int]
) -> None:
    assert fitted(*size, box) == wanted


def test_a_wide_jpeg_is_decoded_at_a_small_scale() -> None:
    """Each side is compared with its own target: a panorama must not be decoded at full height."""
    data = saved(scene(9600, 1200), "JPEG")
    needed_at_an_eighth = 1200 * 150 * 4
    assert load(data, "JPEG", room=2 * needed_at_an_eighth).image.size == (320, 40)


# --- colours (more of them in test_colour.py) ---------------------------------------------------------------


def test_row_18_cameras_adobe_rgb_without_a_profile_is_recognised() -> None:
    wanted = np.array([[180, 60, 60], [70, 160, 80], [60, 80, 170]]) / 255
    signal = np.round(signal_in(ADOBE_RGB, wanted, 563 / 256) * 255).astype(np.uint8)
    image = Image.fromarray(signal[:, None].repeat(32, axis=0).repeat(32, axis=1).reshape(96, 32, 3))
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA001] = 0xFFFF
    exif.get_ifd(0x8769)[0xA005] = {1: "R03"}
    picture = load(saved(image, "JPEG", quality=98, subsampling=0, exif=exif), "JPEG")
    for number, colour in enumerate(wanted):
        got = np.array(picture.image.getpixel((16, 16 + 32 * number))) / 255
        assert np.abs(got - colour).max() < 3 / 255


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_row_18_sixteen_bit_grey_keeps_its_tones(kind: str) -> None:
    grey = np.linspace(0, 65535, 256).astype(np.uint16)[None].repeat(8, axis=0)
    picture = load(saved(Image.fromarray(grey), kind), kind)
    assert np.abs(np.asarray(picture.image)[4, :, 0].astype(int) - np.arange(256)).max() <= 1


def test_row_18_sixteen_bit_rgb_png() -> None:
    row = b"\0" + struct.pack(">3H", 0xC000, 0x4000, 0x8000) * 4
    data = png(4, 4, depth=16, idat=zlib.compress(row * 4))
    assert load(data, "PNG").image.getpixel((2, 2)) == (0xC0, 0x40, 0x80)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "F", "I"])
def test_row_18_every_mode_becomes_rgb(mode: str) -> None:
    picture = load(saved(scene().convert(mode), "TIFF"), "TIFF")
    assert picture.image.mode == "RGB"
    grey = np.asarray(picture.image.convert("L"), dtype=float)
    assert (
        np.corrcoef(grey.ravel(), np.asarray(scene(320, 240).convert("L"), dtype=float).ravel())[0, 1] > 0.7
    )


def test_row_18_cmyk_jpeg_is_not_shown_inverted() -> None:
    picture = load(saved(quadrants().convert("CMYK"), "JPEG", quality=95), "JPEG")
    assert is_upright(picture.image)


def test_a_palette_picture_is_scaled_in_full_colours() -> None:
    stripes = np.zeros((600, 600), np.uint8)
    stripes[:, ::2] = 1
    image = Image.fromarray(stripes, "L").convert("P")
    image.putpalette([0, 0, 0, 255, 255, 255] + [0] * 762)
    shown = np.asarray(load(saved(image, "PNG"), "PNG", 60).image)
    assert np.abs(shown.astype(int) - 127).max() < 20, "mixed, not picked"


def test_transparency_lies_on_white_and_pale_drawings_on_dark() -> None:
    for ink, ground in (((200, 0, 0), 255), ((255, 255, 250), 32)):
        image = Image.new("RGBA", (64, 64), (*ink, 0))
        image.paste((*ink, 255), (16, 16, 48, 48))
        picture = load(saved(image, "PNG"), "PNG")
        assert picture.image.getpixel((32, 32)) == ink
        assert picture.image.getpixel((2, 2)) == (ground,) * 3


def test_hidden_colours_of_transparent_pixels_do_not_bleed_when_scaled() -> None:
    pixels = np.zeros((512, 512, 4), np.uint8)
    pixels[..., 1] = 255  # transparent green
    pixels[128:384, 128:384] = (200, 0, 0, 255)
    shown = np.asarray(load(saved(Image.fromarray(pixels), "PNG"), "PNG", 100).image).astype(int)
    assert not ((shown[..., 1] > shown[..., 0] + 10) & (shown[..., 1] > shown[..., 2] + 10)).any()


# --- animation ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_row_19_of_an_animation_the_first_frame_is_shown(kind: str) -> None:
    prepare()
    more = [Image.new("RGB", (96, 64), "black")] * 3
    data = saved(quadrants(), kind, save_all=True, append_images=more, duration=100)
    assert is_upright(load(data, kind).image)


def test_row_19_a_gif_with_very_many_frames_costs_no_more_than_one() -> None:
    frame = saved(quadrants(), "GIF")
    body = frame[frame.index(b",") : -1]
    data = frame[:-1] + body * 20_000 + b";"
    assert is_upright(load(data, "GIF").image)


# --- damage -------------------------------------------------------------------------------------------------


def test_row_22_a_truncated_jpeg_shows_what_there_is_and_the_rest_grey() -> None:
    data = saved(scene(800, 600), "JPEG", quality=90)
    picture = load(data[: len(data) // 2], "JPEG")
    assert picture.damaged is not None
    assert "truncated" in picture.damaged
    assert picture.image.size == (320, 240)
    whole = np.asarray(load(data, "JPEG").image).astype(int)
    shown = np.asarray(picture.image).astype(int)
    assert np.abs(shown[:80] - whole[:80]).mean() < 6, "the upper part is there"
    assert shown[-20:].std(axis=(0, 1)).max() < 3, "the lower part is even"


def test_row_22_a_truncated_png_shows_what_there_is() -> None:
    data = saved(scene(), "PNG")
    picture = load(data[: len(data) // 2], "PNG")
    assert picture.damaged is not None
    assert np.asarray(picture.image)[:60].std() > 10


def test_row_22_a_truncated_picture_does_not_make_the_next_one_lenient() -> None:
    data = saved(scene(), "PNG")
    assert load(data[:-2000], "PNG").damaged
    assert load(data, "PNG").damaged is None
    assert load(data[:-2000], "PNG").damaged


@pytest.mark.parametrize("kind", ["HEIF", "AVIF", "WEBP", "GIF"])
def test_row_22_what_cannot_be_shown_at_all_says_why(kind: str) -> None:
    prepare()
    data = saved(scene(), kind)
    with pytest.raises(Unreadable):
        load(data[:200], kind)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8\xff", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>"]
)
def test_row_23_no_jpeg_is_no_jpeg(data: bytes) -> None:
    with pytest.raises(Unreadable):
        load(data, "JPEG")


@pytest.mark.parametrize("kind", ["EPS", "PPM", "ICO"])
def test_row_23_formats_that_nobody_photographs_in_are_never_decoded(kind: str) -> None:
    data = saved(scene(), kind)
    prepare()
    for mime in ("image/jpeg", "image/png", "image/tiff", "image/gif"):
        with pytest.raises(Unreadable):
            load_picture(io.BytesIO(data), mime, 320, pixels=10**9, room=10**9)
    with pytest.raises(Unreadable, match="no reader"):
        load_picture(io.BytesIO(data), "application/postscript", 320, pixels=10**9, room=10**9)


# --- bombs --------------------------------------------------------------------------------------------------


def test_row_23_a_png_of_900_megapixels_is_refused_by_its_header() -> None:
    with pytest.raises(DecoderRefused, match="megapixels"):
        load(png(30_000, 30_000, depth=1, colour=0), "PNG")


def test_row_23_a_png_of_400_megapixels_does_not_fit_the_memory() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        prepare()
        with pytest.raises(DecoderRefused, match="MiB of memory"):
            load(png(20_000, 20_000), "PNG")


def test_row_23_a_lower_limit_of_pixels_holds_too() -> None:
    prepare()
    data = saved(scene(), "JPEG")
    with pytest.raises(DecoderRefused, match="640 x 480"):
        load_picture(io.BytesIO(data), "image/jpeg", 320, pixels=300_000, room=MIB * 512)


def test_a_real_picture_of_200_megapixels_is_shown() -> None:
    """What the largest phones make; a decoder that scales it down needs little memory."""
    tile = saved(Image.new("L", (16320, 12240), 100), "JPEG", quality=30)
    picture = load(tile, "JPEG", room=32 * MIB)
    assert (picture.width, picture.height, picture.image.size) == (16320, 12240, (320, 240))


def test_a_progressive_jpeg_keeps_all_coefficients_and_may_not_fit() -> None:
    data = saved(scene(3000, 2000), "JPEG", progressive=True)
    with pytest.raises(DecoderRefused, match="MiB of memory"):
        load(data, "JPEG", room=12 * MIB)
    assert load(data, "JPEG", room=32 * MIB).image.size == (320, 213)
    assert load(saved(scene(3000, 2000), "JPEG"), "JPEG", room=12 * MIB).image.size == (320, 213)


def test_corners_are_told_apart() -> None:
    """The check of all the tests above can fail."""
    assert corners_of(quadrants()) == CORNERS
    assert not is_upright(quadrants().transpose(Image.Transpose.ROTATE_180))
    assert not is_upright(quadrants().transpose(Image.Transpose.FLIP_LEFT_RIGHT))
