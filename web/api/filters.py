"""/filters: what a query means and would give, before it is used, and what may be meant while it is typed."""

from starlette.responses import JSONResponse, Response

from services import catalogue
from services.errors import UsageError
from services.filters import to_json
from web.api import views
from web.handling import Ask


def check_filter(ask: Ask) -> Response:
    """POST /filters/check {q}: what a query means, how many items it finds and the newest of them"""
    q = ask.data.get("q")
    if not isinstance(q, str):
        raise UsageError("q must be a text.", field="q")
    found = catalogue.check(ask.viewer, q)
    sample = catalogue.describe(ask.viewer, found.sample)
    return JSONResponse(
        {
            "ok": True, "canonical": found.canonical, "tree": to_json(found.tree), "warnings": list(found.warnings),
            "count": found.count, "sample": [views.item(d) for d in sample],
            "loosened": views.loosened(found.loosened),
        }
    )  # fmt: skip


def complete_filter(ask: Ask) -> Response:
    """GET /filters/complete?q=&at=: what may be meant at a place in a query (its end without `at`)

    Each offer's text may stand in place of `length` characters from `position` on. `at` and they count characters.
    """
    q = ask.query.get("q", "")
    found = catalogue.complete(ask.viewer, q, ask.number("at", len(q)))
    return JSONResponse(
        {
            "position": found.position, "length": found.length,
            "items": [{"text": o.text, "kind": o.kind, "help": o.help} for o in found.offers],
            "next": None, "total": len(found.offers),
        }
    )  # fmt: skip
