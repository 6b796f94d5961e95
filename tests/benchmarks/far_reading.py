"""Reading from storages far away through the broker, against the same GETs of bare rclone, on each server.

Both ask the same daemon for the same remote; rclone's own work, the way through our gate and the server's
are in both. A daemon of its own that does without the gate shows what that costs; it has turns of its own, since
whoever comes after another daemon finds nothing of what it needs in the processor's caches. Ours is what the network
drive does for a request, a whole file on the event loop that `serve` runs: the right is asked, the file's
place found, rclone asked, and the right asked again before each chunk. Compared is the time that passes, the
best of many short turns, since others may use the machine as well; processor time is that of this process alone.
Before the first turn of whole files each is read once by each, since some servers get quicker as they go on.
"""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import uvloop

from services import accounts
from services.adapters import Adapters
from services.broker import Broker, Original, describe_file
from services.precedence import Precedence
from services.storages.rclone import Daemon
from services.viewers import Viewer
from tests.benchmarks import far, rows
from tests.benchmarks.measuring import take_turns
from tests.benchmarks.ranges import MIB, RANGE, write_file
from tests.benchmarks.results import Mark, Outcome, Row, Sample
from tests.benchmarks.scales import Scale
from tests.factories import Make

SPEED = Mark("speed", 0.8)
ADDED_MS = Mark("amount", 2)
SAME, APART = "bare rclone", "rclone without gate"
LOGIN, NAME = "anna", "film.bin"


@dataclass(frozen=True, slots=True)
class Size:
    """A file of `mib` MiB; `requests` ranges of it a turn, or all of it `wholes` times.

    A single reading of it takes a third more or less, as the processes that take part find a processor.
    """

    mib: int
    requests: int
    wholes: int
    turns: int
    servers: tuple[str, ...]


SIZES: dict[Scale, Size] = {
    "full": Size(mib=16, requests=20, wholes=4, turns=16, servers=far.SERVERS),
    "quick": Size(mib=16, requests=20, wholes=2, turns=3, servers=far.SERVERS),
    "tiny": Size(mib=1, requests=3, wholes=1, turns=1, servers=("alias", "webdav")),
}


def run(scale: Scale, scratch: Path) -> Outcome:
    """Measure each server, with its files and the catalogue in `scratch`."""
    size = SIZES[scale]
    write_file(scratch / NAME, size.mib)
    found: list[Row] = []
    left_out = [server for server in size.servers if far.missing(server)]
    with rows.household(scratch / "data") as make, far.daemon_of(make.data) as daemon:
        make.user(LOGIN)
        for server in size.servers:
            if server not in left_out:
                found += _measure(make, daemon, server, scratch, size)
    return Outcome(found, [f"{server} is not on this machine" for server in left_out])


def _measure(make: Make, daemon: Daemon, server: str, scratch: Path, size: Size) -> list[Row]:
    with ExitStack() as stack:
        there = stack.enter_context(far.connected(daemon, server, scratch))
        far.upload(daemon, there, scratch / NAME)
        reader = Reader(make, daemon, there, size.mib * MIB)
        stack.callback(reader.close)
        same = stack.enter_context(far.bare(make.data, there, NAME))
        apart = stack.enter_context(far.ungated(make.data, scratch, there, NAME))
        _require_the_same(reader, scratch / NAME)
        return [*_ranges(server, reader, same, apart, size), *_wholes(server, reader, same, apart, size)]


class Reader:
    """Reads the file through the broker, as somebody who signed in with an app password."""

    def __init__(self, make: Make, daemon: Daemon, there: far.Far, size: int) -> None:
        owner = accounts.find_user(LOGIN)
        if owner is None:
            raise AssertionError("made before")
        storage = there.storage(make, owner, name=there.server)
        file = make.file(storage, NAME, size=size, mime="video/mp4")
        secret = accounts.create_token(accounts.viewer_for(LOGIN), "app").secret
        self.viewer: Viewer = accounts.Authenticator().authenticate_basic(LOGIN, secret, "127.0.0.1")
        self.original: Original = describe_file(file)
        self._broker = Broker(
            Adapters(daemon, make.data / "spool"), _absent, precedence=Precedence(make.data / "run")
        )
        self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)

    def get(self, start: int, end: int) -> int:
        """Read one chunk; returns how many bytes came."""
        return len(self.bytes(start, end))

    def bytes(self, start: int, end: int) -> bytes:
        """One chunk."""
        stream = self._broker.open(self.viewer, self.original, start, end)
        try:
            return stream.read_short()
        finally:
            stream.close()

    def get_whole(self) -> int:
        """Read everything, chunk by chunk."""
        return self._runner.run(self._whole())

    def close(self) -> None:
        """Let go of the broker's threads, and of the loop."""
        self._runner.close()
        self._broker.close()

    async def _whole(self) -> int:
        stream = self._broker.open(self.viewer, self.original)
        try:
            return sum([len(chunk) async for chunk in stream])
        finally:
            stream.close()


def _ranges(
    server: str, reader: Reader, same: far.BareRclone, apart: far.BareRclone, size: Size
) -> list[Row]:
    chance = random.Random(size.requests)
    costs: list[float] = []
    floors: list[float] = []

    def one_turn(get: Callable[[int, int], int], costs: list[float] | None) -> float:
        starts = [chance.randrange(size.mib * MIB - RANGE) for _ in range(size.requests)]
        cpu, began = time.process_time(), time.perf_counter()
        for start in starts:
            if get(start, start + RANGE - 1) != RANGE:
                raise RuntimeError("another number of bytes came than was asked for")
        took = time.perf_counter() - began
        if costs is not None:
            costs.append((time.process_time() - cpu) / size.requests * 1000)
        return took / size.requests * 1000

    ours, bare = take_turns(
        size.turns, lambda: one_turn(reader.get, costs), lambda: one_turn(same.get, floors)
    )
    (without,) = take_turns(size.turns, lambda: one_turn(apart.get, None))
    work = f"{server}: 64 KiB ranges"
    return [
        Row(work, "ms a range", ours, SAME, bare, SPEED),
        Row(work, "ms a range", ours, APART, without),
        Row(work, "ms CPU a range", Sample(tuple(costs)), SAME, Sample(tuple(floors)), ADDED_MS),
    ]


def _wholes(
    server: str, reader: Reader, same: far.BareRclone, apart: far.BareRclone, size: Size
) -> list[Row]:
    length = size.mib * MIB

    def seconds(get: Callable[[], int]) -> float:
        began = time.perf_counter()
        for _ in range(size.wholes):
            if get() != length:
                raise RuntimeError("not the whole file came")
        return (time.perf_counter() - began) / size.wholes

    def in_turns(turns: int) -> list[Sample]:
        return take_turns(
            turns, lambda: seconds(reader.get_whole), lambda: seconds(lambda: same.get(0, length - 1))
        )

    in_turns(1)
    ours, bare = in_turns(size.turns)
    (without,) = take_turns(size.turns, lambda: seconds(lambda: apart.get(0, length - 1)))
    work = f"{server}: {size.mib} MiB from first to last"
    return [Row(work, "s", ours, SAME, bare, SPEED), Row(work, "s", ours, APART, without)]


def _require_the_same(reader: Reader, file: Path) -> None:
    """What the broker gives is what was put there."""
    with file.open("rb") as opened:
        opened.seek(MIB - RANGE)
        if reader.bytes(MIB - RANGE, MIB - 1) != opened.read(RANGE):
            raise RuntimeError("other bytes came than lie there")


def _absent(file_id: int) -> None:
    raise RuntimeError(f"file {file_id} was reported as gone")
