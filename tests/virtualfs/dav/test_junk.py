"""What systems leave behind: found again by its own client for a while, within bounds, and never in a storage."""

from collections.abc import Iterator

import pytest

from services.viewers import Viewer
from virtualfs.dav import junk
from virtualfs.dav.junk import Junk, node_of

ANNA, BEN = Viewer(1, "anna", "Anna"), Viewer(2, "ben", "Ben")
HERE = "/Storages/1/.DS_Store"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_it_is_its_own_persons_and_for_a_while() -> None:
    clock = Clock()
    left = Junk(clock)
    left.put(ANNA, HERE, [b"12", b"34"])
    assert left.find(ANNA, HERE) == b"1234"
    assert left.find(BEN, HERE) is None
    left.put(ANNA, HERE, [])
    assert left.find(ANNA, HERE) == b""
    clock.now = junk.KEPT_S + 1
    assert left.find(ANNA, HERE) is None
    left.put(ANNA, HERE, [b"new"])
    left.drop(ANNA, HERE)
    left.drop(ANNA, HERE)
    assert left.find(ANNA, HERE) is None


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    left = Junk()
    read: list[int] = []

    def large() -> Iterator[bytes]:
        for number in range(3):
            read.append(number)
            yield b"x" * junk.LARGEST

    left.put(ANNA, HERE, large())
    assert (left.find(ANNA, HERE), read) == (None, [0, 1, 2]), "all of it is read, none of it kept"
    monkeypatch.setattr(junk, "ENTRY", 1)
    monkeypatch.setattr(junk, "MOST_BYTES", 10)
    for number in range(4):
        left.put(ANNA, f"/{number}", [b"1234"])
    assert [left.find(ANNA, f"/{number}") is None for number in range(4)] == [True, True, False, False]
    left.put(ANNA, "/3", [b"12345678"])
    assert left.find(ANNA, "/2") is None
    for number in range(100):
        left.put(ANNA, f"/{number}", [b""])
    assert len(left._files) == 10, "empty ones take room too"


def test_an_upload_that_ends_early_leaves_the_old() -> None:
    left = Junk()
    left.put(ANNA, HERE, [b"old"])

    def cut() -> Iterator[bytes]:
        yield b"n"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        left.put(ANNA, HERE, cut())
    assert left.find(ANNA, HERE) == b"old"


def test_as_a_node() -> None:
    node = node_of("._a", b"1234")
    assert (node.name, node.size, node.original) == ("._a", 4, None)
    assert node.etag != node_of("._a", b"1235").etag
