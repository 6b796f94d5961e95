"""Telling systemd, through a socket as systemd would make it."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.notify import notify, watchdog_s


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, dict[str, str]]]:
    """systemd's end, and the environment that names it."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@hypomos-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(name.replace("@", "\0"))
        receiver.settimeout(5)
        yield receiver, {"NOTIFY_SOCKET": name}


def test_a_state_arrives(systemd: tuple[socket.socket, dict[str, str]]) -> None:
    receiver, environ = systemd
    assert notify("READY=1\nSTATUS=läuft", environ)
    assert receiver.recv(100).decode() == "READY=1\nSTATUS=läuft"


def test_without_systemd_nothing_happens(tmp_path: Path) -> None:
    assert not notify("READY=1", {})
    assert not notify("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "nobody")})


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "60000000"}, 30),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 30),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "often"}, None),
    ],
)
def test_the_watchdog_is_fed_twice_as_often_as_asked(environ: dict[str, str], seconds: float | None) -> None:
    assert watchdog_s(environ) == seconds
