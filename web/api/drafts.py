"""/storages/providers and /storages/drafts: what can be connected, and storages that are being connected."""

from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

from services.errors import NotFound, UsageError
from web.api import views
from web.handling import Ask


def list_providers(ask: Ask) -> Response:
    """GET /storages/providers: the types that can be connected, with the options of those that are not generic"""
    remotes = ask.context.remotes
    found = [views.provider(each, remotes.methods(each)) for each in remotes.offers(ask.viewer)]
    return JSONResponse({"items": found, "next": None, "total": len(found)})


def show_provider(ask: Ask) -> Response:
    """GET /storages/providers/{type}: one type with its options; a generic one has them from rclone"""
    remotes = ask.context.remotes
    if all(each.type != ask.path["type"] for each in remotes.offers(ask.viewer)):
        raise NotFound
    offer = remotes.offer(ask.viewer, ask.path["type"])
    return JSONResponse(views.provider(offer, remotes.methods(offer)))


def begin_draft(ask: Ask) -> Response:
    """POST /storages/drafts {type, options?, writable?, method?}: check, try, or begin a sign-in"""
    draft = ask.context.remotes.begin(
        ask.viewer,
        *draft_of(ask),
        writable=ask.data.get("writable") is True,
        method=text_of(ask, "method", ""),
    )
    return JSONResponse(views.draft(draft), 201)


def show_draft(ask: Ask) -> Response:
    """GET /storages/drafts/{id}"""
    return JSONResponse(views.draft(ask.context.remotes.draft(ask.viewer, ask.path["id"])))


def drop_draft(ask: Ask) -> Response:
    """DELETE /storages/drafts/{id}: forget it, and what it was given"""
    ask.context.remotes.drop(ask.viewer, ask.path["id"])
    return Response(status_code=204)


def poll_draft(ask: Ask) -> Response:
    """POST /storages/drafts/{id}/poll: ask the provider how far the sign-in is"""
    return JSONResponse(views.draft(*ask.context.remotes.poll(ask.viewer, ask.path["id"])))


def finish_draft(ask: Ask) -> Response:
    """POST /storages/drafts/{id}/finish {given}: hand in a code, or the address that came back"""
    pid = ask.context.remotes.draft(ask.viewer, ask.path["id"]).pid
    return JSONResponse(views.draft(*ask.context.remotes.finish(ask.viewer, pid, text_of(ask, "given"))))


def list_folders(ask: Ask) -> Response:
    """GET /storages/drafts/{id}/folders?path=: what lies in a folder of the storage"""
    return JSONResponse(
        views.folders(ask.context.remotes.browse(ask.viewer, ask.path["id"], ask.query.get("path", "")))
    )


def connect_draft(ask: Ask) -> Response:
    """POST /storages/drafts/{id}/connect {name, root?}: make the storage and begin to scan it"""
    pid = ask.context.remotes.draft(ask.viewer, ask.path["id"]).pid
    storage = ask.context.remotes.connect(ask.viewer, pid, text_of(ask, "name"), text_of(ask, "root", ""))
    return JSONResponse(views.storage(ask.context.connecting.overview(ask.viewer, storage.pid)), 201)


def draft_of(ask: Ask, *, signs_in: bool = True) -> tuple[str, Mapping[str, object]]:
    """Type and options of what shall be connected; `signs_in` says whether it may need a page of its provider."""
    type = text_of(ask, "type")
    if not signs_in and any(each.type == type and ask.context.remotes.methods(each)
                            for each in ask.context.remotes.offers(ask.viewer)):  # fmt: skip
        raise UsageError("This one is signed in to: begin with POST /storages/drafts.", field="type")
    return type, options_of(ask)


def options_of(ask: Ask) -> Mapping[str, object]:
    """The options that were sent; none if there are none."""
    options = ask.data.get("options", {})
    if not isinstance(options, dict):
        raise UsageError("options is an object: name of an option, and its value.", field="options")
    return options


def text_of(ask: Ask, name: str, default: str | None = None) -> str:
    """A text of the body; raises UsageError when it is none, or missing without a default."""
    value = ask.data.get(name, default)
    if not isinstance(value, str):
        raise UsageError(f"{name} is missing, or is no text.", field=name)
    return value
