"""A scan of a local folder in which nothing changed, against a bare pass of scandir and stat.

The catalogue knows every file with its size and time, so nothing is read but the folders.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from services.jobs import Jobs, Run
from services.media.limits import limits_for
from services.media.pool import DecoderPool
from services.media.rendition_store import RenditionStore
from services.models import Storage
from services.scanning import Scanner
from services.storages.local import LocalStorage
from tests.benchmarks import rows
from tests.benchmarks.measuring import own_cpu, take_turns
from tests.benchmarks.results import Mark, Outcome, Row
from tests.benchmarks.scales import Scale
from tests.fakes import claimed

MARK = Mark("cost", 4)


@dataclass(frozen=True, slots=True)
class Size:
    """`files` in `folders`, looked at `turns` times."""

    files: int
    folders: int
    turns: int


SIZES: dict[Scale, Size] = {
    "full": Size(files=50_000, folders=250, turns=7),
    "quick": Size(files=5_000, folders=25, turns=3),
    "tiny": Size(files=40, folders=4, turns=1),
}


def run(scale: Scale, scratch: Path) -> Outcome:
    """Measure, with files and catalogue in `scratch`."""
    size = SIZES[scale]
    root = scratch / "photos"
    rows.make_files(root, size.folders, size.files)
    with rows.household(scratch / "data") as make:
        storage = make.storage(make.user(), root=root)
        rows.add_tree(storage)
        Storage.update(canaries=LocalStorage(root).fingerprint().to_json()).where(
            Storage.id == storage.id
        ).execute()
        jobs = Jobs(lambda lane, job: None, "here")
        with DecoderPool(1, limits_for(1 << 30, 1.0)) as pool:
            scanner = Scanner(
                adapter=lambda row: LocalStorage(root), pool=pool, jobs=jobs, data=make.data, readers=1,
                store=RenditionStore(make.data / "renditions", view_bytes=0),
            )  # fmt: skip
            ours, theirs = take_turns(
                size.turns,
                lambda: _rescan(scanner, jobs, storage, size.files) * 1000,
                lambda: own_cpu(lambda: _bare(str(root))) * 1000,
            )
    work = f"rescan of {size.files:,} unchanged files in {size.folders} folders"
    return Outcome([Row(work, "ms CPU", ours, "scandir + stat", theirs, MARK)])


def _rescan(scanner: Scanner, jobs: Jobs, storage: Storage, expected: int) -> float:
    job: Run = claimed(jobs, jobs.enqueue("scan", storage_id=storage.id))
    results: list[dict[str, object]] = []
    cost = own_cpu(lambda: results.append(scanner.scan(job)))
    result = results[0]
    if (result["found"], result["added"], result["changed"], result["read"]) != (expected, 0, 0, 0):
        raise RuntimeError(f"this was no scan of unchanged files: {result}")
    return cost


def _bare(root: str) -> None:
    waiting = [root]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                entry.stat(follow_symlinks=False)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
