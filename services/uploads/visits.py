"""Whether whoever sends something to an event is still there: conditions on an upload, asked anew at each step.

A visit that ends takes along what is on its way. What had come whole is stored all the same where the event ended and
not the visit before it: its sender was told that it is received, and may have nothing of it any more. What a person
sends comes into a storage of their own: once it is whole it is stored whatever happened, and only not contributed.
"""

from typing import Any

from peewee import JOIN, fn

from services.access.ends import moment
from services.models import Event, EventPerson, Guest, Upload


def may_go_on() -> Any:
    """More of it may come: to a storage, or its guest or person is there still, and their event (if any) open."""
    time = moment()
    inside = Guest.ended_at.is_null() & (Guest.expires_at > time)
    guests = _guests(inside & (_is_open(time) | Guest.event.is_null()))
    by_guest = Upload.guest.is_null(False) & Upload.guest.in_(guests)
    return by_guest | (Upload.guest.is_null() & (Upload.event.is_null() | takes_part(time)))


def takes_part(time: int) -> Any:
    """The person who sends it has been at its event ever since, and that is open."""
    same = (EventPerson.event == Upload.event) & (EventPerson.user == Upload.user)
    since = EventPerson.left_at.is_null() & (EventPerson.joined_at <= Upload.created_at)
    return fn.EXISTS(EventPerson.select(EventPerson.event).join(Event).where(same & since & _is_open(time)))


def is_given_up() -> Any:
    """Its guest left, or was sent out, before the event was over."""
    before = Event.closed_at.is_null() | (Guest.ended_at < Event.closed_at)
    return Upload.guest.in_(_guests(Guest.ended_at.is_null(False) & before))


def _is_open(time: int) -> Any:
    return (Event.state == "open") & (Event.expires_at.is_null() | (Event.expires_at > time))


def _guests(condition: Any) -> Any:
    known = Guest.select(Guest.id).join(Event, JOIN.LEFT_OUTER, on=(Event.id == Guest.event))
    return known.where(condition)
