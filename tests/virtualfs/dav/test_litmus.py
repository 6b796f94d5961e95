"""litmus, the suite of the WebDAV protocol: all of its 104 tests, in a local storage and in one behind rclone."""

import json
import os
import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from services.adapters import Adapters
from services.storages.hosts import HostPolicy
from services.storages.rclone import Daemon
from tests.factories import Make
from tests.processes import serving
from tests.servers import storages
from tests.virtualfs.dav.drive import listening, make_drive
from tests.virtualfs.household import Home
from tools import postgresql

SUITES = "basic copymove props locks http"
TESTS = 104
DEADLINE_S = 300


def litmus(address: str, login: str, secret: str, folder: Path) -> str:
    """What litmus prints; it runs in a folder of its own, for it writes a log there."""
    done = subprocess.run(
        ["litmus", "-k", address, login, secret],
        env=os.environ | {"TESTS": SUITES}, cwd=folder, capture_output=True, text=True, timeout=DEADLINE_S,
    )  # fmt: skip
    return done.stdout + done.stderr


_SUMMARY = re.compile(r"of (\d+) tests run: (\d+) passed, 0 failed")


def require_all(said: str) -> None:
    """That every test was run and passed.

    It may warn of one thing: that a fragment in the address of a DELETE is not noticed. The server gives it to nobody.
    """
    ran = [(int(run), int(passed)) for run, passed in _SUMMARY.findall(said)]
    warned = [
        line
        for line in said.splitlines()
        if "WARNING" in line and "Request-URI including fragment" not in line
    ]
    assert not warned, said
    assert [sum(column) for column in zip(*ran, strict=True)] == [TESTS, TESTS], said


@pytest.mark.needs("litmus")
def test_all_of_litmus_in_a_local_storage(home: Home, tmp_path: Path) -> None:
    home.allow_writing()
    drive = make_drive(home)
    with listening(drive.app) as port:
        require_all(
            litmus(f"http://127.0.0.1:{port}/dav/Storages/Photos/", drive.login, drive.secret, tmp_path)
        )
    assert [p.name for p in home.root.iterdir() if not p.name.startswith(".hypomos")] == ["litmus"]


@pytest.mark.needs("litmus")
@pytest.mark.long
def test_all_of_litmus_in_a_storage_behind_rclone(make: Make, data: Path, tmp_path: Path) -> None:
    """A real SFTP server (rclone's own), reached by the daemon as in the appliance."""
    with ExitStack() as stack:
        remote = stack.enter_context(storages.sftp(tmp_path))
        daemon = Daemon(data, password="of the test", policy=HostPolicy(["127.0.0.0/8"]))
        stack.callback(daemon.close)
        options = {"nonInteractive": True, "obscure": True}
        daemon.call(
            "config/create", name="far", type=remote.type, parameters=dict(remote.options), opt=options
        )
        (tmp_path / "photos").mkdir()
        home = Home(make, tmp_path / "photos", adapters=Adapters(daemon, data / "spool"))
        stack.callback(home.close)
        make.storage(
            home.anna, "Far", "", kind="rclone", options={"type": remote.type, "remote": "far"}, writable=True
        )
        drive = make_drive(home)
        with listening(drive.app) as port:
            require_all(
                litmus(f"http://127.0.0.1:{port}/dav/Storages/Far/", drive.login, drive.secret, tmp_path)
            )


def hypomos(data: Path, *words: str | Path, stdin: str = "", **environ: str) -> dict[str, object]:
    """One command of the command line; what it prints as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "appliance", *words, "--data", data, "--json"], input=stdin, text=True,
        capture_output=True, env=os.environ | environ, timeout=DEADLINE_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.first
@pytest.mark.needs("litmus", "postgresql")
@pytest.mark.long
def test_all_of_litmus_with_a_real_server_on_postgresql(tmp_path: Path) -> None:
    data, root, scratch = tmp_path / "data", tmp_path / "photos", tmp_path / "scratch"
    for folder in (root, scratch):
        folder.mkdir()
    with postgresql.cluster() as url:
        where = {"HYPOMOS_DATABASE_URL": url}
        hypomos(
            data, "user", "add", "anna", "--admin", "--password-stdin", stdin="a long pass phrase\n", **where
        )
        hypomos(data, "storage", "add", "anna", "Photos", "--local", root, "--writable", **where)
        secret = str(hypomos(data, "token", "create", "anna", "--kind", "app", **where)["secret"])
        with serving(data, **where) as running:
            require_all(litmus(f"{running.address}/dav/Storages/Photos/", "anna", secret, scratch))
