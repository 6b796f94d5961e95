"""Storages of every kind in which files are changed while a fault is met: the servers, a folder, and memory.

The servers are those of `places`, each with one more root. A folder of this machine meets what its disk and its system
say; what is asked of it is counted at the system's calls that change something.
"""

import errno
import os
from abc import abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path

from services.errors import Forbidden, StorageError, StorageFull, StorageNotFound, Unauthorized, Unavailable
from services.storages import writing
from services.storages.guarded import Guarded
from services.storages.memory import Faults, MemoryStorage
from tests.factories import Make
from tests.faults.afar import Afar
from tests.faults.changing import Ground
from tests.faults.hands import OLD_NS, Hand, InFolder
from tests.faults.places import Places, Running

ROOT = "changed"
MANY = 10_000
_HTTP = ("hang", "cut", "429", "401", "403", "404", "500", "503", "refused")

KINDS: dict[str, tuple[str, ...]] = {
    "local": ("input/output", "full", "403", "read-only", "renamed", "emptied"),
    "memory": ("refused", "507", "401", "403", "404"),
    "webdav": (*_HTTP, "507"),
    "s3": (*_HTTP, "507"),
    "openssh": ("hang", "cut", "refused"),
    "azurite": _HTTP,
    "moto": (*_HTTP, "507"),
}
"""The faults that each kind of storage can have while it is changed."""


class Changed(Ground):
    """A ground to which Anna's storage leads."""

    @abstractmethod
    def connect(self, make: Make, data: Path) -> Afar:
        """She has just added it, for writing."""


def ground_of(places: Places, server: str) -> Changed:
    """The ground of this kind."""
    if server == "local":
        folder = places.folder(server) / ROOT
        return InLocalFolder(folder)
    return InMind() if server == "memory" else OnServer(places.running(server))


class ByHand(Changed):
    """A ground that is laid and looked through by `hand`."""

    def __init__(self, hand: Hand) -> None:
        self._hand = hand

    def lay(self, files: Mapping[str, bytes]) -> None:
        self.mend()
        self._hand.clear()
        self._hand.lay(files)

    def everything(self) -> dict[str, bytes]:
        return self._hand.everything()


class OnServer(ByHand):
    """A root of a running server, behind its proxy."""

    def __init__(self, running: Running) -> None:
        super().__init__(running.hand(ROOT))
        self._running = running

    def connect(self, make: Make, data: Path) -> Afar:
        return self._running.connect(make, data, ROOT, writable=True)

    def break_(self, kind: str, step: int) -> None:
        self._running.proxy.break_(kind, after=step)

    def mend(self) -> bool:
        return self._running.proxy.mend() > 0


class InMind(Changed):
    """A storage in memory behind a circuit breaker."""

    _ERRORS: Mapping[str, Callable[[], StorageError]] = {
        "refused": lambda: Unavailable("The storage did not answer in time."),
        "507": lambda: StorageFull("No room left in the storage for “a.jpg”."),
        "401": lambda: Unauthorized("The storage wants a new sign-in."),
        "403": lambda: Forbidden(
            "The storage refuses this: the account may lack the right to it (403 Forbidden)."
        ),
        "404": lambda: StorageNotFound("“a.jpg” is not in the storage."),
    }

    def __init__(self) -> None:
        self._memory = MemoryStorage(writable=True, distant=True)
        self._broken_from: int | None = None

    def connect(self, make: Make, data: Path) -> Afar:
        guarded = Guarded(self._memory)
        return Afar(make, data, kind="memory", adapter=lambda row: guarded)

    def lay(self, files: Mapping[str, bytes]) -> None:
        self.mend()
        for path in {path.partition("/")[0] for path in self._paths()}:
            self._memory.take(path)
        self._memory._expected = None  # it was just connected
        for path, data in files.items():
            self._memory.put(path, data, mtime_ns=OLD_NS)

    def everything(self) -> dict[str, bytes]:
        nodes = self._memory._nodes.items()
        return {path: node.data for path, node in nodes if node.data is not None}

    def break_(self, kind: str, step: int) -> None:
        self._broken_from = self._memory.calls + step
        error = self._ERRORS[kind]()
        self._memory.faults = Faults(fail_on=dict.fromkeys(range(step + 1, MANY), error))

    def mend(self) -> bool:
        began, self._broken_from = self._broken_from, None
        self._memory.faults = Faults()
        return began is not None and self._memory.calls > began

    def _paths(self) -> list[str]:
        return [path for path in self._memory._nodes if path]


class InLocalFolder(ByHand):
    """A folder of this machine, whose disk fails from one of the system's calls on."""

    _ERRNO: Mapping[str, int] = {
        "input/output": errno.EIO, "full": errno.ENOSPC, "403": errno.EACCES, "read-only": errno.EROFS,
    }  # fmt: skip
    _CALLS = frozenset({"open", "write", "link", "rename", "unlink", "mkdir", "rmdir", "fsync", "stat"})
    _OF_ROOM = frozenset({"write", "link", "rename", "mkdir", "fsync"})

    def __init__(self, root: Path) -> None:
        root.mkdir()
        super().__init__(InFolder(root))
        self._root = root
        self._kind, self._left, self._met = "", 0, 0
        self._is_lost = False
        self._rename = writing._renameat2

    def connect(self, make: Make, data: Path) -> Afar:
        return Afar(make, data, kind="local", root=str(self._root))

    def break_(self, kind: str, step: int) -> None:
        self._kind, self._left, self._met = kind, step, 0
        setattr(writing, "os", _System(self))  # noqa: B010  (mypy knows what that module is)
        writing._renameat2 = self._renamed

    def mend(self) -> bool:
        setattr(writing, "os", os)  # noqa: B010
        writing._renameat2 = self._rename
        if self._is_lost:
            self._hand.find()
        self._is_lost = False
        met, self._met = self._met, 0
        return met > 0

    def called(self, name: str) -> int:
        """The error that a call of the system ends with; 0 for none."""
        if name not in self._CALLS or (self._kind == "full" and name not in self._OF_ROOM):
            return 0
        if self._left:
            self._left -= 1
            return 0
        self._met += 1
        if self._kind in self._ERRNO:
            return self._ERRNO[self._kind]
        if not self._is_lost:  # what is open stays open
            self._is_lost = True
            self._hand.lose(self._kind)
        return 0

    def _renamed(self, src: writing.Place, dst: writing.Place) -> int:
        return self.called("rename") or self._rename(src, dst)


class _System:
    """The module `os`, as a disk that fails lets it be."""

    def __init__(self, disk: InLocalFolder) -> None:
        self._disk = disk

    def __getattr__(self, name: str) -> object:
        real = getattr(os, name)
        if not callable(real) or isinstance(real, type):
            return real

        def call(*args: object, **kwargs: object) -> object:
            number = self._disk.called(name)
            if number:
                raise OSError(number, os.strerror(number))
            return real(*args, **kwargs)

        return call
