"""Landlock by system call: after `deny_files` this process opens no file but those below given folders.

Linux 5.13 and later (Documentation/userspace-api/landlock.rst); the numbers are the same on all machines.
What is already open stays open.
"""

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION_FLAG = 1
PATH_BENEATH = 1
NO_NEW_PRIVS = 38
"""PR_SET_NO_NEW_PRIVS."""

# Rights over files by the version that brought them: 13 at first, then REFER, TRUNCATE, IOCTL_DEV
FILE_RIGHTS = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
READ_FILE, READ_FOLDER = 1 << 2, 1 << 3
NET_VERSION, NET_RIGHTS = 4, 0b11
"""TCP bind and connect."""
SCOPE_VERSION, SCOPES = 6, 0b11
"""Abstract unix sockets, and signals to processes outside."""


def version() -> int:
    """The kernel's version of Landlock, 0 when it has none or it is switched off."""
    return max(0, _syscall(CREATE_RULESET, None, 0, VERSION_FLAG))


def deny_files(readable: Iterable[Path] = ()) -> bool:
    """Deny this thread, and what it starts, all files but reading below `readable`, for good.

    Also TCP connections and signals to others where the kernel can. False, with nothing changed, when the
    kernel has no Landlock. Raises OSError when it has and still refuses.
    """
    kernel = version()
    if kernel == 0:
        return False
    ruleset = _require(_syscall(CREATE_RULESET, *_attributes(kernel), 0), "a Landlock ruleset")
    try:
        for folder in readable:
            _allow_reading(ruleset, folder)
        give_up_privileges()
        _require(_syscall(RESTRICT_SELF, ruleset, 0), "the restriction by Landlock")
    finally:
        os.close(ruleset)
    return True


def give_up_privileges() -> None:
    """Never gain rights by running a program again; the kernel asks for this before any restriction."""
    _require(ctypes.CDLL(None, use_errno=True).prctl(NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS")


def _attributes(kernel: int) -> tuple[bytes, int]:
    """The `landlock_ruleset_attr` that this kernel knows, and its size."""
    files = sum(rights for since, rights in FILE_RIGHTS.items() if kernel >= since)
    fields = [files]
    if kernel >= NET_VERSION:
        fields.append(NET_RIGHTS)
    if kernel >= SCOPE_VERSION:
        fields.append(SCOPES)
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    return attributes, len(attributes)


def _allow_reading(ruleset: int, folder: Path) -> None:
    try:
        handle = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return  # not there: nothing to allow
    try:
        rule = struct.pack("=Qi", READ_FILE | READ_FOLDER, handle)
        _require(_syscall(ADD_RULE, ruleset, PATH_BENEATH, rule, 0), f"a Landlock rule for {folder}")
    finally:
        os.close(handle)


def _syscall(number: int, *arguments: int | bytes | None) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    converted = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    return int(libc.syscall(ctypes.c_long(number), *converted))


def _require(result: int, what: str) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), f"the kernel refused {what}")
    return result
