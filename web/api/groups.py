"""/groups: some people of the household under one name."""

from starlette.responses import JSONResponse, Response

from services import sharing
from services.errors import UsageError
from web.api import views
from web.handling import Ask


def list_groups(ask: Ask) -> Response:
    """GET /groups: all of the household"""
    found = sharing.list_groups(ask.viewer)
    return JSONResponse({"items": [views.group(g) for g in found], "next": None, "total": len(found)})


def make_group(ask: Ask) -> Response:
    """POST /groups {name}: with its maker in it"""
    return JSONResponse(views.group(sharing.make_group(ask.viewer, _text(ask, "name"))), 201)


def add_person(ask: Ask) -> Response:
    """POST /groups/{id}/people {user}: they get all that is shared with it"""
    sharing.join_group(ask.viewer, ask.path["id"], _text(ask, "user"))
    found = [g for g in sharing.list_groups(ask.viewer) if g.pid == ask.path["id"]]
    return JSONResponse(views.group(found[0]))


def remove_person(ask: Ask) -> Response:
    """DELETE /groups/{id}/people/{login}: what was shared with it ends for them"""
    ended = sharing.leave_group(ask.viewer, ask.path["id"], ask.path["login"])
    return JSONResponse({"grants": ended})


def dissolve(ask: Ask) -> Response:
    """DELETE /groups/{id}: everything that was shared with it ends"""
    return JSONResponse({"grants": sharing.remove_group(ask.viewer, ask.path["id"])})


def _text(ask: Ask, name: str) -> str:
    value = ask.data.get(name)
    if not isinstance(value, str):
        raise UsageError(f"{name} is a text.", field=name)
    return value
