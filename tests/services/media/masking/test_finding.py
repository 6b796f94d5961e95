"""Files that tell a place and serial numbers: masked, they tell neither, and are the same pictures."""

import io
import struct
import zlib
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
import exifread
import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from services.media.masking import apply, find_masks, from_json, to_json
from services.media.metadata import read_metadata
from services.media.types import Hints

pillow_heif.register_heif_opener()
SERIALS = (b"SER1234567", b"LENS765432", b"NOTE998877")
LAT, LON = (52.0, 31.0, 12.345), (13.0, 24.0, 54.321)
PACKET = b"""<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:aux="http://ns.adobe.com/exif/1.0/aux/"
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 exif:GPSLatitude="52,31.2N" exif:GPSLongitude='13,24.9E' aux:SerialNumber="SER1234567" photoshop:City="Berlin">
<aux:LensSerialNumber>LENS765432</aux:LensSerialNumber>
<Iptc4xmpExt:LocationShown><rdf:Bag><rdf:li><Iptc4xmpExt:City>Berlin</Iptc4xmpExt:City></rdf:li></rdf:Bag>
</Iptc4xmpExt:LocationShown>
<dc:subject><rdf:Bag><rdf:li>lake</rdf:li></rdf:Bag></dc:subject>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""


@pytest.mark.parametrize("more", [b"", b"GPS(149.0251,-20.2533,16)\n", b"x" * (2 << 20)])
def test_subtitles_are_given_as_they_are_or_not_at_all(more: bytes) -> None:
    data = b"1\n00:00:01,000 --> 00:00:02,000\nby the lake\n" + more
    assert find_masks(io.BytesIO(data), "a.srt") == (None if more else [])


def exif() -> bytes:
    found = Image.Exif()
    found[0x010F], found[0x0110] = "Maker", "Model"
    inner = found.get_ifd(0x8769)
    inner[0x9003] = "2026:07:01 12:00:00"
    inner[0x927C] = b"Maker\0" + SERIALS[2] * 20
    inner[0xA431], inner[0xA435] = SERIALS[0].decode(), SERIALS[1].decode()
    place = found.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", LAT, "E", LON
    return found.tobytes()


def picture() -> Image.Image:
    return Image.fromarray((np.arange(64 * 48 * 3).reshape(48, 64, 3) * 7 % 251).astype(np.uint8))


def saved(kind: str, **more: Any) -> bytes:
    out = io.BytesIO()
    picture().save(out, kind, **more)
    return out.getvalue()


def jpeg() -> bytes:
    return saved("JPEG", exif=exif(), xmp=PACKET, quality=90)


def jpeg_iptc() -> bytes:
    datasets = b"".join(
        b"\x1c\x02" + bytes([n]) + struct.pack(">H", len(text)) + text
        for n, text in ((25, b"lake"), (90, b"Berlin"), (101, b"Germany"))
    )
    resource = b"8BIM" + struct.pack(">H", 0x0404) + b"\0\0" + struct.pack(">I", len(datasets)) + datasets
    body = b"Photoshop 3.0\0" + resource + b"\0" * (len(datasets) & 1)
    data = jpeg()
    return data[:2] + b"\xff\xed" + struct.pack(">H", len(body) + 2) + body + data[2:]


def jpeg_twice() -> bytes:
    """A picture with another behind it, as gain maps and stereo pictures are."""
    return jpeg() + b"\0" * 7 + jpeg()


def motion() -> bytes:
    return jpeg() + movie()


def png() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", PACKET.decode())
    info.add_text("Raw profile type exif", exif().hex(), zip=True)
    return saved("PNG", exif=exif(), pnginfo=info)


def heic() -> bytes:
    out = io.BytesIO()
    pillow_heif.from_pillow(picture()).save(out, quality=80, exif=exif(), xmp=PACKET)
    return out.getvalue()


def avif() -> bytes:
    return saved("AVIF", exif=exif(), xmp=PACKET, quality=80)


def tiff() -> bytes:
    found = Image.Exif()
    found.load(exif())
    return saved("TIFF", exif=found, compression="raw")


def movie(kind: str = "mp4") -> bytes:
    out = io.BytesIO()
    with av.open(
        out, "w", format=kind, options={"movflags": "use_metadata_tags"} if kind == "mov" else {}
    ) as made:
        made.metadata["location"] = "+52.5200+013.4050/"
        made.metadata["location-eng"] = "+52.5200+013.4050/"
        made.metadata["com.apple.quicktime.location.ISO6709"] = "+52.5200+013.4050/"
        stream = made.add_stream("mpeg4", rate=Fraction(10))
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(5):
            made.mux(stream.encode(av.VideoFrame.from_ndarray(np.asarray(picture()), format="rgb24")))
        made.mux(stream.encode())
    return out.getvalue()


FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "jpeg": ("a.jpg", jpeg),
    "jpeg with iptc": ("a.jpg", jpeg_iptc),
    "jpeg with another behind": ("a.jpg", jpeg_twice),
    "motion photo": ("a.jpg", motion),
    "png": ("a.png", png),
    "webp": ("a.webp", lambda: saved("WEBP", exif=exif(), xmp=PACKET, lossless=True)),
    "heic": ("a.heic", heic),
    "avif": ("a.avif", avif),
    "tiff": ("a.tif", tiff),
    "mp4": ("a.mp4", movie),
    "mov": ("a.mov", lambda: movie("mov")),
}


def masked(name: str, data: bytes) -> bytes:
    masks = find_masks(io.BytesIO(data), name)
    assert masks is not None
    assert masks
    masks = list(from_json(to_json(masks)))
    hidden = apply(masks, 0, data)
    assert len(hidden) == len(data)
    for start, end in ((0, 1), (3, 4000), (777, 778), (len(data) - 5, len(data))):
        assert apply(masks, start, data[start:end]) == hidden[start:end]
    steps = b"".join(apply(masks, at, data[at : at + 97]) for at in range(0, len(data), 97))
    assert steps == hidden
    return hidden


@pytest.mark.parametrize("kind", FILES)
def test_nothing_tells_the_place_or_a_number_any_more(kind: str) -> None:
    name, make = FILES[kind]
    data = make()
    before = read_metadata(io.BytesIO(data), Hints(name=name, size=len(data), mtime_ns=0), data[:65536])
    hidden = masked(name, data)
    for word in (*SERIALS, b"Berlin", b"52,31.2N", b"+52.5200", exif()[60:].hex().encode()[-40:]):
        assert word not in hidden, word
    found = read_metadata(io.BytesIO(hidden), Hints(name=name, size=len(data), mtime_ns=0), hidden[:65536])
    assert found.lat is None
    assert before.lat is not None
    tags = tags_of(hidden)
    assert not [t for t in tags if t.startswith("GPS ") and "GPS" in t[4:]]
    assert not [v for t, v in tags.items() if "Serial" in t and str(v).strip("\0 ")]
    if not name.endswith(("mp4", "mov")):
        with Image.open(io.BytesIO(hidden)) as image:
            assert dict(image.getexif().get_ifd(0x8825)) == {}


def tags_of(data: bytes) -> dict[str, Any]:
    """What exifread finds; it raises anything at files that it does not expect."""
    try:
        return dict(exifread.process_file(io.BytesIO(data), details=True))
    except Exception:
        return {}


@pytest.mark.parametrize("kind", FILES)
def test_it_is_the_same_picture(kind: str) -> None:
    name, make = FILES[kind]
    data = make()
    hidden = masked(name, data)
    if name.endswith(("mp4", "mov")):
        one, two = (frames(each) for each in (data, hidden))
        assert len(one) == len(two) == 5
        assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
        return
    with Image.open(io.BytesIO(data)) as one_, Image.open(io.BytesIO(hidden)) as two_:
        assert np.array_equal(np.asarray(one_), np.asarray(two_))
        assert two_.getexif().get_ifd(0x8769).get(0x9003) in ("2026:07:01 12:00:00", None)


def frames(data: bytes) -> list[Any]:
    with av.open(io.BytesIO(data), "r") as video:
        return [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]


def test_checksums_of_a_png_are_right() -> None:
    hidden, at = masked("a.png", png()), 8
    kinds = []
    while at < len(hidden):
        (size,) = struct.unpack(">I", hidden[at : at + 4])
        body = hidden[at + 4 : at + 8 + size]
        assert zlib.crc32(body).to_bytes(4, "big") == hidden[at + 8 + size : at + 12 + size]
        kinds.append(body[:4])
        at += 12 + size
    assert b"hyPm" in kinds


def test_other_words_stay() -> None:
    hidden = masked("a.jpg", jpeg_iptc())
    assert b"<rdf:li>lake</rdf:li>" in hidden
    assert b"2026:07:01 12:00:00" in hidden
    assert b"\x1c\x02\x19\0\x04lake" in hidden


def test_where_there_is_nothing_to_hide() -> None:
    assert find_masks(io.BytesIO(saved("JPEG")), "a.jpg") == []
    assert find_masks(io.BytesIO(saved("BMP")), "a.bmp") == []
    assert find_masks(io.BytesIO(saved("PNG")), "a.png") == []


@pytest.mark.parametrize("name", ["a.nef", "a.cr3", "a.mkv", "a.txt"])
def test_what_nobody_takes_apart_is_not_given(name: str) -> None:
    data = {"a.nef": tiff(), "a.mkv": b"\x1aE\xdf\xa3" + b"x" * 100}.get(name, b"some bytes" * 20)
    assert find_masks(io.BytesIO(data), name) is None


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(FILES)), st.data())
def test_hostile_files_end_in_masks_or_in_nothing(kind: str, draw: st.DataObject) -> None:
    name, make = FILES[kind]
    data = bytearray(CACHE.setdefault(kind, make()))
    for _ in range(draw.draw(st.integers(1, 12))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    cut = bytes(data[: draw.draw(st.integers(0, len(data)))])
    masks = find_masks(io.BytesIO(cut), name)
    if masks is not None:
        assert len(apply(masks, 0, cut)) == len(cut)


CACHE: dict[str, bytes] = {}


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    for head in (
        b"\xff\xd8",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\0\0\0\0WEBP",
        b"II*\0\x08\0\0\0",
        b"\0\0\0\x10ftypheic",
    ):
        find_masks(io.BytesIO(head + data), "a.jpg")
