"""Memory that a thread used for a moment goes back to the system.

glibc keeps what was freed for the thread that freed it; where that asks for nothing more it is of use to nobody.
Source: malloc_trim(3).
"""

import ctypes
import functools
from collections.abc import Callable

from services.models import database


def keep_little() -> None:
    """From now on this thread's connection keeps little of the catalogue: for one of many that are seldom busy."""
    database.keep_few_pages()


def give_back() -> None:
    """Give back what this thread's connection to the catalogue keeps, and what was freed anywhere.

    For threads that ask much at once and then nothing for long. Takes about a millisecond.
    """
    database.forget_pages()
    _trim()(0)


def let_go() -> None:
    """Close this thread's connection to the catalogue, if it has one, and give back what was freed anywhere.

    For threads that ask nothing for long, and then may take a millisecond more.
    """
    database.close()
    _trim()(0)


@functools.cache
def _trim() -> Callable[[int], object]:
    try:
        found: Callable[[int], object] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):  # musl
        return lambda pad: None
    return found
