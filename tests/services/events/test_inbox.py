"""The inbox of an event for one person: what they brought, and the way in."""

import pytest

from services import clock, collections, events
from services.errors import Conflict, NotFound, UsageError
from services.events import Card
from services.models import Arrival, Collection, Event, EventPerson, Grant, Item, Storage, Upload, User
from services.viewers import Viewer
from tests.services.events.household import Party, pids, sees

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


def disk_of(party: Party, viewer: Viewer, *, writable: bool = True) -> Storage:
    """A storage of theirs to which their files go."""
    user = User.get_by_id(viewer.user_id)
    made = party.make.storage(user, "Own", kind="memory", writable=writable)
    User.update(default_storage_id=made.id).where(User.id == user.id).execute()
    return made


def sent(party: Party, viewer: Viewer, event: Event) -> Upload:
    """A file that a person sent to an event, as it is begun."""
    target = events.own_target(viewer, party.filing, event.pid)
    return Upload.create(
        pid=f"up{Upload.select().count()}", user=target.user, event=target.event, storage=target.storage,
        folder=target.folder, name="a.jpg", size=1, node="here", created_at=clock.now(), expires_at=clock.now(),
    )  # fmt: skip


def test_files_go_to_a_storage_of_ones_own(party: Party) -> None:
    event = party.event(name="Sea: 1/2")
    party.join(event, party.ben)
    with pytest.raises(UsageError, match="in your settings"):
        events.own_target(party.ben, party.filing, event.pid)
    own = disk_of(party, party.ben)
    target = events.own_target(party.ben, party.filing, event.pid)
    assert (target.user, target.guest, target.event) == (party.ben.user_id, None, event.id)
    assert (target.storage, target.folder) == (own, "Events/Sea_ 1_2")
    assert target.folder == events.inbox(party.ben, event.pid).folder, "as over the network drive"
    named = events.own_target(party.ben, party.filing, event.pid, storage=own.pid, folder="a/b")
    assert (named.storage, named.folder, named.event) == (own, "a/b", event.id)
    with pytest.raises(NotFound):
        events.own_target(party.ben, party.filing, event.pid, storage=party.storage.pid)
    Storage.update(writable=False).where(Storage.id == own.id).execute()
    with pytest.raises(UsageError, match="open for writing"):
        events.own_target(party.ben, party.filing, event.pid)


def test_only_who_may_contribute_sends_files(party: Party) -> None:
    event = party.event()
    disk_of(party, party.ben)
    with pytest.raises(NotFound):
        events.own_target(party.ben, party.filing, event.pid)
    visit = party.guest(event)
    with pytest.raises(NotFound):
        events.own_target(visit.viewer, party.filing, event.pid)
    party.join(event, party.ben)
    party.events.change(party.anna, event.pid, {"guests": "view"})
    with pytest.raises(Conflict, match="only its organisers"):
        events.own_target(party.ben, party.filing, event.pid)
    party.events.change(party.anna, event.pid, {"guests": "contribute"})
    party.events.close(party.anna, event.pid)
    with pytest.raises(Conflict, match="over"):
        events.own_target(party.ben, party.filing, event.pid)


def test_what_was_sent_waits_as_every_contribution_does(party: Party) -> None:
    event = party.event()
    lou = party.guest(event)
    for viewer in (party.ben, party.kim):
        disk_of(party, viewer)
        party.join(event, viewer)
    item, childs = party.items["ben"][0], party.items["kim"][0]
    assert events.landed(sent(party, party.ben, event), item, False) == ""
    assert events.landed(sent(party, party.kim, event), childs, True) == "", "known is their own all the same"
    assert {each.state for each in Arrival.select()} == {"pending"}
    assert sees(lou.viewer) == set()
    collection = event.collection.pid
    events.decide(
        party.anna, event.pid, [f"in.{collection}.{each.pid}" for each in (item, childs)], "approve"
    )
    assert sees(lou.viewer) == pids(item), "no guest sees what is a child's"
    assert pids(item, childs) <= sees(party.ben)
    grant = Grant.get(Grant.owner == party.ben.user_id)
    assert (grant.into_id, grant.share.may_download, grant.share.shows_place) == (
        event.collection_id, True, False,
    )  # fmt: skip
    assert Item.get_by_id(item.id).contributed_by_id is None


def test_what_its_owner_sends_is_in_the_event(party: Party) -> None:
    event = party.event()
    lou = party.guest(event)
    disk_of(party, party.anna)
    assert events.landed(sent(party, party.anna, event), party.items["anna"][0], False) == ""
    assert sees(lou.viewer) == pids(party.items["anna"][0])


@pytest.mark.parametrize("how", ["closed", "ran out", "left", "taken out", "came again", "looks", "disabled"])
def test_what_comes_too_late_stays_their_own_and_they_are_told(party: Party, how: str) -> None:
    event = party.event(approval="none")
    lou = party.guest(event)
    party.join(event, party.ben)
    disk_of(party, party.ben)
    upload, item = sent(party, party.ben, event), party.items["ben"][0]
    if how == "closed":
        party.events.close(party.anna, event.pid)
    elif how == "ran out":
        Event.update(expires_at=clock.now() - 1).execute()
    elif how == "taken out":
        events.remove(party.anna, event.pid, "ben")
    elif how == "looks":
        party.events.change(party.anna, event.pid, {"guests": "view"})
    elif how == "disabled":
        User.update(active=False).where(User.id == party.ben.user_id).execute()
    else:
        events.leave(party.ben, event.pid)
        if how == "came again":  # what they had been sending before went along when they left
            party.join(event, party.ben)
            assert EventPerson.get(EventPerson.user == party.ben.user_id).left_at is None
    told = events.landed(upload, item, False)
    assert told == {
        "closed": "This event is over: nothing comes in any more.",
        "ran out": "This event is over: nothing comes in any more.",
        "looks": "At this event only its organisers bring pictures.",
    }.get(how, "It is in your storage alone: you left this event meanwhile.")
    assert not Arrival.select().exists()
    assert not Grant.select().where(Grant.into == event.collection_id).exists()
    assert item.pid not in sees(lou.viewer) | sees(party.anna)
