"""Content hashes of a file, from one read of it: SHA-256, and for JPEG the scan hash.

The scan hash is the SHA-256 of a JPEG without its APPn and COM segments, up to its first end-of-image
marker: it stays the same when only metadata changes, and is blind to previews and videos appended
behind the picture. Only the standard library is imported: the service process hashes streams with it.
"""

import hashlib
import io
import os
import re
import shutil
import tempfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK = 1 << 20
BUFFER = 64 << 10
IN_MEMORY = 64 << 20
"""Files up to this size stay in memory between hashing and decoding: what was hashed is what is decoded."""

# In entropy-coded data FF is followed by 00 (stuffing), D0 to D7 (restart) or FF (fill); else it is a marker.
MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
# Markers of ITU-T T.81, table B.1
START, END, SCAN, TEMPORARY, COMMENT = 0xD8, 0xD9, 0xDA, 0x01, 0xFE
RESTARTS = range(0xD0, 0xD8)
APPLICATION = range(0xE0, 0xF0)


class Other(Protocol):
    """Hashes besides ours, fed with the same blocks: `services.media.provider_hashes`."""

    def update(self, block: bytes, /) -> None:
        """The next bytes of the file."""
        ...


class Readable(Protocol):
    """What `spool` takes: an open file, a response body."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; empty at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Hashed:
    """Hashes (hexadecimal) and size of a file, and the file itself: seekable, at its start.

    `scan_hash` is None for anything but a whole JPEG.
    """

    sha256: str
    scan_hash: str | None
    size: int
    file: BinaryIO


class Hasher:
    """Feeds blocks of one file to its hashes, and to `other`."""

    def __init__(self, other: Other | None = None) -> None:
        self.size = 0
        self._other = other
        self._sha256 = hashlib.sha256()
        self._scan = ScanHash()

    def update(self, block: bytes) -> None:
        """The next bytes of the file."""
        self.size += len(block)
        self._sha256.update(block)
        self._scan.update(block)
        if self._other is not None:
            self._other.update(block)

    def finish(self, file: BinaryIO) -> Hashed:
        """The hashes, with the file to go on with."""
        file.seek(0)
        return Hashed(self._sha256.hexdigest(), self._scan.hexdigest(), self.size, file)


class ScanHash:
    """The scan hash of a JPEG that comes in blocks; anything else ends it at its first bytes."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self._whole = False
        self._block = b""
        self._at = 0
        self._walk: Generator[None, bytes, None] | None = self._picture()
        next(self._walk)

    def update(self, block: bytes) -> None:
        """The next bytes of the file."""
        if self._walk is not None and block:
            try:
                self._walk.send(block)
            except StopIteration:
                self._walk = None

    def hexdigest(self) -> str | None:
        """The hash; None when what came was no JPEG or ended before its end-of-image marker."""
        return self._sha256.hexdigest() if self._whole else None

    def _picture(self) -> Generator[None, bytes, None]:
        """Walk from the start marker to the first end marker; return early when it is no JPEG."""
        yield from self._more()
        if (yield from self._take(2)) != bytes((0xFF, START)):
            return
        self._sha256.update(bytes((0xFF, START)))
        while (code := (yield from self._marker())) is not None:
            if code == END:
                self._sha256.update(bytes((0xFF, END)))
                self._whole = True
                return
            if not (yield from self._segment(code)):
                return
            if code == SCAN:
                yield from self._entropy()

    def _marker(self) -> Generator[None, bytes, int | None]:
        """The code of the marker here, without the fill bytes before it; None when there is none."""
        if (yield from self._take(1)) != b"\xff":
            return None
        while (code := (yield from self._take(1))) == b"\xff":
            pass
        return code[0]

    def _segment(self, code: int) -> Generator[None, bytes, bool]:
        """Pass over a segment, hashing all but application data and comments; False when it is broken."""
        if code == TEMPORARY or code in RESTARTS:
            self._sha256.update(bytes((0xFF, code)))
            return True
        size = yield from self._take(2)
        left = int.from_bytes(size, "big") - 2
        kept = code != COMMENT and code not in APPLICATION
        if kept:
            self._sha256.update(bytes((0xFF, code)) + size)
        while left > 0:
            if self._at == len(self._block):
                yield from self._more()
            piece = memoryview(self._block)[self._at : self._at + left]
            if kept:
                self._sha256.update(piece)
            self._at += len(piece)
            left -= len(piece)
        return left == 0

    def _entropy(self) -> Generator[None, bytes, None]:
        """Hash entropy-coded data up to the next marker."""
        while True:
            found = MARKER.search(self._block, self._at)
            # an FF at the end may begin a marker: it waits for the next block
            end = found.start() if found else len(self._block) - self._block.endswith(b"\xff")
            end = max(end, self._at)
            self._sha256.update(memoryview(self._block)[self._at : end])
            self._at = end
            if found:
                return
            yield from self._more()

    def _take(self, count: int) -> Generator[None, bytes, bytes]:
        """The next `count` bytes, few of them."""
        while len(self._block) - self._at < count:
            yield from self._more()
        taken = self._block[self._at : self._at + count]
        self._at += count
        return taken

    def _more(self) -> Generator[None, bytes, None]:
        """Wait for another block; what is left of this one goes before it."""
        rest = self._block[self._at :]
        block = yield
        self._block = rest + block if rest else block
        self._at = 0


class Descriptor(io.RawIOBase):
    """A seekable file read through a borrowed descriptor at an own position.

    The descriptor's own position is shared by all processes that hold it, so it is neither used nor moved.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._at = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def fileno(self) -> int:
        """The borrowed descriptor."""
        return self._fd

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill `buffer` from the own position on."""
        count = os.preadv(self._fd, [buffer], self._at)
        self._at += count
        return count

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move the own position, as `io.IOBase.seek` does."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at}
        start = base[whence] if whence in base else os.fstat(self._fd).st_size
        self._at = max(0, start + offset)
        return self._at


def open_descriptor(fd: int) -> BinaryIO:
    """A buffered reader of the seekable file behind `fd`, which is neither moved nor closed."""
    return io.BufferedReader(Descriptor(fd), BUFFER)


def hash_file(fd: int, other: Other | None = None) -> Hashed:
    """Hash the seekable file behind `fd`, which is neither moved nor closed; raises OSError."""
    hasher = Hasher(other)
    size = os.fstat(fd).st_size
    if size <= IN_MEMORY:
        data = _whole(fd, size)
        hasher.update(data)
        return hasher.finish(io.BytesIO(data))
    file = open_descriptor(fd)
    for _ in _blocks(file, hasher):
        pass
    return hasher.finish(file)


def spool(source: Readable, folder: Path | None = None) -> Hashed:
    """Hash a stream while keeping it: in memory up to 64 MiB, beyond that in a nameless file in `folder`.

    The file of the result has a descriptor that a decoder child can be given; the caller closes it.
    Raises OSError, among others when `folder` is full.
    """
    hasher = Hasher()
    kept: BinaryIO = os.fdopen(os.memfd_create("spool"), "w+b")
    try:
        for block in _blocks(source, hasher):
            if hasher.size - len(block) <= IN_MEMORY < hasher.size:
                kept = _moved(kept, tempfile.TemporaryFile(dir=folder))  # noqa: SIM115 (the caller closes it)
            kept.write(block)
        kept.flush()
        return hasher.finish(kept)
    except BaseException:
        kept.close()
        raise


def _whole(fd: int, size: int) -> bytes:
    """All bytes of a small file in as few reads, and copies, as can be."""
    pieces = []
    at = 0
    while piece := os.pread(fd, max(size - at, 0) + 1, at):
        pieces.append(piece)
        at += len(piece)
    return b"".join(pieces)


def _blocks(source: Readable, hasher: Hasher) -> Iterator[bytes]:
    while block := source.read(BLOCK):
        hasher.update(block)
        yield block


def _moved(old: BinaryIO, new: BinaryIO) -> BinaryIO:
    """Copy what is in `old` to `new` and close it."""
    with old:
        old.seek(0)
        shutil.copyfileobj(old, new, BLOCK)
    return new
