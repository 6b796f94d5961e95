"""A worker process for tests: `python -m tests.appliance.journal_worker DATA [options]`.

Its jobs take destructive steps: rows appended to the table `journal`, which has no constraint that would
hide a step taken twice. Beside it, each worker says in a file what it begins.
"""

import argparse
import itertools
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from appliance import worker
from services.jobs import Jobs, Run
from services.models import database, transaction
from services.models.database import proxy
from services.queues import open_queues

COLUMNS = "job BIGINT NOT NULL, step BIGINT NOT NULL, owner TEXT NOT NULL, pid BIGINT NOT NULL"


def create_journal() -> None:
    """Make the table, empty; dropped with it are the rows of the test before."""
    key = "INTEGER PRIMARY KEY AUTOINCREMENT" if database.is_sqlite() else "BIGSERIAL PRIMARY KEY"
    with transaction():
        proxy.execute_sql("DROP TABLE IF EXISTS journal")
        proxy.execute_sql(f"CREATE TABLE journal (id {key}, {COLUMNS})")


def journal() -> list[tuple[int, int, str, int]]:
    """Every step that was taken, in order: (job, step, lease, process)."""
    return list(proxy.execute_sql("SELECT job, step, owner, pid FROM journal ORDER BY id").fetchall())


def steps_of(job_id: int) -> int:
    mark = "?" if database.is_sqlite() else "%s"
    return int(proxy.execute_sql(f"SELECT COUNT(*) FROM journal WHERE job = {mark}", (job_id,)).fetchone()[0])


class Handlers:
    """The kinds of work: `steps` comes to checkpoints, `deaf` never does."""

    def __init__(self, diary: Path) -> None:
        self._diary = diary

    def all(self) -> dict[str, Any]:
        return {"steps": self.steps, "deaf": self.deaf}

    def steps(self, run: Run) -> dict[str, Any]:
        """Take the steps that nobody has taken yet, each once."""
        wanted = int(run.payload["steps"])
        for step in range(steps_of(run.job.id), wanted):
            self._say(run, step)
            time.sleep(run.payload["pause_s"])  # the work; nothing is held
            mark = "?" if database.is_sqlite() else "%s"
            with transaction():
                run.owned()
                proxy.execute_sql(
                    f"INSERT INTO journal (job, step, owner, pid) VALUES ({mark}, {mark}, {mark}, {mark})",
                    (run.job.id, step, run.job.lease_owner, os.getpid()),
                )
            run.progress(step + 1, wanted)
        return {"steps": wanted}

    def deaf(self, run: Run) -> None:
        self._say(run, 0)
        time.sleep(60)

    def _say(self, run: Run, step: int) -> None:
        with self._diary.open("a") as diary:
            diary.write(f"{os.getpid()} {run.job.id} {step}\n")


def die_before_statement(number: int) -> None:
    """Kill this process with SIGKILL before the n-th statement about jobs, the loop's own not counted."""
    counter = itertools.count(1)
    execute = proxy.obj.execute_sql

    def counting(*given: Any, **more: Any) -> Any:
        if threading.current_thread() is not threading.main_thread() and next(counter) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(*given, **more)

    proxy.obj.execute_sql = counting


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--url", default="")
    parser.add_argument("--queue", default="")
    parser.add_argument("--recover", type=float, default=0.2)
    parser.add_argument("--lease", type=float, default=1.0)
    parser.add_argument("--grace", type=float, default=10.0)
    parser.add_argument("--die-before", type=int)
    parser.add_argument("--lifeline", action="store_true")
    given = parser.parse_args()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO)
    logging.getLogger("huey").setLevel(logging.WARNING)
    worker.RECOVER_S = given.recover
    database.connect(given.url, given.data)
    queues = open_queues(given.queue, given.data, given.url)
    jobs = Jobs(queues.wake, "here", lease_s=given.lease)
    handlers = Handlers(given.data / "diary")
    if given.die_before is not None:
        die_before_statement(given.die_before)
    return worker.run_worker(
        jobs, queues, handlers.all, work_threads=2, grace_s=given.grace,
        lifeline=sys.stdin.fileno() if given.lifeline else None,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
