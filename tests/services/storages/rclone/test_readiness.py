"""Waiting for sockets on an event loop."""

import asyncio
import gc
import os
import socket
from collections.abc import Callable, Coroutine, Iterator
from typing import Any
from weakref import ReferenceType, ref

import pytest
import uvloop

from services.storages.rclone import readiness
from services.storages.rclone.readiness import readable

Loop = Callable[[], asyncio.AbstractEventLoop]
Run = Callable[[Coroutine[Any, Any, None]], None]
LONG_S = 30.0


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop])
def loop(request: pytest.FixtureRequest) -> Loop:
    """Makes loops of either kind: `serve` has uvloop."""
    made: Loop = request.param
    return made


@pytest.fixture
def run(loop: Loop) -> Run:
    def running(work: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=loop) as runner:
            runner.run(asyncio.wait_for(work, LONG_S / 2))

    return running


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


Pair = tuple[socket.socket, socket.socket]


def test_what_is_there_already_is_not_waited_for(pair: Pair, run: Run) -> None:
    ours, theirs = pair
    theirs.sendall(b"abc")

    async def work() -> None:
        for left in (b"a", b"b", b"c"):
            await readable(ours, LONG_S)
            assert ours.recv(1) == left

    run(work())


def test_it_ends_when_something_comes_and_not_before(pair: Pair, run: Run) -> None:
    ours, theirs = pair

    async def work() -> None:
        for _ in range(3):
            waiting = asyncio.ensure_future(readable(ours, LONG_S))
            await asyncio.sleep(0.02)
            assert not waiting.done()
            theirs.sendall(b"a")
            await waiting
            assert ours.recv(10) == b"a"

    run(work())


def test_that_the_other_end_hung_up_is_something_to_read(pair: Pair, run: Run) -> None:
    ours, theirs = pair

    async def work() -> None:
        waiting = asyncio.ensure_future(readable(ours, LONG_S))
        await asyncio.sleep(0)
        theirs.close()
        await waiting
        assert ours.recv(10) == b""

    run(work())


def test_the_socket_stays_one_that_blocks(pair: Pair, run: Run) -> None:
    ours, theirs = pair

    async def work() -> None:
        theirs.sendall(b"a")
        await readable(ours, LONG_S)
        assert os.get_blocking(ours.fileno())

    run(work())


def test_each_has_a_deadline_of_their_own(run: Run) -> None:
    """Also when a nearer one is asked for later, and when all are asked for again."""

    async def work() -> None:
        pairs = [socket.socketpair() for _ in range(4)]
        ended: list[int] = []

        async def wait(turn: int, seconds: float) -> None:
            try:
                await readable(pairs[turn][0], seconds)
            except TimeoutError:
                ended.append(turn)

        for _ in range(2):
            ended.clear()
            waits = [wait(turn, seconds) for turn, seconds in enumerate((LONG_S, 0.15, 0.05, 0.1))]
            asked = [asyncio.ensure_future(one) for one in waits]
            await asyncio.wait(asked[1:])
            assert ended == [2, 3, 1]
            assert not asked[0].done()
            pairs[0][1].sendall(b"a")
            await asked[0]
            assert (ended, pairs[0][0].recv(10)) == ([2, 3, 1], b"a")
        for pair in pairs:
            for end in pair:
                end.close()

    run(work())


def test_timers_do_not_multiply(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each nearer deadline begins a timer of its own; one that is out of date does not ask for another."""
    asked: list[float] = []
    plain = readiness._Armed._look_at

    def counted(armed: readiness._Armed, loop: asyncio.AbstractEventLoop, when: float) -> None:
        asked.append(when)
        plain(armed, loop, when)

    monkeypatch.setattr(readiness._Armed, "_look_at", counted)

    async def work() -> None:
        pairs = [socket.socketpair() for _ in range(3)]
        seconds = (0.4, LONG_S)
        first, second = (asyncio.ensure_future(readable(pairs[i][0], seconds[i])) for i in range(2))
        await asyncio.sleep(0)
        for _ in range(20):
            with pytest.raises(TimeoutError):
                await readable(pairs[2][0], 0.001)
        asked.clear()
        with pytest.raises(TimeoutError):
            await first
        await asyncio.sleep(0.05)
        assert len(asked) <= 3, "one for the second, and one more where a timer came a moment early"
        second.cancel()
        for pair in pairs:
            for end in pair:
                end.close()

    run(work())


def test_what_came_for_somebody_who_went_away_is_nobodys(pair: Pair, run: Run) -> None:
    ours, theirs = pair

    async def work() -> None:
        waiting = asyncio.ensure_future(readable(ours, LONG_S))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        theirs.sendall(b"a")
        await asyncio.sleep(0.01)  # the event of the one who went
        await readable(ours, LONG_S)
        assert ours.recv(10) == b"a"
        with pytest.raises(TimeoutError):
            await readable(ours, 0.01)

    run(work())


def test_a_socket_that_is_closed_is_told(pair: Pair, run: Run) -> None:
    ours, _ = pair
    ours.close()

    async def work() -> None:
        with pytest.raises(OSError, match="closed"):
            await readable(ours, LONG_S)

    run(work())


def test_another_socket_in_the_place_of_one_that_was_closed(run: Run) -> None:
    """The system gives numbers anew: whoever waits for the old one is not left waiting for ever."""

    async def work() -> None:
        ours, theirs = socket.socketpair()
        number = ours.fileno()
        waiting = asyncio.ensure_future(readable(ours, LONG_S))
        await asyncio.sleep(0)
        ours.close()
        again, other = socket.socketpair()
        assert again.fileno() == number
        asked = asyncio.ensure_future(readable(again, LONG_S))
        with pytest.raises(TimeoutError):
            await waiting
        other.sendall(b"a")
        await asked
        for end in (theirs, again, other):
            end.close()

    run(work())


def test_a_loop_that_ended_leaves_nothing_behind(pair: Pair, loop: Loop) -> None:
    """Not even when somebody waited to the end, for something that was never to come."""
    ours, theirs = pair
    left: list[ReferenceType[object]] = []

    async def work() -> None:
        with pytest.raises(TimeoutError):
            await readable(ours, 0.01)
        waiting = asyncio.ensure_future(readable(ours, LONG_S))
        theirs.sendall(b"a")
        await waiting
        left.append(ref(readiness._of_loops[asyncio.get_running_loop()]))

    for _ in range(3):
        with asyncio.Runner(loop_factory=loop) as runner:
            runner.run(work())
        ours.recv(10)
    del runner
    gc.collect()
    assert [one() for one in left] == [None] * 3
