"""When a distant storage is read: what is left in it, whether now is the time, and the job that does it."""

from collections.abc import Callable

from peewee import ModelSelect

from services.budgets import Budget
from services.clock import now
from services.jobs import Jobs, Run
from services.jobs.kinds import READ, SCAN
from services.jobs.stopping import was_stopped
from services.models import File, Job, Storage, User
from services.storages.base import Storage as Adapter

PRIORITY = -10
"""After everything else: a scan, a look for a file that was not found."""

NOT_REFUSED = (File.problem == "") | (File.read_attempts > 0)
"""A problem that is no decoder's is the storage's: such a file waits for the next scan."""
_LEFT = (File.presence == "present") & ((File.read_state == "pending") | (File.glance == "pending"))


def left(storage: Storage) -> ModelSelect:
    """The files of a distant storage that are to be glanced at or read."""
    return File.select().where((File.storage == storage) & _LEFT)


def waiting(storage: Storage) -> ModelSelect:
    """Those of them that the storage did not refuse."""
    return left(storage).where(NOT_REFUSED)


def budget_of(storage: Storage) -> Budget:
    """What background reads of a storage may take."""
    return Budget.of(storage.options, User.get_by_id(storage.owner_id).zone or None)


def may_read(storage: Storage) -> bool:
    """Whether something of it may be read now: metadata always, whole files in the hours of its budget."""
    return budget_of(storage).is_open(now()) or waiting(storage).where(File.glance == "pending").exists()


def try_refused_again(storage: Storage) -> None:
    """What the storage refused before is read once more; call inside a transaction."""
    refused = (File.storage == storage) & _LEFT & (File.problem != "") & (File.read_attempts == 0)
    File.update(problem="").where(refused).execute()


def start_reading(jobs: Jobs, storage: Storage, *, delay_s: float = 0, after: Run | None = None) -> None:
    """Have what is left in a distant storage read; joins a job that does that already.

    `after` is the job that this one follows.
    """
    others = (Job.kind == READ) & (Job.storage == storage) & Job.finished_at.is_null()
    if after is not None:
        others &= Job.id != after.job.id
    if Job.select().where(others).exists():
        return
    key = f"{READ}:{storage.id}"
    if after is not None and after.job.dedupe_key == key:
        key += ":more"  # that very job has the key until it ends
    jobs.enqueue(
        READ, priority=PRIORITY, delay_s=delay_s, dedupe_key=key, user_id=storage.owner_id,
        storage_id=storage.id, node=storage.node,
    )  # fmt: skip


def read_waiting(jobs: Jobs, adapter: Callable[[Storage], Adapter], node: str) -> int:
    """Have every distant storage of this node read that has something left; return how many.

    So reading goes on after a crash, after its storage asked to wait, and when its hours begin; not before the next
    scan where somebody stopped it.
    """
    pending = File.select(File.storage).where(_LEFT & NOT_REFUSED)
    ready = Storage.select().where(
        Storage.removed_at.is_null() & (Storage.node == node) & (Storage.kind != "local")
        & Storage.state.in_(["online", "slow", "paused"]) & Storage.id.in_(pending)
        & (Storage.retry_at.is_null() | (Storage.retry_at <= now()))
    )  # fmt: skip
    found = [s for s in ready if adapter(s).distant and may_read(s) and not _is_stopped(s)]
    for storage in found:
        start_reading(jobs, storage)
    return len(found)


def _is_stopped(storage: Storage) -> bool:
    return was_stopped((Job.storage == storage) & Job.kind.in_([SCAN, READ]))
