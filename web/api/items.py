"""/items: pages of items, one item, its files."""

from typing import Any

from starlette.responses import JSONResponse, Response

from services import access, catalogue, sharing
from services.scanning import parting
from web.api import views
from web.handling import Ask


def list_items(ask: Ask) -> Response:
    """GET /items?q=&sort=&limit=&cursor=&count="""
    page = catalogue.page(
        ask.viewer,
        ask.query.get("q", ""),
        sort=ask.query.get("sort"),
        limit=ask.number("limit", 100),
        cursor=ask.query.get("cursor"),
        count=ask.query.get("count") == "true",
    )
    described = catalogue.describe(ask.viewer, page.items)
    return JSONResponse({"items": [views.item(d) for d in described], "next": page.next, "total": page.total})


def show_item(ask: Ask) -> Response:
    """GET /items/{id}"""
    return JSONResponse(_whole(ask, access.get_item(ask.viewer, ask.path["id"])))


def edit_item(ask: Ask) -> Response:
    """PATCH /items/{id} with any of favourite, rating, title, description, labels."""
    return JSONResponse(_whole(ask, catalogue.edit(ask.viewer, ask.path["id"], ask.data)))


def delete_item(ask: Ask) -> Response:
    """DELETE /items/{id}: all its files into the trash of their storages, for its owner"""
    thrown = ask.context.filing.delete_item(ask.viewer, ask.path["id"])
    return JSONResponse({"trash": thrown[0].pid if thrown else None})


def take_apart(ask: Ask) -> Response:
    """POST /items/{id}/apart: make the RAW beside a picture an item of its own"""
    return JSONResponse(_whole(ask, parting.take_apart(ask.viewer, ask.path["id"])[0]))


def put_together(ask: Ask) -> Response:
    """POST /items/{id}/together: let a RAW that was taken apart join its picture again"""
    return JSONResponse(_whole(ask, parting.put_together(ask.viewer, ask.path["id"])))


def audience(ask: Ask) -> Response:
    """GET /items/{id}/audience: everybody who can see it, and by what, for its owner"""
    found = sharing.audience(ask.viewer, ask.path["id"])
    return JSONResponse({"items": [views.witness(w) for w in found], "next": None, "total": len(found)})


def withdraw(ask: Ask) -> Response:
    """POST /items/{id}/withdraw: back from everybody at once, whatever it is shared by; answers the receipt"""
    return JSONResponse(views.receipt(sharing.withdraw(ask.viewer, [ask.path["id"]])))


def unwithdraw(ask: Ask) -> Response:
    """POST /items/{id}/unwithdraw: its shares are in force again"""
    sharing.unwithdraw(ask.viewer, [ask.path["id"]])
    return show_item(ask)


def list_assets(ask: Ask) -> Response:
    """GET /items/{id}/assets"""
    item = access.get_item(ask.viewer, ask.path["id"])
    assets = [
        {"role": a.role, "mime": a.mime, "size": a.size, "cover": a.id == item.cover_id}
        for a in catalogue.assets(ask.viewer, item)
    ]
    return JSONResponse({"items": assets, "next": None, "total": len(assets)})


def _whole(ask: Ask, item: Any) -> dict[str, Any]:
    described = catalogue.describe(ask.viewer, [item])[0]
    locations, people = catalogue.locations(ask.viewer, item), catalogue.people(ask.viewer, item)
    return views.item(described, locations, people)
