"""Real storage servers on loopback, each a process of its own on a free port, as `storages.md` lists them.

Each gives what rclone has to be told (`Remote`) and the folder whose files it serves, so that a test can
change them behind the storage's back. Moto and Azurite have no folder: there rclone itself is that hand.
"""

import getpass
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from services.storages.rclone.offers import SFTP
from tests.tree import ROOT
from tools import packages

START_S = 40.0
END_S = 10.0
ACCESS, SECRET = "AKIDEXAMPLE", "SECRETEXAMPLEKEY"
USER, PASSWORD = "anna", "correct horse"
BUCKET = "photos"
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="Samba becomes its users, which needs root")


@dataclass(frozen=True)
class Remote:
    """What rclone is told: backend type, options, and the path of the root in the remote.

    `folder` is what the server serves; None where it keeps its files elsewhere.
    """

    type: str
    options: Mapping[str, str] = field(default_factory=dict)
    root: str = ""
    folder: Path | None = None


def port_of(remote: Remote) -> int:
    """The port at which its server listens."""
    options = remote.options
    address = options.get("url") or options.get("endpoint")
    return int(options["port"]) if address is None else int(urlsplit(address).port or 0)


def through(remote: Remote, port: int) -> Remote:
    """The same server, by way of a proxy that listens at `port`."""
    own = str(port_of(remote))
    led = {
        name: str(port) if value == own else value.replace(f"127.0.0.1:{own}", f"127.0.0.1:{port}")
        for name, value in remote.options.items()
    }
    return replace(remote, options=led)


def rclone() -> Path:
    """The rclone of the environment."""
    return Path(sysconfig.get_path("scripts")) / "rclone"


def free_port() -> int:
    """A port that nobody listens at, as far as one can tell."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def alias(scratch: Path) -> Iterator[Remote]:
    """No server: rclone's own backend for a folder. For tests alone; forms never make one."""
    folder = _folder(scratch)
    yield Remote("alias", {"remote": str(folder)}, folder=folder)


@contextmanager
def webdav(scratch: Path) -> Iterator[Remote]:
    """`rclone serve webdav`."""
    folder, port = _folder(scratch), free_port()
    command = [
        "serve",
        "webdav",
        str(folder),
        "--addr",
        f"127.0.0.1:{port}",
        "--user",
        USER,
        "--pass",
        PASSWORD,
    ]
    with _served(command, port, scratch):
        options = {"url": f"http://127.0.0.1:{port}", "vendor": "rclone", "user": USER, "pass": PASSWORD}
        yield Remote("webdav", options, folder=folder)


@contextmanager
def sftp(scratch: Path) -> Iterator[Remote]:
    """`rclone serve sftp`: no shell, so no hashes."""
    folder, port = _folder(scratch), free_port()
    command = [
        "serve",
        "sftp",
        str(folder),
        "--addr",
        f"127.0.0.1:{port}",
        "--user",
        USER,
        "--pass",
        PASSWORD,
    ]
    with _served(command, port, scratch):
        options = {
            "host": "127.0.0.1", "port": str(port), "user": USER, "pass": PASSWORD, "shell_type": "none",
            "md5sum_command": "none", "sha1sum_command": "none",
        }  # fmt: skip
        yield Remote("sftp", options, folder=folder)


@contextmanager
def ftp(scratch: Path) -> Iterator[Remote]:
    """`rclone serve ftp`, which speaks no TLS here."""
    folder, port = _folder(scratch), free_port()
    command = [
        "serve", "ftp", str(folder), "--addr", f"127.0.0.1:{port}", "--user", USER, "--pass", PASSWORD,
    ]  # fmt: skip
    with _served(command, port, scratch):
        options = {"host": "127.0.0.1", "port": str(port), "user": USER, "pass": PASSWORD}
        yield Remote("ftp", options, folder=folder)


@contextmanager
def samba(scratch: Path) -> Iterator[Remote]:
    """Samba with one share, for the user who runs the tests; it needs root, to become that user."""
    folder, port = _folder(scratch), free_port()
    server = packages.program("smbd")
    if server is None:
        raise AssertionError("marked with needs(samba)")
    places = (
        "private dir",
        "lock directory",
        "state directory",
        "cache directory",
        "pid directory",
        "ncalrpc dir",
    )
    with tempfile.TemporaryDirectory(prefix="smb-") as short:  # the path of a socket has 107 bytes at most
        own = Path(short)
        for place in places:
            (own / place).mkdir()
        settings = own / "smb.conf"
        settings.write_text(
            "[global]\ninterfaces = lo\nbind interfaces only = yes\nserver role = standalone\ndisable netbios = yes\n"
            "load printers = no\nprinting = bsd\nlog level = 0\nmangled names = no\n"
            + "".join(f"{place} = {own / place}\n" for place in places)
            + f"[{BUCKET}]\npath = {folder}\nread only = no\n",
            encoding="utf-8",
        )
        words = (f"{PASSWORD}\n" * 2).encode()
        command = [str(packages.program("smbpasswd")), "-c", str(settings), "-s", "-a", getpass.getuser()]
        subprocess.run(command, input=words, check=True, capture_output=True)
        serve = [str(server), "--foreground", f"--configfile={settings}", f"--port={port}"]
        with _process(serve, port, scratch / "smbd.log"):
            options = {"host": "127.0.0.1", "port": str(port), "user": getpass.getuser(), "pass": PASSWORD}
            yield Remote("smb", options, root=BUCKET, folder=folder)


@contextmanager
def sftp_only(scratch: Path) -> Iterator[Remote]:
    """OpenSSH as providers give SFTP: no command is run there, as with our form, and it tells no room."""
    with openssh(scratch, subsystem="internal-sftp -P statvfs") as remote:
        yield replace(remote, options={**remote.options, **SFTP.fixed})


@contextmanager
def openssh(scratch: Path, subsystem: str = "internal-sftp") -> Iterator[Remote]:
    """OpenSSH's own sftp server, for the user who runs the tests."""
    folder, port = _folder(scratch), free_port()
    own = scratch / "sshd"
    own.mkdir()
    keygen = shutil.which("ssh-keygen")
    server = packages.program("sshd")
    if keygen is None or server is None:
        raise AssertionError("marked with needs(openssh-server)")
    for name in ("host", "client"):
        subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", own / name], check=True)
    (own / "authorized").write_text((own / "client.pub").read_text())
    (own / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {own}/host\nAuthorizedKeysFile {own}/authorized\n"
        f"StrictModes no\nUsePAM no\nPidFile none\nSubsystem sftp {subsystem}\nPermitRootLogin yes\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where it insists on giving up its rights
    with _process([str(server), "-D", "-e", "-f", str(own / "sshd_config")], port, scratch / "sshd.log"):
        pem = (own / "client").read_text().replace("\n", "\\n")
        options = {
            "host": "127.0.0.1", "port": str(port), "user": getpass.getuser(), "key_pem": pem, "shell_type": "unix",
        }  # fmt: skip
        yield Remote("sftp", options, root=str(folder), folder=folder)


@contextmanager
def s3(scratch: Path) -> Iterator[Remote]:
    """`rclone serve s3`: folders of the served one are buckets."""
    top, port = _folder(scratch), free_port()
    folder = top / BUCKET
    folder.mkdir()
    command = [
        "serve", "s3", str(top), "--addr", f"127.0.0.1:{port}", "--auth-key", f"{ACCESS},{SECRET}",
        "--force-path-style",
    ]  # fmt: skip
    with _served(command, port, scratch):
        options = _s3_options(port, "Rclone") | {"directory_markers": "false"}  # it takes no object named so
        yield Remote("s3", options, root=BUCKET, folder=folder)


@contextmanager
def moto(scratch: Path) -> Iterator[Remote]:
    """Moto's S3: slow, in memory, and strict about what S3 means."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with _process(command, port, scratch / "moto.log"):
        yield Remote("s3", _s3_options(port, "Other"), root=BUCKET)


@contextmanager
def objects(scratch: Path) -> Iterator[Remote]:
    """rclone's own store of objects, in its memory: a folder is there as long as something is in it."""
    yield Remote("memory", {}, root=BUCKET)


@contextmanager
def azurite(scratch: Path) -> Iterator[Remote]:
    """Microsoft's emulator of Azure Blob, with its one well-known account."""
    port = free_port()
    program = ROOT / "node_modules" / ".bin" / "azurite-blob"
    command = [
        str(program), "--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", str(_folder(scratch)),
        "--skipApiVersionCheck", "--disableTelemetry", "--silent",
    ]  # fmt: skip
    with _process(command, port, scratch / "azurite.log"):
        account = "devstoreaccount1"
        options = {
            "account": account, "key": _AZURITE_KEY, "endpoint": f"http://127.0.0.1:{port}/{account}",
            "directory_markers": "true",
        }  # fmt: skip
        yield Remote("azureblob", options, root=BUCKET)


_AZURITE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Published in Azurite's documentation; every installation has it."""


def _s3_options(port: int, provider: str) -> dict[str, str]:
    return {
        "provider": provider, "endpoint": f"http://127.0.0.1:{port}", "region": "us-east-1",
        "access_key_id": ACCESS, "secret_access_key": SECRET, "force_path_style": "true",
        "directory_markers": "true",
    }  # fmt: skip


def _folder(scratch: Path) -> Path:
    folder = scratch / "served"
    folder.mkdir(parents=True)
    return folder


@contextmanager
def _served(command: Sequence[str], port: int, scratch: Path) -> Iterator[None]:
    """rclone as a server that forgets at once what it saw."""
    always = [
        "--dir-cache-time",
        "1ms",
        "--poll-interval",
        "0",
        "--no-unicode-normalization",
        "--config",
        os.devnull,
    ]
    with _process([str(rclone()), *command, *always], port, scratch / "served.log"):
        yield


@contextmanager
def _process(command: Sequence[str], port: int, log: Path) -> Iterator[None]:
    """Run a server until the block ends, once it listens at `port`."""
    with ExitStack() as stack:
        out = stack.enter_context(log.open("wb"))
        process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        stack.callback(_end, process)
        deadline = time.monotonic() + START_S
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{command[0]} did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.02)
        yield


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
