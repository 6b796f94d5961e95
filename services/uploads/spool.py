"""The spool: the bytes of uploads that are on their way, one file each, named by the upload's public id.

Who writes holds the file's lock, which the kernel lets go of at any death. Bytes count once they are on the disk:
what lies behind the offset that was recorded is cut off when the upload goes on.
"""

import fcntl
import os
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from services.errors import NotFound
from services.room import receiving
from services.uploads.errors import Busy

BLOCK = 1024 * 1024
KEPT = "There is no room left where files are received. What has come is kept; send the rest later."
STRAY_S = 3600.0
"""A file without an upload is cleared away when it is so old."""


class Spool:
    """Threading: may be used from any thread, and by several processes."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self._folder = data / "spool" / "uploads"

    def path(self, pid: str) -> Path:
        """Where the bytes of an upload lie."""
        return self._folder / pid

    @contextmanager
    def writing(self, pid: str) -> Iterator["Writing"]:
        """The file of an upload, for this writer alone. Raises Busy."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self.path(pid), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Busy from error
            yield Writing(file, self._folder)
        finally:
            os.close(file)

    @contextmanager
    def reading(self, pid: str) -> Iterator[int]:
        """A descriptor of what came. Raises NotFound when it is gone."""
        try:
            file = os.open(self.path(pid), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError as error:
            raise NotFound from error
        try:
            yield file
        finally:
            os.close(file)

    def pieces(self, pid: str) -> Iterator[bytes]:
        """What came, from its beginning."""
        with self.reading(pid) as file:
            offset = 0
            while piece := os.pread(file, BLOCK, offset):
                yield piece
                offset += len(piece)

    def remove(self, pid: str) -> None:
        """The bytes are not needed any more; fine when they are gone already."""
        with suppress(FileNotFoundError):
            self.path(pid).unlink()

    def is_busy(self, pid: str) -> bool:
        """Whether somebody writes this file just now."""
        try:
            with self.reading(pid) as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except NotFound:
            return False
        return False

    def clear(self, wanted: Collection[str]) -> int:
        """Remove files that no upload stands behind, unless somebody just made or writes them; gives how many."""
        if not self._folder.is_dir():
            return 0
        strays = [p for p in self._folder.iterdir() if p.name not in wanted]
        old = [p for p in strays if time.time() - p.stat().st_mtime > STRAY_S and not self.is_busy(p.name)]
        for path in old:
            self.remove(path.name)
        return len(old)


class Writing:
    """An open file of the spool. Raises NoSpace when the disk is full; what is on it by then stays."""

    def __init__(self, file: int, folder: Path) -> None:
        self._file = file
        self._folder = folder
        self.end = 0

    def go_on(self, offset: int) -> None:
        """Write from here on. Raises NotFound when the bytes before it are not there."""
        if os.fstat(self._file).st_size < offset:
            raise NotFound
        os.ftruncate(self._file, offset)
        os.lseek(self._file, offset, os.SEEK_SET)
        self.end = offset

    def write(self, piece: bytes) -> None:
        """Write some bytes; `end` tells how far it came."""
        rest = memoryview(piece)
        with receiving(KEPT):
            while rest:
                done = os.write(self._file, rest)
                self.end += done
                rest = rest[done:]

    def sync(self) -> None:
        """Wait until all of it is on the disk."""
        with receiving(KEPT):
            os.fsync(self._file)
            folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
