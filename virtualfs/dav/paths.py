"""From the path of a request to names, and back to addresses. Pure.

A path is taken from the bytes of the request line, cut at `/` first and decoded after, so that an
encoded slash never becomes a separator.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlsplit

from virtualfs.dav.errors import Refused

_BAD_NAMES = frozenset({".", ".."})


def segments_of(scope: Mapping[str, Any]) -> tuple[str, ...]:
    """The names in a request's path below the mount point; bytes that are no UTF-8 as surrogates.

    Any encoding of the same bytes gives the same names. Raises Refused (400) for `.` and `..`, however
    they are encoded, and for names with a slash or a zero byte.
    """
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    mounted = len([part for part in scope.get("root_path", "").split("/") if part])
    parts = [part for part in raw.partition(b"?")[0].split(b"/") if part]
    return tuple(_name(part) for part in parts[mounted:])


def require_same_host(headers: Mapping[str, str]) -> None:
    """Raise Refused for a Destination that is no address (400) or names another machine than the request (502)."""
    try:
        named = urlsplit(headers.get("destination", "").strip()).hostname
        hosts = {
            urlsplit(f"//{headers[name].strip()}").hostname
            for name in ("host", "x-forwarded-host")
            if name in headers
        }
    except ValueError:
        raise Refused(400, "The Destination is no address.") from None
    if named is not None and named not in hosts:
        raise Refused(502, "The Destination is on another machine.")


def href(root_path: str, segments: Iterable[str], *, is_folder: bool) -> str:
    """The address of a node: all but unreserved characters encoded, upper-case hex, folders with `/`."""
    path = "/".join(quote(segment, safe="", errors="surrogateescape") for segment in segments)
    return f"{root_path}/{path}/" if is_folder and path else f"{root_path}/{path}"


def _name(part: bytes) -> str:
    name = unquote_to_bytes(part)
    text = name.decode("utf-8", "surrogateescape")
    if text in _BAD_NAMES or b"/" in name or b"\0" in name:
        raise Refused(400, "The path has a name in it that no file can have.")
    return text
