"""Reading a large file over WebDAV, in ranges of 64 KiB and as a whole, against Apache and rclone.

Counted is what the server spends. Hypomos checks the right before each chunk; the others serve anybody.
"""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import rows
from tests.benchmarks.asking import client
from tests.benchmarks.measuring import cpu_spent, take_turns
from tests.benchmarks.results import Mark, Outcome, Row
from tests.benchmarks.scales import Scale
from tests.benchmarks.serving import Server, hypomos, peers

MARKS = {"rclone": Mark("speed", 3), "apache": Mark("cost", 4)}
PEERS = {"rclone": "rclone serve webdav", "apache": "Apache mod_dav"}
RANGE = 64 << 10
MIB = 1 << 20
CONNECTIONS = 4
LOGIN, NAME = "anna", "film.bin"


@dataclass(frozen=True, slots=True)
class Size:
    """A file of `mib` MiB, `requests` ranges of it, and how often it is read as a whole in a turn."""

    mib: int
    requests: int
    wholes: int
    turns: int


SIZES: dict[Scale, Size] = {
    "full": Size(mib=1024, requests=4000, wholes=3, turns=5),
    "quick": Size(mib=128, requests=500, wholes=2, turns=2),
    "tiny": Size(mib=1, requests=20, wholes=1, turns=1),
}


def run(scale: Scale, scratch: Path) -> Outcome:
    """Measure, with the file and the catalogue in `scratch`."""
    size = SIZES[scale]
    root = scratch / "films"
    root.mkdir()
    write_file(root / NAME, size.mib)
    with rows.household(scratch / "data") as make:
        storage = make.storage(make.user(LOGIN), name="Films", root=root)
        rows.add_tree(storage)
        with hypomos(make.data, LOGIN, "Storages/Films/") as ours, peers(root, scratch) as others:
            return Outcome([
                *compare(f"GET of 64 KiB ranges of a {size.mib:,} MiB file", "ms CPU a request", ours, others,
                         size.turns, lambda server: ranges_cost(server, size)),
                *compare(f"GET of {size.mib:,} MiB", "s CPU", ours, others,
                         size.turns, lambda server: whole_cost(server, size)),
            ])  # fmt: skip


def write_file(path: Path, mib: int) -> None:
    """A file of bytes that look random."""
    block = random.Random(4976).randbytes(MIB)
    with path.open("wb") as file:
        for number in range(mib):
            file.write(number.to_bytes(8, "big") + block[8:])


def compare(
    work: str, unit: str, ours: Server, others: dict[str, Server], turns: int, cost: Callable[[Server], float]
) -> list[Row]:
    """A row for each peer, all measured in the same turns."""
    servers = [ours, *others.values()]
    samples = dict(
        zip(
            [s.name for s in servers], take_turns(turns, *(lambda s=s: cost(s) for s in servers)), strict=True
        )
    )
    return [
        Row(work, unit, samples[ours.name], peer, samples.get(peer), MARKS[name])
        for name, peer in PEERS.items()
    ]


def ranges_cost(server: Server, size: Size) -> float:
    """Milliseconds of processor time for one range."""
    chance = random.Random(size.requests)
    starts = [chance.randrange(size.mib * MIB - RANGE) for _ in range(size.requests)]

    def ask(mine: list[int]) -> None:
        with client(server) as asking:
            for start in mine:
                if asking.get(server.root + NAME, start, start + RANGE - 1) != RANGE:
                    raise RuntimeError(f"{server.name} sent another number of bytes than was asked for")

    def all_of_them() -> None:
        with ThreadPoolExecutor(CONNECTIONS) as threads:
            for done in [threads.submit(ask, starts[n::CONNECTIONS]) for n in range(CONNECTIONS)]:
                done.result()

    return cpu_spent(server.pid, all_of_them) / size.requests * 1000


def whole_cost(server: Server, size: Size) -> float:
    """Seconds of processor time for the whole file."""

    def ask() -> None:
        with client(server) as asking:
            for _ in range(size.wholes):
                if asking.get(server.root + NAME) != size.mib * MIB:
                    raise RuntimeError(f"{server.name} did not send the whole file")

    return cpu_spent(server.pid, ask) / size.wholes
