"""/collections: one's own and those that others share, what is in them, in which order, by which rules, and why."""

from typing import Any

from starlette.responses import JSONResponse, Response

from services import access, catalogue, collections
from services.collections import Draft, making, querying, selecting
from services.errors import UsageError
from web.api import views
from web.handling import Ask

MAKES = making.FIELDS | {"kind"}


def list_collections(ask: Ask) -> Response:
    """GET /collections: your own by name, then those that others share with you"""
    found = [views.collection(card, ask.viewer) for card in collections.cards(ask.viewer)]
    return JSONResponse({"items": found, "next": None, "total": len(found)})


def create_collection(ask: Ask) -> Response:
    """POST /collections {name, kind: static|dynamic, query?, …}: a new collection of your own"""
    data = {name: value for name, value in ask.data.items() if name != "kind"}
    kind, name = ask.data.get("kind", "dynamic" if "query" in data else "static"), data.pop("name", None)
    query = data.pop("query", None)
    if kind not in ("static", "dynamic"):
        raise UsageError("kind is “static” or “dynamic”.", field="kind")
    if (kind == "dynamic") != isinstance(query, str):
        raise UsageError("A dynamic collection has a query as a text, a static one none.", field="query")
    if not isinstance(name, str):
        raise UsageError("A collection needs a name.", field="name")
    made = collections.create(ask.viewer, Draft(name, query=query), data)
    return JSONResponse(_one(ask, made.pid), 201)


def show_collection(ask: Ask) -> Response:
    """GET /collections/{id}"""
    return JSONResponse(_one(ask, ask.path["id"]))


def edit_collection(ask: Ask) -> Response:
    """PATCH /collections/{id} with any of name, description, starts, ends, cover, query, approval, arrivals,
    require_labelled, trusted
    """
    collections.edit(ask.viewer, ask.path["id"], ask.data)
    return JSONResponse(_one(ask, ask.path["id"]))


def delete_collection(ask: Ask) -> Response:
    """DELETE /collections/{id}: the items stay where they are; its shares end"""
    ended = collections.delete(ask.viewer, ask.path["id"])
    return JSONResponse({"shares_ended": ended, "undo": selecting.keep_deletion(ask.viewer, ask.path["id"])})


def list_items(ask: Ask) -> Response:
    """GET /collections/{id}/items?sort=&limit=&cursor="""
    card = collections.get(ask.viewer, ask.path["id"])
    page = collections.page(
        ask.viewer,
        card,
        sort=ask.query.get("sort"),
        limit=ask.number("limit", 100),
        cursor=ask.query.get("cursor"),
    )
    items = [views.item(d) for d in catalogue.describe(ask.viewer, page.items)]
    return JSONResponse({"items": items, "next": page.next, "total": page.total})


def add_items(ask: Ask) -> Response:
    """POST /collections/{id}/items {ids}: put items in, at the end; into a dynamic one they come as “always”"""
    return _gather(ask, "add")


def remove_items(ask: Ask) -> Response:
    """DELETE /collections/{id}/items {ids}: take items out; in a dynamic one they are never shown again"""
    return _gather(ask, "remove")


def order_items(ask: Ask) -> Response:
    """PATCH /collections/{id}/items {ids, before}: put items before another one, or (null) at the end"""
    before = ask.data.get("before")
    if before is not None and not isinstance(before, str):
        raise UsageError("before is the id of an item, or null.", field="before")
    collections.move(ask.viewer, ask.path["id"], _ids(ask), before)
    return JSONResponse(_one(ask, ask.path["id"]))


def decide_rule(ask: Ask) -> Response:
    """POST /collections/{id}/rules {ids, rule: always|never|""}: apart from what the query says"""
    ids, rule = _ids(ask), ask.data.get("rule")
    collections.own(ask.viewer, ask.path["id"])
    for pid in ids:
        collections.decide_rule(ask.viewer, ask.path["id"], pid, rule)  # type: ignore[arg-type]  # it says what is wrong
    return JSONResponse(_one(ask, ask.path["id"]))


def show_why(ask: Ask) -> Response:
    """GET /collections/{id}/why?item=: why an item is in your collection"""
    why = collections.why(ask.viewer, ask.path["id"], ask.query.get("item", ""))
    return JSONResponse(views.why(why))


def list_places(ask: Ask) -> Response:
    """GET /items/{id}/collections: every collection you find an item in, and why it is there"""
    item = access.get_item(ask.viewer, ask.path["id"])
    found = [
        {
            "collection": p.collection.pid, "name": p.collection.name, "owner": p.owner, "own": p.own,
            "why": views.why(p.why),
        }
        for p in collections.places(ask.viewer, item)
    ]  # fmt: skip
    return JSONResponse({"items": found, "next": None, "total": len(found)})


def preview(ask: Ask) -> Response:
    """POST /collections/preview {query, trusted?, require_labelled?}: what a collection by this query would hold"""
    q = ask.data.get("query")
    if not isinstance(q, str):
        raise UsageError("query is a text.", field="query")
    trusted = ask.data.get("trusted", [])
    if not isinstance(trusted, list):
        raise UsageError("trusted is a list.", field="trusted")
    found = querying.preview(
        ask.viewer,
        q,
        trusted=map(str, trusted),
        require_labelled=ask.data.get("require_labelled") is not False,
    )
    sample = [views.item(d) for d in catalogue.describe(ask.viewer, found.sample)]
    return JSONResponse(
        {
            "canonical": found.canonical,
            "count": found.count,
            "sample": sample,
            "warnings": list(found.warnings),
            "proposed": found.proposed,
            "loosened": views.loosened(found.loosened),
        }
    )


def _gather(ask: Ask, action: str) -> Response:
    collections.own(ask.viewer, ask.path["id"])
    acted = selecting.act(ask.viewer, _ids(ask), action, {"collection": ask.path["id"]})
    return JSONResponse({"number": acted.number, "undo": acted.undo})


def _ids(ask: Ask) -> list[str]:
    ids = ask.data.get("ids")
    if not isinstance(ids, list) or not ids or not all(isinstance(i, str) for i in ids):
        collections.own(ask.viewer, ask.path["id"])
        raise UsageError("ids is a list of ids of items.", field="ids")
    return ids


def _one(ask: Ask, pid: str) -> dict[str, Any]:
    return views.collection(collections.get(ask.viewer, pid), ask.viewer)
