"""RAF and CR3: the bytes are made here after the layout of the formats; no camera's file was at hand."""

import io
import struct

import pytest

from services.media.formats.blocks import FormatError
from services.media.formats.movie import XMP_UUID
from services.media.formats.raw import CANON_UUID, read_cr3, read_raf
from tests.services.media.metadata_samples import box, exif, photo, xmp


def raf(jpeg: bytes, length: int | None = None) -> bytes:
    head = b"FUJIFILMCCD-RAW ".ljust(84, b"\0") + struct.pack(">II", 148, length or len(jpeg))
    return head.ljust(148, b"\0") + jpeg + b"sensor data"


def cr3(**parts: bytes) -> bytes:
    canon = box(b"uuid", CANON_UUID, *(box(name.encode(), data) for name, data in parts.items()))
    ending = box(b"uuid", XMP_UUID, xmp({"xmp:Rating": "3"}))
    return box(b"ftyp", b"crx \0\0\0\1") + box(b"moov", canon) + ending


def test_a_raf_tells_what_its_jpeg_tells() -> None:
    block = exif({0x110: "X-T5"})
    found = read_raf(io.BytesIO(raf(photo(exif=block))))
    assert (found.width, found.height, found.exif) == (40, 30, block)


def test_a_raf_without_its_jpeg_is_refused() -> None:
    with pytest.raises(FormatError):
        read_raf(io.BytesIO(raf(b"nothing")))
    with pytest.raises(FormatError):
        read_raf(io.BytesIO(b"FUJIFILMCCD-RAW "))


def test_the_directories_of_a_cr3_stand_alone() -> None:
    data = cr3(CMT1=b"main", CMT2=b"inner", CMT3=b"maker note", CMT4=b"gps")
    found = read_cr3(io.BytesIO(data))
    assert (found.exif, found.exif_inner, found.exif_gps) == (b"main", b"inner", b"gps")
    assert found.xmp == xmp({"xmp:Rating": "3"})


def test_a_cr3_cut_off_is_refused() -> None:
    with pytest.raises(FormatError, match="index"):
        read_cr3(io.BytesIO(box(b"ftyp", b"crx ")))
