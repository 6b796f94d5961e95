"""Memory at rest: `serve` and its worker, some time after the last job, once the decoders have ended.

Before that they have worked: a storage was scanned, folders listed, files read. What is measured is the
appliance as it installs by itself: the libraries of the extras, which the development environment has and
which are loaded where they are found, are hidden from it. The floor is what as many Python interpreters
take that have loaded nothing.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services.jobs import Jobs
from services.models import Job, Storage
from tests.benchmarks import rows
from tests.benchmarks.asking import client
from tests.benchmarks.measuring import pss, tree
from tests.benchmarks.photos import draw_photos
from tests.benchmarks.results import Mark, Outcome, Row, Sample
from tests.benchmarks.scales import Scale
from tests.benchmarks.serving import Server, hypomos

MARK = Mark("amount", 150)
LOGIN = "anna"
JOBS_S, DECODERS_S = 300.0, 120.0
EXTRAS = ("psycopg", "redis")
PROCESSES = 2
"""`serve` and the worker."""


@dataclass(frozen=True, slots=True)
class Size:
    """`photos` are scanned first; `rest_s` seconds after the last decoder has ended memory is looked at."""

    photos: int
    megapixels: float
    rest_s: float


SIZES: dict[Scale, Size] = {
    "full": Size(photos=20, megapixels=12, rest_s=120),
    "quick": Size(photos=4, megapixels=2, rest_s=5),
    "tiny": Size(photos=0, megapixels=0, rest_s=0),
}


def run(scale: Scale, scratch: Path) -> Outcome:
    """Measure an appliance with its data and photos in `scratch`."""
    size = SIZES[scale]
    root = scratch / "photos"
    root.mkdir()
    photos = draw_photos(root, size.photos, size.megapixels)
    for photo in photos:
        os.utime(photo, (1_780_000_000, 1_780_000_000))  # long settled: read at the first scan
    with rows.household(scratch / "data") as make:
        storage = make.storage(make.user(LOGIN), root=root)
        Jobs(lambda lane, job: None, "here").enqueue("scan", storage_id=storage.id, user_id=storage.owner_id)
        with hypomos(make.data, LOGIN, "Storages/Photos/", worker=True, hidden=EXTRAS) as server:
            wait_until(jobs_are_done, JOBS_S, "the scan to end")
            use(server, [photo.name for photo in photos])
            wait_until(lambda: len(list(tree(server.pid))) == PROCESSES, DECODERS_S, "the decoders to end")
            time.sleep(size.rest_s)
            ours = {role: pss(pid) for role, pid in zip(("serve", "worker"), tree(server.pid), strict=True)}
            floor = bare_interpreters(PROCESSES)
    parts = ", ".join(f"{role} {mb:.0f} MB" for role, mb in ours.items())
    work = f"serve and worker, {size.rest_s:g} s at rest after {size.photos} photos"
    row = Row(
        work, "MB PSS", Sample((sum(ours.values()),)), "bare interpreters", Sample((floor,)), MARK, parts
    )
    return Outcome([row])


def use(server: Server, names: list[str]) -> None:
    """List the folder and read every photo, as a network drive would."""
    with client(server) as asking:
        asking.propfind(server.root)
        for name in names:
            asking.get(server.root + name)


def jobs_are_done() -> bool:
    """Whether the storage was scanned, and nothing waits or runs."""
    scanned = not Storage.select().where(Storage.scanned_at.is_null()).exists()
    return scanned and not Job.select().where(Job.finished_at.is_null()).exists()


def wait_until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for something, at most so long."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise RuntimeError(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(0.2)


def bare_interpreters(count: int) -> float:
    """What some idle interpreters take together, in MB."""
    code = "import sys; print(flush=True); sys.stdin.read()"
    started = [
        subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(count)
    ]
    try:
        for process in started:
            assert process.stdout is not None
            process.stdout.readline()
        return sum(pss(process.pid) for process in started)
    finally:
        for process in started:
            process.communicate()
