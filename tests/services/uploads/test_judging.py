"""What strangers may send, by what real decoder children make of it: pictures, videos and sounds, nothing else."""

import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.errors import DecoderError
from services.media.limits import limits_for
from services.media.pool import DecoderPool
from services.media.types import Hints
from services.uploads.judging import refusal
from tests.services.media.metadata_samples import film, photo, sound
from tests.services.media.pixel_samples import png, quadrants, stored


@pytest.fixture(scope="module")
def decoders() -> Iterator[DecoderPool]:
    with DecoderPool(1, limits_for(4 << 30, 2.0)) as made:
        yield made


def judged(decoders: DecoderPool, tmp_path: Path, data: bytes, name: str) -> str | None:
    """Why a file is refused; None for one that is taken."""
    path = tmp_path / "spooled"
    path.write_bytes(data)
    file = os.open(path, os.O_RDONLY)
    try:
        return refusal(decoders.read(file, Hints(name, size=len(data))))
    except DecoderError as error:
        return error.reason
    finally:
        os.close(file)


def packed() -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("a.jpg", b"x")
    return body.getvalue()


JPEG = stored(quadrants(320, 240), "JPEG")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (JPEG, "IMG_1.jpg"),
        (JPEG, "IMG_1.exe"),
        (JPEG[: len(JPEG) * 2 // 3], "cut.jpg"),
        (photo("PNG"), "a.png"),
        (photo("GIF"), "a.gif"),
        (film(), "a.mp4"),
        (sound("ogg", "libopus"), "a.ogg"),
        (sound("mp3", "mp3"), "a.mp3"),
    ],
)
def test_media_are_taken(decoders: DecoderPool, tmp_path: Path, data: bytes, name: str) -> None:
    assert judged(decoders, tmp_path, data, name) is None


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0" * 40, "the name ends in .jpg"),
        (b"\x7fELF\x02\x01\x01" + bytes(200), "the name ends in .jpg"),
        (b"#!/bin/sh\nrm -rf /\n", "the name ends in .jpg"),
        (packed(), "application/zip"),
        (b"<!DOCTYPE html><html><script>alert(1)</script></html>", "text/html"),
        (SVG, "image/svg+xml"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"", "The file is empty."),
        (JPEG[:3], "This cannot be shown"),
        (JPEG[:200], "This cannot be shown"),
        (b"\xff\xd8\xff\xe0" + bytes(500), "This cannot be shown"),
        (film()[:600], "This cannot be shown"),
        (b"\0\0\0\x18ftypmp42" + bytes(12) + b"MZ a program" * 50, "This cannot be shown"),
        (b"ID3\x03\0\0\0\0\0\x0aMZ a program" * 50, "This sound cannot be played"),
        (b"OggS" + b"MZ a program" * 50, "This sound cannot be played"),
        (png(60_000, 60_000), ""),
    ],
)
def test_everything_else_is_refused(decoders: DecoderPool, tmp_path: Path, data: bytes, said: str) -> None:
    reason = judged(decoders, tmp_path, data, "IMG_1.jpg")
    assert reason is not None
    assert said in reason
