"""WebDAV as an ASGI application, to be mounted at /dav.

Two halves over one tree: GET, HEAD, PROPFIND and PUT are ours, because wsgidav behind a bridge neither
notices that a client has gone nor that an upload was cut short; the other verbs are wsgidav's. Before
both: may a password travel here, who is it, is the path one at all.
"""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from config.settings import Settings
from services.broker import Broker
from services.peers import Peer
from services.sharing import Openings
from services.viewers import Viewer
from virtualfs.dav.auth import Authenticate, require_private, require_viewer
from virtualfs.dav.bodies import read_body, require_no_doctype
from virtualfs.dav.download import Downloads
from virtualfs.dav.errors import READ_ONLY, Refused, refusal, reply_to
from virtualfs.dav.paths import href, require_destination, segments_of
from virtualfs.dav.propfind import propfind
from virtualfs.dav.wsgi import make_wsgi_half, passed_on
from virtualfs.nodes import Folder, Node
from virtualfs.tree import Tree

NATIVE = ("GET", "HEAD", "PROPFIND", "PUT")
BRIDGED = ("OPTIONS", "PROPPATCH", "MKCOL", "DELETE", "COPY", "MOVE", "LOCK", "UNLOCK")

THREADS = 16
"""Downloads that may be judged, opened or read in one go at the same time."""

LINGER_S = 2.0
"""How long an upload that is refused may go on, so that its client gets to read the answer."""


def make_dav(
    tree: Tree, broker: Broker, authenticate: Authenticate, settings: Settings, openings: Openings
) -> ASGIApp:
    """The application. `authenticate(login, app password, address)` gives the viewer or raises.

    `openings` counts how often what is shared is read.

    It expects `scope["state"]["peer"]`, a `services.peers.Peer`, from whoever stands before it.
    """
    return Dav(tree, Downloads(broker, openings), authenticate, settings)


class Dav:
    """Dispatches requests. One method a verb of ours; the rest goes over the bridge."""

    def __init__(
        self, tree: Tree, downloads: Downloads, authenticate: Authenticate, settings: Settings
    ) -> None:
        self._tree = tree
        self._downloads = downloads
        self._authenticate = authenticate
        self._plain_http = settings.dav_plain_http
        self._bridge = make_wsgi_half(tree)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="dav")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run as an ASGI application."""
        try:
            answer = await self._answer(scope, receive)
        except Exception as error:  # the table of errors is the one place that says what each means
            answer = reply_to(error)
        await answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> ASGIApp:
        headers = _headers(scope)
        peer: Peer = scope["state"]["peer"]
        require_private(peer, self._plain_http)
        segments = segments_of(scope)
        method = scope["method"]
        if method in {"GET", "HEAD"}:
            loop = asyncio.get_running_loop()  # directly, for half of what the framework's way costs
            return await loop.run_in_executor(
                self._threads, self._download, method, headers, peer.ip, segments
            )
        if method == "PROPFIND":
            viewer, node = await run_in_threadpool(self._enter, headers, peer.ip, segments)
            address = href(scope.get("root_path", ""), segments, is_folder=isinstance(node, Folder))
            return await propfind(self._tree, viewer, node, address, headers, receive)
        viewer = await run_in_threadpool(require_viewer, headers, peer.ip, self._authenticate)
        if method == "PUT":
            return _refused_upload
        if method not in BRIDGED:
            raise Refused(405, "WebDAV has no such verb.", headers={"Allow": ", ".join((*NATIVE, *BRIDGED))})
        require_destination(headers)
        body = await read_body(receive)
        require_no_doctype(body)
        passed, replay = passed_on(scope, viewer, segments, body)
        return _Bridged(self._bridge, passed, replay)

    def _download(
        self, method: str, headers: Mapping[str, str], ip: str, segments: tuple[str, ...]
    ) -> ASGIApp:
        """The answer to GET and HEAD, in one go: a player asks for many small parts."""
        viewer, node = self._enter(headers, ip, segments)
        return self._downloads.answer(method, viewer, node, headers)

    def _enter(self, headers: Mapping[str, str], ip: str, segments: tuple[str, ...]) -> tuple[Viewer, Node]:
        """Who asks, and for what."""
        viewer = require_viewer(headers, ip, self._authenticate)
        return viewer, self._tree.resolve(viewer, segments)


class _Bridged:
    """A request that wsgidav answers, with the body it may see."""

    def __init__(self, bridge: ASGIApp, scope: Scope, receive: Receive) -> None:
        self._bridge = bridge
        self._scope = scope
        self._receive = receive

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._bridge(self._scope, self._receive, send)


async def _refused_upload(scope: Scope, receive: Receive, send: Send) -> None:
    """403 for a PUT: said at once, and the connection closed once the client had time to read it.

    Closing while bytes still arrive would reset the connection and take the answer with it.
    """
    answer = refusal(403, READ_ONLY, headers={"Connection": "close"})
    await send({"type": "http.response.start", "status": 403, "headers": answer.raw_headers})
    await send({"type": "http.response.body", "body": bytes(answer.body), "more_body": True})
    if not any(name == b"expect" for name, _ in scope["headers"]):  # who waits for a go-ahead sends nothing
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                while (await receive()).get("more_body", False):
                    pass
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _headers(scope: Scope) -> dict[str, str]:
    """Headers by lower-case name; those sent several times as one list."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found
