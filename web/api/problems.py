"""/problems: everything that is wrong with the viewer's own storages, and trying it again."""

from starlette.responses import JSONResponse, Response

from services import problems
from services.errors import UsageError
from web.api import views
from web.handling import Ask

MAX_LIMIT = 500


def list_problems(ask: Ask) -> Response:
    """GET /problems?limit=&cursor=: what is wrong with the viewer's storages, why, and what to do"""
    limit = ask.number("limit", 100)
    if not 1 <= limit <= MAX_LIMIT:
        raise UsageError(f"limit must be from 1 to {MAX_LIMIT}, not {limit}.", field="limit")
    found, following = problems.page(ask.viewer, cursor=ask.query.get("cursor"), limit=limit)
    return JSONResponse({"items": [views.problem(p) for p in found], "next": following, "total": None})


def try_again(ask: Ask) -> Response:
    """POST /problems/{id}/again: have it tried again; “files-” and the id of a storage are all its files"""
    ask.context.problems.again(ask.viewer, ask.path["id"])
    return Response(status_code=202)


def dismiss_problem(ask: Ask) -> Response:
    """DELETE /problems/{id}: forget a job that failed"""
    ask.context.problems.dismiss(ask.viewer, ask.path["id"])
    return Response(status_code=204)
