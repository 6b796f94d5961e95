"""What somebody stopped stays stopped: asked by whatever begins jobs by itself."""

from typing import Any

from services.clock import HOUR, SECOND
from services.jobs import moments
from services.models import Job


def was_stopped(which: Any, within_s: float | None = None) -> bool:
    """Whether somebody stopped the newest of these jobs, at most `within_s` seconds ago where that is given.

    `which` is a condition on `Job`. One that is still on its way to a place where it can stop counts too.
    """
    stopping = Job.finished_at.is_null() & Job.stop_asked
    stopped = Job.state == "cancelled"
    if within_s is not None:
        ahead = moments.wall(HOUR / SECOND)  # not by a clock that was set back since
        stopped &= (Job.finished_at > moments.wall(-within_s)) & (Job.finished_at <= ahead)
    newest = Job.select(Job.id).where(which).order_by(Job.id.desc()).limit(1)
    return bool(Job.select().where(Job.id.in_(newest) & (stopping | stopped)).exists())
