"""An event as each of those who are at it sees it, and what is in it for them."""

import pytest

from services import accounts, clock, collections, events, sharing
from services.collections import Draft
from services.errors import NotFound
from services.models import Event, Item, User
from tests.services.events.household import Party, pids

pytestmark = pytest.mark.db


def found(party: Party, event: Event, who: str = "anna") -> set[str]:
    viewer = getattr(party, who)
    card = events.get(viewer, event.pid)
    items = {item.pid for item in events.items_of(viewer, card)}
    assert card.size == len(items)
    assert (card.cover in items) if items else card.cover is None
    assert {item.pid for item in events.page(viewer, card).items} == items
    return items


def test_each_has_their_own_events_newest_first(party: Party) -> None:
    first, second = party.event(), party.event(name="Party")
    party.join(first, party.ben)
    assert [card.event for card in events.cards(party.anna)] == [second, first]
    (mine,) = events.cards(party.ben)
    assert (mine.event, mine.role, mine.owner, mine.owner_display) == (first, "participant", "anna", "Anna")
    assert events.cards(party.kim) == events.cards(party.guest(first).viewer) == []
    for viewer, event in ((party.ben, second), (party.kim, first), (party.guest(first).viewer, first)):
        with pytest.raises(NotFound):
            events.get(viewer, event.pid)
        with pytest.raises(NotFound):
            events.organised(viewer, event.pid)
    with pytest.raises(NotFound):
        events.organised(party.ben, first.pid)
    assert events.organised(party.anna, first.pid) == first


def test_organisers_are_told_what_waits_and_how_many_came(party: Party) -> None:
    event = party.event()
    party.join(event, party.ben)
    lou, _ = party.guest(event), party.guest(event, "Mia")
    party.drop(lou)
    party.drop(lou)
    card = events.get(party.anna, event.pid)
    assert (card.waiting, card.guests) == (2, 2)
    card = events.get(party.ben, event.pid)
    assert (card.waiting, card.guests) == (0, 0)
    assert [(c.size, c.waiting, c.cover) for c in events.cards(party.anna, counted=False)] == [(0, 0, None)]


def test_what_is_in_it_is_what_is_shown(party: Party) -> None:
    event = party.event()
    party.join(event, party.ben)
    events.contribute_items(party.anna, event.pid, [party.items["anna"][0].pid])
    events.contribute_items(party.ben, event.pid, [party.items["ben"][0].pid])
    dropped = party.drop(party.guest(event))
    mine = pids(party.items["anna"][0])
    assert found(party, event) == found(party, event, "ben") == mine
    for each in events.board(party.anna, event.pid).arrived:
        events.decide(party.anna, event.pid, [each.approval], "approve")
    everything = mine | pids(party.items["ben"][0], dropped)
    assert found(party, event) == found(party, event, "ben") == everything
    sharing.withdraw(party.anna, [party.items["anna"][0].pid])
    assert found(party, event) == found(party, event, "ben") == everything - mine


@pytest.mark.parametrize("way", ["withdrawn", "taken out", "contribution", "trashed"])
def test_what_was_taken_back_is_not_in_it_whatever_else_shows_it(party: Party, way: str) -> None:
    """Ben shares the same picture with Anna besides: she sees it, but not at the event."""
    event = party.event(approval="none")
    party.join(event, party.ben)
    item = party.items["ben"][0]
    made = collections.create(party.ben, Draft("For Anna"))
    collections.add(party.ben, made.pid, [item.pid])
    sharing.offer(party.ben, made.pid, {"user": "anna"}, sharing.Terms())
    events.contribute_items(party.ben, event.pid, [item.pid])
    assert found(party, event) == pids(item)
    if way == "withdrawn":
        sharing.withdraw(party.ben, [item.pid])
    elif way == "taken out":
        events.withdraw_items(party.ben, event.pid, [item.pid])
    elif way == "contribution":
        (given,) = events.contributions(party.ben, event.pid)
        events.withdraw_contribution(party.ben, event.pid, given.grant.pid)
    else:
        Item.update(trashed_at=1).where(Item.id == item.id).execute()
    assert found(party, event) == found(party, event, "ben") == set()


def test_a_dynamic_collection_of_the_owners_brings_what_it_matches_now(party: Party) -> None:
    event = party.event()
    party.join(event, party.ben)
    one = party.make.item(User.get_by_id(party.anna.user_id), "cat.jpg", taken=3)
    mine = collections.create(party.anna, Draft("Cats", query="name:cat*"), {"require_labelled": False})
    events.contribute_collection(party.anna, event.pid, mine.pid)
    assert found(party, event) == found(party, event, "ben") == pids(one)
    collections.decide_rule(party.anna, mine.pid, one.pid, "never")
    assert found(party, event) == found(party, event, "ben") == set()


def test_when_it_is_over_its_owner_finds_what_is_hers(party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    event = party.event(approval="none", expires=clock.now() + clock.HOUR)
    party.join(event, party.ben)
    events.contribute_items(party.anna, event.pid, [party.items["anna"][0].pid])
    events.contribute_items(party.ben, event.pid, [party.items["ben"][0].pid])
    dropped = party.drop(party.guest(event))
    monkeypatch.setattr(clock, "source", lambda: event.expires_at / 1_000_000)
    for _ in range(2):
        assert events.get(party.anna, event.pid).state == events.get(party.ben, event.pid).state == "over"
        assert found(party, event) == pids(party.items["anna"][0], dropped)
        assert found(party, event, "ben") == set()
        events.close_due()
    party.events.archive(party.anna, event.pid)
    assert events.cards(party.anna) == []
    assert [card.state for card in events.cards(party.anna, archived=True)] == ["archived"]
    assert not events.get(party.anna, event.pid).may_contribute


def test_in_a_box_who_takes_part_finds_nothing_in_it(party: Party) -> None:
    event = party.event(approval="none", guests="drop")
    party.join(event, party.ben)
    events.contribute_items(party.ben, event.pid, [party.items["ben"][0].pid])
    assert found(party, event, "ben") == set()
    assert found(party, event) == pids(party.items["ben"][0])
    (mine,) = events.contributions(party.ben, event.pid)
    assert mine.shown == 1


def test_who_brought_what_is_told_to_whom_it_is_for(party: Party) -> None:
    event = party.event(approval="none")
    lou = party.guest(event)
    party.join(event, party.ben)
    events.contribute_items(party.ben, event.pid, [party.items["ben"][0].pid])
    dropped = party.drop(lou)
    ids = [party.items["ben"][0].id, dropped.id]
    names = dict(zip(ids, ["Ben", "Lou"], strict=True))
    assert events.contributors(party.anna, event, ids) == names
    assert events.contributors(party.ben, event, ids) == {ids[0]: "Ben"}
    assert events.contributors(lou.viewer, event, ids) == {}
    event = party.events.change(party.anna, event.pid, {"names": True})
    for viewer in (party.ben, lou.viewer):
        assert events.contributors(viewer, event, ids) == names
    event = party.events.change(party.anna, event.pid, {"names": False})
    events.name_organiser(party.anna, event.pid, "ben")
    assert events.contributors(party.ben, event, ids) == names


def test_who_was_disabled_shows_nothing(party: Party) -> None:
    event = party.event(approval="none")
    party.join(event, party.ben)
    events.contribute_items(party.ben, event.pid, [party.items["ben"][0].pid])
    assert found(party, event) == pids(party.items["ben"][0])
    accounts.disable_person(accounts.OPERATOR, User.get_by_id(party.ben.user_id).pid)
    assert found(party, event) == set()


def test_its_organisers_are_reminded_before_it_ends(party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    began = clock.now()
    long = party.event(expires=began + 30 * clock.DAY)
    short = party.event(name="Tonight", expires=began + 8 * clock.HOUR)
    never = party.event(name="Ever", expires=None)
    for event in (long, short, never):
        party.join(event, party.ben)
    events.name_organiser(party.anna, long.pid, "ben")

    def at(moment: int, who: str = "anna") -> list[str]:
        monkeypatch.setattr(clock, "source", lambda: (began + moment) / clock.SECOND)
        return [card.event.name for card in events.ending(getattr(party, who))]

    assert at(5 * clock.HOUR) == at(5 * clock.HOUR, "ben") == []
    assert (at(7 * clock.HOUR), at(7 * clock.HOUR, "ben")) == (["Tonight"], [])
    assert events.get(party.ben, short.pid).ends_soon  # who takes part sees it there
    assert at(26 * clock.DAY) == []
    assert at(27 * clock.DAY) == at(27 * clock.DAY, "ben") == ["Wedding"]
    assert at(27 * clock.DAY, "kim") == []
    party.events.change(party.anna, long.pid, {"expires": began + 31 * clock.DAY})
    assert at(27 * clock.DAY) == []
    assert at(29 * clock.DAY) == ["Wedding"]
    party.events.close(party.anna, long.pid)
    assert at(29 * clock.DAY) == at(40 * clock.DAY) == []
    assert events.ending(party.guest(never).viewer) == []
