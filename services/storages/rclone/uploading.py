"""Sending a file: spooled here first, then as a whole. Here and only here.

A client that goes away half-way leaves nothing in the storage. What is to take no other's name goes up under one that
scans pass over, and gets its own when it is whole: whoever took that meanwhile keeps it. So does what could be
seen half under its own name. Where a remote can rename nothing, the look just before the file is sent has to do.
"""

import fcntl
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from services.errors import Changed, Conflict, SenderEnded, StorageError, Unavailable
from services.names import shown
from services.room import receiving, require_room
from services.storages import paths
from services.storages.patterns import half_name, is_half, new_shelf
from services.storages.rclone.claiming import claimed
from services.storages.rclone.client import LISTING_S
from services.storages.rclone.moving import move_file
from services.storages.rclone.remote import TRANSFER_S, Remote

PREFIX = "up-"
OF_PARTS = "s3"
"""The type that keeps the parts of an upload that does not come to its end, unseen, and is paid for them."""
YOUNG_S = 60.0
LOOK_BYTES = 8 * 1024 * 1024
"""The room on our disk is looked at whenever so much more has come."""


class Spooled(NamedTuple):
    """A file of ours that is to be sent: its name in the spool, and how many bytes it has."""

    name: str
    size: int


@contextmanager
def spooled(
    spool: Path, src: Iterable[bytes], *, size: int | None, mtime_ns: int | None,
) -> Iterator[Spooled]:  # fmt: skip
    """`src` as a file in the folder `spool`, gone when the block ends.

    Raises Changed, SenderEnded, and NoSpace before the disk of the data directory is nearly full.
    """
    with receiving():
        spool.mkdir(mode=0o700, parents=True, exist_ok=True)
    _clear(spool)
    require_room(spool, size or 0)
    with ExitStack() as stack:
        with receiving():  # unbuffered: what a full disk did not take is not tried once more at the end
            file = stack.enter_context(tempfile.NamedTemporaryFile(dir=spool, prefix=PREFIX, buffering=0))
        fcntl.flock(file, fcntl.LOCK_EX)
        written = _fill(file, spool, src, size)
        if mtime_ns is not None:
            os.utime(file.name, ns=(mtime_ns, mtime_ns))
        yield Spooled(Path(file.name).name, written)


def upload(remote: Remote, spool: Path, sent: Spooled, path: str, *, replacing: bool) -> None:
    """Send a spooled file; raises Conflict when its name was taken meanwhile, unless it is `replacing`."""
    can = remote.can()
    if is_half(paths.leaf(path)) or (replacing and can.atomic_upload):
        _copy(remote, spool, sent, path)
    elif can.renames:
        _send_aside(remote, spool, sent, path, replacing=replacing)
    else:
        with claimed(spool, PREFIX, remote, path):
            _require_free(remote, path, replacing=replacing)
            _copy(remote, spool, sent, path)


def _send_aside(remote: Remote, spool: Path, sent: Spooled, path: str, *, replacing: bool) -> None:
    """Send it under another name, and give it its own when it has arrived."""
    half = paths.join(paths.parent(path), half_name(new_shelf()))
    try:
        _copy(remote, spool, sent, half)
        if remote.size_of(half) != sent.size:
            raise Unavailable(f"“{shown(path)}” did not arrive whole in the storage.")
        with claimed(spool, PREFIX, remote, path):
            _require_free(remote, path, replacing=replacing)
            move_file(remote, half, path)
    except BaseException:
        _remove_half(remote, half)
        raise


def _require_free(remote: Remote, path: str, *, replacing: bool) -> None:
    if not replacing and (remote.file(path) or remote.folder(path)) is not None:
        raise Conflict(f"“{shown(path)}” is there already.", field="path")


def end_abandoned(remote: Remote) -> None:
    """End uploads below the root whose parts lie in S3 for more than a day (T10)."""
    if remote.type == OF_PARTS:
        remote.call("operations/cleanup", timeout=LISTING_S, fs=remote.folder_fs(""))


def _clear(spool: Path) -> None:
    """Remove what processes left there that died: the kernel let go of their locks."""
    for path in spool.glob(f"{PREFIX}*"):
        with suppress(OSError), path.open("rb") as file:
            if time.time() - os.fstat(file.fileno()).st_ctime > YOUNG_S:  # it may not have its lock yet
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()


def _copy(remote: Remote, spool: Path, sent: Spooled, target: str) -> None:
    remote.call(
        "operations/copyfile", timeout=TRANSFER_S, again=False, srcFs=str(spool.resolve()), srcRemote=sent.name,
        dstFs=remote.fs, dstRemote=remote.at(target),
    )  # fmt: skip


def _remove_half(remote: Remote, path: str) -> None:
    try:
        remote.call("operations/deletefile", fs=remote.fs, remote=remote.at(path))
    except StorageError:
        return  # its name is one that scans pass over


def _fill(file: Any, spool: Path, src: Iterable[bytes], size: int | None) -> int:
    """Write `src` to `file`; how many bytes that were. Raises Changed or SenderEnded for another `size`, NoSpace."""
    written, looked = 0, 0
    for piece in src:
        written += len(piece)
        if size is not None and written > size:
            raise Changed(f"More than the {size} bytes came that were announced; nothing was kept.")
        if written - looked > LOOK_BYTES:  # others write to this disk too, and not all say how much comes
            require_room(spool, len(piece))
            looked = written
        _write(file, piece)
    if size is not None and written < size:
        raise SenderEnded(f"Only {written} of {size} bytes came; nothing was kept.")
    return written


def _write(file: Any, piece: bytes) -> None:
    rest = memoryview(piece)
    with receiving():
        while rest:
            rest = rest[file.write(rest) :]
