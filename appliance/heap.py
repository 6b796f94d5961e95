"""How the C library keeps memory: what is used for a moment goes back to the system.

glibc learns from the first large block that is freed to keep such blocks, one for each thread. Checking a
password takes 19 MiB for a tenth of a second, so a household's sign-ins would stay in memory for good.
Source: mallopt(3), M_MMAP_THRESHOLD: setting it ends the learning.

A new thread gets a heap of its own, up to eight for each processor, and in each of them what stays lies between what
has gone, so that its pages stay too: of those that answer televisions five, of one and a half megabytes each. Python
lets one thread run at a time, so a few do for all.
Source: mallopt(3), M_ARENA_MAX.
"""

import ctypes

M_MMAP_THRESHOLD = -3
LARGE = 1 << 20
M_ARENA_MAX = -8
HEAPS = 2
"""That of the event loop, and one for all other threads."""


def give_back_large_blocks() -> bool:
    """Have blocks of a MiB and more returned as soon as they are freed; false where the C library has no such thing."""
    return _set(M_MMAP_THRESHOLD, LARGE)


def share_heaps() -> bool:
    """Have threads that begin from now on share a few heaps; false where the C library has no such thing."""
    return _set(M_ARENA_MAX, HEAPS)


def _set(what: int, value: int) -> bool:
    try:
        return bool(ctypes.CDLL(None).mallopt(what, value))
    except (OSError, AttributeError):  # musl
        return False
