"""/uploads: files that come in pieces and can be gone on with (tus 1.0), for persons and for guests alike.

Core, creation (also with the first bytes), expiration and termination. Source: tus.io/protocols/resumable-upload.
Where a file goes is asked of `own` for persons, of the context's `dropping` for guests; whose it is, of the viewer.
"""

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services import events
from services.clock import SECOND
from services.errors import UsageError
from services.models import Upload
from services.uploads import Target, TooLarge, own_target, tell
from web.api import views
from web.errors import OtherProtocol, Untaken
from web.handling import GUESTS, Ask, Endpoint
from web.rendering import language_of
from web.sentences import said

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,termination"
PIECES = "application/offset+octet-stream"
MAX_SIZE = 2**63 - 1
MAX_METADATA = 8192
BASE = "/api/v1"

Targeting = Callable[[Ask], Target]


def tus(endpoint: Endpoint) -> Endpoint:
    """The endpoint with what each of its answers says, errors too."""

    async def answer(request: Request) -> Response:
        response: Response = await endpoint(request)
        response.headers["Tus-Resumable"] = VERSION
        response.headers["Cache-Control"] = "no-store"
        if response.status_code == 412:
            response.headers["Tus-Version"] = VERSION
        return response

    return answer


def options(ask: Ask) -> Response:
    """OPTIONS /uploads: the version and the extensions of tus that are spoken here"""
    return Response(status_code=204, headers={"Tus-Version": VERSION, "Tus-Extension": EXTENSIONS})


def list_uploads(ask: Ask) -> Response:
    """GET /uploads?event=: one's own uploads, newest first, with their states; what ended is listed for a day"""
    found = [_view(ask, each) for each in ask.context.uploads.mine(ask.viewer, event=ask.query.get("event"))]
    return JSONResponse({"items": found, "next": None, "total": len(found)})


def begin(ask: Ask) -> Response:
    """POST /uploads?storage=&path=&event= (tus): a new upload into a storage of one's own, by default the default one

    With `event` it is contributed to that when it is stored. Upload-Length and Upload-Metadata (name, type,
    lastModified in milliseconds) say what comes.
    """
    return _begin(ask, own)


def drop_in(ask: Ask) -> Response:
    """POST /guest/{guest}/uploads (tus): a new upload of a guest"""
    return _begin(ask, lambda ask: ask.context.dropping(ask.viewer))


def own(ask: Ask) -> Target:
    """Where a person's file goes: the storage and the folder that the address names, and the event if it names one."""
    storage, folder, event = ask.query.get("storage"), ask.asked_path.strip("/"), ask.query.get("event")
    if event is None:
        return own_target(ask.viewer, ask.context.filing, storage, folder)
    return events.own_target(ask.viewer, ask.context.filing, event, storage=storage, folder=folder)


def show(ask: Ask) -> Response:
    """HEAD /uploads/{id} (tus): how much has come"""
    upload = ask.context.uploads.find(ask.viewer, ask.path["id"])
    _require_version(ask)
    return Response(
        status_code=200,
        headers=_state(upload) | {"Upload-Length": str(upload.size), "Upload-Metadata": _metadata(upload)},
    )


def append(ask: Ask) -> Response:
    """PATCH /uploads/{id} (tus) with bytes that go on at Upload-Offset"""
    upload = ask.context.uploads.find(ask.viewer, ask.path["id"])
    _require_version(ask)
    _require_pieces(ask)
    offset = _number(ask, "upload-offset")
    length = ask.request.headers.get("content-length", "")
    if length.isdigit() and offset + int(length) > upload.size:
        raise TooLarge(upload.size)
    ask.context.uploads.append(upload, offset, ask.body)
    return Response(status_code=204, headers=_state(ask.context.uploads.find(ask.viewer, upload.pid)))


def drop(ask: Ask) -> Response:
    """DELETE /uploads/{id} (tus): give an upload up"""
    upload = ask.context.uploads.find(ask.viewer, ask.path["id"])
    _require_version(ask)
    ask.context.uploads.drop(upload)
    return Response(status_code=204)


def _begin(ask: Ask, target_of: Targeting) -> Response:
    target = target_of(ask)
    _require_version(ask)
    if "upload-defer-length" in ask.request.headers:
        raise UsageError(
            "The size is said at the beginning: Upload-Length, not Upload-Defer-Length.", field="size"
        )
    size, sent = _number(ask, "upload-length"), _sent(ask.request.headers.get("upload-metadata", ""))
    upload = ask.context.uploads.begin(
        target, sent.get("name") or sent.get("filename", ""), size, sent.get("type") or sent.get("filetype", ""),
        _modified(sent.get("lastModified", "")),
    )  # fmt: skip
    if ask.request.headers.get("content-type"):
        _require_pieces(ask)
        ask.context.uploads.append(upload, 0, ask.body)
        upload = ask.context.uploads.find(ask.viewer, upload.pid)
    return Response(status_code=201, headers=_state(upload) | {"Location": _address(ask, upload)})


def _view(ask: Ask, upload: Upload) -> dict[str, Any]:
    """As JSON; why it was refused or waits is told in the sender's language, as pages show it."""
    told = tell(ask.viewer, upload)
    view = views.upload(told, _address(ask, upload))
    return view | {"problem": said(told.problem, language_of(ask)) or None}


def _address(ask: Ask, upload: Upload) -> str:
    """Without a host: that one is said by whoever asks, and decides nothing."""
    base = BASE if ask.visit_or_none is None else f"{GUESTS}/{ask.path['guest']}"
    return f"{base}/uploads/{upload.pid}"


def _state(upload: Upload) -> dict[str, str]:
    headers = {"Upload-Offset": str(upload.got)}
    if upload.state == "open":
        at = datetime.fromtimestamp(upload.expires_at / SECOND, UTC).replace(microsecond=0)
        headers["Upload-Expires"] = format_datetime(at, usegmt=True)
    return headers


def _metadata(upload: Upload) -> str:
    said: dict[str, Any] = {"name": upload.name, "type": upload.mime}
    if upload.modified_at is not None:
        said["lastModified"] = upload.modified_at // 1000
    return ",".join(
        f"{key} {base64.b64encode(str(value).encode()).decode()}" for key, value in said.items() if value
    )


def _require_version(ask: Ask) -> None:
    if ask.request.headers.get("tus-resumable") != VERSION:
        raise OtherProtocol(f"Uploads speak tus {VERSION}: say so with Tus-Resumable.")


def _require_pieces(ask: Ask) -> None:
    if ask.request.headers.get("content-type", "").partition(";")[0].strip().lower() != PIECES:
        raise Untaken(f"The bytes of an upload are sent as {PIECES}.")


def _number(ask: Ask, header: str) -> int:
    text = ask.request.headers.get(header, "")
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= MAX_SIZE):
        raise UsageError(f"{header.title()} must be a whole number of bytes.", field=header)
    return int(text)


def _sent(header: str) -> dict[str, str]:
    """What a sender says of the file: names with values in base64."""
    if len(header) > MAX_METADATA:
        raise UsageError("Upload-Metadata is too long.", field="upload-metadata")
    found: dict[str, str] = {}
    for pair in header.split(","):
        key, _, value = pair.strip().partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError) as error:
            raise UsageError(
                "Upload-Metadata is names with values in base64, such as “name SU1HXzEuanBn”.",
                field="upload-metadata",
            ) from error
    return found


def _modified(milliseconds: str) -> int | None:
    """Microseconds since 1970; None for what is no time: it is only said."""
    return (
        int(milliseconds) * 1000
        if milliseconds.isascii() and milliseconds.isdigit() and len(milliseconds) < 15
        else None
    )
