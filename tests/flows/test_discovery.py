"""A household on a home network, looked at from another host on it: found, followed, and gone at the end."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.discovery import findings
from appliance.discovery.planning import HTTP, OURS, WEBDAV
from appliance.discovery.running import USUAL_PORT, instance_name
from config import load
from tests import tree
from tests.mdns import looking, neighbour
from tests.namespaces import CARD, Host, two_hosts
from web.hosts import local_names

pytestmark = [pytest.mark.needs_netns, pytest.mark.needs("iproute2")]

MACHINE = os.uname().nodename
NAME = instance_name(MACHINE, USUAL_PORT)
DEADLINE_S = 120.0
OCCUPIED = """
import socket, sys
taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
taken.bind(("", 5353))
print("taken", flush=True)
sys.stdin.read()
"""
FOLLOWING = """
import asyncio, sys, threading
from pathlib import Path
from appliance.discovery import Discovery, Place, planned
from appliance.discovery.announcing import Announcer
from appliance.interfaces import Watcher
from config import load
from services.leading import Leader

async def main():
    run, settings = Path(sys.argv[1]), load(Path(sys.argv[1]), {})
    found = Discovery(run, lambda at: planned(settings, "f00d", "0.1", Place("0.0.0.0", 4976), None, at),
                      Announcer("Hypomos (nas)", ("hypomos.local",)), Leader("", "x"), Watcher(every_s=0.1))
    loop = asyncio.get_running_loop()
    threading.Thread(target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(found.leave)), daemon=True).start()
    await found.run()

asyncio.run(main())
"""
CLUSTER = """
import sys
from tools.postgresql import cluster
with cluster() as url:
    print(url, flush=True)
    sys.stdin.read()
"""
AVAHI = """
await() { n=0; while [ ! -e $1 ]; do sleep 0.05; n=$((n + 1)); [ $n -lt 600 ] || exit 1; done; }
mount -t tmpfs none /run && mkdir -p /run/dbus /run/avahi-daemon
dbus-daemon --system --nofork --nopidfile &
bus=$!
await /run/dbus/system_bus_socket
avahi-daemon --no-drop-root --no-chroot --no-rlimits &
avahi=$!
await /run/avahi-daemon/socket
while read -r kind; do avahi-browse --parsable --resolve --terminate "$kind"; echo done; done
kill $avahi $bus
wait
"""
"""A real Avahi with a bus of its own; for each line that it reads it lists what there is of a kind."""


@pytest.fixture
def hosts() -> Iterator[tuple[Host, Host]]:
    with two_hosts() as both:
        yield both


@contextmanager
def started(host: Host, *command: str) -> Iterator["subprocess.Popen[str]"]:
    """A program on a host that ends when its standard input does."""
    with subprocess.Popen(
        [*host.within, *command], cwd=tree.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(30)


@contextmanager
def served(host: Host, data: Path, log: Path, **environ: str) -> Iterator["subprocess.Popen[bytes]"]:
    """`hypomos serve` on a host, at the usual port of all its networks."""
    command = [*host.within, sys.executable, "-m", "appliance", "serve", "--no-worker", "--data", str(data)]
    with log.open("wb") as out, subprocess.Popen(
        command, cwd=tree.ROOT, stdout=out, stderr=out, env=os.environ | {"HYPOMOS_LOG_LEVEL": "info"} | environ
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.terminate()
            process.wait(45)


def until(what: Callable[[], bool], why: Path) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not what():
        assert time.monotonic() < deadline, why.read_text()
        time.sleep(0.05)


def doctor(data: Path) -> dict[str, tuple[str, str]]:
    """What `doctor` says of it."""
    return {f.name: (f.level, f.text) for f in findings(load(data, {}))}


def announced(data: Path) -> dict[str, object]:
    try:
        return dict(json.loads((data / "run" / "announced.json").read_text()))
    except FileNotFoundError:
        return {}


def test_a_household_is_found_by_its_neighbours(hosts: tuple[Host, Host], tmp_path: Path) -> None:
    """Names that somebody has are changed, the port that somebody has is waited for, and the end is told."""
    nas, phone = hosts
    data, log, other = tmp_path / "data", tmp_path / "log", local_names(MACHINE)[1]
    with (
        looking(phone.ip, HTTP, WEBDAV, OURS, within=phone.within) as seen,
        neighbour(phone.ip, OURS, NAME, "hypomos.local", within=phone.within),
        started(nas, sys.executable, "-c", OCCUPIED) as occupied,
        served(nas, data, log) as process,
    ):
        until(lambda: bool(announced(data).get("problem")), log)
        assert "5353" in doctor(data)["found on the network"][1]
        assert occupied.stdin is not None
        occupied.stdin.close()
        drive = seen.wait(lambda s: s.get("host") == other and s["kind"] == WEBDAV)
        assert (drive["name"], drive["port"], drive["addresses"]) == (NAME, USUAL_PORT, [nas.ip])
        assert drive["text"] == {"path": "/dav/"}
        assert seen.came(OURS, f"{NAME}-2")["text"]["api"] == "/api/v1"
        where = f"at {other}:{USUAL_PORT} ({nas.ip})"
        until(lambda: doctor(data).get(f"announced {OURS}") == ("ok", f"“{NAME}-2” {where}"), log)
        assert doctor(data)[f"announced {WEBDAV}"] == ("ok", f"“{NAME}” {where}")
        assert doctor(data)["not announced _webdavs._tcp"][0] == "note"
        process.send_signal(signal.SIGTERM)
        for kind, name in ((HTTP, NAME), (WEBDAV, NAME), (OURS, f"{NAME}-2")):
            seen.went(kind, name)
        assert process.wait(45) == 0
    said = log.read_text()
    assert said.count("tried again by itself") == 1
    assert "Traceback" not in said
    assert announced(data) == {}


def test_networks_that_come_and_go_are_followed(hosts: tuple[Host, Host], tmp_path: Path) -> None:
    nas, phone = hosts
    with looking(phone.ip, WEBDAV, within=phone.within) as seen:
        with started(nas, sys.executable, "-c", FOLLOWING, str(tmp_path)):
            assert seen.came(WEBDAV, "Hypomos (nas)")["addresses"] == [nas.ip]
            nas.run("ip", "address", "del", f"{nas.ip}/24", "dev", CARD)
            nas.run("ip", "address", "add", "10.77.0.9/24", "dev", CARD)
            seen.wait(lambda s: "10.77.0.9" in s.get("addresses", ()))
            with looking(phone.ip, WEBDAV, within=phone.within) as later:
                assert later.came(WEBDAV, "Hypomos (nas)")["addresses"] == ["10.77.0.9"]
        seen.went(WEBDAV, "Hypomos (nas)")


@pytest.mark.needs("avahi-daemon", "avahi-utils")
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: Avahi's bus changes its user")
def test_avahi_finds_it(hosts: tuple[Host, Host], tmp_path: Path) -> None:
    """What GNOME and KDE look with."""
    nas, phone = hosts
    unshared = ("unshare", "--mount", "sh", "-c", AVAHI)
    with started(phone, *unshared) as avahi, started(nas, sys.executable, "-c", FOLLOWING, str(tmp_path)):
        assert avahi.stdin is not None
        assert avahi.stdout is not None
        lines: list[str] = []
        deadline = time.monotonic() + DEADLINE_S
        while not any(line.startswith("=") for line in lines):
            assert time.monotonic() < deadline, lines
            avahi.stdin.write(f"{WEBDAV}\n")
            avahi.stdin.flush()
            lines = []
            while (line := avahi.stdout.readline()) != "done\n":
                assert line, "Avahi ended"
                lines.append(line)
        (found,) = (line for line in lines if line.startswith("="))
        parts = found.strip().split(";")
        assert parts[1:3] == [CARD, "IPv4"]
        assert parts[3].replace("\\032", " ").replace("\\040", "(").replace("\\041", ")") == "Hypomos (nas)"
        assert parts[6:9] == ["hypomos.local", nas.ip, str(USUAL_PORT)]
        assert parts[9] == '"path=/dav/"'


@pytest.mark.long
@pytest.mark.needs("postgresql")
def test_one_of_several_machines_announces(hosts: tuple[Host, Host], tmp_path: Path) -> None:
    """Two `serve` on one PostgreSQL: the first dies without a word, and the second is heard instead."""
    nas, phone = hosts
    other_port = USUAL_PORT + 4
    second = instance_name(MACHINE, other_port)
    log = tmp_path / "log"
    with (
        looking(phone.ip, OURS, within=phone.within) as seen,
        started(nas, sys.executable, "-c", CLUSTER) as database,
    ):
        assert database.stdout is not None
        environ = {"HYPOMOS_DATABASE_URL": database.stdout.readline().strip(), "HYPOMOS_NODE": "one"}
        with served(nas, tmp_path / "one", log, **environ) as first:
            seen.came(OURS, NAME)
            environ |= {"HYPOMOS_NODE": "two", "HYPOMOS_LISTEN": f"0.0.0.0:{other_port}"}
            with served(nas, tmp_path / "two", tmp_path / "log two", **environ):
                until(lambda: announced(tmp_path / "two").get("is_leader") is False, tmp_path / "log two")
                assert second not in {s.get("name") for s in seen.seen}
                first.kill()
                seen.came(OURS, second)
            seen.went(OURS, second)
