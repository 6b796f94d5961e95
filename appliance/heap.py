"""Memory that is used for a moment goes back to the system.

glibc learns from the first large block that is freed to keep such blocks, one for each thread. Checking a
password takes 19 MiB for a tenth of a second, so a household's sign-ins would stay in memory for good.
Source: mallopt(3), M_MMAP_THRESHOLD: setting it ends the learning.
"""

import ctypes

M_MMAP_THRESHOLD = -3
LARGE = 1 << 20


def give_back_large_blocks() -> bool:
    """Have blocks of a MiB and more returned as soon as they are freed; false where the C library has no such thing."""
    try:
        return bool(ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE))
    except (OSError, AttributeError):  # musl
        return False
