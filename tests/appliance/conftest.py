"""The command line as a person uses it: `hypomos(...)` runs one command on a data directory of the test."""

import io
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from appliance.cli import main
from services.models import database

PASSWORD = "a lake in the morning"


@dataclass(frozen=True)
class Said:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The last line of standard output as JSON."""
        return json.loads(self.out.strip().splitlines()[-1])


Hypomos = Callable[..., Said]


@pytest.fixture
def hypomos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Hypomos:
    for name in [n for n in os.environ if n.startswith("HYPOMOS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HYPOMOS_DATA", str(tmp_path / "data"))

    def run(*words: str, stdin: str = "") -> Said:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        before = os.umask(0o022)
        try:
            code = main(words)
        except SystemExit as ended:
            code = int(ended.code or 0)
        finally:
            os.umask(before)  # a command sets its process's own
            database.close()
        printed = capsys.readouterr()
        return Said(code, printed.out, printed.err)

    return run


@pytest.fixture
def anna(hypomos: Hypomos) -> Hypomos:
    """The same, with an administrator called anna."""
    made = hypomos(
        "user", "add", "anna", "--admin", "--zone", "UTC", "--password-stdin", stdin=PASSWORD + "\n"
    )
    assert made.code == 0
    return hypomos


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder with two pictures and a text."""
    from PIL import Image

    folder = tmp_path / "photos"
    (folder / "2026").mkdir(parents=True)
    for n, colour in enumerate(("navy", "olive")):
        path = folder / "2026" / f"IMG_{n}.jpg"
        Image.new("RGB", (640, 480), colour).save(path)
        os.utime(path, (1_780_000_000, 1_780_000_000))
    (folder / "notes.txt").write_text("no picture")
    os.utime(folder / "notes.txt", (1_780_000_000, 1_780_000_000))
    return folder
