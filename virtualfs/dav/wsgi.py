"""The half of WebDAV that wsgidav answers: OPTIONS, LOCK, UNLOCK, PROPPATCH, MKCOL, DELETE, COPY, MOVE.

Requests arrive here authenticated, with their body read and their path checked. Neither the password
nor a cookie goes on to wsgidav, and who asks is told to it by an object that no header can forge. Its
own pages, which name version and path, are replaced by our lines of text.

Locks: the class-2 answer that Finder and davfs2 want needs a lock manager, so there is one, in memory.
Nothing can be locked yet, so nothing is ever in it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from a2wsgi import WSGIMiddleware
from lxml import etree
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope
from wsgidav.dav_error import DAVError
from wsgidav.request_resolver import RequestResolver
from wsgidav.wsgidav_app import WsgiDAVApp

from services.errors import HypomosError
from services.viewers import Viewer
from virtualfs.dav.errors import COMMON, READ_ONLY, refusal, reply_to
from virtualfs.dav.provider import VIEWER, TreeProvider
from virtualfs.tree import Tree

WORKERS = 8
BLOCK = 256 * 1024
_NOT_PASSED_ON = frozenset(
    {b"authorization", b"proxy-authorization", b"cookie", b"content-length", b"transfer-encoding", b"expect"}
)

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]


def make_wsgi_half(tree: Tree, mount: str = "/dav") -> ASGIApp:
    """The ASGI application around wsgidav, mounted at `mount`."""
    answers: Any = _Answers(_configured(tree, mount))
    bridge: Any = WSGIMiddleware(answers, workers=WORKERS)  # its types are its own names for the same
    app: ASGIApp = bridge
    return app


def passed_on(scope: Scope, viewer: Viewer, segments: Sequence[str], body: bytes) -> tuple[Scope, Receive]:
    """The request as wsgidav may see it: checked path, known length, no secrets, the viewer in `state`."""
    headers = [(name, value) for name, value in scope["headers"] if name.lower() not in _NOT_PASSED_ON]
    headers.append((b"content-length", str(len(body)).encode()))
    path = "/".join((scope.get("root_path", ""), *segments)) or "/"
    passed = {**scope, "headers": headers, "path": path, "state": {VIEWER: viewer}}

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return passed, receive


class _Answers:
    """The WSGI application: who asks goes in, and errors come out in our words."""

    def __init__(self, app: WsgiDAVApp) -> None:
        self._app = app

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        viewer: Viewer = environ["asgi.scope"]["state"][VIEWER]
        environ[VIEWER] = viewer
        environ["wsgidav.auth.user_name"] = viewer.login
        answer = self._answer(environ)
        given = [(name, value) for name, value in answer.headers.items()]
        start_response(f"{answer.status_code} {HTTPStatus(answer.status_code).phrase}", given)
        return [bytes(answer.body)]

    def _answer(self, environ: Environ) -> Response:
        begun: list[tuple[str, list[tuple[str, str]]]] = []

        def begin(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
            begun.append((status, headers))

        try:
            body = b"".join(self._app(environ, begin))
        except DAVError as error:
            return _in_our_words(error.value, error.err_condition)
        except HypomosError as error:
            return reply_to(error)
        except Exception as error:  # whatever it is: logged, and 500
            return reply_to(error)
        status, headers = int(begun[-1][0].split(" ", 1)[0]), dict(begun[-1][1])
        if status >= 400:
            return _in_our_words(status)
        kept = {name: value for name, value in headers.items() if name.lower() not in {"date", "server"}}
        return Response(body, status, COMMON | kept)


def _in_our_words(status: int, condition: Any = None) -> Response:
    """An error of wsgidav as a line of ours."""
    if status == 403:
        return refusal(403, READ_ONLY)
    if status == 404:
        return refusal(404, "Nothing here.")
    name = "" if condition is None else etree.QName(condition.as_xml()[0]).localname
    return refusal(status, HTTPStatus(status).phrase + ".", name)


def _configured(tree: Tree, mount: str) -> WsgiDAVApp:
    config: Mapping[str, Any] = {
        "provider_mapping": {"/": TreeProvider(tree)},
        "mount_path": mount,
        "middleware_stack": [RequestResolver],  # we sign in, list and report errors ourselves
        "http_authenticator": {"accept_basic": False, "accept_digest": False},
        "lock_storage": True,
        "property_manager": None,
        "dir_browser": {"enable": False},
        "block_size": BLOCK,
        "suppress_version_info": True,
        "hotfixes": {"emulate_win32_lastmod": True},
        "add_header_MS_Author_Via": True,
        "verbose": 1,
        "logging": {"enable": False},
    }
    return WsgiDAVApp(config)
