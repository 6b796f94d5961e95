"""/item/{id}: one photo, video or sound, and what is known of it."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import RedirectResponse, Response

from services import access, catalogue, collections, sharing
from services.errors import UsageError
from services.scanning import parting
from web.asking import Ask
from web.rendering import render

ACTS: Mapping[str, tuple[str, bool]] = {
    "like": ("favourite", True), "unlike": ("favourite", False), "hide": ("hidden", True), "unhide": ("hidden", False),
}  # fmt: skip
"""What a form with one button does to the viewer's own view of the item."""


def show(ask: Ask) -> Response:
    """The item, with its neighbours in time."""
    return _page(ask)


def edit(ask: Ask) -> Response:
    """Labels, rating, title and description by a plain form; the heart, and hiding, by forms of their own."""
    try:
        catalogue.edit(ask.viewer, ask.path["id"], _changes(ask.form))
    except UsageError as error:
        return _page(ask, str(error), 422)
    return RedirectResponse(f"/item/{ask.path['id']}", 303)


def take_apart(ask: Ask) -> Response:
    """A RAW and its picture become two items; the RAW is shown, with the way back."""
    try:
        made = parting.take_apart(ask.viewer, ask.path["id"])
    except UsageError as error:
        return _page(ask, str(error), 422)
    return RedirectResponse(f"/item/{made[0].pid}", 303)


def put_together(ask: Ask) -> Response:
    """What was taken apart becomes one item again."""
    try:
        item = parting.put_together(ask.viewer, ask.path["id"])
    except UsageError as error:
        return _page(ask, str(error), 422)
    return RedirectResponse(f"/item/{item.pid}", 303)


def _changes(form: Mapping[str, str]) -> dict[str, Any]:
    if "act" in form:
        return dict([ACTS.get(form["act"], ("favourite", False))])
    rating = form.get("rating", "")
    texts = {
        name: form[name] or None for name in ("title", "description") if name in form
    }  # the owner's alone
    return texts | {
        "rating": int(rating) if rating in {"1", "2", "3", "4", "5"} else None,
        "labels": [w.strip() for w in form.get("labels", "").split(",") if w.strip()],
    }


def _page(ask: Ask, problem: str = "", status: int = 200) -> Response:
    item = access.get_item(ask.viewer, ask.path["id"])
    described = catalogue.describe(ask.viewer, [item])[0]
    locations = catalogue.locations(ask.viewer, item)
    writable = {s.pid for s in access.visible_storages(ask.viewer) if s.writable}
    newer, older = catalogue.neighbours(ask.viewer, item)
    values = {
        "it": described,
        "item": described.item,  # what this viewer may know of it
        "assets": catalogue.assets(ask.viewer, item),
        "subtitles": catalogue.subtitles_of(ask.viewer, item),
        "locations": locations,
        "may_trash": bool(locations) and all(x.storage_pid in writable for x in locations),
        "hand_labels": catalogue.hand_labels(ask.viewer, item),
        "owner": item.owner.display,
        "witnesses": sharing.audience(ask.viewer, item.pid) if described.own else [],
        "receipt": sharing.latest(ask.viewer) if described.own and "receipt" in ask.query else None,
        "people": catalogue.people(ask.viewer, item),
        "places": collections.places(ask.viewer, item),
        "newer": newer,
        "older": older,
        "parted": parting.is_parted(item),
        "problem": problem,
    }
    return render(ask, "item.html", values, status=status)
