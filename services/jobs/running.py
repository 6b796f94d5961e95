"""Runs jobs with their handlers and keeps their leases alive while it does.

Threading: any number of threads may run jobs with one `JobRunner`; one thread of its own renews all
their leases. A handler's connection to the catalogue is its thread's.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from types import TracebackType
from typing import Any

from peewee import PeeweeException

from services.errors import (
    AccessDenied,
    Conflict,
    HypomosError,
    JobLost,
    JobStopped,
    NotFound,
    PutOff,
    UsageError,
)
from services.jobs.run import Run
from services.jobs.table import LANES, Jobs
from services.models import Job, database
from services.models.database import CatalogueFull

Handler = Callable[[Run], dict[str, Any] | None]
"""Does one kind of job. What it gives back must be JSON; what it raises becomes the job's error."""

BEATS_PER_LEASE = 4
IDLE_S = 0.1
NO_USE = (UsageError, NotFound, AccessDenied, Conflict)
"""Errors that another try would meet again."""

log = logging.getLogger(__name__)


class JobRunner:
    """Claims jobs for `owner` and runs them with `handlers`, found by the job's kind."""

    def __init__(
        self, jobs: Jobs, handlers: Mapping[str, Handler], owner: str, lanes: Sequence[str] = LANES
    ) -> None:
        self._jobs = jobs
        self._handlers = handlers
        self._owner = owner
        self._lanes = tuple(lanes)
        self._runs: dict[str, Run] = {}
        self._closing = threading.Event()
        self._closed = threading.Event()
        self._beating: threading.Thread | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> "JobRunner":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run_one(self, job_id: int | None = None, lanes: Sequence[str] | None = None) -> bool:
        """Run the job `job_id`, or the most urgent one; False when there was none to claim."""
        if self._closing.is_set():
            return False
        job = self._jobs.claim(job_id, self._owner, lanes or self._lanes)
        if job is None:
            return False
        self._work(Run(self._jobs, job))
        return True

    def drain(self, *lanes: str) -> int:
        """Run one job after the other until none is due, most urgent first; gives how many.

        For threads that sleep between: the thread's connection is closed at the end.
        """
        count = 0
        try:
            while self.run_one(lanes=lanes):
                count += 1
        finally:
            database.close()
        return count

    def run_until_idle(self, wait_for: Collection[int] = ()) -> int:
        """Run jobs in this thread until none is due and those in `wait_for` have ended; gives how many.

        For commands that wait while no worker lives.
        """
        count = 0
        while not self._closing.is_set():
            if self.run_one():
                count += 1
                continue
            open_ones = Job.select().where(Job.id.in_(list(wait_for)) & Job.finished_at.is_null())
            if not open_ones.exists():
                break
            self._jobs.recover(_nobody)
            time.sleep(IDLE_S)
        return count

    @property
    def running(self) -> int:
        """How many jobs are under way."""
        return len(self._runs)

    def stop(self) -> None:
        """Claim nothing more, and let running jobs end at their next checkpoint, queued again."""
        self._closing.set()
        for run in list(self._runs.values()):
            run.end(JobStopped("The worker closes down."))

    def abandon(self) -> None:
        """Queue again what did not come to a checkpoint in time: its late writes will be refused."""
        for run in list(self._runs.values()):
            log.warning("job %s (%s) did not stop in time", run.job.pid, run.job.kind)
            try:
                self._jobs.hand_back(run.job)
            except JobLost:
                continue  # it ended in this moment

    def close(self) -> None:
        """Stop, and end the thread that renews leases."""
        self.stop()
        self._closed.set()
        if self._beating is not None:
            self._beating.join()

    def _work(self, run: Run) -> None:
        job = run.job
        self._keep(run)
        try:
            self._try(run)
        except JobLost:
            log.warning("job %s (%s) is not ours any more; its last step is not recorded", job.pid, job.kind)
        except PeeweeException:  # the lease lapses, and the job is run again
            log.exception("the end of job %s (%s) could not be recorded", job.pid, job.kind)
        finally:
            self._runs.pop(job.lease_owner, None)

    def _try(self, run: Run) -> None:
        """Run the handler and record how it ended. Raises JobLost when that is not ours to say."""
        job = run.job
        try:
            result = self._handler(job.kind)(run)
            run.flush()
            self._jobs.finish(job, result)
        except JobStopped:
            self._jobs.hand_back(job, counted=not self._closing.is_set())
        except JobLost:
            raise
        except PutOff as error:
            self._jobs.put_off(job, str(error), error.retry_after)
        except Exception as error:
            if self._closing.is_set():  # what breaks while everything ends breaks because of that
                self._jobs.hand_back(job)
            else:
                self._fail(job, error)
        except BaseException:  # Ctrl-C in a command that waits
            self._jobs.hand_back(job)
            raise

    def _fail(self, job: Job, error: Exception) -> None:
        unexpected = None if isinstance(error, HypomosError) else error
        log.warning("job %s (%s) failed: %s", job.pid, job.kind, error, exc_info=unexpected)
        again = not isinstance(error, NO_USE)
        delay_s = getattr(error, "retry_after", None)
        try:
            self._jobs.fail(job, in_words(error), again=again, delay_s=delay_s)
        except CatalogueFull:  # this try had the ballast given up: now there is room for the last word
            self._jobs.fail(job, in_words(error), again=again, delay_s=delay_s)

    def _handler(self, kind: str) -> Handler:
        if kind not in self._handlers:
            raise UsageError(f"This version of Hypomos does not know the work “{kind}”.")
        return self._handlers[kind]

    def _keep(self, run: Run) -> None:
        """Have the lease renewed from now on."""
        with self._lock:
            self._runs[run.job.lease_owner] = run
            if self._beating is None:
                self._beating = threading.Thread(target=self._beat, name="leases", daemon=True)
                self._beating.start()
        if self._closing.is_set():  # claimed in the moment of stop(), which did not see it
            run.end(JobStopped("The worker closes down."))

    def _beat(self) -> None:
        pause = self._jobs.lease_s / BEATS_PER_LEASE
        while not self._closed.wait(pause):
            runs = dict(self._runs)
            try:
                held = self._jobs.beat(runs) if runs else {}
            except Exception as error:
                log.warning("leases could not be renewed: %s", error)
                database.close()
                continue
            for token, run in runs.items():
                if token not in held and token in self._runs:
                    run.end(JobLost("The lease of this job lapsed and went to somebody else."))
                elif held.get(token):
                    run.end(JobStopped("Somebody asked the job to stop."))
        database.close()


def in_words(error: Exception) -> str:
    """What the owner of a job reads about its failure."""
    if isinstance(error, HypomosError) and str(error):
        return str(error)
    return f"Something unexpected went wrong ({type(error).__name__}); the log has the details."


def _nobody(lane: str, job_id: int) -> None:
    """Wake nobody: this thread looks for itself."""
