"""What televisions ask is done in few threads, which close their connections when nobody asks any more."""

import asyncio
import threading
from pathlib import Path

import pytest

from services import memory
from services.models import User, database
from tests.factories import Make
from virtualfs.dlna import threads
from virtualfs.dlna.threads import Threads


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "REST_S", 0.05)


def is_open() -> bool:
    return not database.proxy.is_closed()


def pages() -> int:
    """What the connection of this thread may keep, in KiB."""
    (kept,) = database.proxy.execute_sql("PRAGMA cache_size").fetchone()
    return -int(kept)


async def until_closed(some: Threads) -> None:
    """Wait until none of them has a connection; looks without asking them by `do`, which would begin anew."""
    for _ in range(1000):
        parties = some._begun  # a look may begin one more, where one of them is not done with resting
        together = threading.Barrier(parties)

        def look(together: threading.Barrier = together) -> bool:
            together.wait(20)
            return is_open()

        loop = asyncio.get_running_loop()
        found = await asyncio.gather(*(loop.run_in_executor(some._pool, look) for _ in range(parties)))
        if not any(found):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("some are open still")


@pytest.mark.sqlite("how much it keeps is asked of it alone")
def test_at_rest_every_connection_is_closed(catalogue: Path, make: Make, soon: None) -> None:
    make.user("anna")
    meet = threading.Barrier(3)

    def ask() -> int:
        meet.wait(20)
        return User.select().count()

    async def run() -> None:
        some = Threads(8, "some")
        assert await asyncio.gather(*(some.do(ask) for _ in range(3))) == [1, 1, 1]
        await until_closed(some)
        assert await some.do(User.select().count) == 1, "and opened anew"
        assert await some.do(pages) == database.FEW_PAGES
        await until_closed(some)
        some._pool.shutdown()

    asyncio.run(run())


def test_while_somebody_works_none_rests(
    catalogue: Path, soon: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And one whom nobody waits for any more keeps none of the others from it, nor is it closed under its work."""
    monkeypatch.setattr(threads, "GATHER_S", 0.05)
    go_on, rested = threading.Event(), []
    let_go = memory.let_go

    def resting() -> None:
        rested.append(threading.get_ident())
        let_go()

    monkeypatch.setattr(memory, "let_go", resting)

    def slow() -> int:
        database.proxy.connection()
        go_on.wait(20)
        return User.select().count()

    async def run() -> None:
        some = Threads(2, "some")
        given_up = asyncio.ensure_future(some.do(slow))
        while not some._begun:
            await asyncio.sleep(0.01)
        await some.do(User.select().count)
        await asyncio.sleep(0.3)
        assert not rested
        given_up.cancel()
        while not rested:
            await asyncio.sleep(0.01)
        assert await some.do(User.select().count) == 0
        go_on.set()
        await until_closed(some)
        some._pool.shutdown()

    asyncio.run(run())
    assert len(set(rested)) == 2


def test_what_fails_says_so(catalogue: Path) -> None:
    def fail() -> None:
        raise OSError("no")

    async def run() -> None:
        some = Threads(1, "some")
        with pytest.raises(OSError, match="no"):
            await some.do(fail)
        assert not some._busy
        some._pool.shutdown()

    asyncio.run(run())
