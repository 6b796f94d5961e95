"""Room is told from memory; a storage is asked behind the listing's back, and not again for five minutes."""

import threading
import time
from collections.abc import Iterator

import pytest

from services.errors import Unavailable
from services.storages.values import Quota
from services.viewers import Viewer
from virtualfs import rooms
from virtualfs.rooms import Rooms
from virtualfs.writing import Room

ANNA = Viewer(1, "anna", "Anna")


class Asked:
    def __init__(self) -> None:
        self.answers: list[Quota | Exception | None] = []
        self.clock = 0.0
        self.let = threading.Event()
        self.let.set()

    def ask(self, viewer: Viewer, pid: str) -> Quota | None:
        assert self.let.wait(30)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def asked(catalogue: object) -> Asked:
    return Asked()


@pytest.fixture
def known(asked: Asked) -> Iterator[Rooms]:
    known = Rooms(asked.ask, lambda: asked.clock)
    yield known
    asked.let.set()
    known.close()


def soon(known: Rooms, pid: str = "s") -> Room | None:
    """What is found once the storage has answered."""
    deadline = time.monotonic() + 30
    while known._asked:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return known.find(ANNA, pid)


def test_nobody_waits_and_it_is_kept(asked: Asked, known: Rooms) -> None:
    asked.answers = [Quota(100, 60, 40), Quota(100, 61, 39)]
    asked.let.clear()
    assert known.find(ANNA, "s") is None
    assert known.find(ANNA, "s") is None, "it is asked once, however often it is wanted"
    asked.let.set()
    assert soon(known) == Room(60, 40)
    asked.clock = 299.0
    assert known.find(ANNA, "s") == Room(60, 40)
    asked.clock = 301.0
    assert known.find(ANNA, "s") is None
    assert soon(known) == Room(61, 39)


@pytest.mark.parametrize("answer", [None, Unavailable("away")])
def test_what_does_not_tell_is_not_asked_again_at_once(
    asked: Asked, known: Rooms, answer: Unavailable | None
) -> None:
    asked.answers = [answer, Quota(1, 1, 1)]
    assert known.find(ANNA, "s") is None
    assert soon(known) is None
    assert len(asked.answers) == 1


def test_only_so_many_are_kept(asked: Asked, known: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "MOST", 1)
    asked.answers = [Quota(1, 1, 1), Quota(2, 2, 2)]
    for pid in ("a", "b"):
        known.find(ANNA, pid)
        soon(known, pid)
    assert list(known._kept) == ["b"]
