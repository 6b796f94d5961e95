"""From the path of a request to names, and back to addresses. Pure.

A path is taken from the bytes of the request line, cut at `/` first and decoded after, so that an
encoded slash never becomes a separator.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit

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


def require_destination(headers: Mapping[str, str]) -> None:
    """Raise Refused (400) for a Destination that is no address: what parses it further on would fail."""
    try:
        urlsplit(unquote(headers.get("destination", "")))
    except ValueError:
        raise Refused(400, "The Destination is no address.") from None


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
