"""What televisions get of pictures of every kind: the profiles, and the whole way from a file's bytes."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from services.errors import DecoderRefused
from services.media.images import prepare
from services.media.reading import Budget, picture_file
from services.media.renditions import encode
from services.media.sizes import fitted
from services.media.sniff import HEAD, sniff
from services.media.television import MOST_BYTES, PROFILES, Offer, Profile, profiles_for
from services.media.types import GRID, Hints, Rendition
from services.pictures import Picture
from tests.services.media.jpeg_markers import STANDARD, markers_of
from tests.services.media.pixel_samples import (
    DISPLAY_P3,
    dng,
    film,
    icc_profile,
    is_upright,
    png,
    quadrants,
    saved,
    scene,
    stored,
    with_matrix,
)
from tests.services.media.pixel_samples import MATRICES as TURNED

BUDGET = Budget(pixels=512_000_000, room=1 << 30, seconds=1e12)
ORIENTATIONS = range(1, 9)


def made_of(data: bytes, name: str, size: tuple[int, int] | None = None, profile: str = "TN") -> Rendition:
    prepare()
    chosen = PROFILES[profile]
    return picture_file(io.BytesIO(data), chosen, size, Hints(name), BUDGET)


def require_conforming(made: Rendition | Picture, profile: Profile) -> Image.Image:
    """Assert everything that a television needs, by the bytes; gives the pixels."""
    found = markers_of(made.data)
    assert list(found.frames) == [0xC0], "baseline, nothing else"
    assert found.scans == 1
    assert found.tables == STANDARD, "the standard Huffman tables"
    assert found.sampling == [0x22, 0x11, 0x11], "4:2:0 of three components"
    assert set(found.names) == {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}, "no EXIF, no profile, no comment, no restarts"
    assert found.size == (made.width, made.height)
    assert made.width <= profile.frame[0]
    assert made.height <= profile.frame[1]
    assert len(made.data) <= MOST_BYTES
    image = Image.open(io.BytesIO(made.data))
    image.load()
    return image


def test_what_there_is_of_a_large_picture() -> None:
    offers = [(o.profile.name, o.width, o.height) for o in profiles_for(6000, 4000)]
    assert offers == [
        ("LRG", 3240, 2160), ("FHD", 1620, 1080), ("MED", 1024, 683), ("SM", 640, 427), ("TN", 160, 107),
    ]  # fmt: skip


def test_nothing_is_offered_twice_but_the_largest_and_the_smallest() -> None:
    assert [(o.profile.name, o.width, o.height) for o in profiles_for(600, 400)] == [
        ("LRG", 600, 400), ("TN", 160, 107),
    ]  # fmt: skip
    assert [o.profile.name for o in profiles_for(1, 1)] == ["LRG", "TN"]
    assert [o.profile.name for o in profiles_for(1500, 900)] == ["LRG", "MED", "SM", "TN"]


def test_of_a_picture_of_unknown_size_there_is_all_without_sizes() -> None:
    assert profiles_for(None, None) == tuple(Offer(p) for p in PROFILES.values())
    assert profiles_for(0, 5) == profiles_for(None, None)


def test_profiles_hold_what_dlna_asks_for() -> None:
    limits = {"JPEG_LRG": (4096, 4096), "JPEG_MED": (1024, 768), "JPEG_SM": (640, 480), "JPEG_TN": (160, 160)}
    for profile in PROFILES.values():
        width, height = limits[profile.dlna]
        assert profile.frame[0] <= width
        assert profile.frame[1] <= height
    assert len({p.key for p in PROFILES.values()}) == len(PROFILES)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_each_profile_fits_and_was_foreseen(profile: Profile) -> None:
    data = saved(scene(4400, 2500), "JPEG", quality=60)
    made = made_of(data, "a.jpg", (4400, 2500), profile.name)
    require_conforming(made, profile)
    assert (made.width, made.height) == profile.size_of(4400, 2500)
    offers = {o.profile.name: (o.width, o.height) for o in profiles_for(4400, 2500)}
    assert offers[profile.name] == (made.width, made.height)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "WEBP", "PNG", "HEIF"])
def test_upright_whatever_the_orientation(kind: str, orientation: int) -> None:
    made = made_of(stored(quadrants(320, 200), kind, orientation), f"a.{kind.lower()}", (320, 200), "MED")
    image = require_conforming(made, PROFILES["MED"])
    assert (made.width, made.height) == (320, 200)
    assert is_upright(image)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_posters_are_upright(tmp_path: Path, orientation: int) -> None:
    turned = with_matrix(film(tmp_path / "a.mp4", size=(320, 200)), TURNED[orientation])
    made = made_of(turned, "a.mp4", None, "MED")
    require_conforming(made, PROFILES["MED"])
    assert (made.width, made.height) == ((320, 200) if orientation < 5 else (200, 320))


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_of_a_raw_photo_its_preview(profile: Profile) -> None:
    made = made_of(dng(saved(quadrants(600, 450), "JPEG")), "a.dng", (640, 480), profile.name)
    image = require_conforming(made, profile)
    assert is_upright(image.convert("RGB"))
    assert max(image.size) <= 640


CMYK = quadrants(320, 200).convert("CMYK")
DEEP = Image.fromarray((np.linspace(0, 65535, 320 * 200).reshape(200, 320)).astype(np.uint16))
CLEAR = quadrants(320, 200).convert("RGBA")
CLEAR.putalpha(Image.new("L", (320, 200), 0))
CLEAR.paste(quadrants(320, 200), (0, 0))
KINDS = {
    "cmyk.jpg": saved(CMYK, "JPEG"),
    "progressive.jpg": saved(
        quadrants(320, 200), "JPEG", progressive=True, subsampling="4:4:4", optimize=True
    ),
    "grey.jpg": saved(quadrants(320, 200).convert("L"), "JPEG"),
    "sixteen.png": saved(DEEP, "PNG"),
    "alpha.png": saved(CLEAR, "PNG"),
    "palette.gif": saved(quadrants(320, 200), "GIF"),
    "bits.bmp": saved(quadrants(320, 200), "BMP"),
    "alpha.webp": saved(CLEAR, "WEBP"),
    "lzw.tiff": saved(quadrants(320, 200), "TIFF", compression="tiff_lzw"),
    "small.avif": saved(quadrants(320, 200), "AVIF"),
}


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("profile", ["LRG", "TN"])
def test_every_kind_of_picture(name: str, profile: str) -> None:
    made = made_of(KINDS[name], name, (320, 200), profile)
    image = require_conforming(made, PROFILES[profile])
    assert image.size == PROFILES[profile].size_of(320, 200)
    if name not in {"grey.jpg", "sixteen.png", "cmyk.jpg"}:
        assert is_upright(image)


def test_colours_of_another_profile_become_srgb() -> None:
    """The JPEG has no profile, so its numbers must be sRGB's."""
    colour = (200, 60, 40)
    data = saved(Image.new("RGB", (64, 64), colour), "PNG", icc_profile=icc_profile(DISPLAY_P3, None))
    shown = require_conforming(made_of(data, "a.png", (64, 64)), PROFILES["TN"]).getpixel((32, 32))
    assert isinstance(shown, tuple)
    assert shown[0] > 210, "more red in sRGB than the numbers of Display P3 say"
    assert shown[1] < 56


def test_nothing_of_the_original_but_its_pixels() -> None:
    exif = Image.Exif()
    exif[0x010F] = "PRIVATE MAKER"
    exif[0x8825] = {1: "N", 2: (48.0, 12.0, 0.0)}
    data = saved(quadrants(), "JPEG", exif=exif, comment=b"PRIVATE WORDS", xmp=b"PRIVATE XMP", dpi=(300, 300))
    made = made_of(data, "a.jpg", (96, 64))
    require_conforming(made, PROFILES["TN"])
    assert b"PRIVATE" in data
    assert b"PRIVATE" not in made.data


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_one_pixel_and_a_long_strip(profile: Profile) -> None:
    dot = made_of(saved(Image.new("RGB", (1, 1), "red"), "PNG"), "a.png", (1, 1), profile.name)
    assert require_conforming(dot, profile).size == (1, 1)
    strip = made_of(saved(quadrants(9000, 60), "JPEG"), "a.jpg", (9000, 60), profile.name)
    assert require_conforming(strip, profile).size == profile.size_of(9000, 60)
    tall = made_of(saved(quadrants(20, 4000), "PNG"), "a.png", (20, 4000), profile.name)
    assert require_conforming(tall, profile).size == profile.size_of(20, 4000)


def test_a_size_that_was_wrong_does_not_leave_the_frame() -> None:
    """The catalogue may know another size than the file has: of RAW photos it does."""
    made = made_of(saved(quadrants(900, 3000), "JPEG"), "a.jpg", (3000, 900), "MED")
    assert require_conforming(made, PROFILES["MED"]).size == (230, 768)
    made = made_of(saved(quadrants(900, 3000), "JPEG"), "a.jpg", None, "MED")
    assert require_conforming(made, PROFILES["MED"]).size == (230, 768)


def test_of_a_rendition_it_has_the_size_that_the_original_would_give() -> None:
    """900 x 600 pixels are 320 x 213 in the grid, and half of that is less than a thumbnail's 107 rows."""
    for original in ((900, 600), (1201, 803), (333, 4000), (4000, 3001)):
        kept = encode(scene(*fitted(*original, GRID)), GRID).data
        made = made_of(kept, "rendition", original)
        assert require_conforming(made, PROFILES["TN"]).size == PROFILES["TN"].size_of(*original)


def test_the_same_picture_gives_the_same_bytes() -> None:
    data = stored(scene(), "JPEG", 6)
    assert made_of(data, "a.jpg", (640, 480)) == made_of(data, "a.jpg", (640, 480))


def test_bombs_and_what_is_no_picture_are_refused() -> None:
    for data, name in (
        (png(30_000, 30_000, depth=1, colour=0), "a.png"),
        (b"words", "a.txt"),
        (b"", "a.jpg"),
    ):
        with pytest.raises(DecoderRefused):
            made_of(data, name)


def test_a_truncated_picture_shows_what_there_is() -> None:
    made = made_of(saved(scene(), "JPEG")[:9000], "a.jpg", (640, 480), "SM")
    assert require_conforming(made, PROFILES["SM"]).size == (640, 480)


REAL = Path(os.environ.get("HYPOMOS_MEDIA", "/nowhere"))


@pytest.mark.skipif(not REAL.is_dir(), reason="no folder of real camera files")
def test_real_files_of_cameras() -> None:
    """Each that shows anything conforms, and has the size that its reading foresees."""
    prepare()
    shown = 0
    for path in sorted(p for p in REAL.rglob("*") if p.is_file()):
        data = path.read_bytes()
        if sniff(data[:HEAD], path.name).kind not in {"photo", "video"}:
            continue
        try:
            made = made_of(data, path.name, None, "SM")
        except DecoderRefused:
            continue
        require_conforming(made, PROFILES["SM"])
        shown += 1
    assert shown
