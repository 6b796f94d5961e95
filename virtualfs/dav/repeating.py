"""Parts of a file that was read a moment ago, answered on the event loop.

A player asks for hundreds of small parts of one file. Who asks, what the path leads to and whether they may read
it was answered for the first of them, and holds as long as nothing at all is written to the catalogue and no
right to the bytes ends by the clock. The broker sees to that (`Stream.at_once`), and gives only what lies in
memory: whatever is not as before, or would have to be waited for, goes the whole way. Where that leads is looked at
anew after two seconds in any case, which is also how long a file stays open for it.

Threading: used on one event loop.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from services.broker import LOCAL_CHUNK, Stream
from virtualfs.dav.places import Segments
from virtualfs.dav.planning import head_of, plan_of
from virtualfs.nodes import File

LASTS_S = 2.0
MOST = 64
"""So many files are kept open at the same time."""

Key = tuple[bytes, Segments]
"""By whom what was asked for; the secret itself stays nowhere."""


class Part(Response):
    """A part of a file on a disk, whose stream is still open: for `Repeats.keep`."""

    def __init__(self, file: File, stream: Stream, data: bytes, status: int, head: Mapping[str, str]) -> None:
        super().__init__(data, status, head)
        self.file = file
        self.stream = stream


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    file: File
    stream: Stream
    until: float


class Repeats:
    """What was opened a moment ago."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()

    def has(self, key: Key) -> bool:
        """Whether something is kept of this; what has had its time is let go."""
        kept = self._kept.get(key)
        if kept is not None and self._clock() >= kept.until:
            self._let_go(key)
            return False
        return kept is not None

    def answer(self, key: Key, headers: Mapping[str, str]) -> Response | None:
        """The part that is asked for; None where it has to be asked for as the first one is."""
        if not self.has(key):
            return None
        file, stream = self._kept[key].file, self._kept[key].stream
        planned = plan_of("GET", file, headers)
        if planned.span is None:
            return None
        first, last = planned.span
        data = stream.at_once(first, last - first + 1) if last - first < LOCAL_CHUNK else None
        return None if data is None else Response(data, planned.status, head_of(file, planned))

    def keep(self, key: Key, part: Part) -> None:
        """Keep the stream of a part for those that follow; it is closed here in any case."""
        self._let_go(key)
        kept = self._kept[key] = _Kept(part.file, part.stream, self._clock() + LASTS_S)
        asyncio.get_running_loop().call_later(LASTS_S, self._end, key, kept)
        if len(self._kept) > MOST:
            self._let_go(next(iter(self._kept)))

    def _end(self, key: Key, kept: _Kept) -> None:
        """Its time is over: said by the loop, whose clock may be a little ahead of ours."""
        if self._kept.get(key) is kept:
            self._let_go(key)

    def _let_go(self, key: Key) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            asyncio.get_running_loop().run_in_executor(None, kept.stream.close)


def key_of(method: str, headers: Mapping[str, str], segments: Segments) -> Key | None:
    """What a request may be a repetition of; None where it is no part that is asked for."""
    if method != "GET" or "range" not in headers or "if" in headers:
        return None
    return hashlib.sha256(headers.get("authorization", "").encode()).digest(), segments
