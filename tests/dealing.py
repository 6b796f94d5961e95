"""Who begins first: tests that take minutes, dealt out, so that nobody waits for one of them in the end.

Each worker of pytest-xdist (`--dist=worksteal`) gets its even share of the tests in the order they were
collected, and takes from the end of another's when it is through, but never the last two of it.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

import pytest


def first_dealt(tests: Sequence[pytest.Item], workers: int) -> list[pytest.Item]:
    """The tests in another order: those marked `first` in turn at the beginning of the workers' shares."""
    waits = [test.get_closest_marker("first") is not None for test in tests]
    long = [test for test, is_long in zip(tests, waits, strict=True) if is_long]
    others = (test for test, is_long in zip(tests, waits, strict=True) if not is_long)
    ordered: list[pytest.Item] = []
    for worker, size in enumerate(shares(len(tests), workers)):
        begin = long[worker::workers][:size]
        ordered += [*begin, *islice(others, size - len(begin))]
    there = set(ordered)
    return [*ordered, *(test for test in long if test not in there), *others]


def shares(number: int, workers: int) -> Iterator[int]:
    """How many of so many tests each worker gets at first, as xdist does it."""
    for left in range(workers, 0, -1):
        yield number // left
        number -= number // left
