"""Keeping the worker alive, with small real processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.supervisor import Supervisor, WorkerState

LIVE = "import sys; sys.stdin.read()"
"""Ends when its standard input does, as the worker does."""

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"

Make = Callable[..., Supervisor]


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Make]:
    """Starts a supervisor of a Python script; stopped at the end. Each life adds a line to `lives`."""
    made: list[Supervisor] = []

    def make(code: str, **more: float) -> Supervisor:
        noted = f"open({str(tmp_path / 'lives')!r}, 'a').write('x\\n')\n{code}"
        pauses = {"first_s": 0.05, "longest_s": 0.2} | more
        made.append(Supervisor([sys.executable, "-c", noted], environ=None, **pauses))
        made[-1].start()
        return made[-1]

    yield make
    for supervisor in made:
        supervisor.stop()


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def lives(tmp_path: Path) -> int:
    path = tmp_path / "lives"
    return len(path.read_text().split()) if path.exists() else 0


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def kill(supervisor: Supervisor) -> None:
    pid = supervisor.state.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def test_it_starts_and_stops(supervise: Make, tmp_path: Path) -> None:
    supervisor = supervise(LIVE)
    until(lambda: lives(tmp_path))
    state = supervisor.state
    assert state.pid is not None
    assert exists(state.pid)
    supervisor.stop()
    assert supervisor.state == WorkerState(None, 0, -signal.SIGTERM, False)
    assert not exists(state.pid)
    assert lives(tmp_path) == 1


def test_a_killed_worker_is_started_again(supervise: Make, tmp_path: Path) -> None:
    supervisor = supervise(LIVE)
    until(lambda: lives(tmp_path) == 1)
    kill(supervisor)
    until(lambda: lives(tmp_path) == 2)
    kill(supervisor)
    until(lambda: lives(tmp_path) == 3)
    assert supervisor.state.restarts == 2
    assert supervisor.state.exit_code == -signal.SIGKILL


def test_pauses_grow_until_a_life_was_healthy(supervise: Make, tmp_path: Path) -> None:
    supervisor = supervise("import time; time.sleep(0)", first_s=0.01, longest_s=1000, healthy_s=1000)
    time.sleep(2)
    grown = lives(tmp_path)
    assert grown <= 8, "0.01 s doubled that often is more than two seconds"
    supervisor.stop()
    supervise("", first_s=0.01, longest_s=1000, healthy_s=0)
    until(lambda: lives(tmp_path) > grown + 10)


def test_a_worker_that_says_so_is_left_alone(supervise: Make, tmp_path: Path) -> None:
    supervisor = supervise("raise SystemExit(78)")
    until(lambda: supervisor.state.given_up)
    time.sleep(0.3)
    assert lives(tmp_path) == 1
    assert supervisor.state == WorkerState(None, 0, 78, True)


def test_a_deaf_worker_is_killed_after_the_deadline(supervise: Make, tmp_path: Path) -> None:
    supervisor = supervise(DEAF, deadline_s=0.3)
    until(lambda: lives(tmp_path))
    time.sleep(0.5)  # it must have begun to be deaf
    supervisor.stop()
    assert supervisor.state.exit_code == -signal.SIGKILL


def test_stopping_cuts_a_pause_short(supervise: Make, tmp_path: Path) -> None:
    supervisor = supervise("raise SystemExit(1)", first_s=60)
    until(lambda: supervisor.state.exit_code == 1)
    began = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - began < 10


def test_a_program_that_is_not_there_is_tried_again(tmp_path: Path) -> None:
    program = tmp_path / "worker"
    supervisor = Supervisor([str(program)], first_s=0.05, longest_s=0.1)
    supervisor.start()
    time.sleep(0.2)
    part = tmp_path / "part"
    part.write_text(f"#!{sys.executable}\n{LIVE}\n")
    part.chmod(0o755)
    part.rename(program)
    until(lambda: supervisor.state.pid)
    supervisor.stop()


def test_stopping_what_never_started() -> None:
    supervisor = Supervisor(["true"])
    supervisor.stop()
    assert supervisor.state.pid is None


def test_ctrl_c_reaches_the_worker_through_its_supervisor_alone(supervise: Make, tmp_path: Path) -> None:
    supervisor = supervise(LIVE)
    until(lambda: lives(tmp_path))
    pid = supervisor.state.pid
    assert pid is not None
    assert os.getpgid(pid) == pid != os.getpgid(0)


def test_the_worker_ends_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time\n"
        "from appliance.supervisor import Supervisor\n"
        f"s = Supervisor([sys.executable, '-c', {LIVE!r}])\n"
        "s.start()\n"
        "while s.state.pid is None: time.sleep(0.01)\n"
        "print(s.state.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    until(lambda: not running(pid))


def running(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
