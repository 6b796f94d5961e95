"""GET and HEAD: an original, or a part of it, exactly as its owner has it.

Conditions and ranges are judged from the catalogue; HEAD and 304 touch no storage. A stream that loses
its right or its storage ends unfinished: the promised length stays unfulfilled and the connection is
closed, so no client takes a part for the whole.
"""

import asyncio
import logging
from collections.abc import Callable, Hashable, Mapping
from contextlib import ExitStack

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from services import slots
from services.broker import Broker, Revoked, Stream
from services.errors import StorageError
from services.models.database import Stamp
from services.sharing import Openings
from services.viewers import Viewer
from virtualfs.dav.errors import COMMON, Refused
from virtualfs.dav.planning import head_of, plan_of
from virtualfs.dav.repeating import Part
from virtualfs.dav.sending import IDLE_S, Sender, Stalled
from virtualfs.nodes import File, Folder, Node

_FOLDER = "This is a folder of the network drive. Open this address in a file manager, as a WebDAV drive.\n"

log = logging.getLogger(__name__)


class Slots(slots.Slots):
    """The same, refused as this protocol does."""

    def take(self, who: Hashable) -> None:
        """Begin one; raises Refused (503) when there are too many."""
        try:
            super().take(who)
        except slots.TooMany as error:
            raise Refused(503, str(error), headers={"Retry-After": str(error.retry_after)}) from error


class Downloads:
    """Answers GET and HEAD. `idle_s` is how long a client may take nothing, in seconds."""

    def __init__(self, broker: Broker, openings: Openings, *, idle_s: float = IDLE_S) -> None:
        self._broker = broker
        self._openings = openings
        self._slots = Slots()
        self._idle_s = idle_s

    def stamp(self) -> Stamp | None:
        """For `answer`, taken on the event loop before anything was asked of the catalogue."""
        return self._broker.stamp()

    def answer(
        self, method: str, viewer: Viewer, node: Node, headers: Mapping[str, str], stamp: Stamp | None = None
    ) -> ASGIApp:
        """The answer, its storage opened; blocks. Raises Refused, NotFound and StorageError.

        With a `stamp` it is a Part where more of the file can be had by its stream.
        """
        if isinstance(node, Folder):
            return Response(_FOLDER, 200, COMMON, "text/plain; charset=utf-8")
        planned = plan_of(method, node, headers)
        head = head_of(node, planned)
        if planned.span is None or method == "HEAD" or node.original is None:
            return Response(status_code=planned.status, headers=head)
        start, end = planned.span
        self._slots.take(viewer.user_id)
        with ExitStack() as taken:
            taken.callback(self._slots.give_back, viewer.user_id)
            last = end if node.size else None
            stream = self._broker.open_described(viewer, node.original, start, last, stamp=stamp)
            self._openings.note_file(viewer, node.original.file_id)
            if not stream.is_short:
                return Download(stream, planned.status, head, taken.pop_all().close, self._idle_s)
            return _at_once(node, stream, planned.status, head)


def _at_once(file: File, stream: Stream, status: int, head: Mapping[str, str]) -> Response:
    """A short stream, read here and now: each change of threads costs more than the reading."""
    with ExitStack() as opened:
        opened.callback(stream.close)
        data = stream.read_short()
        if not stream.goes_on:
            return Response(data, status, head)
        opened.pop_all()
    return Part(file, stream, data, status, head)


class Download:
    """Sends one stream and closes it; `done` is called when it has ended, however it ended."""

    def __init__(
        self, stream: Stream, status: int, headers: Mapping[str, str], done: Callable[[], None], idle_s: float
    ) -> None:
        self._stream = stream
        self._status = status
        self._headers = headers
        self._done = done
        self._idle_s = idle_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run as an ASGI application.

        The sending is never cancelled in the middle of a read, for a handle must not be closed under
        one: when the server closes down it is told to give up, and ends by itself after its chunk.
        """
        sender = Sender(receive, send, idle_s=self._idle_s)
        pump = asyncio.ensure_future(self._pump(sender))
        try:
            await asyncio.shield(pump)
        except asyncio.CancelledError:
            sender.give_up()
            raise

    async def _pump(self, sender: Sender) -> None:
        try:
            async with sender:
                await self._send(sender)
        except (Revoked, StorageError, Stalled) as error:
            log.info("a download was cut: %s", error)  # unfinished, so the server closes the connection
        finally:
            self._done()
            await asyncio.get_running_loop().run_in_executor(None, self._stream.close)

    async def _send(self, sender: Sender) -> None:
        await sender.start(self._status, self._headers)
        left = self._stream.end - self._stream.start + 1
        if left <= 0:
            await sender.body(b"", more=False)
            return
        async for chunk in self._stream:
            if sender.is_gone:
                return
            left -= len(chunk)
            await sender.body(chunk, more=left > 0)
