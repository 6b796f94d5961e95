"""Who may work on a job, and for how long: claims, leases, and what becomes of a job afterwards.

    queued ──claim──▶ running ──finish──▶ done
      ▲                 │  ├────fail────▶ failed      (after the last try, or when trying again is no use)
      ├─fail: try again─┤  └───hand back─▶ cancelled  (somebody asked it to stop)
      ├─────put off─────┤
      └────hand back────┘
    running with a lapsed lease: claimable again, until the tries are used up

Whoever claims a job gets a token of its own in `lease_owner`. Every later statement about the job names
that token, so whoever lost the lease (frozen, cut off, presumed dead) changes nothing any more.
"""

import secrets
from collections.abc import Collection, Sequence
from typing import Any

from peewee import fn

from services.clock import LONGEST_WAIT, SECOND
from services.errors import JobLost
from services.jobs import moments
from services.models import Job, transaction
from services.models.database import is_sqlite, proxy

LEASE_S = 60.0
SLACK_S = 5.0
RETRY_S = 2.0
RETRY_GROWTH = 3
LONGEST_RETRY_S = 600.0


class Leases:
    """Claims jobs of this `node`; a lease not renewed within `lease_s` seconds lapses."""

    def __init__(self, node: str, *, lease_s: float = LEASE_S) -> None:
        self.node = node
        self.lease_s = lease_s

    def claim(self, job_id: int | None, owner: str, lanes: Sequence[str]) -> Job | None:
        """Take the job `job_id`, or the most urgent one of `lanes`, for `owner`; None when there is none.

        Clicks come before work, then higher priority before lower, then older before newer.
        """
        token = f"{owner}/{secrets.token_hex(4)}"
        with transaction():
            wanted = Job.select(Job.id).where(self._is_runnable() & Job.lane.in_(lanes))
            wanted = wanted.order_by(Job.lane, Job.priority.desc(), Job.id).limit(1)
            if job_id is not None:
                wanted = wanted.where(Job.id == job_id)
            if not is_sqlite():
                wanted = wanted.for_update(skip_locked=True)
            claimed = Job.update(
                state="running", lease_owner=token, lease_until=moments.lease(self.lease_s),
                attempts=Job.attempts + 1, started_at=fn.COALESCE(Job.started_at, moments.wall()),
            )  # fmt: skip
            rows = list(claimed.where(Job.id == wanted).returning(Job).execute())
        return rows[0] if rows else None

    def beat(self, tokens: Collection[str]) -> dict[str, bool]:
        """Renew these leases. Gives those that are still held, each with whether its job shall stop."""
        with transaction():
            renewed = Job.update(lease_until=moments.lease(self.lease_s))
            held = Job.lease_owner.in_(list(tokens)) & (Job.state == "running")
            rows = renewed.where(held).returning(Job.lease_owner, Job.stop_asked).tuples().execute()
            return {token: bool(stop) for token, stop in rows}

    def note(self, job: Job, done: int, total: int | None, message: str) -> bool:
        """Write a job's progress; gives whether it shall stop. Raises JobLost."""
        with transaction():
            noted = Job.update(progress_done=done, progress_total=total, message=message)
            rows = list(noted.where(_held(job)).returning(Job.stop_asked).tuples().execute())
        return _only(rows)

    def look(self, job: Job) -> bool:
        """Whether the job shall stop. Raises JobLost when the lease is gone."""
        return _only(list(Job.select(Job.stop_asked).where(_held(job)).tuples()))

    def require_owned(self, job: Job) -> None:
        """Raise JobLost unless the job is still ours, and keep it ours until the transaction ends.

        Belongs inside the write transaction that records what the job did.
        """
        if not proxy.in_transaction():
            raise RuntimeError("owned() belongs inside the transaction that writes what the job did")
        _only(list(_locked(Job.select(Job.stop_asked).where(_held(job)), "FOR SHARE").tuples()))

    def finish(self, job: Job, result: dict[str, Any] | None) -> None:
        """The job is done. Raises JobLost."""
        self._settle(job, state="done", result=result, error="", finished_at=moments.wall())

    def fail(self, job: Job, error: str, *, again: bool = True, delay_s: float | None = None) -> None:
        """The job failed, `error` says why in words for its owner. Raises JobLost.

        It is queued again while tries are left and `again` is true, after `delay_s` seconds or a pause
        that grows with the tries.
        """
        if not again or job.attempts >= job.max_attempts:
            self._settle(job, state="failed", error=error, finished_at=moments.wall())
            return
        pause = pause_after(job.attempts) if delay_s is None else delay_s
        self._settle(job, state="queued", error=error, run_after=moments.wall(pause))

    def put_off(self, job: Job, reason: str, delay_s: float) -> None:
        """The job waits so many seconds, `reason` says in words for what. No try is counted. Raises JobLost."""
        self._settle(
            job, state="queued", error=reason, attempts=Job.attempts - 1, run_after=moments.wall(delay_s)
        )

    def hand_back(self, job: Job, *, counted: bool = False) -> None:
        """Stop before the end: queued again, for whoever comes next. Raises JobLost.

        Not `counted` as a try by default: a worker that closes down is not the job's fault.
        """
        self._settle(job, state="queued", attempts=Job.attempts if counted else Job.attempts - 1)

    def _settle(self, job: Job, **values: Any) -> None:
        """End our lease of the job. One that was asked to stop is cancelled instead of queued again."""
        with transaction():
            stop = _only(list(_locked(Job.select(Job.stop_asked).where(_held(job)), "FOR UPDATE").tuples()))
            if stop and values["state"] == "queued":
                values |= {"state": "cancelled", "finished_at": moments.wall()}
            Job.update(**values, lease_owner=None, lease_until=None).where(Job.id == job.id).execute()

    def _is_runnable(self) -> Any:
        """Rows a claim may take: due, or left behind by a worker whose lease lapsed."""
        wrong = Job.run_after > moments.wall(LONGEST_WAIT / SECOND)  # the clock was set back since
        due = (Job.state == "queued") & ((Job.run_after <= moments.wall()) | wrong)
        left = self._has_lapsed() & ~Job.stop_asked & (Job.attempts < Job.max_attempts)
        return Job.finished_at.is_null() & Job.node.in_(["", self.node]) & (due | left)

    def _has_lapsed(self) -> Any:
        """A lease further ahead than one can last was written before the machine's last start."""
        impossible = Job.lease_until > moments.lease(self.lease_s + SLACK_S)
        return (Job.state == "running") & ((Job.lease_until <= moments.lease()) | impossible)


def pause_after(attempts: int) -> float:
    """Seconds to wait before the next try: 2, 6, 18 … 600."""
    return min(LONGEST_RETRY_S, RETRY_S * RETRY_GROWTH ** (attempts - 1))


def _held(job: Job) -> Any:
    return (Job.id == job.id) & (Job.state == "running") & (Job.lease_owner == job.lease_owner)


def _locked(query: Any, how: str) -> Any:
    """SQLite needs no row lock: a write transaction holds the whole database."""
    return query if is_sqlite() else query.for_update(how)


def _only(rows: list[tuple[bool]]) -> bool:
    if not rows:
        raise JobLost("The lease of this job is gone: it lapsed, or the job was removed.")
    return bool(rows[0][0])
