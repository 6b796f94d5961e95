"""Landlock for real, each time in a child process."""

from pathlib import Path

import pytest

from services.media import landlock
from tests.services.media.fenced import run

pytestmark = pytest.mark.skipif(landlock.version() == 0, reason="this kernel has no Landlock")


def test_files_are_denied_and_what_is_open_stays_open(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("content")
    outcome, code = run(f"""
import os, threading
from pathlib import Path
from services.media import landlock
folder = Path({str(tmp_path)!r})
kept = (folder / "a").open()
assert landlock.deny_files()
attempt("read", lambda: (folder / "a").read_text())
attempt("write", lambda: (folder / "b").write_text("x"))
attempt("list", lambda: list(folder.iterdir()))
attempt("make", lambda: (folder / "c").mkdir())
attempt("remove", lambda: (folder / "a").unlink())
attempt("truncate", lambda: os.truncate(folder / "a", 0))
attempt("kept", lambda: kept.read())
thread = threading.Thread(target=lambda: attempt("thread", lambda: (folder / "a").read_text()))
thread.start(); thread.join()
""")
    kept = outcome.pop("kept")
    assert (kept, code) == ("done", 0)
    assert set(outcome.values()) == {"PermissionError"}
    assert len(outcome) == 7
    assert (tmp_path / "a").read_text() == "content"


def test_folders_named_stay_readable_only(tmp_path: Path) -> None:
    for name in ("open", "shut"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a").write_text("content")
    outcome, _ = run(f"""
from pathlib import Path
from services.media import landlock
folder = Path({str(tmp_path)!r})
landlock.deny_files([folder / "open", folder / "not there"])
attempt("open", lambda: (folder / "open" / "a").read_text())
attempt("write", lambda: (folder / "open" / "a").write_text("x"))
attempt("shut", lambda: (folder / "shut" / "a").read_text())
""")
    assert outcome == {"open": "done", "write": "PermissionError", "shut": "PermissionError"}


@pytest.mark.parametrize(("kernel", "size"), [(1, 8), (3, 8), (4, 16), (5, 16), (6, 24), (9, 24)])
def test_older_kernels_get_the_attributes_that_they_know(kernel: int, size: int) -> None:
    attributes, length = landlock._attributes(kernel)
    assert len(attributes) == length == size
    assert int.from_bytes(attributes[:8], "little").bit_count() == {1: 13, 3: 15, 4: 15}.get(kernel, 16)
