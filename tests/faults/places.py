"""Every kind of server with an album on it, and the faults that each can have: the table of the fault suite.

Between rclone and a server stands a proxy, which refuses, hangs, cuts, or answers as the server would in
trouble. What becomes of a root is done where the server keeps it, and a wrong key is a wrong key.
"""

import secrets
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from services.errors import Forbidden, StorageError, StorageNotFound, Unavailable
from services.storages.guarded import Guarded
from services.storages.memory import Faults, MemoryStorage
from services.storages.rclone import Daemon
from services.storages.values import Listing
from tests.contracts.harness import without_root_powers
from tests.factories import Make
from tests.fakes import photo
from tests.faults.afar import Afar
from tests.faults.hands import OLD_NS, Hand, InBucket, InFolder
from tests.servers import storages
from tests.servers.dialects import S3, Azure, Dialect, WebDav
from tests.servers.proxies import HttpProxy, TcpProxy
from tests.servers.storages import Remote

ALBUM = {
    "top0.jpg": photo(n=10, taken="2026-07-01T10:00:00").ljust(150_000),
    "top1.jpg": photo(n=11).ljust(3000),
    "album/0.jpg": photo(n=0, taken="2026-07-02T10:00:00").ljust(3000),
    "album/1.jpg": photo(n=1).ljust(3000),
    "deep/er/2.jpg": photo(n=2).ljust(3000),
}

KINDS = {
    "connection": ("refused", "hang", "cut"),
    "answer": ("403", "404", "429", "500", "503"),
    "sign-in": ("401", "key"),
    "length": ("long", "short"),
    "listing": ("empty", "partial"),
    "root": ("renamed", "emptied", "another"),
}
FAULTS = tuple(fault for faults in KINDS.values() for fault in faults)
"""Those of the proxies, and

    key       the credentials are not valid any more (`401` is only said)
    renamed   the root is not there          emptied   an empty root is in its place
    another   a root with other files is in its place
"""

_IN_WORDS = "it has no such words"
_AS_IT_IS = "it lists what is there: a listing that lacks something cannot be made up"
_EDITED = "a file that is shorter there has been edited"
_NO_WIRE = "there is no connection to it"
WITHOUT: dict[str, dict[str, str]] = {
    "local": {
        **dict.fromkeys(("refused", "hang", "cut", "long"), _NO_WIRE), "empty": _AS_IT_IS, "short": _EDITED,
        **dict.fromkeys(("404", "429", "500", "503"), _IN_WORDS),
        **dict.fromkeys(("401", "key"), "nobody signs in to a folder"),
    },
    "memory": {"key": "401 is that", "long": "cut is that", "renamed": "emptied is that"},
    "s3": {}, "webdav": {},
    "openssh": {
        "401": "key is that", "long": "cut is that", "short": _EDITED, "403": "nothing is forbidden to root",
        **dict.fromkeys(("404", "429", "500", "503"), _IN_WORDS), **dict.fromkeys(("empty", "partial"), _AS_IT_IS),
    },
    "azurite": {}, "moto": {"key": "it lets everybody in"},
}  # fmt: skip
"""Which server has not which fault, and why."""

DIALECTS: dict[str, Dialect] = {"webdav": WebDav(), "s3": S3(), "azureblob": Azure()}


class Place(ABC):
    """A storage with the album in it."""

    @abstractmethod
    def connect(self, make: Make, data: Path) -> Afar:
        """Anna has just added it, for reading alone."""

    @abstractmethod
    def break_(self, fault: str) -> None:
        """Have one of its faults from now on."""

    @abstractmethod
    def mend(self) -> None:
        """Be as before; may be called at any time."""

    def run(self, work: Callable[[], Any]) -> Any:
        """Do something as one who has no more rights than others."""
        return work()


class Lacking(MemoryStorage):
    """Its listings lack entries, and do not say so."""

    lacks = ""

    def list(self, path: str) -> Listing:
        """See Storage."""
        listing = super().list(path)
        kept = {"": listing.entries, "empty": [], "partial": listing.entries[1::2]}
        return listing._replace(entries=kept[self.lacks])


class InMemory(Place):
    """A storage in memory behind a circuit breaker, as everything far away is."""

    def __init__(self) -> None:
        self._memory = Lacking(distant=True)
        for path, content in ALBUM.items():
            self._memory.put(path, content, mtime_ns=OLD_NS)

    def connect(self, make: Make, data: Path) -> Afar:
        guarded = Guarded(self._memory)
        return Afar(make, data, kind="memory", writable=False, adapter=lambda row: guarded)

    def break_(self, fault: str) -> None:
        half = {path: len(content) // 2 for path, content in ALBUM.items()}
        faults = {
            "refused": Faults(offline=True), "hang": Faults(hang=True, deadline_s=0.05),
            "401": Faults(needs_reconnect=True), "429": Faults(throttle=7.0),
            "403": _always(Forbidden("The storage refuses this: the account may lack the right to it.")),
            "404": _always(StorageNotFound("It is not there.")),
            "500": _always(Unavailable("500 Internal Server Error")),
            "503": _always(Unavailable("503 Service Unavailable")),
            "cut": Faults(short_body=half), "short": Faults(changed_size=half),
            "emptied": Faults(empty_root=True), "another": Faults(canary_lost=True),
        }  # fmt: skip
        self._memory.lacks = fault if fault in KINDS["listing"] else ""
        self._memory.faults = faults.get(fault, Faults())

    def mend(self) -> None:
        self.break_("")


def _always(error: StorageError) -> Faults:
    return Faults(fail_on=dict.fromkeys(range(1, 10_000), error))


class Local(Place):
    """A folder of this machine, without rclone."""

    def __init__(self, scratch: Path) -> None:
        self._hand = InFolder(scratch / "root")
        self._hand.lay(ALBUM)
        self._closed: Path | None = None

    def connect(self, make: Make, data: Path) -> Afar:
        return Afar(make, data, kind="local", root=str(self._hand.root), writable=False)

    def break_(self, fault: str) -> None:
        if fault in {"403", "partial"}:
            self._closed = self._hand.root / ("album" if fault == "partial" else "")
            self._closed.chmod(0)
        else:
            self._hand.lose(fault)

    def mend(self) -> None:
        if self._closed is not None:
            self._closed.chmod(0o755)
        self._closed = None
        self._hand.find()

    def run(self, work: Callable[[], Any]) -> Any:
        return without_root_powers(work)


class Running:
    """A server of `tests.servers.storages`, with a proxy before it; it runs until `stack` closes."""

    def __init__(self, server: str, daemon: Daemon, scratch: Path, stack: ExitStack) -> None:
        self.daemon = daemon
        self.remote: Remote = stack.enter_context(getattr(storages, server)(scratch))
        port, dialect = storages.port_of(self.remote), DIALECTS.get(self.remote.type)
        self.proxy = stack.enter_context(TcpProxy(port) if dialect is None else HttpProxy(port, dialect))
        self.name, self._behind = (f"h_{secrets.token_hex(6)}" for _ in range(2))
        self.configure("create", self.name, storages.through(self.remote, self.proxy.port).options)
        if self.remote.folder is None:
            self.configure("create", self._behind, self.remote.options)
        self.wrong = _wrong_key(self.remote, scratch)

    def root(self, name: str) -> str:
        """The path of a storage of this name in the remote."""
        return f"{self.remote.root}/{name}" if self.remote.root else name

    def hand(self, name: str) -> Hand:
        """The hand for the storage of this name."""
        if self.remote.folder is None:
            return InBucket(self.daemon, self._behind, self.root(name))
        return InFolder(self.remote.folder / name)

    def connect(self, make: Make, data: Path, name: str, *, writable: bool) -> Afar:
        """Anna has just added the storage of this name."""
        type, root = self.remote.type, self.root(name)
        return Afar(make, data, self.daemon, self.name, type=type, root=root, writable=writable)

    def configure(self, how: str, name: str, options: Mapping[str, str]) -> None:
        """Tell rclone the options of a name."""
        more: dict[str, Any] = {"type": self.remote.type} if how == "create" else {}
        self.daemon.call(
            f"config/{how}", name=name, parameters=dict(options), opt={"nonInteractive": True, "obscure": True}, **more
        )  # fmt: skip


class Served(Place):
    """A server with the album."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._fault = ""
        self._hand = running.hand("album")
        self._hand.lay(ALBUM)

    def connect(self, make: Make, data: Path) -> Afar:
        return self._running.connect(make, data, "album", writable=False)

    def break_(self, fault: str) -> None:
        self._fault = fault
        if fault == "key":
            self._running.configure("update", self._running.name, self._running.wrong)
        elif fault in KINDS["root"]:
            self._hand.lose(fault)
        else:
            self._running.proxy.break_(fault)

    def mend(self) -> None:
        fault, self._fault = self._fault, ""
        self._running.proxy.mend()
        self._hand.find()
        if fault == "key":
            right, wrong = self._running.remote.options, self._running.wrong
            self._running.configure("update", self._running.name, {name: right[name] for name in wrong})


class Places:
    """Each is made when it is first needed, and each server is begun once."""

    def __init__(self, daemon: Daemon, scratch: Path, stack: ExitStack) -> None:
        self._daemon, self._scratch, self._stack = daemon, scratch, stack
        self._made: dict[str, Place] = {}
        self._running: dict[str, Running] = {}

    def get(self, server: str) -> Place:
        """The album of this kind."""
        if server not in self._made:
            near: dict[str, Callable[[], Place]] = {
                "local": lambda: Local(self.folder(server)), "memory": InMemory,
            }  # fmt: skip
            self._made[server] = near.get(server, lambda: Served(self.running(server)))()
        return self._made[server]

    def running(self, server: str) -> Running:
        """The server of this kind."""
        if server not in self._running:
            scratch = self.folder(server)
            self._running[server] = Running(server, self._daemon, scratch, self._stack)
        return self._running[server]

    def folder(self, server: str) -> Path:
        """A folder for what belongs to this kind."""
        scratch = self._scratch / server
        scratch.mkdir(exist_ok=True)
        return scratch


def _wrong_key(remote: Remote, scratch: Path) -> dict[str, str]:
    """The options of a key that the server does not know."""
    if remote.type == "sftp":
        file = scratch / "stranger"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file], check=True)
        return {"key_pem": file.read_text().replace("\n", "\\n")}
    return {
        "webdav": {"pass": "not this one"}, "s3": {"secret_access_key": "NOTTHISONE"},
        "azureblob": {"key": "bm90IHRoaXMgb25l"},
    }[remote.type]  # fmt: skip
