"""Writing into a folder of the local disk so that a name holds all of a file or nothing of it.

Everything works on an open folder and one name in it (`Place`), follows no link and replaces nothing
unless told to. Raises OSError, but for what is said below; durable when it returns.
"""

import ctypes
import errno
import os
import secrets
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from services.errors import Changed, SenderEnded
from services.storages.confined import FOLDER
from services.storages.oserrors import speaking_of
from services.storages.patterns import OURS, TRASH

_RENAME_NOREPLACE = 1
_NOT_SUPPORTED = {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM}
_READ_AND_WRITE = 0o666
_HELD = "/proc/self/fd/{}"
"""By what an open file is reached that has no name."""


class Place(NamedTuple):
    """A name (bytes, without slash) in an open folder; `path` is for messages only."""

    folder: int
    name: bytes
    path: str

    def status(self) -> os.stat_result | None:
        """What is there; None for nothing, and for links, devices, sockets and pipes."""
        try:
            found = os.stat(self.name, dir_fd=self.folder, follow_symlinks=False)
        except FileNotFoundError:
            return None
        return found if stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode) else None


def write_file(
    place: Place, src: Iterable[bytes], *, size: int | None, mtime_ns: int | None, if_absent: bool
) -> None:
    """Write `src` without a name, or beside its final one, make it durable, then give it the name.

    What has no name yet goes with a process that dies; not every file system can do that.

    Raises Unavailable or Changed when `src` gives less or more than `size` bytes, errors about the
    disk as StorageError and Conflict, and errors of `src` as they are.
    """
    with speaking_of(place.path, writing=True):
        _require_free(place, may_replace=not if_absent)
        half = Place(place.folder, os.fsencode(f"{OURS}-{secrets.token_hex(8)}.part"), place.path)
        file, is_named = _begin(half)
    try:
        try:
            _fill(file, src, size, place.path)
            with speaking_of(place.path, writing=True):
                _finish(file, place.folder, mtime_ns)
                if not is_named:
                    _name(file, place if if_absent else half)
        finally:
            os.close(file)
        with speaking_of(place.path, writing=True):
            if not if_absent:
                os.rename(half.name, place.name, src_dir_fd=half.folder, dst_dir_fd=place.folder)
            elif is_named:
                rename_absent(half, place)
    except BaseException:
        with suppress(OSError):
            os.unlink(half.name, dir_fd=half.folder)
        raise
    with speaking_of(place.path, writing=True):
        sync_folder(place.folder)


def make_folder(place: Place) -> None:
    """Make a folder that as many may enter as the one it lies in."""
    os.mkdir(place.name, 0o700, dir_fd=place.folder)
    mode = stat.S_IMODE(os.fstat(place.folder).st_mode)
    with suppress(PermissionError, NotImplementedError):  # file systems without permissions
        made = os.open(place.name, os.O_RDONLY | FOLDER | os.O_NOFOLLOW, dir_fd=place.folder)
        try:
            os.fchmod(made, mode | 0o700)
        finally:
            os.close(made)
    sync_folder(place.folder)


def rename_absent(src: Place, dst: Place) -> None:
    """Rename without replacing. FileExistsError when the name is taken."""
    number = _renameat2(src, dst)
    if number == 0:
        return
    if number not in _NOT_SUPPORTED:
        raise OSError(number, os.strerror(number))
    try:  # NFS: a second name is refused when taken, and the first one goes afterwards
        os.link(src.name, dst.name, src_dir_fd=src.folder, dst_dir_fd=dst.folder, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NOT_SUPPORTED:
            raise
    else:
        os.unlink(src.name, dir_fd=src.folder)
        return
    _require_free(dst)  # folders on NFS, files on disks without second names: nothing better exists there
    os.rename(src.name, dst.name, src_dir_fd=src.folder, dst_dir_fd=dst.folder)


def move_to_trash(place: Place, trash: int, token: bytes) -> bytes:
    """Move into the empty folder `token` below the open folder `trash`; returns the path from there.

    Where it is there already, whoever made it died before anything was in it. FileExistsError when something is.
    """
    with suppress(FileExistsError):
        os.mkdir(token, 0o700, dir_fd=trash)
    shelf = os.open(token, os.O_RDONLY | FOLDER | os.O_NOFOLLOW, dir_fd=trash)
    try:
        _require_empty(shelf)
        rename_absent(place, Place(shelf, place.name, place.path))
        sync_folder(shelf)
    except BaseException:
        with suppress(OSError):
            os.rmdir(token, dir_fd=trash)
        raise
    finally:
        os.close(shelf)
    sync_folder(trash)
    sync_folder(place.folder)
    return token + b"/" + place.name


def open_trash(base: int) -> int:
    """The trash folder in the open folder `base`, made when it is not there."""
    name = os.fsencode(TRASH)
    with suppress(FileExistsError):
        os.mkdir(name, 0o700, dir_fd=base)
    return os.open(name, os.O_RDONLY | FOLDER | os.O_NOFOLLOW, dir_fd=base)


def remove(place: Place, *, is_dir: bool) -> None:
    """Remove a file, or a folder that is empty, for good."""
    if is_dir:
        os.rmdir(place.name, dir_fd=place.folder)
    else:
        os.unlink(place.name, dir_fd=place.folder)
    sync_folder(place.folder)


def sync_folder(folder: int) -> None:
    """Make the names in an open folder durable."""
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno != errno.EINVAL:  # file systems that cannot, as some network ones
            raise


def _require_free(place: Place, *, may_replace: bool = False) -> None:
    try:
        found = os.stat(place.name, dir_fd=place.folder, follow_symlinks=False)
    except FileNotFoundError:
        return
    if not (may_replace and stat.S_ISREG(found.st_mode)):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))


def _require_empty(folder: int) -> None:
    with os.scandir(folder) as found:
        if next(found, None) is not None:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))


def _begin(half: Place) -> tuple[int, bool]:
    """A new file in the folder, open for writing, and whether it has the name already: only where it must."""
    try:
        file = os.open(b".", os.O_WRONLY | os.O_TMPFILE | os.O_CLOEXEC, 0o600, dir_fd=half.folder)
    except OSError as error:
        if error.errno not in _NOT_SUPPORTED | {
            errno.EISDIR,
            errno.ENOENT,
        }:  # what kernels say that know it not
            raise
    else:
        if Path(_HELD.format(file)).exists():
            return file, False
        os.close(file)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    return os.open(half.name, flags, 0o600, dir_fd=half.folder), True


def _name(file: int, place: Place) -> None:
    """Give an open file without a name this one. FileExistsError when it is taken."""
    os.link(_HELD.format(file), place.name, dst_dir_fd=place.folder, follow_symlinks=True)


def _fill(file: int, src: Iterable[bytes], size: int | None, path: str) -> None:
    written = 0
    for piece in src:
        written += len(piece)
        if size is not None and written > size:
            raise Changed(f"More than the {size} bytes came that were announced; nothing was kept.")
        with speaking_of(path, writing=True):
            rest = memoryview(piece)
            while rest:
                rest = rest[os.write(file, rest) :]
    if size is not None and written < size:
        raise SenderEnded(f"Only {written} of {size} bytes came; nothing was kept.")


def _finish(file: int, folder: int, mtime_ns: int | None) -> None:
    """Permissions as wide as the folder's, so that others of the household can read what we wrote."""
    with suppress(PermissionError):  # file systems without permissions
        os.fchmod(file, os.fstat(folder).st_mode & _READ_AND_WRITE | 0o600)
    if mtime_ns is not None:
        with suppress(PermissionError):  # file systems without times of ours
            os.utime(file, ns=(mtime_ns, mtime_ns))
    os.fsync(file)


def _renameat2(src: Place, dst: Place) -> int:
    """0, or the error's number; ENOSYS where the C library does not have the call."""
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return errno.ENOSYS
    call.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    if call(src.folder, src.name, dst.folder, dst.name, _RENAME_NOREPLACE) == 0:
        return 0
    return ctypes.get_errno()
