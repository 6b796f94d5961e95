"""Writing a large file over WebDAV, against Apache and rclone.

Counted is what the server spends. Hypomos asks for room, keeps a journal and makes the file durable before it has
its name; the others write.
"""

from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.benchmarks import rows
from tests.benchmarks.asking import client
from tests.benchmarks.measuring import cpu_spent, take_turns
from tests.benchmarks.results import Mark, Outcome, Row
from tests.benchmarks.scales import Scale
from tests.benchmarks.serving import Server, hypomos, peers

MARKS = {"rclone": Mark("speed", 3), "apache": Mark("cost", 3)}
PEERS = {"rclone": "rclone serve webdav", "apache": "Apache mod_dav"}
LOGIN = "anna"


@dataclass(frozen=True, slots=True)
class Size:
    """A file of `mib` MiB, and how often it is written."""

    mib: int
    turns: int


SIZES: dict[Scale, Size] = {
    "full": Size(mib=1024, turns=4), "quick": Size(mib=128, turns=2), "tiny": Size(mib=1, turns=1),
}  # fmt: skip


def run(scale: Scale, scratch: Path) -> Outcome:
    """Measure, with files and catalogue in `scratch`."""
    size, ours_at, theirs_at = SIZES[scale], scratch / "films", scratch / "theirs"
    for folder in (ours_at, theirs_at):
        folder.mkdir()
    theirs_at.chmod(0o777)  # Apache serves as somebody else
    numbers = count(1)
    with rows.household(scratch / "data") as make:
        storage = make.storage(make.user(LOGIN), name="Films", root=ours_at, writable=True)
        rows.add_tree(storage)
        with hypomos(make.data, LOGIN, "Storages/Films/") as ours, peers(theirs_at, scratch) as others:
            servers = [ours, *others.values()]

            def cost(server: Server) -> float:
                name = f"{next(numbers)}.bin"
                spent = cost_of(server, name, size)
                for folder in (ours_at, theirs_at):
                    (folder / name).unlink(missing_ok=True)
                return spent

            turns = take_turns(size.turns, *(lambda s=s: cost(s) for s in servers))
            samples = dict(zip([s.name for s in servers], turns, strict=True))
            work = f"PUT of {size.mib:,} MiB"
            return Outcome([
                Row(work, "s CPU", samples[ours.name], peer, samples.get(peer), MARKS[name])
                for name, peer in PEERS.items()
            ])  # fmt: skip


def cost_of(server: Server, name: str, size: Size) -> float:
    """Seconds of processor time for a whole file under a new name."""

    def ask() -> None:
        with client(server) as asking:
            asking.put(server.root + name, size.mib)

    return cpu_spent(server.pid, ask)
