"""The unit files, judged by systemd itself."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.tree import ROOT
from tools.packages import program

SOURCE = ROOT / "systemd"
MOST_EXPOSED = 20
"""In tenths: `systemd-analyze security` calls everything up to 2.0 well protected."""


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with its drop-in, and a program that exists on any machine."""
    text = (SOURCE / "hypomos.service").read_text(encoding="utf-8")
    path = tmp_path / "hypomos.service"
    path.write_text(text.replace("/opt/hypomos/bin/hypomos", "/bin/true"), encoding="utf-8")
    shutil.copytree(SOURCE / "hypomos.service.d", tmp_path / "hypomos.service.d")
    return path


def analyze(*arguments: str | Path) -> tuple[int, str]:
    command = [str(program("systemd-analyze")), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.needs("systemd")
def test_systemd_accepts_the_unit(unit: Path) -> None:
    code, said = analyze("verify", unit)
    assert code == 0, said
    complaints = [line for line in said.splitlines() if "hypomos.service" in line]
    assert complaints == []


@pytest.mark.needs("systemd")
def test_a_mistake_would_be_seen(unit: Path) -> None:
    unit.write_text(
        unit.read_text(encoding="utf-8").replace("Type=notify", "Type=nonsense"), encoding="utf-8"
    )
    assert "nonsense" in analyze("verify", unit)[1]


@pytest.mark.needs("systemd")
def test_the_service_is_well_protected(unit: Path) -> None:
    code, said = analyze("security", "--offline=yes", f"--threshold={MOST_EXPOSED}", unit)
    assert code == 0, said.splitlines()[-1]
    shutil.rmtree(unit.with_name("hypomos.service.d"))
    assert analyze("security", "--offline=yes", f"--threshold={MOST_EXPOSED}", unit)[0] != 0, (
        "the drop-in does it"
    )


@pytest.mark.needs("systemd")
def test_the_user_is_made(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    maker = program("systemd-sysusers")
    assert maker
    command = [str(maker), f"--root={tmp_path}", str(SOURCE / "sysusers.d/hypomos.conf")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    user = (tmp_path / "etc/passwd").read_text(encoding="utf-8")
    assert user.startswith("hypomos:x:")
    assert user.rstrip().endswith(":/var/lib/hypomos:/usr/sbin/nologin")


def test_a_hopeless_start_is_not_repeated() -> None:
    """Exit code 78 says that the configuration is wrong (the same in `appliance`)."""
    assert "RestartPreventExitStatus=78" in (SOURCE / "hypomos.service").read_text(encoding="utf-8")
