"""/events: those of the viewer, what is in them and who, what they bring, the ways in, and what is left after."""

from typing import Any

from starlette.responses import JSONResponse, Response

from services import catalogue, events
from services.errors import UsageError
from services.events import Door
from services.events.board import PAGE, STATES
from web import event_forms
from web.addresses import address_of
from web.api import views
from web.handling import Ask


def list_events(ask: Ask) -> Response:
    """GET /events?archived=: those you organise or take part in, the newest first"""
    found = events.cards(ask.viewer, archived=ask.query.get("archived") == "true")
    items = [views.event(card, ask.viewer) for card in found]
    return JSONResponse({"items": items, "next": None, "total": len(items)})


def make_event(ask: Ask) -> Response:
    """POST /events {name, starts?, ends?, expires?, guests: view|contribute|drop, approval: organiser|none, …}

    Also download, names, place, max_files, max_bytes, storage and folder for dropped files. It ends after 30 days
    unless `expires` says otherwise.
    """
    made = ask.context.events.make(ask.viewer, event_forms.from_json(ask.data, ask.viewer.zone))
    return JSONResponse(_one(ask, made.pid), 201)


def show_event(ask: Ask) -> Response:
    """GET /events/{id}"""
    return JSONResponse(_one(ask, ask.path["id"]))


def edit_event(ask: Ask) -> Response:
    """PATCH /events/{id} with any field of a new one, while it is open; or {archived} when it is over"""
    pid, changes = ask.path["id"], dict(ask.data)
    events.organised(ask.viewer, pid)
    if "archived" in changes:
        if len(changes) > 1 or not isinstance(changes["archived"], bool):
            raise UsageError("archived is true or false, and changes alone.", field="archived")
        ask.context.events.archive(ask.viewer, pid, archived=changes["archived"])
    else:
        ask.context.events.change(ask.viewer, pid, event_forms.from_json(changes, ask.viewer.zone))
    return JSONResponse(_one(ask, pid))


def end_event(ask: Ask) -> Response:
    """DELETE /events/{id}: close it for everybody at once, and put it into the archive; answers the receipt"""
    receipt = ask.context.events.close(ask.viewer, ask.path["id"])
    ask.context.events.archive(ask.viewer, ask.path["id"])
    return JSONResponse(views.receipt(receipt))


def list_items(ask: Ask) -> Response:
    """GET /events/{id}/items?limit=&cursor=: what you find in it, the latest taken first; `by` is who brought it"""
    card = events.get(ask.viewer, ask.path["id"])
    page = events.page(ask.viewer, card, limit=ask.number("limit", 100), cursor=ask.query.get("cursor"))
    found = catalogue.describe(ask.viewer, page.items)
    by = events.contributors(ask.viewer, card.event, [d.item.id for d in found])
    items = [{**views.item(d), "by": by.get(d.item.id) or None} for d in found]
    return JSONResponse({"items": items, "next": page.next, "total": page.total})


def take_out(ask: Ask) -> Response:
    """DELETE /events/{id}/items {ids}: take pictures of your own out again, that you chose one by one"""
    events.find(ask.viewer, ask.path["id"])
    return JSONResponse({"number": events.withdraw_items(ask.viewer, ask.path["id"], _ids(ask))})


def list_contributions(ask: Ask) -> Response:
    """GET /events/{id}/contributions: what you contribute, and what became of it"""
    found = events.contributions(ask.viewer, ask.path["id"])
    return JSONResponse({"items": [views.contribution(c) for c in found], "next": None, "total": len(found)})


def contribute(ask: Ask) -> Response:
    """POST /events/{id}/contributions {collection | ids, download?, place?}: until the event is over

    Single pictures share one contribution, with the terms of the first time; `number` is how many are new.
    """
    pid, data = ask.path["id"], ask.data
    events.find(ask.viewer, pid)
    terms = {name: data.get(name, default) for name, default in (("download", True), ("place", False))}
    for name, value in terms.items():
        if not isinstance(value, bool):
            raise UsageError(f"{name} is true or false.", field=name)
    if unknown := sorted(set(data) - {"collection", "ids", "download", "place"}):
        raise UsageError(f"A contribution has no “{unknown[0]}”.", field=unknown[0])
    if ("collection" in data) == ("ids" in data):
        raise UsageError("Name either a collection or ids.", field="collection")
    if "ids" in data:
        return JSONResponse({"number": events.contribute_items(ask.viewer, pid, _ids(ask), **terms)}, 201)
    grant = events.contribute_collection(ask.viewer, pid, str(data["collection"]), **terms)
    made = next(c for c in events.contributions(ask.viewer, pid) if c.grant.id == grant.id)
    return JSONResponse(views.contribution(made), 201)


def take_back(ask: Ask) -> Response:
    """DELETE /events/{id}/contributions/{grant}: take a contribution of yours back; answers the receipt"""
    receipt = events.withdraw_contribution(ask.viewer, ask.path["id"], ask.path["grant"])
    return JSONResponse(views.receipt(receipt))


def leave(ask: Ask) -> Response:
    """POST /events/{id}/leave: take part no more; what you contributed is taken back"""
    events.leave(ask.viewer, ask.path["id"])
    return Response(status_code=204)


def show_board(ask: Ask) -> Response:
    """GET /events/{id}/board?state=pending|approved|rejected&limit=&cursor=: what came, for organisers

    Decide by POST /approvals with the ids given here. `twin`: the event shows the same picture already.
    """
    pid = ask.path["id"]
    events.organised(ask.viewer, pid)
    asked = ask.query.get("state", "pending")
    state = next((each for each in STATES if each == asked), None)
    if state is None:
        raise UsageError(f"state is one of {', '.join(STATES)}.", field="state")
    limit, offset = ask.number("limit", PAGE), ask.number("cursor", 0)
    if not 0 < limit <= 500 or offset < 0:
        raise UsageError("limit is from 1 to 500, and cursor what came with the page before.", field="limit")
    board = events.board(ask.viewer, pid, state, offset=offset, limit=limit)
    return JSONResponse({
        "items": [views.arrived(a) for a in board.arrived], "next": str(offset + limit) if board.more else None,
        "total": board.counts[state], "counts": board.counts,
        "people": [{"name": name, "items": number} for name, number in board.people],
    })  # fmt: skip


def show_door(ask: Ask) -> Response:
    """GET /events/{id}/door: the address in the code, the short one with its PIN; null when it is over"""
    found = ask.context.events.doors.show(ask.viewer, ask.path["id"])
    return JSONResponse({"door": None if found is None else _door(ask, found)})


def renew_door(ask: Ask) -> Response:
    """POST /events/{id}/door {guests_too?}: new ones; the old are dead, and with guests_too who came by them"""
    events.organised(ask.viewer, ask.path["id"])
    too = ask.data.get("guests_too", False)
    if not isinstance(too, bool):
        raise UsageError("guests_too is true or false.", field="guests_too")
    made = ask.context.events.doors.renew(ask.viewer, ask.path["id"], guests_too=too)
    return JSONResponse({"door": _door(ask, made)}, 201)


def list_people(ask: Ask) -> Response:
    """GET /events/{id}/people: organisers, who takes part, and guests; for organisers"""
    found = events.attendees(ask.viewer, ask.path["id"])
    return JSONResponse({"items": [views.attendee(a) for a in found], "next": None, "total": len(found)})


def name_organiser(ask: Ask) -> Response:
    """POST /events/{id}/people {user}: have another adult organise it too"""
    events.organised(ask.viewer, ask.path["id"])
    events.name_organiser(ask.viewer, ask.path["id"], str(ask.data.get("user", "")))
    return list_people(ask)


def remove_person(ask: Ask) -> Response:
    """DELETE /events/{id}/people/{login}: they take part no more, and what they contributed is taken back"""
    events.remove(ask.viewer, ask.path["id"], ask.path["login"])
    return Response(status_code=204)


def dismiss_guest(ask: Ask) -> Response:
    """DELETE /events/{id}/guests/{guest}: end a guest's visit; what they dropped stays"""
    events.dismiss(ask.viewer, ask.path["id"], ask.path["guest"])
    return Response(status_code=204)


def list_screens(ask: Ask) -> Response:
    """GET /events/{id}/screens: those that show it, for whoever is at it"""
    found = events.screens_of(ask.viewer, ask.path["id"])
    return JSONResponse({"items": [views.showing(s) for s in found], "next": None, "total": len(found)})


def show_on_screen(ask: Ask) -> Response:
    """POST /events/{id}/screens {screen, rights?}: show it there, until it is over; for its organisers

    `rights` is view, with download also originals, where the event allows them.
    """
    pid, data = ask.path["id"], ask.data
    events.organised(ask.viewer, pid)
    rights = data.get("rights", ["view"])
    if not isinstance(rights, list) or not all(right in ("view", "download") for right in rights):
        raise UsageError("A screen can look, and show originals.", field="rights")
    events.show_on(ask.viewer, pid, str(data.get("screen", "")), originals="download" in rights)
    answer = list_screens(ask)
    answer.status_code = 201
    return answer


def end_on_screen(ask: Ask) -> Response:
    """DELETE /events/{id}/screens/{screen}: it is shown there no more; answers the receipt"""
    return JSONResponse(views.receipt(events.end_on(ask.viewer, ask.path["id"], ask.path["screen"])))


def propose_freeing(ask: Ask) -> Response:
    """GET /events/{id}/freeing: what its owner may put into the trash once it is over, by storage"""
    return JSONResponse(views.proposal(events.propose(ask.viewer, ask.path["id"])))


def free(ask: Ask) -> Response:
    """POST /events/{id}/freeing: put that into the trash; answers the id of the job"""
    return JSONResponse({"job": events.free(ask.viewer, ask.path["id"], ask.context.jobs)}, 202)


def _door(ask: Ask, found: Door) -> dict[str, Any]:
    return {
        "address": address_of(ask, f"/e/{found.token}"), "short": address_of(ask, f"/e/{found.short}"),
        "pin": found.pin,
    }  # fmt: skip


def _ids(ask: Ask) -> list[str]:
    ids = ask.data.get("ids")
    if not isinstance(ids, list) or not ids or not all(isinstance(i, str) for i in ids):
        raise UsageError("ids is a list of ids of items.", field="ids")
    return ids


def _one(ask: Ask, pid: str) -> dict[str, Any]:
    return views.event(events.get(ask.viewer, pid), ask.viewer)
