"""The one ASGI application: web pages and API at /, the network drive at /dav/, the gate before both."""

import threading
from collections.abc import Callable

from starlette.routing import Mount
from starlette.types import ASGIApp

from appliance.container import Hypomos
from virtualfs.dav.app import make_dav
from virtualfs.tree import Tree
from web.app import Gate, make_web
from web.context import Context


def make_app(
    hypomos: Hypomos, health: Callable[[], dict[str, str | None]], closing: threading.Event
) -> ASGIApp:
    """Everything that answers at the web port; `closing` is set when the end is near."""
    dav = make_dav(Tree(), hypomos.broker, hypomos.authenticator.authenticate_basic, hypomos.settings)
    context = Context(
        settings=hypomos.settings,
        secret=hypomos.secret,
        passwords=hypomos.passwords,
        authenticator=hypomos.authenticator,
        jobs=hypomos.jobs,
        broker=hypomos.broker,
        renditions=hypomos.renditions,
        connecting=hypomos.connecting,
        health=health,
        closing=closing,
        version=hypomos.version,
    )
    return Gate(make_web(context, extra=[Mount("/dav", dav)]), hypomos.settings)
