"""Originals and renditions to a browser: ranges, conditions, and an end when the right ends.

The answer is sent by hand rather than by a framework's file response, because three things must hold:
the right is checked before every chunk, a client that goes away stops the reading at once, and a
stream that is cut is seen to be cut (its promised length stays unfulfilled).
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import ExitStack, aclosing, suppress
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services import access, broker, masks, serving
from services.broker import Original, Revoked
from services.errors import NotFound, StorageError, UsageError
from services.media.types import VIEW
from services.models import Asset, Item
from services.renditions import Wanted
from services.slots import TooMany, who_of
from web.errors import Problem, problem_of
from web.handling import Ask, Handler, Policy, api, problem_response
from web.headers import media_headers

MOTION = "motion"
"""The role by which the video inside a motion photo is asked for: no asset, a range of the original."""

RENDITION_WAIT_S = 10.0
POLL_S = 0.03
LONGEST_POLL_S = 0.4

log = logging.getLogger(__name__)


def original(ask: Ask) -> Response:
    """GET /items/{id}/original and /items/{id}/assets/{role}: bytes exactly as their owner has them."""
    item = access.get_item(ask.viewer, ask.path["id"])
    role = ask.path.get("role")
    asset = None if role in {None, MOTION} else _asset(item.id, role)
    if _is_being_masked(ask, item, asset):
        return Response(status_code=202)
    source = broker.original_of(ask.viewer, item, asset)
    first, known = _motion(ask, item, source) if role == MOTION else (0, source)
    headers = media_headers(known.mime, known.name, download=ask.query.get("download") == "1")
    plan = serving.plan(
        ask.request.method, ask.request.headers, etag=known.etag, mtime=known.dated, size=known.size
    )
    headers.update(plan.headers)
    if plan.span is None or ask.request.method == "HEAD":
        return Response(status_code=plan.status, headers=headers)
    start, end = plan.span
    try:
        place = take_place(ask)
    except TooMany as error:  # a player that jumps asks for another part while its old stream still ends
        ask.request.state.busy = error
        return Response(status_code=202)
    with ExitStack() as taken:
        taken.callback(place)
        stream = ask.context.broker.open_described(ask.viewer, source, first + start, first + end)
        taken.callback(stream.close)
        ask.context.openings.note(ask.viewer, item)
        taken.pop_all()
        return StreamResponse(stream, plan.status, headers, done=place)


def take_place(ask: Ask) -> Callable[[], None]:
    """One of the downloads that somebody may have at once; gives what ends it. Raises TooMany."""
    who = who_of(ask.viewer)
    ask.context.downloads.take(who)
    return partial(ask.context.downloads.give_back, who)


def _is_being_masked(ask: Ask, item: Item, asset: Asset | None) -> bool:
    """Whether the viewer can have it as soon as it is known what of it tells the place, which is asked for once.

    What a busy catalogue did not take is asked for again at the next look.
    """
    if masks.state(ask.viewer, item, asset) != "asked":
        return False
    found = ask.request.state
    if not hasattr(found, "jobs"):
        with suppress(masks.NotAsked):
            found.jobs = [job.id for job in ask.context.masks.prepare(ask.viewer, [item])]
        return True
    return any(ask.context.jobs.wait(job, 0).state in {"queued", "running"} for job in found.jobs)


def _motion(ask: Ask, item: Item, source: Original) -> tuple[int, Original]:
    """Where the video in a motion photo begins, and what it is to whoever asks."""
    first, length = broker.motion_of(ask.viewer, item)
    name = f"{source.name.rpartition('.')[0] or source.name}.mp4"
    return first, replace(source, name=name, size=length, etag=f"{source.etag}-{MOTION}", mime="video/mp4")


def _asset(item: int, role: str) -> Asset:
    found: Asset | None = (
        Asset.select().where((Asset.item == item) & (Asset.role == role)).order_by(Asset.id).first()
    )
    if found is None:
        raise NotFound
    return found


class Sent(Protocol):
    """What is sent piece by piece: a broker's stream, a download that is packed meanwhile. `length` may be unknown."""

    @property
    def length(self) -> int | None:
        """How many bytes come, where that is known."""

    def __aiter__(self) -> AsyncGenerator[bytes, None]:
        """The bytes; raises Revoked or StorageError where they end too early."""
        ...

    def close(self) -> None:
        """Let go of what is behind them."""


class StreamResponse(Response):
    """Sends something piece by piece, watching whether the client is still there; `done` is called in the end."""

    def __init__(
        self, stream: Sent, status: int, headers: dict[str, str], done: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(status_code=status, headers=headers)
        self._done = done
        self._stream = stream
        if stream.length is not None:
            self.headers["Content-Length"] = str(stream.length)
        else:  # the length shows at the end: in pieces, of which the last one is missing where it is cut
            del self.headers["Content-Length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run as an ASGI application."""
        sending = asyncio.ensure_future(self._send(send))
        leaving = asyncio.ensure_future(_disconnected(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._done()
            for task in (sending, leaving):
                task.cancel()
            results = await asyncio.gather(sending, leaving, return_exceptions=True)
            await run_in_threadpool(self._stream.close)
        if isinstance(results[0], Exception):
            raise results[0]  # the server closes the connection: the client sees a cut, not an end

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        try:
            async with aclosing(aiter(self._stream)) as chunks:
                async for chunk in chunks:
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except (Revoked, StorageError) as error:
            log.info("a stream was cut: %s", error)
            raise CutShort from error
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class CutShort(ConnectionError):
    """Raised to make the server drop the connection in the middle of an answer."""


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def rendition_endpoint(policy: Policy, handler: Handler | None = None) -> Callable[[Request], Any]:
    """GET …/items/{id}/rendition/{size}: waits up to ten seconds for one that has to be made first."""
    return waiting_endpoint(api(handler or rendition, policy))


def waiting_endpoint(look: Callable[[Request], Any]) -> Callable[[Request], Any]:
    """Asks again and again, for ten seconds, for what is still being made or has no place yet (202)."""

    async def endpoint(request: Request) -> Response:
        deadline = asyncio.get_running_loop().time() + RENDITION_WAIT_S
        pause = POLL_S
        while True:
            response: Response = await look(request)
            if response.status_code != 202:
                return response
            if asyncio.get_running_loop().time() > deadline:
                busy = getattr(request.state, "busy", None)
                return problem_response(_STILL_MAKING if busy is None else problem_of(busy))
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, LONGEST_POLL_S)

    return endpoint


_STILL_MAKING = Problem(
    503, "Not ready yet", "This is still being made. Try again in a moment.", retry_after=5
)


def rendition(ask: Ask) -> Response:
    """GET /items/{id}/rendition/{size}, 320 or 1600: 202 while it is being made, after asking for that once."""
    try:
        size = int(ask.path["size"])
    except ValueError:
        raise UsageError("A rendition's size is a number.", field="size") from None
    wanted: Wanted = ask.context.renditions.wanted(ask.viewer, ask.path["id"], size)
    if size == VIEW:
        ask.context.openings.note(ask.viewer, Item.get_by_id(wanted.item_id))
    headers = media_headers(wanted.mime, f"{ask.path['id']}-{size}") | {"ETag": f'"{wanted.etag}"'}
    if serving.is_fresh(ask.request.headers.get("if-none-match"), wanted.etag):
        return Response(status_code=304, headers=headers)
    data = ask.context.renditions.find(wanted)
    if data is not None:
        return Response(data, headers=headers)
    state = ask.request.state
    if not hasattr(state, "job"):
        state.job = ask.context.renditions.ask(ask.viewer, wanted).id
    elif ask.context.jobs.wait(state.job, 0).state in {"failed", "cancelled"}:
        raise NotFound
    return Response(status_code=202)
