"""A file that is far away, read by a decoder child block by block: no file comes with the request.

The child asks its parent over their socket (`block`: offset and length) and gets the bytes, or `lost`; the
parent asks the storage. So a picture's metadata costs a few blocks, whatever the size of the picture.

    Blocks     in the child: a seekable file that keeps what it was given
    Source     in the parent: answers for one request, and remembers what went wrong

Only the standard library is imported: both sides use this.
"""

import errno
import io
import os
import socket
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from . import wire

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK = 32 << 10
HEAD = 128 << 10
"""What is asked for first, in one request: nearly every picture says all of itself there."""
LONGEST = 1 << 20
"""Front to back more and more is asked for at once, up to this."""
KEPT = 16 << 20
"""Bytes that a child keeps of one file."""

Ask = Callable[[int, int], bytes]


class Blocks(io.RawIOBase):
    """A seekable file of `size` bytes over `ask(offset, length)`, which raises OSError."""

    def __init__(self, ask: Ask, size: int) -> None:
        super().__init__()
        self._ask = ask
        self._size = size
        self._at = 0
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._ahead = BLOCK
        self._next = -1  # where the last answer ended

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move the own position, as `io.IOBase.seek` does."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        """The own position."""
        return self._at

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill `buffer`, cut at the end of the file and nowhere else."""
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), max(0, self._size - self._at))
        done = 0
        while done < wanted:
            number, skip = divmod(self._at, BLOCK)
            piece = self._block(number, wanted - done + skip)[skip : skip + wanted - done]
            view[done : done + len(piece)] = piece
            done += len(piece)
            self._at += len(piece)
        return wanted

    def _block(self, number: int, wanted: int) -> bytes:
        """One block, with those after it up to `wanted` bytes fetched in the same request."""
        kept = self._kept.get(number)
        if kept is not None:
            self._kept.move_to_end(number)
            return kept
        start = number * BLOCK
        self._ahead = min(LONGEST, self._ahead * 2) if start == self._next else BLOCK
        length = max(HEAD if start == 0 else self._ahead, -(-wanted // BLOCK) * BLOCK)
        data = self._ask(start, min(length, LONGEST, self._size - start))
        if not data or (len(data) % BLOCK and start + len(data) != self._size):
            raise OSError(errno.EIO, "fewer bytes came than were asked for")
        self._next = start + len(data)
        for offset in range(0, len(data), BLOCK):
            self._kept[number + offset // BLOCK] = data[offset : offset + BLOCK]
        while len(self._kept) * BLOCK > KEPT:
            self._kept.popitem(last=False)
        return data[:BLOCK]


def asking(sock: socket.socket) -> Ask:
    """In the child: ask the parent at the other end of the socket."""

    def ask(offset: int, length: int) -> bytes:
        wire.send(sock, wire.Message({"block": [offset, length]}))
        answer = wire.receive(sock)
        if "lost" in answer.header:
            raise OSError(errno.EIO, "the storage did not give these bytes")
        return answer.payload

    return ask


class Source:
    """In the parent: the bytes behind one request, at most `limit` of them.

    `pread(offset, length)` is the storage's; what it raises is kept in `problem` and the child told that
    the bytes are lost. `given` counts the bytes.
    """

    def __init__(self, pread: Ask, size: int, *, limit: int | None = None) -> None:
        self.size = size
        self.given = 0
        self.problem: Exception | None = None
        self._pread = pread
        self._left = size * 2 + HEAD if limit is None else limit

    def answer(self, wanted: object) -> wire.Message:
        """What to send to the child. Raises Garbled when it asks for what makes no sense."""
        match wanted:
            case [int(offset), int(length)] if 0 <= offset < self.size and 0 < length <= LONGEST:
                pass
            case _:
                raise wire.Garbled("no block of the file is asked for")
        length = min(length, self.size - offset)
        if self.problem is not None or length > self._left:
            return wire.Message({"lost": True})
        try:
            data = self._pread(offset, length)
        except Exception as error:  # the child goes on without these bytes; whoever asked gets the error
            self.problem = error
            return wire.Message({"lost": True})
        self._left -= len(data)
        self.given += len(data)
        return wire.Message({"given": len(data)}, data)
