"""A request's body as it comes: pieces for a handler in a thread, and the parts of a form with files.

Nothing is kept in memory but one piece; who reads slowly is sent slowly.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from services.errors import UsageError
from web.receiving import Pace

MAX_FIELDS = 64 * 1024
"""Most bytes of all the fields before the first file."""

STALL_S = 60.0
"""A body of which nothing comes for so long is given up: whoever sent it is gone, and may begin another request."""

ENDED = "The request ended before all of it had come."


def pieces(request: Request, pace: Pace) -> Iterator[bytes]:
    """The body, to be read in a worker thread while the event loop receives it. Call it in the loop.

    Raises UsageError when it breaks off, and what the pace raises for one that comes too slowly.
    """
    return _pieces(request, pace, asyncio.get_running_loop())


def _pieces(request: Request, pace: Pace, loop: asyncio.AbstractEventLoop) -> Iterator[bytes]:
    stream = request.stream()

    async def following() -> bytes | None:
        pace.wait()
        async with asyncio.timeout(STALL_S):
            piece = await anext(stream, None)
        if piece:
            pace.came(len(piece))
        return piece

    while True:
        try:
            piece = asyncio.run_coroutine_threadsafe(following(), loop).result()
        except (ClientDisconnect, TimeoutError) as error:
            raise UsageError(ENDED) from error
        if piece is None:
            return
        if piece:
            yield piece


@dataclass(frozen=True, slots=True)
class Part:
    """A field of a form, or a file where `filename` is not None. `data` is to be read before the next part."""

    name: str
    filename: str | None
    data: Iterator[bytes]


class Parts:
    """The parts of a multipart form, one after the other. Raises UsageError for what is none."""

    def __init__(self, body: Iterable[bytes], content_type: str) -> None:
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or b"boundary" not in options:
            raise UsageError("This form must be sent as multipart/form-data.")
        self._body = iter(body)
        self._events: deque[tuple[str, bytes]] = deque()
        self._header = (b"", b"")
        self._parser = MultipartParser(
            options[b"boundary"],
            {
                "on_part_begin": lambda: self._events.append(("part", b"")),
                "on_part_data": lambda data, start, end: self._events.append(("data", data[start:end])),
                "on_part_end": lambda: self._events.append(("end", b"")),
                "on_header_begin": self._new_header,
                "on_header_field": lambda data, start, end: self._grow(data[start:end], b""),
                "on_header_value": lambda data, start, end: self._grow(b"", data[start:end]),
                "on_header_end": self._end_header,
                "on_headers_finished": lambda: self._events.append(("begin", b"")),
                "on_end": lambda: self._events.append(("done", b"")),
            },
        )  # fmt: skip

    def __iter__(self) -> Iterator[Part]:
        """Each part; what was not read of one is passed over."""
        while True:
            event, _ = self._next()
            if event == "done":
                return
            if event == "part":
                part = self._part()
                yield part
                for _ in part.data:
                    pass

    def fields(self) -> tuple[dict[str, str], Iterator[Part]]:
        """The fields before the first file, and the files."""
        found: dict[str, str] = {}
        parts, size = iter(self), 0
        for part in parts:
            if part.filename is not None:
                return found, _files(part, parts)
            value = b""
            for piece in part.data:
                size += len(piece)
                if size > MAX_FIELDS:
                    raise UsageError("The fields of this form are too long.")
                value += piece
            found[part.name] = value.decode("utf-8", "replace")
        return found, iter(())

    def _part(self) -> Part:
        disposition = b""
        while (event := self._next())[0] != "begin":
            if event[0] == "header content-disposition":
                disposition = event[1]
        _, options = parse_options_header(disposition)
        name, filename = options.get(b"name", b""), options.get(b"filename")
        shown = None if filename is None else filename.decode("utf-8", "replace")
        return Part(name.decode("utf-8", "replace"), shown, self._data())

    def _data(self) -> Iterator[bytes]:
        while (event := self._next())[0] != "end":
            yield event[1]

    def _next(self) -> tuple[str, bytes]:
        while not self._events:
            piece = next(self._body, None)
            if piece is None:
                raise UsageError(ENDED)
            try:
                self._parser.write(piece)
            except MultipartParseError as error:
                raise UsageError(f"The form cannot be read: {error}.") from error
        return self._events.popleft()

    def _new_header(self) -> None:
        self._header = (b"", b"")

    def _end_header(self) -> None:
        self._events.append((f"header {self._header[0].decode('latin-1').lower()}", self._header[1]))

    def _grow(self, name: bytes, value: bytes) -> None:
        self._header = (self._header[0] + name, self._header[1] + value)


def _files(first: Part, rest: Iterator[Part]) -> Iterator[Part]:
    """The files of a form; a field that was left empty sends one without a name."""
    if first.filename:
        yield first
    for _ in first.data:
        pass
    yield from (part for part in rest if part.filename)
