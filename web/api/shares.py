"""/shares, /grants and /revocations: what the viewer shares and with whom, what they are shared, and its end."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from services import events, sharing
from services.errors import NotFound, UsageError
from services.sharing import Offered, Terms
from web.api import links, views
from web.handling import Ask
from web.moments import parse_end


def list_shares(ask: Ask) -> Response:
    """GET /shares?ended=&limit=&cursor=: the viewer's shares, newest first, each with who has a right by it"""
    limit, before = ask.number("limit", 200), ask.query.get("cursor")
    if not 0 < limit <= 500:
        raise UsageError("limit is from 1 to 500.", field="limit")
    ended = ask.query.get("ended") == "true"
    found = sharing.offers(ask.viewer, ended=ended, before=before, limit=limit + 1)
    page, more = found[:limit], len(found) > limit
    following, total = page[-1].share.pid if more else None, None if more or before else len(page)
    return JSONResponse({"items": [views.share(o) for o in page], "next": following, "total": total})


def make_share(ask: Ask) -> Response:
    """POST /shares {collection, to: {user|group|screen|collection|event|link: true}, rights, expires?, place?, note?}

    A link also takes password and max_uses; its answer holds the address. To an event a collection is contributed:
    until that is over, to be looked at or downloaded, and without its place unless `place` says so.
    """
    data = ask.data
    if isinstance(data.get("to"), Mapping) and "link" in data["to"]:
        return links.make_link(ask)
    known = {"collection", "to", "rights", "expires", "place", "note"}
    if unknown := sorted(set(data) - known):
        raise UsageError(f"A share has no “{unknown[0]}”.", field=unknown[0])
    collection, to, note = data.get("collection"), data.get("to"), data.get("note", "")
    place = data.get("place", not (isinstance(to, Mapping) and "event" in to))
    if not isinstance(collection, str):
        raise UsageError("Name the collection that is to be shared.", field="collection")
    if not isinstance(to, Mapping) or not all(isinstance(v, str) for v in to.values()):
        raise UsageError(
            "A share goes to one recipient: user, group, screen, collection or event.", field="to"
        )
    if not isinstance(place, bool):
        raise UsageError("place is true or false.", field="place")
    if not isinstance(note, str):
        raise UsageError("A note is a text.", field="note")
    terms = Terms.of(_rights(data.get("rights", ["view"])), place=place, note=note, expires=_end(ask))
    if set(to) == {"event"}:
        return JSONResponse(views.share(_one(ask, _contribute(ask, collection, to["event"], terms))), 201)
    made = sharing.offer(ask.viewer, collection, to, terms)
    return JSONResponse(views.share(_one(ask, made.pid)), 201)


def show_share(ask: Ask) -> Response:
    """GET /shares/{id}"""
    if links.is_link(ask):
        return links.show_link(ask)
    return JSONResponse(views.share(_one(ask, ask.path["id"])))


def edit_share(ask: Ask) -> Response:
    """PATCH /shares/{id} with any of rights, place, note, expires; of a link also password, max_uses"""
    if links.is_link(ask):
        return links.edit_link(ask)
    changes = dict(ask.data)
    if "rights" in changes:
        changes["rights"] = _rights(changes["rights"])
    if "expires" in changes:
        changes["expires"] = _end(ask)
    sharing.change(ask.viewer, ask.path["id"], changes)
    return show_share(ask)


def end_share(ask: Ask) -> Response:
    """DELETE /shares/{id}: it ends for everybody, at once; answers the receipt"""
    if links.is_link(ask):
        return links.end_link(ask)
    return JSONResponse(views.receipt(sharing.revoke_share(ask.viewer, ask.path["id"])))


def revoke(ask: Ask) -> Response:
    """POST /revocations {user | event | screen | storage | grant}: all given to one of them, or out of a storage

    The grant of somebody who passes on what is the viewer's ends for that alone.
    """
    what = {name: value for name, value in ask.data.items() if isinstance(value, str)}
    if len(what) != len(ask.data):
        raise UsageError("Name one of grant, user, event, screen or storage.")
    return JSONResponse(views.receipt(sharing.revoke(ask.viewer, what)))


def list_grants(ask: Ask) -> Response:
    """GET /grants: what others share with the viewer"""
    found = sharing.received(ask.viewer)
    return JSONResponse({"items": [views.received(r) for r in found], "next": None, "total": len(found)})


def edit_grant(ask: Ask) -> Response:
    """PATCH /grants/{id} {timeline}: whether it is on the viewer's timeline"""
    if set(ask.data) != {"timeline"} or not isinstance(ask.data["timeline"], bool):
        raise UsageError("timeline is true or false.", field="timeline")
    found = sharing.show_on_timeline(ask.viewer, ask.path["id"], ask.data["timeline"])
    return JSONResponse(views.received(found))


def leave(ask: Ask) -> Response:
    """POST /grants/{id}/leave: give back what somebody shares with the viewer"""
    sharing.leave(ask.viewer, ask.path["id"])
    return Response(status_code=204)


def _one(ask: Ask, pid: str) -> Offered:
    found = sharing.offers(ask.viewer, pid=pid)
    if not found:
        raise NotFound
    return found[0]


def _contribute(ask: Ask, collection: str, event: str, terms: Terms) -> str:
    """A collection of the viewer's comes into an event; answers the id of the share by which it does."""
    if terms.contribute or terms.reshare:
        raise UsageError("At an event one can look, and download.", field="rights")
    if terms.note:
        raise UsageError("What is brought to an event takes no note.", field="note")
    grant = events.contribute_collection(
        ask.viewer, event, collection, download=terms.download, place=terms.place, expires=terms.expires
    )
    return str(grant.share.pid)


def _rights(given: Any) -> list[str]:
    if not isinstance(given, list) or not all(isinstance(r, str) for r in given):
        raise UsageError(f"rights is a list of {', '.join(sharing.RIGHTS)}.", field="rights")
    return given


def _end(ask: Ask) -> int | None:
    value = ask.data.get("expires")
    if value is None:
        return None
    if not isinstance(value, str):
        raise UsageError("An end is written like 2026-07-04, or 2026-07-04T18:00:00Z.", field="expires")
    return parse_end(value, ask.viewer.zone, field="expires")
