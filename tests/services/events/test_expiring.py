"""The rows of an event whose end has passed say so, whenever somebody looks."""

import pytest

from services import access, clock, events, sharing
from services.models import Event, Grant, Guest, Share
from tests.services.events.household import Party

pytestmark = pytest.mark.db


def test_events_close_when_their_end_has_passed(party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    event, other = party.event(expires=clock.now() + clock.HOUR), party.event(name="Other", expires=None)
    guest, stays = party.guest(event), party.guest(other)
    assert events.close_due() == 0
    monkeypatch.setattr(clock, "source", lambda: event.expires_at / 1_000_000)
    assert events.close_due() == 1
    assert events.close_due() == 0
    row = Event.get_by_id(event.id)
    assert (row.state, row.closed_at) == ("closed", event.expires_at)
    assert Share.get(Share.collection == event.collection_id).ended_why == "expired"
    assert Grant.get(Grant.event == event.id).state == "expired"
    assert Guest.get_by_id(guest.viewer.guest_id).ended_at == event.expires_at
    assert access.holds(stays.viewer)
    (line,) = sharing.ledger(party.anna)
    assert line.to == "Other"


def test_an_end_that_was_moved_holds(party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    event = party.event(expires=clock.now() + clock.HOUR)
    party.events.change(party.anna, event.pid, {"expires": clock.now() + clock.DAY})
    monkeypatch.setattr(clock, "source", lambda: event.expires_at / 1_000_000)
    assert events.close_due() == 0
