"""`hypomos serve` as a real process on a loopback port, for tests that kill it or watch it from outside."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_S = 60.0
QUIETLY = {"HYPOMOS_LOG_LEVEL": "info", "HYPOMOS_MDNS_ENABLED": "false"}
"""Nothing of a test is announced on the network that this machine is in."""
CHECKOUT = Path(__file__).parents[1]
OURS = [sys.executable, "-m", "appliance"]


@dataclass
class Serving:
    """A running appliance."""

    address: str
    data: Path
    process: subprocess.Popen[bytes]

    @property
    def ready(self) -> dict[str, object]:
        return dict(json.loads((self.data / "run" / "ready.json").read_text()))

    def worker_pid(self) -> int | None:
        """The worker's process id at this moment, by looking at the children."""
        listed = subprocess.run(
            ["ps", "-o", "pid=,args=", "--ppid", str(self.process.pid)], capture_output=True, text=True
        ).stdout
        for line in listed.splitlines():
            pid, _, args = line.strip().partition(" ")
            if " worker" in args:
                return int(pid)
        return None

    def kill_worker(self) -> bool:
        """SIGKILL to the worker and its decoders."""
        pid = self.worker_pid()
        if pid is None:
            return False
        try:
            os.killpg(pid, signal.SIGKILL)  # the supervisor gives it a process group of its own
        except ProcessLookupError:  # it ended since we looked
            return False
        return True


@contextmanager
def serving(data: Path, *options: str, **environ: str) -> Iterator[Serving]:
    """Run `hypomos serve` with these options on a data directory until the block ends."""
    with serving_by(OURS, CHECKOUT, data, *options, **environ) as at:
        yield at


@contextmanager
def serving_by(
    program: list[str], folder: Path, data: Path, *options: str, **environ: str
) -> Iterator[Serving]:
    """The same by any installation's `hypomos`, started in any folder."""
    log = data.parent / f"{data.name}.log"
    (data / "run").mkdir(parents=True, exist_ok=True)
    (data / "run" / "ready.json").unlink(missing_ok=True)
    with log.open("ab") as out:
        process = subprocess.Popen(
            [*program, "serve", "--data", str(data), "--listen", "127.0.0.1:0", *options],
            stdout=out, stderr=out, env=os.environ | QUIETLY | environ, cwd=folder,
        )  # fmt: skip
    try:
        yield Serving(_wait(data, process, log), data, process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(45)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"serve did not end by itself:\n{log.read_text()[-3000:]}") from None


def _wait(data: Path, process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_S
    ready = data / "run" / "ready.json"
    while time.monotonic() < deadline:
        if ready.exists():
            return str(json.loads(ready.read_text())["address"])
        if process.poll() is not None:
            break
        time.sleep(0.05)
    process.kill()
    raise AssertionError(f"serve did not start:\n{log.read_text()[-3000:]}")
