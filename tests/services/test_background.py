"""What the background does with a storage far away: a limit for all of it together, and people before it."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from services import background, precedence
from services.background import Background, Considerate, Line
from services.errors import JobStopped
from services.models import Storage as Row
from services.precedence import Precedence
from services.storages.memory import MemoryStorage
from services.storages.values import Entry, Listing

SOON_S = 20.0


def row(**budget: int) -> Row:
    return Row(id=7, options={"budget": budget} if budget else {})


class Busy(MemoryStorage):
    """A storage far away that counts how many calls are in it at a time, and can be held."""

    def __init__(self) -> None:
        super().__init__(distant=True)
        self.put("a.jpg", b"12345")
        self.go_on = threading.Event()
        self.go_on.set()
        self.now = self.most = 0
        self._count = threading.Lock()

    @contextmanager
    def counted(self) -> Iterator[None]:
        with self._count:
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            assert self.go_on.wait(SOON_S)
            time.sleep(0.002)
            yield
        finally:
            with self._count:
                self.now -= 1

    def list(self, path: str) -> Listing:
        with self.counted():
            return super().list(path)

    def stat(self, path: str) -> Entry:
        with self.counted():
            return super().stat(path)


def eventually(true: Callable[[], object]) -> None:
    until = time.monotonic() + SOON_S
    while not true():
        assert time.monotonic() < until
        time.sleep(0.005)


@pytest.mark.parametrize("at_once", [1, 3])
def test_all_calls_of_a_storage_share_one_limit(at_once: int) -> None:
    storage = Busy()
    give = Background(lambda row: storage, None)
    with ThreadPoolExecutor(8) as threads:  # two jobs of one storage, each with its own
        scan, read = give(row(at_once=at_once)), give(row(at_once=at_once))
        listed = [threads.submit(scan.list, "") for _ in range(16)]
        looked = [threads.submit(read.stat, "a.jpg") for _ in range(16)]
        assert [one.result(SOON_S).size for one in looked] == [5] * 16
        assert all(one.result(SOON_S).complete for one in listed)
    assert storage.most == at_once


def test_reading_counts_while_bytes_are_read_and_not_in_between() -> None:
    storage = Busy()
    give = Background(lambda row: storage, None)
    with give(row(at_once=1)).open_read("a.jpg") as handle:
        assert give(row(at_once=1)).list("").complete
        assert handle.pread(0, 9) == b"12345"
        handle.check()


def test_storages_do_not_wait_for_each_other_nor_do_people() -> None:
    storage = Busy()
    give = Background(lambda row: storage, None)
    storage.go_on.clear()
    with ThreadPoolExecutor(2) as threads:
        held = threads.submit(give(row(at_once=1)).list, "")
        eventually(lambda: storage.now == 1)
        other = threads.submit(give(Row(id=8, options={"budget": {"at_once": 1}})).list, "")
        eventually(lambda: storage.now == 2)
        storage.go_on.set()
        assert held.result(SOON_S).complete
        assert other.result(SOON_S).complete
    assert storage.list("").complete, "people have the storage itself"


def test_who_came_first_goes_first_also_before_one_who_comes_again_and_again() -> None:
    line, came = Line(), []

    def reader() -> None:
        for _ in range(200):
            with line.turn(1, lambda: None):
                came.append("block")
                time.sleep(0.001)

    reading = threading.Thread(target=reader)
    reading.start()
    eventually(lambda: came)
    before = len(came)
    with line.turn(1, lambda: None):
        came.append("listing")
    reading.join(SOON_S)
    assert came.index("listing") <= before + 2


def test_waiting_for_a_turn_can_be_ended_and_holds_nobody_up() -> None:
    line, looked = Line(), threading.Event()

    def stop() -> None:
        looked.set()
        raise JobStopped("stop")

    with line.turn(1, lambda: None), pytest.raises(JobStopped), line.turn(1, stop):
        pass
    assert looked.is_set()
    with line.turn(1, lambda: None):
        pass


def test_a_failed_call_gives_its_turn_back() -> None:
    line = Line()
    with pytest.raises(OSError, match="away"), line.turn(1, lambda: None):
        raise OSError("away")
    with line.turn(1, lambda: None):
        pass


def test_a_storage_that_is_near_waits_for_nobody() -> None:
    storage = MemoryStorage()
    assert Background(lambda row: storage, None)(row()) is storage


@pytest.fixture
def first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Precedence:
    """As another process writes it down that somebody reads from the storage all the time."""
    monkeypatch.setattr(precedence, "LOOK_S", 0.01)
    monkeypatch.setattr(precedence, "RECENT_S", 10_000.0)
    noted = Precedence(tmp_path)
    noted.note(7)
    return noted


def give_way_to(first: Precedence, checkpoint: Callable[[], None] = lambda: None) -> Considerate:
    given = Background(lambda row: Busy(), first)(row(), checkpoint)
    assert isinstance(given, Considerate)
    return given


@pytest.mark.parametrize("call", ["list", "open", "read"])
def test_people_go_first(first: Precedence, tmp_path: Path, call: str) -> None:
    storage, looked = give_way_to(first, lambda: looked.append(1)), list[int]()
    (tmp_path / "read-7").unlink()
    handle = storage.open_read("a.jpg")
    first._noted.clear()
    first.note(7)
    calls: dict[str, Callable[[], object]] = {
        "list": lambda: storage.list(""),
        "open": lambda: storage.open_read("a.jpg"),
        "read": lambda: handle.pread(0, 1),
    }
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(calls[call])
        eventually(lambda: len(looked) > 3)
        assert not waiting.done()
        assert storage.stat("a.jpg").size == 5, "who waits for people keeps no turn"
        (tmp_path / "read-7").unlink()
        waiting.result(SOON_S)


def test_a_film_all_evening_ends_no_scan(first: Precedence, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precedence, "LONGEST_S", 0.1)
    storage = give_way_to(first)
    began = time.monotonic()
    for _ in range(3):
        assert storage.list("").complete
    assert 0.3 <= time.monotonic() - began < SOON_S


def test_how_long_answers_take_does_not_count_the_waiting() -> None:
    storage = Busy()
    storage.median_s = 1.5  # type: ignore[attr-defined]
    given = Background(lambda row: storage, None)(row())
    assert isinstance(given, Considerate)
    assert given.median_s == 1.5
    assert give_way_to(Precedence(Path("/nowhere"))).median_s == 0
    assert background.YIELDING.isdisjoint({"stat", "caps", "probe"})
