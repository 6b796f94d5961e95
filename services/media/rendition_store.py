"""Renditions on disk: one small file for each content, size and recipe, in sharded folders.

Grid renditions stay until they are removed, for making them anew needs the original, which may be offline.
Larger sizes are a cache: above a byte limit those unused for longest go first, but before them what televisions got in
full resolution beyond half of the limit: an evening's slide show drives out no previews. A file is written under
another name and renamed, without waiting for the disk: each carries a checksum, and what does not fit it
(after a power cut, say) is thrown away and counts as absent. Only the standard library is imported.

Threading: any number of threads and processes may use one folder; each has an own estimate of its size.
"""

import contextlib
import errno
import os
import re
import secrets
import struct
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.errors import NoSpace

from .types import GRID, RECIPE

Size = int | str
"""The square that a rendition fits, or the key of a profile (`services.media.television`)."""
HEADER = struct.Struct(">4sII")
"""A mark, the length and the CRC-32 of what follows."""
MARK = b"HyR1"
CONTENT = re.compile(r"[0-9a-f]{64}")
TOUCH_AFTER = 3600.0
"""Seconds after which a use is written down again as the file's time."""
ABANDONED_AFTER = 3600.0
"""Seconds after which an unfinished file is litter of a process that died."""
REFILL = 0.9
"""To which share of the limit the cache is emptied when it overflows."""
LARGE = 512 * 1024
LARGE_SHARE = 0.5
"""Files from this size on have this share of the limit; no preview of a page is as large."""


@dataclass(frozen=True, slots=True)
class _Kept:
    used: float
    size: int
    path: Path


class RenditionStore:
    """Keeps renditions below `root`; those larger than the grid's in at most `view_bytes`."""

    def __init__(self, root: Path, *, view_bytes: int) -> None:
        self._root = root
        self._text = str(root)
        self._limit = view_bytes
        self._views: int | None = None  # bytes of the cache as far as known, None before the first look

    def get(self, content: str, size: Size) -> bytes | None:
        """The rendition of a content (its SHA-256, hexadecimal), None when there is none."""
        path = self._path(content, size)
        try:
            with path.open("rb") as file:
                data = _unwrapped(file.read())
                stale = time.time() - os.fstat(file.fileno()).st_mtime > TOUCH_AFTER
        except FileNotFoundError:
            return None
        if data is None:
            path.unlink(missing_ok=True)
        elif stale and size != GRID:
            with contextlib.suppress(OSError):  # removed meanwhile
                os.utime(path)
        return data

    def length(self, content: str, size: Size) -> int | None:
        """How many bytes the rendition has that `get` would give, without reading it; None when there is none.

        Asked for a whole page of them, so nothing is done here that can be left out.
        """
        try:
            place = f"{self._text}/{content[:2]}/{content[2:4]}/{content}-{size}-r{RECIPE}"
            return os.stat(place).st_size - HEADER.size  # noqa: PTH116  making a Path takes as long again
        except OSError:
            return None

    def put(self, content: str, size: Size, data: bytes) -> None:
        """Keep a rendition; replaces an older one. Raises NoSpace when the disk is full."""
        path = self._path(content, size)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, HEADER.pack(MARK, len(data), zlib.crc32(data)) + data)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise NoSpace(f"No room for renditions in {self._root}") from error
            raise
        if size != GRID:
            self._count(len(data))

    def remove(self, content: str) -> None:
        """Forget all sizes of a content, in any recipe."""
        folder = self._path(content, GRID).parent
        for path in folder.glob(f"{content}-*"):
            path.unlink(missing_ok=True)

    def _path(self, content: str, size: Size) -> Path:
        if not CONTENT.fullmatch(content):
            raise ValueError(f"not a SHA-256 in hexadecimal: {content!r}")
        return self._root / content[:2] / content[2:4] / f"{content}-{size}-r{RECIPE}"

    def _count(self, added: int) -> None:
        """Remember what was added, and empty the cache when it overflows."""
        if self._views is None:
            self._views = sum(kept.size for kept in self._cached())
        else:
            self._views += added
        if self._views > self._limit:
            self._views = self._evict()

    def _evict(self) -> int:
        """Remove what was unused for longest; returns the bytes that are left."""
        found = sorted(self._cached(), key=lambda kept: kept.used)
        left = sum(kept.size for kept in found)
        for kept in self._in_order(found):
            if left <= self._limit * REFILL:
                break
            kept.path.unlink(missing_ok=True)
            left -= kept.size
        return left

    def _in_order(self, oldest_first: list[_Kept]) -> list[_Kept]:
        """What may go, in the order in which it goes: large files beyond their share before everything else."""
        excess = sum(k.size for k in oldest_first if k.size >= LARGE) - self._limit * LARGE_SHARE
        first: list[_Kept] = []
        rest: list[_Kept] = []
        for kept in oldest_first:
            too_much = kept.size >= LARGE and excess > 0
            excess -= kept.size if too_much else 0
            (first if too_much else rest).append(kept)
        return first + rest

    def _cached(self) -> Iterator[_Kept]:
        """All renditions that may go; abandoned unfinished files go at once."""
        keep = f"-{GRID}-r{RECIPE}"
        for path in self._root.glob("??/??/*"):
            try:
                facts = path.stat()
            except FileNotFoundError:
                continue
            if path.suffix == ".part":
                if time.time() - facts.st_mtime > ABANDONED_AFTER:
                    path.unlink(missing_ok=True)
            elif not path.name.endswith(keep):
                yield _Kept(facts.st_mtime, facts.st_size, path)


def _unwrapped(stored: bytes) -> bytes | None:
    """What a file holds behind its header, None when header or checksum do not fit."""
    if len(stored) < HEADER.size:
        return None
    mark, length, checksum = HEADER.unpack_from(stored)
    data = stored[HEADER.size :]
    whole = mark == MARK and length == len(data) > 0 and checksum == zlib.crc32(data)
    return data if whole else None


def _write(path: Path, data: bytes) -> None:
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
    try:
        unfinished.write_bytes(data)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
