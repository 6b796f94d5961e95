"""PROPFIND of depth 0 and 1: streamed, from the catalogue alone.

Rows are rendered in pieces of some 64 KiB, each in a worker thread; between two pieces neither a thread
nor a cursor is held, so a client may take its time and memory stays flat. Locks and clients' own properties are
asked for once a folder, and only where something can be written; no storage is ever asked.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from services.viewers import Viewer
from virtualfs.dav.bodies import parse_xml, read_body
from virtualfs.dav.errors import COMMON, Refused
from virtualfs.dav.marking import Marking
from virtualfs.dav.places import Places, Segments
from virtualfs.dav.properties import HEAD, TAIL, Rows, Wanted, parse_wanted
from virtualfs.dav.sending import Sender
from virtualfs.nodes import Folder, Node

PIECE = 64 * 1024

_HEADERS = COMMON | {"Content-Type": "application/xml; charset=utf-8"}


def depth_of(headers: Mapping[str, str], node: Node) -> int:
    """0 or 1; raises Refused for anything else. Without the header infinity is meant (RFC 4918, 9.1).

    Of a file that is the file: clients ask so, for they mean the one thing that they name.
    """
    text = headers.get("depth", "infinity").strip().lower()
    if text == "infinity" and not isinstance(node, Folder):
        return 0
    if text == "infinity":
        raise Refused(403, "A whole tree is not listed at once.", condition="propfind-finite-depth")
    if text not in {"0", "1"}:
        raise Refused(400, "Depth must be 0 or 1.")
    return int(text)


async def propfind(
    places: Places, viewer: Viewer, segments: Segments, node: Node, href: str, headers: Mapping[str, str],
    receive: Receive,
) -> ASGIApp:  # fmt: skip
    """The answer to a PROPFIND of `node`, which is at `segments`, and for the client at `href`."""
    depth = depth_of(headers, node)
    body = await read_body(receive)
    wanted = parse_wanted(parse_xml(body)) if body.strip() else Wanted()
    no_room = headers.get("user-agent", "").startswith("WebDAVFS")  # macOS waits for minutes when it is told
    marking = partial(Marking, places, viewer, segments, node, href, wanted, deep=depth > 0, no_room=no_room)
    pieces = _pieces(places, viewer, node, href, depth, Rows(wanted), marking)
    first = await run_in_threadpool(next, pieces)
    if len(first) < PIECE:
        return Response(first, 207, _HEADERS)
    return Listing(first, pieces)


class Listing:
    """Sends a listing of several pieces, as far as the client wants it."""

    def __init__(self, first: bytes, rest: Iterator[bytes]) -> None:
        self._first = first
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run as an ASGI application."""
        async with Sender(receive, send) as sender:
            await sender.start(207, _HEADERS)
            piece: bytes | None = self._first
            while piece is not None and not sender.is_gone:
                await sender.body(piece, more=True)
                piece = await run_in_threadpool(next, self._rest, None)
            await sender.body(b"", more=False)


def _pieces(
    places: Places, viewer: Viewer, node: Node, href: str, depth: int, rows: Rows, marking: Callable[[], Marking]
) -> Iterator[bytes]:  # fmt: skip
    """The XML in pieces, all but the last of at least PIECE bytes."""
    marks = marking()
    parts = [HEAD, rows.render(href, node, marks.of_itself())]
    length = len(HEAD) + len(parts[1])
    if depth and isinstance(node, Folder):
        base = href if href.endswith("/") else href + "/"
        for entry in chain(marks.known(places.tree.children(viewer, node)), marks.to_come()):
            encoded = quote(entry.name, safe="")
            row = rows.render_entry(base, encoded, entry, marks.of_entry(entry, encoded))
            parts.append(row)
            length += len(row)
            if length >= PIECE:
                yield "".join(parts).encode()
                parts, length = [], 0
    parts.append(TAIL)
    yield "".join(parts).encode()
