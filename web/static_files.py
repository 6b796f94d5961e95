"""Our own style sheets and scripts, and the browser libraries: nobody's data, so cached freely.

A library's address holds its version and never changes what it means; our own files are asked for
again each time. A `.gz` beside a file is sent to browsers that take it.
"""

from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from web.headers import COMMON
from web.rendering import ROOT

FOREVER = "public, max-age=31536000, immutable"


class Static(StaticFiles):
    """Serves `web/static`."""

    def __init__(self) -> None:
        super().__init__(directory=ROOT / "static")

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, precompressed where that exists."""
        if "\0" in path:
            raise HTTPException(404)
        packed = None
        if "gzip" in Headers(scope=scope).get("accept-encoding", "") and _is_file(f"{path}.gz"):
            packed = await super().get_response(f"{path}.gz", scope)
        response = packed if packed is not None else await super().get_response(path, scope)
        if packed is not None and response.status_code == 200:
            response.headers["Content-Encoding"] = "gzip"
            response.headers["Content-Type"] = _mime(path)
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = FOREVER if path.startswith("vendor/") else "no-cache"
        for name, value in COMMON.items():
            response.headers.setdefault(name, value)
        return response


def _is_file(path: str) -> bool:
    try:
        return (ROOT / "static" / path).is_file()
    except OSError:  # a name that is too long
        return False


def _mime(path: str) -> str:
    return {
        ".js": "text/javascript; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".svg": "image/svg+xml",
    }.get(Path(path).suffix, "application/octet-stream")
