"""The table of durable work: enqueue, wait, list, stop, and the reconciler. `Jobs` is what callers hold.

A row is the truth; the queue only carries "look at job N" and may be lost at any time: `recover` finds
what nobody was woken for.
"""

import base64
import binascii
import logging
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from peewee import SQL

from services.errors import NotFound, UsageError
from services.identifiers import new_pid
from services.jobs import moments
from services.jobs.leases import LEASE_S, Leases
from services.models import Job, transaction
from services.models.database import proxy
from services.viewers import Viewer

LANES = ("click", "work")
"""In the order of their urgency: what a person waits for, and everything else."""

Wake = Callable[[str, int], None]
"""Carries "look at job N of this lane" to the workers; never raises, and may fail unseen."""

BY_PERSON = 50
"""The priority of what somebody has just asked for: it comes before all that is due by itself."""
MAX_LIMIT = 500
WAKES = 20
KEEP_DAYS = 14
GIVEN_UP = "The worker died each time it did this; it will not be tried again by itself."
FIRST_POLL_S = 0.02
LONGEST_POLL_S = 0.25

_CURSOR = struct.Struct(">q")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JobPage:
    """Some jobs, newest first; `next` is the cursor of the following page, None at the end."""

    jobs: list[Job]
    next: str | None


class Jobs(Leases):
    """Durable work. `wake` is told of each new job once its transaction has been committed."""

    def __init__(self, wake: Wake, node: str, *, lease_s: float = LEASE_S) -> None:
        super().__init__(node, lease_s=lease_s)
        self._wake = wake

    def enqueue(
        self, kind: str, *, payload: dict[str, Any] | None = None, lane: str = "work", priority: int = 0,
        dedupe_key: str | None = None, user_id: int | None = None, storage_id: int | None = None,
        node: str = "", max_attempts: int = 3, delay_s: float = 0,
    ) -> Job:  # fmt: skip
        """Add a job that may begin after `delay_s` seconds, on any node or only on `node`.

        While an unfinished job has the same `dedupe_key`, that one is given instead: made more urgent
        when the new one is, and not stopped any more. Its payload stays as it is.
        """
        if lane not in LANES:
            raise ValueError(f"a lane is one of {LANES}, not {lane!r}")
        active = None if dedupe_key is None else _active(dedupe_key)
        if active is not None and not _changes(active, lane, priority):
            return active  # asked again and again while somebody waits: no write, no lock
        with transaction():
            row = {
                "pid": new_pid(), "kind": kind, "dedupe_key": dedupe_key, "payload": payload or {},
                "lane": lane, "priority": priority, "node": node, "user": user_id, "storage": storage_id,
                "max_attempts": max_attempts,
                "run_after": moments.wall(delay_s), "created_at": moments.wall(),
            }  # fmt: skip
            job = self._insert(row)
            while job is None:
                job = self._join(str(dedupe_key), lane, priority) or self._insert(row)
        return job

    def find_waiting(self, kind: str, storage_id: int, does: Callable[[dict[str, Any]], bool]) -> Job | None:
        """A job of this storage that has not begun, and whose payload does what is wanted, as `does` says.

        What has changed in the storage until now it will still meet.
        """
        waiting = (Job.kind == kind) & (Job.storage == storage_id) & (Job.state == "queued")
        return next((job for job in Job.select().where(waiting).order_by(Job.id) if does(job.payload)), None)

    def _insert(self, row: dict[str, Any]) -> Job | None:
        """The new job, or None while another one has its dedupe key."""
        unfinished = SQL("dedupe_key IS NOT NULL AND finished_at IS NULL")
        query = Job.insert(**row).on_conflict(
            action="nothing", conflict_target=[Job.dedupe_key], conflict_where=unfinished
        )
        rows = list(query.returning(Job).execute())
        if not rows:
            return None
        self._wake_later(rows[0])
        return rows[0]

    def _join(self, dedupe_key: str, lane: str, priority: int) -> Job | None:
        """The unfinished job with this key, as urgent as the new one would be."""
        job = _active(dedupe_key)
        if job is None or not _changes(job, lane, priority):
            return job
        values: dict[str, Any] = {
            "lane": min(job.lane, lane, key=LANES.index), "priority": max(job.priority, priority),
            "stop_asked": False,
        }  # fmt: skip
        if job.state == "queued" and _is_more_urgent(job, lane, priority):
            values["run_after"] = moments.wall()
        changed = Job.update(**values).where((Job.id == job.id) & Job.finished_at.is_null())
        rows = list(changed.returning(Job).execute())
        if not rows:
            return None  # ended in between
        if rows[0].state == "queued":
            self._wake_later(rows[0])
        return rows[0]

    def _wake_later(self, job: Job) -> None:
        proxy.after_commit(lambda: self._wake(job.lane, job.id))

    def wait(self, job_id: int, timeout_s: float) -> Job:
        """The job when it has finished, or as it is after `timeout_s` seconds. Raises NotFound."""
        deadline = time.monotonic() + timeout_s
        pause = FIRST_POLL_S
        while True:
            job = Job.get_or_none(Job.id == job_id)
            if job is None:
                raise NotFound("This job is gone.")
            left = deadline - time.monotonic()
            if job.finished_at is not None or left <= 0:
                return job
            time.sleep(min(pause, left))
            pause = min(LONGEST_POLL_S, pause * 1.5)

    def list_jobs(self, viewer: Viewer, *, cursor: str | None = None, limit: int = 100) -> JobPage:
        """The jobs of this viewer, newest first; an administrator also gets those of nobody.

        `limit` is 1 to 500, `cursor` the `next` of the page before. Raises UsageError for anything else.
        """
        if not 1 <= limit <= MAX_LIMIT:
            raise UsageError(f"limit must be from 1 to {MAX_LIMIT}, not {limit}.", field="limit")
        query = Job.select().where(_is_seen_by(viewer)).order_by(Job.id.desc()).limit(limit + 1)
        if cursor:
            query = query.where(Job.id < _decode(cursor))
        rows = list(query)
        return JobPage(rows[:limit], _encode(rows[limit - 1].id) if len(rows) > limit else None)

    def stop(self, viewer: Viewer, pid: str) -> Job:
        """Stop a job of the viewer, or one of nobody for an administrator; gives it as it is now.

        One that waits is cancelled, one that runs stops at its next checkpoint, one that has ended stays
        as it is. Raises NotFound.
        """
        job = Job.get_or_none((Job.pid == pid) & _is_seen_by(viewer))
        if job is None:
            raise NotFound
        return self.cancel(job.id)

    def cancel(self, job_id: int) -> Job:
        """Stop a job on the appliance's own account. Raises NotFound."""
        with transaction():
            waiting = Job.update(state="cancelled", finished_at=moments.wall()).where(Job.state == "queued")
            if not waiting.where(Job.id == job_id).execute():
                running = (Job.id == job_id) & (Job.state == "running")
                Job.update(stop_asked=True).where(running).execute()
            job = Job.get_or_none(Job.id == job_id)
        if job is None:
            raise NotFound("This job is gone.")
        return job

    def recover(self, wake: Wake | None = None) -> int:
        """Put right what crashes and lost wake-ups left behind; gives how many jobs it woke somebody for.

        Lapsed jobs without tries left fail, lapsed ones that were asked to stop are cancelled, and `wake`
        (the queue, when none is given) is told of the most urgent due ones. Cheap: call it often.
        """
        lapsed = Job.finished_at.is_null() & self._has_lapsed()
        if Job.select().where(lapsed).exists():
            self._bury()
        due = 0
        for lane in LANES:
            runnable = Job.select(Job.id).where(self._is_runnable() & (Job.lane == lane))
            rows = runnable.order_by(Job.priority.desc(), Job.id).limit(WAKES).tuples()
            for (job_id,) in list(rows):
                (wake or self._wake)(lane, job_id)
                due += 1
        return due

    def _bury(self) -> None:
        """End the lapsed jobs that nobody may claim any more."""
        ended: dict[str, Any] = {"lease_owner": None, "lease_until": None, "finished_at": moments.wall()}
        with transaction():
            lapsed = Job.finished_at.is_null() & self._has_lapsed()
            stopped = lapsed & Job.stop_asked
            Job.update(state="cancelled", **ended).where(stopped).execute()
            hopeless = lapsed & (Job.attempts >= Job.max_attempts)
            failed = Job.update(state="failed", error=GIVEN_UP, **ended).where(hopeless)
            for job in failed.returning(Job).execute():
                log.error("job %s (%s) was interrupted %d times: given up", job.pid, job.kind, job.attempts)

    def prune(self, keep_days: float = KEEP_DAYS, limit: int = 500) -> int:
        """Forget jobs that ended more than `keep_days` ago, at most `limit` at once; gives how many."""
        with transaction():
            old = Job.select(Job.id).where(Job.finished_at < moments.wall(-keep_days * 86400))
            return int(Job.delete().where(Job.id.in_(old.order_by(Job.id).limit(limit))).execute())


def _active(dedupe_key: str) -> Job | None:
    job: Job | None = Job.select().where((Job.dedupe_key == dedupe_key) & Job.finished_at.is_null()).first()
    return job


def _is_more_urgent(job: Job, lane: str, priority: int) -> bool:
    return LANES.index(lane) < LANES.index(job.lane) or priority > job.priority


def _changes(job: Job, lane: str, priority: int) -> bool:
    return job.stop_asked or _is_more_urgent(job, lane, priority)


def _is_seen_by(viewer: Viewer) -> Any:
    mine = Job.user_id == viewer.user_id
    return mine | Job.user_id.is_null() if viewer.is_admin else mine


def _encode(job_id: int) -> str:
    return base64.urlsafe_b64encode(_CURSOR.pack(job_id)).decode().rstrip("=")


def _decode(cursor: str) -> int:
    try:
        job_id: int = _CURSOR.unpack(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))[0]
    except (binascii.Error, struct.error, ValueError) as error:
        said = "cursor is not one that a page gave; begin again without it."
        raise UsageError(said, field="cursor") from error
    return job_id
