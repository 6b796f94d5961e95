"""A daemon of its own for each test, ended with it, and what tests look at from outside."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
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
    for pid in (ready(made).get("keeper"), ready(made).get("rclone")):
        if is_alive(pid):
            os.kill(int(str(pid)), signal.SIGTERM)
    eventually(lambda: not is_alive(ready(made).get("rclone")))


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
