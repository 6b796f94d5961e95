"""/storages/{id}/files: folders and files of a storage, as its owner changes them.

The path stands in the address, percent-encoded. `default` in the place of a storage's id is the storage
that the person chose for their files (PUT only).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import get_args

from starlette.responses import JSONResponse, Response

from services import access
from services.errors import Changed, Conflict, NotFound, StorageNotFound, UsageError
from services.filing import browse
from services.filing.browsing import place
from services.filing.changing import Taken
from web.api import views
from web.errors import Unmatched
from web.handling import Ask

MAX_LIMIT = 1000
DEFAULT = "default"


@contextmanager
def answered() -> Iterator[None]:
    """What a storage says of a single path, as what it is to whoever asked for the path."""
    try:
        yield
    except StorageNotFound as error:
        raise NotFound from error
    except Changed as error:
        raise Unmatched(str(error)) from error


def list_files(ask: Ask) -> Response:
    """GET /storages/{id}/files/{path}?limit=&cursor=: a folder with what is in it, or one file"""
    limit = ask.number("limit", 200)
    if not 1 <= limit <= MAX_LIMIT:
        raise UsageError(f"limit must be from 1 to {MAX_LIMIT}, not {limit}.", field="limit")
    path, pid = ask.file_path, ask.path["id"]
    if path and not (found := place(ask.viewer, pid, path)).is_dir:
        return JSONResponse(views.place(found, pid))
    listing = browse(ask.viewer, pid, path, after=ask.query.get("cursor"), limit=limit)
    items = [views.place(p, pid) for p in (*listing.folders, *listing.files)]
    return JSONResponse({"items": items, "next": listing.next, "total": None})


def put_file(ask: Ask) -> Response:
    """PUT /storages/{id}/files/{path}?taken=refuse|free|replace with the bytes as body

    A taken name is refused (409; 412 with If-None-Match: *) unless `taken` says otherwise or If-Match
    names the file that is meant; what is replaced goes to the trash as a version first.
    """
    headers = ask.request.headers
    if "content-range" in headers:
        raise UsageError("A file is sent as a whole: Content-Range is not for PUT.")
    pid = ask.path["id"]
    if pid == DEFAULT:
        pid = ask.context.filing.default_storage(ask.viewer).pid
    only_new = headers.get("if-none-match", "").strip() == "*"
    given = headers.get("if-match", "").strip().removeprefix("W/").strip('"') or None
    taken = _taken(ask.query.get("taken", "refuse"))
    if given == "*":
        place(ask.viewer, pid, ask.file_path)
        given, taken = None, "replace"
    with answered():
        try:
            filed = ask.context.filing.upload(
                ask.viewer, pid, ask.file_path, ask.body, size=_length(headers.get("content-length")),
                taken="refuse" if only_new else taken, if_match=given,
            )  # fmt: skip
        except Conflict as error:
            if only_new:
                raise Unmatched(str(error)) from error
            raise
    return JSONResponse(
        views.filed(filed), 201 if filed.version is None else 200, {"ETag": f'"{filed.etag}"'}
    )


def make_folder(ask: Ask) -> Response:
    """POST /storages/{id}/files {folder}: a new folder in one that exists"""
    path, pid = ask.data.get("folder"), ask.path["id"]
    access.get_storage(ask.viewer, pid)
    if not isinstance(path, str):
        raise UsageError('A new folder needs a path: {"folder": "summer/lake"}.', field="folder")
    with answered():
        ask.context.filing.make_folder(ask.viewer, pid, path)
    return JSONResponse(views.place(place(ask.viewer, pid, path), pid), 201)


def move_file(ask: Ask) -> Response:
    """PATCH /storages/{id}/files/{path} {path, storage?, taken?}: another name, place or storage

    To another storage of theirs it is copied, proved and put into the trash by a job (202).
    """
    target, to = ask.data.get("path"), ask.data.get("storage")
    access.get_storage(ask.viewer, ask.path["id"])
    if not isinstance(target, str) or not isinstance(to, str | None):
        raise UsageError('Where it goes is {"path": "…"}, with "storage" for another one.', field="path")
    pid, path = ask.path["id"], ask.file_path
    with answered():
        if to is not None and to != pid:
            return JSONResponse(views.job(ask.context.transfers.move(ask.viewer, pid, path, to, target)), 202)
        taken = _taken(ask.data.get("taken", "refuse"))
        if taken == "replace":
            raise UsageError("A move replaces nothing: taken is “refuse” or “free”.", field="taken")
        moved = ask.context.filing.move(ask.viewer, pid, path, target, taken=taken)
    return JSONResponse(views.place(place(ask.viewer, pid, moved), pid))


def delete_file(ask: Ask) -> Response:
    """DELETE /storages/{id}/files/{path}: into the trash"""
    with answered():
        thrown = ask.context.filing.delete(ask.viewer, ask.path["id"], ask.file_path)
    return JSONResponse({"trash": thrown.pid})


def _taken(value: object) -> Taken:
    for known in get_args(Taken):
        if value == known:
            chosen: Taken = known
            return chosen
    raise UsageError("taken is “refuse”, “free” or “replace”.", field="taken")


def _length(header: str | None) -> int | None:
    return int(header) if header is not None and header.isdigit() else None
