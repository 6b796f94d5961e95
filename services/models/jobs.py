"""Durable work: jobs with their leases, and the workers that are alive."""

from peewee import SQL, BigIntegerField, BooleanField, ForeignKeyField, JSONField, TextField

from services.models.database import BaseModel
from services.models.storages import Storage
from services.models.users import User


class Job(BaseModel):
    """One piece of work; the queue only says "look at job N".

    Times are microseconds since 1970, but for `lease_until`, which `services.jobs.moments` explains.
    `lease_owner` is a token that only one claim ever had.
    """

    pid = TextField(unique=True)
    kind = TextField()
    dedupe_key = TextField(null=True)
    payload = JSONField()
    state = TextField(default="queued")
    lane = TextField()
    priority = BigIntegerField(default=0)
    node = TextField(default="")
    run_after = BigIntegerField()
    attempts = BigIntegerField(default=0)
    max_attempts = BigIntegerField()
    lease_owner = TextField(null=True)
    lease_until = BigIntegerField(null=True)
    stop_asked = BooleanField(default=False)
    progress_done = BigIntegerField(default=0)
    progress_total = BigIntegerField(null=True)
    message = TextField(default="")
    result = JSONField(null=True)
    error = TextField(default="")
    user = ForeignKeyField(User, null=True, on_delete="CASCADE", index=False)
    storage = ForeignKeyField(Storage, null=True, on_delete="CASCADE", index=False)
    created_at = BigIntegerField()
    started_at = BigIntegerField(null=True)
    finished_at = BigIntegerField(null=True)

    class Meta:
        indexes = ((("user", "id"), False),)


_OPEN = SQL("finished_at IS NULL")
Job.add_index(
    Job.dedupe_key,
    unique=True,
    where=SQL("dedupe_key IS NOT NULL AND finished_at IS NULL"),
    name="job_dedupe",
)
Job.add_index(Job.user, Job.id, where=SQL("state = 'failed'"), name="job_failed")
Job.add_index(Job.lane, Job.priority.desc(), Job.id, where=_OPEN, name="job_open")


class Worker(BaseModel):
    """A worker process; alive while its heartbeat (by the clock of leases) is fresh."""

    name = TextField(unique=True)
    node = TextField()
    started_at = BigIntegerField()
    heartbeat_at = BigIntegerField()
