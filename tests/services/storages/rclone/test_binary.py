import sys
from pathlib import Path

import pytest

from services.errors import UsageError
from services.storages.rclone import binary


def test_the_environments_own_program_is_found_without_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert binary.find() == Path(sys.executable).parent / "rclone"


def test_the_setting_comes_first_and_must_be_there(tmp_path: Path) -> None:
    own = tmp_path / "rclone"
    own.write_text("")
    assert binary.find(str(own)) == own
    with pytest.raises(UsageError, match="not there"):
        binary.find(str(tmp_path / "absent"))


def test_without_any_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match=r"1\.75 or newer"):
        binary.find()
    on_path = tmp_path / "bin"
    on_path.mkdir()
    (on_path / "rclone").write_text("#!/bin/sh\n")
    (on_path / "rclone").chmod(0o755)
    monkeypatch.setenv("PATH", str(on_path))
    assert binary.find() == on_path / "rclone"


def test_the_program_tells_its_version(tmp_path: Path) -> None:
    assert binary.why_too_old(binary.version(binary.find())) is None
    other = tmp_path / "rclone"
    for said, version in (("rclone v1.60.1-DEV", (1, 60, 1)), ("nothing", ())):
        other.write_text(f"#!/bin/sh\necho {said}\n")
        other.chmod(0o755)
        assert binary.version(other) == version
        assert binary.why_too_old(version)
    other.chmod(0o644)
    with pytest.raises(UsageError, match="cannot be run"):
        binary.version(other)


@pytest.mark.parametrize("version", [(1, 75, 0), (1, 76), (2, 0, 1)])
def test_new_enough(version: tuple[int, ...]) -> None:
    assert binary.why_too_old(version) is None


@pytest.mark.parametrize("version", [(1, 74, 2), (1, 60, 1), (0,), ()])
def test_debian_12s_own_is_too_old(version: tuple[int, ...]) -> None:
    assert "too old" in (binary.why_too_old(version) or "")
