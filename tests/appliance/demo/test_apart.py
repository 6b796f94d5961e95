"""Drawing in a child process: its steps and its end come through, and nothing of it stays behind."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from appliance.demo import __main__ as child
from appliance.demo.apart import NotDrawn, draw_apart

Steps = list[tuple[int, int, str]]


def drawing(code: str, folder: Path) -> Steps:
    """The steps of a child that runs this code."""
    steps: Steps = []
    draw_apart(folder, lambda *step: steps.append(step), argv=[sys.executable, "-c", code])
    return steps


def why(code: str, folder: Path) -> str:
    with pytest.raises(NotDrawn) as caught:
        drawing(code, folder)
    return str(caught.value)


def test_each_step_is_told(tmp_path: Path) -> None:
    code = """
from appliance.demo.apart import report
print("a library says something")
for n in (1, 2):
    report({"done": n, "of": 2, "path": f"Phone/Ä{n}.jpg"})
"""
    assert drawing(code, tmp_path) == [(1, 2, "Phone/Ä1.jpg"), (2, 2, "Phone/Ä2.jpg")]


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """By the real child: a file lies where the first storage's folder should be."""
    (tmp_path / "Phone").write_text("in the way")
    with pytest.raises(NotDrawn) as caught:
        draw_apart(tmp_path, lambda done, total, path: None)
    assert "could not be drawn" in str(caught.value)
    assert str(tmp_path / "Phone") in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_a_library_that_is_missing_is_named(tmp_path: Path) -> None:
    said = why("import a_library_that_is_not_there", tmp_path)
    assert "ended with code 1" in said
    assert said.endswith("Its last words: ModuleNotFoundError: No module named 'a_library_that_is_not_there'")


def test_an_end_by_a_signal_is_told(tmp_path: Path) -> None:
    said = why("import os; os.kill(os.getpid(), 9)", tmp_path)
    assert "SIGKILL, probably for want of memory" in said


LINGERING = """
import os, subprocess, sys
from appliance.demo.apart import report
other = subprocess.Popen(["sleep", "600"])
report({"done": other.pid, "of": 1, "path": ""})
"""


def test_what_the_child_started_ends_with_it(tmp_path: Path) -> None:
    """Its drawing processes hold its output open: waiting for them would be for ever."""
    began = time.monotonic()
    with pytest.raises(NotDrawn):
        drawing(LINGERING + "os.kill(os.getpid(), 9)", tmp_path)
    assert time.monotonic() - began < 30
    ((pid, _, _),) = drawing(LINGERING, tmp_path)
    assert not alive(pid)


def test_the_child_ends_with_us(tmp_path: Path) -> None:
    """Ctrl-C while it draws."""
    pids: list[int] = []

    def interrupt(done: int, total: int, path: str) -> None:
        pids.append(done)
        raise KeyboardInterrupt

    code = LINGERING + "import time; time.sleep(600)"
    with pytest.raises(KeyboardInterrupt):
        draw_apart(tmp_path, interrupt, argv=[sys.executable, "-c", code])
    assert not alive(pids[0])


def test_the_child_ends_when_we_are_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "appliance.demo", str(tmp_path)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, start_new_session=True)
    assert done.returncode == -9


def alive(pid: int) -> bool:
    """Whether the process runs; one that only waits to be reaped does not. A kill takes a moment."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
        if state == "Z":
            return False
        time.sleep(0.05)
    with suppress(ProcessLookupError):
        os.kill(pid, 9)
    return True


def test_the_child_tells_of_each_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def draw(folder: Path, progress: object) -> None:
        assert callable(progress)
        progress(1, 1, "Phone/one.jpg")

    monkeypatch.setattr("appliance.demo.household.draw", draw)
    assert child.main(str(tmp_path)) == 0
    assert capsys.readouterr().out == '{"done": 1, "of": 1, "path": "Phone/one.jpg"}\n'
