"""Which masks a file needs, by its kind: here and only here. Runs where decoders run, behind their fences.

An empty list says that there is nothing to hide. None says that nobody knows: such a file is not given to who may not
know its place. Those are the RAW files of cameras, which cannot be decoded without their maker notes, and containers
that are not taken apart here.
"""

import re
from typing import BinaryIO

from services.media.formats.blocks import FormatError
from services.media.masking.boxes import hide_boxes
from services.media.masking.chunks import hide_png, hide_webp
from services.media.masking.jpeg import hide_segments, hide_thumb
from services.media.masking.spaces import Mask, Sheet, in_order
from services.media.masking.texts import hide_xmp
from services.media.masking.tiff import hide_tiff
from services.media.sniff import HEAD, RAW_MIMES, Sniffed, sniff
from services.media.subtitles import MOST_BYTES, SUBRIP, tells_place

BOXES = frozenset(
    {
        "image/heic", "image/heif", "image/avif", "image/jxl", "video/mp4", "video/quicktime", "audio/mp4",
        "video/3gpp", "video/3gpp2", "video/x-m4v",
    }
)  # fmt: skip
SILENT = frozenset(
    {"image/bmp", "audio/mpeg", "audio/ogg", "audio/flac", "audio/wav", "audio/aac", "audio/x-wav"}
)
"""Kinds that have no room for a place."""
BLOCK = 1 << 20
HUNG_ON = 64
_PACKET = re.compile(rb"<x:xmpmeta.*?</x:xmpmeta>", re.DOTALL)


def find_masks(file: BinaryIO, name: str) -> list[Mask] | None:
    """The masks of a seekable file; None when it cannot be said what it tells. Never raises for what is in it."""
    size = file.seek(0, 2)
    file.seek(0)
    sniffed = sniff(file.read(HEAD), name)
    sheet = Sheet(file, size)
    try:
        if not _hide(sheet, sniffed, name):
            return None
    except (FormatError, RecursionError, OverflowError, ValueError, IndexError):
        return None
    return in_order(sheet.masks)


def _hide(sheet: Sheet, sniffed: Sniffed, name: str) -> bool:
    """Cover what must be; whether that is everything."""
    mime = sniffed.mime
    suffix = name.rpartition(".")[2].lower()
    if mime != "image/x-adobe-dng" and (sniffed.raw or (mime == "image/tiff" and suffix in RAW_MIMES)):
        return False
    if mime == "image/jpeg":
        end = hide_segments(sheet.space(0, sheet.size))
        return _behind(sheet, end)
    if mime in BOXES:
        if mime == "image/jxl" and sheet.read(0, 2) == b"\xff\x0a":
            return True
        hide_boxes(sheet, 0, sheet.size)
        return True
    if mime == "image/png":
        hide_png(sheet)
        return True
    if mime == "image/webp":
        hide_webp(sheet)
        return True
    if mime in ("image/tiff", "image/x-adobe-dng", "image/dng"):
        hide_tiff(sheet.space(0, sheet.size), hide_thumb)
        return True
    if mime == "image/gif":
        return _packets(sheet)
    if mime == SUBRIP:  # words that tell a place cannot be covered one by one
        return sheet.size <= MOST_BYTES and not tells_place(sheet.read(0, sheet.size))
    return mime in SILENT


def _behind(sheet: Sheet, at: int) -> bool:
    """What hangs on behind a JPEG's picture: more pictures (gain maps, depth, stereo), or a video."""
    end = _find(sheet, b"\xff\xd9", at)
    if end is None:
        return True
    at = end + 2
    for _ in range(HUNG_ON):
        picture, video = _find(sheet, b"\xff\xd8\xff", at), _find(sheet, b"ftyp", at)
        if video is not None and video - 4 >= at and (picture is None or video < picture):
            hide_boxes(sheet, video - 4, sheet.size)
            return True
        if picture is None:
            return True
        try:
            at = picture + hide_segments(sheet.space(picture, sheet.size - picture))
        except FormatError:
            at = picture + 3  # three bytes that looked like one
    return False


def _packets(sheet: Sheet) -> bool:
    data = sheet.read(0, sheet.size)
    for match in _PACKET.finditer(data):
        hide_xmp(sheet.space(match.start(), match.end() - match.start()))
    return True


def _find(sheet: Sheet, wanted: bytes, at: int) -> int | None:
    """Where some bytes come next in the file, read block by block."""
    kept = b""
    sheet.file.seek(at)
    while block := sheet.file.read(BLOCK):
        found = (kept + block).find(wanted)
        if found >= 0:
            return at - len(kept) + found
        kept = (kept + block)[1 - len(wanted) :]
        at += len(block)
    return None
