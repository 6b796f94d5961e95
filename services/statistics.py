"""Figures of the whole appliance, for whoever runs it: counts only, nobody's names or items.

Those of streams are of the process that is asked alone.
"""

from peewee import fn

from services.clock import SECOND, now
from services.jobs import worker_alive
from services.models import DayCount, File, Job, Storage, User, counters, database
from services.traffic import Traffic


def figures(traffic: Traffic) -> list[tuple[str, str, float]]:
    """(name, what it is, value) of everything that is counted; `traffic` is of this process."""
    oldest = Job.select(fn.MIN(Job.created_at)).where(Job.state == "queued").tuples().get()[0]
    users = User.select().where(User.active == True).count()  # noqa: E712 (a column)
    storages = Storage.select().where(Storage.removed_at.is_null())
    items = DayCount.select(fn.COALESCE(fn.SUM(DayCount.n), 0)).tuples().get()[0]
    log_bytes = database.log_bytes()
    return [
        ("users", "People with an active account", users),
        ("storages", "Connected storages", storages.count()),
        ("storages_offline", "Storages out of reach", storages.where(Storage.state == "offline").count()),
        ("items", "Listed items", int(items)),
        ("files_pending", "Files waiting to be read", _files("pending")),
        ("files_quarantined", "Files no decoder survives", _files("quarantined")),
        ("jobs_queued", "Jobs waiting", _jobs("queued")),
        ("jobs_running", "Jobs under way", _jobs("running")),
        (
            "jobs_oldest_seconds",
            "Age of the oldest waiting job",
            0 if oldest is None else (now() - oldest) / SECOND,
        ),
        ("worker_alive", "Whether any worker lives", int(worker_alive(None))),
        ("policy_epoch", "Changes that may have narrowed a right", counters.read(counters.POLICY_EPOCH)),
        ("streams_open", "Originals that this process is reading for somebody", traffic.running),
        ("streams_cut", "Streams cut since the start of this process, by a right that ended", traffic.cut),
        *([] if log_bytes is None else [("wal_bytes", "Size of SQLite's write-ahead log", log_bytes)]),
    ]


def _files(state: str) -> int:
    return int(File.select().where(File.read_state == state).count())


def _jobs(state: str) -> int:
    return int(Job.select().where(Job.state == state).count())
