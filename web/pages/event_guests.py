"""/guest/{guest} at an event: its pictures, what its guest brought and takes back, and how they become somebody
of the household. In a drop box guests see nothing but their own: access says so, and these pages ask it.
"""

from starlette.responses import RedirectResponse, Response

from services import access, catalogue, events
from services.catalogue.pages import paged
from services.errors import NotFound, UsageError
from services.models import Event, Item
from web.asking import Ask
from web.handling import clear_guest, person_beside
from web.visits import base_of, prepare, render_visit

PAGE = 60


def show(ask: Ask) -> Response:
    """The pictures of the event page by page; on the first one also what its guest may bring, and has brought."""
    return _page(ask)


def take_back(ask: Ask) -> Response:
    """Take back what was ticked, or the one whose button it was."""
    event_of(ask)
    picked = ask.picked
    if not picked:
        return _page(ask, UsageError("Tick at least one picture first."))
    number = events.take_back(ask.viewer, picked, ask.context.jobs)
    return RedirectResponse(f"{base_of(ask)}?back={number}", 303)


def leave(ask: Ask) -> Response:
    """Leave the event, and take back all that one brought."""
    number = events.leave_event(ask.viewer, ask.context.jobs)
    return clear_guest(RedirectResponse(f"/e?left={number}", 303), ask.visit.pid)


def confirm_joining(ask: Ask) -> Response:
    """Who is signed in at this browser is asked whether they want to take part as themselves."""
    event_of(ask)
    return render_visit(ask, "guest_join.html", {"person": person_beside(ask)})


def join(ask: Ask) -> Response:
    """Take part as a person of the household: with the guest's cookie and the person's own session, both."""
    event_of(ask)
    person = person_beside(ask)
    if person is None:
        return RedirectResponse(f"{base_of(ask)}/join", 303)
    event = events.join_as(ask.viewer, person)
    return RedirectResponse(f"/events/{event.pid}", 303)


def whose(ask: Ask, item: Item) -> tuple[str, str]:
    """Who brought an item, as the guest may know, and what became of it if that was they (else nothing)."""
    event = ask.visit.event
    if event is None:
        return "", ""
    own = next((state for mine, state in events.own_items(ask.viewer) if mine.id == item.id), "")
    return events.contributors(ask.viewer, event, [item.id]).get(item.id, ""), own


def count_own(ask: Ask) -> int:
    """How many pictures their guest would take back by leaving."""
    return len(events.own_items(ask.viewer))


def event_of(ask: Ask) -> Event:
    """The event that the guest is at. Raises NotFound for who came by a link."""
    if ask.visit.event is None:
        raise NotFound
    return ask.visit.event


def _page(ask: Ask, problem: UsageError | None = None) -> Response:
    event = event_of(ask)
    shown = access.items_through(ask.viewer, event.collection_id)
    page = paged(ask.viewer, shown, limit=PAGE, cursor=ask.query.get("cursor"))
    prepare(ask, page.items)
    own = events.own_items(ask.viewer)
    states = {item.pid: state for item, state in own}
    values = {
        "found": catalogue.describe(ask.viewer, page.items),
        "by": events.contributors(ask.viewer, event, [item.id for item in page.items]),
        "next": page.next,
        "total": shown.count(),
        "first": "cursor" not in ask.query,
        "own": [(d, states[d.item.pid]) for d in catalogue.describe(ask.viewer, [item for item, _ in own])],
        "takes_files": events.takes_files(event),
        "asks": event.collection.arrivals == "owner",
        "back": ask.number("back", 0),
        "problem": str(problem or ""),
    }
    return render_visit(ask, "guest_event.html", values, status=422 if problem else 200)
