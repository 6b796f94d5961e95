"""`Run`: what a handler gets. Its progress, its place to stop, and the proof that the job is still its own.

Threading: a handler may use its `Run` from several threads.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from peewee import OperationalError

from services.errors import JobLost, JobStopped
from services.jobs.leases import Leases
from services.models import Job

WRITE_EVERY_S = 0.5

log = logging.getLogger(__name__)


class Run:
    """One try at one job.

    What a handler does must bear being done again: it may be killed at any moment and begin anew. A step
    that must not happen twice is recorded in the same transaction as `owned()` is called in.
    """

    def __init__(self, leases: Leases, job: Job) -> None:
        self.job = job
        self.payload: dict[str, Any] = job.payload
        self._leases = leases
        self._done, self._total, self._message = job.progress_done, job.progress_total, job.message
        self._is_written = True
        self._next = 0.0
        self._ended: JobLost | None = None
        self._lock = threading.Lock()

    def progress(self, done: int, total: int | None = None, message: str | None = None) -> None:
        """Tell how far the job is; what is left out stays as it was. Also a checkpoint.

        Written at most twice a second, the last one at the end in any case.
        """
        with self._lock:
            self._done = done
            self._total = self._total if total is None else total
            self._message = self._message if message is None else message
            self._is_written = False
            self._look(self._write)

    def checkpoint(self) -> None:
        """A place where the job may end early.

        Raises JobStopped when somebody asked it to stop or the worker closes down, JobLost when the lease
        went to somebody else. Call it often: it looks at the database at most twice a second.
        """
        with self._lock:
            self._look(lambda: self._leases.look(self.job))

    def owned(self) -> None:
        """Inside a write transaction: raise JobLost unless the job is ours until the transaction ends."""
        self._leases.require_owned(self.job)

    def end(self, reason: JobLost) -> None:
        """From outside: let the next checkpoint raise `reason`."""
        self._ended = self._ended or reason

    def flush(self) -> None:
        """Write progress that was held back. Raises JobLost."""
        with self._lock:
            if not self._is_written:
                self._write()

    def _look(self, ask: Callable[[], bool]) -> None:
        if self._ended is None and time.monotonic() >= self._next:
            self._next = time.monotonic() + WRITE_EVERY_S
            try:
                if ask():
                    self._ended = JobStopped("Somebody asked the job to stop.")
            except JobLost as lost:
                self._ended = lost
        if self._ended is not None:
            raise self._ended

    def _write(self) -> bool:
        try:
            stop = self._leases.note(self.job, self._done, self._total, self._message)
        except OperationalError as error:  # a busy database is no reason to lose the work
            log.debug("progress was not written: %s", error)
            return False
        self._is_written = True
        return stop
