"""What the storage contract needs of each implementation: the same hand from outside, and its faults."""

import ctypes
import os
import resource
import secrets
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pytest

from services.storages import Listing, Quota, Storage
from services.storages.confined import FolderOpener
from services.storages.guarded import Guarded
from services.storages.local import LocalStorage
from services.storages.memory import MemoryStorage
from services.storages.rclone import Daemon, RcloneStorage
from tests.servers.storages import Remote

T = TypeVar("T")

MTIME = 1_700_000_000_123_456_789


class Harness(ABC):
    """A storage, and ways to change what lies in it behind its back."""

    storage: Storage
    any_bytes = False
    """Whether names may hold bytes that are not UTF-8."""

    control_characters = True
    """Whether names come back with the control characters they were given."""

    reads_ahead = False
    """Whether an opened file may go on giving the bytes it had, or be seen to have changed at once."""

    precision_ns: int | None = 1
    """Of times; None where the storage tells none."""

    sets_times = True
    """Whether a file that is written here gets the time that was asked for."""

    second = 1
    """The least difference of two times, in nanoseconds, that this storage tells apart."""

    def told(self, mtime_ns: int) -> int | None:
        """A time as this storage tells it."""
        return None if self.precision_ns is None else mtime_ns // self.precision_ns * self.precision_ns

    @abstractmethod
    def again(self) -> Storage:
        """The same storage as another process would see it, with nothing remembered."""

    @abstractmethod
    def put(self, path: str, data: bytes, *, mtime_ns: int = MTIME) -> None: ...

    @abstractmethod
    def make_folder(self, path: str) -> None: ...

    @abstractmethod
    def take(self, path: str) -> None: ...

    @abstractmethod
    def cut(self, path: str, size: int) -> None:
        """Make a file shorter than whoever has it open believes."""

    @abstractmethod
    def list_hindered(self, path: str) -> Listing:
        """List a folder whose entries cannot all be seen."""

    @abstractmethod
    def lose_root(self) -> None:
        """Put an empty root in the place of the root, as an unmounted disk does."""

    @abstractmethod
    def find_root(self) -> None:
        """The reverse of `lose_root`."""

    @abstractmethod
    def little_room(self, size: int) -> AbstractContextManager[None]:
        """While inside, no more than `size` bytes can be written."""


class LocalHarness(Harness):
    any_bytes = True

    def __init__(self, tmp_path: Path, *, writable: bool = False, opener: FolderOpener | None = None) -> None:
        self.root = tmp_path / "root"
        self.root.mkdir()
        self._aside = tmp_path / "aside"
        self._writable = writable
        self._opener = opener
        self.storage = self.again()

    def again(self) -> Storage:
        return LocalStorage(self.root, writable=self._writable, opener=self._opener)

    def full(self, path: str) -> bytes:
        return os.path.join(os.fsencode(self.root), path.encode("utf-8", "surrogateescape"))  # noqa: PTH118  bytes

    def put(self, path: str, data: bytes, *, mtime_ns: int = MTIME) -> None:
        full = self.full(path)
        os.makedirs(os.path.dirname(full), exist_ok=True)  # noqa: PTH103, PTH120  bytes
        with open(full, "wb") as file:  # noqa: PTH123  bytes
            file.write(data)
        os.utime(full, ns=(mtime_ns, mtime_ns))

    def make_folder(self, path: str) -> None:
        os.mkdir(self.full(path))  # noqa: PTH102  bytes

    def take(self, path: str) -> None:
        full = Path(os.fsdecode(self.full(path)))
        if full.is_dir():
            shutil.rmtree(full)
        else:
            full.unlink()

    def cut(self, path: str, size: int) -> None:
        os.truncate(self.full(path), size)

    def list_hindered(self, path: str) -> Listing:
        full = self.full(path)
        os.chmod(full, 0)  # noqa: PTH101  bytes
        try:
            return without_root_powers(lambda: self.storage.list(path))
        finally:
            os.chmod(full, 0o755)  # noqa: PTH101  bytes

    def lose_root(self) -> None:
        self.root.rename(self._aside)
        self.root.mkdir()

    def find_root(self) -> None:
        self.root.rmdir()
        self._aside.rename(self.root)

    @contextmanager
    def little_room(self, size: int) -> Iterator[None]:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class RcloneHarness(Harness):
    """A folder of its own on a running server; `daemon` reaches it and is the hand from outside too."""

    control_characters = False
    reads_ahead = True
    second = 2 * 10**9

    def __init__(
        self, daemon: Daemon, name: str, remote: Remote, tmp_path: Path, *, writable: bool = False
    ) -> None:
        self._daemon, self._name, self._remote = daemon, name, remote
        self._spool = tmp_path / "spool"
        self._writable = writable
        self._path = f"{remote.root}/{secrets.token_hex(6)}".lstrip("/" if not remote.root else "")
        self._call("operations/mkdir", fs=self._fs(), remote=self._path.lstrip("/"))
        self.storage = self.again()
        precision = self.storage.caps().precision_ns
        self.precision_ns = None if self.storage.caps().slow_mtime else precision
        self.sets_times = remote.type != "ftp"

    def again(self) -> Storage:
        return RcloneStorage(
            self._daemon, self._name, type=self._remote.type, root=self._path, spool=self._spool,
            writable=self._writable,
        )  # fmt: skip

    def put(self, path: str, data: bytes, *, mtime_ns: int = MTIME) -> None:
        with TemporaryDirectory() as folder:
            file = Path(folder) / "put"
            file.write_bytes(data)
            os.utime(file, ns=(mtime_ns, mtime_ns))
            self._call(
                "operations/copyfile",
                srcFs=folder,
                srcRemote="put",
                dstFs=self._fs(),
                dstRemote=self._at(path),
            )
        served = None if self._remote.folder is None else self._remote.folder / self._at(path)
        if not self.sets_times and served is not None and served.exists():  # some names are others there
            os.utime(served, ns=(mtime_ns, mtime_ns))

    def make_folder(self, path: str) -> None:
        self._call("operations/mkdir", fs=self._fs(), remote=self._at(path))

    def take(self, path: str) -> None:
        if self.storage.stat(path).is_dir:
            self._call("operations/purge", fs=self._fs(), remote=self._at(path))
        else:
            self._call("operations/deletefile", fs=self._fs(), remote=self._at(path))

    def cut(self, path: str, size: int) -> None:
        with self.again().open_read(path) as handle:
            data = handle.pread(0, size)
        self.put(path, data, mtime_ns=MTIME + self.second)

    def list_hindered(self, path: str) -> Listing:
        if self._remote.folder is None or self._remote.type != "alias":
            pytest.skip("only where a folder can be made unreadable")
        full = Path(self._remote.folder, self._path.removeprefix(self._remote.root).strip("/"), path)
        full.chmod(0)
        try:
            return self.storage.list(path)
        finally:
            full.chmod(0o755)

    def lose_root(self) -> None:
        self._move(self._path, f"{self._path}-aside")
        self._call("operations/mkdir", fs=self._fs(), remote=self._path.lstrip("/"))

    def find_root(self) -> None:
        self._call("operations/purge", fs=self._fs(), remote=self._path.lstrip("/"))
        self._move(f"{self._path}-aside", self._path)

    @contextmanager
    def little_room(self, size: int) -> Iterator[None]:
        """As the storage tells it: its quota is what can be known before bytes are sent."""
        self.storage.about = lambda: Quota(None, None, size)  # type: ignore[method-assign]  # the fake quota
        yield
        del self.storage.about  # the real one again

    def _fs(self) -> str:
        return f"{self._name}:/" if self._remote.root.startswith("/") else f"{self._name}:"

    def _at(self, path: str) -> str:
        return f"{self._path}/{path}".strip("/")

    def _move(self, src: str, dst: str) -> None:
        self._call(
            "sync/move", srcFs={"_name": self._name, "_root": src}, dstFs={"_name": self._name, "_root": dst},
            createEmptySrcDirs=True, deleteEmptySrcDirs=True,
        )  # fmt: skip

    def _call(self, method: str, **params: Any) -> None:
        self._daemon.call(method, **params)


class MemoryHarness(Harness):
    def __init__(self, *, writable: bool = False, bare: bool = False, distant: bool = False) -> None:
        self.memory = MemoryStorage(writable=writable, distant=distant)
        self.memory.faults.no_ids = self.memory.faults.no_hashes = bare
        self.storage = self.memory

    def again(self) -> Storage:
        return self.memory

    def put(self, path: str, data: bytes, *, mtime_ns: int = MTIME) -> None:
        self.memory.put(path, data, mtime_ns=mtime_ns)

    def make_folder(self, path: str) -> None:
        self.memory.put(path, None)

    def take(self, path: str) -> None:
        self.memory.take(path)

    def cut(self, path: str, size: int) -> None:
        self.memory.faults.short_body[path] = self.memory.stat(path).size - size

    def list_hindered(self, path: str) -> Listing:
        self.memory.faults.partial.add(path)
        try:
            return self.storage.list(path)
        finally:
            self.memory.faults.partial.discard(path)

    def lose_root(self) -> None:
        self.memory.faults.empty_root = True

    def find_root(self) -> None:
        self.memory.faults.empty_root = False

    @contextmanager
    def little_room(self, size: int) -> Iterator[None]:
        self.memory.faults.capacity = size
        yield
        self.memory.faults.capacity = None


class GuardedHarness(MemoryHarness):
    """The same behind a circuit breaker, as everything far away is reached."""

    def __init__(self, *, writable: bool = False) -> None:
        super().__init__(writable=writable, distant=True)
        self.storage = Guarded(self.memory)

    def again(self) -> Storage:
        return Guarded(self.memory)


def without_root_powers(work: Callable[[], T]) -> T:
    """Run `work` in a thread that obeys file permissions even when the tests run as root.

    Capabilities belong to a thread (capabilities(7)), so the rest of the test run keeps its own.
    """

    def run() -> T:
        _drop_file_capabilities()
        return work()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def _drop_file_capabilities() -> None:
    dac_override, dac_read_search = 1 << 1, 1 << 2
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3, this thread
    data = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; twice
    for call in (libc.capget, libc.capset):
        if call(header, data) != 0:
            raise OSError(ctypes.get_errno(), "capabilities")
        data[0] &= ~(dac_override | dac_read_search)
