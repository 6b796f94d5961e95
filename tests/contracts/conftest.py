"""The real servers that the contract suite runs against: each started when first needed, one daemon for all."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.storages.hosts import HostPolicy
from services.storages.rclone import Daemon
from tests.servers import storages
from tests.servers.storages import Remote


@dataclass(frozen=True)
class Named:
    """A remote under its name in rclone's configuration."""

    name: str
    remote: Remote


class Servers:
    """Running servers, and the daemon that reaches them."""

    def __init__(self, scratch: Path, stack: ExitStack) -> None:
        self._scratch = scratch
        self._stack = stack
        self._running: dict[str, Named] = {}
        self.daemon = Daemon(
            scratch / "data",
            password="test",
            setting=str(_without_root_powers(scratch)),
            policy=HostPolicy(["127.0.0.0/8"]),
        )
        (scratch / "data").mkdir()
        stack.callback(self.daemon.close)

    def remote(self, server: str) -> Named:
        if server not in self._running:
            scratch = self._scratch / server
            scratch.mkdir()
            remote = self._stack.enter_context(getattr(storages, server)(scratch))
            name = f"h_{server}"
            self.daemon.call(
                "config/create", name=name, type=remote.type, parameters=dict(remote.options),
                opt={"nonInteractive": True, "obscure": True},
            )  # fmt: skip
            if remote.folder is None:
                self.daemon.call("operations/mkdir", fs=f"{name}:", remote=remote.root)
            self._running[server] = Named(name, remote)
        return self._running[server]


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with ExitStack() as stack:
        yield Servers(tmp_path_factory.mktemp("servers"), stack)


def _without_root_powers(scratch: Path) -> Path:
    """rclone as a program that obeys file permissions, also when root runs the tests."""
    if os.geteuid() != 0:
        return storages.rclone()
    program = scratch / "rclone"
    dropped = "-dac_override,-dac_read_search"
    program.write_text(f'#!/bin/sh\nexec setpriv --bounding-set {dropped} "{storages.rclone()}" "$@"\n')
    program.chmod(0o755)
    return program
