"""Durable work. `Jobs` enqueues and stops it, `JobRunner` runs it, a handler gets a `Run`."""

from services.jobs.leases import LEASE_S, Leases
from services.jobs.run import Run
from services.jobs.running import Handler, JobRunner
from services.jobs.table import BY_PERSON, LANES, JobPage, Jobs, Wake
from services.jobs.workers import Presence, worker_alive

__all__ = [
    "BY_PERSON", "LANES", "LEASE_S", "Handler", "JobPage", "JobRunner", "Jobs", "Leases", "Presence", "Run",
    "Wake", "worker_alive",
]  # fmt: skip
