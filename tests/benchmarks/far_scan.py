"""A scan of files that are far away, by the requests it makes: one listing a folder is the least.

One storage lies in memory, so that nothing is counted but what is asked of it; another lies behind rclone on a server
that counts what reaches it. No byte of a file is asked for.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from services.adapters import Adapters
from services.jobs import Jobs
from services.media.limits import limits_for
from services.media.pool import DecoderPool
from services.media.rendition_store import RenditionStore
from services.models import Item, Storage
from services.scanning import Scanner
from services.storages import paths
from services.storages.base import Storage as Adapter
from services.storages.memory import MemoryStorage
from services.storages.values import Listing
from tests.benchmarks import far, rows
from tests.benchmarks.measuring import own_cpu
from tests.benchmarks.results import Mark, Outcome, Row, Sample
from tests.benchmarks.scales import Scale
from tests.factories import Make
from tests.fakes import claimed
from tests.servers.faults import FaultServer

MARK = Mark("cost", 1.1)
REMOTE = "h_far_scan"


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
        for path, content in _files(size):
            self.put(path, content)
        for path in self._nodes:
            if path:
                self._inside.setdefault(paths.parent(path), []).append(path)

    def _listing(self, path: str) -> Listing:
        return Listing([self._entry(each) for each in self._inside.get(path, [])])


def run(scale: Scale, scratch: Path) -> Outcome:
    """Measure, with the catalogue in `scratch`."""
    size = SIZES[scale]
    return Outcome([*_in_memory(size, scratch / "data"), *_on_the_wire(size, scratch / "wire")])


def _in_memory(size: Size, data: Path) -> list[Row]:
    shelves = Shelves(size)
    with rows.household(data) as make:
        storage = make.storage(make.user(), kind="memory")
        found = _scanned(size, make, storage, lambda row: shelves, lambda: shelves.calls, "requests")
        if shelves.asked:
            raise RuntimeError(f"{shelves.asked} bytes were asked for")
    return found


def _on_the_wire(size: Size, data: Path) -> list[Row]:
    """The same files on a WebDAV server behind rclone; what reaches that server is counted."""
    with ExitStack() as stack:
        make = stack.enter_context(rows.household(data))
        daemon = stack.enter_context(far.daemon_of(make.data))
        server = stack.enter_context(FaultServer())
        for path, content in _files(size):
            server.put(f"/{path}", content)
        daemon.call(
            "config/create", name=REMOTE, type="webdav",
            parameters={"url": server.address, "vendor": "other"}, opt={"nonInteractive": True, "obscure": True},
        )  # fmt: skip
        options = {"type": "webdav", "remote": REMOTE}
        storage = make.storage(make.user(), kind="rclone", root="", options=options, node="")
        requests = server.counts.requests
        found = _scanned(
            size, make, storage, Adapters(daemon, make.data / "spool"), lambda: sum(requests.values()),
            "requests to its server",
        )  # fmt: skip
        if requests["GET"]:
            raise RuntimeError(f"files were asked for: {requests}")
    return found


def _scanned(
    size: Size, make: Make, storage: Storage, adapter: Callable[[Storage], Adapter], asked: Callable[[], int],
    unit: str,
) -> list[Row]:  # fmt: skip
    """Scan twice; `asked` counts what was asked until now."""
    jobs = Jobs(lambda lane, job: None, "here")
    with DecoderPool(1, limits_for(1 << 30, 1.0)) as pool:
        scanner = Scanner(
            adapter=adapter, pool=pool, jobs=jobs, data=make.data, readers=1,
            store=RenditionStore(make.data / "renditions", view_bytes=0),
        )  # fmt: skip

        def scan(*expected: int) -> tuple[int, float]:
            before = asked()
            cpu = own_cpu(lambda: _scan(scanner, jobs, storage, expected))
            return asked() - before, cpu

        first, again = scan(size.files, size.files, 0), scan(size.files, 0, 0)
    if Item.select().count() != size.files:
        raise RuntimeError(f"{Item.select().count()} items of {size.files} files")
    floor = Sample((float(size.folders + 1),))
    return [
        Row(f"{what} of {size.files:,} files far away in {size.folders} folders", unit,
            Sample((float(requests),)), "one listing a folder", floor, MARK, note=f"{cpu:.1f} s CPU")
        for what, (requests, cpu) in (("first scan", first), ("rescan", again))
    ]  # fmt: skip


def _files(size: Size) -> Iterator[tuple[str, bytes]]:
    for n in range(size.files):
        yield f"{n % size.folders:04}/IMG_2026{n % 12 + 1:02}{n % 28 + 1:02}_{n:06}.jpg", b"%d" % n


def _scan(scanner: Scanner, jobs: Jobs, storage: Storage, expected: tuple[int, ...]) -> None:
    run = claimed(jobs, jobs.enqueue("scan", storage_id=storage.id))
    result = scanner.scan(run)
    jobs.finish(run.job, result)
    if (result["found"], result["added"], result["changed"]) != expected:
        raise RuntimeError(f"this was no such scan: {result}")
