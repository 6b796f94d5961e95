"""The contract of an opened file."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from services.storages.values import Entry


class Handle(ABC):
    """A file of a storage, opened for reading. To be closed by whoever opened it; best in a `with`.

    An implementation
    - MUST set `entry` to the file as it was when it was opened;
    - MUST give from `pread` exactly the bytes asked for, cut at the end of the file and nowhere else;
      when they cannot be had it MUST raise, Changed if the file is not as long any more, else a
      StorageError that says why (Unavailable when an answer ended early);
    - MUST allow `pread` in several threads at once, and `close` more than once.

    Threading: `close` MUST NOT run while a `pread` does.
    """

    entry: Entry

    @abstractmethod
    def pread(self, offset: int, length: int) -> bytes:
        """The bytes from `offset`, at most `length` of them. ValueError when either is negative."""

    @abstractmethod
    def check(self) -> None:
        """Raise Changed when the file is known to be another than the one that was opened."""

    @abstractmethod
    def close(self) -> None:
        """Give back what the handle holds."""

    def comes(self, offset: int) -> bool:
        """Whether the bytes from there are on their way, so that an event loop can wait for them by `coming`."""
        del offset
        return False

    async def coming(self, offset: int, length: int) -> bytes:
        """What comes next, on an event loop: nothing blocks, and no thread waits. Only where it `comes`.

        At least one byte and at most `length`, as they are there together. It MUST let the loop turn, so that others
        go on meanwhile. Not beside another read.
        """
        raise NotImplementedError

    def came(self, offset: int, length: int) -> bytes | None:
        """`coming` of what is here by now; None where it is to be waited for, or has failed, as `coming` will say."""
        del offset, length
        return None

    def at_once(self, offset: int, length: int) -> bytes | None:
        """`pread` on an event loop, of what is in memory already; None where that is not known, or would wait.

        None too where the file is known to be another than the one that was opened.
        """
        del offset, length
        return None

    def expect(self, start: int, end: int) -> None:
        """A hint: the bytes `start` to `end`, both inclusive, will be read front to back."""
        del start, end  # nothing to prepare, unless an implementation says otherwise

    def fileno(self) -> int | None:
        """A descriptor on the same bytes, for a child process; None where there is none."""
        return None

    def reach(self, offset: int, length: int) -> int:
        """How many of the bytes asked for exist. ValueError when either number is negative."""
        if offset < 0 or length < 0:
            raise ValueError(f"offset {offset} and length {length} must not be negative")
        return max(0, min(length, self.entry.size - offset))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
