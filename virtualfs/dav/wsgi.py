"""The half of WebDAV that wsgidav answers: OPTIONS, LOCK, UNLOCK, PROPPATCH, MKCOL, DELETE, COPY, MOVE.

Requests arrive here authenticated, with their body read, their path checked and their conditions judged. Neither the
password nor a cookie goes on to wsgidav, and who asks, and of what, is told to it by an object that no header forges.
Its own pages, which name version and path, are replaced by our lines of text.
"""

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from a2wsgi import WSGIMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from wsgidav.dav_error import DAVError
from wsgidav.request_resolver import RequestResolver
from wsgidav.wsgidav_app import WsgiDAVApp

from services.drive import locks
from services.errors import HypomosError
from virtualfs.dav import judging
from virtualfs.dav.asked import ASKED, OF, TO, Asked, address_of
from virtualfs.dav.errors import COMMON, in_our_words, of_wsgidav, reply_to
from virtualfs.dav.locking import Locks
from virtualfs.dav.provider import TreeProvider

WORKERS = 8
RENEWED = 500
"""After so many requests other threads take over."""
BLOCK = 256 * 1024
LONGEST_TIMEOUT = 100
"""Characters of the header Timeout; a longer one is as none."""

_NOT_PASSED_ON = frozenset(
    {
        b"authorization", b"proxy-authorization", b"cookie", b"content-length", b"transfer-encoding", b"expect",
        b"destination", b"host", b"if", b"x-forwarded-host", b"x-forwarded-proto",
        *(name.encode() for name in judging.HEADERS),
    }
)  # fmt: skip
"""What is a secret, was judged already, or is told otherwise."""

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]


def make_wsgi_half(held: Locks, mount: str = "/dav") -> ASGIApp:
    """The ASGI application around wsgidav, mounted at `mount`."""
    return _Bridge(_Answers(_configured(held, mount)))


def passed_on(scope: Scope, asked: Asked, body: bytes) -> tuple[Scope, Receive]:
    """The request as wsgidav may see it: no path, known length, no secrets, what is asked in `state`."""
    headers = [
        (name, value)
        for name, value in scope["headers"]
        if name.lower() not in _NOT_PASSED_ON
        and (name.lower() != b"timeout" or len(value) <= LONGEST_TIMEOUT)
    ]
    headers += [(b"content-length", str(len(body)).encode()), (b"host", b"here")]
    if asked.target is not None:
        headers.append((b"destination", (asked.root_path + TO).encode()))
    passed = {**scope, "headers": headers, "path": asked.root_path + OF, "state": {ASKED: asked}}

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return passed, receive


class _Bridge:
    """From ASGI to WSGI. Its threads end after some requests, and with them the names that lxml keeps (`bodies`)."""

    def __init__(self, answers: "_Answers") -> None:
        self._answers: Any = answers  # a2wsgi's types are its own names for the same
        self._left = 0
        self._half: Any = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run as an ASGI application."""
        if not self._left:
            # the threads of the one before end by themselves when the last request lets go of them
            self._half, self._left = WSGIMiddleware(self._answers, workers=WORKERS), RENEWED
        self._left -= 1
        await self._half(scope, receive, send)


class _Answers:
    """The WSGI application: who asks goes in, and errors come out in our words."""

    def __init__(self, app: WsgiDAVApp) -> None:
        self._app = app

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        asked: Asked = environ["asgi.scope"]["state"][ASKED]
        environ[ASKED] = asked
        environ["wsgidav.auth.user_name"] = asked.holder
        asked.conditions.into(environ)
        answer = self._answer(environ, asked)
        given = [(name, value) for name, value in answer.headers.items()]
        start_response(f"{answer.status_code} {HTTPStatus(answer.status_code).phrase}", given)
        return [bytes(answer.body)]

    def _answer(self, environ: Environ, asked: Asked) -> Response:
        begun: list[tuple[str, list[tuple[str, str]]]] = []
        method: str = environ["REQUEST_METHOD"]

        def begin(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
            begun.append((status, headers))

        try:
            body = b"".join(self._app(environ, begin))
            if asked.error is not None:
                raise asked.error
        except DAVError as error:
            return of_wsgidav(error, method, lambda url: address_of(asked, url))
        except HypomosError as error:
            return reply_to(error)
        except Exception as error:  # whatever it is: logged, and 500
            return reply_to(error)
        status, headers = int(begun[-1][0].split(" ", 1)[0]), dict(begun[-1][1])
        if status >= 400:
            return in_our_words(status, method)
        if method in {"COPY", "MOVE"} and status == 204 and not asked.is_replacing:
            status = 201  # wsgidav says 204 for whatever a provider has done itself
        if method == "LOCK" and status == 201:
            locks.mark_empty(headers["Lock-Token"].strip("<>"), empty=True)
        kept = {name: value for name, value in headers.items() if name.lower() not in {"date", "server"}}
        return Response(body, status, COMMON | kept)


def _configured(held: Locks, mount: str) -> WsgiDAVApp:
    config: Mapping[str, Any] = {
        "provider_mapping": {"/": TreeProvider()},
        "mount_path": mount,
        "middleware_stack": [RequestResolver],  # we sign in, list and report errors ourselves
        "http_authenticator": {"accept_basic": False, "accept_digest": False},
        "lock_storage": True,  # what it makes of that is replaced below
        "property_manager": None,
        "dir_browser": {"enable": False},
        "block_size": BLOCK,
        "suppress_version_info": True,
        "add_header_MS_Author_Via": True,
        "verbose": 1,
        "logging": {"enable": False},
    }
    app = WsgiDAVApp(config)
    app.lock_manager = held
    for provider in app.provider_map.values():
        provider.set_lock_manager(held)
    return app
