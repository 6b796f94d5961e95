"""An event on a screen at home: its organisers have it shown there, at the latest until the event is over.

It is shown by a share of its owner's, beside that by which the event shows itself: so a screen shows what is approved
and nothing else, never the place, and originals only where the event allows them. Of an event at which guests see
nothing but their own a screen shows nothing either.
"""

from dataclasses import dataclass
from typing import Any

from services.accounts.acting import require_current
from services.clock import now
from services.errors import AccessDenied, Conflict, NotFound, UsageError
from services.events.seeing import find, is_open, organised
from services.identifiers import new_pid
from services.models import Event, Grant, Screen, Share, audit, counters, database, transaction
from services.sharing import ending, offering
from services.viewers import Viewer


@dataclass(frozen=True, slots=True)
class Showing:
    """A screen that shows an event, and whether with originals."""

    screen: str
    name: str
    originals: bool
    since: int


def screens_of(viewer: Viewer, pid: str) -> list[Showing]:
    """The screens that show an event, by name: for whoever is at it; none when it is over. Raises NotFound."""
    card = find(viewer, pid)
    rows = _shown(card.event).order_by(Screen.name, Screen.id) if card.state == "open" else []
    return [Showing(g.screen.pid, g.screen.name, g.share.may_download, g.created_at) for g in rows]


def show_on(viewer: Viewer, pid: str, screen_pid: str, *, originals: bool = False) -> None:
    """Have a screen show an event that the viewer organises, until it is over or that is ended.

    Raises NotFound, AccessDenied, UsageError (field `screen`, `rights`), Conflict when it is over or shown there.
    """
    with transaction():
        require_current(viewer)
        organised(viewer, pid)
        if viewer.role != "adult":
            raise AccessDenied("An event is organised by adults.")
        # whoever closes or changes it just now is waited for
        if not database.hold(Event.name, (Event.pid == pid) & (Event.state == "open")):
            raise Conflict("This event is over, and stays as it was.")
        event = organised(viewer, pid)
        _require_shown(event, originals)
        screen = offering.living_screen(screen_pid, field="screen")
        if _shown(event).where(Grant.screen == screen.id).exists():
            raise Conflict(f"“{screen.name}” shows this event already.", field="screen")
        share = Share.create(
            pid=new_pid(), owner=event.owner_id, collection=event.collection_id, kind="screen", may_download=originals,
            may_contribute=False, may_reshare=False, shows_place=False, created_at=now(),
            expires_at=event.expires_at,
        )  # fmt: skip
        offering.grant_to_screen(share, screen)
        audit.record(
            "shared", actor=viewer.user_id, subject=event.owner_id, object=event.name, share=share.pid,
            to={"screen": screen.pid},
        )  # fmt: skip
        counters.bump_content()


def end_on(viewer: Viewer, pid: str, screen_pid: str) -> ending.Receipt:
    """Have a screen show an event no more. Raises NotFound, also where it does not show it."""
    require_current(viewer)
    event = organised(viewer, pid)
    found = list(_shown(event).where(Screen.pid == screen_pid))
    if not found:
        raise NotFound
    return ending.end_grants(viewer, found)


def _shown(event: Event) -> Any:
    here = (Grant.collection == event.collection_id) & Grant.ended_at.is_null()
    found = Grant.select(Grant, Screen, Share).join(Screen).switch(Grant).join(Share)
    return found.where(here)


def _require_shown(event: Event, originals: bool) -> None:
    if not is_open(event):
        raise Conflict("This event is over, and stays as it was.")
    if event.guests == "drop":
        raise UsageError(
            "At this event only its organisers see what others bring, so no screen shows it.", field="screen"
        )
    if originals and not event.may_download:
        raise UsageError("At this event originals may not be downloaded.", field="rights")
