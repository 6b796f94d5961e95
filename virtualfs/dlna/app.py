"""DLNA as an ASGI application of its own, with nothing else on it: description, control, events, bytes.

The listener it runs on exists only while the household has switched it on. A request is looked at in this order:
may this machine ask at all (`access`), who is it (`services.screens`), how does it want to be answered (`quirks`),
what may it see. Header names keep their letters: some sets look for `EXT` and `contentFeatures.dlna.org` as written.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services import screens
from services.broker import Broker
from services.catalogue import finding
from services.errors import AccessDenied, NotFound, StorageError, UsageError
from services.jobs import Jobs
from services.masks import Masks
from services.media.television import PROFILES
from services.pictures import Pictures, Wanted
from services.screens import Device
from services.screens.addresses import signer
from services.sharing import Openings
from services.showing import Shown
from services.viewers import Viewer
from virtualfs.dav.bodies import read_body
from virtualfs.dav.errors import Refused
from virtualfs.dlna import cm, description, media, mrr, soap
from virtualfs.dlna.access import Nearby, Neighbours, require_neighbour
from virtualfs.dlna.ahead import Ahead
from virtualfs.dlna.cds import Asked, ContentDirectory
from virtualfs.dlna.description import Identity
from virtualfs.dlna.events import Events
from virtualfs.dlna.media import Media
from virtualfs.dlna.places import Places
from virtualfs.dlna.quirks import ALL_SIZES, Client, Clients
from virtualfs.dlna.soap import FAILED, Call, Fault
from virtualfs.dlna.threads import Threads

THREADS, FETCHES = 4, 16
"""Actions, and fetches of bytes, that are worked on at the same time: who waits for a picture keeps no list waiting."""
XML = 'text/xml; charset="utf-8"'

APPROVE, APPROVE_CODE = "Ask at home: approve this screen", "Ask at home: approve this screen, code {code}"
"""How the one picture is called that a device sees before it was let in."""

_AS_WRITTEN = {
    name.lower().encode(): name.encode()
    for name in (
        "EXT", "ETag", "SID", "TIMEOUT", "SERVER", "contentFeatures.dlna.org", "transferMode.dlna.org",
        "realTimeInfo.dlna.org", media.CAPTION_INFO,
    )
}  # fmt: skip

log = logging.getLogger(__name__)


ADDRESSES = (
    ("GET", description.PATH, "describe"),
    ("GET", "/scpd/{key}.xml", "scpd"),
    ("GET", "/icons/{name}", "icon"),
    ("POST", "/ctl/{key}", "control"),
    ("SUBSCRIBE UNSUBSCRIBE", "/evt/{key}", "events"),
    ("GET", "/m/{token}/{item}/{what}", "bytes"),
    ("GET", "/ask/{what}", "ask"),
)
"""Verbs, address, and which of the endpoints below answers."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the application is made of. `pages` gives the address of our web pages as a machine of the network
    reaches them, by our address there; empty when it cannot. `words` gives a translator of our own names into a
    language: that of a person, else the first that is named in the Accept-Language of a request."""

    identity: Identity
    key: bytes
    broker: Broker
    pictures: Pictures
    masks: Masks
    jobs: Jobs
    openings: Openings
    nearby: Nearby
    events: Events
    pages: Callable[[str], str]
    neighbours: Neighbours
    words: Callable[[str, str], Callable[[str], str]]


def make_dlna(parts: Parts) -> ASGIApp:
    """The application."""
    dlna = Dlna(parts)
    return Gate(Router(dlna.routes(), redirect_slashes=False), parts)


class Gate:
    """Lets neighbours in, and nobody else; says on every answer who we are, in the letters that sets expect."""

    def __init__(self, app: ASGIApp, parts: Parts) -> None:
        self._app = app
        self._nearby = parts.nearby
        self._server = f"Linux/6 UPnP/1.0 DLNADOC/1.50 Hypomos/{parts.identity.version}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run as an ASGI application."""
        if scope["type"] != "http":
            return

        async def written(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [(_AS_WRITTEN.get(n.lower(), n.title()), v) for n, v in message["headers"]]
                message = {**message, "headers": [*headers, (b"Server", self._server)]}
            await send(message)

        try:
            require_neighbour(scope["client"], scope["server"], headers_of(scope), self._nearby)
            app = self._app
        except Refused as error:
            app = refusal(error)
        await app(scope, receive, written)


class Dlna:
    """The endpoints. What asks the catalogue runs in threads of its own."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._ahead = Ahead(parts.pictures, parts.masks)
        self._content = ContentDirectory(Places(), self._lengths, self._ahead.listed)
        self._media = Media(
            parts.key, parts.broker, parts.pictures, parts.masks, parts.jobs, parts.openings, self._ahead
        )
        self._clients = Clients()
        self._acting = Threads(THREADS, "dlna")
        self._fetching = Threads(FETCHES, "dlna-bytes")

    def routes(self) -> list[Route]:
        """Every address there is."""
        ends: dict[str, Callable[[Request], Awaitable[ASGIApp]]] = {
            "describe": self._describe, "scpd": self._scpd, "icon": self._icon, "control": self._control,
            "events": self._parts.events.endpoint, "bytes": self._bytes, "ask": self._ask,
        }  # fmt: skip
        return [Route(path, ends[end], methods=verbs.split()) for verbs, path, end in ADDRESSES]

    async def _describe(self, request: Request) -> Response:
        headers = headers_of(request.scope)
        client = self._clients.at(_ip(request), headers)
        pages = self._parts.pages(_here(request)[0])
        return Response(description.device(self._parts.identity, client, pages), media_type=XML)

    async def _scpd(self, request: Request) -> Response:
        try:
            return Response(description.scpd(request.path_params["key"]), media_type=XML)
        except KeyError:
            return nothing()

    async def _icon(self, request: Request) -> Response:
        found = description.icon(request.path_params["name"])
        return nothing() if found is None else Response(found[0], media_type=found[1])

    async def _control(self, request: Request) -> Response:
        key = request.path_params["key"]
        if key not in _ANSWERED:
            return nothing()
        try:
            body = await read_body(request.receive, soap.MAX_BODY)
        except Refused as error:
            return refusal(error)
        return await self._acting.do(self._act, key, body, request)

    def _act(self, key: str, body: bytes, request: Request) -> Response:
        """Do what a SOAP body says."""
        service = _ANSWERED[key]
        try:
            call = soap.parse(body)
            if service is description.CONTENT:
                values = self._look(call, request)
            else:
                values = (cm if service is description.CONNECTIONS else mrr).answer(call)
            return _xml(soap.answer(service.type, call.action, values), 200)
        except Fault as error:
            return _xml(soap.fault(error), 500)
        except Refused as error:
            return refusal(error)
        except Exception:
            log.exception("a request of a screen failed")
            return _xml(soap.fault(Fault(FAILED)), 500)

    def _look(self, call: Call, request: Request) -> Sequence[tuple[str, str | soap.Raw]]:
        device, client = self._who(request)
        start = "http://{}:{}".format(*_here(request))
        own = device.viewer.language if device.viewer else ""
        word = self._parts.words(own, headers_of(request.scope).get("accept-language", ""))
        title = word(APPROVE_CODE if device.code else APPROVE).replace("{code}", device.code)
        base = _addresses(self._parts.key, device, start)
        asked = Asked(device.viewer, client, base, word, title, f"{start}/ask/")
        try:
            with finding.in_time():
                return self._content.answer(call, asked)
        except UsageError as error:
            raise Fault(soap.TOO_LONG) from error

    async def _bytes(self, request: Request) -> ASGIApp:
        return await self._fetching.do(self._give, request)

    def _give(self, request: Request) -> ASGIApp:
        device, client = self._who(request)
        given, headers = request.path_params, headers_of(request.scope)
        token, item = given["token"], given["item"]
        beside = "http://{}:{}/m/{}/{}/".format(*_here(request), token, item)
        return self._answered(
            lambda: self._media.answer(
                request.method, device, client, token, item, given["what"], headers, beside
            )
        )

    async def _ask(self, request: Request) -> ASGIApp:
        return await self._fetching.do(self._give_ask, request)

    def _give_ask(self, request: Request) -> ASGIApp:
        device, _ = self._who(request)
        pages, headers = self._parts.pages(_here(request)[0]), headers_of(request.scope)
        address = pages and f"{pages}screens"
        return self._answered(
            lambda: self._media.ask(request.method, device, address, request.path_params["what"], headers)
        )

    def _answered(self, answer: Callable[[], ASGIApp]) -> ASGIApp:
        """The answer of bytes, or what an error says; a storage that is away is never a 404."""
        try:
            return answer()
        except Refused as error:
            return refusal(error)
        except (NotFound, AccessDenied):
            return nothing()
        except StorageError:
            return refusal(Refused(503, "This cannot be read now.", headers={"Retry-After": "60"}))

    def _who(self, request: Request) -> tuple[Device, Client]:
        ip, headers = _ip(request), headers_of(request.scope)
        hint = headers.get("user-agent", "")
        device = screens.identify(ip, self._parts.neighbours.mac(ip), hint)
        return device, self._clients.at(ip, headers)

    def _lengths(self, viewer: Viewer, shown: Sequence[Shown]) -> Mapping[int, Mapping[str, int]]:
        """How long the pictures of some items are that were made already; thumbnails that were not are asked for."""
        length, found = self._parts.pictures.length, {}
        for each in (each for each in shown if each.kind == "photo"):
            pictures = {n: Wanted(each.pid, each.asset, each.content, PROFILES[n]) for n in ALL_SIZES}
            if length(pictures["TN"]) is None:  # it is the first to be made: so there are no others
                continue
            lengths = ((name, length(picture)) for name, picture in pictures.items())
            found[each.id] = {name: n for name, n in lengths if n is not None}
        self._ahead.lacking(
            viewer,
            thumbnails=[e.pid for e in shown if "TN" not in found.get(e.id, {}) and e.kind != "audio"],
            players=[each.pid for each in shown if each.kind != "photo" and each.readable],
        )
        return found


def _addresses(key: bytes, device: Device, start: str) -> Callable[[bytes], bytes]:
    """Gives how the addresses of an item begin for a device that reaches us at `start`.

    Signing anew takes two microseconds, and 200 bytes an item less than keeping them.
    """
    sign, before = signer(key, device, media.SIGNED), f"{start}/m/".encode()
    return lambda pid: b"%b%b/%b/" % (before, sign(pid), pid)


_ANSWERED = {service.key: service for service in description.SERVICES}


def headers_of(scope: Scope) -> dict[str, str]:
    """Headers by lower-case name; of several of one name the last."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def refusal(error: Refused) -> Response:
    """An answer that says no."""
    return Response(f"{error}\n", error.status, error.headers, "text/plain; charset=utf-8")


def nothing() -> Response:
    """What is absent and what is forbidden, to the byte."""
    return refusal(Refused(404, "Nothing here."))


def _xml(body: bytes, status: int) -> Response:
    return Response(body, status, {"EXT": ""}, XML)


def _ip(request: Request) -> str:
    ip: str = request.scope["client"][0]
    return ip


def _here(request: Request) -> tuple[str, int]:
    """Our end of the connection: where whoever asks reaches us."""
    host, port = request.scope["server"]
    return host, port
