"""/events/{id}/settings, close and after: what its organisers change, how it ends, and what may be freed then."""

from starlette.responses import RedirectResponse, Response

from services import events, sharing
from services.clock import DAY, now
from services.errors import UsageError
from services.events import Card
from services.events.board import State
from web import event_forms
from web.asking import Ask
from web.pages.events import form_values, show_event

LONGER = (1, 7, 30)
"""Days by which an event can be made to last longer with one button."""


def settings(ask: Ask) -> Response:
    """The form of an event as it is, and how it ends."""
    card = _card(ask)
    return _settings(ask, card, event_forms.of_event(card.event, ask.viewer.zone))


def save(ask: Ask) -> Response:
    """Change it."""
    card = _card(ask)
    owns = card.event.owner_id == ask.viewer.user_id
    try:
        changes = event_forms.from_form(ask.form, ask.viewer.zone, owns=owns)
        ask.context.events.change(ask.viewer, card.event.pid, changes)
    except UsageError as error:
        return _settings(ask, card, dict(ask.form), error)
    return RedirectResponse(f"/events/{card.event.pid}/settings?did=saved", 303)


def extend(ask: Ask) -> Response:
    """Let it last some days longer than it would."""
    event = _card(ask).event
    days = ask.form.get("days", "")
    if days not in map(str, LONGER):
        raise UsageError("Say by how many days it is to last longer.", field="days")
    end = max(event.expires_at or 0, now()) + int(days) * DAY
    ask.context.events.change(ask.viewer, event.pid, {"expires": end})
    return RedirectResponse(f"/events/{event.pid}/settings?did=saved", 303)


def closing(ask: Ask) -> Response:
    """What ends when it is closed, and what does not."""
    card = _card(ask)
    if card.state != "open":
        return RedirectResponse(f"/events/{card.event.pid}/settings", 303)
    here = events.attendees(ask.viewer, card.event.pid)
    return show_event(ask, "event_close.html", card, {"here": here, "board": _board(ask, card)})


def close(ask: Ask) -> Response:
    """End it now, for good."""
    card = _card(ask)
    ask.context.events.close(ask.viewer, card.event.pid)
    return RedirectResponse(f"/events/{card.event.pid}/settings?did=closed", 303)


def archive(ask: Ask) -> Response:
    """Put it away, or take it out again."""
    pid = _card(ask).event.pid
    away = ask.form.get("away", "") == "yes"
    ask.context.events.archive(ask.viewer, pid, archived=away)
    return RedirectResponse("/events?archive=1" if away else f"/events/{pid}", 303)


def after(ask: Ask) -> Response:
    """What lies in its owner's storages only because of it."""
    card = events.get(ask.viewer, ask.path["id"])
    if card.state == "open":
        events.organised(ask.viewer, card.event.pid)
        return show_event(ask, "event_after.html", card, {"proposal": None, "job": None})
    values = {
        "proposal": events.propose(ask.viewer, card.event.pid),
        "job": events.last_job(ask.viewer, card.event.pid),
    }
    return show_event(ask, "event_after.html", card, values)


def free(ask: Ask) -> Response:
    """Have it put into the trash."""
    pid = ask.path["id"]
    events.find(ask.viewer, pid)
    if "sure" not in ask.form:
        return RedirectResponse(f"/events/{pid}/after", 303)
    events.free(ask.viewer, pid, ask.context.jobs)
    return RedirectResponse(f"/events/{pid}/after?did=begun", 303)


def _card(ask: Ask) -> Card:
    events.organised(ask.viewer, ask.path["id"])
    return events.get(ask.viewer, ask.path["id"])


def _board(ask: Ask, card: Card) -> dict[State, int]:
    return events.board(ask.viewer, card.event.pid, limit=1).counts


def _settings(ask: Ask, card: Card, kept: dict[str, str], error: UsageError | None = None) -> Response:
    did = ask.query.get("did", "")
    values = {
        **form_values(ask, kept, error, card.event), "longer": LONGER, "did": did,
        "receipt": sharing.latest(ask.viewer) if did == "closed" else None,
    }  # fmt: skip
    return show_event(ask, "event_settings.html", card, values, status=200 if error is None else 422)
