"""/devices/connection: is everything right between this device and the network drive? Seen from the server's side."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.responses import Response

from services import accounts
from services.accounts import SignInFailed, TokenInfo
from services.clock import SECOND, now
from web.addresses import https_address_of
from web.asking import Ask
from web.headers import page_headers
from web.pages.devices import drive_address
from web.reaching import reached
from web.rendering import render

LATELY = 60 * SECOND
"""A use that is not older is counted in seconds."""
MOST = 10


@dataclass(frozen=True, slots=True)
class Use:
    """The last time that an app password was used."""

    label: str
    at: int
    ip: str
    seconds: int | None


def show(ask: Ask) -> Response:
    """How this request came, and which devices have connected."""
    return _page(ask)


def try_password(ask: Ask) -> Response:
    """Whether an app password opens the network drive, by the same test that this makes; nothing is noted as a use."""
    secret = ask.form.get("secret", "").strip()
    try:
        ask.context.authenticator.try_basic(ask.viewer.login, secret)
    except SignInFailed:
        return _page(ask, tried="wrong", status=422)
    return _page(ask, tried="good")


def uses(ask: Ask) -> Response:
    """The list of devices alone: asked for again and again while somebody watches."""
    return render(ask, "connection_uses.html", {"uses": last_uses(ask)})


def last_uses(ask: Ask) -> list[Use]:
    """The viewer's app passwords that have been used, the latest first."""
    found = [
        use for token in accounts.list_tokens(ask.viewer) if token.kind == "app" if (use := _use(ask, token))
    ]
    return sorted(found, key=lambda use: use.at, reverse=True)[:MOST]


def _use(ask: Ask, token: TokenInfo) -> Use | None:
    """By what this process saw, to the second, else by the catalogue, which is told every ten minutes."""
    seen = ask.context.authenticator.find_use(token.pid)
    at, ip = (seen.at, seen.ip) if seen is not None else (token.last_used_at, token.last_ip)
    if at is None:
        return None
    passed = max(0, now() - at)
    return Use(token.label, at, ip or "", passed // SECOND if passed < LATELY else None)


def _page(ask: Ask, *, tried: str = "", status: int = 200) -> Response:
    settings = ask.context.settings
    https = https_address_of(ask, "/certificate/reached")
    values = {
        "reached": reached(settings, ask.peer, ask.request.headers["host"]),
        "https": https,
        "https_start": https_address_of(ask, "/devices/connection"),
        "address": drive_address(ask),
        "household": settings.has_household_certificate,
        "uses": last_uses(ask),
        "tried": tried,
    }
    response = render(ask, "connection.html", values, status=status)
    parts = urlsplit(https or "")
    connect = f"{parts.scheme}://{parts.netloc}" if https and not ask.peer.https else ""
    response.headers.update(page_headers(ask.nonce, connect=connect))
    return response
