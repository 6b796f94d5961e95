"""/events/{id}/people: who is at an event, and on which screens; /events/{id}/door and its poster: the ways in."""

from starlette.responses import RedirectResponse, Response

from services import events, sharing
from services.errors import Conflict, UsageError
from services.events import Door
from web.addresses import address_of, qr
from web.asking import Ask
from web.headers import unlisted
from web.pages.events import show_event
from web.pages.sharing import PREVIEWED, show_preview


def people(ask: Ask) -> Response:
    """Organisers, who takes part, and guests."""
    return _people(ask)


def preview(ask: Ask) -> Response:
    """What guests see of the viewer's pictures: for whoever is at the event."""
    pid = ask.path["id"]
    page = events.preview(ask.viewer, pid, limit=PREVIEWED, cursor=ask.query.get("cursor"))
    name, private = events.find(ask.viewer, pid).event.name, events.private_seen(ask.viewer, pid)
    return show_preview(ask, page, private, event=name, here=f"/events/{pid}/preview", back=f"/events/{pid}")


def name_organiser(ask: Ask) -> Response:
    """Have somebody else organise it too."""
    pid = ask.path["id"]
    events.organised(ask.viewer, pid)
    try:
        events.name_organiser(ask.viewer, pid, ask.form.get("user", ""))
    except UsageError as error:
        return _people(ask, str(error), 422)
    return RedirectResponse(f"/events/{pid}/people?did=named", 303)


def remove(ask: Ask) -> Response:
    """Have somebody take part no more, or end a guest's visit."""
    pid = ask.path["id"]
    events.organised(ask.viewer, pid)
    if guest := ask.form.get("guest", ""):
        events.dismiss(ask.viewer, pid, guest)
    else:
        events.remove(ask.viewer, pid, ask.form.get("user", ""))
    return RedirectResponse(f"/events/{pid}/people?did=removed", 303)


def show_on_screen(ask: Ask) -> Response:
    """Have a screen at home show it."""
    pid = ask.path["id"]
    events.organised(ask.viewer, pid)
    try:
        originals = ask.form.get("originals") == "on"
        events.show_on(ask.viewer, pid, ask.form.get("screen", ""), originals=originals)
    except (UsageError, Conflict) as error:
        return _people(ask, str(error), 422)
    return RedirectResponse(f"/events/{pid}/people?did=shown", 303)


def end_on_screen(ask: Ask) -> Response:
    """Have it show it no more."""
    pid = ask.path["id"]
    events.end_on(ask.viewer, pid, ask.form.get("screen", ""))
    return RedirectResponse(f"/events/{pid}/people?did=hidden", 303)


def door(ask: Ask) -> Response:
    """The code, the short address and its PIN."""
    pid = ask.path["id"]
    found = ask.context.events.doors.show(ask.viewer, pid)
    address = "" if found is None else _address(ask, found)
    values = {
        "door": found, "address": address, "code": qr(address) if address else "",
        "short": "" if found is None else address_of(ask, f"/e/{found.short}"),
        "made": ask.query.get("made") == "1", "renewed": ask.query.get("did") == "renewed",
    }  # fmt: skip
    return show_event(ask, "event_door.html", events.get(ask.viewer, pid), values)


def renew_door(ask: Ask) -> Response:
    """A new code, short address and PIN; with `all` whoever came by the old ones is sent out."""
    ask.context.events.doors.renew(ask.viewer, ask.path["id"], guests_too="all" in ask.form)
    return RedirectResponse(f"/events/{ask.path['id']}/door?did=renewed", 303)


def poster(ask: Ask) -> Response:
    """The ways in on one sheet of paper, to be printed."""
    pid = ask.path["id"]
    found = ask.context.events.doors.show(ask.viewer, pid)
    if found is None:
        raise Conflict("This event has no code to be printed.")
    address = _address(ask, found)
    values = {
        "door": found, "address": address, "code": qr(address, error="h"),
        "short": address_of(ask, f"/e/{found.short}").partition("://")[2],
        "size": "a6" if ask.query.get("size") == "a6" else "a4",
    }  # fmt: skip
    response = unlisted(show_event(ask, "event_poster.html", events.get(ask.viewer, pid), values))
    response.headers["Cache-Control"] = "no-store"
    return response


def _address(ask: Ask, door: Door) -> str:
    return address_of(ask, f"/e/{door.token}")


def _people(ask: Ask, problem: str = "", status: int = 200) -> Response:
    pid = ask.path["id"]
    here = events.attendees(ask.viewer, pid)
    organising = {a.login for a in here if a.role == "organiser"}
    there = {showing.screen for showing in events.screens_of(ask.viewer, pid)}
    values = {
        "free_screens": [place for place in sharing.screens(ask.viewer) if place.pid not in there],
        "here": here, "others": [p for p in sharing.people(ask.viewer) if p.login not in organising],
        "problem": problem, "did": ask.query.get("did", ""),
    }  # fmt: skip
    return show_event(ask, "event_people.html", events.get(ask.viewer, pid), values, status=status)
