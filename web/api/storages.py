"""/storages: the viewer's storages."""

from typing import Any

from starlette.responses import JSONResponse, Response

from services import sharing
from services.errors import HypomosError, UsageError
from web.api import views
from web.api.drafts import draft_of, options_of, text_of
from web.handling import Ask

MAX_LIMIT = 500


def list_storages(ask: Ask) -> Response:
    """GET /storages"""
    found = [views.storage(o) for o in ask.context.connecting.overviews(ask.viewer)]
    return JSONResponse({"items": found, "next": None, "total": len(found)})


def add_storage(ask: Ask) -> Response:
    """POST /storages {name, kind: local, path, writable?} or {name, kind: rclone, type, options, root?, writable?}"""
    kind = ask.data.get("kind", "local")
    if kind == "rclone":
        return _add_far(ask)
    if kind != "local":
        raise UsageError(
            "kind is “local”, a folder of this machine, or “rclone”, a storage elsewhere.", field="kind"
        )
    name, path = ask.data.get("name"), ask.data.get("path")
    if not isinstance(name, str) or not isinstance(path, str):
        raise UsageError(
            "A storage needs a name and a path.", field="name" if not isinstance(name, str) else "path"
        )
    storage = ask.context.connecting.add_local(
        ask.viewer, name, path, writable=ask.data.get("writable") is True
    )
    return JSONResponse(views.storage(ask.context.connecting.overview(ask.viewer, storage.pid)), 201)


def _add_far(ask: Ask) -> Response:
    """One that needs no page of its provider: tried, and kept only if that works."""
    remotes = ask.context.remotes
    name, root = text_of(ask, "name"), text_of(ask, "root", "")
    draft = remotes.begin(
        ask.viewer, *draft_of(ask, signs_in=False), writable=ask.data.get("writable") is True
    )
    try:
        storage = remotes.connect(ask.viewer, draft.pid, name, root)
    except HypomosError:
        remotes.drop(ask.viewer, draft.pid)
        raise
    return JSONResponse(views.storage(ask.context.connecting.overview(ask.viewer, storage.pid)), 201)


def reconnect_storage(ask: Ask) -> Response:
    """POST /storages/{id}/reconnect {options?, method?, writable?}: other keys (200), or a sign-in that begins (202)"""
    pid, remotes, writable = ask.path["id"], ask.context.remotes, ask.data.get("writable")
    if not isinstance(writable, bool | None):
        raise UsageError("writable must be true or false.", field="writable")
    draft = remotes.renew(
        ask.viewer, pid, options_of(ask), writable=writable, method=text_of(ask, "method", "")
    )
    if draft is None:
        return show_storage(ask)
    return JSONResponse(views.draft(draft), 202)


def show_storage(ask: Ask) -> Response:
    """GET /storages/{id}: with its room (`quota`) as it said some minutes ago at most, null when that is not known"""
    connecting, pid = ask.context.connecting, ask.path["id"]
    shown = views.storage(connecting.overview(ask.viewer, pid))
    return JSONResponse(shown | {"quota": views.quota(connecting.quota(ask.viewer, pid))})


def edit_storage(ask: Ask) -> Response:
    """PATCH /storages/{id} {name?, writable?, budget?: {bytes_per_second, at_once, hours}}"""
    name, writable = ask.data.get("name"), ask.data.get("writable")
    if not ask.data or set(ask.data) - {"name", "writable", "budget"}:
        raise UsageError("A storage's name, writable and budget are what can be changed.", field="name")
    if "name" in ask.data and not isinstance(name, str):
        raise UsageError("A storage's name must be a text.", field="name")
    if "writable" in ask.data and not isinstance(writable, bool):
        raise UsageError("writable must be true or false.", field="writable")
    if "budget" in ask.data:
        ask.context.connecting.set_budget(ask.viewer, ask.path["id"], ask.data["budget"])
    if isinstance(writable, bool):
        ask.context.connecting.allow_writing(ask.viewer, ask.path["id"], writable)
    if isinstance(name, str):
        ask.context.connecting.rename(ask.viewer, ask.path["id"], name)
    return show_storage(ask)


def remove_storage(ask: Ask) -> Response:
    """DELETE /storages/{id}?items=keep|forget: out of Hypomos; its files stay, its items as `items` says"""
    items: Any = ask.query.get("items", "keep")
    storage = ask.context.connecting.overview(ask.viewer, ask.path["id"]).storage
    ask.context.connecting.remove(ask.viewer, storage.pid, items=items)
    ask.context.remotes.forget(storage)
    return Response(status_code=204)


def scan_storage(ask: Ask) -> Response:
    """POST /storages/{id}/scan {path?}: the whole storage, or one folder with all below it"""
    path = ask.data.get("path")
    if not isinstance(path, str | None):
        raise UsageError("The path of a folder is text, such as “2026/July”.", field="path")
    connecting, pid = ask.context.connecting, ask.path["id"]
    job = connecting.scan_folder(ask.viewer, pid, path) if path else connecting.scan(ask.viewer, pid)
    return JSONResponse(views.job(job), 202)


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


def release_storage(ask: Ask) -> Response:
    """POST /storages/{id}/unwithdraw: the shares of what lies in it are in force again"""
    sharing.release(ask.viewer, ask.path["id"])
    return show_storage(ask)
