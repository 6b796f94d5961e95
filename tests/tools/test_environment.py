"""The set-up of `.venv`: what it says when something is missing, and when it has nothing to do."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tree import ROOT
from tools import environment
from tools.environment import Environment, SetupError

PYTHON = os.path.realpath(sys.executable)


@pytest.mark.parametrize(
    ("system", "bits", "machine", "says"),
    [
        ("Linux", 32, "x86_64", "64-bit system"),
        ("Linux", 32, "armv7l", "64-bit system"),
        ("Linux", 64, "riscv64", "riscv64"),
        ("Darwin", 64, "arm64", "runs on Linux, not on Darwin"),
    ],
)
def test_unfit_machines_are_told(system: str, bits: int, machine: str, says: str) -> None:
    problem = environment.complaint(system, bits, machine)
    assert problem
    assert says in problem
    assert "\n" not in problem


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_fit_machines_pass(machine: str) -> None:
    assert environment.complaint("Linux", 64, machine) is None


def test_an_old_python_gives_way_to_a_newer_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "OLDEST", (99, 0))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupError, match=r"needs Python 3\.11 or newer, this is 3\."):
        environment.choose_python()
    (tmp_path / "python3.13").write_text("#!/bin/sh\nexit 127\n")  # a version manager's empty promise
    (tmp_path / "python3.13").chmod(0o755)
    (tmp_path / "python3.12").symlink_to(PYTHON)
    assert environment.choose_python() == str(tmp_path / "python3.12")


def test_inside_an_environment_the_python_below_is_used() -> None:
    assert Path(environment.choose_python()).resolve() == Path(PYTHON)
    assert ".venv" not in environment.choose_python()


def test_a_wrong_word_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert environment.main(["everything"]) == 2
    assert "usage" in capsys.readouterr().err


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with the files that decide."""
    for name in environment.SOURCES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    return tmp_path


@pytest.fixture
def done(root: Path) -> Environment:
    """An environment that was set up for tests."""
    made = Environment(root, PYTHON)
    made.folder.mkdir()
    for folder in ("node_modules", "web/static/vendor"):
        (root / folder).mkdir(parents=True)
    for name in environment.BUILT:
        (root / name).write_text("{}")
    stamp = {"made": made.made_with(), "from": made.made_from(), "kind": "dev"}
    made.stamp.write_text(json.dumps(stamp), encoding="utf-8")
    return made


def test_what_serves_tests_serves_the_rest(done: Environment) -> None:
    assert done.is_current("dev")
    assert done.is_current("run")
    done.stamp.write_text(done.stamp.read_text().replace('"dev"', '"run"'))
    assert done.is_current("run")
    assert not done.is_current("dev")


@pytest.mark.parametrize("name", environment.SOURCES)
def test_a_change_of_each_source_is_noticed(done: Environment, root: Path, name: str) -> None:
    (root / name).write_text("changed", encoding="utf-8")
    assert not done.is_current("run")


def test_another_place_or_python_is_noticed(done: Environment, root: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    moved.mkdir()
    for path in [p for p in root.iterdir() if p != moved]:
        path.rename(moved / path.name)
    assert not Environment(moved, PYTHON).is_current("run")


@pytest.mark.parametrize("lost", [".venv/hypomos.json", *environment.BUILT])
def test_what_was_thrown_away_is_noticed(done: Environment, root: Path, lost: str) -> None:
    (root / lost).unlink()
    assert not done.is_current("run")


def test_nothing_runs_while_all_is_current(done: Environment, capfd: pytest.CaptureFixture[str]) -> None:
    done.python = "/nowhere/python"
    done.ensure("dev")
    assert capfd.readouterr() == ("", "")


def test_a_python_without_ensurepip_is_told(root: Path, tmp_path: Path) -> None:
    """Debian's python3 without the package python3-venv."""
    broken = tmp_path / "python3"
    code = f'#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\nexec {PYTHON} "$@"\n'
    broken.write_text(code, encoding="utf-8")
    broken.chmod(0o755)
    with pytest.raises(SetupError, match="apt install python3-venv") as caught:
        Environment(root, str(broken)).ensure("run")
    assert "\n" not in str(caught.value)


def test_an_environment_that_works_is_kept(root: Path) -> None:
    made = Environment(root, PYTHON)
    made.make()
    witness = made.folder / "witness"
    witness.touch()
    made.make()
    assert witness.exists()
    made.stamp.write_text(json.dumps({"made": "Python 3.10.0 elsewhere"}), encoding="utf-8")
    made.make()
    assert not witness.exists(), "made by another Python: it is made anew"
    assert made.works()


def test_a_failed_installer_is_told_in_one_line(root: Path) -> None:
    made = Environment(root, PYTHON)
    made.folder.mkdir()
    code = "print('much talk'); print('ERROR: no such version'); print('hint: none'); raise SystemExit(3)"
    with pytest.raises(SetupError) as caught:
        made.call("the parts", [PYTHON, "-c", code])
    assert str(caught.value) == (
        "installing the parts failed (ERROR: no such version); all of it is in .venv/install.log."
    )
    assert "much talk" in made.log.read_text()


def test_last_line_of_nothing() -> None:
    assert environment.last_line(" \n\n") == "it said nothing"


def test_make_tells_of_a_missing_python() -> None:
    command = ["make", "--no-print-directory", "demo", "PYTHON=python-that-is-not-there"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode != 0
    assert "Hypomos cannot be set up: Python 3.11 or newer is missing" in done.stderr


def test_make_without_a_target_helps() -> None:
    done = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True)
    for name in ("demo", "serve", "test", "test-all", "bench", "lint", "help"):
        assert f"make {name} " in done.stdout


def test_the_version_is_the_bases(root: Path) -> None:
    assert Environment(root, PYTHON).version == platform.python_version()
