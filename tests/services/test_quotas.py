"""The room of a storage as it said last: nobody waits for one that does not answer."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from services import quotas
from services.errors import StorageError, Unavailable
from services.models import Storage as Row
from services.quotas import FRESH_S, Quotas
from services.storages.memory import MemoryStorage
from services.storages.values import Quota
from tests.factories import Make

ROOM, LESS = Quota(100, 40, 60), Quota(100, 50, 50)


class Room(MemoryStorage):
    """Tells its room when it may, and counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__(distant=True)
        self.go_on = threading.Event()
        self.go_on.set()
        self.told: Quota | StorageError | None = ROOM
        self.asked = 0

    def about(self) -> Quota | None:
        self.asked += 1
        assert self.go_on.wait(20)
        if isinstance(self.told, StorageError):
            raise self.told
        return self.told


class Asking:
    """Two storages of one make, and what is known of their room, by a clock of the test's own."""

    def __init__(self, make: Make) -> None:
        self.room = Room()
        owner = make.user()
        self.id, self.other = (make.storage(owner, name, kind="memory").id for name in ("One", "Two"))
        self.clock = 0.0
        self.reached: list[int] = []
        self.quotas = Quotas(self._adapter, lambda: self.clock)

    def _adapter(self, row: Row) -> Room:
        self.reached.append(row.id)
        return self.room


@pytest.fixture
def asking(make: Make) -> Iterator[Asking]:
    made = Asking(make)
    yield made
    made.room.go_on.set()
    made.quotas.close()


def eventually(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.005)


def test_what_was_told_is_kept_for_some_minutes(asking: Asking) -> None:
    known, room = asking.quotas, asking.room
    eventually(lambda: known.get(asking.id) == ROOM)
    assert [known.get(asking.id) for _ in range(3)] == [ROOM] * 3
    assert known.known(asking.id) == ROOM
    asking.clock = FRESH_S - 1
    room.told = LESS
    assert known.known(asking.id) == ROOM
    assert (room.asked, asking.reached) == (1, [asking.id])
    asking.clock = FRESH_S
    assert known.get(asking.id) in {ROOM, LESS}, "nobody waits for news"
    eventually(lambda: known.get(asking.id) == LESS)
    assert room.asked == 2


def test_whoever_must_not_wait_is_told_what_is_fresh_or_nothing(asking: Asking) -> None:
    known, room = asking.quotas, asking.room
    room.go_on.clear()
    assert known.known(asking.id) is None
    assert known.known(asking.id) is None, "it is asked once, however often it is wanted"
    room.go_on.set()
    eventually(lambda: known.known(asking.id) == ROOM)
    room.go_on.clear()
    room.told = LESS
    asking.clock = FRESH_S
    assert known.known(asking.id) is None, "an old figure is none"
    assert known.get(asking.id) == ROOM, "a page tells it until there is a new one"
    room.go_on.set()
    eventually(lambda: known.known(asking.id) == LESS)
    assert room.asked == 2


def test_one_that_does_not_answer_is_waited_for_once_and_not_for_long(asking: Asking) -> None:
    known, room = asking.quotas, asking.room
    room.go_on.clear()
    began = time.monotonic()
    assert known.get(asking.id) is None
    first = time.monotonic() - began
    assert known.get(asking.id) is None
    assert first < 15
    assert time.monotonic() - began - first < quotas.MOMENT_S / 2
    room.go_on.set()
    eventually(lambda: known.get(asking.id) == ROOM)
    assert room.asked == 1


@pytest.mark.parametrize("answer", [None, Unavailable("away")])
def test_one_that_tells_nothing_is_not_asked_again_at_once(
    asking: Asking, answer: Unavailable | None
) -> None:
    asking.room.told = answer
    assert asking.quotas.get(asking.id) is None
    eventually(lambda: asking.quotas._known[asking.id].asking.done())
    asking.room.told = ROOM
    assert asking.quotas.known(asking.id) is None
    assert asking.quotas.get(asking.id) is None
    assert asking.room.asked == 1


def test_one_that_is_not_there_any_more_tells_nothing(asking: Asking) -> None:
    assert asking.quotas.get(-1) is None
    assert asking.reached == []


def test_only_so_many_are_kept(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "MOST", 1)
    for storage in (asking.id, asking.other):
        eventually(lambda storage=storage: asking.quotas.known(storage) == ROOM)  # type: ignore[misc]
    assert list(asking.quotas._known) == [asking.other]
