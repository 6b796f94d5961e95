"""Posters of films and covers of sound files (checklist rows 3 and 17)."""

import contextlib
import io
import time
from pathlib import Path
from typing import BinaryIO, cast

import av
import numpy as np
import pytest
from PIL import Image

from services.errors import DecoderRefused
from services.media.images import Picture, Unreadable, prepare
from services.media.poster import load_cover, load_poster
from tests.services.media.pixel_samples import (
    CORNERS,
    MATRICES,
    corners_of,
    film,
    is_upright,
    quadrants,
    saved,
    with_matrix,
)


def poster(data: bytes, mime: str = "video/mp4", box: int = 320, **more: float) -> Picture | None:
    limits = {"pixels": 512_000_000, "room": 1 << 30, "deadline": time.monotonic() + 10} | more
    return load_poster(
        io.BytesIO(data),
        mime,
        box,
        pixels=int(limits["pixels"]),
        room=int(limits["room"]),
        deadline=limits["deadline"],
    )


def shown(data: bytes, mime: str = "video/mp4", box: int = 320, **more: float) -> Picture:
    picture = poster(data, mime, box, **more)
    assert picture is not None
    return picture


@pytest.fixture(scope="module")
def mp4(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return film(tmp_path_factory.mktemp("film") / "a.mp4", size=(192, 128))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_row_3_the_display_matrix_is_followed(mp4: bytes, orientation: int) -> None:
    turned = quadrants(192, 128)
    picture = shown(with_matrix(mp4, MATRICES[orientation]))
    sizes = (picture.width, picture.height), picture.image.size
    assert sizes == (((192, 128),) * 2 if orientation < 5 else ((128, 192),) * 2)
    if orientation == 1:
        assert is_upright(picture.image)
    elif orientation == 6:
        assert is_upright(picture.image.transpose(Image.Transpose.ROTATE_90)), "turned with the clock"
    got = set(corners_of(picture.image))
    assert len(got) == len(corners_of(turned)), "nothing is lost"


def test_row_3_the_sign_trap(mp4: bytes) -> None:
    """A phone held upright writes 90 degrees with the clock; FFmpeg's angle for it is -90."""
    data = with_matrix(mp4, MATRICES[6])
    with av.open(io.BytesIO(data), "r") as container:
        assert next(container.decode(video=0)).rotation == -90
    top_left = np.array(shown(data).image.getpixel((10, 10)))
    assert np.abs(top_left - CORNERS[2]).max() < 40, "bottom left came to the top left"


def test_an_odd_angle_is_left_alone(mp4: bytes) -> None:
    at = mp4.index(b"tkhd") + 44
    slanted = b"".join(int(v * 65536).to_bytes(4, "big", signed=True) for v in (0.7, 0.7, 0, -0.7, 0.7))
    assert is_upright(shown(mp4[:at] + slanted + mp4[at + 20 :]).image)


@pytest.mark.parametrize(
    ("name", "mime", "codec"),
    [
        ("a.mp4", "video/mp4", "libx264"), ("a.mov", "video/quicktime", "libx264"),
        ("a.mkv", "video/x-matroska", "libx264"), ("a.avi", "video/x-msvideo", "mjpeg"),
        ("a.ts", "video/mp2t", "libx264"),
    ],
)  # fmt: skip
def test_posters_of_usual_containers(tmp_path: Path, name: str, mime: str, codec: str) -> None:
    picture = shown(film(tmp_path / name, codec="mjpeg" if codec == "mjpeg" else "libx264"), mime)
    assert is_upright(picture.image)
    assert picture.image.size == (96, 64)


@pytest.mark.parametrize("size", [(640, 480), (1280, 720)])
def test_unmarked_colours_are_those_of_their_time(tmp_path: Path, size: tuple[int, int]) -> None:
    """The encoder here writes BT.601; only a small picture is read back as such."""
    picture = shown(film(tmp_path / "a.mp4", 6, size=size), box=320)
    off = max(
        abs(a - b)
        for got, want in zip(corners_of(picture.image), CORNERS, strict=True)
        for a, b in zip(got, want, strict=True)
    )
    assert (off < 12) == (size[1] < 720)


def test_a_dark_beginning_is_passed_over(tmp_path: Path) -> None:
    assert is_upright(shown(film(tmp_path / "a.mp4", 40, black=8)).image)


def test_a_film_of_one_colour_has_a_poster_all_the_same(tmp_path: Path) -> None:
    data = film(tmp_path / "a.mp4", still=Image.new("RGB", (96, 64), (0, 0, 0)))
    assert shown(data).image.getextrema() == ((0, 0), (0, 0), (0, 0))


def test_oblong_pixels_are_stretched(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    film(path, size=(144, 108), options={"x264-params": "sar=4/3"})
    picture = shown(path.read_bytes())
    assert (picture.width, picture.height, picture.image.size) == (192, 108, (192, 108))


@pytest.mark.parametrize(("transfer", "level"), [(16, 0.58), (18, 0.75)], ids=["PQ", "HLG"])
def test_row_17_high_dynamic_range_is_tone_mapped(tmp_path: Path, transfer: int, level: float) -> None:
    """A grey at the signal of reference white comes out bright; as it stands it would be a middle grey."""
    still = Image.new("RGB", (96, 64), (0, 0, 0))
    still.paste((round(level * 255),) * 3, (0, 0, 48, 64))
    params = (
        f"colorprim=bt2020:transfer={'smpte2084' if transfer == 16 else 'arib-std-b67'}:colormatrix=bt2020nc"
    )
    data = film(tmp_path / "a.mp4", 6, still=still, options={"x264-params": params})
    with av.open(io.BytesIO(data), "r") as container:
        assert next(container.decode(video=0)).color_trc == transfer
    image = shown(data).image
    red, green, blue = np.array(image.getpixel((12, 32))) / 255
    assert 0.86 < green < 0.98
    assert max(red, green, blue) - min(red, green, blue) < 0.03, "grey stays grey"
    assert max(np.array(image.getpixel((84, 32)))) < 12, "black stays black"


def test_broken_films_say_so(mp4: bytes) -> None:
    for data in (b"", mp4[:40], mp4[: len(mp4) // 3], b"\0\0\0\x18ftypmp42" + b"\xff" * 500):
        with pytest.raises(Unreadable):
            poster(data)


def test_a_film_cut_off_behind_its_index_is_shown(tmp_path: Path) -> None:
    data = film(tmp_path / "a.ts", 60)
    assert is_upright(shown(data[: len(data) // 2], "video/mp2t").image)


def test_row_23_frames_beyond_the_limits_are_refused(mp4: bytes) -> None:
    with pytest.raises(DecoderRefused, match="192 x 128"):
        poster(mp4, pixels=20_000)
    with pytest.raises(DecoderRefused):
        poster(mp4, room=100_000)


def test_row_23_the_deadline_ends_the_search(mp4: bytes) -> None:
    with pytest.raises(Unreadable, match="in time"):
        poster(mp4, deadline=time.monotonic() - 1)


def test_row_23_an_endless_film_without_key_frames_is_given_up(tmp_path: Path) -> None:
    """A stream that goes on for ever and never shows a whole picture: packets and time are counted."""
    data = film(tmp_path / "a.ts", 200, gop=1000)
    packets = [data[at : at + 188] for at in range(0, len(data), 188)]
    beginning, rest = b"".join(packets[:3]), b"".join(packets[len(packets) // 2 :])

    class Endless(io.RawIOBase):
        at = 0

        def readable(self) -> bool:
            return True

        def seek(self, offset: int, whence: int = 0, /) -> int:
            self.at = 0
            return 0

        def read(self, size: int = -1, /) -> bytes:
            self.at += 1
            return beginning if self.at == 1 else rest

    started = time.monotonic()
    with contextlib.suppress(Unreadable):
        load_poster(
            cast(BinaryIO, Endless()), "video/mp2t", 320, pixels=10**9, room=10**9, deadline=started + 2
        )
    assert time.monotonic() - started < 30


def test_row_23_a_playlist_is_not_followed(tmp_path: Path) -> None:
    secret = film(tmp_path / "secret.ts")
    assert secret
    playlist = f"#EXTM3U\n#EXTINF:2,\nfile://{tmp_path}/secret.ts\n#EXT-X-ENDLIST\n".encode()
    for mime in ("video/mp4", "video/mp2t", "video/x-msvideo", "application/vnd.apple.mpegurl"):
        with pytest.raises(Unreadable):
            poster(playlist, mime)


def sound(path: Path, codec: str, *, with_film: bool = False) -> bytes:
    """A second of silence."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=8000, layout="mono")
        assert isinstance(stream, av.AudioStream)
        for start in range(0, 8000, 800):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
            frame.sample_rate, frame.pts = 8000, start
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path.read_bytes()


def flac_with_cover(sound_bytes: bytes, cover: bytes) -> bytes:
    """A FLAC with a picture block (RFC 9639, 8.8) behind its first block."""
    body = (3).to_bytes(4, "big") + (10).to_bytes(4, "big") + b"image/jpeg" + bytes(4 + 16)
    body += len(cover).to_bytes(4, "big") + cover
    end = 8 + int.from_bytes(sound_bytes[5:8], "big")
    assert sound_bytes[:4] == b"fLaC"
    return sound_bytes[:end] + b"\x06" + len(body).to_bytes(3, "big") + body + sound_bytes[end:]


def cover(data: bytes, mime: str) -> Picture | None:
    prepare()
    return load_cover(io.BytesIO(data), mime, 320, pixels=10**9, room=10**9)


def test_the_cover_of_a_sound_file_is_shown(tmp_path: Path) -> None:
    silence = sound(tmp_path / "a.flac", "flac")
    data = flac_with_cover(silence, saved(quadrants(500, 500), "JPEG", quality=95))
    picture = cover(data, "audio/flac")
    assert picture is not None
    assert is_upright(picture.image)
    assert picture.image.size == (320, 320)
    assert cover(silence, "audio/flac") is None, "no cover, no picture"


def test_a_broken_cover_says_so(tmp_path: Path) -> None:
    data = flac_with_cover(sound(tmp_path / "a.flac", "flac"), b"<html>not a picture</html>")
    with pytest.raises(Unreadable):
        cover(data, "audio/flac")


def test_sound_in_a_film_container_has_no_poster(tmp_path: Path) -> None:
    assert poster(sound(tmp_path / "a.mp4", "aac"), "video/mp4") is None


def test_a_broken_sound_file_says_so() -> None:
    with pytest.raises(Unreadable):
        cover(b"fLaC" + b"\xff" * 30, "audio/flac")
