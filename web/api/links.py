"""/shares to links: made, shown again to their owner, changed, paused, given a new address, ended."""

from typing import Any

from starlette.responses import JSONResponse, Response

from services.errors import NotFound, UsageError
from services.sharing import Link
from web.addresses import address_of
from web.api.views import instant
from web.api.views import receipt as receipt_view
from web.asking import Ask
from web.link_forms import from_json, terms_of


def make_link(ask: Ask) -> Response:
    """Share a collection by a link: `collection`, `to: {"link": true}`; rights, place, expires, password, max_uses."""
    if ask.data.get("to") != {"link": True}:
        raise UsageError("Nothing can be shared with that.", field="to")
    terms = terms_of(from_json(ask.data))
    link = ask.context.links.make(ask.viewer, str(ask.data.get("collection", "")), terms)
    return JSONResponse(view(ask, link), 201)


def is_link(ask: Ask) -> bool:
    """Whether the share that the address names is a link of the viewer's."""
    try:
        ask.context.links.get(ask.viewer, ask.path["id"])
    except NotFound:
        return False
    return True


def show_link(ask: Ask) -> Response:
    """A link of one's own, with its address."""
    return JSONResponse(view(ask, ask.context.links.get(ask.viewer, ask.path["id"])))


def edit_link(ask: Ask) -> Response:
    """Change rights, place, expires, password, max_uses or note."""
    return JSONResponse(view(ask, ask.context.links.change(ask.viewer, ask.path["id"], from_json(ask.data))))


def end_link(ask: Ask) -> Response:
    """End a link at once, with everybody who came by it."""
    receipt = ask.context.links.revoke(ask.viewer, ask.path["id"])
    return JSONResponse(receipt_view(receipt))


def pause_link(ask: Ask) -> Response:
    """Stop a link until it gets a new address."""
    return JSONResponse(view(ask, ask.context.links.pause(ask.viewer, ask.path["id"])))


def renew_link(ask: Ask) -> Response:
    """The same offer under a new id and a new address; the old one is dead for good."""
    return JSONResponse(view(ask, ask.context.links.renew(ask.viewer, ask.path["id"])), 201)


def _address(ask: Ask, link: Link) -> str | None:
    """For who may also make links: a token that only reads does not hand out what outlives it."""
    if link.secret is None or not ask.viewer.allows("write"):
        return None
    return address_of(ask, f"/s/{link.secret}")


def view(ask: Ask, link: Link) -> dict[str, Any]:
    """A link for its owner."""
    share = link.share
    return {
        "id": share.pid, "collection": link.collection_pid, "to": {"link": True},
        "rights": ["view", *(["download"] if share.may_download else [])], "place": bool(share.shows_place),
        "expires": instant(share.expires_at), "note": share.note, "password": share.password is not None,
        "max_uses": share.max_uses, "uses": share.uses, "guests": link.guests, "state": link.state,
        "created": instant(share.created_at),
        "address": _address(ask, link),
    }  # fmt: skip
