"""/events: those one organises or takes part in, a new one, and one with its pictures."""

from collections.abc import Mapping

from starlette.responses import RedirectResponse, Response

from services import access, catalogue, events
from services.errors import UsageError
from services.events import Card
from services.models import Event, Storage
from web import event_forms
from web.asking import Ask
from web.rendering import render

PAGE = 60


def index(ask: Ask) -> Response:
    """What is on, or over and not put away yet; or the archive."""
    archived = ask.query.get("archive") == "1"
    values = {
        "cards": events.cards(ask.viewer, archived=archived), "archive": archived,
        "left": ask.query.get("left") == "1",
    }  # fmt: skip
    return render(ask, "events.html", values)


def new(ask: Ask) -> Response:
    """The form of a new event, filled in for what it is for."""
    preset = ask.query.get("for", "")
    return render(ask, "event_form.html", form_values(ask, event_forms.blank(preset)))


def create(ask: Ask) -> Response:
    """Make it; its page of codes comes next."""
    try:
        made = ask.context.events.make(ask.viewer, event_forms.from_form(ask.form, ask.viewer.zone))
    except UsageError as error:
        return render(ask, "event_form.html", form_values(ask, dict(ask.form), error), status=422)
    return RedirectResponse(f"/events/{made.pid}/door?made=1", 303)


def show(ask: Ask) -> Response:
    """Its pictures, page by page."""
    card = events.get(ask.viewer, ask.path["id"])
    page = events.page(ask.viewer, card, limit=PAGE, cursor=ask.query.get("cursor"))
    found = catalogue.describe(ask.viewer, page.items)
    values = {
        "found": found,
        "next": page.next,
        "first": not ask.query.get("cursor"),
        "may_download": any(d.rights.download for d in found),
        "by": events.contributors(ask.viewer, card.event, [d.item.id for d in found]),
    }
    return show_event(ask, "event.html", card, values)


def take_out(ask: Ask) -> Response:
    """Take pictures of one's own out of the event again."""
    pid = ask.path["id"]
    events.find(ask.viewer, pid)
    picked = ask.picked
    number = events.withdraw_items(ask.viewer, pid, picked) if picked else 0
    return RedirectResponse(f"/events/{pid}?deed={'remove' if number else 'nothing'}&n={number}", 303)


def leave(ask: Ask) -> Response:
    """Take part no more; what one contributed goes along."""
    events.leave(ask.viewer, ask.path["id"])
    return RedirectResponse("/events?left=1", 303)


def show_event(
    ask: Ask, template: str, card: Card, values: Mapping[str, object], *, status: int = 200
) -> Response:
    """A page of one event: what each of them has in common is added."""
    common = {
        "card": card, "e": card.event, "mine": card.event.owner_id == ask.viewer.user_id,
        "on_screens": events.screens_of(ask.viewer, card.event.pid),
    }  # fmt: skip
    return render(ask, template, {**common, **values}, status=status)


def form_values(
    ask: Ask, kept: dict[str, str], error: UsageError | None = None, event: Event | None = None
) -> dict[str, object]:
    """What the form of an event needs. Where dropped files go is for its owner to say, so only they are asked."""
    owns = event is None or event.owner_id == ask.viewer.user_id
    storages = access.visible_storages(ask.viewer).where(Storage.writable).order_by(Storage.name_fold)
    return {
        "kept": {**dict.fromkeys(("name", "starts", "ends", "until_day", "until_time", "max_files", "max_mb",
                                  "storage", "folder", "preset"), ""), "days": "30", **kept},
        "storages": list(storages) if owns else [],
        "owns": owns,
        "problem": "" if error is None else str(error),
        "wrong": None if error is None else error.field,
    }  # fmt: skip
