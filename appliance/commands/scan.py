"""`hypomos scan`: scan storages now, and wait for it with a progress bar."""

import argparse
import os
import threading
import time
from collections.abc import Callable
from typing import Any

from appliance.container import Hypomos, open_appliance, open_workshop
from appliance.output import Output
from config import Settings
from services import accounts, connecting
from services.clock import SECOND, now
from services.errors import UsageError
from services.jobs import JobRunner, worker_alive
from services.jobs.kinds import READ, SCAN
from services.models import Job, Storage, User, database

POLL_S = 0.3
SOON_S = 60.0
"""A storage that is read within this time is waited for."""


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser = commands.add_parser("scan", parents=[common], help="scan storages now")
    parser.add_argument("storage", nargs="*", metavar="USER/NAME", help="all storages if none is named")
    parser.add_argument(
        "--folder", metavar="PATH", help="only this folder of the one storage, with all below it"
    )
    parser.add_argument("--wait", action="store_true", help="wait until it is done, with progress")
    parser.set_defaults(run=run)


def run(settings: Settings, args: argparse.Namespace, output: Output) -> int:
    """Enqueue the scans; with --wait run them here when no worker lives."""
    if args.folder is not None and len(args.storage) != 1:
        raise UsageError("--folder is a folder of one storage: name it as USER/NAME.")
    hypomos = open_appliance(settings)
    storages = [_named(name) for name in args.storage] or list(
        Storage.select(Storage, User).join(User).where(Storage.removed_at.is_null()).order_by(Storage.id)
    )
    if not storages:
        raise UsageError("There are no storages yet. Connect one: hypomos storage add USER NAME --local DIR")
    jobs = {s.id: _begin(hypomos, s, args.folder) for s in storages}
    names = {s.id: f"{s.owner.login}/{s.name}" for s in storages}
    if not args.wait:
        output.done(
            {"jobs": [j.pid for j in jobs.values()]},
            f"{len(jobs)} scan{'s are' if len(jobs) > 1 else ' is'} on the way.",
        )
        return 0
    try:
        return _wait(hypomos, settings, jobs, names, output)
    finally:
        output.end_progress()
        hypomos.close()


def _begin(hypomos: Hypomos, storage: Storage, folder: str | None) -> Job:
    if folder is None:
        return hypomos.connecting.start_scan(storage, by_person=True)
    return hypomos.connecting.scan_folder(accounts.viewer_for(storage.owner.login), storage.pid, folder)


def _wait(
    hypomos: Hypomos, settings: Settings, jobs: dict[int, Job], names: dict[int, str], output: Output
) -> int:
    helper = None
    if not worker_alive(settings.node_name):
        helper = _Helper(hypomos, [j.id for j in jobs.values()])
    failed = 0
    try:
        for storage, job in jobs.items():
            job = _follow(job, names[storage], output)
            while (job.result or {}).get("state") == "later" and (following := _following(job)) is not None:
                job = _follow(following, names[storage], output)
            _follow_reading(job, names[storage], output, helper)
            output.end_progress()
            went_wrong = job.state != "done" or (job.result or {}).get("state") != "online"
            failed += went_wrong
            data = {"storage": names[storage], "state": job.state, "result": job.result, "error": job.error}
            output.done(data, f"{names[storage]}: {_summary(job)}", failed=went_wrong)
    finally:
        if helper is not None:
            helper.stop()
    return 1 if failed else 0


def _follow(job: Job, name: str, output: Output, goes_on: Callable[[], bool] = lambda: True) -> Job:
    """Show the job's progress until it has ended, or nobody goes on with it."""
    before = None
    while True:
        alone = not goes_on()
        job = Job.get_by_id(job.id)
        if job.finished_at is not None or alone or _is_put_off(job):
            return job
        now_at = (job.state, job.progress_done, job.progress_total)
        if now_at != before:
            before = now_at
            data = {
                "storage": name,
                "state": job.state,
                "done": job.progress_done,
                "total": job.progress_total,
            }
            total = f" of {job.progress_total}" if job.progress_total else ""
            output.progress(data, f"{name}: {job.progress_done}{total} {job.message}")
        time.sleep(POLL_S)


def _is_put_off(job: Job) -> bool:
    """Whether a scan waits for longer than a person does: its storage is not to be asked yet."""
    return job.state == "queued" and bool(job.error) and job.run_after > now() + round(SOON_S * SECOND)


def _following(job: Job) -> Job | None:
    """The job that looks at a folder after the whole scan that was under way."""
    waiting = (Job.kind == SCAN) & (Job.storage == job.storage_id) & Job.finished_at.is_null()
    found: Job | None = Job.select().where(waiting & (Job.id > job.id)).order_by(Job.id.desc()).first()
    return found


def _follow_reading(job: Job, name: str, output: Output, helper: "_Helper | None") -> None:
    """Wait while a distant storage is read, and add what was read to the result of its scan `job`.

    Not for what is read only later: at another hour, or when the storage may be asked again.
    """
    seen: set[int] = set()
    while job.state == "done" and "read" in (job.result or {}):
        soon = now() + (round(SOON_S * SECOND) if helper is None else 0)
        following = (
            Job.select()
            .where((Job.storage == job.storage_id) & (Job.kind == READ) & Job.finished_at.is_null())
            .order_by((Job.state == "running").desc(), Job.id)
            .first()
        )
        if following is None or following.run_after > soon or following.id in seen:
            return
        seen.add(following.id)
        goes_on = (lambda: True) if helper is None else helper.goes_on
        result = _follow(following, name, output, goes_on).result or {}
        for figure in ("read", "failed"):
            job.result[figure] += result.get(figure, 0)


def _summary(job: Job) -> str:
    if job.state != "done":
        return str(job.error or job.state)
    result = job.result or {}
    if result.get("state") != "online":
        return f"{result.get('state')}: {result.get('reason', 'see the storage’s page')}"
    text = (
        f"{result['found']} files, {result['added']} new, {result['changed']} changed, {result['read']} read"
    )
    if result["moved"]:
        text += f", {result['moved']} moved"
    if result["absent"]:
        text += f", {result['absent']} not there"
    if result["failed"]:
        text += f", {result['failed']} unreadable"
    return text + (
        f"; {len(result['incomplete'])} folders could not be listed" if result["incomplete"] else ""
    )


def _named(name: str) -> Storage:
    owner, slash, rest = name.partition("/")
    if not slash:
        raise UsageError(f"A storage is named USER/NAME, not “{name}”.")
    return connecting.find_named(owner, rest)


class _Helper:
    """Runs the jobs in this very process, for want of a worker."""

    def __init__(self, hypomos: Hypomos, wanted: list[int]) -> None:
        self._workshop = open_workshop(hypomos)
        self._runner = JobRunner(hypomos.jobs, self._workshop.handlers, f"scan-{os.getpid()}")
        self._thread = threading.Thread(target=self._run, args=(wanted,), name="jobs")
        self._thread.start()

    def goes_on(self) -> bool:
        """Whether jobs are still being run here."""
        return self._thread.is_alive()

    def _run(self, wanted: list[int]) -> None:
        try:
            self._runner.run_until_idle(wanted)
        finally:
            database.close()

    def stop(self) -> None:
        """End, with the decoders; what is not done is queued again."""
        self._runner.close()
        self._thread.join()
        self._workshop.close()
