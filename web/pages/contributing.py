"""/collections/{id}/contribute: offer a collection of one's own to one of somebody else's; see it, and end it."""

from starlette.responses import RedirectResponse, Response

from services import catalogue, collections, sharing
from services.collections import Card, querying, seeing
from services.errors import AccessDenied, Conflict, NotFound, UsageError
from services.models import Item
from services.sharing import Terms
from web.asking import Ask
from web.moments import parse_end
from web.rendering import render

PREVIEW = 24
"""So many pictures of a collection are shown before it is offered."""


def form(ask: Ask) -> Response:
    """Choose a collection; with `from` see what of it will be shown, and confirm."""
    return _page(ask, _into(ask), ask.query.get("from", ""))


def contribute(ask: Ask) -> Response:
    """Offer it."""
    into, chosen = _into(ask), ask.form.get("from", "")
    try:
        if not chosen:
            raise UsageError("Choose one of your collections.", field="from")
        terms = Terms(
            download="download" in ask.form, place="hide_place" not in ask.form, note=ask.form.get("note", ""),
            expires=_end(ask),
        )  # fmt: skip
        sharing.offer(ask.viewer, chosen, {"collection": into.collection.pid}, terms)
    except (UsageError, Conflict, AccessDenied) as error:
        return _page(ask, into, chosen, error)
    return RedirectResponse(f"/collections/{into.collection.pid}/contribute?done=1", 303)


def _into(ask: Ask) -> Card:
    """The collection of somebody else's who asks the viewer for contributions. Raises NotFound."""
    card = collections.get(ask.viewer, ask.path["id"])
    if card.own or not card.may_contribute:
        raise NotFound
    return card


def _first(ask: Ask, card: Card) -> list[Item]:
    """What a collection shows now: of one by a query the newest."""
    sort = "-taken" if card.collection.kind == "dynamic" else None
    return collections.page(ask.viewer, card, sort=sort, limit=PREVIEW).items


def _page(ask: Ask, into: Card, chosen: str, error: Exception | None = None) -> Response:
    given = sharing.contributions(ask.viewer, into.collection)
    offered = {each.offered.collection.pid for each in given}
    mine = [c for c in seeing.own_names(ask.viewer) if not c.problem and c.pid not in offered]
    card = collections.get(ask.viewer, chosen) if chosen in {c.pid for c in mine} else None
    shown = [] if card is None else _first(ask, card)
    posted = {"download": "on"} if error is None else ask.form
    values = {
        "into": into, "mine": mine, "given": given, "card": card,
        "shown": catalogue.describe(ask.viewer, [i for i in shown if i.owner_id == ask.viewer.user_id]),
        "others": any(i.owner_id != ask.viewer.user_id for i in shown),
        "moving": () if card is None else querying.moving(card.collection),
        "private_items": 0 if card is None else sharing.private_in(ask.viewer, card),
        "trouble": "" if error is None else str(error), "field_of": getattr(error, "field", None),
        "posted": {name: posted.get(name, "") for name in ("download", "hide_place", "until", "note")},
        "done": ask.query.get("done") == "1",
    }  # fmt: skip
    return render(ask, "contribute.html", values, status=200 if error is None else 422)


def _end(ask: Ask) -> int | None:
    text = ask.form.get("until", "").strip()
    return parse_end(text, ask.viewer.zone, field="expires") if text else None
