"""Opening a folder below another one without ever leaving it, on Linux.

Only folders are opened here; the last name of a path is then used relative to the opened folder,
with calls that follow no link. Two ways do the same: `openat2` lets the kernel refuse links and
`..` in one call; where it is missing (Linux before 5.6, or a filter that forbids it) every name is
opened by itself with O_NOFOLLOW. Either way a folder that is swapped for a link in the middle is
an error (ELOOP or ENOTDIR) and never a way out.
"""

import ctypes
import errno
import os
from typing import Protocol

FOLDER = os.O_DIRECTORY | os.O_CLOEXEC
JUST_PASSING = os.O_PATH | FOLDER
"""Flags for a folder that is only used to reach something in it: needs no right to read it."""

_OPENAT2 = 437  # the same on every architecture
_RESOLVE_NO_SYMLINKS = 0x04
_RESOLVE_BENEATH = 0x08
_LONGEST = 4000  # the kernel takes paths of less than 4096 bytes in one call
_TRIES = 8


class FolderOpener(Protocol):
    """Opens the folder at `path` (bytes, relative; empty: `base` itself) below the descriptor `base`."""

    def __call__(self, base: int, path: bytes, flags: int = JUST_PASSING) -> int:
        """A new descriptor, to be closed by the caller. Raises OSError."""


def open_by_walk(base: int, path: bytes, flags: int = JUST_PASSING) -> int:
    """A FolderOpener that takes one step a name."""
    names = path.split(b"/") if path else []
    if b".." in names or b"" in names:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))  # what the kernel says to openat2
    here = os.open(b".", JUST_PASSING if names else flags, dir_fd=base)
    for number, name in enumerate(names, 1):
        try:
            step = os.open(
                name, (flags if number == len(names) else JUST_PASSING) | os.O_NOFOLLOW, dir_fd=here
            )
        finally:
            os.close(here)
        here = step
    return here


class OpenAt2:
    """A FolderOpener by the system call openat2(2)."""

    def __init__(self) -> None:
        self._syscall = ctypes.CDLL(None, use_errno=True).syscall
        self._syscall.restype = ctypes.c_long
        numbers = (ctypes.c_long, ctypes.c_int)
        self._syscall.argtypes = (*numbers, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_size_t)

    def __call__(self, base: int, path: bytes, flags: int = JUST_PASSING) -> int:
        """See FolderOpener."""
        if len(path) > _LONGEST:
            return open_by_walk(base, path, flags)
        how = _OpenHow(flags, 0, _RESOLVE_BENEATH | _RESOLVE_NO_SYMLINKS)
        for _ in range(_TRIES):
            opened = int(self._syscall(_OPENAT2, base, path or b".", ctypes.byref(how), ctypes.sizeof(how)))
            if opened >= 0:
                return opened
            number = ctypes.get_errno()
            if number not in (errno.EAGAIN, errno.EINTR):  # EAGAIN: something was renamed meanwhile
                raise OSError(number, os.strerror(number))
        return open_by_walk(base, path, flags)


class _OpenHow(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


def best_opener() -> FolderOpener:
    """`OpenAt2` where this kernel lets us use it, else `open_by_walk`."""
    base = os.open("/", JUST_PASSING)
    try:
        opener = OpenAt2()
        os.close(opener(base, b""))
    except (OSError, AttributeError):  # AttributeError: a C library without syscall()
        return open_by_walk
    finally:
        os.close(base)
    return opener
