"""`hypomos serve` as a process: it says when it answers, and ends in order."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path

from appliance.commands import serve
from config import load
from tests import tree
from tests.processes import serving


def get(address: str, path: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(address + path, timeout=10) as answer:
            return int(answer.status), answer.read()
    except urllib.error.HTTPError as error:
        return int(error.code), error.read()


def test_a_life_from_ready_to_the_end(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as at:
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
