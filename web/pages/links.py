"""/links: one's links, each with its code; /collections/{id}/links: those of one collection, and making another."""

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from services import collections, sharing
from services.collections import querying
from services.errors import UsageError
from services.models import Collection
from services.sharing import Link
from web.addresses import address_of, qr
from web.asking import Ask
from web.link_forms import DAYS, from_form, terms_of
from web.pages.sharing import PREVIEWED, newest, show_preview
from web.rendering import render


@dataclass(frozen=True, slots=True)
class Shown:
    """A link with its whole address and the code of it; both are empty for one that is dead."""

    link: Link
    address: str
    code: Markup


def index(ask: Ask) -> Response:
    """All links of mine, and my collections to make one of."""
    return _page(ask, None)


def of_collection(ask: Ask) -> Response:
    """The links of one collection, and the form for another."""
    return _page(ask, collections.own(ask.viewer, ask.path["id"]))


def make(ask: Ask) -> Response:
    """Make a link; its page shows the address."""
    collection = collections.own(ask.viewer, ask.path["id"])
    try:
        terms = terms_of(from_form({"days": "30"} | dict(ask.form)))
        link = ask.context.links.make(ask.viewer, collection.pid, terms)
    except UsageError as error:
        return _page(ask, collection, error)
    return RedirectResponse(f"/collections/{collection.pid}/links#link-{link.share.pid}", 303)


def edit(ask: Ask) -> Response:
    """Change what a link gives, how long, and its password."""
    link = ask.context.links.get(ask.viewer, ask.path["id"])
    try:
        ask.context.links.change(ask.viewer, link.share.pid, from_form(ask.form))
    except UsageError as error:
        return _page(ask, collections.own(ask.viewer, link.collection_pid), error, wrong=link.share.pid)
    return _back(link)


def pause(ask: Ask) -> Response:
    """Stop a link until it gets a new address."""
    link = ask.context.links.pause(ask.viewer, ask.path["id"])
    return RedirectResponse(f"/collections/{link.collection_pid}/links?receipt=1#link-{link.share.pid}", 303)


def renew(ask: Ask) -> Response:
    """A new address instead of the old one."""
    return _back(ask.context.links.renew(ask.viewer, ask.path["id"]))


def revoke(ask: Ask) -> Response:
    """End a link for good."""
    link = ask.context.links.get(ask.viewer, ask.path["id"])
    ask.context.links.revoke(ask.viewer, ask.path["id"])
    return RedirectResponse(f"/collections/{link.collection_pid}/links?receipt=1", 303)


def preview(ask: Ask) -> Response:
    """What whoever has a link of the viewer's sees of their pictures."""
    link = ask.context.links.get(ask.viewer, ask.path["id"])
    page = sharing.preview_by(ask.viewer, link.share.pid, limit=PREVIEWED, cursor=ask.query.get("cursor"))
    return show_preview(
        ask, page, sharing.private_by(ask.viewer, link.share.pid), link=link.collection,
        here=f"/links/{link.share.pid}/preview", back=_place_of(link),
    )  # fmt: skip


def _back(link: Link) -> Response:
    return RedirectResponse(_place_of(link), 303)


def _place_of(link: Link) -> str:
    return f"/collections/{link.collection_pid}/links#link-{link.share.pid}"


def _page(
    ask: Ask, collection: Collection | None, error: UsageError | None = None, wrong: str = ""
) -> Response:
    links = ask.context.links.list(ask.viewer, None if collection is None else collection.pid)
    moving = () if collection is None else querying.moving(collection)
    values: dict[str, Any] = {
        "collection": collection,
        "moving": moving,
        "shown": newest(ask, collections.get(ask.viewer, collection.pid))
        if collection is not None and moving
        else [],
        "links": [_shown(ask, link) for link in links],
        "mine": collections.cards(ask.viewer, theirs=False) if collection is None else [],
        "days": DAYS,
        "problem": "" if error is None else str(error),
        "field_wrong": None if error is None else error.field,
        "wrong": wrong,
        "receipt": sharing.latest(ask.viewer) if "receipt" in ask.query else None,
        "kept": ask.form if error is not None and not wrong else {},
    }
    return render(ask, "links.html", values, status=200 if error is None else 422)


def _shown(ask: Ask, link: Link) -> Shown:
    if link.secret is None or link.state != "active":
        return Shown(link, "", Markup())
    address = address_of(ask, f"/s/{link.secret}")
    return Shown(link, address, qr(address))
