"""A storage in memory, for tests and trials: the whole contract, and every fault on request.

Threading: one lock around everything; a call that hangs waits outside of it.
"""

import asyncio
import hashlib
import itertools
import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from services.errors import (
    Changed,
    Conflict,
    SenderEnded,
    StorageError,
    StorageFull,
    StorageNotFound,
    StorageThrottled,
    Unauthorized,
    Unavailable,
    UsageError,
)
from services.names import shown
from services.storages import paths
from services.storages.base import Storage, require_as_expected
from services.storages.handles import Handle
from services.storages.patterns import MARKER, TRASH, new_shelf
from services.storages.recognising import choose_canaries, why_unknown
from services.storages.values import (
    NO_HASHES,
    Caps,
    Change,
    Entry,
    Fingerprint,
    Health,
    Listing,
    Quota,
)
from services.storages.watching import poll_changes

_VOLUME = "memory"
_HASHES: dict[str, Callable[[bytes], str]] = {
    "md5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "sha256": lambda data: hashlib.sha256(data).hexdigest(),
}


@dataclass
class Faults:
    """What goes wrong; may be changed at any time.

    `fail_on` maps the number of a coming call (1: the next one) to the error it raises. With `hang`
    each call waits until `hang` is False again, or fails as Unavailable after `deadline_s`. `throttle` is in
    seconds. Of `short_body` files that many last bytes never come. `partial` folders list only every
    second entry and say so. `empty_root` and `canary_lost` are an unmounted disk: an empty root, and
    one with other files. `changed_size` is what a file turns out to have when it is opened. `capacity` is
    the room in bytes.
    """

    fail_on: dict[int, StorageError] = field(default_factory=dict)
    hang: bool = False
    deadline_s: float = 30.0
    throttle: float | None = None
    short_body: dict[str, int] = field(default_factory=dict)
    partial: set[str] = field(default_factory=set)
    empty_root: bool = False
    canary_lost: bool = False
    changed_size: dict[str, int] = field(default_factory=dict)
    no_ids: bool = False
    no_hashes: bool = False
    offline: bool = False
    needs_reconnect: bool = False
    capacity: int | None = None


@dataclass
class _Node:
    """A file, or a folder where `data` is None."""

    id: str
    data: bytes | None
    mtime_ns: int


class MemoryStorage(Storage):
    """A tree of files in memory. `faults` is for tests; `expected` as recorded of it.

    The change key of a `distant` one holds its free hash, as a provider's does.
    `calls` counts requests, `asked` the bytes of files that were asked for.
    """

    def __init__(
        self, *, writable: bool = False, expected: Fingerprint | None = None, distant: bool = False
    ) -> None:
        self.writable = writable
        self.distant = distant
        self.faults = Faults()
        self.calls = 0
        self.asked = 0
        self._expected = expected
        self._lock = threading.RLock()
        self._ids = itertools.count(1)
        self._nodes: dict[str, _Node] = {"": self._new_node(None, 0)}

    def put(self, path: str, data: bytes | None, *, mtime_ns: int = 1_000_000_000) -> None:
        """Set a file (None: a folder) from outside, with the folders above it; no fault applies."""
        paths.to_bytes(path)
        with self._lock:
            above = paths.parent(path)
            if above not in self._nodes:
                self.put(above, None, mtime_ns=mtime_ns)
            known = self._nodes.get(path)
            if known is None:
                self._nodes[path] = self._new_node(data, mtime_ns)
            else:
                known.data, known.mtime_ns = data, mtime_ns

    def take(self, path: str) -> None:
        """Remove a file or folder with all in it from outside; no fault applies."""
        with self._lock:
            for inside in [each for each in self._nodes if each and paths.is_within(each, path)]:
                del self._nodes[inside]

    def caps(self) -> Caps:
        """See Storage."""
        hashes = frozenset() if self.faults.no_hashes else frozenset(_HASHES)
        return Caps(
            hashes=hashes,
            free_hashes=hashes,
            ids=not self.faults.no_ids,
            about=True,
            server_move=True,
            atomic_write=True,
            watch="events",
        )

    def fingerprint(self) -> Fingerprint:
        """See Storage."""
        with self._called():
            if self.writable and self._marker() is None:
                self.put(MARKER, secrets.token_hex(16).encode())
            self._expected = Fingerprint(_VOLUME, self._marker(), choose_canaries(self._listing))
            return self._expected

    def probe(self, expected: Fingerprint | None = None) -> Health:
        """See Storage."""
        if expected is not None:
            self._expected = expected
        try:
            with self._called():
                return Health("online")
        except StorageError as error:
            return Health.of(error)

    def stat(self, path: str) -> Entry:
        """See Storage."""
        with self._called():
            return self._entry(path)

    def list(self, path: str) -> Listing:
        """See Storage."""
        with self._called():
            return self._listing(path)

    def open_read(
        self,
        path: str,
        *,
        expect_size: int | None = None,
        expect_key: str | None = None,
        span: tuple[int, int] | None = None,
    ) -> Handle:
        """See Storage."""
        del span  # any part is as near as another
        with self._called():
            entry = self._entry(path)
            data = self._nodes[path].data
            if data is None:
                raise StorageNotFound(f"“{shown(path)}” is a folder.")
            if path in self.faults.changed_size:
                data = data.ljust(self.faults.changed_size[path], b"\0")[: self.faults.changed_size[path]]
                entry = self._with_key(entry._replace(size=len(data)))
            require_as_expected(entry, size=expect_size, key=expect_key)
            return _MemoryHandle(self, entry, data)

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
        self.require_writable()
        with self._called():
            self._require_free(path, may_replace=not if_absent)
        data = bytearray()
        for piece in src:
            data += piece
            if size is not None and len(data) > size:
                raise Changed(f"More than the {size} bytes came that were announced; nothing was kept.")
        if size is not None and len(data) < size:
            raise SenderEnded(f"Only {len(data)} of {size} bytes came; nothing was kept.")
        with self._called():
            self._require_free(path, may_replace=not if_absent)
            if self.faults.capacity is not None and self._used() + len(data) > self.faults.capacity:
                raise StorageFull(f"No room left in the storage for “{shown(path)}”.")
            self._nodes[path] = self._new_node(bytes(data), mtime_ns)
            return self._entry(path)

    def make_folder(self, path: str) -> Entry:
        """See Storage."""
        self.require_writable()
        with self._called():
            self._require_free(path)
            self._nodes[path] = self._new_node(None)
            return self._entry(path)

    def move(self, src: str, dst: str) -> Entry:
        """See Storage."""
        self.require_writable()
        with self._called():
            _require_below_root(src)
            self._entry(src)
            if paths.is_within(dst, src) and dst != src:
                raise UsageError(f"“{shown(src)}” cannot be moved into itself.", field="path")
            self._require_free(dst)
            self._rename(src, dst)
            shelf = paths.parent(src)
            if paths.leaf(paths.parent(shelf)) == TRASH:
                self.take(shelf)
            return self._entry(dst)

    def set_mtime(self, path: str, mtime_ns: int) -> Entry | None:
        """See Storage."""
        self.require_writable()
        with self._called():
            if self._entry(path).is_dir:
                raise StorageNotFound(f"“{shown(path)}” is a folder.")
            self._nodes[path].mtime_ns = mtime_ns
            return self._entry(path)

    def delete(self, path: str, *, trash: bool = True, shelf: str | None = None) -> str | None:
        """See Storage."""
        self.require_writable()
        with self._called():
            _require_below_root(path)
            self._entry(path)
            if trash:
                place = f"{TRASH}/{shelf or new_shelf()}"
                if any(paths.parent(each) == place for each in self._nodes):
                    raise Conflict(f"“{place}” is there already.", field="path")
                self.put(place, None)
                self._rename(path, paths.join(place, paths.leaf(path)))
                return paths.join(place, paths.leaf(path))
            if any(paths.parent(each) == path for each in self._nodes if each):
                raise Conflict(f"“{shown(path)}” is not empty.", field="path")
            del self._nodes[path]
            return None

    def hashes(self, path: str, kinds: Collection[str], *, may_download: bool = False) -> Mapping[str, str]:
        """See Storage."""
        del may_download
        with self._called():
            return {kind: text for kind, text in self._entry(path).hashes.items() if kind in kinds}

    def about(self) -> Quota | None:
        """See Storage."""
        with self._called():
            used, total = self._used(), self.faults.capacity
        return Quota(total, used, None if total is None else total - used)

    def watch(self, stop: threading.Event) -> Iterator[Change]:
        """See Storage."""
        return poll_changes(self.list, stop, interval_s=0.02)

    # --- faults

    @contextmanager
    def _called(self) -> Iterator[None]:
        """Count a call and let it fail as asked; the rest of it runs under the lock."""
        self._fail_as_asked()
        with self._lock:
            self._require_known()
            yield

    def _fail_as_asked(self) -> None:
        faults = self.faults
        with self._lock:
            self.calls += 1
            coming = {number - 1: error for number, error in faults.fail_on.items()}
            error = coming.pop(0, None)
            faults.fail_on = coming
        until = time.monotonic() + faults.deadline_s
        while faults.hang:
            if time.monotonic() >= until:
                raise Unavailable("The storage did not answer in time.")
            time.sleep(0.005)
        if error is not None:
            raise error
        if faults.needs_reconnect:
            raise Unauthorized("The storage wants a new sign-in.")
        if faults.throttle is not None:
            raise StorageThrottled("The storage asks to wait.", retry_after=faults.throttle)
        if faults.offline:
            raise Unavailable("The storage cannot be reached.")

    def _require_known(self) -> None:
        if self._expected is None:
            if self.faults.empty_root or self.faults.canary_lost:
                raise Unavailable("The storage is not the one that was added: its files are not there.")
            return
        reason = why_unknown(
            self._expected,
            volume=None if self.faults.empty_root else _VOLUME,
            marker=self._marker(),
            size_of=self._size_of,
        )
        if reason is not None:
            raise Unavailable(f"The storage is not the one that was added: {reason}")

    def _marker(self) -> str | None:
        node = self._nodes.get(MARKER)
        if node is None or node.data is None or self.faults.empty_root or self.faults.canary_lost:
            return None
        return node.data.decode()

    def _size_of(self, path: str) -> int | None:
        node = self._nodes.get(path)
        if node is None or node.data is None or self.faults.empty_root or self.faults.canary_lost:
            return None
        return len(node.data)

    # --- the tree

    def _new_node(self, data: bytes | None, mtime_ns: int | None = None) -> _Node:
        when = time.time_ns() if mtime_ns is None else mtime_ns
        return _Node(f"{_VOLUME}:{next(self._ids)}", data, when)

    def _entry(self, path: str) -> Entry:
        paths.to_bytes(path)
        node = self._nodes.get(path)
        if node is None:
            raise StorageNotFound(f"“{shown(path)}” is not in the storage.")
        data = node.data or b""
        with_hashes = node.data is not None and not self.faults.no_hashes
        entry = Entry(
            path,
            paths.leaf(path),
            node.data is None,
            len(data),
            node.mtime_ns,
            None if self.faults.no_ids else node.id,
            "",
            {kind: make(data) for kind, make in _HASHES.items()} if with_hashes else NO_HASHES,
        )
        return self._with_key(entry)

    def _with_key(self, entry: Entry) -> Entry:
        key = f"{entry.size}:{entry.mtime_ns}:{entry.id or ''}"
        return entry._replace(change_key=f"{key}:{entry.hashes.get('md5', '')}" if self.distant else key)

    def _listing(self, path: str) -> Listing:
        if not self._entry(path).is_dir:
            raise StorageNotFound(f"“{shown(path)}” is not a folder.")
        entries = [self._entry(each) for each in self._nodes if each and paths.parent(each) == path]
        if path in self.faults.partial:
            return Listing(
                entries[::2], complete=False, errors=("The storage gave only some of the entries.",)
            )
        return Listing(entries)

    def _require_free(self, path: str, *, may_replace: bool = False) -> None:
        _require_below_root(path)
        paths.to_bytes(path)
        if len(paths.to_bytes(paths.leaf(path))) > paths.LONGEST_NAME:
            raise UsageError(f"“{shown(path)}” is too long a name for this storage.", field="path")
        if not self._entry(paths.parent(path)).is_dir:
            raise StorageNotFound(f"“{shown(paths.parent(path))}” is not a folder.")
        node = self._nodes.get(path)
        if node is not None and not (may_replace and node.data is not None):
            raise Conflict(f"“{shown(path)}” is there already.", field="path")

    def _rename(self, src: str, dst: str) -> None:
        for path in [each for each in self._nodes if each and paths.is_within(each, src)]:
            self._nodes[dst + path[len(src) :]] = self._nodes.pop(path)

    def _used(self) -> int:
        return sum(len(node.data or b"") for node in self._nodes.values())


class _MemoryHandle(Handle):
    def __init__(self, storage: MemoryStorage, entry: Entry, data: bytes) -> None:
        self.entry = entry
        self._storage = storage
        self._data: bytes | None = data

    def pread(self, offset: int, length: int) -> bytes:
        if self._data is None:
            raise ValueError("the handle is closed")
        wanted = self.reach(offset, length)
        with self._storage._called():
            self._storage.asked += wanted
            there = len(self._data) - self._storage.faults.short_body.get(self.entry.path, 0)
        if wanted and offset + wanted > there:
            raise Unavailable(f"“{shown(self.entry.path)}” ended early.")
        return self._data[offset : offset + wanted]

    def comes(self, offset: int) -> bool:
        return self.reach(offset, 1) == 1

    async def coming(self, offset: int, length: int) -> bytes:
        await asyncio.sleep(0)
        return self.pread(offset, length)

    def check(self) -> None:
        if self._storage.stat(self.entry.path).change_key != self.entry.change_key:
            raise Changed(f"“{shown(self.entry.path)}” changed while it was read.")

    def close(self) -> None:
        self._data = None


def _require_below_root(path: str) -> None:
    if not path:
        raise UsageError("This cannot be done to the top folder of a storage.", field="path")
