"""GET and HEAD of what was listed: pictures as they are made for televisions, films, sounds and subtitles as they are.

An address holds for the device it was signed for, as that device is now, and is no right: that is asked at every
request and before each chunk. What nobody may have and what does not exist answer alike.
"""

import asyncio
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from services import access, screens
from services.broker import Broker, Revoked, original_of
from services.catalogue.subtitles import preferred, subtitle, subtitles_of
from services.errors import NotFound
from services.jobs import Jobs
from services.masks import Masks, NotAsked, state
from services.media.television import PROFILES
from services.models import Item
from services.pictures import Pictures, StillMaking
from services.screens import Device
from services.serving import Plan, plan
from services.sharing import Openings
from services.viewers import Viewer
from virtualfs.dav.download import Download, Slots
from virtualfs.dav.errors import Refused
from virtualfs.dav.sending import IDLE_S, Sender, Stalled
from virtualfs.dlna import didl
from virtualfs.dlna.ahead import SMALL, Ahead
from virtualfs.dlna.quirks import Client

MAX_STREAMS = 4
"""Films and sounds that a screen plays at the same time."""

WAIT_S = 10.0
"""How long a set waits for a picture that has to be made first."""

COMMON = {
    "EXT": "",
    "realTimeInfo.dlna.org": "DLNA.ORG_TLAG=*",
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
}
_MODES = {"streaming": "Streaming", "interactive": "Interactive", "background": "Background"}
CAPTION_INFO = "CaptionInfo.sec"
SIGNED = "dlna"
"""What the addresses of an item are signed for: all of it that a screen may have."""

log = logging.getLogger(__name__)


class Media:
    """Answers GET and HEAD of bytes. Threading: `answer` blocks, and may be called from any thread."""

    def __init__(
        self, key: bytes, broker: Broker, pictures: Pictures, masks: Masks, jobs: Jobs, openings: Openings,
        ahead: Ahead, *, idle_s: float = IDLE_S,
    ) -> None:  # fmt: skip
        self._key = key
        self._broker = broker
        self._pictures = pictures
        self._masks = masks
        self._jobs = jobs
        self._openings = openings
        self._ahead = ahead
        self._slots = Slots(MAX_STREAMS)
        self._idle_s = idle_s

    def answer(
        self,
        method: str,
        device: Device,
        client: Client,
        token: str,
        pid: str,
        what: str,
        headers: Mapping[str, str],
        beside: str,
    ) -> ASGIApp:
        """The answer for one address, the storage opened. Raises Refused, NotFound and StorageError.

        `beside` is what the addresses of everything of this item begin with.
        """
        viewer = device.viewer
        if viewer is None or not screens.verify(self._key, token, device, pid, SIGNED):
            raise NotFound
        _require_whole(headers)
        name, _, ending = what.partition(".")
        if name == didl.ORIGINAL:
            return self._original(method, viewer, client, pid, headers, beside)
        if name in PROFILES and ending == "jpg":
            return self._picture(method, viewer, pid, name, headers)
        if what == didl.caption(name):
            return self._subtitle(method, viewer, pid, name, headers)
        raise NotFound

    def ask(
        self, method: str, device: Device, address: str, what: str, headers: Mapping[str, str]
    ) -> ASGIApp:
        """The picture that says how a device is approved. Raises NotFound and Refused."""
        name, _, ending = what.partition(".")
        if name not in didl.ASKING or ending != "jpg":
            raise NotFound
        try:
            picture = self._pictures.asking_picture(device.code, address, name, wait_s=WAIT_S)
        except StillMaking as error:
            raise _later(error) from error
        planned = plan(method, headers, etag=picture.etag, mtime=0, size=picture.size)
        answer = _headers(headers, "image/jpeg", didl.features(name), "Interactive") | planned.headers
        if planned.span is None or method == "HEAD":
            return Response(status_code=planned.status, headers=answer)
        first, last = planned.span
        return Response(picture.data[first : last + 1], planned.status, answer)

    def _picture(
        self, method: str, viewer: Viewer, pid: str, name: str, headers: Mapping[str, str]
    ) -> ASGIApp:
        """It is made before anything is said: sets that ask by HEAD want the length."""
        try:
            picture = self._pictures.picture(viewer, pid, name, wait_s=WAIT_S)
        except StillMaking as error:
            raise _later(error) from error
        planned = plan(method, headers, etag=picture.etag, mtime=0, size=picture.size)
        answer = _headers(headers, "image/jpeg", didl.features(name), "Interactive") | planned.headers
        if planned.span is None or method == "HEAD":
            return Response(status_code=planned.status, headers=answer)
        if name not in SMALL:
            self._openings.note(viewer, access.get_item(viewer, pid))
        self._ahead.shown(viewer, pid, name)
        chunks = self._pictures.chunks(viewer, picture, *planned.span)
        return Sent(chunks, planned, answer, self._idle_s)

    def _original(
        self, method: str, viewer: Viewer, client: Client, pid: str, headers: Mapping[str, str], beside: str
    ) -> ASGIApp:
        """A film or a sound; photos are never given as they are: they tell where they were taken."""
        item = access.get_item(viewer, pid)
        if item.type == "photo":
            raise NotFound
        self._require_masks(viewer, item)
        source = original_of(viewer, item)
        planned = plan(method, headers, etag=source.etag, mtime=source.dated, size=source.size)
        mime = client.mimes.get(source.mime, source.mime)
        answer = _headers(headers, mime, didl.PLAYED, "Streaming") | planned.headers
        if headers.get("getcaptioninfo.sec", "").strip() == "1":
            found = subtitles_of(viewer, item)
            if found:
                key = preferred(found, viewer.language).key
                answer[CAPTION_INFO] = f"{beside}{didl.caption(key)}"
        if planned.span is None or method == "HEAD":
            return Response(status_code=planned.status, headers=answer)
        start, end = planned.span
        screen = viewer.screen_id or 0
        self._slots.take(screen)
        with ExitStack() as taken:
            taken.callback(self._slots.give_back, screen)
            stream = self._broker.open_described(viewer, source, start, end if source.size else None)
            self._openings.note(viewer, item)
            return Download(stream, planned.status, answer, taken.pop_all().close, self._idle_s)

    def _subtitle(
        self, method: str, viewer: Viewer, pid: str, key: str, headers: Mapping[str, str]
    ) -> ASGIApp:
        """What is read along with a film."""
        item = access.get_item(viewer, pid)
        source = original_of(viewer, item, subtitle(viewer, item, key))
        planned = plan(method, headers, etag=source.etag, mtime=source.dated, size=source.size)
        answer = _headers(headers, didl.SRT, didl.CAPTION, "Interactive") | planned.headers
        if planned.span is None or method == "HEAD":
            return Response(status_code=planned.status, headers=answer)
        stream = self._broker.open_described(viewer, source, *planned.span)
        return Download(stream, planned.status, answer, lambda: None, self._idle_s)

    def _require_masks(self, viewer: Viewer, item: Item) -> None:
        """Wait until it is known what of a film has to be kept back. Raises Refused when that takes too long."""
        deadline = time.monotonic() + WAIT_S
        while state(viewer, item) == "asked":
            try:
                jobs = self._masks.prepare(viewer, [item])
            except NotAsked:
                jobs = []
            if not jobs or time.monotonic() >= deadline:  # there are none while its bytes have not been read
                raise _later(StillMaking())
            self._jobs.wait(jobs[0].id, max(0.0, deadline - time.monotonic()))


class Sent:
    """Sends a picture piece by piece, the right asked before each; one that is cut is seen to be cut."""

    def __init__(
        self, chunks: Iterator[bytes], planned: Plan, headers: Mapping[str, str], idle_s: float
    ) -> None:
        self._chunks = chunks
        self._planned = planned
        self._headers = headers
        self._idle_s = idle_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run as an ASGI application."""
        loop = asyncio.get_running_loop()
        try:
            async with Sender(receive, send, idle_s=self._idle_s) as sender:
                await sender.start(self._planned.status, self._headers)
                while not sender.is_gone:
                    chunk = await loop.run_in_executor(None, next, self._chunks, None)
                    if chunk is None:
                        await sender.body(b"", more=False)
                        return
                    await sender.body(chunk, more=True)
        except (Revoked, Stalled) as error:
            log.info("a picture for a screen was cut: %s", error)


def _headers(asked: Mapping[str, str], mime: str, features: str, mode: str) -> dict[str, str]:
    wanted = asked.get("transfermode.dlna.org", "").strip().lower()
    return COMMON | {
        "Content-Type": mime,
        "contentFeatures.dlna.org": features,
        "transferMode.dlna.org": _MODES.get(wanted, mode),
    }


def _require_whole(headers: Mapping[str, str]) -> None:
    """Raise Refused (406) for what only a server that plays itself could do: seek by time, play faster."""
    by_time = any(name in headers for name in ("timeseekrange.dlna.org", "playspeed.dlna.org"))
    if by_time and "range" not in headers:
        raise Refused(406, "This can be asked for by bytes alone.")


def _later(error: StillMaking) -> Refused:
    return Refused(503, str(error), headers={"Retry-After": str(error.retry_after)})
