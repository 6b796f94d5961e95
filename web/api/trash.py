"""/trash: what the viewer put into the trash of their storages, the way back, and emptying it."""

from starlette.responses import JSONResponse, Response

from web.api import views
from web.api.files import answered
from web.handling import Ask


def list_trash(ask: Ask) -> Response:
    """GET /trash?limit=&cursor="""
    limit, cursor = ask.number("limit", 100), ask.number("cursor", 0)
    trashing = ask.context.trashing
    lines = trashing.page(ask.viewer, after=cursor or None, limit=limit)
    more = len(lines) == limit and trashing.page(ask.viewer, after=lines[-1].entry.id, limit=1)
    following = str(lines[-1].entry.id) if more else None
    items = [views.thrown(t) for t in lines]
    return JSONResponse({"items": items, "next": following, "total": trashing.count(ask.viewer)})


def restore(ask: Ask) -> Response:
    """POST /trash/{id}/restore: back to where it was, under a free name if that is taken"""
    with answered():
        found = ask.context.trashing.restore(ask.viewer, ask.path["id"])
    return JSONResponse({"restored": [views.back(b) for b in found]})


def delete(ask: Ask) -> Response:
    """DELETE /trash/{id}: for good"""
    ask.context.trashing.delete(ask.viewer, ask.path["id"])
    return Response(status_code=204)


def empty_trash(ask: Ask) -> Response:
    """DELETE /trash: everything that is in it now, for good, by a job"""
    return JSONResponse(views.job(ask.context.trashing.empty(ask.viewer)), 202)
