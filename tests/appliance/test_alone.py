"""One server a data directory."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.alone import alone
from services.errors import UsageError
from tests import tree
from tests.processes import serving


def test_a_second_one_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    with alone(tmp_path):
        with pytest.raises(UsageError, match=r"already\. Stop that one"), alone(tmp_path):
            pass
        (tmp_path / "ready.json").write_text(json.dumps({"address": "http://here:1", "pid": 7}))
        with pytest.raises(UsageError, match=r"already, at http://here:1 \(process 7\)"), alone(tmp_path):
            pass
    with alone(tmp_path):
        pass


def test_a_lock_ends_with_its_process_however_that_ends(tmp_path: Path) -> None:
    program = (
        "import sys, time, pathlib\nfrom appliance.alone import alone\n"
        "with alone(pathlib.Path(sys.argv[1])):\n    print('here', flush=True); time.sleep(60)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, cwd=tree.ROOT, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"here\n"
        with pytest.raises(UsageError), alone(tmp_path):
            pass
        os.kill(holder.pid, signal.SIGKILL)
    with alone(tmp_path):
        pass


@pytest.mark.parametrize("second", [["serve", "--no-worker"], ["demo"], ["demo", "--fresh"]])
def test_a_second_server_leaves_the_first_alone(tmp_path: Path, second: list[str]) -> None:
    data = tmp_path / "data"
    with serving(data) as at:
        before = told(data)
        command = [sys.executable, "-m", "appliance", *second, "--data", str(data), "--listen", "127.0.0.1:0"]
        ended = subprocess.run(command, cwd=tree.ROOT, capture_output=True, text=True, timeout=60)
        assert ended.returncode == (78 if second[0] == "serve" else 1)
        assert f"at {at.address}" in ended.stderr
        assert told(data) == before


def told(data: Path) -> dict[str, object]:
    """What the running server says of itself, but for its worker, which may join at any moment."""
    said = json.loads((data / "run" / "ready.json").read_text())
    return {name: value for name, value in said.items() if name != "worker_pid"}
