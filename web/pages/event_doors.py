"""/e/{token}: the door of an event, by its code or its short address; /e: a field for who types that address.

A door shows nothing of what lies behind. Its form asks for a name (and for the PIN at the short address) and opens
it for a guest; a person of the household who is signed in takes part as themselves. After that no address holds
the secret.
"""

import re

from starlette.responses import RedirectResponse, Response

from services.accounts import SignInFailed
from services.errors import Conflict, HypomosError, NotFound, Throttled, UsageError
from services.events.doors import MAX_NAME
from services.models import Event
from web.addresses import id_or_nothing
from web.asking import Ask
from web.handling import GUESTS, set_guest, tell
from web.headers import unlisted
from web.rendering import render

BEEN = "hyp_been"
"""Names the visits of this browser to a door that it comes to again. It proves nothing: each has its own cookie."""
MOST_BEEN = 8


def ask_address(ask: Ask) -> Response:
    """The field for a short address; who has just left an event is told so here."""
    return _address(ask)


def find(ask: Ask) -> Response:
    """From a short address, however it was typed, to its door."""
    short = re.sub(r"[\s-]", "", ask.form.get("address", "")).upper()
    try:
        event = ask.context.events.doors.look(short, ip=ask.peer.ip)
    except (NotFound, Throttled) as error:
        return _address(ask, error)
    return RedirectResponse(f"/e/{event.short}", 303)


def show(ask: Ask) -> Response:
    """The door. Looking uses nothing up, so programs that preview links may."""
    return _door(ask, _look(ask))


def enter(ask: Ask) -> Response:
    """Go in: as a guest under a name, or as the person who is signed in."""
    doors, code, pin = ask.context.events.doors, ask.path["token"], ask.form.get("pin", "")
    try:
        if ask.viewer_or_none is not None and ask.form.get("as") == "person":
            event = doors.join(ask.viewer, code, pin, ip=ask.peer.ip)
            return RedirectResponse(f"/events/{event.pid}", 303)
        guest = doors.enter(code, ask.form.get("name", ""), pin, ip=ask.peer.ip)
    except (SignInFailed, Throttled, UsageError, Conflict) as error:
        return tell(_door(ask, _look(ask), error), error)
    response = set_guest(RedirectResponse(f"{GUESTS}/{guest.pid}", 303), ask, guest)
    return _note_visit(response, ask, guest.pid)


def _look(ask: Ask) -> Event:
    return ask.context.events.doors.look(ask.path["token"], ip=ask.peer.ip)


def _door(ask: Ask, event: Event, error: HypomosError | None = None) -> Response:
    code = ask.path["token"]
    goes_on = ask.context.events.doors.goes_on(event, _been(ask))
    values = {
        "asks_pin": ask.context.events.doors.needs_pin(code),
        "again": f"{GUESTS}/{goes_on}" if goes_on else "",
        "given": ask.form.get("name", "")[:MAX_NAME],
        "most": MAX_NAME,
        "problem": str(error or ""),
        "field": _field(error),
    }
    return unlisted(render(ask, "door_event.html", values))


def _field(error: HypomosError | None) -> str:
    if isinstance(error, SignInFailed):
        return "pin"
    return (error.field or "") if isinstance(error, UsageError) else ""


def _address(ask: Ask, error: HypomosError | None = None) -> Response:
    values = {
        "given": ask.form.get("address", "")[:MAX_NAME],
        "is_wrong": isinstance(error, NotFound),
        "problem": str(error) if isinstance(error, Throttled) else "",
        "has_left": "left" in ask.query,
        "taken": ask.number("left", 0),
    }
    response = unlisted(render(ask, "door_address.html", values))
    return response if error is None else tell(response, error)


def _been(ask: Ask) -> list[str]:
    found = ask.request.cookies.get(BEEN, "").split(".")
    return [pid for pid in map(id_or_nothing, found[:MOST_BEEN]) if pid]


def _note_visit(response: Response, ask: Ask, pid: str) -> Response:
    response.set_cookie(
        BEEN, ".".join([pid, *_been(ask)][:MOST_BEEN]), max_age=180 * 86_400, path="/e", secure=ask.peer.https,
        httponly=True, samesite="lax",
    )  # fmt: skip
    return response
