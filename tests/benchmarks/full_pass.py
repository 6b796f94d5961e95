"""A full pass over 12-megapixel JPEGs, as a scan does it, against `djpeg -scale 1/8` on the same files.

Ours hashes, reads metadata, decodes once and makes the grid rendition and all fingerprints, in a decoder
child behind its fences; `djpeg` only decodes. Both count everything: starts of processes, pipes, reads.
"""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services.media.limits import limits_for
from services.media.pool import DecoderPool
from services.media.types import Hints
from tests.benchmarks.measuring import cpu_with_children, take_turns
from tests.benchmarks.photos import draw_photos
from tests.benchmarks.results import Mark, Outcome, Row, Sample
from tests.benchmarks.scales import Scale
from tools import packages

MARK = Mark("speed", 0.9)
MEMORY = 4 << 30


@dataclass(frozen=True, slots=True)
class Size:
    """`photos` different pictures of `megapixels`, each read `times` in a turn."""

    photos: int
    megapixels: float
    times: int
    turns: int


SIZES: dict[Scale, Size] = {
    "full": Size(photos=20, megapixels=12, times=5, turns=3),
    "quick": Size(photos=4, megapixels=12, times=3, turns=2),
    "tiny": Size(photos=2, megapixels=0.2, times=1, turns=1),
}


def run(scale: Scale, scratch: Path) -> Outcome:
    """Measure; everything is drawn into `scratch`."""
    size = SIZES[scale]
    photos = draw_photos(scratch, size.photos, size.megapixels)
    files = photos * size.times
    djpeg = packages.program("djpeg")
    ours: list[float] = []
    theirs: list[float] = []

    def timed(work: Callable[[], object], walls: list[float]) -> float:
        began = time.monotonic()
        cpu = cpu_with_children(work)
        walls.append((time.monotonic() - began) / len(files) * 1000)
        return cpu / len(files) * 1000

    turns = [lambda: timed(lambda: _full_pass(files), ours)]
    if djpeg is not None:
        turns.append(lambda: timed(lambda: _djpeg(djpeg, files), theirs))
    cpu = take_turns(size.turns, *turns)
    start = cpu_with_children(_start) * 1000
    work = f"full pass of a {size.megapixels:g}-megapixel JPEG"
    mean = sum(p.stat().st_size for p in photos) / len(photos) / 1e6
    note = f"{mean:.1f} MB a file; {start / len(files):.1f} ms of it are the start of a child per {len(files)} files"
    return Outcome([
        Row(work, "ms CPU", cpu[0], "djpeg -scale 1/8", cpu[1] if djpeg else None, MARK, note),
        Row(work + ", one child", "ms", Sample(tuple(ours)), "djpeg -scale 1/8",
            Sample(tuple(theirs)) if theirs else None),
    ])  # fmt: skip


def _full_pass(files: list[Path]) -> None:
    with DecoderPool(1, limits_for(MEMORY, 1.0)) as pool:
        for path in files:
            status = path.stat()
            with path.open("rb") as file:
                reading = pool.read(
                    file.fileno(), Hints(name=path.name, size=status.st_size, mtime_ns=status.st_mtime_ns)
                )
            if reading.rendition is None or reading.fingerprints is None or reading.damaged:
                raise RuntimeError(f"the drawn picture {path.name} was not read: {reading.damaged}")


def _start() -> None:
    """A child that reads nothing."""
    with DecoderPool(1, limits_for(MEMORY, 1.0)) as pool:
        pool.fences()


def _djpeg(program: Path, files: list[Path]) -> None:
    for path in files:
        subprocess.run([program, "-scale", "1/8", "-outfile", "/dev/null", path], check=True)
