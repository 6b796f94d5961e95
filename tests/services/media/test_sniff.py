"""Kinds and MIME types by content (checklist rows 13, 22 and 23; "HEIC that is a JPEG")."""

import struct
from collections.abc import Callable

import pytest

from services.media.sniff import HEAD, Sniffed, sniff
from tests.services.media.metadata_samples import animation, box, film, heic, photo, sound, xmp


def tiff(*entries: tuple[int, int, int, bytes], order: str = "<", magic: int = 42) -> bytes:
    """A TIFF with one directory of (tag, type, count, 4 bytes of value)."""
    start = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", magic, 8)
    body = b"".join(struct.pack(order + "HHI", *entry[:3]) + entry[3] for entry in entries)
    return start + struct.pack(order + "H", len(entries)) + body + b"\0\0\0\0"


def short(tag: int, value: int) -> tuple[int, int, int, bytes]:
    return tag, 3, 1, struct.pack("<HH", value, 0)


def raw(make: str, *entries: tuple[int, int, int, bytes]) -> bytes:
    """A TIFF whose Make stands behind the directory."""
    name = make.encode() + b"\0"
    where = 8 + 2 + 12 * (len(entries) + 1) + 4
    return tiff((0x10F, 2, len(name), struct.pack("<I", where)), *entries) + name


def ftyp(major: bytes, *compatible: bytes) -> bytes:
    return box(b"ftyp", major, b"\0\0\0\0", *compatible) + box(b"free")


MADE: dict[str, Callable[[], bytes]] = {
    "image/jpeg": lambda: photo("JPEG"),
    "image/png": lambda: photo("PNG"),
    "image/webp": lambda: photo("WEBP"),
    "image/gif": lambda: animation("GIF"),
    "image/bmp": lambda: photo("BMP"),
    "image/tiff": lambda: photo("TIFF"),
    "image/avif": lambda: photo("AVIF"),
    "image/heic": lambda: heic(),
    "video/mp4": lambda: film(),
    "video/quicktime": lambda: film("mov"),
    "video/x-m4v": lambda: film("ipod"),
    "video/3gpp": lambda: film("3gp"),
    "video/x-matroska": lambda: film("matroska"),
    "video/webm": lambda: film("webm", "libvpx"),
    "video/x-msvideo": lambda: film("avi"),
    "video/mp2t": lambda: film("mpegts", "mpeg2video"),
    "audio/mpeg": lambda: sound("mp3", "libmp3lame", {"title": "a"}),
    "audio/mp4": lambda: sound("ipod", "aac"),
    "audio/flac": lambda: sound("flac", "flac"),
    "audio/ogg": lambda: sound("ogg", "libopus"),
    "audio/wav": lambda: sound("wav", "pcm_s16le"),
    "audio/aac": lambda: sound("adts", "aac"),
}


@pytest.mark.parametrize("mime", MADE)
def test_what_programs_write_is_known(mime: str) -> None:
    found = sniff(MADE[mime]()[:HEAD], "misleading.txt")
    assert (found.kind, found.mime, found.raw) == (mime.split("/")[0].replace("image", "photo"), mime, False)


def test_apng_is_still_a_png() -> None:
    """Row 19."""
    assert sniff(animation("PNG")) == Sniffed("photo", "image/png")


@pytest.mark.parametrize("name", ["a.heic", "a.nef", "a.mov", "a.svg", "a"])
def test_the_extension_of_a_jpeg_does_not_count(name: str) -> None:
    assert sniff(photo(), name) == Sniffed("photo", "image/jpeg")


@pytest.mark.parametrize(
    ("text", "mime"),
    [
        ("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "image/svg+xml"),
        ("<?xml version='1.0'?>\n<!-- made by hand -->\n<svg:svg xmlns:svg='x'/>", "image/svg+xml"),
        ("\ufeff<!DOCTYPE html><title>a</title>", "text/html"),
        ("<html><svg></svg></html>", "text/html"),
        ("<?xml version='1.0'?><plist version='1.0'/>", "application/xml"),
        ('{"photoTakenTime": {}}', "text/plain"),
        ("II, der Zweite", "text/plain"),
    ],
)
def test_markup_posing_as_a_picture_is_no_media(text: str, mime: str) -> None:
    """SVG and HTML as .jpg (row 23): never shown, never rendered."""
    for encoding in ("utf-8", "utf-16"):
        assert sniff(text.encode(encoding), "photo.jpg") == Sniffed("other", mime), encoding


def test_xmp_is_a_sidecar_in_any_encoding() -> None:
    packet = xmp({"xmp:Rating": "3"})
    for data in (packet, packet.decode().encode("utf-16")):
        assert sniff(data) == Sniffed("other", "application/rdf+xml")


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 500, b"\xff\xfb\x90", bytes(range(256)), b"RIFF\0\0\0\0ABCD", b"\x1aE\xdf\xa3\x00"]
)
def test_what_is_nothing_is_octets(data: bytes) -> None:
    assert sniff(data, "a.mp3") == Sniffed("other", "application/octet-stream")


def test_pdf_and_zip_are_named() -> None:
    assert sniff(b"%PDF-1.7 ...").mime == "application/pdf"
    assert sniff(b"PK\x03\x04....").mime == "application/zip"


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (ftyp(b"heix", b"mif1"), "image/heic"),
        (ftyp(b"mif1", b"heic"), "image/heif"),
        (ftyp(b"mif1", b"avif"), "image/avif"),
        (ftyp(b"1pic", b"heic"), "image/heic"),
        (ftyp(b"avis", b"avif"), "image/avif"),
        (ftyp(b"isom", b"avc1"), "video/mp4"),
        (ftyp(b"M4VH", b"isom"), "video/x-m4v"),
        (ftyp(b"3g2a"), "video/3gpp2"),
        (ftyp(b"M4B ", b"isom"), "audio/mp4"),
        (box(b"wide") + box(b"mdat", b"\0" * 40), "video/quicktime"),
        (b"OggS" + b"\0" * 24 + b"\x80theora" + b"\0" * 20, "video/ogg"),
    ],
)
def test_boxes_are_told_by_brand(data: bytes, mime: str) -> None:
    assert sniff(data).mime == mime


def test_camcorder_streams_have_longer_packets() -> None:
    packet = b"\0\0\0\0\x47" + b"\xff" * 187
    assert sniff(packet * 6) == Sniffed("video", "video/m2ts")


def test_bare_sound_frames_must_be_two_in_a_row() -> None:
    frame = b"\xff\xfb\x90\x00".ljust(417, b"\0")
    assert sniff(frame * 2) == Sniffed("audio", "audio/mpeg")
    assert sniff(frame).kind == "other"


def test_flac_behind_an_id3_tag_is_flac() -> None:
    assert sniff(b"ID3\4\0\0\0\0\0\2..fLaC").mime == "audio/flac"


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (raw("NIKON CORPORATION", short(0x106, 32803)), "image/x-nikon-nef"),
        (raw("NIKON CORPORATION", short(0x103, 34713)), "image/x-nikon-nef"),
        (raw("SONY", short(0x103, 32767)), "image/x-sony-arw"),
        (raw("PENTAX Corporation", short(0x103, 65535)), "image/x-pentax-pef"),
        (raw("SAMSUNG", short(0x106, 32803)), "image/x-samsung-srw"),
        (raw("SONY", short(0xFE, 1), short(0x14A, 0)), "image/x-sony-arw"),
        (raw("Leica", (0xC612, 1, 4, b"\1\4\0\0")), "image/x-adobe-dng"),
        (tiff(order="<", magic=0x55), "image/x-panasonic-rw2"),
        (tiff(order="<", magic=0x4F52), "image/x-olympus-orf"),
        (tiff(order=">", magic=0x4F52), "image/x-olympus-orf"),
        (b"II*\0\x10\0\0\0CR\2\0" + b"\0" * 20, "image/x-canon-cr2"),
        (b"FUJIFILMCCD-RAW 0201", "image/x-fujifilm-raf"),
        (ftyp(b"crx ", b"crx ", b"isom"), "image/x-canon-cr3"),
    ],
)
def test_raw_files_are_told_by_their_directories(data: bytes, mime: str) -> None:
    assert sniff(data, "a.jpg") == Sniffed("photo", mime, raw=True)


def test_a_developed_tiff_of_a_camera_is_no_raw() -> None:
    assert sniff(raw("NIKON CORPORATION", short(0x106, 2)), "a.tif") == Sniffed("photo", "image/tiff")


def test_the_name_tells_only_a_tiff_whose_directory_is_out_of_reach() -> None:
    far = b"II*\0" + struct.pack("<I", 900_000) + b"\0" * 100
    assert sniff(far, "A.DNG") == Sniffed("photo", "image/x-adobe-dng", raw=True)
    assert sniff(far, "a.tif") == Sniffed("photo", "image/tiff")
    assert sniff(photo("TIFF"), "a.dng") == Sniffed("photo", "image/tiff")
    assert sniff(raw("Hasselblad", short(0x106, 32803)), "a.dng").mime == "image/x-adobe-dng"
