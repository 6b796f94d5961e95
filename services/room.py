"""Room on the disk of the data directory: when it is scarce, and the ballast for when it is gone.

Scans wait while there still is some room. Where something else fills the disk all the same, the ballast
is given up: a file whose place lets the catalogue record how jobs ended and people sign in, until
somebody has made room. Without it not even SQLite's log can be emptied. It is laid anew afterwards.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path

from services.errors import NoSpace

MIN_FREE = 512 * 1024 * 1024
MIN_FREE_SHARE = 0.05
BALLAST = "ballast"
BALLAST_BYTES = 32 * 1024 * 1024
FULL = {ENOSPC, EDQUOT, EFBIG}
"""What the system says where a disk takes no more."""
NO_ROOM = "There is not enough room left to receive this file. Try again later."


def require_space(data: Path) -> None:
    """Raise NoSpace when the data directory's disk is nearly full: scans wait, reads go on."""
    usage = shutil.disk_usage(data)
    if usage.free < _scarce(usage.total):
        raise NoSpace(
            f"Only {usage.free // 2**20} MiB are free where Hypomos keeps its data ({data}). Scanning goes on "
            "when there is room again; originals are still served."
        )


def require_room(data: Path, size: int) -> None:
    """Raise NoSpace when `size` more bytes would leave the data directory's disk nearly full."""
    usage = shutil.disk_usage(data)
    if usage.free - size < _scarce(usage.total):
        raise NoSpace(NO_ROOM)


@contextlib.contextmanager
def receiving(said: str = NO_ROOM) -> Iterator[None]:
    """Around writing what is received: raises NoSpace with these words where the disk of the data is full."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise NoSpace(said) from error


def lay_ballast(data: Path) -> bool:
    """Lay the ballast if it is not there and there is room; whether it was laid now."""
    path, unfinished = data / BALLAST, data / f".{BALLAST}-{os.getpid()}"
    usage = shutil.disk_usage(data)
    if path.exists() or usage.free - BALLAST_BYTES < _scarce(usage.total):
        return False
    try:
        with unfinished.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, BALLAST_BYTES)
        unfinished.replace(path)
    except OSError:  # somebody else was faster to take the room; the next look tries again
        with contextlib.suppress(OSError):
            unfinished.unlink()
        return False
    return True


def drop_ballast(data: Path) -> bool:
    """Give the ballast's room back; whether there was any."""
    try:
        (data / BALLAST).unlink()
    except OSError:
        return False
    return True


def _scarce(total: int) -> float:
    return min(MIN_FREE, MIN_FREE_SHARE * total)
