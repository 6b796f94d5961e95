"""The one ASGI application: web pages and API at /, the network drive at /dav/, the gate before both."""

import threading
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from appliance.container import Hypomos
from services import events
from virtualfs.collections_writing import CollectionsWriter
from virtualfs.dav.announcing import announce
from virtualfs.dav.app import make_dav
from virtualfs.events_writing import EventsWriter
from virtualfs.storages_writing import StoragesWriter
from virtualfs.tree import Tree
from web.app import Gate, make_web
from web.context import Context

DAV = "/dav"
ANNOUNCED = ("OPTIONS", "/")
"""The one request at the top that is not for the pages: it is answered to everybody, with the same headers."""


def make_app(
    hypomos: Hypomos,
    health: Callable[[], dict[str, str | None]],
    closing: threading.Event,
    *,
    https_port: int | None = None,
) -> ASGIApp:
    """Everything that answers at the web port; `closing` is set when the end is near, `https_port` where https is."""
    context = Context(
        settings=hypomos.settings,
        secret=hypomos.secret,
        passwords=hypomos.passwords,
        authenticator=hypomos.authenticator,
        jobs=hypomos.jobs,
        broker=hypomos.broker,
        renditions=hypomos.renditions,
        connecting=hypomos.connecting,
        filing=hypomos.filing,
        trashing=hypomos.trashing,
        transfers=hypomos.transfers,
        remotes=hypomos.remotes,
        problems=hypomos.problems,
        links=hypomos.links,
        events=hypomos.events,
        masks=hypomos.masks,
        uploads=hypomos.uploads,
        dropping=events.target,
        health=health,
        closing=closing,
        version=hypomos.version,
        https_port=https_port,
    )
    authenticate = hypomos.authenticator.authenticate_basic
    writers = [
        StoragesWriter(hypomos.filing, hypomos.broker, hypomos.connecting.quotas),
        CollectionsWriter(hypomos.handing),
        EventsWriter(hypomos.handing),
    ]
    dav = make_dav(Tree(writers), hypomos.broker, authenticate, hypomos.settings, context.openings)
    return Gate(Facades(dav, make_web(context)), hypomos.settings)


class Facades:
    """The network drive below /dav, the web everywhere else. Who asks the top for a drive is told that there is one."""

    def __init__(self, dav: ASGIApp, web: ASGIApp) -> None:
        self._dav = dav
        self._web = web

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run as an ASGI application."""
        if scope["type"] == "http" and f"{scope['path']}/".startswith(f"{DAV}/"):
            await self._dav({**scope, "root_path": DAV}, receive, send)
        elif scope["type"] == "http" and (scope["method"], scope["path"]) == ANNOUNCED:
            await announce(scope, receive, send)
        else:
            await self._web(scope, receive, send)
