"""The full pass over a file, put together from all readers."""

import base64
import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from services.errors import DecoderRefused
from services.media.hashing import open_descriptor
from services.media.images import prepare
from services.media.reading import (
    Budget,
    glance_file,
    hash_stream,
    is_heavy,
    read_file,
    rehearse,
    render_file,
)
from services.media.types import GRID, VIEW, Hints, Reading, Rendition
from tests.services.media.pixel_samples import dng, film, is_upright, png, quadrants, saved, scene, stored

Opener = Callable[[bytes], int]


@pytest.fixture
def opened(tmp_path: Path) -> Opener:
    def open_(data: bytes) -> int:
        path = tmp_path / f"file{len(list(tmp_path.iterdir()))}"
        path.write_bytes(data)
        return os.open(path, os.O_RDONLY)

    return open_


def budget() -> Budget:
    prepare()
    return Budget(pixels=512_000_000, room=512 << 20, seconds=20)


def read(fd: int, name: str = "a.jpg") -> Reading:
    return read_file(fd, Hints(name), budget())


def grid(reading: Reading) -> Image.Image:
    assert reading.rendition is not None
    return Image.open(io.BytesIO(reading.rendition))


def test_a_photo(opened: Opener) -> None:
    data = stored(quadrants(1200, 800), "JPEG", 6)
    reading = read(opened(data))
    assert (reading.sha256, reading.size) == (hashlib.sha256(data).hexdigest(), len(data))
    assert reading.scan_hash is not None
    assert reading.damaged is None
    assert is_upright(grid(reading).convert("RGB"))
    facts = reading.metadata
    assert (facts.kind, facts.mime, facts.width, facts.height) == ("photo", "image/jpeg", 1200, 800)
    assert facts.orientation == 6, "as written"
    assert reading.fingerprints is not None
    assert base64.b64decode(reading.fingerprints.thumbhash)


def test_row_28_fingerprints_are_those_of_the_upright_picture(opened: Opener) -> None:
    readings = [read(opened(stored(scene(640, 480), "PNG", each))) for each in range(1, 9)]
    prints = [reading.fingerprints for reading in readings]
    first = prints[0]
    assert first is not None
    for each in prints:
        assert each is not None
        assert (int(each.phash64, 16) ^ int(first.phash64, 16)).bit_count() <= 2
        assert (int(each.phash256, 16) ^ int(first.phash256, 16)).bit_count() <= 4, "but for rounding"
    assert len({reading.sha256 for reading in readings}) == 8


def test_a_film(opened: Opener, tmp_path: Path) -> None:
    reading = read(opened(film(tmp_path / "a.mp4")), "a.mp4")
    assert is_upright(grid(reading).convert("RGB"))
    assert (reading.metadata.kind, reading.metadata.width, reading.metadata.height) == ("video", 96, 64)
    assert reading.fingerprints is not None
    assert reading.scan_hash is None


def test_a_raw_file_has_the_size_of_its_sensor(opened: Opener) -> None:
    reading = read(opened(dng(saved(quadrants(320, 240), "JPEG", quality=95))), "a.dng")
    assert (reading.metadata.width, reading.metadata.height, reading.damaged) == (640, 480, None)
    assert is_upright(grid(reading).convert("RGB"))


def test_row_19_an_animation_is_marked_and_shown_by_its_first_frame(opened: Opener) -> None:
    more = [Image.new("RGB", (96, 64), "black")] * 3
    for kind in ("GIF", "WEBP", "PNG"):
        reading = read(opened(saved(quadrants(), kind, save_all=True, append_images=more, duration=100)))
        assert reading.metadata.animated, kind
        assert is_upright(grid(reading).convert("RGB")), kind


def test_row_22_an_empty_file_is_damaged(opened: Opener) -> None:
    reading = read(opened(b""))
    assert (reading.damaged, reading.rendition, reading.size) == ("the file is empty", None, 0)


def test_row_22_a_truncated_photo_is_damaged_and_shown(opened: Opener) -> None:
    data = saved(scene(), "JPEG")
    reading = read(opened(data[: len(data) // 2]))
    assert reading.damaged is not None
    assert reading.rendition is not None
    assert reading.scan_hash is None


@pytest.mark.parametrize("name", ["a.heic", "b.avif", "c.webp", "d.png", "e.mp4", "f.dng", "g.jpg"])
def test_row_22_what_cannot_be_decoded_is_an_answer(opened: Opener, tmp_path: Path, name: str) -> None:
    prepare()
    kinds = {"heic": "HEIF", "avif": "AVIF", "webp": "WEBP", "png": "PNG", "jpg": "JPEG"}
    suffix = name[2:]
    if suffix == "mp4":
        data = film(tmp_path / "x.mp4")
    else:
        data = dng(None) if suffix == "dng" else saved(scene(), kinds[suffix])
    reading = read(opened(data[:60]), name)
    assert reading.damaged
    assert (reading.rendition, reading.fingerprints) == (None, None)
    assert reading.sha256 == hashlib.sha256(data[:60]).hexdigest()


@pytest.mark.parametrize(
    ("data", "name", "damaged"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "a.jpg", True),
        (b"<!DOCTYPE html><html><script>alert(1)</script></html>", "a.jpg", True),
        (b"just some words", "a.mp4", True), (b"just some words", "a.txt", False),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", False), (b"8BPS\0\1", "a.psd", False),
    ],
)  # fmt: skip
def test_row_23_markup_under_a_photos_name_is_no_photo(
    opened: Opener, data: bytes, name: str, damaged: bool
) -> None:
    reading = read(opened(data), name)
    assert (reading.metadata.kind, reading.rendition) == ("other", None)
    assert (reading.damaged is not None) == damaged


def test_a_photo_under_another_name_is_a_photo(opened: Opener) -> None:
    reading = read(opened(saved(quadrants(), "JPEG")), "a.heic")
    assert (reading.metadata.mime, reading.damaged) == ("image/jpeg", None)


def test_row_23_a_bomb_is_refused(opened: Opener) -> None:
    with pytest.raises(DecoderRefused, match="megapixels"):
        read(opened(png(30_000, 30_000, depth=1, colour=0)), "a.png")


@pytest.mark.parametrize(("size", "mime"), [(GRID, "image/webp"), (VIEW, "image/jpeg"), (640, "image/jpeg")])
def test_renditions_of_each_size(opened: Opener, size: int, mime: str) -> None:
    file = open_descriptor(opened(stored(quadrants(2400, 1600), "JPEG", 8)))
    made = render_file(file, size, Hints("a.jpg"), budget())
    assert isinstance(made, Rendition)
    assert (made.mime, made.width, made.height) == (mime, size, round(size * 2 / 3))
    assert is_upright(Image.open(io.BytesIO(made.data)).convert("RGB"))


@pytest.mark.parametrize("data", [b"", b"words", saved(scene(), "JPEG")[:100]])
def test_without_a_picture_there_is_no_rendition(opened: Opener, data: bytes) -> None:
    with pytest.raises(DecoderRefused):
        render_file(io.BytesIO(data), VIEW, Hints("a.jpg"), budget())


def test_heavy_files_get_more_time() -> None:
    prepare()
    assert is_heavy(saved(scene(), "HEIF"), "a.heic")
    assert is_heavy(b"\0\0\0\x18ftypmp42", "a.mp4")
    assert is_heavy(dng(None), "a.dng")
    assert not is_heavy(saved(scene(), "JPEG"), "a.jpg")


def test_the_rehearsal_touches_no_file() -> None:
    before = set(os.listdir("/proc/self/fd"))  # noqa: PTH208 (names are all)
    prepare()
    rehearse()
    assert set(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_hashes_of_providers_come_from_the_same_pass(opened: Opener) -> None:
    data = saved(scene(), "JPEG")
    assert read(opened(data)).hashes == {}
    reading = read_file(opened(data), Hints("a.jpg"), budget(), others=True)
    assert reading.hashes["md5"] == hashlib.md5(data, usedforsecurity=False).hexdigest()
    hashes = hash_stream(lambda offset, length: data[offset : offset + length], len(data))
    assert (hashes.sha256, hashes.hashes, hashes.size) == (reading.sha256, reading.hashes, len(data))


def test_a_glance_gives_metadata_and_of_a_video_its_poster(tmp_path: Path) -> None:
    photo = glance_file(
        io.BytesIO(stored(quadrants(1200, 800), "JPEG", 6)), Hints("a.jpg"), budget(), poster=True
    )
    assert (photo.metadata.width, photo.metadata.orientation, photo.rendition) == (1200, 6, None)
    data = film(tmp_path / "a.mp4")
    for poster in (True, False):
        video = glance_file(io.BytesIO(data), Hints("a.mp4"), budget(), poster=poster)
        assert (video.metadata.kind, video.rendition is not None) == ("video", poster)
    broken = glance_file(io.BytesIO(data[:200]), Hints("a.mp4"), budget(), poster=True)
    assert broken.rendition is None
    words = glance_file(io.BytesIO(b"just words"), Hints("a.jpg"), budget(), poster=False)
    assert (words.metadata.kind, words.metadata.problems) == (
        "other", ("the name ends in .jpg, but the content is text/plain",)
    )  # fmt: skip
