"""What a file is, by its first bytes, here and only here; never by its name.

A name is looked at in one case only: a TIFF-based RAW file whose telling directory lies beyond the bytes at
hand is named by its extension. Only the standard library is imported: the service process uses this too.
"""

import io
import re
import struct
from dataclasses import dataclass
from pathlib import PurePath

from .formats.blocks import FormatError
from .formats.tiff import COMPRESSION, DNG_VERSION, MAKE, PHOTOMETRIC, SUB_IFDS, SUBFILE, Tiff, open_tiff
from .subtitles import SUBRIP, is_subrip
from .types import Kind

HEAD = 64 << 10
"""How many of the first bytes are looked at."""


@dataclass(frozen=True, slots=True)
class Sniffed:
    """Kind and MIME type; `raw` marks the undeveloped picture of a camera sensor."""

    kind: Kind
    mime: str
    raw: bool = False


NOTHING = Sniffed("other", "application/octet-stream")

STARTS = (
    (b"\xff\xd8\xff", Sniffed("photo", "image/jpeg")),
    (b"\x89PNG\r\n\x1a\n", Sniffed("photo", "image/png")),
    (b"GIF87a", Sniffed("photo", "image/gif")),
    (b"GIF89a", Sniffed("photo", "image/gif")),
    (b"FUJIFILMCCD-RAW", Sniffed("photo", "image/x-fujifilm-raf", raw=True)),
    (b"fLaC", Sniffed("audio", "audio/flac")),
    (b"%PDF-", Sniffed("other", "application/pdf")),
    (b"PK\x03\x04", Sniffed("other", "application/zip")),
    (b"\0\0\0\x0cJXL \r\n\x87\n", Sniffed("other", "image/jxl")),
    (b"\0\0\0\x0cjP  \r\n\x87\n", Sniffed("other", "image/jp2")),
    (b"8BPS", Sniffed("other", "image/vnd.adobe.photoshop")),
    (b"\0\0\x01\xba", Sniffed("other", "video/mpeg")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Sniffed("other", "video/x-ms-asf")),
    (b"#!AMR", Sniffed("other", "audio/amr")),
)

RIFF = {
    b"WEBP": Sniffed("photo", "image/webp"),
    b"AVI ": Sniffed("video", "video/x-msvideo"),
    b"WAVE": Sniffed("audio", "audio/wav"),
}

# ISO base media brands (ISO/IEC 14496-12, 23008-12; registered at mp4ra.org), by their first letters
BRANDS = (
    (("heic", "heix", "heim", "heis", "hevc", "hevx"), Sniffed("photo", "image/heic")),
    (("avif", "avis"), Sniffed("photo", "image/avif")),
    (("mif1", "mif2", "msf1"), Sniffed("photo", "image/heif")),
    (("crx ",), Sniffed("photo", "image/x-canon-cr3", raw=True)),
    (("qt  ",), Sniffed("video", "video/quicktime")),
    (("M4A ", "M4B ", "M4P ", "F4A "), Sniffed("audio", "audio/mp4")),
    (("M4V",), Sniffed("video", "video/x-m4v")),
    (("3gp", "3gr", "3gs", "3ge", "3gg"), Sniffed("video", "video/3gpp")),
    (("3g2",), Sniffed("video", "video/3gpp2")),
    (("jp2 ", "jpx "), Sniffed("other", "image/jp2")),
)
MP4 = Sniffed("video", "video/mp4")
QUICKTIME_BOXES = (b"moov", b"mdat", b"wide", b"pnot")

RAW_MIMES = {
    "cr2": "image/x-canon-cr2",
    "dng": "image/x-adobe-dng",
    "nef": "image/x-nikon-nef",
    "nrw": "image/x-nikon-nef",
    "arw": "image/x-sony-arw",
    "sr2": "image/x-sony-arw",
    "orf": "image/x-olympus-orf",
    "pef": "image/x-pentax-pef",
    "rw2": "image/x-panasonic-rw2",
    "srw": "image/x-samsung-srw",
}
RAW_MAKES = (("NIKON", "nef"), ("SONY", "arw"), ("PENTAX", "pef"), ("RICOH", "pef"), ("SAMSUNG", "srw"))
SENSOR_PIXELS = (32803, 34892)
"""PhotometricInterpretation of a colour filter array and of linear RAW (TIFF/EP, DNG)."""
SENSOR_CODINGS = (34713, 32767, 32770, 32772, 65535)
"""Compression used by nothing but NEF, ARW, SRW (two) and PEF."""

MP3_KBITS = {
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
}
MP3_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}

MARKUP = {"xmpmeta": "application/rdf+xml", "rdf": "application/rdf+xml", "svg": "image/svg+xml"}


def sniff(head: bytes, name: str = "") -> Sniffed:
    """What the file is that begins with `head` (64 KiB at most are looked at)."""
    head = head[:HEAD]
    for start, found in STARTS:
        if head.startswith(start):
            return found
    if head[:4] in (b"RIFF", b"RF64"):
        return RIFF.get(head[8:12], NOTHING)
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if head[4:8] in QUICKTIME_BOXES and head[:4] < b"\x10":
        return Sniffed("video", "video/quicktime")
    if head[:2] in (b"II", b"MM"):
        return _tiff(head, name)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return _ebml(head)
    if head.startswith(b"OggS"):
        return _ogg(head)
    if head.startswith(b"BM") and head[15:18] == b"\0\0\0" and head[14] in (12, 40, 52, 56, 64, 108, 124):
        return Sniffed("photo", "image/bmp")
    return _transport_stream(head) or _mpeg_audio(head) or _subtitles(head) or _text(head) or NOTHING


def _by_brand(head: bytes) -> Sniffed:
    """By the major brand; `mif1` gives way to AVIF, an unknown one to a picture's, among the compatible."""
    size = min(max(struct.unpack(">I", head[:4])[0], 16), 256)
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, size, 4))]
    found = _brand(brands[0])
    better = {"image/heif": ("image/avif",), "video/mp4": ("image/avif", "image/heic")}.get(found.mime, ())
    return next((other for other in map(_brand, brands[1:]) if other.mime in better), found)


def _brand(brand: bytes) -> Sniffed:
    text = brand.decode("latin-1")
    return next((found for starts, found in BRANDS if text.startswith(starts)), MP4)


def _tiff(head: bytes, name: str) -> Sniffed:
    try:
        tiff = open_tiff(io.BytesIO(head))
    except FormatError:
        return _text(head) or NOTHING
    if tiff.kind != "tiff":
        return Sniffed("photo", RAW_MIMES[tiff.kind], raw=True)
    if head[8:10] == b"CR" and head[10:11] == b"\x02":
        return Sniffed("photo", RAW_MIMES["cr2"], raw=True)
    extension = PurePath(name).suffix[1:].lower()
    verdict = _raw_kind(tiff, extension) if tiff.first < len(head) else extension
    if verdict in RAW_MIMES:
        return Sniffed("photo", RAW_MIMES[verdict], raw=True)
    return Sniffed("photo", "image/tiff")


def _raw_kind(tiff: Tiff, extension: str) -> str:
    """The usual extension of a RAW file by its directories, empty for a plain TIFF."""
    make = ""
    sensor = False
    for index, entries in enumerate(tiff.directories()):
        if DNG_VERSION in entries:
            return "dng"
        make = make or tiff.text(entries.get(MAKE)).upper()
        sensor = (
            sensor
            or tiff.integer(entries.get(PHOTOMETRIC)) in SENSOR_PIXELS
            or tiff.integer(entries.get(COMPRESSION)) in SENSOR_CODINGS
            # the first picture is only a preview of one in a sub-directory: no plain TIFF does that
            or (index == 0 and SUB_IFDS in entries and tiff.integer(entries.get(SUBFILE)) == 1)
        )
    if not sensor:
        return ""
    return next((kind for start, kind in RAW_MAKES if make.startswith(start)), extension)


def _ebml(head: bytes) -> Sniffed:
    """WebM or Matroska by the DocType element (0x4282) of the EBML header, RFC 8794."""
    found = re.search(rb"\x42\x82[\x81-\x90](webm|matroska)", head[:4096])
    if found is None:
        return NOTHING
    return Sniffed("video", "video/webm" if found[1] == b"webm" else "video/x-matroska")


def _ogg(head: bytes) -> Sniffed:
    """Ogg (RFC 3533, 5334): video when the first page announces Theora, sound otherwise."""
    return Sniffed("video", "video/ogg") if b"\x80theora" in head[:128] else Sniffed("audio", "audio/ogg")


def _transport_stream(head: bytes) -> Sniffed | None:
    """MPEG transport streams: packets of 188 bytes, or 192 on AVCHD cameras (4 bytes of time before each)."""
    for size, first, mime in ((188, 0, "video/mp2t"), (192, 4, "video/m2ts")):
        starts = range(first, min(len(head), first + 5 * size), size)
        if len(starts) >= 3 and all(head[at] == 0x47 for at in starts):
            return Sniffed("video", mime)
    return None


def _mpeg_audio(head: bytes) -> Sniffed | None:
    """MP3 and AAC, after an ID3 tag or from the first frame; bare frames must be two in a row."""
    start = 0
    if head.startswith(b"ID3") and len(head) >= 10:
        for byte in head[6:10]:
            start = start << 7 | byte & 0x7F
        start += 10
        if head[start : start + 4] == b"fLaC":
            return Sniffed("audio", "audio/flac")
    if _adts_frame(head, start) and _adts_frame(head, start + _adts_frame(head, start)):
        return Sniffed("audio", "audio/aac")
    if head.startswith(b"ID3"):
        return Sniffed("audio", "audio/mpeg") if len(head) > 10 else None
    if _mp3_frame(head, start) and _mp3_frame(head, start + _mp3_frame(head, start)):
        return Sniffed("audio", "audio/mpeg")
    return None


def _mp3_frame(head: bytes, at: int) -> int:
    """The length of an MPEG layer III frame at `at`, 0 when there is none (ISO/IEC 11172-3)."""
    frame = head[at : at + 4]
    if len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xE6 != 0xE2:
        return 0
    version, rate = (frame[1] >> 3) & 3, (frame[2] >> 2) & 3
    kbits = MP3_KBITS[3 if version == 3 else 2][frame[2] >> 4]
    if version == 1 or rate == 3 or kbits == 0:
        return 0
    per_frame = 144_000 if version == 3 else 72_000
    return per_frame * kbits // MP3_RATES[version][rate] + ((frame[2] >> 1) & 1)


def _adts_frame(head: bytes, at: int) -> int:
    """The length of an AAC frame in ADTS at `at`, 0 when there is none (ISO/IEC 13818-7)."""
    frame = head[at : at + 6]
    if len(frame) < 6 or frame[0] != 0xFF or frame[1] & 0xF6 != 0xF0 or (frame[2] >> 2) & 15 > 12:
        return 0
    length = (frame[3] & 3) << 11 | frame[4] << 3 | frame[5] >> 5
    return length if length > 7 else 0


def _subtitles(head: bytes) -> Sniffed | None:
    """SubRip, in any encoding that it is read in."""
    has_arrow = re.search(rb"-\0?-\0?>", head) is not None
    return Sniffed("other", SUBRIP) if has_arrow and is_subrip(head) else None


def _text(head: bytes) -> Sniffed | None:
    """Markup and text, in UTF-8 or UTF-16; None for anything with control characters."""
    if not head:
        return None
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    text = head[:4096].decode(encoding, errors="replace").lstrip("\ufeff")
    if len(head) > 4096 or encoding == "utf-16":
        text = text.rstrip("\ufffd")  # a character cut in two by the limit
    if re.search(r"[\x00-\x08\x0e-\x1f\ufffd]", text):
        return None
    root = re.search(r"<(?:!doctype\s+)?(?:\w+:)?(xmpmeta|rdf|svg|html|head|body|script)\b", text.lower())
    if root is not None:
        return Sniffed("other", MARKUP.get(root[1], "text/html"))
    if text.lstrip().startswith("<?xml"):
        return Sniffed("other", "application/xml")
    return Sniffed("other", "text/plain")
