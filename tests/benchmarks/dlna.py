"""Browse of a large library in pages of 100, of 200 and of everything, and memory, against minidlna and gerbera.

Each call has a connection of its own, as most televisions make them. The peers read the same files and have all in one
folder. Ours are rows of a catalogue that tell of as many, with the same names and pixels, by month, in containers of at
most 1,000: so many more calls are counted as ours. Where minidlna is asked for everything it gives what fits into two
megabytes and says so; who asks on from there gets the rest, as of us.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from services.models import counters, database, transaction
from tests.benchmarks import dlna_peers, rows
from tests.benchmarks.dlna_library import Library, here, leaves, listing, walk
from tests.benchmarks.measuring import cpu_of, pss, take_turns, tree
from tests.benchmarks.results import Mark, Outcome, Row, Sample
from tests.benchmarks.scales import Scale
from tests.benchmarks.serving import free_port, hypomos
from tests.virtualfs.dlna.house import fill

OURS = "Hypomos"
FIRST_PEER = next(iter(dlna_peers.PEERS))
MARKS = {100: Mark("cost", 1), 200: Mark("cost", 1), 0: Mark("amount", 40)}
"""By the width of a page, against the first peer. Everything at once is to take 0.4 s for 10,000."""
LISTENER = Mark("amount", 10)
CPU, TIME, MEMORY = "µs CPU/item", "ms", "MB"
RESIDENT = "Rss"
"""What of ours is compared with ours: it does not move when others begin or end to share a library, as PSS does."""


@dataclass(frozen=True, slots=True)
class Size:
    """So many photos; in a turn all are listed until that took `cpu_s`, since the kernel's clock ticks.

    Memory is looked at when nothing was asked for `rest_s`, by when threads are at rest.
    """

    photos: int
    cpu_s: float
    turns: int
    rest_s: float
    with_peers: bool = True


SIZES: dict[Scale, Size] = {
    "full": Size(10_000, cpu_s=0.3, turns=5, rest_s=5),
    "quick": Size(2_000, cpu_s=0.2, turns=3, rest_s=4),
    "tiny": Size(60, cpu_s=0, turns=1, rest_s=0, with_peers=False),
}


def run(scale: Scale, scratch: Path) -> Outcome:
    """Measure, with files and catalogue in `scratch`."""
    size = SIZES[scale]
    with rows.household(scratch / "data") as make, ExitStack() as stack:
        fill(make.data, size.photos, b"\xff\xd8")
        database.close()
        with hypomos(make.data, "anna", "") as server:
            alone = memory(server.pid, size, RESIDENT)
        port = free_port()
        on = {"HYPOMOS_DLNA_ENABLED": "true", "HYPOMOS_DLNA_LISTEN": f"127.0.0.1:{port}"}
        server = stack.enter_context(hypomos(make.data, "anna", "", more=on))
        at_rest = {OURS: memory(server.pid, size, RESIDENT)}
        peers = stack.enter_context(dlna_peers.both(scratch, size.photos)) if size.with_peers else {}
        at_rest |= {name: memory(each.pid, size) for name, each in peers.items()}
        ours = Library(server.pid, here(port), "/ctl/cds", "p")
        ours = replace(ours, containers=tuple(leaves(ours, ours.root)))
        libraries = {OURS: ours} | peers
        compared = browsing(size, libraries)
        afterwards = {name: memory(each.pid, size) for name, each in libraries.items()}
        afterwards[OURS] = memory(server.pid, size, RESIDENT)
    compared += remembering("at rest", alone, at_rest)
    compared += remembering("after all that", alone, afterwards)
    return Outcome(compared)


def memory(pid: int, size: Size, part: str = "Pss") -> float:
    """Memory of a server and its children, once nothing was asked for a while, in MB."""
    time.sleep(size.rest_s)
    return sum(pss(each, part) for each in tree(pid))


def remembering(when: str, alone: float, mb: Mapping[str, float]) -> list[Row]:
    """The rows of memory: what ours has beyond a `serve` without the listener, and the whole of the others, as PSS."""
    used = {name: Sample((each,)) for name, each in mb.items()}
    used[OURS] = Sample((max(mb[OURS] - alone, 0.0),))
    note = f"serve {mb[OURS]:.1f} MB resident, {alone:.1f} without it"
    return against_peers(f"listener for televisions, {when}", MEMORY, used, LISTENER, note)


def browsing(size: Size, libraries: Mapping[str, Library]) -> list[Row]:
    """The rows of time: the first listing, listings in pages of each width, and how long one takes a television."""
    photos = f"{size.photos:,} photos"
    with transaction():
        counters.bump_content()  # as after a start and after each change: nothing of ours is kept
    database.close()
    once = replace(size, cpu_s=0, turns=1)
    first = in_turns(once, libraries, partial(cost, width=200, size=once))
    made = against_peers(f"the first Browse of {photos}, pages of 200", CPU, first)
    for width, mark in MARKS.items():
        work = f"Browse of {photos}, " + (f"pages of {width}" if width else "RequestedCount=0")
        costs = in_turns(size, libraries, partial(cost, width=width, size=size))
        made += against_peers(work, CPU, costs, mark)
    waits = in_turns(size, libraries, partial(wait, width=200, size=size))
    return [*made, *against_peers(f"the whole listing of {photos}, pages of 200, as waited for", TIME, waits)]


def in_turns(
    size: Size, libraries: Mapping[str, Library], measure: Callable[[Library], float]
) -> dict[str, Sample]:
    """What each server's library costs, in turns."""
    samples = take_turns(size.turns, *(partial(measure, each) for each in libraries.values()))
    return dict(zip(libraries, samples, strict=True))


def against_peers(
    work: str, unit: str, costs: Mapping[str, Sample], mark: Mark | None = None, note: str = ""
) -> list[Row]:
    """A row for each peer, also for one that is not here. The mark is about the first."""
    return [
        Row(work, unit, costs[OURS], peer, costs.get(peer), mark if peer == FIRST_PEER else None, note)
        for peer in dlna_peers.PEERS
    ]


def cost(library: Library, width: int, size: Size) -> float:
    """Microseconds of processor time an item."""
    before, spent, times = cpu_of(library.pid), 0.0, 0
    while not times or spent < size.cpu_s:
        require(listing(library, width), size, library)
        times += 1
        spent = cpu_of(library.pid) - before
    return spent / times / size.photos * 1e6


def wait(library: Library, width: int, size: Size) -> float:
    """Milliseconds until somebody who begins at the root has seen everything."""
    began = time.perf_counter()
    require(walk(library, width), size, library)
    return (time.perf_counter() - began) * 1000


def require(listed: int, size: Size, library: Library) -> None:
    """A listing that left something out is no listing."""
    if listed != size.photos:
        raise RuntimeError(f"{listed} of {size.photos} photos were listed at {library.path}")
