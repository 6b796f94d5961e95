"""Keeps the worker process alive: starts it, starts it again when it dies, stops it at the end.

The worker's standard input is a pipe that nobody writes to: when this process dies, however it dies,
the pipe ends and the worker stops by itself. Threading: one thread waits for the process; `start`,
`stop` and `state` may be called from any thread.
"""

import logging
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

DO_NOT_RESTART = 78
"""The exit code that says: starting again would not help (EX_CONFIG of sysexits.h)."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WorkerState:
    """How the worker is: its process id while it runs, how often it was started again, its last exit code.

    `given_up` is true when it said that starting it again would not help.
    """

    pid: int | None
    restarts: int
    exit_code: int | None
    given_up: bool


class Supervisor:
    """Keeps one process alive.

    After a death it waits `first_s` seconds, twice as long each time, at most `longest_s`; a life of
    `healthy_s` seconds begins anew. `stop` lets the process end by itself for `deadline_s` seconds.
    """

    def __init__(
        self, argv: Sequence[str], *, environ: Mapping[str, str] | None = None, deadline_s: float = 32.0,
        first_s: float = 1.0, longest_s: float = 60.0, healthy_s: float = 60.0,
    ) -> None:  # fmt: skip
        self._argv = list(argv)
        self._environ = None if environ is None else dict(environ)
        self._deadline_s = deadline_s
        self._first_s, self._longest_s, self._healthy_s = first_s, longest_s, healthy_s
        self._process: subprocess.Popen[bytes] | None = None
        self._restarts = 0
        self._exit_code: int | None = None
        self._given_up = False
        self._on_start: Callable[[], None] = lambda: None
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._keep, name="supervisor", daemon=True)

    def start(self, on_start: Callable[[], None] = lambda: None) -> None:
        """Start the process, and watch it from now on; `on_start` is called at the beginning of each life."""
        self._on_start = on_start
        self._thread.start()

    def stop(self) -> None:
        """End the process gently, or by force after the deadline; returns when it has ended."""
        self._stopping.set()
        with self._lock:  # from now on none is started
            process = self._process
        if process is not None:
            process.terminate()
        if self._thread.ident is None:
            return
        self._thread.join(self._deadline_s)
        if self._thread.is_alive() and process is not None:
            log.warning("the worker did not stop within %.0f seconds and is killed", self._deadline_s)
            process.kill()
        self._thread.join()

    @property
    def state(self) -> WorkerState:
        """How the process is at this moment."""
        process = self._process
        pid = process.pid if process is not None else None
        return WorkerState(pid, self._restarts, self._exit_code, self._given_up)

    def _keep(self) -> None:
        pause = self._first_s
        while True:
            began = time.monotonic()
            code = self._live()
            if self._stopping.is_set():
                return
            if code == DO_NOT_RESTART:
                self._given_up = True
                log.error("the worker cannot start; see what it said above, then start the service again")
                return
            if time.monotonic() - began >= self._healthy_s:
                pause = self._first_s
            log.warning("the worker ended with code %s; it starts again in %.0f seconds", code, pause)
            if self._stopping.wait(pause):
                return
            pause = min(self._longest_s, pause * 2)
            self._restarts += 1

    def _live(self) -> int | None:
        """One life of the process; gives its exit code, negative for a signal, None if it never began."""
        with self._lock:
            if self._stopping.is_set():
                return None
            try:
                process = subprocess.Popen(  # noqa: S603 (our own command line)
                    self._argv,
                    env=self._environ,
                    stdin=subprocess.PIPE,
                    start_new_session=True,  # Ctrl-C reaches us first, the worker through us
                )
            except OSError as error:
                log.error("the worker could not be started: %s", error)
                return None
            self._process = process
        try:
            self._on_start()
            self._exit_code = process.wait()
        finally:
            self._process = None
            if process.stdin is not None:
                process.stdin.close()
        return self._exit_code
