"""A client of the network drive that goes away in the middle of a far file: its server is asked for no more of it."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.adapters import Adapters
from services.storages.rclone import Daemon
from tests.factories import Make
from tests.faults.conftest import reach
from tests.servers.faults import FaultServer
from tests.virtualfs.dav.drive import Drive, listening, make_drive, read_head, request_little
from tests.virtualfs.household import Home

SIZE = 256 * 1024 * 1024
TAKEN = 1024 * 1024
ON_ITS_WAY = 32 * 1024 * 1024
"""What rclone, the kernel on three connections and a block of ours may hold at most: an eighth of the file."""
BUFFER = 64 * 1024


def until(is_so: Callable[[], bool], seconds: float = 30.0) -> bool:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def drive(server: FaultServer, daemon: Daemon, make: Make, data: Path, tmp_path: Path) -> Iterator[Drive]:
    """The drive with a far storage, in which a film is."""
    (tmp_path / "photos").mkdir()
    home = Home(make, tmp_path / "photos", adapters=Adapters(daemon, data / "spool"))
    options = {"type": "webdav", "remote": reach(daemon, server)}
    far = make.storage(home.anna, "Far", "", kind="rclone", options=options)
    server.put("/film.mp4", bytes(SIZE))
    make.file(far, "film.mp4", size=SIZE, mime="video/mp4")
    yield make_drive(home)
    home.close()


def test_the_server_sends_no_more_once_the_client_is_gone(drive: Drive, server: FaultServer) -> None:
    broker = drive.home.broker
    with listening(drive.app, buffer=BUFFER) as port:
        client = request_little(port, "Storages/Far/film.mp4", drive.secret, BUFFER)
        status, first = read_head(client)
        assert status == 200
        got = len(first)
        while got < TAKEN:
            got += len(client.recv(65536))
        client.close()
        assert until(lambda: broker.traffic.running == 0)
        assert until(lambda: is_at_rest(server)), "it is read on"
        assert server.counts.sent < ON_ITS_WAY


def is_at_rest(server: FaultServer) -> bool:
    """Whether nothing is sent for a while."""
    before = server.counts.sent
    time.sleep(1.0)
    return server.counts.sent == before
