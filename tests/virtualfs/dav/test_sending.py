"""Sending: the client that leaves, and the one that takes nothing."""

import asyncio

import pytest
from starlette.types import Message

from virtualfs.dav.sending import Sender, Stalled


async def still_there() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


def test_headers_and_pieces_go_out() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def run() -> None:
        async with Sender(still_there, send) as sender:
            assert not sender.is_gone
            await sender.start(200, {"ETag": '"a"'})
            await sender.body(b"x", more=False)

    asyncio.run(run())
    assert sent == [
        {"type": "http.response.start", "status": 200, "headers": [(b"etag", b'"a"')]},
        {"type": "http.response.body", "body": b"x", "more_body": False},
    ]


def test_a_client_that_leaves_is_noticed() -> None:
    waiting: list[Message] = [{"type": "http.request", "body": b""}, {"type": "http.disconnect"}]

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        pass

    async def run() -> bool:
        async with Sender(receive, send) as sender:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            return sender.is_gone

    assert asyncio.run(run())


def test_a_client_that_takes_nothing_is_cut_off() -> None:
    async def send(message: Message) -> None:
        await asyncio.Event().wait()

    async def run() -> None:
        async with Sender(still_there, send, idle_s=0.05) as sender:
            await sender.body(b"x", more=True)

    with pytest.raises(Stalled):
        asyncio.run(run())


def test_giving_up_looks_like_a_client_that_left() -> None:
    async def send(message: Message) -> None:
        pass

    async def run() -> bool:
        async with Sender(still_there, send) as sender:
            sender.give_up()
            await asyncio.sleep(0)
            return sender.is_gone

    assert asyncio.run(run())
