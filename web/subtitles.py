"""Subtitles to a browser: as WebVTT, which is all that it reads, made of the SubRip file while somebody waits.

The file is read through the broker, and the right asked again before each piece of what was made of it.
"""

from collections.abc import AsyncGenerator

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from services import access, broker, catalogue, serving
from services.broker import LOCAL_CHUNK, Stream
from services.errors import NotFound
from services.media.subtitles import MOST_BYTES, WEBVTT, to_webvtt
from web.api import views
from web.handling import Ask
from web.headers import media_headers
from web.media import StreamResponse

RECIPE = 1
"""Raised when other WebVTT is made of the same file."""
ENDING = ".vtt"


def list_subtitles(ask: Ask) -> Response:
    """GET /items/{id}/subtitles"""
    item = access.get_item(ask.viewer, ask.path["id"])
    found = catalogue.subtitles_of(ask.viewer, item)
    return JSONResponse({"items": [views.subtitle(s) for s in found], "next": None, "total": len(found)})


def show(ask: Ask) -> Response:
    """GET /items/{id}/subtitles/{file}, the id of one and `.vtt`"""
    item, file = access.get_item(ask.viewer, ask.path["id"]), ask.path["file"]
    if not file.endswith(ENDING):
        raise NotFound
    source = broker.original_of(
        ask.viewer, item, catalogue.subtitle(ask.viewer, item, file.removesuffix(ENDING))
    )
    if source.size > MOST_BYTES:
        raise NotFound
    tag = f"{source.etag}-vtt{RECIPE}"
    headers = media_headers(WEBVTT, f"{source.name.rpartition('.')[0]}{ENDING}") | {
        "ETag": serving.quoted(tag)
    }
    headers["Accept-Ranges"] = "none"
    if serving.is_fresh(ask.request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    if ask.request.method == "HEAD":
        return Response(headers=headers)
    stream = ask.context.broker.open_described(ask.viewer, source)
    try:
        made = Converted(stream, to_webvtt(b"".join(stream.blocks())).encode())
    except BaseException:
        stream.close()
        raise
    return StreamResponse(made, 200, headers)


class Converted:
    """What was made of an original, as long as its viewer may have that. Iterate it, then `close` it."""

    def __init__(self, stream: Stream, data: bytes) -> None:
        self._stream = stream
        self._data = data
        self.length = len(data)

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        """The bytes, piece by piece; raises Revoked."""
        for start in range(0, self.length, LOCAL_CHUNK):
            await run_in_threadpool(self._stream.check)
            yield self._data[start : start + LOCAL_CHUNK]

    def close(self) -> None:
        """Let go of the original."""
        self._stream.close()
