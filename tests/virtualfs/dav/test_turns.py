"""One thread while all is quick; whoever waits keeps nobody; what fails or is given up gives its turn back."""

import asyncio
import threading
import time

import pytest

from virtualfs.dav import turns
from virtualfs.dav.turns import Turns


async def all_of(some: Turns, work: object, times: int) -> None:
    await asyncio.gather(*(some.run(work) for _ in range(times)))  # type: ignore[arg-type]  # any callable


def test_quick_work_is_done_by_one_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE_S", 60.0)
    at_once, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.002)
        with lock:
            at_once -= 1

    asyncio.run(all_of(Turns(4, "turn"), work, 20))
    assert most == 1


def test_who_waits_keeps_nobody_waiting() -> None:
    """Three of four threads hang, and the fourth answers."""
    hang = threading.Event()

    async def run() -> str:
        some = Turns(4, "turn")
        hanging = [asyncio.ensure_future(some.run(hang.wait)) for _ in range(3)]
        try:
            return await asyncio.wait_for(some.run(lambda: "here"), 10)
        finally:
            hang.set()
            await asyncio.gather(*hanging)

    assert asyncio.run(run()) == "here"


def test_no_turn_is_lost_or_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE_S", 0.02)
    go, begun = threading.Event(), []

    def fail() -> None:
        raise OSError("gone")

    def work(name: str) -> bool:
        begun.append(name)
        return go.wait(10)

    async def run() -> None:
        some = Turns(4, "turn")
        for _ in range(3):
            with pytest.raises(OSError, match="gone"):
                await some.run(fail)
        given_up = asyncio.ensure_future(some.run(time.sleep, 0.1))
        await asyncio.sleep(0.05)  # it has lost its turn already
        given_up.cancel()
        monkeypatch.setattr(turns, "PATIENCE_S", 60.0)
        both = [asyncio.ensure_future(some.run(work, name)) for name in ("first", "second")]
        await asyncio.sleep(0.2)
        assert begun == ["first"]
        go.set()
        assert await asyncio.gather(*both) == [True, True]

    asyncio.run(run())
