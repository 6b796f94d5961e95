"""The body between loop and thread: pulled, one batch ahead, and never shorter than announced without an error."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services.errors import SenderEnded
from virtualfs.dav import receiving
from virtualfs.dav.receiving import Body

Message = dict[str, Any]


def sender(pieces: list[bytes | str], asked: list[int]) -> Callable[[], Awaitable[Message]]:
    """An ASGI `receive`: bytes are pieces, "gone" is a client that went, "silent" one that sends no more."""
    left = iter(pieces)

    async def receive() -> Message:
        asked.append(1)
        piece = next(left, None)
        if piece == "gone":
            return {"type": "http.disconnect"}
        if piece == "silent":
            await asyncio.sleep(3600)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    return receive


def received(pieces: list[bytes | str], size: int | None, *, idle_s: float = 30.0) -> bytes:
    async def run() -> bytes:
        loop = asyncio.get_running_loop()
        body = Body(sender(pieces, []), loop, size, idle_s)
        return await loop.run_in_executor(None, lambda: b"".join(body))

    return asyncio.run(run())


@pytest.mark.parametrize("size", [None, 6])
def test_all_that_comes(size: int | None) -> None:
    assert received([b"12", b"", b"345", b"6"], size) == b"123456"
    assert received([], None) == b""


@pytest.mark.parametrize(("pieces", "size"), [
    ([b"12", b"3"], 4), ([b"12", b"345"], 4), ([b"12", "gone"], None), (["gone"], 0), ([b"12", "gone"], 2),
])  # fmt: skip
def test_what_is_not_all_is_an_error(pieces: list[bytes | str], size: int | None) -> None:
    with pytest.raises(SenderEnded):
        received(pieces, size)


def test_a_client_that_falls_silent() -> None:
    with pytest.raises(SenderEnded, match="Nothing came"):
        received([b"1", "silent"], None, idle_s=0.05)


def test_nothing_is_received_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """And then one batch ahead, no more."""
    monkeypatch.setattr(receiving, "BATCH", 2)
    asked: list[int] = []

    async def run() -> None:
        loop = asyncio.get_running_loop()
        body = Body(sender([b"12"] * 10, asked), loop, None)
        await asyncio.sleep(0.02)
        assert (asked, body.is_begun) == ([], False)
        pieces = iter(body)
        await loop.run_in_executor(None, next, pieces)
        while len(asked) < 2:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.05)
        assert len(asked) == 2
        body.close()

    asyncio.run(run())


def test_who_waits_is_let_go_when_it_is_closed() -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        body = Body(sender(["silent"], []), loop, None)
        begun, found = threading.Event(), []

        def read() -> None:
            begun.set()
            try:
                list(body)
            except SenderEnded as error:
                found.append(error)

        work = loop.run_in_executor(None, read)
        await loop.run_in_executor(None, begun.wait)
        while body._ahead is None:
            await asyncio.sleep(0.001)
        body.close()
        await asyncio.wait_for(work, 30)
        assert found

    asyncio.run(run())


def test_a_server_that_closed_down_is_asked_for_nothing_more() -> None:
    loop = asyncio.new_event_loop()
    body = Body(sender([b"1"], []), loop, None)
    loop.close()
    with pytest.raises(SenderEnded):
        list(body)
    closed = Body(sender([b"1"], []), loop, None)
    closed.close()
    with pytest.raises(SenderEnded):
        list(closed)
