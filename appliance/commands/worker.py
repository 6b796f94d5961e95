"""`hypomos worker`: the process that scans, reads and renders. `serve` starts one by itself."""

import argparse
import threading
import time
from typing import Any

from appliance.container import Hypomos, Workshop, open_appliance, open_workshop
from appliance.output import Output
from appliance.watch import Watchers
from appliance.worker import run_worker
from config import Settings, logs
from services import accounts, events, handing, room, sharing, tasks
from services.models import database
from services.scanning import read_jobs

DUE_EVERY_S = 60.0
PURGE_EVERY_S = 3600.0
ABANDONED_EVERY_S = 7 * 24 * 3600.0
LIFELINE = 0
"""Standard input: a pipe of the supervisor that ends when it dies."""


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser = commands.add_parser("worker", parents=[common], help="run a worker (serve starts one by itself)")
    parser.add_argument("--supervised", action="store_true", help=argparse.SUPPRESS)
    parser.set_defaults(run=run)


def run(settings: Settings, args: argparse.Namespace, output: Output) -> int:
    """Run jobs until told to stop."""
    logs.set_up(settings.log_level, settings.log_format)
    hypomos = open_appliance(settings)
    workshop = open_workshop(hypomos)
    watchers = Watchers(hypomos.adapters, hypomos.connecting, settings.node_name, follower=workshop.follower)
    try:
        return run_worker(
            hypomos.jobs,
            hypomos.queues,
            lambda: workshop.handlers,
            services=[
                watchers.run,
                lambda stop: _schedule(hypomos, stop),
                lambda stop: _settle(hypomos, workshop, stop),
            ],
            close=workshop.close,
            work_threads=2,
            lifeline=LIFELINE if args.supervised else None,
        )
    finally:
        hypomos.close()


def _schedule(hypomos: Hypomos, stop: threading.Event) -> None:
    """What is due by the clock: the ballast, a short log, the clock's mark, scans, and clearing away what has ended."""
    settings = hypomos.settings
    purged = -PURGE_EVERY_S
    elapsed = 0.0
    try:
        while not stop.is_set():
            if not settings.database_url:
                room.lay_ballast(settings.data)
                database.shorten_log()
            tasks.tick_clock()
            tasks.enqueue_due(hypomos.connecting, settings.scan_minutes, settings.node_name)
            tasks.match_due(hypomos.jobs)
            hypomos.uploads.housekeep()
            handing.forget_stale()
            events.close_due()
            read_jobs.read_waiting(hypomos.jobs, hypomos.adapters, settings.node_name)
            if elapsed - purged >= PURGE_EVERY_S:
                accounts.purge_sessions()
                accounts.purge_throttles()
                sharing.purge_guests()
                sharing.end_overdue()
                events.discard_due(hypomos.jobs)
                tasks.clear_trash(hypomos.trashing, hypomos.transfers, settings.node_name)
                purged = elapsed
            stop.wait(DUE_EVERY_S)
            elapsed += DUE_EVERY_S
    finally:
        database.close()


def _settle(hypomos: Hypomos, workshop: Workshop, stop: threading.Event) -> None:
    """Changes of files that were interrupted: at the start and from then on; a storage may keep it waiting.

    Each week uploads are ended that nobody goes on with.
    """
    ended = time.monotonic() - ABANDONED_EVERY_S
    try:
        while not stop.is_set():
            tasks.settle_files(hypomos.hands)
            if time.monotonic() - ended >= ABANDONED_EVERY_S:
                tasks.end_abandoned(workshop.scanner.background, hypomos.settings.node_name)
                ended = time.monotonic()
            stop.wait(DUE_EVERY_S)
    finally:
        database.close()
