"""A circuit breaker before a storage far away."""

import asyncio
import threading

import pytest

from services.clock import now
from services.errors import (
    CarrierEnded,
    Forbidden,
    SenderEnded,
    StorageError,
    StorageNotFound,
    Unauthorized,
    Unavailable,
)
from services.storages import guarded
from services.storages.guarded import ENOUGH, FIRST_S, TRIPS_AT, Guarded
from services.storages.memory import MemoryStorage
from services.storages.values import Entry


class Away:
    """A memory storage behind a breaker whose clock stands still."""

    def __init__(self) -> None:
        self.now = 0.0
        self.memory = MemoryStorage(distant=True)
        self.memory.put("a.jpg", b"12345")
        self.told: list[StorageError] = []
        self.since: int | None = None
        self.storage = Guarded(
            self.memory, self.told.append, clock=lambda: self.now, online_since=lambda: self.since
        )

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


def test_the_reason_stays_whatever_becomes_of_the_error(away: Away) -> None:
    """What others may not read is taken out of the error that they get."""
    away.fail(TRIPS_AT - 1)
    with pytest.raises(Unavailable) as caught:
        away.storage.list("")
    reason = str(caught.value)
    caught.value.args = ("Nothing to be told.",)
    with pytest.raises(Unavailable) as refused:
        away.storage.list("")
    assert str(refused.value).endswith(reason)


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


def test_of_all_that_wait_one_call_tries(away: Away) -> None:
    away.fail(TRIPS_AT)
    away.memory.faults.offline = False
    away.now = FIRST_S * 1.3
    plain, begun, go_on = away.memory.stat, threading.Event(), threading.Event()

    def waiting(path: str) -> Entry:
        begun.set()
        assert go_on.wait(20)
        return plain(path)

    away.memory.stat = waiting  # type: ignore[method-assign]
    trial = threading.Thread(target=away.storage.stat, args=["a.jpg"])
    trial.start()
    assert begun.wait(20)
    calls = away.memory.calls
    for _ in range(3):
        with pytest.raises(Unavailable, match="asked again"):
            away.storage.list("")
    assert away.memory.calls == calls
    go_on.set()
    trial.join()
    assert away.storage.list("").complete


def test_a_trial_that_tells_nothing_leaves_it_to_the_next(away: Away) -> None:
    away.fail(TRIPS_AT)
    away.now = FIRST_S * 1.3
    for error in (SenderEnded("gone"), KeyboardInterrupt()):
        with pytest.raises(type(error)), away.storage.watched():
            raise error
    calls = away.memory.calls
    away.fail(1)
    assert away.memory.calls == calls + 1


def test_a_trial_that_never_ends_does_not_stay_the_only_one(away: Away) -> None:
    away.fail(TRIPS_AT)
    away.memory.faults.offline = False
    away.now = FIRST_S * 1.3
    with away.storage.watched():
        away.now += guarded.TRIAL_S
        assert away.storage.list("").complete


def test_many_that_end_at_once_make_no_longer_pause(away: Away) -> None:
    def together(times: int) -> None:
        with away.storage.watched():
            if times > 1:
                together(times - 1)
            raise Unavailable("timed out")

    with pytest.raises(Unavailable, match="timed out"):
        together(8)
    away.now = FIRST_S * 1.3
    calls = away.memory.calls
    away.fail(1)
    assert away.memory.calls == calls + 1


def test_that_another_process_found_it_online_closes_the_circuit(away: Away) -> None:
    away.since = now() - 1
    handle = away.storage.open_read("a.jpg")
    away.fail(TRIPS_AT)
    away.memory.faults.offline = False
    for since in (away.since, None):
        away.since = since
        with pytest.raises(Unavailable, match="asked again"):
            away.storage.stat("a.jpg")
    away.since = now() + 1
    with pytest.raises(Unavailable, match="asked again"):
        asyncio.run(handle.coming(0, 5))  # a loop does not wait for a catalogue
    assert away.storage.stat("a.jpg").size == 5
    assert asyncio.run(handle.coming(0, 5)) == b"12345"
    away.fail(TRIPS_AT)
    assert len(away.told) == 2, "it is told anew"


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


def test_that_a_new_sign_in_is_wanted_is_told_at_once(away: Away) -> None:
    away.memory.faults.needs_reconnect = True
    with pytest.raises(Unauthorized):
        away.storage.open_read("a.jpg")
    assert [type(error) for error in away.told] == [Unauthorized]
    away.memory.faults.needs_reconnect = False
    assert away.storage.stat("a.jpg").size == 5


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
        assert handle.comes(0)
        assert asyncio.run(handle.coming(0, 5)) == b"12345"
        away.memory.faults.short_body["a.jpg"] = 1
        for _ in range(TRIPS_AT):
            with pytest.raises(Unavailable, match="early"):
                asyncio.run(handle.coming(0, 5))
        assert len(away.told) == 1
        away.memory.faults.short_body.clear()
        with pytest.raises(Unavailable, match="asked again"):
            asyncio.run(handle.coming(0, 5))


def test_no_loop_waits_for_the_catalogue_when_the_circuit_opens() -> None:
    memory = MemoryStorage(distant=True)
    memory.put("a.jpg", b"12345")
    told: list[threading.Thread] = []
    storage = Guarded(memory, lambda error: told.append(threading.current_thread()))
    with storage.open_read("a.jpg") as handle:
        memory.faults.short_body["a.jpg"] = 1
        for _ in range(TRIPS_AT):
            with pytest.raises(Unavailable, match="early"):
                asyncio.run(handle.coming(0, 5))
    assert len(told) == 1
    assert told[0] is not threading.current_thread()


def test_what_ends_on_our_side_is_nothing_that_the_storage_did(away: Away) -> None:
    for _ in range(TRIPS_AT):
        with pytest.raises(CarrierEnded), away.storage.watched():
            raise CarrierEnded("rclone does not start")
    assert away.storage.stat("a.jpg").size == 5
    assert away.told == []
