"""The room of a storage as it said last: nobody waits for one that does not answer."""

import threading
import time
from collections.abc import Callable

from services import quotas
from services.errors import Unavailable
from services.models import Storage as Row
from services.quotas import FRESH_S, Quotas
from services.storages.memory import MemoryStorage
from services.storages.values import Quota

ROW = Row(id=7)
ROOM = Quota(100, 40, 60)


class Room(MemoryStorage):
    """Tells its room when it may, and counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__(distant=True)
        self.go_on = threading.Event()
        self.go_on.set()
        self.told: Quota | None = ROOM
        self.asked = 0

    def about(self) -> Quota | None:
        self.asked += 1
        assert self.go_on.wait(20)
        if self.told is None:
            raise Unavailable("away")
        return self.told


def made(room: Room) -> tuple[Quotas, list[float]]:
    moment = [0.0]
    return Quotas(lambda row: room, lambda: moment[0]), moment


def eventually(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.005)


def test_what_was_told_is_kept_for_some_minutes() -> None:
    room = Room()
    known, moment = made(room)
    assert [known.get(ROW) for _ in range(3)] == [ROOM] * 3
    assert room.asked == 1
    room.told = Quota(100, 50, 50)
    moment[0] = FRESH_S
    assert known.get(ROW) in {ROOM, room.told}, "nobody waits for news"
    eventually(lambda: known.get(ROW) == room.told)
    assert room.asked == 2


def test_one_that_does_not_answer_is_waited_for_once_and_not_for_long() -> None:
    quotas_, _ = made(room := Room())
    room.go_on.clear()
    began = time.monotonic()
    assert quotas_.get(ROW) is None
    first = time.monotonic() - began
    assert quotas_.get(ROW) is None
    assert first < 15
    assert time.monotonic() - began - first < quotas.MOMENT_S / 2
    room.go_on.set()
    eventually(lambda: quotas_.get(ROW) == ROOM)
    assert room.asked == 1


def test_one_that_is_away_tells_nothing() -> None:
    room = Room()
    room.told = None
    assert made(room)[0].get(ROW) is None
