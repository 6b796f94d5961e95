"""The inbox of an event for one person: what they brought, and the way in."""

import pytest

from services import collections, events
from services.errors import Conflict, NotFound
from services.events import Card
from services.models import Collection, Event, Grant, User
from services.viewers import Viewer
from tests.services.events.household import Party

pytestmark = pytest.mark.db


def card(viewer: Viewer, event: Event) -> Card:
    return next(each for each in events.cards(viewer, counted=False) if each.event.id == event.id)


def seen(viewer: Viewer, event: Event) -> list[int]:
    return sorted(item.id for item in events.brought(viewer, card(viewer, event)))


def test_everybody_finds_what_they_brought_themselves(party: Party) -> None:
    event = party.event()
    for viewer in (party.ben, party.kim):
        party.join(event, viewer)
    assert events.gathered(party.ben, card(party.ben, event)) is None
    first = party.items["ben"][0]
    events.contribute_items(party.ben, event.pid, [first.pid])
    events.contribute_items(party.anna, event.pid, [party.items["anna"][0].pid])
    dropped = party.drop(party.guest(event))
    assert seen(party.ben, event) == [first.id], "it waits, and he finds it"
    assert seen(party.kim, event) == []
    assert seen(party.anna, event) == [party.items["anna"][0].id]
    assert dropped.owner_id == party.anna.user_id, "hers, and not brought by her"
    pid = f"in.{event.collection.pid}.{first.pid}"
    for decision in ("approve", "reject"):
        events.decide(party.anna, event.pid, [pid], decision)
        assert seen(party.ben, event) == [first.id]
    events.withdraw_items(party.ben, event.pid, [first.pid])
    assert seen(party.ben, event) == []


def test_what_the_owner_put_in_of_others_was_not_brought_by_her(party: Party) -> None:
    event = party.event()
    theirs = party.items["kim"][0]
    collection = party.make.collection(User.get_by_id(party.kim.user_id), items=[theirs])
    party.make.grant(party.make.share(collection), user=party.anna.user_id)
    collections.add(party.anna, event.collection.pid, [theirs.pid])
    assert theirs.id in {item.id for item in events.items_of(party.anna, card(party.anna, event))}
    assert seen(party.anna, event) == []


def test_the_way_in_is_a_contribution_and_opens_when_it_is_first_used(party: Party) -> None:
    event = party.event(name="Sea: 1/2")
    party.join(event, party.ben)
    into = events.inbox(party.ben, event.pid)
    assert (into.folder, into.own_only, into.find()) == ("Events/Sea_ 1_2", True, None)
    assert not Grant.select().where(Grant.into == event.collection_id).exists(), "asking makes nothing"
    made = into.make()
    assert (made.owner_id, made.purpose) == (party.ben.user_id, "contribution")
    assert into.find() == into.make() == made
    grant = Grant.get(Grant.collection == made.id)
    assert (grant.into_id, grant.share.may_download, grant.share.shows_place) == (
        event.collection_id, True, False,
    )  # fmt: skip
    mine = events.inbox(party.anna, event.pid)
    assert mine.find() == mine.make() == Collection.get_by_id(event.collection_id)


def test_nothing_comes_in_once_it_is_over_or_only_to_be_looked_at(party: Party) -> None:
    event = party.event()
    party.join(event, party.ben)
    with pytest.raises(NotFound):
        events.inbox(party.kim, event.pid)
    into = events.inbox(party.ben, event.pid)
    party.events.change(party.anna, event.pid, {"guests": "view"})
    for ask in (into.find, into.make, lambda: events.inbox(party.ben, event.pid)):
        with pytest.raises(Conflict, match="only its organisers"):
            ask()
    assert events.inbox(party.anna, event.pid).find() is not None
    party.events.close(party.anna, event.pid)
    for ask in (into.find, into.make):
        with pytest.raises(Conflict, match="over"):
            ask()
    with pytest.raises(Conflict):
        events.inbox(party.anna, event.pid)
