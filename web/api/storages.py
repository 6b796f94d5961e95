"""/storages: the viewer's storages."""

from starlette.responses import JSONResponse, Response

from services.errors import UsageError
from web.api import views
from web.handling import Ask

MAX_LIMIT = 500


def list_storages(ask: Ask) -> Response:
    """GET /storages"""
    found = [views.storage(o) for o in ask.context.connecting.overviews(ask.viewer)]
    return JSONResponse({"items": found, "next": None, "total": len(found)})


def add_storage(ask: Ask) -> Response:
    """POST /storages {name, kind: local, path, writable?}"""
    if ask.data.get("kind", "local") != "local":
        raise UsageError("This version connects folders of this machine: kind is “local”.", field="kind")
    name, path = ask.data.get("name"), ask.data.get("path")
    if not isinstance(name, str) or not isinstance(path, str):
        raise UsageError(
            "A storage needs a name and a path.", field="name" if not isinstance(name, str) else "path"
        )
    storage = ask.context.connecting.add_local(
        ask.viewer, name, path, writable=ask.data.get("writable") is True
    )
    return JSONResponse(views.storage(ask.context.connecting.overview(ask.viewer, storage.pid)), 201)


def show_storage(ask: Ask) -> Response:
    """GET /storages/{id}"""
    return JSONResponse(views.storage(ask.context.connecting.overview(ask.viewer, ask.path["id"])))


def edit_storage(ask: Ask) -> Response:
    """PATCH /storages/{id} {name}"""
    name = ask.data.get("name")
    if not isinstance(name, str) or set(ask.data) != {"name"}:
        raise UsageError('A storage\'s name is what can be changed: {"name": "…"}.', field="name")
    ask.context.connecting.rename(ask.viewer, ask.path["id"], name)
    return show_storage(ask)


def remove_storage(ask: Ask) -> Response:
    """DELETE /storages/{id}: out of Hypomos; its files stay."""
    ask.context.connecting.remove(ask.viewer, ask.path["id"])
    return Response(status_code=204)


def scan_storage(ask: Ask) -> Response:
    """POST /storages/{id}/scan"""
    return JSONResponse(views.job(ask.context.connecting.scan(ask.viewer, ask.path["id"])), 202)


def list_problems(ask: Ask) -> Response:
    """GET /storages/{id}/problems: files with something wrong, and what."""
    after, limit = ask.number("cursor", 0), ask.number("limit", 100)
    if not 1 <= limit <= MAX_LIMIT:
        raise UsageError(f"limit must be from 1 to {MAX_LIMIT}, not {limit}.", field="limit")
    files = ask.context.connecting.problems(ask.viewer, ask.path["id"], after=after, limit=limit + 1)
    shown = [views.problem_file(f) for f in files[:limit]]
    return JSONResponse(
        {"items": shown, "next": str(files[limit - 1].id) if len(files) > limit else None, "total": None}
    )
