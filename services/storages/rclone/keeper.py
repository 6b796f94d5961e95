"""The process that keeps the rclone daemon of a data directory alive, and ends it when nobody needs it.

Beside the daemon it runs the gate by which that reaches the network (`egress.py`). It reads what to do
from its standard input (JSON), so that no secret stands on a command line, and holds a lock, so that
there is one. When the daemon answers, `rclone.json` in the run directory tells where and how; what keeps
it from starting is told in words in `rclone.problem`.
"""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.errors import HypomosError
from services.secrets import replace_private
from services.storages.hosts import HostPolicy
from services.storages.rclone import binary, config, daemonlog
from services.storages.rclone.client import Client, DaemonGone
from services.storages.rclone.daemon import LOCK, LOG, PROBLEM, READY, USERS
from services.storages.rclone.egress import Gate

SOCKET = "rclone.sock"
LOOK_S = 0.5
CHECK_S = 15.0
LINGER_S = 60.0
"""How long the daemon stays when nobody uses it: commands that follow each other share it."""
START_S = 20.0
END_S = 5.0
FIRST_PAUSE_S, LONGEST_PAUSE_S, HEALTHY_S = 0.5, 60.0, 60.0
LONG_PAUSE_S = 2.0
"""Nobody who wants the daemon waits for the end of so long a pause."""

FLAGS = (
    "--rc-serve", "--use-json-log", "--log-level", "NOTICE", "--timeout", "45s", "--contimeout", "10s",
    "--retries", "1", "--low-level-retries", "3", "--checkers", "4", "--transfers", "2", "--buffer-size", "4M",
    "--rc-job-expire-duration", "1h",
)  # fmt: skip
"""Timeouts towards storages are the daemon's: given with a call they would stick or be ignored."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a keeper is told."""

    data: Path
    program: Path
    config_password: str
    user: str
    password: str
    policy: HostPolicy
    flags: tuple[str, ...] = ()
    """After FLAGS, and stronger: the tests do not wait as long for a storage as people do."""

    @property
    def run(self) -> Path:
        """Where socket, lock and notes lie."""
        return self.data / "run"

    def environ(self) -> dict[str, str]:
        """The daemon's environment: nothing of ours, so that no credential of the host gets in."""
        return {
            "PATH": os.defpath, "HOME": str(self.run), "LANG": "C.UTF-8", "GOMEMLIMIT": "192MiB", "GOGC": "50",
            "RCLONE_RC_USER": self.user, "RCLONE_RC_PASS": self.password,
            "RCLONE_CONFIG_PASS": self.config_password,
        }  # fmt: skip


def main() -> None:
    """Keep the daemon that the standard input describes, until nobody needs it."""
    told = json.load(sys.stdin)
    task = Task(
        Path(told["data"]), Path(told["program"]), told["config_password"], told["user"], told["password"],
        HostPolicy.from_json(told["policy"]), tuple(told["flags"]),
    )  # fmt: skip
    with _alone(task.run / LOCK) as alone:
        if not alone or os.fork():  # the lock goes on in the child; whoever started us waits for nobody
            os._exit(0)
        stopping = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stopping.set())
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _keep(task, stopping)


def _keep(task: Task, stopping: threading.Event) -> None:
    pause = FIRST_PAUSE_S
    gate = Gate(task.policy.check)
    try:
        gate.start()
        _end_orphan(task)
        config.ensure(task.data / config.FILE_NAME, task.program, task.config_password, task.environ())
        while not stopping.is_set():
            began = time.monotonic()
            _live(task, gate, stopping)
            if time.monotonic() - began >= HEALTHY_S:
                pause = FIRST_PAUSE_S
            if pause >= LONG_PAUSE_S and not stopping.is_set():
                words = f"rclone ends soon after each start; see {task.run}/rclone.log. It is tried again and again."
                replace_private(task.run / PROBLEM, words.encode())
            stopping.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)
    except HypomosError as error:
        replace_private(task.run / PROBLEM, str(error).encode())
    finally:
        gate.close()


def _live(task: Task, gate: Gate, stopping: threading.Event) -> None:
    """One life of the daemon. Sets `stopping` when nobody needs it; raises HypomosError if none ever will."""
    (task.run / SOCKET).unlink(missing_ok=True)  # of one that was killed: the next would refuse to start
    process = _begin(task, gate)
    logging = threading.Thread(target=daemonlog.keep, args=(process.stdout, task.run / LOG), daemon=True)
    logging.start()
    client = Client(task.run, SOCKET, task.user, task.password)
    try:
        if _has_started(task, client, process):
            (task.run / PROBLEM).unlink(missing_ok=True)
            _watch(task, client, process, stopping)
        else:
            words = f"rclone does not start; see {task.run}/rclone.log. It is tried again and again."
            replace_private(task.run / PROBLEM, words.encode())
    finally:
        (task.run / READY).unlink(missing_ok=True)
        client.close()
        _end(process)
        logging.join(END_S)


def _begin(task: Task, gate: Gate) -> subprocess.Popen[bytes]:
    """The daemon as a process. Raises ConfigUnusable when the program is none."""
    try:
        return subprocess.Popen(  # noqa: S603 (an argument list without anything from people)
            [str(task.program), "rcd", "--config", str(task.data / config.FILE_NAME),
             "--rc-addr", f"unix://{SOCKET}", *FLAGS, *task.flags],
            cwd=task.run, env=task.environ() | gate.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
    except OSError as error:
        raise config.ConfigUnusable(f"rclone cannot be run: {error}.") from error


def _end_orphan(task: Task) -> None:
    """End the daemon of a keeper that was killed; without that one's gate it reaches nothing any more."""
    try:
        pid = int(json.loads((task.run / READY).read_text())["rclone"])
        if os.path.samefile(f"/proc/{pid}/exe", task.program):  # noqa: PTH121 (a link, not a path of ours)
            os.kill(pid, signal.SIGKILL)
    except (OSError, ValueError, KeyError):
        return


def _has_started(task: Task, client: Client, process: subprocess.Popen[bytes]) -> bool:
    """Wait until the daemon answers, and tell the others; False when it does not."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            version = client.call("core/version", {}, timeout=5.0)
        except (DaemonGone, HypomosError):
            time.sleep(0.02)
            continue
        if problem := binary.why_too_old(version.get("decomposed", ())):
            raise config.ConfigUnusable(problem)
        _require_opened(client)
        ready = {
            "socket": SOCKET, "user": task.user, "password": task.password, "keeper": os.getpid(),
            "rclone": process.pid, "version": version.get("version", ""), "policy": task.policy.to_json(),
        }  # fmt: skip
        replace_private(task.run / READY, json.dumps(ready).encode())
        return True
    return False


def _require_opened(client: Client) -> None:
    """Raise ConfigUnusable when the password does not open the configuration: rclone finds that out late."""
    try:
        client.call("config/listremotes", {})
    except (DaemonGone, HypomosError) as error:
        raise config.ConfigUnusable(
            "rclone's configuration cannot be opened with this secret key: was secret.key replaced? Restore the "
            "key that belongs to it, or move rclone.conf away and connect the storages again."
        ) from error


def _watch(task: Task, client: Client, process: subprocess.Popen[bytes], stopping: threading.Event) -> None:
    """Until the daemon ends, hangs, or nobody uses it any more."""
    used = checked = time.monotonic()
    while not stopping.wait(LOOK_S):
        moment = time.monotonic()
        if process.poll() is not None:
            return
        if moment - checked >= CHECK_S:
            checked = moment
            try:
                client.call("rc/noop", {}, timeout=CHECK_S)
            except (DaemonGone, HypomosError):
                return
        if _is_used(task.run / USERS):
            used = moment
        elif moment - used >= LINGER_S:
            stopping.set()


def _is_used(users: Path) -> bool:
    """Whether some process holds a shared lock: then nobody gets an exclusive one."""
    with users.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[bool]:
    """Whether this is the one keeper; the lock is held inside."""
    lock.parent.mkdir(mode=0o700, exist_ok=True)
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
