import asyncio
import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.errors import StorageNotFound, Unavailable
from services.storages.handles import Handle
from services.storages.streaming import stream_range
from services.storages.values import Entry

BODY = bytes(range(100))


class SlowHandle(Handle):
    """Reads wait for `go`, and what happened is written down."""

    def __init__(self) -> None:
        self.entry = Entry("a", "a", False, len(BODY), 0, None, "")
        self.go = threading.Event()
        self.reading = threading.Event()
        self.closed = threading.Event()
        self.log: list[str] = []

    def pread(self, offset: int, length: int) -> bytes:
        self.log.append("read")
        self.reading.set()
        assert self.go.wait(10)
        self.log.append("done")
        return BODY[offset : offset + length]

    def check(self) -> None:
        return

    def close(self) -> None:
        self.log.append("close")
        self.closed.set()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


async def cancelled_while(pool: ThreadPoolExecutor, handle: SlowHandle, waiting_for: threading.Event) -> None:
    stream = stream_range(lambda: handle, 0, 99, block=10, executor=pool)
    task = asyncio.ensure_future(anext(stream))
    await asyncio.to_thread(waiting_for.wait, 10)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await stream.aclose()


def test_a_cancelled_stream_closes_only_after_its_read(pool: ThreadPoolExecutor) -> None:
    handle = SlowHandle()
    asyncio.run(cancelled_while(pool, handle, handle.reading))
    assert handle.log == ["read"]
    handle.go.set()
    assert handle.closed.wait(10)
    assert handle.log == ["read", "done", "close"]


def test_a_stream_left_early_is_closed(pool: ThreadPoolExecutor) -> None:
    handle = SlowHandle()
    handle.go.set()

    async def leave() -> bytes:
        stream = stream_range(lambda: handle, 5, 99, block=10, executor=pool)
        first = await anext(stream)
        await stream.aclose()
        return first

    assert asyncio.run(leave()) == BODY[5:15]
    assert handle.log == ["read", "done", "close"]


def test_a_stream_read_to_its_end_is_closed(pool: ThreadPoolExecutor) -> None:
    handle = SlowHandle()
    handle.go.set()

    async def whole() -> bytes:
        return b"".join(
            [piece async for piece in stream_range(lambda: handle, 1, 98, block=30, executor=pool)]
        )

    assert asyncio.run(whole()) == BODY[1:99]
    assert handle.log[-1] == "close"


def test_cancelled_while_opening_closes_what_was_opened(pool: ThreadPoolExecutor) -> None:
    handle = SlowHandle()
    opening, go = threading.Event(), threading.Event()

    def open_slowly() -> Handle:
        opening.set()
        assert go.wait(10)
        return handle

    async def cancel() -> None:
        stream = stream_range(open_slowly, 0, 9, block=10, executor=pool)
        task = asyncio.ensure_future(anext(stream))
        await asyncio.to_thread(opening.wait, 10)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    go.set()
    assert handle.closed.wait(10)
    assert handle.log == ["close"]


@pytest.mark.parametrize("error", [StorageNotFound("gone"), Unavailable("cut")])
def test_errors_of_opening_come_through(pool: ThreadPoolExecutor, error: Exception) -> None:
    def fail() -> Handle:
        raise error

    with pytest.raises(type(error)):
        asyncio.run(anext(stream_range(fail, 0, 9, block=10, executor=pool)))
