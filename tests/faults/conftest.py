"""Daemons that give up soon, servers of every kind, and a WebDAV server with faults for each test."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from services.scanning import far_discovering
from services.storages.hosts import HostPolicy
from services.storages.rclone import Daemon, knownroot
from tests.factories import Make
from tests.faults.afar import Afar
from tests.faults.places import Places
from tests.servers.faults import FaultServer

SOON = ("--timeout", "2s", "--contimeout", "2s", "--low-level-retries", "2")
HASTY = ("--timeout", "2s", "--contimeout", "2s", "--low-level-retries", "1")
"""Microsoft's library tries four times besides, with pauses: more would be minutes."""


@pytest.fixture(scope="session")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    made = Daemon(
        tmp_path_factory.mktemp("rclone"), password="test", policy=HostPolicy(["127.0.0.0/8"]), flags=SOON
    )
    yield made
    made.close()


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    scratch = tmp_path_factory.mktemp("places")
    (scratch / "data").mkdir()
    daemon = Daemon(scratch / "data", password="test", policy=HostPolicy(["127.0.0.0/8"]), flags=HASTY)
    with ExitStack() as stack:
        stack.callback(daemon.close)
        yield Places(daemon, scratch, stack)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A walk does not wait for a storage that asks for it, and a lost root is looked at again at once."""
    monkeypatch.setattr(far_discovering, "MOST_WAITED_S", 0.0)
    monkeypatch.setattr(knownroot, "LOST_S", 0.0)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as made:
        yield made


@pytest.fixture
def afar(server: FaultServer, daemon: Daemon, make: Make, data: Path) -> Iterator[Afar]:
    made = Afar(make, data, daemon, reach(daemon, server), type="webdav")
    yield made
    made.close()


def reach(daemon: Daemon, server: FaultServer) -> str:
    """The name of the server in rclone's configuration."""
    name = f"h_{secrets.token_hex(6)}"
    options = {"url": server.address, "vendor": "other", "pacer_min_sleep": "10ms"}
    daemon.call(
        "config/create", name=name, type="webdav", parameters=options,
        opt={"nonInteractive": True, "obscure": True},
    )  # fmt: skip
    return name
