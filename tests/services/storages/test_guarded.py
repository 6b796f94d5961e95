"""A circuit breaker before a storage far away."""

import asyncio

import pytest

from services.errors import Forbidden, StorageError, StorageNotFound, Unavailable
from services.storages import guarded
from services.storages.guarded import ENOUGH, FIRST_S, TRIPS_AT, Guarded
from services.storages.memory import MemoryStorage


class Away:
    """A memory storage behind a breaker whose clock stands still."""

    def __init__(self) -> None:
        self.now = 0.0
        self.memory = MemoryStorage(distant=True)
        self.memory.put("a.jpg", b"12345")
        self.told: list[StorageError] = []
        self.storage = Guarded(self.memory, self.told.append, clock=lambda: self.now)

    def fail(self, times: int) -> None:
        self.memory.faults.offline = True
        for _ in range(times):
            with pytest.raises(Unavailable):
                self.storage.list("")


@pytest.fixture
def away() -> Away:
    return Away()


def test_after_three_failures_nobody_waits_for_a_fourth(away: Away) -> None:
    away.fail(TRIPS_AT)
    calls = away.memory.calls
    with pytest.raises(Unavailable, match="asked again in 1 min"):
        away.storage.stat("a.jpg")
    assert away.memory.calls == calls
    assert len(away.told) == 1


def test_then_one_call_is_let_through(away: Away) -> None:
    away.fail(TRIPS_AT)
    away.now = FIRST_S * 1.3
    calls = away.memory.calls
    away.fail(1)
    assert away.memory.calls == calls + 1
    away.fail(1)
    assert away.memory.calls == calls + 1
    away.now += FIRST_S * 1.3  # the second pause is twice as long
    away.fail(1)
    assert away.memory.calls == calls + 1
    away.memory.faults.offline = False
    away.now += FIRST_S * 2
    assert away.storage.list("").complete
    assert away.storage.stat("a.jpg").size == 5
    assert len(away.told) == 1


def test_pauses_do_not_grow_without_end(away: Away) -> None:
    away.fail(TRIPS_AT)
    for _ in range(20):
        away.now += guarded.LONGEST_S * 1.3
        away.fail(1)
    away.now += guarded.LONGEST_S * 1.3
    calls = away.memory.calls
    away.fail(1)
    assert away.memory.calls == calls + 1


def test_a_probe_is_let_through_and_closes_the_circuit(away: Away) -> None:
    away.fail(TRIPS_AT)
    assert not away.storage.probe().online
    away.memory.faults.offline = False
    assert away.storage.probe().online
    assert away.storage.stat("a.jpg").size == 5


def test_other_answers_are_answers(away: Away) -> None:
    for _ in range(TRIPS_AT):
        with pytest.raises(StorageNotFound):
            away.storage.stat("b.jpg")
        away.memory.faults.fail_on = {1: Forbidden("no")}
        with pytest.raises(Forbidden):
            away.storage.stat("a.jpg")
        away.memory.faults.fail_on = {1: Unavailable("once")}
        with pytest.raises(Unavailable, match="once"):
            away.storage.stat("a.jpg")
    assert away.storage.stat("a.jpg").size == 5
    assert away.told == []


def test_reading_counts_too(away: Away) -> None:
    with away.storage.open_read("a.jpg") as handle:
        away.memory.faults.offline = True
        for _ in range(TRIPS_AT):
            with pytest.raises(Unavailable):
                handle.pread(0, 5)
    assert len(away.told) == 1


def test_how_long_answers_take(away: Away) -> None:
    def slowly(path: str) -> object:
        away.now += 5
        return MemoryStorage.stat(away.memory, path)

    away.memory.stat = slowly  # type: ignore[method-assign, assignment]  # a slow storage
    for _ in range(ENOUGH - 1):
        away.storage.stat("a.jpg")
    assert away.storage.median_s == 0.0
    away.storage.stat("a.jpg")
    assert away.storage.median_s == 5.0


def test_what_comes_on_a_loop_counts_too(away: Away) -> None:
    with away.storage.open_read("a.jpg") as handle:
        assert handle.comes(0, 5)
        assert asyncio.run(handle.coming(0, 5)) == b"12345"
        away.memory.faults.short_body["a.jpg"] = 1
        for _ in range(TRIPS_AT):
            with pytest.raises(Unavailable, match="early"):
                asyncio.run(handle.coming(0, 5))
        assert len(away.told) == 1
        away.memory.faults.short_body.clear()
        with pytest.raises(Unavailable, match="asked again"):
            asyncio.run(handle.coming(0, 5))
