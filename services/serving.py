"""What part of a file to send, and whether at all: conditions and ranges of HTTP on plain strings.

The one shared place for GET and HEAD of the web pages, the API and the network drive. No framework, no
I/O; whoever calls it has checked the right already, for a 304 also tells something.
Source: RFC 9110, sections 13 (conditions) and 14 (ranges).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime

_SPEC = re.compile(r"\s*(\d*)\s*-\s*(\d*)\s*")
_TAG = re.compile(r'\s*(W/)?("[^"]*"|[^",\s][^,]*?)\s*(?:,|$)')
MAX_RANGES = 1000


@dataclass(frozen=True, slots=True)
class Plan:
    """How to answer: the status, the headers that follow from it, the bytes to send.

    `span` is (first, last), both inclusive; None when there is no body.
    """

    status: int
    headers: dict[str, str]
    span: tuple[int, int] | None


def plan(method: str, headers: Mapping[str, str], *, etag: str, mtime: float, size: int) -> Plan:
    """The answer to a GET or HEAD of `size` bytes; `etag` bare, `mtime` in seconds since 1970."""
    base = {"ETag": f'"{etag}"', "Last-Modified": formatdate(mtime, usegmt=True), "Accept-Ranges": "bytes"}
    if not precondition_holds(headers, etag, mtime):
        return Plan(412, base, None)
    if is_unchanged(headers, etag, mtime):
        return Plan(304, base, None)
    wanted = headers.get("range")
    if wanted is None or method != "GET" or not _range_applies(headers.get("if-range"), etag, mtime):
        return _whole(base, size)
    spans = parse_ranges(wanted, size)
    if spans is None:
        return _whole(base, size)
    if not spans:
        return Plan(416, base | {"Content-Range": f"bytes */{size}", "Content-Length": "0"}, None)
    if len(spans) > 1:
        return _whole(base, size)
    first, last = spans[0]
    length = {"Content-Range": f"bytes {first}-{last}/{size}", "Content-Length": str(last - first + 1)}
    return Plan(206, base | length, (first, last))


def precondition_holds(headers: Mapping[str, str], etag: str, mtime: float) -> bool:
    """`If-Match` (strong comparison), else `If-Unmodified-Since`."""
    match = headers.get("if-match")
    if match is not None:
        return match.strip() == "*" or any(tag == etag and not weak for weak, tag in _tags(match))
    since = _date(headers.get("if-unmodified-since"))
    return since is None or int(mtime) <= since


def is_unchanged(headers: Mapping[str, str], etag: str, mtime: float) -> bool:
    """`If-None-Match` (weak comparison); `If-Modified-Since` only where that is absent."""
    none_match = headers.get("if-none-match")
    if none_match is not None:
        return is_fresh(none_match, etag)
    since = _date(headers.get("if-modified-since"))
    return since is not None and int(mtime) <= since


def is_fresh(none_match: str | None, etag: str) -> bool:
    """Whether an `If-None-Match` names this entity; tags are taken quoted, unquoted and weak."""
    if none_match is None:
        return False
    return none_match.strip() == "*" or any(tag == etag for _, tag in _tags(none_match))


def parse_ranges(header: str, size: int) -> list[tuple[int, int]] | None:
    """The satisfiable parts of a `Range`, merged where they touch; None when the header is to be ignored.

    Empty when none is satisfiable (416).
    """
    unit, equals, rest = header.partition("=")
    if unit.strip().lower() != "bytes" or not equals:
        return None
    specs = rest.split(",")
    if len(specs) > MAX_RANGES:
        return None
    spans = []
    for spec in specs:
        found = _SPEC.fullmatch(spec)
        if found is None or (not found[1] and not found[2]):
            return None
        if not found[1]:
            length = min(int(found[2]), size)
            if length:
                spans.append((size - length, size - 1))
            continue
        first, last = int(found[1]), int(found[2]) if found[2] else size - 1
        if found[2] and last < first:
            return None
        if first < size:
            spans.append((first, min(last, size - 1)))
    return _merged(sorted(spans))


def _whole(base: dict[str, str], size: int) -> Plan:
    return Plan(200, base | {"Content-Length": str(size)}, (0, size - 1))


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in spans:
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def _range_applies(if_range: str | None, etag: str, mtime: float) -> bool:
    if if_range is None:
        return True
    text = if_range.strip()
    if text.startswith("W/"):
        return False
    if text.startswith('"'):
        return text == f'"{etag}"'
    date = _date(text)
    return text == etag if date is None else date == int(mtime)


def _tags(header: str) -> list[tuple[bool, str]]:
    return [(bool(m[1]), m[2].strip().strip('"')) for m in _TAG.finditer(header)]


def _date(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return int(parsedate_to_datetime(text).timestamp())
    except (ValueError, TypeError, OverflowError):
        return None
