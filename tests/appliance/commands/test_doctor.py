"""`hypomos doctor`: every finding in words, also on a machine where nothing is right."""

import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from appliance.commands import doctor
from config import load
from services.models import database
from services.storages.rclone import binary
from tests.appliance.conftest import Hypomos
from tests.servers import storages
from tests.services.storages.rclone.conftest import end, eventually, is_alive, ready


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_measure", lambda: 2.5 * doctor.REFERENCE_S)


def findings(said: Any) -> dict[str, tuple[str, str]]:
    return {f["name"]: (f["level"], f["text"]) for f in said.data}


def test_a_healthy_machine(anna: Hypomos, photos: Path, tmp_path: Path) -> None:
    anna("storage", "add", "anna", "Photos", "--local", str(photos))
    found = findings(anna("doctor", "--json"))
    for name in ("system", "data directory", "SQLite", "catalogue", "storage anna/Photos", "speed"):
        assert found[name][0] == "ok", found[name]
    assert found["worker"] == ("note", "none is running just now")
    assert found["found on the network"][0] == "note"
    assert found["found by televisions"] == ("note", "off (dlna_enabled)")
    assert found["not announced _webdavs._tcp"] == ("note", "https is off (tls_listen)")
    assert (tmp_path / "data" / "machine-factor").read_text() == "2.5\n"
    said = anna("doctor")
    assert "✓ catalogue: SQLite, up to date" in said.out


def test_a_storage_that_is_away_is_a_problem(anna: Hypomos, photos: Path) -> None:
    anna("storage", "add", "anna", "Photos", "--local", str(photos))
    shutil.rmtree(photos)
    said = anna("doctor", "--json")
    assert said.code == 1
    level, text = findings(said)["storage anna/Photos"]
    assert level == "problem"
    assert len(text) > 10


def test_rclone_is_looked_at(anna: Hypomos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = findings(anna("doctor", "--json"))
    assert found["rclone"][0] == "ok"
    assert "rclone's daemon" not in found, "nobody needs it yet"
    monkeypatch.setenv("HYPOMOS_RCLONE", str(tmp_path / "nowhere"))
    assert findings(anna("doctor", "--json"))["rclone"][0] == "note"


def test_a_storage_elsewhere_needs_its_daemon(
    anna: Hypomos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "server"
    scratch.mkdir()
    monkeypatch.setenv("HYPOMOS_STORAGE_HOSTS_ALLOWED", "127.0.0.0/8")
    with storages.webdav(scratch) as remote:
        given = json.dumps({key: remote.options[key] for key in ("url", "user", "pass")})
        words = ("storage", "add", "anna", "Cloud", "--rclone", "webdav", "--options-stdin")
        assert anna(*words, stdin=given).code == 0
        found = findings(anna("doctor", "--json"))
        assert found["rclone's daemon"] == ("ok", "answers; its configuration is encrypted")
        assert found["storage anna/Cloud"][0] == "ok"
        assert "does not start" in of_a_daemon_that_ends_at_once(anna, tmp_path, monkeypatch)
        (tmp_path / "data" / "rclone.conf").write_text("[h_x]\ntype = webdav\n")
        said = anna("doctor", "--json")
        assert (said.code, findings(said)["rclone's daemon"][0]) == (1, "problem")
        monkeypatch.setenv("HYPOMOS_RCLONE", str(tmp_path / "nowhere"))
        assert findings(anna("doctor", "--json"))["rclone"][0] == "problem"


def of_a_daemon_that_ends_at_once(anna: Hypomos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What is found of it, in the place of the one that was well."""
    told, program = tmp_path / "keeper", tmp_path / "ends-at-once"
    program.write_text(
        f'#!/bin/sh\n[ "$1" != rcd ] || {{ echo $PPID > {told}; exit 3; }}\nexec {binary.find()} "$@"\n'
    )
    program.chmod(0o700)
    with monkeypatch.context() as patched:
        patched.setenv("HYPOMOS_RCLONE", str(program))
        end(tmp_path / "data")
        eventually(lambda: ready(tmp_path / "data") == {})
        try:
            level, text = findings(anna("doctor", "--json"))["rclone's daemon"]
        finally:
            keeper = int(told.read_text())
            os.kill(keeper, signal.SIGTERM)
    eventually(lambda: not is_alive(keeper))
    assert level == "problem"
    return text


@pytest.mark.parametrize("where", ["file/data", "file/data/deeper/still"])
def test_a_data_directory_that_cannot_be_is_a_finding_not_a_crash(
    hypomos: Hypomos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("HYPOMOS_DATA", str(tmp_path / where))
    said = hypomos("doctor", "--json")
    found = findings(said)
    assert (said.code, found["data directory"][0], found["catalogue"][0]) == (1, "problem", "problem")
    assert found["space"][1].endswith("MiB free")
    assert "--data" in found["data directory"][1]


def test_a_broken_catalogue_is_a_finding(hypomos: Hypomos, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / database.FILE_NAME).write_bytes(b"no database" * 500)
    said = hypomos("doctor", "--json")
    assert (said.code, findings(said)["catalogue"][0]) == (1, "problem")


def test_a_full_disk_is_a_problem(hypomos: Hypomos, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "MIN_FREE", 1 << 62)
    said = hypomos("doctor", "--json")
    assert (said.code, findings(said)["space"][0]) == (1, "problem")


def test_the_factor_stays_in_its_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for seconds, factor in ((0.0, "1.0"), (100.0, "6.0")):
        monkeypatch.setattr(doctor, "_measure", lambda s=seconds: s)
        assert f"factor {factor};" in doctor._speed(load(tmp_path, {})).text
    assert [p.name for p in tmp_path.iterdir()] == ["machine-factor"]


def test_the_calculation_takes_some_time() -> None:
    assert doctor._calculate() == doctor._calculate()
