"""A view of a file that gives up after too many reads or bytes.

Parsers written for sound files (exifread) follow counts and offsets wherever these lead; with this
view a bad count costs a known amount of time and memory at most.
"""

import io
from typing import BinaryIO

from .formats.blocks import FormatError


class BoundedFile(io.RawIOBase):
    """Reads `file` until `limit` bytes or `calls` reads are used up, then raises FormatError."""

    def __init__(self, file: BinaryIO, limit: int, calls: int) -> None:
        super().__init__()
        self.file = file
        self.limit = limit
        self.calls = calls

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, never more than are still allowed."""
        self.calls -= 1
        if self.calls < 0 or self.limit <= 0:
            raise FormatError("the metadata asks for more reading than is allowed")
        data = self.file.read(self.limit if size < 0 else min(size, self.limit))
        self.limit -= len(data)
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """As in any file."""
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        """As in any file."""
        return self.file.tell()

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True
