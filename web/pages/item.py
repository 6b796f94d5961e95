"""/item/{id}: one photo, video or sound, and what is known of it."""

from starlette.responses import RedirectResponse, Response

from services import access, catalogue
from services.errors import UsageError
from web.asking import Ask
from web.rendering import render


def show(ask: Ask) -> Response:
    """The item, with its neighbours in time."""
    return _page(ask)


def edit(ask: Ask) -> Response:
    """Labels, rating, title and description by a plain form."""
    form = ask.form
    rating = form.get("rating", "")
    changes = {
        "title": form.get("title") or None,
        "description": form.get("description") or None,
        "rating": int(rating) if rating.isdigit() else None,
        "favourite": form.get("favourite") == "on",
        "labels": [w.strip() for w in form.get("labels", "").split(",") if w.strip()],
    }
    try:
        catalogue.edit(ask.viewer, ask.path["id"], changes)
    except UsageError as error:
        return _page(ask, str(error), 422)
    return RedirectResponse(f"/item/{ask.path['id']}", 303)


def _page(ask: Ask, problem: str = "", status: int = 200) -> Response:
    item = access.get_item(ask.viewer, ask.path["id"])
    described = catalogue.describe(ask.viewer, [item])[0]
    newer, older = catalogue.neighbours(ask.viewer, item)
    values = {
        "it": described,
        "item": item,
        "assets": catalogue.assets(ask.viewer, item),
        "locations": catalogue.locations(ask.viewer, item),
        "hand_labels": catalogue.hand_labels(ask.viewer, item),
        "newer": newer,
        "older": older,
        "problem": problem,
    }
    return render(ask, "item.html", values, status=status)
