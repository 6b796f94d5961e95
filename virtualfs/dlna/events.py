"""GENA: who subscribed is told that something changed, seldom and only at their own address.

An event says that the household's catalogue moved, and nothing of what moved; who was not let in is told not even
that. Subscriptions end by themselves, when nobody takes what is told, or when the same machine subscribes anew. All
in memory, all bounded, in one event loop.
Source: UPnP Device Architecture 1.0 section 4; CVE-2020-12695 (CallStranger) for what a callback may be.
"""

import asyncio
import logging
import re
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import urlsplit

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from services import memory
from virtualfs.dlna.cds import UNTOLD
from virtualfs.dlna.cm import SOURCE
from virtualfs.dlna.description import SERVICES
from virtualfs.dlna.text import escape

MOST, MOST_OF_ONE = 64, 8
LEAST_S, LONGEST_S = 300, 1800
MODERATION_S = 5.0
LOOK_S = 1.0
NOTIFY_S = 5.0
MOST_FAILURES = 3
MAX_CALLBACKS = 4
LAST_NUMBER = 2**32 - 1

_CALLBACK = re.compile(r"<([^<>]{1,500})>")
_TIMEOUT = re.compile(r"second-(\d{1,9}|infinite)", re.IGNORECASE)
_KEYS = {service.key for service in SERVICES}

log = logging.getLogger(__name__)


News: TypeAlias = Mapping[tuple[str, int], int]
"""What to tell now, by machine and by what it was told last."""


@dataclass(frozen=True, slots=True)
class Callback:
    """Where somebody wants to be told."""

    ip: str
    port: int
    path: str


@dataclass(slots=True)
class Subscription:
    """One subscription. `told` is the update of which its subscriber was told last, `sequence` the next number."""

    sid: str
    key: str
    callbacks: tuple[Callback, ...]
    until: float
    told: int = -1
    told_at: float = 0.0
    sequence: int = 0
    failures: int = 0
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def ip(self) -> str:
        """Whose it is."""
        return self.callbacks[0].ip


class Events:
    """Keeps subscriptions and tells of changes.

    `update` gives the number that moves with everything, `is_let_in` whether a machine is a screen; both may block.
    """

    def __init__(
        self, update: Callable[[], int], is_let_in: Callable[[str], bool], clock: Callable[[], float] = time.monotonic
    ) -> None:  # fmt: skip
        self._update = update
        self._is_let_in = is_let_in
        self._clock = clock
        self._subscriptions: dict[str, Subscription] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = ThreadPoolExecutor(1, "dlna-events", memory.keep_little)

    def __len__(self) -> int:
        return len(self._subscriptions)

    async def endpoint(self, request: Request) -> Response:
        """SUBSCRIBE and UNSUBSCRIBE."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        ip: str = request.scope["client"][0]
        key = request.path_params["key"]
        if key not in _KEYS:
            return Response(status_code=404)
        self._forget_ended()
        if request.method == "UNSUBSCRIBE":
            return self._unsubscribe(key, ip, headers)
        return self._renew(key, ip, headers) if "sid" in headers else self._subscribe(key, ip, headers)

    async def run(self) -> None:
        """Tell of changes until cancelled."""
        loop, failing = asyncio.get_running_loop(), False
        try:
            while True:
                await asyncio.sleep(LOOK_S)
                self._forget_ended()
                told = {(each.ip, each.told) for each in self._subscriptions.values() if each.key == "cds"}
                try:
                    news = await loop.run_in_executor(self._thread, self._news, told)
                except Exception:
                    if not failing:  # said once, however long it lasts
                        log.exception("whether something changed for screens could not be found out")
                    failing = True
                else:
                    self.tell(news)
                    failing = False
        finally:
            for task in self._tasks:
                task.cancel()
            self._subscriptions.clear()
            self._thread.shutdown(wait=False)

    def tell(self, news: News) -> None:
        """Tell everybody who was not told of it yet, unless they were told something just now."""
        for each in self._subscriptions.values():
            number = news.get((each.ip, each.told))
            is_due = self._clock() - each.told_at >= MODERATION_S
            if (
                each.key == "cds"
                and each.sequence
                and number is not None
                and is_due
                and not each.busy.locked()
            ):
                self._begin(each, number)

    def _news(self, told: Iterable[tuple[str, int]]) -> News:
        """What is to be told to machines that were told these numbers last; blocks."""
        update = self._update()
        found = {(ip, last): self._number(ip, update) for ip, last in told if last != update}
        return {key: number for key, number in found.items() if number != key[1]}

    def _number(self, ip: str, update: int) -> int:
        return update if self._is_let_in(ip) else UNTOLD

    def _subscribe(self, key: str, ip: str, headers: Mapping[str, str]) -> Response:
        callbacks = read_callbacks(headers.get("callback", ""), ip)
        if headers.get("nt") != "upnp:event" or not callbacks:
            return Response(status_code=412)
        for sid, each in list(self._subscriptions.items()):  # one that began anew does not remember its last
            if each.key == key and each.callbacks == callbacks:
                del self._subscriptions[sid]
        of_this = sum(each.ip == ip for each in self._subscriptions.values())
        if of_this < MOST_OF_ONE and len(self._subscriptions) >= MOST:
            self._make_room()
        if len(self._subscriptions) >= MOST or of_this >= MOST_OF_ONE:
            return Response(status_code=503, headers={"Retry-After": str(LEAST_S)})
        seconds = read_timeout(headers.get("timeout", ""))
        made = Subscription(f"uuid:{uuid.uuid4()}", key, callbacks, self._clock() + seconds)
        self._subscriptions[made.sid] = made
        # the first event must not arrive before the id that it is of
        return _accepted(made, seconds, BackgroundTask(self._tell_first, made))

    def _make_room(self) -> None:
        """Forget who subscribed first of those that are not let in: so many of them keep no screen out."""
        strangers = (each.sid for each in self._subscriptions.values() if each.told == UNTOLD)
        self._subscriptions.pop(next(strangers, ""), None)

    def _renew(self, key: str, ip: str, headers: Mapping[str, str]) -> Response:
        found = self._subscriptions.get(headers["sid"])
        if found is None or found.key != key or found.ip != ip or "callback" in headers or "nt" in headers:
            return Response(status_code=412)
        seconds = read_timeout(headers.get("timeout", ""))
        found.until = self._clock() + seconds
        return _accepted(found, seconds)

    def _unsubscribe(self, key: str, ip: str, headers: Mapping[str, str]) -> Response:
        found = self._subscriptions.get(headers.get("sid", ""))
        if found is None or found.key != key or found.ip != ip or "callback" in headers or "nt" in headers:
            return Response(status_code=412)
        del self._subscriptions[found.sid]
        return Response(status_code=200)

    def _forget_ended(self) -> None:
        moment = self._clock()
        for sid in [sid for sid, each in self._subscriptions.items() if each.until <= moment]:
            del self._subscriptions[sid]

    async def _tell_first(self, subscription: Subscription) -> None:
        def number() -> int:
            return self._number(subscription.ip, self._update())

        loop = asyncio.get_running_loop()
        self._begin(subscription, await loop.run_in_executor(self._thread, number))

    def _begin(self, subscription: Subscription, update: int) -> None:
        task = asyncio.get_running_loop().create_task(self._send(subscription, update))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, subscription: Subscription, update: int) -> None:
        """Tell one subscriber, and forget one who does not take it."""
        async with subscription.busy:
            number, subscription.told, subscription.told_at = subscription.sequence, update, self._clock()
            subscription.sequence = 1 if number >= LAST_NUMBER else number + 1
            body = event_body(subscription.key, update, is_first=number == 0)
            status = 0
            for callback in subscription.callbacks:
                with suppress(OSError, TimeoutError, ValueError):
                    async with asyncio.timeout(NOTIFY_S):
                        status = await notify(callback, subscription.sid, number, body)
                if 200 <= status < 300:
                    subscription.failures = 0
                    return
            subscription.failures += 1
            if status == 412 or subscription.failures >= MOST_FAILURES:
                self._subscriptions.pop(subscription.sid, None)


def read_callbacks(text: str, ip: str) -> tuple[Callback, ...]:
    """Where to tell somebody at this address; nothing when any of it is elsewhere or is no address."""
    found = _CALLBACK.findall(text)[: MAX_CALLBACKS + 1]
    callbacks = [_callback(each, ip) for each in found]
    if len(found) > MAX_CALLBACKS or any(each is None for each in callbacks):
        return ()
    return tuple(each for each in callbacks if each is not None)


def _callback(text: str, ip: str) -> Callback | None:
    try:
        parts = urlsplit(text.strip())
        port = 80 if parts.port is None else parts.port
    except ValueError:
        return None
    is_theirs = parts.scheme.lower() == "http" and parts.hostname == ip and "@" not in parts.netloc and port
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not is_theirs or not path.isascii() or any(c.isspace() or not c.isprintable() for c in path):
        return None
    return Callback(ip, port, path)


def read_timeout(text: str) -> int:
    """For how many seconds a subscription holds."""
    found = _TIMEOUT.fullmatch(text.strip())
    wanted = LONGEST_S if found is None or not found[1].isdigit() else int(found[1])
    return min(max(wanted, LEAST_S), LONGEST_S)


def event_body(key: str, update: int, *, is_first: bool) -> bytes:
    """What is told: of everything at first, later of what moved."""
    values = {
        "cds": {"SystemUpdateID": str(update), "ContainerUpdateIDs": "" if is_first else f"0,{update}"},
        "cm": {"SourceProtocolInfo": SOURCE, "SinkProtocolInfo": "", "CurrentConnectionIDs": "0"},
        "mrr": {
            name: "0"
            for name in (
                "AuthorizationGrantedUpdateID", "AuthorizationDeniedUpdateID", "ValidationSucceededUpdateID",
                "ValidationRevokedUpdateID",
            )
        },
    }[key]  # fmt: skip
    if key == "cds" and is_first:
        values["TransferIDs"] = ""
    inside = "".join(
        f"<e:property><{name}>{escape(value)}</{name}></e:property>" for name, value in values.items()
    )
    text = (
        '<?xml version="1.0" encoding="utf-8"?>\n<e:propertyset xmlns:e="urn:schemas-upnp-org:event-1-0">'
        f"{inside}</e:propertyset>"
    )
    return text.encode()


async def notify(callback: Callback, sid: str, number: int, body: bytes) -> int:
    """Tell it; gives the status of the answer, 0 for none. Raises OSError."""
    reader, writer = await asyncio.open_connection(callback.ip, callback.port, limit=4096)
    try:
        head = (
            f"NOTIFY {callback.path} HTTP/1.1\r\nHOST: {callback.ip}:{callback.port}\r\n"
            f'CONTENT-TYPE: text/xml; charset="utf-8"\r\nNT: upnp:event\r\nNTS: upnp:propchange\r\nSID: {sid}\r\n'
            f"SEQ: {number}\r\nCONTENT-LENGTH: {len(body)}\r\nCONNECTION: close\r\n\r\n"
        )
        writer.write(head.encode("latin-1") + body)
        await writer.drain()
        parts = (await reader.readline()).split()
    finally:
        writer.close()
    return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0


def _accepted(subscription: Subscription, seconds: int, after: BackgroundTask | None = None) -> Response:
    headers = {"SID": subscription.sid, "TIMEOUT": f"Second-{seconds}", "Content-Length": "0"}
    return Response(status_code=200, headers=headers, background=after)
