"""A scan of files that are far away, by the requests it makes: one listing a folder is the least.

The storage lies in memory, so that nothing is counted but what is asked of it. No byte of a file is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services.jobs import Jobs
from services.media.limits import limits_for
from services.media.pool import DecoderPool
from services.media.rendition_store import RenditionStore
from services.models import Item, Storage
from services.scanning import Scanner
from services.storages import paths
from services.storages.memory import MemoryStorage
from services.storages.values import Listing
from tests.benchmarks import rows
from tests.benchmarks.measuring import own_cpu
from tests.benchmarks.results import Mark, Outcome, Row, Sample
from tests.benchmarks.scales import Scale
from tests.fakes import claimed

MARK = Mark("cost", 1.1)


@dataclass(frozen=True, slots=True)
class Size:
    """`files` in `folders`."""

    files: int
    folders: int


SIZES: dict[Scale, Size] = {
    "full": Size(files=50_000, folders=250),
    "quick": Size(files=5_000, folders=50),
    "tiny": Size(files=60, folders=40),
}


class Shelves(MemoryStorage):
    """A storage far away that finds what lies in a folder without looking at everything else."""

    def __init__(self, size: Size) -> None:
        super().__init__(distant=True)
        self._inside: dict[str, list[str]] = {}
        for n in range(size.files):
            self.put(f"{n % size.folders:04}/IMG_2026{n % 12 + 1:02}{n % 28 + 1:02}_{n:06}.jpg", b"%d" % n)
        for path in self._nodes:
            if path:
                self._inside.setdefault(paths.parent(path), []).append(path)

    def _listing(self, path: str) -> Listing:
        return Listing([self._entry(each) for each in self._inside.get(path, [])])


def run(scale: Scale, scratch: Path) -> Outcome:
    """Measure, with the catalogue in `scratch`."""
    size = SIZES[scale]
    far = Shelves(size)
    with rows.household(scratch / "data") as make:
        storage = make.storage(make.user(), kind="memory")
        jobs = Jobs(lambda lane, job: None, "here")
        with DecoderPool(1, limits_for(1 << 30, 1.0)) as pool:
            scanner = Scanner(
                adapter=lambda row: far, pool=pool, jobs=jobs, data=make.data, readers=1,
                store=RenditionStore(make.data / "renditions", view_bytes=0),
            )  # fmt: skip

            def scan(*expected: int) -> tuple[int, float]:
                return _counted(far, lambda: _scan(scanner, jobs, storage, expected))

            first, again = scan(size.files, size.files, 0), scan(size.files, 0, 0)
        if Item.select().count() != size.files or far.asked:
            raise RuntimeError(f"{Item.select().count()} items, and {far.asked} bytes were asked for")
    floor = Sample((float(size.folders + 1),))
    return Outcome([
        Row(f"{what} of {size.files:,} files far away in {size.folders} folders", "requests",
            Sample((float(requests),)), "one listing a folder", floor, MARK, note=f"{cpu:.1f} s CPU")
        for what, (requests, cpu) in (("first scan", first), ("rescan", again))
    ])  # fmt: skip


def _counted(far: MemoryStorage, work: Callable[[], None]) -> tuple[int, float]:
    before = far.calls
    cpu = own_cpu(work)
    return far.calls - before, cpu


def _scan(scanner: Scanner, jobs: Jobs, storage: Storage, expected: tuple[int, ...]) -> None:
    run = claimed(jobs, jobs.enqueue("scan", storage_id=storage.id))
    result = scanner.scan(run)
    jobs.finish(run.job, result)
    if (result["found"], result["added"], result["changed"]) != expected:
        raise RuntimeError(f"this was no such scan: {result}")
