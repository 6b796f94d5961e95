"""A daemon of its own for each test, ended with it, and what tests look at from outside."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from services.storages.hosts import HostPolicy
from services.storages.rclone import Daemon
from services.storages.rclone.daemon import READY

LOOPBACK = HostPolicy(["127.0.0.0/8"])


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data directory; whatever keeper runs for it at the end is ended."""
    made = tmp_path / "data"
    made.mkdir()
    yield made
    rclone = end(made)
    eventually(lambda: not is_alive(rclone))


@pytest.fixture
def daemon(data: Path) -> Iterator[Daemon]:
    made = Daemon(data, password="secret of the test", policy=LOOPBACK)
    yield made
    made.close()


def ready(data: Path) -> dict[str, object]:
    """What the keeper told; empty when there is none."""
    try:
        return dict(json.loads((data / "run" / READY).read_text()))
    except OSError:
        return {}


def end(data: Path) -> object:
    """End the keeper of a data directory and its daemon, whose process id is told.

    Either may end by itself before it is told to: the daemon does when its keeper is gone.
    """
    told = ready(data)
    for pid in (told.get("keeper"), told.get("rclone")):
        if is_alive(pid):
            with suppress(ProcessLookupError):
                os.kill(int(str(pid)), signal.SIGTERM)
    return told.get("rclone")


def eventually(is_so: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.02)


def is_alive(pid: object) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
