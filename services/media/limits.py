"""What a decoder child may use: memory, processor time, wall-clock time, pixels, descriptors. Pure.

The figures scale with the machine: a small board is four to six times slower than a server and has a
fraction of its memory.
"""

import math
from dataclasses import dataclass

GIB = 1 << 30
PIXELS = 512_000_000
"""Pictures above this are refused: the largest phones make 200 megapixels."""
CPU_SECONDS = 20.0
"""Processor time for one file on a fast machine."""
DESCRIPTORS = 16
SLOWEST = 6.0
"""The largest machine factor: how many times slower than a fast machine a supported one may be."""
PATIENCE = 2.0
"""Wall-clock time per second of processor time: a child shares its core with other work."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one decoder child: `memory` in bytes, times in seconds for one file."""

    memory: int
    cpu_seconds: float = CPU_SECONDS
    pixels: int = PIXELS
    descriptors: int = DESCRIPTORS

    def cpu_for(self, *, heavy: bool) -> float:
        """Processor seconds for one file: twice as much for `heavy` ones (HEIF, AVIF, RAW, video)."""
        return self.cpu_seconds * (2.0 if heavy else 1.0)

    @property
    def deadline(self) -> float:
        """Wall-clock seconds after which a child that has not answered is taken for hung."""
        return self.cpu_for(heavy=True) * PATIENCE


def limits_for(total_memory: int, factor: float) -> Limits:
    """Limits for a machine with `total_memory` bytes that is `factor` times slower than a fast one.

    Memory is the smaller of 1 GiB and half the machine's; a factor outside 1 to 6 is brought inside.
    """
    slower = min(max(factor, 1.0), SLOWEST) if math.isfinite(factor) else 1.0
    return Limits(memory=min(GIB, total_memory // 2), cpu_seconds=CPU_SECONDS * slower)
