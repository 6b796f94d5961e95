"""A storage that stands before another: each call passes one place, where it may be counted, held up or refused.

Not passed are what asks the storage for nothing (`trash_places`, `look_again`, `let_go`, `came`) and what does not end
(`watch`); a probe is left to who stands there.

Threading: as the contract says.
"""

import threading
from abc import abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager

from services.storages.base import Storage
from services.storages.handles import Handle
from services.storages.values import Caps, Change, Entry, Fingerprint, Health, Listing, Quota


class Passing(Storage):
    """`inner`, each call of which passes `passing`; so do the reads of what it opens."""

    def __init__(self, inner: Storage) -> None:
        self.inner = inner
        self.distant = inner.distant

    @abstractmethod
    def passing(self, call: str) -> AbstractContextManager[None]:
        """What a call happens in; `call` is the name of the method of the storage, or of an opened file."""

    @property
    def writable(self) -> bool:  # type: ignore[override]  # the one of `inner`, which may change
        """Whether the storage may be written to."""
        return self.inner.writable

    def caps(self) -> Caps:
        """See Storage."""
        with self.passing("caps"):
            return self.inner.caps()

    def fingerprint(self) -> Fingerprint:
        """See Storage."""
        with self.passing("fingerprint"):
            return self.inner.fingerprint()

    def probe(self, expected: Fingerprint | None = None) -> Health:
        """See Storage."""
        return self.inner.probe(expected)

    def look_again(self) -> None:
        """See Storage."""
        self.inner.look_again()

    def let_go(self) -> None:
        """See Storage."""
        self.inner.let_go()

    def stat(self, path: str) -> Entry:
        """See Storage."""
        with self.passing("stat"):
            return self.inner.stat(path)

    def list(self, path: str) -> Listing:
        """See Storage."""
        with self.passing("list"):
            return self.inner.list(path)

    def open_read(
        self, path: str, *, expect_size: int | None = None, expect_key: str | None = None,
        span: tuple[int, int] | None = None,
    ) -> Handle:  # fmt: skip
        """See Storage."""
        with self.passing("open_read"):
            handle = self.inner.open_read(path, expect_size=expect_size, expect_key=expect_key, span=span)
        return _PassingHandle(self, handle)

    def write(
        self,
        path: str,
        src: Iterable[bytes],
        *,
        size: int | None,
        mtime_ns: int | None = None,
        if_absent: bool = True,
    ) -> Entry:
        """See Storage."""
        with self.passing("write"):
            return self.inner.write(path, src, size=size, mtime_ns=mtime_ns, if_absent=if_absent)

    def make_folder(self, path: str) -> Entry:
        """See Storage."""
        with self.passing("make_folder"):
            return self.inner.make_folder(path)

    def move(self, src: str, dst: str) -> Entry:
        """See Storage."""
        with self.passing("move"):
            return self.inner.move(src, dst)

    def end_move(self, src: str, dst: str) -> None:
        """See Storage."""
        with self.passing("end_move"):
            self.inner.end_move(src, dst)

    def set_mtime(self, path: str, mtime_ns: int) -> Entry | None:
        """See Storage."""
        with self.passing("set_mtime"):
            return self.inner.set_mtime(path, mtime_ns)

    def delete(self, path: str, *, trash: bool = True, shelf: str | None = None) -> str | None:
        """See Storage."""
        with self.passing("delete"):
            return self.inner.delete(path, trash=trash, shelf=shelf)

    def trash_places(self, path: str, shelf: str) -> tuple[str, ...]:
        """See Storage."""
        return self.inner.trash_places(path, shelf)

    def hashes(self, path: str, kinds: Collection[str], *, may_download: bool = False) -> Mapping[str, str]:
        """See Storage."""
        with self.passing("hashes"):
            return self.inner.hashes(path, kinds, may_download=may_download)

    def about(self) -> Quota | None:
        """See Storage."""
        with self.passing("about"):
            return self.inner.about()

    def end_abandoned(self) -> None:
        """See Storage."""
        with self.passing("end_abandoned"):
            self.inner.end_abandoned()

    def watch(self, stop: threading.Event) -> Iterator[Change]:
        """See Storage."""
        return self.inner.watch(stop)


class _PassingHandle(Handle):
    def __init__(self, storage: Passing, inner: Handle) -> None:
        self.entry = inner.entry
        self._storage = storage
        self._inner = inner

    def pread(self, offset: int, length: int) -> bytes:
        with self._storage.passing("pread"):
            return self._inner.pread(offset, length)

    def comes(self, offset: int) -> bool:
        return self._inner.comes(offset)

    async def coming(self, offset: int, length: int) -> bytes:
        with self._storage.passing("coming"):
            return await self._inner.coming(offset, length)

    def came(self, offset: int, length: int) -> bytes | None:
        return self._inner.came(offset, length)

    def check(self) -> None:
        with self._storage.passing("check"):
            self._inner.check()

    def close(self) -> None:
        self._inner.close()

    def expect(self, start: int, end: int) -> None:
        self._inner.expect(start, end)

    def fileno(self) -> int | None:
        return self._inner.fileno()
