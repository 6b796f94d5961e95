"""/shares/received: what others share with the viewer, whether it is on their timeline, and giving it back."""

from starlette.responses import RedirectResponse, Response

from services import sharing
from web.asking import Ask
from web.rendering import render

SHOWN = 100


def index(ask: Ask) -> Response:
    """What others share with the viewer."""
    values = {
        "received": sharing.received(ask.viewer), "offers": sharing.count_offered(ask.viewer, most=SHOWN),
        "did": ask.query.get("did", ""),
    }  # fmt: skip
    return render(ask, "received.html", values)


def leave(ask: Ask) -> Response:
    """Give it back."""
    sharing.leave(ask.viewer, ask.path["id"])
    return RedirectResponse("/shares/received?did=left", 303)


def show_on_timeline(ask: Ask) -> Response:
    """Have it on the timeline, or not."""
    sharing.show_on_timeline(ask.viewer, ask.path["id"], ask.form.get("timeline") == "yes")
    return RedirectResponse("/shares/received?did=saved", 303)
