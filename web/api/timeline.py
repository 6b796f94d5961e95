"""/timeline: how many items each day has."""

from starlette.responses import JSONResponse, Response

from services import catalogue
from web.handling import Ask


def show_timeline(ask: Ask) -> Response:
    """GET /timeline: days newest first, as yyyy-mm-dd; null is undated."""
    days = [
        {
            "day": f"{d.day:08}"[:4] + "-" + f"{d.day:08}"[4:6] + "-" + f"{d.day:08}"[6:] if d.day else None,
            "n": d.n,
        }
        for d in catalogue.days(ask.viewer)
    ]
    return JSONResponse({"items": days, "next": None, "total": sum(d["n"] for d in days)})
