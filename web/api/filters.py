"""/filters: what a query means and would give, before it is used."""

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
            "loosened": [
                {"condition": each.text, "alone": each.alone, "without": each.without, "others": each.others}
                for each in found.loosened
            ],
        }
    )  # fmt: skip
