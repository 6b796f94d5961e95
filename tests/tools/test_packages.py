"""The list of Debian packages: how they are recognised, who may install them, and that nothing starts."""

import io
import os
import subprocess
from pathlib import Path

import pytest

from tools import packages
from tools.packages import Package, no_service_starts


def program(folder: Path, name: str, text: str = "exit 0") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH, and a list with one package whose program is `zoom`."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(packages, "PACKAGES", (Package("zoomer", "zoom", frozenset({"test"})),))
    return folder


def test_a_program_tells_that_the_package_is_there(place: Path) -> None:
    assert packages.is_missing("zoomer")
    program(place, "zoom")
    assert not packages.is_missing("zoomer")


def test_an_unlisted_package_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        packages.is_missing("zoomer")


def test_the_newest_postgresql_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "POSTGRESQL", tmp_path)
    for version in ("9.6", "15", "16"):
        (tmp_path / version).mkdir()
        program(tmp_path / version / "bin", "initdb")
    assert packages.program("initdb") == tmp_path / "16/bin/initdb"


def test_nothing_is_installed_without_a_need(place: Path) -> None:
    program(place, "zoom")
    program(place, "apt-get", "echo called >> $0.log")
    assert packages.ensure("test") == []
    assert packages.ensure("bench") == []
    assert not (place / "apt-get.log").exists()


def test_root_installs_without_asking(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    policy = tmp_path / "policy-rc.d"
    monkeypatch.setattr(packages, "no_service_starts", lambda: no_service_starts(policy))
    program(
        place,
        "apt-get",
        f'echo "$@" > {tmp_path}/asked; /bin/cp {policy} {tmp_path}/policy; /bin/cp $0 {place}/zoom',
    )
    assert packages.ensure("test") == []
    assert (tmp_path / "asked").read_text() == "install -y -q --no-install-recommends zoomer\n"
    assert "exit 101" in (tmp_path / "policy").read_text(), "the policy was in force meanwhile"
    assert not policy.exists()


def test_a_failed_installation_names_the_package(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(packages, "no_service_starts", lambda: no_service_starts(tmp_path / "policy-rc.d"))
    program(place, "apt-get", "echo 'E: no network' >&2; exit 100")
    assert packages.ensure("test") == ["zoomer"]
    assert "E: no network" in capsys.readouterr().err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("said", "called"), [("y\n", True), ("\n", False), ("n\n", False), ("", False)])
def test_others_are_asked_at_the_terminal(
    place: Path, monkeypatch: pytest.MonkeyPatch, said: str, called: bool
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr("sys.stdin", Terminal(said))
    program(place, "apt-get")
    program(place, "sudo", 'echo "$@" > $0.log')
    assert packages.ensure("test") == ["zoomer"]
    assert (place / "sudo.log").exists() is called


def test_without_a_terminal_nobody_is_asked(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    program(place, "apt-get")
    program(place, "sudo", "echo called > $0.log")
    assert packages.ensure("test") == ["zoomer"]
    assert not (place / "sudo.log").exists()


def test_a_policy_that_was_there_comes_back(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 104\n", encoding="utf-8")
    with no_service_starts(policy):
        assert subprocess.run([policy]).returncode == 101
    assert policy.read_text(encoding="utf-8") == "#!/bin/sh\nexit 104\n"
    assert list(tmp_path.iterdir()) == [policy]


def test_what_is_missing_is_said(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert packages.main(["test"]) == 0
    assert "Missing the Debian package zoomer" in capsys.readouterr().out
