"""How bytes are answered over HTTP: entity tags, conditions, ranges, safe headers. The one shared place.

The web pages, the API and the network drive must agree to the letter on what a client may ask again,
so both facades call these functions. They are pure, take and give plain strings, and know no framework.
Header names are lower-case; any mapping with `get` will do. Source: RFC 9110 sections 8.8, 13 and 14.

An entity tag is kept bare (`abc`) everywhere inside Hypomos and quoted on the wire.
"""

import functools
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import quote

Span = tuple[int, int]
"""First and last byte, both inclusive; an empty file as a whole is (0, -1)."""

INLINE = frozenset(
    {
        "image/jpeg", "image/png", "image/webp", "image/gif", "image/avif",
        "video/mp4", "video/webm", "video/quicktime",
        "audio/mpeg", "audio/mp4", "audio/ogg", "audio/flac", "audio/wav",
    }
)  # fmt: skip
"""What a browser may show in place; everything else is a download. SVG is never among them."""

MAX_RANGES = 1000
"""More in one header are not even read."""

_TAG = re.compile(r'\s*(W/)?"([^"]*)"\s*(?:,|$)|\s*(W/)?([^\s,"]+)\s*(?:,|$)|\s*,')
_RANGE = re.compile(r"([0-9]*)[ \t]*-[ \t]*([0-9]*)")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LAST_SECOND = 253_402_300_799  # 9999-12-31: HTTP dates have four digits for the year


class Unsatisfiable(ValueError):
    """Raised when no byte of a file lies in the ranges asked for."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to answer: status, headers, and the bytes to send (None: no body)."""

    status: int
    headers: dict[str, str]
    span: Span | None


def plan(method: str, headers: Mapping[str, str], *, etag: str, mtime: float, size: int) -> Plan:
    """How to answer GET or HEAD for a file of `size` bytes, changed at `mtime` (seconds since 1970).

    The caller has checked the right before: a 304 tells that something is there.
    """
    known = validators(etag, mtime) | {"Accept-Ranges": "bytes"}
    status = conditions(method, headers, etag=etag, mtime=mtime)
    if status != 200:
        return Plan(status, known, None)
    whole = Plan(200, known | {"Content-Length": str(size)}, (0, size - 1))
    asked = headers.get("range")
    if method != "GET" or asked is None or not _is_same(headers.get("if-range"), etag, mtime):
        return whole
    try:
        span = select_range(asked, size)
    except Unsatisfiable:
        return Plan(416, known | {"Content-Range": f"bytes */{size}"}, None)
    if span is None:
        return whole
    first, last = span
    part = {"Content-Range": f"bytes {first}-{last}/{size}", "Content-Length": str(last - first + 1)}
    return Plan(206, known | part, span)


def conditions(method: str, headers: Mapping[str, str], *, etag: str, mtime: float) -> int:
    """What the conditions of a request make of it: 200 (go on), 304 or 412 (RFC 9110, 13.2.2)."""
    reading = method in {"GET", "HEAD"}
    if (wanted := headers.get("if-match")) is not None:
        if not _lists(wanted, etag, weak=False):
            return 412
    elif (
        (since := _date(headers.get("if-unmodified-since"))) is not None and mtime > 0 and int(mtime) > since
    ):
        return 412
    if (known := headers.get("if-none-match")) is not None:
        if _lists(known, etag, weak=True):
            return 304 if reading else 412
    elif (
        reading and (since := _date(headers.get("if-modified-since"))) is not None and 0 < int(mtime) <= since
    ):
        return 304
    return 200


def is_fresh(if_none_match: str | None, etag: str) -> bool:
    """Whether a client that sent this If-None-Match has the bytes already."""
    return if_none_match is not None and _lists(if_none_match, etag, weak=True)


def select_range(header: str, size: int) -> Span | None:
    """The one span of bytes that a Range header asks for; None when the header is to be ignored.

    Ignored are other units, bad syntax, and several ranges that do not join into one (RFC 9110, 14.2
    permits it, and nobody can make us assemble a thousand slivers). Raises Unsatisfiable when nothing
    of what is asked exists.
    """
    unit, equals, text = header.partition("=")
    if not equals or unit.strip().lower() != "bytes":
        return None
    parts = [part.strip(" \t") for part in text.split(",", MAX_RANGES)]
    if len(parts) > MAX_RANGES:
        return None
    found = [_span(part, size) for part in parts if part]
    if not found or any(span is None for span in found):
        return None
    joined = _join([span for span in found if span is not None and span[0] <= span[1]])
    if not joined:
        raise Unsatisfiable(f"no byte of {size} is in “{header[:100]}”")
    return joined[0] if len(joined) == 1 else None


def validators(etag: str, mtime: float) -> dict[str, str]:
    """The headers by which a client recognises what it has; no time when none is known."""
    found = {"ETag": quoted(etag)}
    if mtime > 0:
        found["Last-Modified"] = http_date(int(mtime))
    return found


def quoted(etag: str) -> str:
    """An entity tag as it goes over the wire: strong, in quotes."""
    return f'"{etag}"'


@functools.lru_cache(maxsize=4096)
def http_date(seconds: int) -> str:
    """Seconds since 1970 as an HTTP date, `Sun, 06 Nov 1994 08:49:37 GMT`."""
    t = time.gmtime(min(max(seconds, 0), _LAST_SECOND))
    return (
        f"{_DAYS[t.tm_wday]}, {t.tm_mday:02} {_MONTHS[t.tm_mon - 1]} {t.tm_year:04} "
        f"{t.tm_hour:02}:{t.tm_min:02}:{t.tm_sec:02} GMT"
    )


def safe_headers(mime: str, name: str, *, download: bool = False) -> dict[str, str]:
    """Headers of somebody's bytes: nothing in them runs, and they are asked for again each time.

    The file name follows RFC 6266, with the UTF-8 form beside an ASCII one.
    """
    kind = "attachment" if download or mime not in INLINE else "inline"
    plain = "".join(c if " " <= c <= "~" and c not in '"\\%' else "_" for c in name)
    return {
        "Content-Type": mime,
        "Content-Disposition": f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
    }


def _lists(header: str, etag: str, *, weak: bool) -> bool:
    """Whether a list of entity tags holds this one; tags without quotes are taken as they are."""
    if header.strip() == "*":
        return True
    position = 0
    while position < len(header):
        found = _TAG.match(header, position)
        if found is None:
            return False
        is_weak, tag = found[1] or found[3], found[2] if found[2] is not None else found[4]
        if tag == etag and (weak or not is_weak):
            return True
        position = found.end()
    return False


def _is_same(if_range: str | None, etag: str, mtime: float) -> bool:
    """Whether the part a client holds is of these very bytes (a strong tag, or the exact time)."""
    if if_range is None:
        return True
    text = if_range.strip()
    if text in {quoted(etag), etag}:
        return True
    return mtime > 0 and _date(text) == int(mtime)


def _date(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return int(parsedate_to_datetime(text).timestamp())
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _span(text: str, size: int) -> Span | None:
    """One range, cut to the file; first > last when nothing of it exists; None for bad syntax."""
    match = _RANGE.fullmatch(text)
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        return size - min(_number(match[2]), size), size - 1
    first, last = _number(match[1]), _number(match[2]) if match[2] else size
    if match[2] and first > last:
        return None
    return first, min(last, size - 1)


def _number(digits: str) -> int:
    return (
        int(digits) if len(digits) <= 18 else 10**18
    )  # beyond every file; int() refuses thousands of digits


def _join(spans: list[Span]) -> list[Span]:
    """Overlapping and adjacent spans as one."""
    joined: list[Span] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined
