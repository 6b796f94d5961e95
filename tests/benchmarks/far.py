"""Storages far away for benchmarks: a real server on loopback, its remote in the household's rclone, a
row in the catalogue, and rclone asked without Hypomos in between.

`BareRclone` is the simplest client there can be: a socket that is kept, a request put together once, bytes
received into one buffer. So everything that Hypomos does beyond that counts against it.
"""

import json
import os
import socket
import subprocess
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from services import secrets
from services.models import Storage, User
from services.storages.hosts import HostPolicy
from services.storages.rclone import Daemon
from services.storages.rclone.config import FILE_NAME
from services.storages.rclone.daemon import READY
from services.storages.rclone.keeper import FLAGS
from tests.benchmarks.measuring import TICKS
from tests.factories import Make
from tests.servers import storages
from tools import packages

SERVERS = ("alias", "webdav", "sftp", "openssh", "s3", "moto", "azurite")
"""As tests/servers/storages.py names them."""

LOOPBACK = "127.0.0.0/8"
BUFFER = 256 * 1024
UNGATED = "bare.sock"
START_S = 20.0


@dataclass(frozen=True)
class Far:
    """A running server, under its name in rclone's configuration."""

    server: str
    name: str
    remote: storages.Remote

    @property
    def fs(self) -> str:
        """The remote as rclone is told it, counted from where its root is."""
        return f"{self.name}:/" if self.remote.root.startswith("/") else f"{self.name}:"

    def at(self, name: str) -> str:
        """Where a file of the root lies in the remote."""
        return f"{self.remote.root.strip('/')}/{name}".lstrip("/")

    def storage(self, make: Make, owner: User, **more: Any) -> Storage:
        """A row for it in the catalogue."""
        options = {"type": self.remote.type, "remote": self.name}
        return make.storage(owner, root=self.remote.root, kind="rclone", options=options, node="", **more)


@contextmanager
def daemon_of(data: Path) -> Iterator[Daemon]:
    """The rclone daemon of a household, as its `serve` would start it, with loopback allowed."""
    (data / "hypomos.toml").write_text(f'storage_hosts_allowed = ["{LOOPBACK}"]\n', encoding="utf-8")
    password = secrets.subkey(secrets.load_or_make(data, {}), "rclone").hex()
    daemon = Daemon(data, password=password, policy=HostPolicy([LOOPBACK]))
    try:
        yield daemon
    finally:
        daemon.close()


@contextmanager
def connected(daemon: Daemon, server: str, scratch: Path) -> Iterator[Far]:
    """Start a server and tell rclone of it."""
    own = scratch / server
    own.mkdir()
    with getattr(storages, server)(own) as remote:
        far = Far(server, f"h_{server}", remote)
        daemon.call(
            "config/create", name=far.name, type=remote.type, parameters=dict(remote.options),
            opt={"nonInteractive": True, "obscure": True},
        )  # fmt: skip
        if remote.folder is None:
            daemon.call("operations/mkdir", fs=far.fs, remote=far.at(""))
        yield far


def upload(daemon: Daemon, far: Far, file: Path) -> None:
    """Put a file into the root of a storage."""
    daemon.call(
        "operations/copyfile", timeout=600.0, srcFs=str(file.parent), srcRemote=file.name, dstFs=far.fs,
        dstRemote=far.at(file.name),
    )  # fmt: skip


def missing(server: str) -> bool:
    """Whether this machine lacks what the server needs."""
    return server == "openssh" and packages.is_missing("openssh-server")


def ready_of(data: Path) -> dict[str, Any]:
    """What the keeper of a household's daemon tells of it."""
    return dict(json.loads((data / "run" / READY).read_text()))


def own_ticks(pid: int) -> float:
    """Processor seconds of one process alone, without its children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / TICKS


class BareRclone:
    """GETs of one file at a `rclone rcd --rc-serve`. To be closed."""

    def __init__(self, address: Path, user: str, password: str, fs: str, path: str) -> None:
        self._address = address
        self._socket = self._connected()
        proof = b64encode(f"{user}:{password}".encode()).decode()
        self._head = (
            f"GET /{quote(f'[{fs}]', safe='')}/{quote(path)} HTTP/1.1\r\nHost: rclone\r\n"
            f"Authorization: Basic {proof}\r\n"
        ).encode()
        self._buffer = bytearray(BUFFER)

    def get(self, start: int, end: int) -> int:
        """Read the bytes `start` to `end`; returns how many came."""
        request = self._head + b"Range: bytes=%d-%d\r\n\r\n" % (start, end)
        try:
            self._socket.sendall(request)
        except ConnectionError:  # it hung up meanwhile, as servers may
            self._socket.close()
            self._socket = self._connected()
            self._socket.sendall(request)
        view = memoryview(self._buffer)
        got = 0
        while (split := self._buffer.find(b"\r\n\r\n", 0, got)) < 0:
            got += self._receive(view[got:])
        head = bytes(view[:split]).lower()
        if not head.startswith((b"http/1.1 206", b"http/1.1 200")):
            raise RuntimeError(f"rclone answered {head[:200]!r}")
        length = int(head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])
        left = length - (got - split - 4)
        while left:
            left -= self._receive(view[: min(left, BUFFER)])
        return length

    def close(self) -> None:
        """Let go of the connection."""
        self._socket.close()

    def _connected(self) -> socket.socket:
        end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        folder = os.open(self._address.parent, os.O_PATH | os.O_DIRECTORY)
        try:
            end.connect(f"/proc/self/fd/{folder}/{self._address.name}")  # addresses end after 107 bytes
        finally:
            os.close(folder)
        return end

    def _receive(self, into: memoryview) -> int:
        count = self._socket.recv_into(into)
        if not count:
            raise RuntimeError("rclone hung up")
        return count


@contextmanager
def bare(data: Path, far: Far, name: str) -> Iterator[BareRclone]:
    """A file of a storage at the very daemon that Hypomos asks."""
    ready = ready_of(data)
    client = BareRclone(
        data / "run" / ready["socket"], ready["user"], ready["password"], far.fs, far.at(name)
    )
    try:
        yield client
    finally:
        client.close()


@contextmanager
def ungated(data: Path, scratch: Path, far: Far, name: str) -> Iterator[BareRclone]:
    """The same at a daemon of its own that reaches the network by itself, not by the gate."""
    password = secrets.subkey(secrets.load_or_make(data, {}), "rclone").hex()
    environment = {
        "PATH": os.defpath, "HOME": str(scratch), "LANG": "C.UTF-8", "GOMEMLIMIT": "192MiB", "GOGC": "50",
        "RCLONE_CONFIG_PASS": password, "RCLONE_RC_USER": "bench", "RCLONE_RC_PASS": "bench",
    }  # fmt: skip
    address = scratch / UNGATED
    command = [
        str(storages.rclone()), "rcd", "--config", str(data / FILE_NAME), "--rc-addr", f"unix://{UNGATED}", *FLAGS,
    ]  # fmt: skip
    with ExitStack() as stack:
        log = stack.enter_context((scratch / "bare.log").open("ab"))
        process = subprocess.Popen(command, cwd=scratch, env=environment, stdout=log, stderr=log)
        stack.callback(address.unlink, missing_ok=True)
        stack.callback(process.wait)
        stack.callback(process.terminate)
        until = time.monotonic() + START_S
        while not address.exists():
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("a rclone of its own did not start")
            time.sleep(0.02)
        client = BareRclone(address, "bench", "bench", far.fs, far.at(name))
        stack.callback(client.close)
        yield client
