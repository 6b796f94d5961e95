"""Whether the guest who sends something is still there: conditions on an upload, asked anew at each of its steps.

A visit that ends takes along what is on its way. What had come whole is stored all the same where the event ended and
not the visit before it: its sender was told that it is received, and may have nothing of it any more.
"""

from typing import Any

from peewee import JOIN

from services.access.ends import moment
from services.models import Event, Guest, Upload


def may_go_on() -> Any:
    """More of it may come: it is a person's, or its guest is there still, and their event (if any) open."""
    time = moment()
    inside = Guest.ended_at.is_null() & (Guest.expires_at > time)
    is_open = (Event.state == "open") & (Event.expires_at.is_null() | (Event.expires_at > time))
    is_open |= Guest.event.is_null()
    return Upload.guest.is_null() | Upload.guest.in_(_guests(inside & is_open))


def is_given_up() -> Any:
    """Its guest left, or was sent out, before the event was over."""
    before = Event.closed_at.is_null() | (Guest.ended_at < Event.closed_at)
    return Upload.guest.in_(_guests(Guest.ended_at.is_null(False) & before))


def _guests(condition: Any) -> Any:
    known = Guest.select(Guest.id).join(Event, JOIN.LEFT_OUTER, on=(Event.id == Guest.event))
    return known.where(condition)
