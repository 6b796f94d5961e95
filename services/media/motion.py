"""Where in a picture file its moving part lies: motion photos of Google, Samsung and others.

Every hint is checked against the bytes: a video must begin there.
"""

import struct
from typing import BinaryIO

from .facts import Facts, as_number

SAMSUNG_END = b"SEFT"
SAMSUNG_DIRECTORY = b"SEFH"
SAMSUNG_MOTION = 0x0A30
"""The kind of a trailer entry that holds the video (`MotionPhoto_Data`)."""
TRAILER_LIMIT = 64 << 10
ENTRIES = 256


def find_motion(
    file: BinaryIO, size: int, facts: Facts | None, mpvd: tuple[int, int] | None
) -> tuple[int, int] | None:
    """(offset, length) of the video inside a picture file of `size` bytes, None when there is none.

    Asked in order: the XMP container (lengths counted from the end of the file), `MicroVideoOffset`,
    the HEIF box `mpvd`, Samsung's trailer.
    """
    extra = {} if facts is None else facts.extra
    candidates = [_by_container(extra, size), _by_offset(extra, size), mpvd, _by_trailer(file, size)]
    for place in candidates:
        if place is not None and _is_video(file, size, place):
            # Samsung's length reaches over its trailer; the box of the same video knows better
            return mpvd if mpvd is not None and mpvd[0] == place[0] else place
    return None


def _by_container(extra: dict[str, object], size: int) -> tuple[int, int] | None:
    """By `Container:Directory`: items follow the picture, so the lengths of the last add up from the end."""
    items = extra.get("items")
    if extra.get("GCamera:MotionPhoto") != 1 or not isinstance(items, list):
        return None
    end = size
    for item in reversed(items[1:]):
        length, padding = (round(as_number(item.get(name)) or 0) for name in ("Length", "Padding"))
        end -= padding + length
        if item.get("Semantic") == "MotionPhoto" or item.get("Mime", "").startswith("video/"):
            return end, length
    return None


def _by_offset(extra: dict[str, object], size: int) -> tuple[int, int] | None:
    """By the older `GCamera:MicroVideoOffset`, the distance from the end."""
    distance = extra.get("GCamera:MicroVideoOffset")
    return (size - distance, distance) if isinstance(distance, int) else None


def _by_trailer(file: BinaryIO, size: int) -> tuple[int, int] | None:
    """By the directory at the end of a Samsung file: entries count back from where it begins."""
    if size < 16:
        return None
    file.seek(size - 8)
    (length,), mark = struct.unpack("<I", file.read(4)), file.read(4)
    if mark != SAMSUNG_END or not 12 <= length <= min(TRAILER_LIMIT, size - 8):
        return None
    start = size - 8 - length
    file.seek(start)
    directory = file.read(length)
    if directory[:4] != SAMSUNG_DIRECTORY:
        return None
    (count,) = struct.unpack_from("<I", directory, 8)
    for index in range(min(count, ENTRIES, (length - 12) // 12)):
        kind, back, amount = struct.unpack_from("<HII", directory, 12 + index * 12 + 2)
        if kind == SAMSUNG_MOTION and 8 <= amount <= back <= start:
            return _after_name(file, start - back, amount)
    return None


def _after_name(file: BinaryIO, start: int, amount: int) -> tuple[int, int] | None:
    """An entry begins with its kind (4 bytes) and its name (length and text); the video follows."""
    file.seek(start + 4)
    (name,) = struct.unpack("<I", file.read(4))
    return (start + 8 + name, amount - 8 - name) if 8 + name < amount else None


def _is_video(file: BinaryIO, size: int, place: tuple[int, int]) -> bool:
    start, length = place
    if start <= 0 or length < 16 or start + length > size:
        return False
    file.seek(start + 4)
    return file.read(4) == b"ftyp"
