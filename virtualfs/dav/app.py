"""WebDAV as an ASGI application, to be mounted at /dav.

Two halves over one tree: GET, HEAD, PROPFIND and PUT are ours, because wsgidav behind a bridge neither
notices that a client has gone nor that an upload was cut short; the other verbs are wsgidav's. Before
both: may a password travel here, who is it, may it write, is the path one at all. Locks are the same for both.
"""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from wsgidav.dav_error import DAVError

from config.settings import Settings
from services.broker import Broker
from services.drive import locks
from services.drive.locks import holder_of
from services.models.database import Stamp
from services.peers import Peer
from services.serving import validators
from services.sharing import Openings
from services.viewers import Viewer
from virtualfs.dav.asked import Asked, address_of
from virtualfs.dav.auth import Authenticate, require_private, require_viewer, require_write
from virtualfs.dav.bodies import only_elements, read_body, require_no_doctype
from virtualfs.dav.conditions import NONE as NO_CONDITIONS
from virtualfs.dav.conditions import Conditions, parse
from virtualfs.dav.download import Downloads, Slots
from virtualfs.dav.errors import COMMON, Refused, of_wsgidav, reply_to
from virtualfs.dav.judging import HEADERS, require_if, require_state
from virtualfs.dav.junk import Junk
from virtualfs.dav.locking import Locks
from virtualfs.dav.paths import href, require_same_host, segments_of
from virtualfs.dav.places import Places, Segments, is_below, is_left, tags_of, target_of
from virtualfs.dav.propfind import propfind
from virtualfs.dav.receiving import Body
from virtualfs.dav.repeating import Part, Repeats, key_of
from virtualfs.dav.turns import Turns
from virtualfs.dav.upload import Uploads, announced
from virtualfs.dav.wsgi import make_wsgi_half, passed_on
from virtualfs.nodes import File, Folder, Node
from virtualfs.tree import Tree

NATIVE = ("GET", "HEAD", "PROPFIND", "PUT")
BRIDGED = ("OPTIONS", "PROPPATCH", "MKCOL", "DELETE", "COPY", "MOVE", "LOCK", "UNLOCK")

WITH_XML = frozenset({"LOCK", "PROPPATCH"})
JUDGED = frozenset({"PROPPATCH", "DELETE", "COPY", "MOVE", "LOCK", "UNLOCK"})
"""Of wsgidav's verbs those whose conditions count. (Where MKCOL could do something there is nothing to judge by.)"""
READING = frozenset({"OPTIONS"})
"""Of wsgidav's verbs those that change nothing."""

THREADS = 16
"""Downloads that may wait for their storages at the same time to be judged, opened or read in one go."""

UPLOADS = 16
"""Uploads that are written at the same time; each has a thread for as long as it comes."""

MAX_UPLOADS = 6
"""Uploads of one person at the same time, in one process."""

MAX_COPIES = 4
"""Copies and moves of one person at the same time: each may take long, and the bridge has eight threads for all."""

LINGER_S = 2.0
"""How long an upload that is refused may go on, so that its client gets to read the answer."""

_INTO_ITSELF = "Nothing can be copied or moved onto itself, into itself, or over its own folder."


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
        self._places = Places(tree, Junk())
        self._locks = Locks()
        self._downloads = downloads
        self._uploads = Uploads(self._places, self._locks)
        self._authenticate = authenticate
        self._plain_http = settings.dav_plain_http
        self._bridge = make_wsgi_half(self._locks)
        self._turns = Turns(THREADS, "dav")
        self._repeats = Repeats()
        self._writers = ThreadPoolExecutor(UPLOADS, thread_name_prefix="dav-put")
        self._slots = Slots(MAX_UPLOADS, "uploads")
        self._copies = Slots(MAX_COPIES, "copies")

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
        root_path = scope.get("root_path", "")
        if method in {"GET", "HEAD"}:
            return await self._read(method, headers, peer.ip, segments, root_path)
        if method == "PROPFIND":
            viewer, node = await run_in_threadpool(self._look, headers, peer.ip, segments, root_path)
            address = href(root_path, segments, is_folder=isinstance(node, Folder))
            return await propfind(self._places, viewer, segments, node, address, headers, receive)
        viewer = await run_in_threadpool(require_viewer, headers, peer.ip, self._authenticate)
        if method not in {*BRIDGED, "PUT"}:
            raise Refused(405, "WebDAV has no such verb.", headers={"Allow": ", ".join((*NATIVE, *BRIDGED))})
        if method == "PUT":
            return await self._put(viewer, segments, headers, root_path, receive)
        if method not in READING:
            require_write(viewer)
        body = await read_body(receive)
        require_no_doctype(body)
        if method in WITH_XML:
            body = only_elements(body)
        asked = await run_in_threadpool(self._ask, method, viewer, segments, headers, root_path, body)
        passed, replay = passed_on(scope, asked, body)
        bridged = _Bridged(self._bridge, passed, replay)
        return _Held(bridged, self._copies, viewer.user_id) if method in {"COPY", "MOVE"} else bridged

    async def _read(
        self, method: str, headers: Mapping[str, str], ip: str, segments: Segments, root_path: str
    ) -> ASGIApp:
        """The answer to GET and HEAD: here, where it goes on with what was read a moment ago, else in a thread."""
        key = key_of(method, headers, segments)
        again = None if key is None else self._repeats.answer(key, headers)
        if again is not None:
            return again
        stamp = None if key is None or self._repeats.has(key) else self._downloads.stamp()
        answer = await self._turns.run(self._download, method, headers, ip, segments, root_path, stamp)
        if key is not None and isinstance(answer, Part):
            self._repeats.keep(key, answer)
        return answer

    def _download(
        self, method: str, headers: Mapping[str, str], ip: str, segments: Segments, root_path: str, stamp: Stamp | None
    ) -> ASGIApp:  # fmt: skip
        """The same from the beginning, in one go: a player asks for many small parts."""
        viewer, node = self._enter(headers, ip, segments, root_path)
        if isinstance(node, File) and node.original is None and is_left(segments[-1]):
            return self._left(method, viewer, segments, node)
        return self._downloads.answer(method, viewer, node, headers, stamp)

    def _look(
        self, headers: Mapping[str, str], ip: str, segments: Segments, root_path: str
    ) -> tuple[Viewer, Node]:
        """Who asks, and what is to be listed."""
        viewer, node = self._enter(headers, ip, segments, root_path)
        if not HEADERS.isdisjoint(headers):
            require_state(headers, tags_of(viewer, node), node.mtime)
        return viewer, node

    def _enter(
        self, headers: Mapping[str, str], ip: str, segments: Segments, root_path: str
    ) -> tuple[Viewer, Node]:
        """Who asks, and for what; raises Refused (412) where the header `If` does not hold for that."""
        viewer = require_viewer(headers, ip, self._authenticate)
        node = self._places.get(viewer, segments)
        if "if" in headers:
            given = self._given(viewer, headers, root_path)
            require_if(self._places, self._locks, viewer, segments, tags_of(viewer, node), given)
        return viewer, node

    def _given(self, viewer: Viewer, headers: Mapping[str, str], root_path: str) -> Conditions:
        """The header `If`."""
        return parse(headers, lambda address: self._places.reference_of_address(viewer, address, root_path))

    def _left(self, method: str, viewer: Viewer, segments: Segments, node: File) -> ASGIApp:
        """What a system left behind, given back as a whole."""
        url = self._places.url(viewer, segments)
        data = None if url is None else self._places.junk.find(viewer, url)
        return Response(data or b"", 200, COMMON | validators(node.etag, 0), node.mime)

    async def _put(
        self, viewer: Viewer, segments: Segments, headers: Mapping[str, str], root_path: str, receive: Receive
    ) -> ASGIApp:
        """An upload, in a thread of its own that pulls the body."""
        loop = asyncio.get_running_loop()
        body = Body(receive, loop, None)
        try:
            require_write(viewer)
            body.size = announced(headers)
            self._slots.take(viewer.user_id)
            try:
                work = loop.run_in_executor(
                    self._writers, self._store, viewer, segments, headers, root_path, body
                )
                answer = await asyncio.shield(work)
            finally:
                self._slots.give_back(viewer.user_id)
                body.close()
        except Exception as error:
            answer = reply_to(error)
        return answer if body.is_whole else _Unread(answer)

    def _store(
        self, viewer: Viewer, segments: Segments, headers: Mapping[str, str], root_path: str, body: Body
    ) -> Response:
        try:
            return self._uploads.answer(viewer, segments, headers, root_path, body)
        except DAVError as error:
            asked = Asked(
                viewer, holder_of(viewer), segments, root_path, self._places, self._locks, NO_CONDITIONS
            )
            return of_wsgidav(error, "PUT", lambda url: address_of(asked, url))

    def _ask(
        self, method: str, viewer: Viewer, segments: Segments, headers: Mapping[str, str], root_path: str, body: bytes
    ) -> Asked:  # fmt: skip
        """What wsgidav is to know of a request; raises Refused for what cannot be meant."""
        places = self._places
        given = self._given(viewer, headers, root_path)
        asked = Asked(viewer, holder_of(viewer), segments, root_path, places, self._locks, given)
        if method in {"COPY", "MOVE"} and "destination" in headers:
            require_same_host(headers)
            asked.target = target_of(headers["destination"], root_path)
            asked.is_rename = _judge_target(places, method, asked)
        if method == "LOCK" and not body.strip():
            for token in asked.conditions.tokens:
                held = locks.find(token)
                if held is not None and held.holder != asked.holder:
                    raise Refused(403, "This lock is somebody else's.")
        if method in JUDGED and ("if" in headers or not HEADERS.isdisjoint(headers)):
            self._judge(asked, headers)
        return asked

    def _judge(self, asked: Asked, headers: Mapping[str, str]) -> None:
        """Raise Refused (412) where a condition does not hold; of what is not there none is asked."""
        viewer, places = asked.viewer, self._places
        node = places.find(viewer, asked.segments)
        if node is None:
            return
        tags = tags_of(viewer, node)
        require_state(headers, tags, node.mtime)
        require_if(places, self._locks, viewer, asked.segments, tags, asked.conditions)
        if asked.target is not None and not asked.is_rename:
            tags = tags_of(viewer, places.find(viewer, asked.target))
            require_if(places, self._locks, viewer, asked.target, tags, asked.conditions, is_target=True)


class _Bridged:
    """A request that wsgidav answers, with the body it may see."""

    def __init__(self, bridge: ASGIApp, scope: Scope, receive: Receive) -> None:
        self._bridge = bridge
        self._scope = scope
        self._receive = receive

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._bridge(self._scope, self._receive, send)


class _Held:
    """An answer that takes one of a person's slots while it is worked out, or says that there is none."""

    def __init__(self, answer: ASGIApp, slots: Slots, user_id: int) -> None:
        self._answer = answer
        self._slots = slots
        self._user_id = user_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._slots.take(self._user_id)
        except Refused as error:
            await reply_to(error)(scope, receive, send)
            return
        try:
            await self._answer(scope, receive, send)
        finally:
            self._slots.give_back(self._user_id)


class _Unread:
    """An answer to an upload of which not all was taken: said at once, and the connection closed a little later.

    Closing while bytes still arrive would reset the connection and take the answer with it.
    """

    def __init__(self, answer: Response) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [*self._answer.raw_headers, (b"connection", b"close")]
        await send({"type": "http.response.start", "status": self._answer.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": bytes(self._answer.body), "more_body": True})
        if not any(
            name == b"expect" for name, _ in scope["headers"]
        ):  # who waits for a go-ahead sends nothing
            with suppress(TimeoutError):
                async with asyncio.timeout(LINGER_S):
                    while (await receive()).get("more_body", False):
                        pass
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _judge_target(places: Places, method: str, asked: Asked) -> bool:
    """Whether this is only about the case of letters; raises Refused (403) for a copy onto or into itself."""
    if asked.target is None or asked.target == asked.segments:
        raise Refused(403, "Nothing can be copied or moved onto itself.")
    if is_below(asked.target, asked.segments):  # also of the folders at the top, which have no address
        raise Refused(403, _INTO_ITSELF)
    url = places.url(asked.viewer, asked.segments)
    target = places.url(asked.viewer, asked.target)
    if url is None or target is None:
        return False
    if url == target and method == "MOVE":
        return True
    if f"{target}/".startswith(f"{url}/") or f"{url}/".startswith(f"{target}/"):
        raise Refused(403, _INTO_ITSELF)
    return False


def _headers(scope: Scope) -> dict[str, str]:
    """Headers by lower-case name; those sent several times as one list."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found
