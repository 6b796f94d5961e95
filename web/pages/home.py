"""/: the timeline by month; /timeline, the same as plain pages."""

import gzip
import json
from typing import Any

from markupsafe import Markup
from starlette.responses import JSONResponse, Response

from services import catalogue
from services.catalogue import Day, Described
from services.filters import Tree
from services.models import Item
from web.asking import Ask
from web.rendering import render

PAGE = 60
FIRST_ITEMS, MOST_ITEMS, FIRST_MONTHS = 60, 400, 12
"""How much of the timeline is in its page: so many items, if the newest months allow it."""


def show(ask: Ask) -> Response:
    """The timeline. Months and the first items are in the page; the rest is loaded as it is scrolled to."""
    days = catalogue.days(ask.viewer)
    months = _months(days)
    storages = ask.context.connecting.statuses(ask.viewer)
    values = {
        "total": sum(d.n for d in days),
        "hides": catalogue.hides_any(ask.viewer),
        "index": _script_json(months),
        "first": _script_json([bucket_data(ask, month, blurs=True) for month in _first(months)]),
        "storages": storages,
        "scanning": [o for o in storages if o.job and o.job.state in {"queued", "running"}],
        "away": [o for o in storages if o.storage.state not in {"online", "slow"}],
    }
    return render(ask, "timeline.html", values)


def bucket(ask: Ask) -> Response:
    """One month's items in columns, for the timeline's script; `blur=1` asks for the thumbhashes too."""
    data = bucket_data(ask, int(ask.path["month"]), blurs=ask.query.get("blur") == "1")
    response = JSONResponse(data)
    response.headers.update({"Cache-Control": "private, no-cache", "Vary": "Accept-Encoding, Cookie"})
    if "gzip" in ask.request.headers.get("accept-encoding", ""):
        packed = gzip.compress(bytes(response.body), 5, mtime=0)
        return Response(
            packed,
            headers={**response.headers, "content-encoding": "gzip", "content-length": str(len(packed))},
        )
    return response


def plain(ask: Ask) -> Response:
    """The timeline as pages of plain links: without scripts, for screen readers and televisions."""
    page = catalogue.timeline_page(ask.viewer, limit=PAGE, cursor=ask.query.get("cursor"))
    values = {
        "found": catalogue.describe(ask.viewer, page.items), "next": page.next, "total": None, "q": "",
        "base": "/timeline", "problem": None, "unhide": "is:hidden",
        "hidden": catalogue.count_hidden(ask.viewer, Tree()) if "cursor" not in ask.query else 0,
    }  # fmt: skip
    return render(ask, "listing.html", values)


def bucket_data(ask: Ask, month: int, *, blurs: bool) -> dict[str, Any]:
    """A month as columns: ids, ratios in hundredths, times, and what is special by position.

    Thumbhashes (`h`) are random bytes to a compressor, more than all the rest: only with `blurs`.
    """
    items = catalogue.bucket(ask.viewer, month).items
    described = catalogue.describe(ask.viewer, items)
    columns = {"h": [i.thumbhash or "" for i in items]} if blurs else {}
    return {
        **columns,
        "v": 1,
        "m": month,
        "id": [i.pid for i in items],
        "r": [round(100 * i.ratio) for i in items],
        "d": [i.day for i in items],
        "t": [tile_title(d) for d in described],
        "c": [i.colour or "" for i in items],
        "vid": {n: i.duration_ms or 0 for n, i in enumerate(items) if i.type == "video"},
        "aud": {n: i.duration_ms or 0 for n, i in enumerate(items) if i.type == "audio"},
        "live": [n for n, i in enumerate(items) if i.motion],
        "fav": [n for n, i in enumerate(items) if i.favourite],
        "off": [n for n, d in enumerate(described) if d.state in {"offline", "missing"}],
        "bad": [n for n, d in enumerate(described) if d.state == "damaged"],
        "stack": {n: i.stack for n, i in enumerate(items) if i.stack},
        "by": {n: d.owner_display for n, d in enumerate(described) if not d.own},
    }


def tile_title(described: Described) -> str:
    """What a screen reader says of a tile: the name; the script adds kind and day."""
    item: Item = described.item
    return str(item.title or item.name)


def _months(days: list[Day]) -> dict[str, list[Any]]:
    """Months newest first, the undated last: which, how many items, the sum of their ratios."""
    counts: dict[int, list[float]] = {}
    for day in days:
        entry = counts.setdefault(day.day // 100, [0, 0.0])
        entry[0] += day.n
        entry[1] += day.ratio
    order = sorted(counts, reverse=True)
    return {"m": order, "n": [int(counts[m][0]) for m in order], "a": [round(counts[m][1], 2) for m in order]}


def _first(months: dict[str, list[Any]]) -> list[int]:
    """The newest months, as many as go into the page."""
    chosen: list[int] = []
    items = 0
    for month, n in zip(months["m"][:FIRST_MONTHS], months["n"], strict=False):
        if items >= FIRST_ITEMS or items + n > MOST_ITEMS:
            break
        chosen.append(month)
        items += n
    return chosen


def _script_json(value: Any) -> Markup:
    """JSON that is safe inside a script element."""
    return Markup(json.dumps(value, separators=(",", ":")).replace("<", "\\u003c"))  # noqa: S704  escaped just here
