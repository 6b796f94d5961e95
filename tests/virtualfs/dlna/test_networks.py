"""Two networks with a machine in each, and the household in both: found in each by its own address, known by MAC.

Network namespaces that need root; left out where they cannot be made.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from services import screens
from services.models import Device, database
from services.viewers import Viewer
from tests.serving import opened
from tests.tree import ROOT
from tests.virtualfs.dlna.house import fill

pytestmark = pytest.mark.long

DEADLINE_S = 60.0
NETS = ("10.77.1", "10.78.1")


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@pytest.fixture
def spaces() -> Iterator[tuple[str, list[str]]]:
    """The namespace of the household, and those of the two machines; addresses end in 1 and 2."""
    mark = f"hyp{os.getpid()}"
    home, others = f"{mark}h", [f"{mark}a", f"{mark}b"]
    made = []
    try:
        for name in (home, *others):
            try:
                ip("netns", "add", name)
            except (OSError, subprocess.CalledProcessError):
                pytest.skip("no network namespaces can be made here")
            made.append(name)
            ip("-n", name, "link", "set", "lo", "up")
        for number, other in enumerate(others):
            here, there = f"{mark[-6:]}{number}x", f"{mark[-6:]}{number}y"
            ip("link", "add", here, "type", "veth", "peer", "name", there)
            for cable, space, name, host in ((here, home, f"eth{number}", 1), (there, other, "eth0", 2)):
                ip("link", "set", cable, "netns", space, "name", name)
                ip("-n", space, "addr", "add", f"{NETS[number]}.{host}/24", "dev", name)
                ip("-n", space, "link", "set", name, "up")
            ip("-n", other, "route", "add", "default", "via", f"{NETS[number]}.1")
        yield home, others
    finally:
        for name in made:
            subprocess.run(["ip", "netns", "del", name], capture_output=True)


class Machine:
    """A process of `looking` in a namespace."""

    def __init__(self, space: str, address: str) -> None:
        command = [
            "ip",
            "netns",
            "exec",
            space,
            sys.executable,
            "-m",
            "tests.virtualfs.dlna.looking",
            address,
        ]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._read() == "ready"

    def __call__(self, *words: str) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(" ".join(words) + "\n")
        self._process.stdin.flush()
        return self._read()

    def close(self) -> None:
        self._process.communicate(timeout=30)

    def _read(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


@contextmanager
def household(data: Path, space: str) -> Iterator["subprocess.Popen[bytes]"]:
    """`hypomos serve` in a namespace, on every network there."""
    log = data.parent / "serve.log"
    environ = os.environ | {"HYPOMOS_DLNA_ENABLED": "true", "HYPOMOS_MDNS_ENABLED": "false"}
    command = [
        "ip", "netns", "exec", space, sys.executable, "-m", "appliance", "serve", "--no-worker", "--data", str(data),
        "--listen", "0.0.0.0:4976",
    ]  # fmt: skip
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=out, stderr=out)
    try:
        until(lambda: (data / "run" / "ready.json").exists(), log.read_text)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(45)


def until(condition: Callable[[], object], what: Callable[[], str] | str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, what if isinstance(what, str) else what()
        time.sleep(0.1)


def test_two_networks(spaces: tuple[str, list[str]], tmp_path: Path) -> None:
    home, (first, second) = spaces
    data = tmp_path / "data"
    with opened(data):
        fill(data, 24, b"\xff\xd8")
        database.close()
    with ExitStack() as stack:
        machines = [Machine(space, f"{net}.2") for space, net in zip((first, second), NETS, strict=True)]
        for machine in machines:
            stack.callback(machine.close)
        process = stack.enter_context(household(data, home))
        for machine, net in zip(machines, NETS, strict=True):
            where = f"http://{net}.1:4977/description.xml"
            until(lambda m=machine: len(m("hear")) >= 6, "announced")  # type: ignore[misc]  # mypy knows no such lambdas
            assert {location for kind, location, _ in machine("hear") if kind == "ssdp:alive"} == {where}
            found = machine("search")
            assert ({location for _, location, _ in found}, len(found)) == ({where}, 6)
            assert machine("get", where)[0] == 200
        # by the other network's address they are no neighbours
        assert machines[0]("get", f"http://{NETS[1]}.1:4977/description.xml")[0] == 403

        stranger = machines[0]("browse", f"http://{NETS[0]}.1:4977", "0")
        with opened(data):
            (device,) = Device.select().where(Device.state == "unknown")
            assert device.key.startswith("mac "), device.key
            assert stranger["titles"] == [f"Ask at home: approve this screen, code {device.code}"]
            anna = Viewer(1, "anna", "Anna")
            screens.approve(anna, device.pid, name="Kitchen", show=[])
            database.close()
        assert machines[0]("browse", f"http://{NETS[0]}.1:4977", "0")["ids"] == []
        assert machines[1]("browse", f"http://{NETS[1]}.1:4977", "0")["ids"] == ["ask"]

        ip("-n", home, "addr", "del", f"{NETS[0]}.1/24", "dev", "eth0")  # the first takes the others with it
        ip("-n", home, "addr", "add", f"{NETS[0]}.7/24", "dev", "eth0")
        moved = f"http://{NETS[0]}.7:4977/description.xml"
        until(lambda: any(location == moved for _, location, _ in machines[0]("hear")), "announced anew")
        process.send_signal(signal.SIGTERM)
        for machine in machines:
            until(lambda m=machine: sum(kind == "ssdp:byebye" for kind, *_ in m("hear")) >= 12, "goodbye")  # type: ignore[misc]
