"""The web facade as an ASGI application: routes and middleware as lists.

In front of everything, also of the network drive that stands beside it: who the peer is, whether
this machine was meant (Host), and how long a request's head may be.
"""

from collections.abc import Iterable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from config import Settings
from services.errors import NotFound
from services.peers import judge_peer
from web.context import Context
from web.errors import Problem
from web.handling import Ask, page, problem_response
from web.headers import COMMON
from web.hosts import Hosts
from web.routes import API, routes


def make_web(context: Context) -> Starlette:
    """The application."""
    app = Starlette(
        routes=routes(),
        exception_handlers={HTTPException: _plain_error},
    )
    app.state.context = context
    return app


class Gate:
    """The door before all facades: judges the peer, refuses hosts that are not this machine."""

    def __init__(self, app: ASGIApp, settings: Settings, hosts: Hosts | None = None) -> None:
        self._app = app
        self._proxies = settings.trusted_proxies
        self._hosts = hosts or Hosts(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run as an ASGI application."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = _joined(scope["headers"])
        client = scope["client"][0] if scope.get("client") else "127.0.0.1"
        peer = judge_peer(client, scope["scheme"], headers, self._proxies)
        if not self._hosts.allows(headers.get("host", "")):
            await _wrong_host()(scope, receive, send)
            return
        scope.setdefault("state", {})["peer"] = peer
        await self._app(scope, receive, send)


def _joined(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by lower-case name; one that comes twice is a list (RFC 9110, 5.3), also to who hides behind it."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _wrong_host() -> Response:
    text = "This machine does not answer to that name. If it should, add the name to hosts_allowed in hypomos.toml.\n"
    return PlainTextResponse(text, 421, COMMON)


async def _plain_error(request: Request, error: Exception) -> Response:
    """Addresses that do not exist, methods that do not fit."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    allowed = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if f"{request.scope['path']}/".startswith(f"{API}/"):
        title = "Not found" if status == 404 else "Not allowed"
        response = problem_response(Problem(status, title, "See /api/v1/openapi.json."))
    elif status == 404:
        response = await page(_nothing, "public")(request)
    else:
        response = PlainTextResponse("This address does not take that.\n", status, COMMON)
    response.headers.update(allowed)
    return response


def _nothing(ask: Ask) -> Response:
    raise NotFound
