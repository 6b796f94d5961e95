"""A scan on a disk that somebody else fills meanwhile: `python -m tests.services.scanning.full_disk FOLDER`.

FOLDER is a small disk of its own. Each step asserts what must hold; the last line is `whole`.
"""

import logging
import sqlite3
import sys
import time
from pathlib import Path

import pytest

from services import access, room
from services.jobs import JobRunner
from services.media.types import Hints, Reading
from services.models import File, Item, Job, database, schema
from tests.factories import Make
from tests.fakes import FakePool, photo
from tests.services.scanning.household import Household


def fill(filler: Path) -> None:
    """Take every byte that is left."""
    with filler.open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


class Filling(FakePool):
    """Somebody fills the disk while the third picture is being read."""

    def __init__(self, filler: Path) -> None:
        super().__init__()
        self.filler = filler

    def read(self, fd: int, hints: Hints, *, others: bool = False) -> Reading:
        if len(self.read_names) == 2:
            room.MIN_FREE = 0  # the look at the room came just before
            database.proxy.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            fill(self.filler)
        return super().read(fd, hints, others=others)


def integrity(data: Path) -> str:
    """What another process finds."""
    with sqlite3.connect(data / database.FILE_NAME) as connection:
        found = str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    connection.close()
    return found


def main(folder: Path) -> None:
    logging.basicConfig(level=logging.INFO)
    data, filler = folder / "data", folder / "filler"
    data.mkdir()
    database.connect("", data)
    schema.migrate(data)
    assert room.lay_ballast(data)
    home = Household(Make(data), data)
    home.memory.put("before.jpg", photo(n=0))
    home.scan()

    # Somebody takes all the room during a scan: it ends with one clear message, thanks to the ballast.
    for n in range(1, 16):
        home.memory.put(f"{n}.jpg", photo(n=n, title="x" * 500))
    home.pool.__class__, home.pool.read_names = Filling, []
    home.pool.filler = filler  # type: ignore[attr-defined]
    job = home.jobs.enqueue("scan", storage_id=home.storage.id, user_id=home.anna.id, max_attempts=10)
    runner = JobRunner(home.jobs, {"scan": home.scanner.scan}, "worker")
    assert runner.run_one(job.id)
    row = Job.get_by_id(job.id)
    assert (row.state, row.attempts) == ("queued", 1), row.state
    assert row.error.startswith("The disk with the catalogue is full."), row.error
    assert not (data / room.BALLAST).exists()
    assert home.names() == ["before.jpg"]

    # All of the ballast's room is taken as well: nothing can be written, everything can be read.
    home.pool.__class__ = FakePool
    Job.update(run_after=0).execute()
    database.proxy.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    fill(filler)
    with pytest.raises(database.CatalogueFull):
        runner.run_one(job.id)
    assert home.names() == ["before.jpg"]
    assert access.may_read(home.viewer, home.file("before.jpg").id)
    assert integrity(data) == "ok"

    # There is room again: the same job does all of it.
    filler.unlink()
    assert room.lay_ballast(data)
    deadline = time.monotonic() + 20
    while Job.get_by_id(job.id).state != "done":
        assert time.monotonic() < deadline, Job.get_by_id(job.id).error
        Job.update(run_after=0).where(Job.state == "queued").execute()
        runner.run_one(job.id)
        time.sleep(0.05)
    runner.close()
    assert home.names() == sorted(["before.jpg", *(f"{n}.jpg" for n in range(1, 16))])
    assert File.select().count() == Item.select().count() == 16
    assert integrity(data) == "ok"
    database.close()
    print("whole")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
