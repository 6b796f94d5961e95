"""What may be freed after an event: what lies in its owner's storage because of it, and nothing she holds on to."""

import pytest

from services import clock, collections, events, sharing
from services.collections import Draft
from services.errors import Conflict, NotFound
from services.events import FREE, Freeing
from services.events.expiring import close_due
from services.events.freeing import REASON
from services.models import Asset, CollectionItem, Event, File, Item, Storage, Trash, User
from services.viewers import Viewer
from tests.services.events.household import Party, run

pytestmark = pytest.mark.db


def shown(party: Party, event: Event) -> list[Item]:
    """Anna's own two pictures, which came after the event was made, stored and put in."""
    Item.update(created_at=event.created_at).where(Item.owner == event.owner_id).execute()
    for item in party.items["anna"]:
        if not Asset.select().where(Asset.item == item.id).exists():
            party.store(item)
    events.contribute_items(party.anna, event.pid, [item.pid for item in party.items["anna"]])
    return party.items["anna"]


def close(party: Party, event: Event) -> None:
    party.events.close(party.anna, event.pid)


def free(party: Party, event: Event) -> list[str]:
    """Free what is proposed; answers the names of what went."""
    events.free(party.anna, event.pid, party.jobs)
    run(party.jobs, FREE, Freeing(party.filing).run)
    gone = Item.select(Item.name).where(Item.trashed_at.is_null(False)).order_by(Item.id)
    return [name for (name,) in gone.tuples()]


def test_what_it_showed_and_what_guests_dropped(party: Party) -> None:
    event = party.event(approval="none")
    mine = shown(party, event)
    dropped = party.drop(party.guest(event))
    private = party.make.item(User.get_by_id(party.anna.user_id))
    party.store(private)
    close(party, event)
    proposal = events.propose(party.anna, event.pid)
    assert (proposal.items, proposal.size, proposal.kept, proposal.fixed) == (3, 30, 0, 0)
    assert proposal.storages == [("Disk", 3, 30)]
    assert free(party, event) == [item.name for item in (*mine, dropped)]
    assert {entry.reason for entry in Trash.select()} == {REASON}
    assert events.propose(party.anna, event.pid).items == 0
    assert Item.get_by_id(private.id).trashed_at is None


def test_its_owner_is_told_until_she_has_decided(party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    party.event(name="Nothing")
    event = party.event(approval="none", expires=clock.now() + clock.HOUR)
    shown(party, event)
    events.name_organiser(party.anna, event.pid, "ben")

    def told(viewer: Viewer) -> list[tuple[str, int, int]]:
        return [(card.event.name, found.items, found.size) for card, found in events.undecided(viewer)]

    assert told(party.anna) == [], "it is open"
    monkeypatch.setattr(clock, "source", lambda: (event.expires_at + 1) / clock.SECOND)
    assert told(party.anna) == [("Wedding", 2, 20)], "its time is over, and nobody has said so in its row yet"
    close_due()
    assert told(party.anna) == [("Wedding", 2, 20)]
    assert told(party.ben) == told(party.kim) == [], "it is not theirs"
    party.events.archive(party.anna, event.pid)
    assert told(party.anna) == [], "she keeps them"
    party.events.archive(party.anna, event.pid, archived=False)
    events.free(party.anna, event.pid, party.jobs)
    assert told(party.anna) == [], "she has said so, and it is done in a moment"
    run(party.jobs, FREE, Freeing(party.filing).run)
    assert told(party.anna) == []


def test_not_while_it_is_open_and_not_by_others(party: Party) -> None:
    event = party.event()
    events.name_organiser(party.anna, event.pid, "ben")
    for viewer, error in ((party.anna, Conflict), (party.ben, NotFound), (party.kim, NotFound)):
        with pytest.raises(error):
            events.propose(viewer, event.pid)
        with pytest.raises(error):
            events.free(viewer, event.pid, party.jobs)
    close(party, event)
    with pytest.raises(NotFound):
        events.free(party.ben, event.pid, party.jobs)


@pytest.mark.parametrize(
    "hold",
    [
        "favourite",
        "collection",
        "dynamic",
        "another event",
        "brought to another",
        "shared",
    ],
)
def test_what_she_holds_on_to_stays(party: Party, hold: str) -> None:
    event, other = party.event(approval="none"), party.event(name="Other", approval="none")
    kept, goes = shown(party, event)
    if hold == "favourite":
        Item.update(favourite=True).where(Item.id == kept.id).execute()
    elif hold == "collection":
        made = collections.create(party.anna, Draft("Best"))
        collections.add(party.anna, made.pid, [kept.pid])
    elif hold == "dynamic":
        collections.create(party.anna, Draft("Best", query=f"name:{kept.name}"), {"require_labelled": False})
    elif hold == "another event":
        events.contribute_items(party.anna, other.pid, [kept.pid])
    elif hold == "brought to another":
        bens = party.events.make(party.ben, {"name": "Ben's"})
        door = party.events.doors.show(party.ben, bens.pid)
        assert door is not None
        party.events.doors.join(party.anna, door.token, ip="203.0.113.7")
        events.contribute_items(party.anna, bens.pid, [kept.pid])
    else:
        made = collections.create(party.anna, Draft("For Ben"))
        collections.add(party.anna, made.pid, [kept.pid])
        sharing.offer(party.anna, made.pid, {"user": "ben"}, sharing.Terms())
    close(party, event)
    assert (events.propose(party.anna, event.pid).items, events.propose(party.anna, event.pid).kept) == (1, 1)
    assert free(party, event) == [goes.name]


def test_what_only_held_it_before_does_not(party: Party) -> None:
    event, other = party.event(), party.event(name="Other")
    kept, goes = shown(party, event)
    events.contribute_items(party.anna, other.pid, [kept.pid])
    made = collections.create(party.anna, Draft("Best"))
    collections.add(party.anna, made.pid, [goes.pid])
    close(party, event)
    assert events.propose(party.anna, event.pid).items == 0
    close(party, other)
    collections.delete(party.anna, made.pid)
    assert free(party, event) == [kept.name, goes.name]


def test_what_she_had_before_a_guest_brought_it_is_not_proposed(party: Party) -> None:
    """As it was in a catalogue where the same bytes were one item, hers."""
    event = party.event(approval="none")
    mine, dropped = (party.drop(party.guest(event)) for _ in range(2))
    Item.update(contributed_by_id=None).where(Item.id == mine.id).execute()
    close(party, event)
    assert (events.propose(party.anna, event.pid).items, events.propose(party.anna, event.pid).kept) == (1, 0)
    assert free(party, event) == [dropped.name]


def test_what_she_had_before_she_made_the_event_is_not_proposed(party: Party) -> None:
    event = party.event()
    first, second = shown(party, event)
    Item.update(created_at=event.created_at - 1).where(Item.id == first.id).execute()
    close(party, event)
    proposal = events.propose(party.anna, event.pid)
    assert (proposal.items, proposal.kept) == (1, 1)
    assert free(party, event) == [second.name]


def test_what_lies_at_a_second_place_is_not_proposed(party: Party) -> None:
    """Also what a guest dropped: she has got the same bytes by herself since."""
    event = party.event(approval="none")
    first, second = shown(party, event)
    dropped = party.drop(party.guest(event))
    for item in (first, dropped):
        party.make.file(party.storage, f"own {item.name}", asset=Asset.get(Asset.item == item.id))
    close(party, event)
    proposal = events.propose(party.anna, event.pid)
    assert (proposal.items, proposal.kept) == (1, 2)
    assert free(party, event) == [second.name]
    File.update(presence="missing", absent_since=1).where(File.name.startswith("own")).execute()
    assert events.propose(party.anna, event.pid).items == 2, "a place where it is no more holds nothing"


def test_what_others_brought_is_theirs(party: Party) -> None:
    event = party.event(approval="none")
    party.join(event, party.ben)
    bens = party.items["ben"][0]
    events.contribute_items(party.ben, event.pid, [bens.pid])
    close(party, event)
    assert events.propose(party.anna, event.pid).items == 0
    assert free(party, event) == []


def test_what_lies_in_a_storage_for_reading_stays(party: Party) -> None:
    event = party.event(storage=None)
    fixed, goes = shown(party, event)
    other = party.make.storage(User.get_by_id(party.anna.user_id), "Fixed", kind="memory")
    File.update(storage=other.id).where(File.asset == Asset.get(Asset.item == fixed.id)).execute()
    close(party, event)
    proposal = events.propose(party.anna, event.pid)
    assert (proposal.items, proposal.fixed, proposal.kept) == (1, 1, 0)
    assert proposal.storages == [("Disk", 1, 10)]
    assert free(party, event) == [goes.name]
    Storage.update(writable=False).execute()
    assert events.propose(party.anna, event.pid).storages == []


def test_what_she_takes_hold_of_while_it_runs_stays(party: Party) -> None:
    event = party.event()
    first, second = shown(party, event)
    close(party, event)
    events.free(party.anna, event.pid, party.jobs)

    whole = party.filing.delete_item

    def delete(viewer: object, pid: str, *, reason: str = "") -> object:
        Item.update(favourite=True).where(Item.id == second.id).execute()
        return whole(viewer, pid, reason=reason)  # type: ignore[arg-type]  # handed on

    party.filing.delete_item = delete  # type: ignore[method-assign,assignment]  # a hand between
    assert run(party.jobs, FREE, Freeing(party.filing).run) == {"items": 1}
    assert Item.get_by_id(first.id).trashed_at is not None
    assert Item.get_by_id(second.id).trashed_at is None


def test_twice_is_once(party: Party) -> None:
    event = party.event()
    shown(party, event)
    close(party, event)
    first = events.free(party.anna, event.pid, party.jobs)
    assert events.free(party.anna, event.pid, party.jobs) == first
    assert run(party.jobs, FREE, Freeing(party.filing).run) == {"items": 2}
    assert free(party, event) == [item.name for item in party.items["anna"]]
    assert Trash.select().count() == 2
    assert CollectionItem.select().count() == 2
