"""An opened file of a far storage: ranges as they are asked for, and one transfer that reads on.

Each request costs the storage two round trips, so a reader who goes forward gets one long transfer, and
one who jumps gets just the bytes asked for. What comes by in a transfer can be waited for on an event
loop as well: that costs a fraction of a thread that waits.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Protocol

from services.errors import Changed, StorageError
from services.names import shown
from services.storages.handles import Handle
from services.storages.rclone.client import Body
from services.storages.values import Entry

SKIP = 1024 * 1024
"""So many bytes are read and thrown away rather than to begin a new transfer."""


class Opener(Protocol):
    """What a handle needs of its storage."""

    def body(self, path: str, start: int, end: int) -> Body:
        """The bytes from `start` to `end`; raises StorageError."""

    def why_changed(self, entry: Entry) -> StorageError | None:
        """What is to be raised when the file is not the one of `entry` any more."""


class RcloneHandle(Handle):
    """`first` is a transfer that was begun with opening, from `at` to `until` (inclusive).

    It may have `stood_by` before: if it turns out to have failed meanwhile, another takes its place, once, if the
    file still has the same time.
    Who opened it for the bytes up to `last` alone is told by `leave` when it is closed after just these, with what
    the transfer has to give yet (None for nothing), and its next and last byte: from then on that is theirs.
    """

    def __init__(
        self, opener: Opener, entry: Entry, *, first: Body | None = None, at: int = 0, until: int = -1,
        last: int = -1, stood_by: bool = False, leave: Callable[[Body | None, int, int], None] | None = None,
    ) -> None:  # fmt: skip
        self.entry = entry
        self._opener = opener
        self._lock = threading.Lock()
        self._body = first
        self._at = at
        self._until = until
        self._expected = (0, -1)
        self._closed = False
        self._last = last
        self._stood_by = stood_by
        self._modified = first.modified if first is not None and stood_by else None
        self._leave = leave

    def pread(self, offset: int, length: int) -> bytes:
        """See Handle."""
        if self._closed:
            raise ValueError("the handle is closed")
        wanted = self.reach(offset, length)
        if not wanted:
            return b""
        if not self._lock.acquire(blocking=False):
            return self._apart(offset, wanted)  # somebody reads on meanwhile
        try:
            return self._read_on(offset, wanted)
        finally:
            self._lock.release()

    def comes(self, offset: int) -> bool:
        """See Handle. What is next in the running transfer, unless another reader has it."""
        if self._body is None or not self._body.has_length or self._lock.locked():
            return False
        return offset == self._at <= self._until

    async def coming(self, offset: int, length: int) -> bytes:
        """See Handle."""
        length = min(length, self._until - offset + 1)
        with self._lock:  # who reads beside it gets a transfer of their own
            if self._body is None:
                raise AssertionError("asked for what does not come")
            try:
                data = await self._body.coming(length)
            except StorageError:
                self._drop()
                if not self._stood_by:
                    raise
                data = await self._coming_anew(offset, length)
            self._go_on(len(data))
            return data

    def came(self, offset: int, length: int) -> bytes | None:
        """See Handle."""
        if self._body is None or not self.comes(offset):
            return None
        with self._lock:
            data = self._body.came(min(length, self._until - offset + 1))
            if data is not None:
                self._go_on(len(data))
            return data

    def _go_on(self, length: int) -> None:
        """So much came of the running transfer, on an event loop."""
        self._at += length
        if self._at > self._until:
            self._drop()

    async def _coming_anew(self, offset: int, length: int) -> bytes:
        """What has failed while it stood by was nobody's: begin anew, in a thread."""
        self._stood_by = False
        self._body = await asyncio.to_thread(self._begin, offset, self._until)
        return await asyncio.to_thread(self._body.read, length)

    def expect(self, start: int, end: int) -> None:
        """See Handle. A transfer that begins in there goes on to its end."""
        self._expected = (start, end)

    def check(self) -> None:
        """See Handle."""
        if (error := self._opener.why_changed(self.entry)) is not None:
            raise error

    def close(self) -> None:
        """See Handle."""
        if not self._closed and self._leave is not None and self._at == self._last + 1:
            body, self._body = self._body, None
            self._leave(body, self._at, self._until)
        self._closed = True
        self._drop()

    def _read_on(self, offset: int, wanted: int) -> bytes:
        """From the running transfer if it comes by there, else from a new one."""
        ahead = offset - self._at
        fits = self._body is not None and 0 <= ahead <= SKIP and offset + wanted - 1 <= self._until
        if not fits:
            goes_forward = ahead == 0 and self._body is None and self._until >= 0
            self._drop()
            until = self.entry.size - 1 if goes_forward else offset + wanted - 1
            if self._expected[0] <= offset <= self._expected[1]:
                until = max(until, min(self._expected[1], self.entry.size - 1))
            self._body = self._begin(offset, until)
            self._at, self._until = offset, until
        body = self._body
        if body is None:
            raise AssertionError("a transfer was begun")
        try:
            if self._at < offset:
                body.read(offset - self._at)
            data = body.read(wanted)
        except StorageError:
            self._drop()
            if not self._stood_by:
                raise
            self._stood_by = False
            return self._read_on(offset, wanted)
        self._at = offset + wanted
        if self._at > self._until:
            body.read_end()
            self._drop()
        return data

    def _apart(self, offset: int, wanted: int) -> bytes:
        body = self._begin(offset, offset + wanted - 1)
        try:
            data = body.read(wanted)
            body.read_end()
            return data
        finally:
            body.close()

    def _begin(self, start: int, end: int) -> Body:
        body = self._opener.body(self.entry.path, start, end)
        if body.total is not None and body.total != self.entry.size:
            body.close()
            raise Changed(f"“{shown(self.entry.path)}” is not as long any more as when it was opened.")
        if self._modified not in {None, body.modified}:  # what follows is not to be of another file
            body.close()
            raise Changed(f"“{shown(self.entry.path)}” changed while it was read.")
        return body

    def _drop(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None
