"""Tests that take minutes begin first, one in each worker, and none is lost."""

from typing import Any

import pytest

from tests.dealing import first_dealt, shares


class Test:
    """As much of one as is asked for."""

    __test__ = False

    def __init__(self, name: str) -> None:
        self.name = name

    def get_closest_marker(self, name: str) -> str | None:
        return name if self.name.isupper() else None


def dealt(names: str, workers: int) -> str:
    tests: Any = [Test(name) for name in names]
    return "".join(test.name for test in first_dealt(tests, workers))


@pytest.mark.parametrize(
    ("names", "workers", "expected"),
    [
        ("abXcdYefZg", 1, "XYZabcdefg"),
        ("abXcdYefZg", 2, "XZabcYdefg"),
        ("abXcdYefZg", 4, "XaYbZcdefg"),
        ("abcdefgh", 3, "abcdefgh"),
        ("XYZ", 2, "XYZ"),
        ("", 4, ""),
    ],
)
def test_the_long_ones_begin_each_share(names: str, workers: int, expected: str) -> None:
    assert dealt(names, workers) == expected


@pytest.mark.parametrize("number", range(9))
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_all_are_shared_out(number: int, workers: int) -> None:
    assert sum(shares(number, workers)) == number
    names = "aXbYcZdWe"[:number]
    assert sorted(dealt(names, workers)) == sorted(names)
