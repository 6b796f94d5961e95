"""/devices: how to mount the network drive, app passwords, and where one is signed in."""

from starlette.responses import RedirectResponse, Response

from services import accounts
from services.accounts import NewToken
from services.errors import UsageError
from web.addresses import address_of, qr
from web.asking import Ask
from web.rendering import render


def index(ask: Ask) -> Response:
    """The page; a fresh password is shown on the answer to its making, and never again."""
    return _page(ask)


def create_password(ask: Ask) -> Response:
    """Make an app password for the network drive."""
    try:
        made = accounts.create_token(ask.viewer, "app", label=ask.form.get("label", ""))
    except UsageError as error:
        return _page(ask, problem=str(error), status=422)
    return _page(ask, made=made, status=201)


def revoke_password(ask: Ask) -> Response:
    """End a token at once."""
    accounts.revoke_token(ask.viewer, ask.path["id"])
    return RedirectResponse("/devices", 303)


def revoke_session(ask: Ask) -> Response:
    """Sign a browser out."""
    accounts.revoke_session(ask.viewer, ask.path["id"])
    return RedirectResponse("/devices", 303)


def _page(ask: Ask, *, made: NewToken | None = None, problem: str = "", status: int = 200) -> Response:
    address = drive_address(ask)
    values = {
        "address": address,
        "qr": qr(address),
        "https": address.startswith("https:"),
        "plain_http": ask.context.settings.dav_plain_http,
        "tokens": accounts.list_tokens(ask.viewer),
        "sessions": accounts.list_sessions(ask.viewer),
        "made": made,
        "problem": problem,
    }
    return render(ask, "devices.html", values, status=status)


def drive_address(ask: Ask) -> str:
    """Where the network drive is."""
    return address_of(ask, "/dav/")
