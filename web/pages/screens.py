"""/screens: what showing pictures on a television means, the devices that ask, and the screens of the household."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import RedirectResponse, Response

from services import events, screens, sharing
from services.collections import seeing
from services.errors import Conflict, UsageError
from services.models import Event
from web.addresses import id_or_nothing
from web.asking import Ask
from web.moments import day_of, parse_end
from web.pages.sharing import PREVIEWED, show_preview
from web.rendering import render

Kept = Mapping[str, str]
NOTHING: Kept = {}


def index(ask: Ask) -> Response:
    """The page: what waits, what there is."""
    return _page(ask)


def approve(ask: Ask) -> Response:
    """Let a device in as a screen, and show collections there."""
    ticked = [name.removeprefix("show.") for name in ask.form if name.startswith("show.")]
    try:
        made = screens.approve(
            ask.viewer, ask.form.get("device", ""), name=ask.form.get("name", ""), screen=ask.form.get("screen", ""),
            until=_until(ask), show=ticked, originals=ask.form.get("originals") == "on",
        )  # fmt: skip
    except (UsageError, Conflict) as error:
        return _page(ask, ask.form, str(error), error.field, 422)
    return RedirectResponse(f"/screens/{made.pid}?did=approved", 303)


def decide(ask: Ask) -> Response:
    """Turn a device away, or ask for it again."""
    device, again = ask.form.get("device", ""), ask.form.get("decision") == "again"
    (screens.ask_again if again else screens.refuse)(ask.viewer, device)
    return RedirectResponse(f"/screens?did={'again' if again else 'refused'}&device={device}", 303)


def show(ask: Ask) -> Response:
    """One screen: what it shows, by which devices, until when."""
    return _screen(ask)


def save(ask: Ask) -> Response:
    """Give a screen another name or end."""
    card = screens.get(ask.viewer, ask.path["id"])
    try:
        changes: dict[str, Any] = {"name": ask.form.get("name", "")}
        if ask.form.get("until", "").strip() != day_of(card.screen.expires_at, ask.viewer.zone):
            changes["until"] = _until(ask)  # an end in the middle of a day stays where it is
        screens.change(ask.viewer, card.screen.pid, changes)
    except (UsageError, Conflict) as error:
        return _screen(ask, ask.form, str(error), error.field, 422)
    return RedirectResponse(f"/screens/{card.screen.pid}?did=saved", 303)


def end(ask: Ask) -> Response:
    """End a screen with all that it shows."""
    screens.remove(ask.viewer, ask.path["id"])
    return RedirectResponse("/screens?did=ended", 303)


def preview(ask: Ask) -> Response:
    """What the screen shows of the viewer's pictures."""
    screen = sharing.get_screen(ask.path["id"])
    page = sharing.preview_on(ask.viewer, screen.pid, limit=PREVIEWED, cursor=ask.query.get("cursor"))
    back = f"/screens/{screen.pid}"
    private = sharing.private_on(ask.viewer, screen.pid)
    return show_preview(ask, page, private, who=screen.name, here=f"{back}/preview", back=back)


def _page(
    ask: Ask, kept: Kept = NOTHING, problem: str = "", field: str | None = None, status: int = 200
) -> Response:
    adult = ask.viewer.role == "adult"
    values = {
        "adult": adult,
        "enabled": ask.context.settings.dlna_enabled,
        "waiting": screens.waiting(ask.viewer) if adult else [],
        "refused": screens.refused(ask.viewer) if adult else [],
        "cards": screens.cards(ask.viewer),
        "collections": seeing.own_names(ask.viewer) if adult else [],
        "kept": kept,
        "problem": problem,
        "wrong": field,
        "did": ask.query.get("did", ""),
        "device": id_or_nothing(ask.query.get("device", "")),
    }
    return render(ask, "screens.html", values, status=status)


def _screen(
    ask: Ask, kept: Kept = NOTHING, problem: str = "", field: str | None = None, status: int = 200
) -> Response:
    card = screens.get(ask.viewer, ask.path["id"])
    there = {line.collection_pid for line in card.shown}
    values = {
        "card": card,
        "adult": ask.viewer.role == "adult",
        "name": kept.get("name", card.screen.name),
        "until": kept.get("until", day_of(card.screen.expires_at, ask.viewer.zone)),
        "collections": [c for c in seeing.own_names(ask.viewer) if c.pid not in there],
        "shows": _to_show(ask, card.screen.pid),
        "problem": problem,
        "wrong": field,
        "did": ask.query.get("did", ""),
    }
    return render(ask, "screen.html", values, status=status)


def _to_show(ask: Ask, screen: str) -> list[Event]:
    """The events that the viewer may have shown on a screen, and that it does not show."""
    if ask.viewer.role != "adult":
        return []
    found = [
        c for c in events.cards(ask.viewer, counted=False) if c.role == "organiser" and c.state == "open"
    ]
    return [c.event for c in found if c.event.guests != "drop" and not _is_on(ask, c.event, screen)]


def _is_on(ask: Ask, event: Event, screen: str) -> bool:
    return any(showing.screen == screen for showing in events.screens_of(ask.viewer, event.pid))


def _until(ask: Ask) -> int | None:
    text = ask.form.get("until", "").strip()
    return parse_end(text, ask.viewer.zone, field="until") if text else None
