"""/events/{id}/contribute: what one brings to an event, more of it, and taking it back.

Nothing is contributed before its owner has seen what will be shown, to whom and until when. Files that are sent here
come into a storage of their own first, by pieces (tus) or by a form.
"""

from collections.abc import Sequence

from starlette.responses import RedirectResponse, Response

from services import access, catalogue, collections, events
from services.errors import Conflict, ReadOnly, UsageError
from services.events import Card, Foreseen
from services.models import Storage
from services.uploads import Target, tell
from web.asking import Ask
from web.pages.dropping import receive_files
from web.pages.events import show_event


def show(ask: Ask) -> Response:
    """What I contribute, and my collections to choose another of; or what one of them would show."""
    if chosen := ask.query.get("collection", ""):
        return _confirm(ask, ask.path["id"], collection=chosen)
    return _page(ask, ask.path["id"])


def contribute(ask: Ask) -> Response:
    """Contribute what was confirmed; what was only chosen is shown first."""
    return _contribute(ask, ask.path["id"], ask.form.get("collection", ""))


def contribute_picked(ask: Ask) -> Response:
    """The same for pictures that were picked on any page: the form names the event.

    It names a collection too, for another of its buttons: that one is not meant here.
    """
    return _contribute(ask, ask.form.get("event", ""), "")


def send_files(ask: Ask) -> Response:
    """Files of a form, to a storage of one's own and from there into the event; what cannot be taken is told."""
    pid = ask.path["id"]
    try:
        _target(ask, pid)
    except (UsageError, Conflict, ReadOnly) as error:
        return _page(ask, pid, error)
    problems = receive_files(ask, lambda: _target(ask, pid))
    if problems:
        return _page(ask, pid, problems=problems)
    return RedirectResponse(f"/events/{pid}/contribute?did=sent#sent", 303)


def take_back(ask: Ask) -> Response:
    """Take a contribution back."""
    pid = ask.path["id"]
    events.withdraw_contribution(ask.viewer, pid, ask.form.get("grant", ""))
    return RedirectResponse(f"/events/{pid}/contribute?did=back", 303)


def _contribute(ask: Ask, pid: str, collection: str) -> Response:
    events.find(ask.viewer, pid)
    picked = [] if collection else ask.picked
    if "sure" not in ask.form:
        return _confirm(ask, pid, collection=collection, items=picked)
    terms = {"download": "download" in ask.form, "place": "place" in ask.form}
    try:
        if collection:
            events.contribute_collection(ask.viewer, pid, collection, **terms)
        else:
            events.contribute_items(ask.viewer, pid, picked, **terms)
    except (UsageError, Conflict) as error:
        return _page(ask, pid, error)
    return RedirectResponse(f"/events/{pid}/contribute?did=done", 303)


def _confirm(ask: Ask, pid: str, *, collection: str = "", items: list[str] | None = None) -> Response:
    card = events.get(ask.viewer, pid)
    picked = items or []
    try:
        found: Foreseen = events.foresee(ask.viewer, pid, collection=collection, items=picked)
    except (UsageError, Conflict) as error:
        return _page(ask, pid, error)
    known = [c for c in events.contributions(ask.viewer, pid) if c.single]
    values = {
        "found": found, "shown": catalogue.describe(ask.viewer, found.items), "collection": collection,
        "picked": picked,
        "terms": known[0].grant.share if known and not collection else None,
    }  # fmt: skip
    return show_event(ask, "event_confirm.html", card, values)


def _page(
    ask: Ask,
    pid: str,
    error: UsageError | Conflict | ReadOnly | None = None,
    problems: Sequence[tuple[str, str]] = (),
) -> Response:
    card = events.get(ask.viewer, pid)
    given = events.contributions(ask.viewer, pid)
    known = {c.collection_pid for c in given}
    mine = collections.cards(ask.viewer, theirs=False) if card.may_contribute else []
    values = {
        "given": given, "mine_to_give": [c for c in mine if c.collection.pid not in known],
        "problem": "" if error is None else str(error), "problems": problems,
        "single": next((c.grant.share for c in given if c.single), None), **_sending(ask, card),
        "did": ask.query.get("did", ""),
    }  # fmt: skip
    return show_event(ask, "event_contribute.html", card, values, status=422 if error or problems else 200)


def _sending(ask: Ask, card: Card) -> dict[str, object]:
    """Where files go that are sent here, and what was sent; or why none can be."""
    pid, into, writable = card.event.pid, None, False
    if card.may_contribute:
        try:
            into = _target(ask, pid)
        except (UsageError, ReadOnly):  # there is no storage to which they could go
            writable = access.visible_storages(ask.viewer).where(Storage.writable).exists()
    sent = [tell(ask.viewer, each) for each in ask.context.uploads.mine(ask.viewer, event=pid)]
    return {
        "into": into, "writable": writable, "sent": sent, "guests_drop": events.takes_files(card.event),
    }  # fmt: skip


def _target(ask: Ask, pid: str) -> Target:
    return events.own_target(ask.viewer, ask.context.filing, pid)
