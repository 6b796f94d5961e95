"""The one rclone daemon of a data directory, as a process of Hypomos sees it.

Whoever needs it first starts its keeper (`keeper.py`), which holds a lock; the others find address and
credentials in a file that only the service may read. While somebody uses the daemon they hold a
shared lock on a file; when nobody does any more the keeper ends it, however they died.

Threading: any thread may call; one at a time starts a keeper.
"""

import contextlib
import fcntl
import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from services.errors import CarrierEnded, HypomosError, UsageError
from services.storages.hosts import HostPolicy
from services.storages.rclone import binary
from services.storages.rclone.client import CONTROL_S, Body, Client, DaemonGone
from services.storages.rclone.standby import Standby

T = TypeVar("T")

LOCK = "rclone.lock"
LOG = "rclone.log"
READY = "rclone.json"
PROBLEM = "rclone.problem"
USERS = "rclone.users"
START_S = 30.0
ANSWER_S = 2.0
"""Who asks whether it is well waits no longer for one that hangs."""
_LOOK_S = 0.05
_KEPT_S = 1.0
"""For so long a keeper that was alive is taken to be: a daemon whose keeper was killed answers on, but its
gate is gone, so that no storage is reached by it."""
_ROOT = Path(__file__).resolve().parents[3]
_BOOT = """\
import sys
if sys.argv[1] not in sys.path:
    sys.path.insert(0, sys.argv[1])
from services.storages.rclone.keeper import main
main()
"""


class Daemon:
    """The rclone daemon of the data directory `data`; started when it is first needed.

    `password` opens rclone's configuration, `policy` says which hosts storages may point to, `setting`
    names the program, if not the one found, `flags` are given to it after the usual ones. On `standby` are the
    transfers of this process that wait for who reads on.
    """

    def __init__(
        self, data: Path, *, password: str, policy: HostPolicy, setting: str = "", flags: Sequence[str] = ()
    ) -> None:
        self._data = data
        self._run = data / "run"
        self._password = password
        self._setting = setting
        self._flags = list(flags)
        self._policy = policy
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._using: int | None = None
        self._keeper = 0
        self._kept_until = 0.0
        self.standby = Standby()

    @property
    def policy(self) -> HostPolicy:
        """Which hosts storages may point to."""
        return self._policy

    def call(
        self, method: str, *, timeout: float = CONTROL_S, again: bool = True, **params: Any
    ) -> dict[str, Any]:
        """A control call. `again` says that it may be made twice: when the daemon dies of the first.

        Raises StorageError.
        """
        return self._asked(
            lambda client: client.call(method, params, timeout=timeout, again=again), again=again
        )

    def open(self, fs: str, path: str, start: int, end: int) -> Body:
        """The bytes `start` to `end` (inclusive) of a file. Raises StorageError."""
        return self._asked(lambda client: client.get(fs, path, start, end), again=True)

    def problem(self) -> str | None:
        """What is wrong with the daemon, in words; None when it answers, or could be started when it is needed.

        One that somebody is starting already is not waited for.
        """
        try:
            if (self._run / READY).exists():
                self.call("rc/noop", timeout=ANSWER_S)
            elif (self._run / LOCK).exists() and self._is_kept():
                return self._told()
            elif (self._run / PROBLEM).exists():
                self.call("rc/noop", timeout=ANSWER_S)  # perhaps it was mended
            else:
                binary.find(self._setting)
        except HypomosError as error:
            return str(error)
        return None

    def close(self) -> None:
        """Say that this process uses the daemon no more."""
        self.standby.close()
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None
            if self._using is not None:
                os.close(self._using)
                self._using = None

    def _asked(self, ask: Callable[[Client], T], *, again: bool) -> T:
        client = self._connected()
        try:
            return ask(client)
        except DaemonGone as gone:
            self._forget(client)
            if gone.sent and not again:
                raise CarrierEnded(
                    "rclone ended in the middle of this. See whether it was done before you try again."
                ) from gone
        try:
            return ask(self._connected())
        except DaemonGone as gone:
            raise CarrierEnded("rclone does not answer; it is being started again.") from gone

    def _forget(self, client: Client) -> None:
        with self._lock:
            if self._client is client:
                self._client = None
        client.close()

    def _connected(self) -> Client:
        """The client of a daemon that answers; started if there is none. Raises Unavailable."""
        with self._lock:
            if self._client is not None and time.monotonic() >= self._kept_until:
                if _lives(self._keeper) and self._is_kept():
                    self._kept_until = time.monotonic() + _KEPT_S
                else:
                    self._client.close()
                    self._client = None
            if self._client is None:
                self._use()
                self._client = self._find() or self._start()
            return self._client

    def _use(self) -> None:
        """Tell the keeper that there is somebody."""
        if self._using is None:
            self._run.mkdir(mode=0o700, exist_ok=True)
            using = os.open(self._run / USERS, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            deadline = time.monotonic() + START_S
            while True:  # the keeper looks for a moment now and then whether it is alone
                try:
                    fcntl.flock(using, fcntl.LOCK_SH | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        os.close(using)
                        raise CarrierEnded("The process that looks after rclone does not answer.") from None
                    time.sleep(_LOOK_S)
            self._using = using

    def _find(self) -> Client | None:
        """The client of a running daemon that was started as ours would be."""
        try:
            ready = json.loads((self._run / READY).read_text())
        except (OSError, ValueError):
            return None
        if not _lives(ready["keeper"]):
            return None  # the next keeper ends what that one left behind
        client = Client(self._run, ready["socket"], ready["user"], ready["password"])
        try:
            client.call("rc/noop", {}, timeout=5.0)
        except (DaemonGone, HypomosError):
            client.close()
            return None
        if not self._policy.is_held_by(HostPolicy.from_json(ready["policy"])):
            # the settings changed: a keeper with the new ones, and what others wanted of the old one
            self._policy = self._policy.with_own_of(HostPolicy.from_json(ready["policy"]))
            client.close()
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(int(ready["keeper"]), 15)
            return None
        self._keeper = int(ready["keeper"])
        return client

    def _start(self) -> Client:
        """Start a keeper, or let another process do so, and wait for its daemon."""
        try:
            program = binary.find(self._setting)
        except UsageError as error:  # a storage's reader gave nothing wrong: it is away
            raise CarrierEnded(str(error)) from error
        if not self._is_kept():  # what it says is of another time; a living keeper's is of now
            (self._run / PROBLEM).unlink(missing_ok=True)
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if not self._is_kept():
                self._spawn(program)
            if (client := self._find()) is not None:
                return client
            if text := self._told():
                raise CarrierEnded(text)
            time.sleep(_LOOK_S)
        raise CarrierEnded(f"rclone did not start within {START_S:.0f} seconds; see {self._run}/rclone.log.")

    def _told(self) -> str | None:
        """What a keeper says of why there is no daemon."""
        try:
            return (self._run / PROBLEM).read_text() or None
        except OSError:
            return None

    def _is_kept(self) -> bool:
        """Whether some process keeps a daemon, or is about to start one."""
        with (self._run / LOCK).open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    def _spawn(self, program: Path) -> None:
        """Start a keeper, which goes on alone; what it needs goes to its standard input, nothing to be seen."""
        told = {
            "data": str(self._data.resolve()), "program": str(program), "config_password": self._password,
            "user": "hypomos", "password": secrets.token_urlsafe(32), "policy": self._policy.to_json(),
            "flags": self._flags,
        }  # fmt: skip
        with (self._run / LOG).open("ab") as log, contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(  # noqa: S603 (our own interpreter and program)
                [sys.executable, "-I", "-c", _BOOT, str(_ROOT)],
                input=json.dumps(told).encode(),
                stdout=log,
                stderr=log,
                start_new_session=True,  # no Ctrl-C reaches it
                timeout=START_S,
                check=False,
            )


def _lives(pid: int) -> bool:
    """Whether there is such a process, and it has not ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}
