"""A file descriptor of a storage's file for a decoder child, which gets no path.

A local file has one. Anything else is copied into an unnamed temporary file first.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.storages.base import Handle

BLOCK = 1024 * 1024


@contextmanager
def descriptor(handle: Handle, size: int, folder: Path | None = None) -> Iterator[int]:
    """The descriptor of an open handle on a file of `size` bytes; a copy is made in `folder`."""
    own = handle.fileno()
    if own is not None:
        yield own
        return
    with tempfile.TemporaryFile(dir=folder) as spool:
        if size:
            handle.expect(0, size - 1)
        for offset in range(0, size, BLOCK):
            spool.write(handle.pread(offset, min(BLOCK, size - offset)))
        spool.flush()
        spool.seek(0)
        yield spool.fileno()
