"""What a decoder child may use: memory, processor time, wall-clock time, pixels, descriptors. Pure.

The figures scale with the machine: a small board is four to six times slower than a server and has a
fraction of its memory. What reads a file wholly gets time by its size besides: a film of 50 GB is no attack.
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
HASHED_IN_TIME = GIB
"""For each so many bytes the hashes of a file may take the processor time of another heavy file."""
SLOWEST_MOUNT = 4_000_000
"""Bytes a second that a file comes with at least: a share over a weak wireless network."""
READ_WITHIN = 64 << 20
"""So many bytes of a file are read within the time that every file has; what is small gets no more."""
PATIENCE = 2.0
"""Wall-clock time per second of processor time: a child shares its core with other work."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one decoder child: `memory` in bytes, times in seconds for one file."""

    memory: int
    cpu_seconds: float = CPU_SECONDS
    pixels: int = PIXELS
    descriptors: int = DESCRIPTORS

    def cpu_for(self, *, heavy: bool, size: int = 0) -> float:
        """Processor seconds for one file: twice as much for `heavy` ones (HEIF, AVIF, RAW, video).

        `size` is that of a file that is read wholly.
        """
        return self.cpu_seconds * ((2.0 if heavy else 1.0) + 2.0 * _beyond(size) / HASHED_IN_TIME)

    @property
    def deadline(self) -> float:
        """Wall-clock seconds after which a child that has not answered is taken for hung."""
        return self.cpu_for(heavy=True) * PATIENCE

    def deadline_for(self, size: int) -> float:
        """The same where a file of `size` bytes is read wholly from where it lies."""
        beyond = _beyond(size)
        return (
            self.deadline
            + PATIENCE * self.cpu_for(heavy=True) * beyond / HASHED_IN_TIME
            + beyond / SLOWEST_MOUNT
        )


def _beyond(size: int) -> int:
    """The bytes of a file that give it more time."""
    return max(0, size - READ_WITHIN)


def limits_for(total_memory: int, factor: float) -> Limits:
    """Limits for a machine with `total_memory` bytes that is `factor` times slower than a fast one.

    Memory is the smaller of 1 GiB and half the machine's; a factor outside 1 to 6 is brought inside.
    """
    slower = min(max(factor, 1.0), SLOWEST) if math.isfinite(factor) else 1.0
    return Limits(memory=min(GIB, total_memory // 2), cpu_seconds=CPU_SECONDS * slower)
