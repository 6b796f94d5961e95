"""/guest/{guest}: what somebody without an account sees by a link. Everything is asked of access, as a guest.

Who came by the door of an event finds more at the same addresses: see `web.pages.event_guests`.
"""

from starlette.responses import JSONResponse, RedirectResponse, Response

from services import access, catalogue, masks, sharing
from services.catalogue.pages import paged
from web import media, subtitles
from web.api.views import instant
from web.asking import Ask
from web.handling import clear_guest
from web.pages import event_guests
from web.visits import base_of, prepare, render_visit

PAGE = 60


def show(ask: Ask) -> Response:
    """The collection, page by page."""
    if ask.visit.event is not None:
        return event_guests.show(ask)
    visible = access.visible_items(ask.viewer, plan="rights")
    page = paged(ask.viewer, visible, limit=PAGE, cursor=ask.query.get("cursor"))
    prepare(ask, page.items)
    values = {
        "found": catalogue.describe(ask.viewer, page.items),
        "next": page.next,
        "total": visible.count(),
        "first": "cursor" not in ask.query,
    }
    return render_visit(ask, "guest.html", values)


def item(ask: Ask) -> Response:
    """One picture, video or sound, with its neighbours."""
    found = access.get_item(ask.viewer, ask.path["id"])
    (described,) = catalogue.describe(ask.viewer, [found])
    newer, older = catalogue.neighbours(ask.viewer, found)
    is_given = masks.state(ask.viewer, found) != "never"
    by, own = event_guests.whose(ask, found)
    tracks = catalogue.subtitles_of(ask.viewer, found)
    values = {
        "it": described, "newer": newer, "older": older, "is_given": is_given, "by": by, "own": own,
        "subtitles": tracks,
    }  # fmt: skip
    return render_visit(ask, "guest_item.html", values)


def state(ask: Ask) -> Response:
    """Whether the visit goes on, and until when: 410 when it has ended, which the page then says."""
    return _kept_nowhere(JSONResponse({"ends": instant(ask.visit.ends)}))


def confirm_leaving(ask: Ask) -> Response:
    """What leaving does, before it is done."""
    return render_visit(ask, "guest_leave.html", {"dropped": event_guests.count_own(ask)})


def leave(ask: Ask) -> Response:
    """End the visit on this device; at an event with all that its guest brought."""
    if ask.visit.event is not None:
        return event_guests.leave(ask)
    sharing.leave_visit(ask.viewer)
    return clear_guest(RedirectResponse(base_of(ask), 303), ask.visit.pid)


def original(ask: Ask) -> Response:
    """The bytes, where the link lets them be downloaded, or a browser needs them to play."""
    return _kept_nowhere(media.original(ask))


def subtitle(ask: Ask) -> Response:
    """What is read along with a video."""
    return _kept_nowhere(subtitles.show(ask))


def rendition(ask: Ask) -> Response:
    """A small or a large picture of it."""
    return _kept_nowhere(media.rendition(ask))


def _kept_nowhere(response: Response) -> Response:
    """Nothing of a visit stays in the browser of somebody who may look for a while."""
    response.headers["Cache-Control"] = "private, no-store"
    return response
