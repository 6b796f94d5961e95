"""`hypomos serve` as a process: it says when it answers, and ends in order."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.commands import serve
from appliance.notify import notify
from config import load
from tests import tree
from tests.processes import serving


def get(address: str, path: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(address + path, timeout=10) as answer:
            return int(answer.status), answer.read()
    except urllib.error.HTTPError as error:
        return int(error.code), error.read()


@contextmanager
def systemd(path: Path) -> Iterator[socket.socket]:
    """Where systemd would listen."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(path))
        receiver.settimeout(30)
        yield receiver


def test_a_life_from_ready_to_the_end(tmp_path: Path) -> None:
    watched = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "400000"}
    with systemd(tmp_path / "notify") as receiver, serving(tmp_path / "data", **watched) as at:
        assert receiver.recv(100) == b"READY=1"
        assert receiver.recv(100) == b"WATCHDOG=1"
        receiver.close()  # nobody takes what comes from now on
        ready = at.ready
        assert ready["address"] == at.address
        assert ready["dav"] == at.address + "/dav/"
        assert ready["pid"] == at.process.pid
        assert ready["https"] is None
        assert get(at.address, "/api/v1/openapi.json")[0] == 200
        deadline = time.monotonic() + 30
        while get(at.address, "/healthz")[0] != 200 and time.monotonic() < deadline:
            time.sleep(0.2)  # 503 until the worker's first heartbeat
        assert json.loads(get(at.address, "/healthz")[1])["status"] == "ok"
        # an open stream of events must not hold up the end
        stream = socket.create_connection(("127.0.0.1", int(at.address.rpartition(":")[2])))
        stream.sendall(b"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        began = time.monotonic()
        at.process.send_signal(signal.SIGTERM)
        assert at.process.wait(30) == 0
        stream.close()
    assert time.monotonic() - began < 25
    assert not (tmp_path / "data" / "run" / "ready.json").exists()


def test_the_first_start_prints_the_setup_code_once_and_no_worker_is_no_worker(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "appliance", "serve", "--data", str(tmp_path / "data"), "--listen",
               "127.0.0.1:0", "--no-worker", "--json"]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=tree.ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    said = json.loads(process.stdout.readline())
    ready = tmp_path / "data" / "run" / "ready.json"
    deadline = time.monotonic() + 30
    while not ready.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert json.loads(ready.read_text())["worker_pid"] is None
    status, body = get(said["address"], "/healthz")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Traceback" not in errors
    assert re.fullmatch(r"[\w-]{6,}", said["setup_code"])
    assert status == 503
    assert b"started none" in body or b"start none" in body


def test_the_worker_is_told_at_which_port_we_answer(tmp_path: Path) -> None:
    """Both keep storages away from it, with one daemon of rclone between them."""
    supervisor = serve.make_supervisor(replace(load(tmp_path, {}), listen="127.0.0.1:4977"))
    assert load(tmp_path, supervisor._environ or {}).listen == "127.0.0.1:4977"


def test_the_worker_is_started_on_the_same_data(tmp_path: Path) -> None:
    command = serve.worker_command(tmp_path)
    assert command[:3] == [sys.executable, "-m", "appliance"]
    assert command[3:] == ["worker", "--supervised", "--data", str(tmp_path)]
    assert os.access(command[0], os.X_OK)


def test_ready_names_the_worker_that_lives(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as at:
        path = tmp_path / "data" / "run" / "ready.json"

        def named_after(before: int | None) -> int:
            """The worker that is named next; none is for the moment until it has started."""
            deadline = time.monotonic() + 30
            while (now := json.loads(path.read_text())["worker_pid"]) in {before, None}:
                assert time.monotonic() < deadline, "no worker is named"
                time.sleep(0.1)
            return int(now)

        first = named_after(None)
        os.kill(first, signal.SIGKILL)
        now = named_after(first)
        os.kill(now, 0)
        assert json.loads(path.read_text())["address"] == at.address


def test_a_loop_that_hangs_is_not_fed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "20000")
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    looks = threading.Semaphore(0)

    def health() -> dict[str, str | None]:
        looks.release()
        return {"database": None, "worker": None}

    hangs, goes_on, stop = threading.Event(), threading.Event(), threading.Event()

    def hang() -> None:
        hangs.set()
        goes_on.wait(30)

    loop = asyncio.new_event_loop()
    threads = [
        threading.Thread(target=loop.run_forever),
        threading.Thread(target=serve._feed_watchdog, args=(health, loop, stop)),
    ]
    with systemd(tmp_path / "notify") as receiver:
        for thread in threads:
            thread.start()
        try:
            assert receiver.recv(100) == b"WATCHDOG=1", "an idle one is fed"
            loop.call_soon_threadsafe(hang)
            receiver.settimeout(0.01)
            while not hangs.is_set():  # its socket has little room, and a full one would hold up the loop
                with suppress(TimeoutError):
                    receiver.recv(100)
            receiver.setblocking(False)
            with suppress(BlockingIOError):
                while receiver.recv(100):
                    pass
            while looks.acquire(blocking=False):
                pass
            assert all(looks.acquire(timeout=30) for _ in range(3))
            with pytest.raises(BlockingIOError):
                receiver.recv(100)
            receiver.settimeout(30)
            goes_on.set()
            assert receiver.recv(100) == b"WATCHDOG=1"
        finally:
            stop.set()
            goes_on.set()
            threads[1].join(30)
            receiver.close()
            loop.call_soon_threadsafe(loop.stop)
            threads[0].join(30)
            loop.close()


def test_the_watchdog_outlives_a_look_that_fails_and_starves_what_is_ill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "2000")
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    looks: list[dict[str, str | None] | Exception] = [
        {"database": "does not answer", "worker": None}, {"database": None, "worker": "gave up"},
        OSError("locked"), {"database": None, "worker": None},
    ]  # fmt: skip
    stop = threading.Event()
    fed: list[tuple[int, tuple[object, ...]]] = []

    class Loop(asyncio.SelectorEventLoop):
        def call_soon_threadsafe(self, *given: object, **_: object) -> asyncio.Handle:
            fed.append((len(looks), given))
            return asyncio.Handle(print, (), self)

    def health() -> dict[str, str | None]:
        found = looks.pop(0)
        if not looks:
            stop.set()
        if isinstance(found, Exception):
            raise found
        return found

    loop = Loop()
    serve._feed_watchdog(health, loop, stop)
    loop.close()
    assert fed == [(0, (notify, "WATCHDOG=1"))]
