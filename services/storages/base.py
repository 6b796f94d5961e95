"""The contract of a storage: how Hypomos reaches bytes that belong to somebody else.

`tests/contracts/test_storage.py` holds every implementation to it. Storage code knows no database,
no user and no item; who may do what was decided before it is called.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Executor

from services.errors import Changed, ReadOnly
from services.names import shown
from services.storages import paths
from services.storages.handles import Handle
from services.storages.patterns import TRASH
from services.storages.streaming import stream_range
from services.storages.values import Caps, Change, Entry, Fingerprint, Health, Listing, Quota

__all__ = [
    "BLOCK",
    "Caps",
    "Change",
    "Entry",
    "Fingerprint",
    "Handle",
    "Health",
    "Listing",
    "Quota",
    "Storage",
    "require_as_expected",
]

BLOCK = 256 * 1024
"""Bytes a stream hands over at once, unless told otherwise."""


class Storage(ABC):
    """An owner's storage. Its root is the empty path; paths are written as `services.storages.paths` says.

    Errors. A method raises only UsageError, Conflict, ValueError (a range that makes no sense) and
    subclasses of StorageError; `str()` of each is fit for the owner.
    - StorageNotFound MUST mean that the storage positively has no such file or folder. It MUST NOT be
      raised for a storage that is unreachable, unmounted, throttled or unsure: that is Unavailable,
      and so is everything an implementation does not recognise.
    - A symbolic link, a device, a socket or a pipe is no file: it MUST NOT be listed, opened,
      followed, moved or deleted. A path that leads through one is StorageNotFound.
    - No path MAY reach anything outside the root, whatever changes on the disk meanwhile.

    Listings. `list` gives the entries of ONE folder. `complete` MUST be False when anything kept an
    entry from being seen; then `errors` says what, in words. An empty listing of a root that is not
    the root known before MUST NOT be given: that is Unavailable. Order is free.

    Writing. Where `writable` is False every writing method MUST raise ReadOnly before it touches
    anything. Nothing is ever replaced or merged unless the caller says so: a name that is taken is a
    Conflict. After a failure or a sudden death the final name MUST hold the whole new file or what it
    held before; what is left behind otherwise has a name that `services.storages.patterns` skips.

    Threading: all methods MAY be called from several threads at once.
    """

    writable: bool = False

    distant: bool = False
    """Whether reading costs a download: it is listed first, and its bytes are read within a budget."""

    @abstractmethod
    def caps(self) -> Caps:
        """What this storage can do. MUST be cheap after the first call; raises Unavailable."""

    @abstractmethod
    def fingerprint(self) -> Fingerprint:
        """By what the root can be known again later. A writable storage MAY put a marker file into it."""

    @abstractmethod
    def probe(self, expected: Fingerprint | None = None) -> Health:
        """How the storage is, compared with what was recorded of it. MUST NOT raise a StorageError.

        A successful probe also makes a root that was replaced meanwhile the known one.
        """

    @abstractmethod
    def stat(self, path: str) -> Entry:
        """The file or folder at `path`."""

    @abstractmethod
    def list(self, path: str) -> Listing:
        """The entries of the folder at `path`, not those below. StorageNotFound when it is no folder."""

    @abstractmethod
    def open_read(
        self,
        path: str,
        *,
        expect_size: int | None = None,
        expect_key: str | None = None,
        span: tuple[int, int] | None = None,
    ) -> Handle:
        """Open a file. Raises Changed when size or change key are not those expected (None: any).

        `span` are the first and last byte that will be read, front to back: a distant storage opens
        just those. It is a hint; everything else can be read as well.
        """

    @abstractmethod
    def write(
        self,
        path: str,
        src: Iterable[bytes],
        *,
        size: int | None,
        mtime_ns: int | None = None,
        if_absent: bool = True,
    ) -> Entry:
        """Write a file from pieces of bytes, visible under its name only when it is whole and durable.

        `size` is what `src` is to give together (None: unknown); less is Unavailable, more is Changed,
        and neither leaves a file. With `if_absent` a taken name is Conflict; without it a file there is
        replaced for good, so the caller MUST have put bytes that matter into the trash first. Errors
        of `src` come through unchanged. Raises StorageFull. The folder must exist.
        """

    @abstractmethod
    def make_folder(self, path: str) -> Entry:
        """Make a folder in one that exists. Conflict when the name is taken."""

    @abstractmethod
    def move(self, src: str, dst: str) -> Entry:
        """Give a file or folder another name or place in this storage. Conflict when the name is taken."""

    def end_move(self, src: str, dst: str) -> None:  # noqa: B027 (most moves happen at once, or not at all)
        """Go on with a move that broke off, where a move is a copy and then a deletion.

        `dst` MUST have been free when the move began. What lies at `src` alone is moved; what lies at both with the
        same size and a hash that says the same is deleted at `src`. Whatever differs, or has no such hash, stays.
        """

    def set_mtime(self, path: str, mtime_ns: int) -> Entry | None:
        """Give a file another time, nanoseconds since 1970; None where that cannot be done without its bytes."""
        del path, mtime_ns
        self.require_writable()
        return None

    @abstractmethod
    def delete(self, path: str, *, trash: bool = True, shelf: str | None = None) -> str | None:
        """Put a file or folder into the storage's trash and return its path there; `move` brings it back.

        `shelf` (letters and digits, never used before) names its place in the trash: who wrote the name
        down before finds the thing after a sudden death, at one of `trash_places`, or may call again with
        the same name. A shelf that something lies on is Conflict, an empty one is taken. Without `trash` a
        file is gone for good (None is returned), a folder too if it is empty, else Conflict. Where the
        provider's trash has no paths None is returned as well.
        """

    def trash_places(self, path: str, shelf: str) -> tuple[str, ...]:
        """Where `delete` may have put `path` under that shelf."""
        return (f"{TRASH}/{shelf}/{paths.leaf(path)}",)

    @abstractmethod
    def hashes(self, path: str, kinds: Collection[str], *, may_download: bool = False) -> Mapping[str, str]:
        """Those of the wanted hashes that can be had; a download of the file only if allowed."""

    @abstractmethod
    def about(self) -> Quota | None:
        """The room left; None when the storage does not tell."""

    @abstractmethod
    def watch(self, stop: threading.Event) -> Iterator[Change]:
        """Changes as they happen, until `stop` is set.

        The first one MUST say `everything`, as soon as watching has begun: a scan that starts after it
        misses nothing. MUST outlive a root that goes away and comes back.
        """

    def open_range(
        self,
        path: str,
        start: int,
        end: int,
        *,
        expect_size: int,
        executor: Executor,
        expect_key: str | None = None,
        block: int = BLOCK,
    ) -> AsyncGenerator[bytes, None]:
        """Stream the bytes `start` to `end`, both inclusive, in pieces of at most `block`.

        Raises ValueError at once unless `0 <= start <= end < expect_size`; Changed before the first
        byte when the file is another; what `Handle.pread` raises later on, never ending as if whole.
        `executor` runs what blocks. To be closed with `aclose` when not read to its end.
        """
        if not 0 <= start <= end < expect_size:
            raise ValueError(f"no range {start}-{end} in {expect_size} bytes")

        def open_handle() -> Handle:
            return self.open_read(path, expect_size=expect_size, expect_key=expect_key, span=(start, end))

        return stream_range(open_handle, start, end, block=block, executor=executor)

    def end_abandoned(self) -> None:  # noqa: B027 (most leave nothing behind that could not be seen)
        """End uploads of a day ago or more that nobody goes on with, where their parts cost money unseen."""

    def look_again(self) -> None:  # noqa: B027 (most conclude nothing)
        """Forget what was concluded of the storage as a whole: the next call finds out itself."""

    def let_go(self) -> None:  # noqa: B027 (most keep nothing)
        """Close what is kept open for readers to come: the storage is removed, or reached in another way."""

    def require_writable(self) -> None:
        """Raise ReadOnly unless the owner opened this storage for writing."""
        if not self.writable:
            raise ReadOnly("This storage is for reading only. Its owner can allow writing in its settings.")


def changed(path: str) -> Changed:
    """What is to be raised for a file that is not the one that was known there."""
    return Changed(f"“{shown(path)}” has changed in the storage since it was last looked at.")


def require_as_expected(entry: Entry, *, size: int | None, key: str | None) -> None:
    """Raise Changed when a file is not the one the catalogue knows."""
    if (size is not None and entry.size != size) or (key is not None and entry.change_key != key):
        raise changed(entry.path)
