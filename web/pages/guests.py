"""/guest/{guest}: what somebody without an account sees by a link. Everything is asked of access, as a guest."""

from starlette.responses import JSONResponse, RedirectResponse, Response

from services import access, catalogue, masks, sharing
from services.catalogue.pages import paged
from web import media
from web.api.views import instant
from web.asking import Ask
from web.handling import GUEST_COOKIE, GUESTS, SECURE_GUEST_COOKIE
from web.rendering import render

PAGE = 60


def show(ask: Ask) -> Response:
    """The collection, page by page."""
    visible = access.visible_items(ask.viewer, plan="rights")
    page = paged(ask.viewer, visible, limit=PAGE, cursor=ask.query.get("cursor"))
    ask.context.masks.prepare(ask.viewer, page.items)  # what is looked at will be wanted soon
    values = {
        "found": catalogue.describe(ask.viewer, page.items),
        "next": page.next,
        "total": visible.count(),
        "first": "cursor" not in ask.query,
        **_visit(ask),
    }
    return _render(ask, "guest.html", values)


def item(ask: Ask) -> Response:
    """One picture, video or sound, with its neighbours."""
    found = access.get_item(ask.viewer, ask.path["id"])
    (described,) = catalogue.describe(ask.viewer, [found])
    newer, older = catalogue.neighbours(ask.viewer, found)
    is_given = masks.state(ask.viewer, found) != "never"
    values = {"it": described, "newer": newer, "older": older, "is_given": is_given, **_visit(ask)}
    return _render(ask, "guest_item.html", values)


def state(ask: Ask) -> Response:
    """Whether the visit goes on, and until when: 410 when it has ended, which the page then says."""
    return JSONResponse({"ends": instant(ask.visit.ends)})


def leave(ask: Ask) -> Response:
    """End the visit on this device."""
    pid = ask.visit.pid
    sharing.leave_visit(ask.viewer)
    response = RedirectResponse(f"{GUESTS}/{pid}", 303)
    for name in (GUEST_COOKIE, SECURE_GUEST_COOKIE):
        response.delete_cookie(
            name, path=f"{GUESTS}/{pid}", secure=name == SECURE_GUEST_COOKIE, httponly=True
        )
    return response


def original(ask: Ask) -> Response:
    """The bytes, where the link lets them be downloaded, or a browser needs them to play."""
    return _kept_nowhere(media.original(ask))


def rendition(ask: Ask) -> Response:
    """A small or a large picture of it."""
    return _kept_nowhere(media.rendition(ask))


def _visit(ask: Ask) -> dict[str, object]:
    visit = ask.visit
    return {
        "visit": visit,
        "base": f"{GUESTS}/{visit.pid}",
        "name": visit.share.collection.name,
        "may_download": bool(visit.share.may_download),
        "ends_iso": instant(visit.ends),
    }


def _render(ask: Ask, template: str, values: dict[str, object]) -> Response:
    response = render(ask, template, values)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _kept_nowhere(response: Response) -> Response:
    """Nothing of a visit stays in the browser of somebody who may look for a while."""
    response.headers["Cache-Control"] = "private, no-store"
    return response
