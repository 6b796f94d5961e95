"""Who is at an event: its organisers, who of the household takes part, and guests; how they come and how they leave.

Whoever leaves takes along what they brought: a contribution ends, a dropped file goes back.
"""

from dataclasses import dataclass
from typing import Any

from peewee import fn

from services import revocations
from services.accounts.acting import require_current
from services.clock import now
from services.errors import Conflict, NotFound, UsageError
from services.events.seeing import find, is_open, organised
from services.matching import unsettle
from services.models import (
    Arrival,
    Event,
    EventPerson,
    Grant,
    Guest,
    Item,
    User,
    audit,
    counters,
    transaction,
)
from services.names import fold
from services.sharing import ending
from services.viewers import Viewer


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody at an event: a person of the household (`login`), or a guest (`guest`, their id).

    `role` is organiser, participant or guest; `items` is how many pictures of theirs are in it.
    """

    name: str
    role: str
    since: int
    items: int
    login: str = ""
    guest: str = ""


def take_in(viewer: Viewer, event: Event) -> None:
    """Have a person take part; call inside the transaction in which they showed a way in."""
    require_current(viewer)
    if viewer.kind != "person":
        raise NotFound
    here = (EventPerson.event == event.id) & (EventPerson.user == viewer.user_id)
    known = EventPerson.get_or_none(here)
    if known is not None and known.left_at is None:
        return
    if known is None:
        EventPerson.create(event=event.id, user=viewer.user_id, role="participant", joined_at=now())
    else:
        EventPerson.update(role="participant", joined_at=now(), left_at=None).where(here).execute()
    unsettle([viewer.user_id])
    audit.record("event_joined", actor=viewer.user_id, subject=event.owner_id, object=event.name)
    counters.bump_content()


def join_as(guest: Viewer, viewer: Viewer) -> Event:
    """Have a guest who signed in take part as the person they are. Raises NotFound, Conflict."""
    there = Event.get_or_none(Event.id == guest.event_id)
    with revocations.noting(rejoined(there, viewer), again=True), transaction():
        row = Guest.get_or_none((Guest.id == guest.guest_id) & Guest.ended_at.is_null())
        if row is None or row.event is None:
            raise NotFound
        if not is_open(row.event):
            raise Conflict("This event is over.")
        take_in(viewer, row.event)
        Guest.update(user=viewer.user_id).where(Guest.id == row.id).execute()
    event: Event = row.event
    return event


def name_organiser(viewer: Viewer, pid: str, login: str) -> None:
    """Have another adult of the household organise the event too. Raises NotFound, UsageError."""
    user = User.get_or_none((User.login_fold == fold(login)) & User.active)
    noted = [] if user is None else [("participant", f"{pid} {user.pid}")]
    with revocations.noting(noted, again=True), transaction():
        require_current(viewer)
        event = organised(viewer, pid)
        if user is None:
            raise UsageError(f"There is nobody called “{login}” here.", field="login")
        if user.role != "adult":
            raise UsageError("An event is organised by adults.", field="login")
        here = (EventPerson.event == event.id) & (EventPerson.user == user.id)
        if EventPerson.select().where(here).exists():
            EventPerson.update(role="organiser", left_at=None).where(here).execute()
        else:
            EventPerson.create(event=event.id, user=user.id, role="organiser", joined_at=now())
        unsettle([user.id])
        audit.record("event_organiser", actor=viewer.user_id, subject=user.id, object=event.name)
        counters.bump_policy()
        counters.bump_content()


def leave(viewer: Viewer, pid: str) -> None:
    """Leave an event; what one contributed is withdrawn. Raises NotFound, Conflict for the owner of it."""
    event = find(viewer, pid).event
    if event.owner_id == viewer.user_id:
        raise Conflict("This event is yours. Close it instead.")
    ending.leave_event(event, User.get_by_id(viewer.user_id), viewer.user_id)


def remove(viewer: Viewer, pid: str, login: str) -> None:
    """Have somebody of the household take part no more; what they contributed is withdrawn. Raises NotFound."""
    require_current(viewer)
    event = organised(viewer, pid)
    user = User.get_or_none(User.login_fold == fold(login))
    if user is None or user.id == event.owner_id:
        raise NotFound
    ending.leave_event(event, user, viewer.user_id)


def dismiss(viewer: Viewer, pid: str, guest_pid: str) -> None:
    """End a guest's visit. What they dropped stays the organiser's, who may reject it. Raises NotFound."""
    event = organised(viewer, pid)
    here = (Guest.pid == guest_pid) & (Guest.event == event.id) & Guest.ended_at.is_null()
    if not Guest.select().where(here).exists():
        raise NotFound
    with revocations.noting([("guest", guest_pid)]), transaction():
        require_current(viewer)
        organised(viewer, pid)
        Guest.update(ended_at=now()).where(here).execute()
        audit.record("guest_dismissed", actor=viewer.user_id, subject=viewer.user_id, object=event.name)
        counters.bump_policy()


def attendees(viewer: Viewer, pid: str) -> list[Attendee]:
    """Everybody at an event that the viewer organises, organisers first. Raises NotFound."""
    event = organised(viewer, pid)
    persons = (
        EventPerson.select(EventPerson, User)
        .join(User)
        .where((EventPerson.event == event.id) & EventPerson.left_at.is_null())
        .order_by(EventPerson.role, EventPerson.joined_at)
    )
    inside = (Guest.event == event.id) & Guest.ended_at.is_null()
    guests, dropped = Guest.select().where(inside).order_by(Guest.id), _dropped(inside)
    return [
        *(
            Attendee(p.user.display, p.role, p.joined_at, _brought(event, p.user_id), login=p.user.login)
            for p in persons
        ),
        *(Attendee(g.name, "guest", g.created_at, dropped.get(g.id, 0), guest=g.pid) for g in guests),
    ]


def rejoined(event: Event | None, viewer: Viewer) -> list[revocations.Noted]:
    """What the journal says of somebody who takes part (again)."""
    user = User.get_or_none(User.id == viewer.user_id)
    return [] if event is None or user is None else [("participant", f"{event.pid} {user.pid}")]


def _brought(event: Event, user: int) -> int:
    theirs = Grant.select(Grant.id).where((Grant.into == event.collection_id) & (Grant.owner == user))
    here = (Arrival.collection == event.collection_id) & Arrival.grant.in_(theirs) & Arrival.guest.is_null()
    return int(Arrival.select().where(here).count())


def _dropped(inside: Any) -> dict[int, int]:
    """How much each guest brought: asked once for all, who may be thousands."""
    theirs = Item.contributed_by_id.in_(Guest.select(Guest.id).where(inside))
    rows = Item.select(Item.contributed_by_id, fn.COUNT(Item.id))
    there = rows.where(theirs & Item.taken_back_at.is_null() & Item.trashed_at.is_null())
    return dict(there.group_by(Item.contributed_by_id).tuples())
