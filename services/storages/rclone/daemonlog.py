"""What the daemon prints, kept in a file of bounded size and without what may be secret. Here and only here.

The daemon tells of each call that failed, with the addresses it asked: signatures and tokens are in those.
It prints into a pipe of its keeper's. Should that be killed the daemon dies of its next line, which is right:
without the keeper's gate it reaches nothing any more.
"""

import contextlib
import json
import os
from pathlib import Path
from typing import IO

from services.storages.rclone.faults import without_addresses

LARGEST = 1024 * 1024
"""A log that has grown so large is begun anew."""
_LONGEST_LINE = 16 * 1024


def keep(printed: IO[bytes], path: Path) -> None:
    """Write all that comes into the log, until its end. A line that cannot be written is passed over."""
    is_rest = False
    while line := printed.readline(_LONGEST_LINE):
        if (
            not is_rest
        ):  # of a line too long only the beginning: what follows may be the second half of an address
            with contextlib.suppress(OSError):  # no room, say; whoever prints must not wait for ever
                _append(path, scrubbed(line))
        is_rest = not line.endswith(b"\n")


def scrubbed(line: bytes) -> bytes:
    """A line as it is kept."""
    text = line.decode("utf-8", "replace").rstrip("\n")
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return without_addresses(text).encode() + b"\n"  # a panic, say
    return json.dumps(_without_addresses(told), ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _without_addresses(told: object) -> object:
    if isinstance(told, dict):
        return {name: _without_addresses(value) for name, value in told.items()}
    return without_addresses(told) if isinstance(told, str) else told


def _append(path: Path, line: bytes) -> None:
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        if os.fstat(log).st_size > LARGEST:
            os.ftruncate(log, 0)
        os.write(log, line)
    finally:
        os.close(log)
