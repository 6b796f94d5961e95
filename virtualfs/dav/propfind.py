"""PROPFIND of depth 0 and 1: streamed, from the catalogue alone.

Rows are rendered in pieces of some 64 KiB, each in a worker thread; between two pieces neither a thread
nor a cursor is held, so a client may take its time and memory stays flat. There are no locks and no
properties of clients' own yet: nothing in the tree can be written.
"""

from collections.abc import Iterator, Mapping
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from services.serving import conditions
from services.viewers import Viewer
from virtualfs.dav.bodies import parse_xml, read_body
from virtualfs.dav.errors import COMMON, Refused
from virtualfs.dav.properties import HEAD, TAIL, Rows, Wanted, parse_wanted
from virtualfs.dav.sending import Sender
from virtualfs.nodes import Folder, Node
from virtualfs.tree import Tree

PIECE = 64 * 1024

_HEADERS = COMMON | {"Content-Type": "application/xml; charset=utf-8"}


def depth_of(headers: Mapping[str, str]) -> int:
    """0 or 1; raises Refused for anything else. Without the header infinity is meant (RFC 4918, 9.1)."""
    text = headers.get("depth", "infinity").strip().lower()
    if text == "infinity":
        raise Refused(403, "A whole tree is not listed at once.", condition="propfind-finite-depth")
    if text not in {"0", "1"}:
        raise Refused(400, "Depth must be 0 or 1.")
    return int(text)


async def propfind(
    tree: Tree, viewer: Viewer, node: Node, href: str, headers: Mapping[str, str], receive: Receive
) -> ASGIApp:
    """The answer to a PROPFIND of `node`, which is at `href`."""
    depth = depth_of(headers)
    body = await read_body(receive)
    wanted = parse_wanted(parse_xml(body)) if body.strip() else Wanted()
    if conditions("PROPFIND", headers, etag=node.etag, mtime=node.mtime) != 200:
        raise Refused(412, "It is not in the state that the request expects.")
    pieces = _pieces(tree, viewer, node, href, depth, Rows(wanted))
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


def _pieces(tree: Tree, viewer: Viewer, node: Node, href: str, depth: int, rows: Rows) -> Iterator[bytes]:
    """The XML in pieces, all but the last of at least PIECE bytes."""
    parts = [HEAD, rows.render(href, node)]
    length = len(HEAD) + len(parts[1])
    if depth and isinstance(node, Folder):
        base = href if href.endswith("/") else href + "/"
        for entry in tree.children(viewer, node):
            row = rows.render_entry(base, quote(entry.name, safe=""), entry)
            parts.append(row)
            length += len(row)
            if length >= PIECE:
                yield "".join(parts).encode()
                parts, length = [], 0
    parts.append(TAIL)
    yield "".join(parts).encode()
