"""The command line: exit codes, errors in one line, what is refused at start."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.commands import serve, worker
from appliance.container import default_data
from tests import tree
from tests.appliance.conftest import Hypomos


def test_version_and_help(hypomos: Hypomos) -> None:
    assert hypomos("--version").out.startswith("hypomos ")
    said = hypomos("--help")
    for name in ("serve", "worker", "demo", "doctor", "user", "token", "storage", "scan", "config"):
        assert name in said.out


def test_settings_are_shown_with_where_they_come_from(
    hypomos: Hypomos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HYPOMOS_DATABASE_URL", "postgresql://me:secret@db/x")
    rows = {r["setting"]: r for r in hypomos("config", "show", "--json").data}
    assert rows["listen"]["from"] == "default"
    assert rows["database_url"]["from"] == "HYPOMOS_DATABASE_URL"
    assert "secret" not in rows["database_url"]["value"]


def test_an_unknown_setting_is_78(hypomos: Hypomos, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "hypomos.toml").write_text('lisen = "x"\n')
    said = hypomos("user", "list")
    assert said.code == 78
    assert "Did you mean “listen”" in said.err
    assert len(said.err.strip().splitlines()) == 1


def test_a_port_in_use_is_one_clear_line(hypomos: Hypomos) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = hypomos("serve", "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
    assert said.code == 78
    assert "Another Hypomos" in said.err or "another Hypomos" in said.err
    assert len([line for line in said.err.splitlines() if line.startswith("hypomos:")]) == 1


@pytest.mark.parametrize("command", ["serve", "worker", "doctor"])
def test_a_network_mount_is_78(
    hypomos: Hypomos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(serve, "bind", lambda *_: pytest.fail("it would serve"))
    monkeypatch.setattr(worker, "run_worker", lambda *_, **__: pytest.fail("it would work"))
    table = tmp_path / "mountinfo"
    table.write_text(f"2 1 0:4 / {tmp_path} rw - nfs4 nas:/x rw\n")
    monkeypatch.setattr("services.storages.mounts.read_mounts.__defaults__", (table,))
    said = hypomos(command)
    assert said.code == (1 if command == "doctor" else 78)  # doctor goes on to what else there is
    assert "is on a network mount (nfs4)" in (said.out if command == "doctor" else said.err)
    assert not (tmp_path / "data").exists()


def test_a_catalogue_of_a_newer_version_is_78(anna: Hypomos) -> None:
    from services.models import database, schema

    database.connect("", Path(os.environ["HYPOMOS_DATA"]))
    schema.runner().History.create(name="9999_from_the_future")
    database.close()
    said = anna("user", "list")
    assert said.code == 78
    assert "newer Hypomos" in said.err


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user, which only root may")
def test_a_data_directory_that_cannot_be_written(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    for folder in [tmp_path, *tmp_path.parents]:
        if folder.stat().st_uid == 0 and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    script = (
        "import os, sys; from appliance.cli import main;"
        "os.setgid(65534); os.setuid(65534); sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "user", "list", "--data", str(data)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1, done.stderr
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_where_the_data_lies(tmp_path: Path) -> None:
    assert default_data({"HYPOMOS_DATA": "/x"}) == Path("/x")
    assert default_data({}, exists=lambda p: True) == Path("data")
    assert default_data({}, exists=lambda p: False) == Path("/var/lib/hypomos")


def test_doctor_looks_at_everything(anna: Hypomos) -> None:
    said = anna("doctor", "--json")
    names = {row["name"]: row for row in said.data}
    for name in (
        "system",
        "data directory",
        "space",
        "SQLite",
        "catalogue",
        "worker",
        "folder watching",
        "speed",
    ):
        assert name in names
    assert any(name.startswith("decoder sandbox") for name in names)
    assert names["catalogue"]["level"] == "ok"
    factor = float((Path(os.environ["HYPOMOS_DATA"]) / "machine-factor").read_text())
    assert 1.0 <= factor <= 6.0


def test_what_is_kept_is_nobody_elses(hypomos: Hypomos, tmp_path: Path) -> None:
    """Also in a data directory that was made beforehand, and that others may enter."""
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    data.chmod(0o755)
    assert hypomos("user", "list").code == 0
    kept = [path for path in data.rglob("*") if path.name != "run"]
    assert data / "catalogue.db" in kept
    assert [path.name for path in kept if path.stat().st_mode & 0o077] == []


@pytest.mark.parametrize("words", [("config", "show"), ("config", "show", "--json"), ("user", "list")])
def test_an_answer_that_cannot_be_written_is_one_clear_line(tmp_path: Path, words: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "appliance", *words, "--data", str(tmp_path / "data")]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=tree.ROOT)
    assert ended.returncode == 1
    assert ended.stderr == "hypomos: What was to be written: No space left on device.\n"
