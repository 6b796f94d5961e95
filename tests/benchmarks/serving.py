"""The servers that are compared, each as a process of its own on a free port of this machine.

Hypomos runs as people run it: with its gate, sign-in by app password and a catalogue. Apache and rclone
serve the same folder to anybody.
"""

import base64
import json
import os
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from services import accounts
from tests.tree import ROOT
from tools import packages

MODULES = Path("/usr/lib/apache2/modules")
"""Where Debian has Apache's modules."""
LOADED = ("mpm_event", "authz_core", "dav", "dav_fs")
UNPRIVILEGED = "www-data"
"""Apache started by root does not serve as root."""
START_S = 30.0
END_S = 20.0

APACHE = """\
ServerRoot {scratch}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {scratch}/apache.pid
ErrorLog {scratch}/apache.log
DavLockDB {scratch}/davlock
DocumentRoot {root}
StartServers 1
ServerLimit 1
ThreadsPerChild 25
MaxRequestWorkers 25
MaxConnectionsPerChild 0
KeepAlive On
MaxKeepAliveRequests 0
<Directory {root}>
    Dav On
    Require all granted
</Directory>
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its process, its port, where the folder is, and what every request carries."""

    name: str
    pid: int
    port: int
    root: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def hypomos(
    data: Path, login: str, root: str, *, worker: bool = False, hidden: Sequence[str] = (),
    more: Mapping[str, str] | None = None,
) -> Iterator[Server]:  # fmt: skip
    """`hypomos serve` on the catalogue that is open here; `root` is the path below `/dav/`, quoted.

    It does not find the modules `hidden`, as if they were not installed; `more` is its environment.
    """
    log = data / "serve.log"
    command = [sys.executable, "-m", "appliance", "serve", "--listen", "127.0.0.1:0", "--data", str(data)]
    environment = {n: v for n, v in os.environ.items() if not n.startswith("HYPOMOS_")} | dict(more or {})
    if hidden:
        environment["PYTHONPATH"] = str(_hiding(data / "hiding", hidden))
    ready = data / "run" / "ready.json"
    with process(command if worker else [*command, "--no-worker"], log, ready.exists, environment) as pid:
        port = int(json.loads(ready.read_text())["address"].rpartition(":")[2])
        yield Server("Hypomos", pid, port, f"/dav/{root}", signed_in(login))


def _hiding(folder: Path, modules: Sequence[str]) -> Path:
    """A folder by which a Python that has it on its path finds none of these modules."""
    folder.mkdir()
    code = f"import sys\nsys.modules.update(dict.fromkeys({list(modules)!r}))\n"
    (folder / "sitecustomize.py").write_text(code, encoding="utf-8")
    return folder


def signed_in(login: str) -> dict[str, str]:
    """What every request of a person carries, by a new app password."""
    secret = accounts.create_token(accounts.viewer_for(login), "app").secret
    proof = base64.b64encode(f"{login}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {proof}"}


@contextmanager
def peers(
    root: Path, scratch: Path, names: Sequence[str] = ("apache", "rclone")
) -> Iterator[dict[str, Server]]:
    """Those of the named peers that this machine has, all serving the folder `root`."""
    makers = {"apache": apache, "rclone": rclone}
    with ExitStack() as stack:
        started = {name: stack.enter_context(makers[name](root, scratch)) for name in names}
        yield {name: server for name, server in started.items() if server is not None}


@contextmanager
def apache(root: Path, scratch: Path) -> Iterator[Server | None]:
    """Apache with mod_dav, one process with threads; None when it is not here."""
    program = packages.program("apache2")
    if program is None or not MODULES.is_dir():
        yield None
        return
    port = free_port()
    lines = [f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in LOADED]
    own = scratch / "apache"
    own.mkdir()
    if os.geteuid() == 0:
        lines += [f"User {UNPRIVILEGED}", f"Group {UNPRIVILEGED}"]
        own.chmod(0o777)
        scratch.chmod(0o711)
    config = own / "apache.conf"
    config.write_text(
        "\n".join(lines) + "\n" + APACHE.format(scratch=own, port=port, root=root), encoding="utf-8"
    )
    command = [str(program), "-f", str(config), "-DFOREGROUND"]
    with process(command, own / "output.log", lambda: answers(port)) as pid:
        yield Server("Apache mod_dav", pid, port)


@contextmanager
def rclone(root: Path, scratch: Path) -> Iterator[Server | None]:
    """`rclone serve webdav`; None when it is not here."""
    program = find_rclone()
    if program is None:
        yield None
        return
    port = free_port()
    command = [
        str(program),
        "serve",
        "webdav",
        str(root),
        "--addr",
        f"127.0.0.1:{port}",
        "--config",
        os.devnull,
    ]
    with process(command, scratch / "rclone.log", lambda: answers(port)) as pid:
        yield Server("rclone serve webdav", pid, port)


def find_rclone() -> Path | None:
    """rclone beside this Python, where our dependencies install it, or on PATH."""
    beside = Path(sysconfig.get_path("scripts")) / "rclone"
    return beside if beside.exists() else packages.program("rclone")


@contextmanager
def process(
    command: Sequence[str],
    log: Path,
    is_ready: Callable[[], bool],
    environment: Mapping[str, str] | None = None,
    start_s: float = START_S,
) -> Iterator[int]:
    """Run a server until the end of the block; gives its process id once it is ready."""
    with log.open("wb") as output:
        started = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output, env=environment)
    try:
        until = time.monotonic() + start_s
        while not is_ready():
            if started.poll() is not None or time.monotonic() > until:
                last = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
                raise RuntimeError(f"{command[0]} does not answer:\n{last}")
            time.sleep(0.05)
        yield started.pid
    finally:
        started.terminate()
        try:
            started.wait(END_S)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def answers(port: int) -> bool:
    """Whether somebody listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
