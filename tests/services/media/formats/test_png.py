"""PNG chunks (checklist rows 1, 19 and 23)."""

import io
import struct
import zlib

import pytest

from services.media.formats.blocks import FormatError
from services.media.formats.png import TEXT_LIMIT, read_blocks
from tests.services.media.metadata_samples import animation, exif, iptc, photo, photoshop, xmp


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_chunk(png: bytes, kind: bytes, data: bytes, *, at_end: bool = False) -> bytes:
    place = png.index(b"IEND") - 4 if at_end else 33
    return png[:place] + chunk(kind, data) + png[place:]


def test_size_and_exif() -> None:
    block = exif({0x112: 6})
    found = read_blocks(io.BytesIO(photo("PNG", exif=block)))
    assert (found.width, found.height, found.exif) == (40, 30, block)
    assert not found.animated


@pytest.mark.parametrize("compressed", [False, True])
def test_xmp_before_and_after_the_picture(compressed: bool) -> None:
    packet = xmp({"xmp:Rating": "4"})
    body = zlib.compress(packet) if compressed else packet
    text = b"XML:com.adobe.xmp\0" + bytes([compressed, 0]) + b"\0\0" + body
    for at_end in (False, True):
        found = read_blocks(io.BytesIO(with_chunk(photo("PNG"), b"iTXt", text, at_end=at_end)))
        assert found.xmp == packet


@pytest.mark.parametrize("kind", [b"zTXt", b"tEXt"])
def test_profiles_in_text_chunks(kind: bytes) -> None:
    """As ImageMagick writes them."""
    resource = photoshop(iptc((25, b"autumn")))[14:]
    text = f"\nIPTC profile\n{len(resource):8}\n{resource.hex()}\n".encode()
    body = b"\0" + zlib.compress(text) if kind == b"zTXt" else text
    found = read_blocks(io.BytesIO(with_chunk(photo("PNG"), kind, b"Raw profile type iptc\0" + body)))
    assert found.iptc == iptc((25, b"autumn"))


def test_an_animation_has_a_length() -> None:
    found = read_blocks(io.BytesIO(animation("PNG", frames=4, milliseconds=250)))
    assert (found.animated, found.duration_s) == (True, 1.0)


def test_a_text_that_unpacks_without_end_is_refused() -> None:
    """Row 23: 16 MB of nothing in 16 KB."""
    bomb = zlib.compress(b"\0" * (TEXT_LIMIT * 2))
    assert len(bomb) < 20_000
    data = with_chunk(photo("PNG"), b"zTXt", b"Raw profile type exif\0\0" + bomb)
    found = read_blocks(io.BytesIO(data))
    assert (found.width, found.exif) == (40, None)
    assert "above the limit" in found.problems[0]


def test_an_exif_chunk_that_claims_gigabytes_is_refused() -> None:
    data = photo("PNG")
    data = data[:33] + struct.pack(">I4s", 1 << 30, b"eXIf") + data[33:]
    found = read_blocks(io.BytesIO(data))
    assert (found.width, found.exif) == (40, None)
    assert "above the limit" in found.problems[0]


def test_broken_compressed_text_is_told() -> None:
    data = with_chunk(photo("PNG"), b"zTXt", b"Raw profile type exif\0\0nothing packed")
    found = read_blocks(io.BytesIO(data))
    assert (found.width, found.problems) == (40, ("PNG metadata: compressed text is broken",))


def test_a_file_cut_off_gives_its_size() -> None:
    assert read_blocks(io.BytesIO(photo("PNG")[:40])).width == 40
    with pytest.raises(FormatError):
        read_blocks(io.BytesIO(photo("PNG")[:30]))
