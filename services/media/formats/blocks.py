"""What a format walker hands back, and the size limits that all walkers keep."""

from dataclasses import dataclass
from typing import BinaryIO

EXIF_LIMIT = 4 << 20
"""Largest EXIF block looked at, in bytes; a JPEG segment holds 64 KiB, a HEIC of an iPhone about 20 KiB."""

XMP_LIMIT = 4 << 20
"""Largest XMP packet or sidecar looked at, in bytes."""

IPTC_LIMIT = 1 << 20
"""Largest IPTC block looked at, in bytes."""


class FormatError(ValueError):
    """Raised inside readers of bytes when a file is not what its first bytes promise."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """The header of a picture file.

    `width` and `height` are as stored, before any rotation. `exif` begins with the TIFF header. `turn`
    is the container's own rotation in degrees clockwise (HEIF `irot`), None where the format has none, and
    `mirrored` its mirror; both come before and instead of the EXIF orientation. `duration_s` is that of
    one run of an animation. `exif_inner` and `exif_gps` are set where the EXIF and GPS directories
    are TIFF blocks of their own (CR3). `mpvd` is (offset, length) of a video in a HEIF box of that name.
    """

    width: int | None = None
    height: int | None = None
    exif: bytes | None = None
    exif_inner: bytes | None = None
    exif_gps: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    turn: int | None = None
    mirrored: bool = False
    animated: bool = False
    duration_s: float | None = None
    hdr: bool = False
    mpvd: tuple[int, int] | None = None
    problems: tuple[str, ...] = ()


def read_exactly(file: BinaryIO, offset: int, length: int, limit: int) -> bytes:
    """The `length` bytes at `offset`.

    Raises FormatError when `length` is above `limit` or the file ends before.
    """
    if length > limit:
        raise FormatError(f"a block of {length} bytes is above the limit of {limit}")
    file.seek(offset)
    data = file.read(length)
    if len(data) != length:
        raise FormatError(f"the file ends inside a block of {length} bytes at {offset}")
    return data


def tiff_header(block: bytes) -> bytes | None:
    """An EXIF block from its TIFF header on, without `Exif\\0\\0` and padding before it."""
    for mark in (b"II*\0", b"MM\0*"):
        start = block.find(mark, 0, 64)
        if start >= 0:
            return block[start:]
    return None
