"""/jobs: work under way, of the person who asks."""

from starlette.responses import JSONResponse, Response

from web.api import views
from web.handling import Ask


def list_jobs(ask: Ask) -> Response:
    """GET /jobs?limit=&cursor="""
    page = ask.context.jobs.list_jobs(
        ask.viewer, cursor=ask.query.get("cursor"), limit=ask.number("limit", 100)
    )
    return JSONResponse({"items": [views.job(j) for j in page.jobs], "next": page.next, "total": None})


def stop_job(ask: Ask) -> Response:
    """POST /jobs/{id}/stop"""
    return JSONResponse(views.job(ask.context.jobs.stop(ask.viewer, ask.path["id"])), 202)
