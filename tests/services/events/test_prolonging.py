"""Who contributed is told that an event lasts longer than they knew."""

import pytest

from services import clock, events
from services.clock import DAY, HOUR
from services.events.prolonging import TOLD
from services.models import Event
from services.viewers import Viewer
from tests.services.events.household import Party

pytestmark = pytest.mark.db


def given(party: Party, **more: object) -> Event:
    """An event of ten days, to which Ben and Kim brought pictures."""
    event = party.event(expires=clock.now() + 10 * DAY, **more)
    for who, viewer in (("ben", party.ben), ("kim", party.kim)):
        party.join(event, viewer)
        events.contribute_items(viewer, event.pid, [party.items[who][0].pid])
    return event


def told(viewer: Viewer) -> list[tuple[str, int]]:
    return [(each.card.event.pid, each.before) for each in events.prolonged(viewer)]


def test_who_contributed_is_told_and_who_extends_it_is_not(party: Party) -> None:
    event = given(party)
    visit = party.guest(event)
    events.name_organiser(party.anna, event.pid, "ben")
    events.contribute_items(party.anna, event.pid, [party.items["anna"][0].pid])
    end = event.expires_at
    party.events.change(party.anna, event.pid, {"name": "Party"})
    assert told(party.ben) == told(party.kim) == []
    for days in (1, 7):
        party.events.change(party.ben, event.pid, {"expires": end + days * DAY})
    assert told(party.kim) == [(event.pid, end)], "by the end that was said first"
    assert told(party.ben) == told(party.anna) == told(visit.viewer) == []
    party.events.change(party.anna, event.pid, {"expires": None})
    assert told(party.kim) == [(event.pid, end)]
    assert told(party.ben) == [(event.pid, end + 7 * DAY)]
    party.events.change(party.anna, event.pid, {"expires": end - DAY})
    assert told(party.kim) == told(party.ben) == [], "it ends before what they were told"


def test_not_who_gives_nothing_or_until_an_end_of_their_own(party: Party) -> None:
    event = given(party)
    lake = party.make.collection(party.items["ben"][1].owner, items=[party.items["ben"][1]])
    (single,) = events.contributions(party.ben, event.pid)
    events.withdraw_contribution(party.ben, event.pid, single.grant.pid)
    events.contribute_collection(party.ben, event.pid, lake.pid, expires=clock.now() + HOUR)
    party.events.change(party.anna, event.pid, {"expires": event.expires_at + DAY})
    assert told(party.ben) == []
    assert told(party.kim) == [(event.pid, event.expires_at)]
    (single,) = events.contributions(party.kim, event.pid)
    events.withdraw_contribution(party.kim, event.pid, single.grant.pid)
    assert told(party.kim) == []


def test_for_a_week_and_while_it_goes_on(party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    event, other = given(party), given(party, name="Other")
    for each in (event, other):
        party.events.change(party.anna, each.pid, {"expires": event.expires_at + 30 * DAY})
    assert len(told(party.ben)) == 2
    party.events.close(party.anna, other.pid)
    assert told(party.ben) == [(event.pid, event.expires_at)]
    later = clock.now() + TOLD
    monkeypatch.setattr(clock, "source", lambda: (later + 1) / clock.SECOND)
    assert told(party.ben) == []
