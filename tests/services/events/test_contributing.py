"""What people bring by reference: what is shown of it, to whom, until when, and how it ends."""

import pytest

from services import access, catalogue, clock, collections, events, sharing
from services.collections import Draft
from services.errors import Conflict, NotFound, UsageError
from services.filters import FilterError
from services.matching import rematch
from services.models import Collection, Item, User, transaction
from tests.services.events.household import Party, grants_into, pids, sees

pytestmark = pytest.mark.db


def approve_all(party: Party, pid: str) -> None:
    waiting = [each.approval for each in events.board(party.anna, pid).arrived]
    events.decide(party.anna, pid, waiting, "approve")


def test_a_collection_waits_and_is_shown_when_approved(party: Party) -> None:
    event = party.event()
    visit = party.guest(event)
    party.join(event, party.ben)
    mine = collections.create(party.ben, Draft("Lake"))
    collections.add(party.ben, mine.pid, [party.items["ben"][0].pid])
    grant = events.contribute_collection(party.ben, event.pid, mine.pid)
    assert grant.expires_at == event.expires_at
    assert sees(visit.viewer) == set()
    assert sees(party.anna) == pids(*party.items["anna"])
    (one,) = events.contributions(party.ben, event.pid)
    assert (one.name, one.single, one.waiting, one.shown) == ("Lake", False, 1, 0)
    approve_all(party, event.pid)
    assert sees(visit.viewer) == pids(party.items["ben"][0])
    assert events.contributions(party.ben, event.pid)[0].shown == 1
    with pytest.raises(Conflict):
        events.contribute_collection(party.ben, event.pid, mine.pid)


def test_the_place_and_the_original_are_kept_back_unless_both_sides_give_them(party: Party) -> None:
    event = party.event(approval="none", place=True, download=True)
    visit = party.guest(event)
    party.join(event, party.ben)
    events.contribute_items(party.ben, event.pid, [party.items["ben"][0].pid], download=False)
    rights = access.rights(visit.viewer, party.items["ben"][0])
    assert (rights.download, rights.place, rights.reshare) == (False, False, False)


def test_a_dynamic_collection_goes_on_to_bring(party: Party) -> None:
    event = party.event(approval="none")
    visit = party.guest(event)
    party.join(event, party.ben)
    mine = collections.create(party.ben, Draft("Cats", query="name:cat*"), {"require_labelled": False})
    events.contribute_collection(party.ben, event.pid, mine.pid)
    assert sees(visit.viewer) == set()
    cat = party.make.item(User.get_by_id(party.ben.user_id), "cat.jpg", taken=9)
    with transaction():
        rematch([cat.id])
    assert sees(visit.viewer) == pids(cat)


def test_single_pictures_of_ones_own_only(party: Party) -> None:
    event = party.event(approval="none")
    visit = party.guest(event)
    party.join(event, party.ben)
    assert events.contribute_items(party.ben, event.pid, [i.pid for i in party.items["ben"]]) == 2
    assert events.contribute_items(party.ben, event.pid, [party.items["ben"][0].pid]) == 0
    assert len(grants_into(event)) == 1
    assert sees(visit.viewer) == pids(*party.items["ben"])
    with pytest.raises(NotFound):
        events.contribute_items(party.ben, event.pid, [party.items["kim"][0].pid])
    events.contribute_items(party.anna, event.pid, [party.items["anna"][0].pid])
    with pytest.raises(UsageError):  # seen by the event, and not Ben's to pass on
        events.contribute_items(party.ben, event.pid, [party.items["anna"][0].pid])
    with pytest.raises(UsageError):
        events.contribute_items(party.ben, event.pid, [])
    assert collections.cards(party.ben) == []
    assert events.withdraw_items(party.ben, event.pid, [party.items["ben"][0].pid]) == 1
    assert sees(visit.viewer) == pids(party.items["ben"][1], party.items["anna"][0])


def test_taking_a_contribution_back_ends_it_at_once(party: Party) -> None:
    event = party.event(approval="none")
    visit = party.guest(event)
    party.join(event, party.ben)
    events.contribute_items(party.ben, event.pid, [party.items["ben"][0].pid])
    (one,) = events.contributions(party.ben, event.pid)
    with pytest.raises(NotFound):
        events.withdraw_contribution(party.anna, event.pid, one.grant.pid)
    events.withdraw_contribution(party.ben, event.pid, one.grant.pid)
    assert sees(visit.viewer) == set()
    assert events.contributions(party.ben, event.pid) == []
    with pytest.raises(NotFound):
        events.withdraw_contribution(party.ben, event.pid, one.grant.pid)


def test_what_was_rejected_stays_so_when_it_is_contributed_again(party: Party) -> None:
    event = party.event()
    visit = party.guest(event)
    party.join(event, party.ben)
    item = party.items["ben"][0]
    events.contribute_items(party.ben, event.pid, [item.pid])
    (waits,) = events.board(party.anna, event.pid).arrived
    events.decide(party.anna, event.pid, [waits.approval], "reject")
    (one,) = events.contributions(party.ben, event.pid)
    assert one.rejected == 1
    events.withdraw_contribution(party.ben, event.pid, one.grant.pid)
    events.contribute_items(party.ben, event.pid, [item.pid])
    assert sees(visit.viewer) == set()
    assert events.board(party.anna, event.pid, "rejected").arrived


def test_who_is_not_there_brings_nothing(party: Party) -> None:
    event, other = party.event(), party.event(name="Other", guests="view")
    party.join(other, party.ben)
    with pytest.raises(NotFound):
        events.contribute_items(party.ben, event.pid, [party.items["ben"][0].pid])
    with pytest.raises(Conflict):
        events.contribute_items(party.ben, other.pid, [party.items["ben"][0].pid])
    assert not Collection.select().where(Collection.purpose == "contribution").exists()


def test_nothing_comes_in_when_it_is_over(party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    event = party.event(expires=clock.now() + clock.HOUR)
    party.join(event, party.ben)
    monkeypatch.setattr(clock, "source", lambda: event.expires_at / 1_000_000)
    with pytest.raises(Conflict):
        events.contribute_items(party.ben, event.pid, [party.items["ben"][0].pid])
    with pytest.raises(Conflict):
        events.contribute_items(party.anna, event.pid, [party.items["anna"][0].pid])


def test_organisers_are_not_asked_about_their_own(party: Party) -> None:
    event = party.event()
    visit = party.guest(event)
    mine = collections.create(party.anna, Draft("Lake"))
    collections.add(party.anna, mine.pid, [party.items["anna"][0].pid])
    events.contribute_collection(party.anna, event.pid, mine.pid)
    events.contribute_items(party.anna, event.pid, [party.items["anna"][1].pid])
    assert sees(visit.viewer) == pids(*party.items["anna"])
    assert events.withdraw_items(party.anna, event.pid, [party.items["anna"][1].pid]) == 1
    assert sees(visit.viewer) == pids(party.items["anna"][0])


def test_nor_is_a_second_organiser(party: Party) -> None:
    """The approval is theirs to give; who only takes part, or organises something else, is asked."""
    event = party.event()
    visit = party.guest(event)
    party.join(event, party.ben)
    other = party.event(name="Other")
    party.join(other, party.ben)
    events.name_organiser(party.anna, other.pid, "ben")
    one, two = party.items["ben"]
    events.contribute_items(party.ben, event.pid, [one.pid])
    assert sees(visit.viewer) == set()
    events.name_organiser(party.anna, event.pid, "ben")
    events.contribute_items(party.ben, event.pid, [two.pid])
    lake = collections.create(party.ben, Draft("Lake"))
    collections.add(party.ben, lake.pid, [two.pid])
    events.contribute_collection(party.ben, event.pid, lake.pid)
    assert sees(visit.viewer) == pids(two)  # what waited before still does: they decide about it
    events.remove(party.anna, event.pid, "ben")
    party.join(event, party.ben)
    three = party.make.item(User.get_by_id(party.ben.user_id), taken=9)
    events.contribute_items(party.ben, event.pid, [three.pid])
    assert three.pid not in sees(visit.viewer)


def test_what_waits_can_be_searched_for_by_whose_it_is(party: Party) -> None:
    event = party.event()
    party.join(event, party.ben)
    one, two = party.items["ben"]

    def found(q: str, who: str = "ben") -> set[str]:
        return {item.pid for item in catalogue.page(getattr(party, who), q).items}

    events.contribute_items(party.ben, event.pid, [one.pid])
    assert (found("is:pending"), found("is:approved")) == (pids(one), set())
    assert found("-is:pending") == pids(two)
    approve_all(party, event.pid)
    assert (found("is:pending"), found("is:approved")) == (set(), pids(one))
    assert found("owner:ben", "anna") == pids(one)
    for q in ("is:approved", "is:pending", "owner:ben -is:pending", "owner:ben -is:approved"):
        assert found(q, "anna") == set(), "of what is somebody else's nobody knows"
    events.withdraw_items(party.ben, event.pid, [one.pid])
    assert found("is:approved") == set()
    with pytest.raises(FilterError):
        collections.create(party.ben, Draft("Pending", query="is:pending"))


def test_a_drop_box_shows_nobody_but_its_organisers_what_is_in_it(party: Party) -> None:
    event = party.event(guests="drop", approval="none")
    visit = party.guest(event)
    party.join(event, party.ben)
    party.join(event, party.kim)
    events.contribute_items(party.ben, event.pid, [party.items["ben"][0].pid])
    assert sees(party.kim) == pids(*party.items["kim"])
    assert sees(visit.viewer) == set()
    assert party.items["ben"][0].pid in sees(party.anna)
    assert events.get(party.kim, event.pid).size == 0


def test_an_item_its_owner_withdraws_is_gone_from_the_event(party: Party) -> None:
    event = party.event(approval="none")
    visit = party.guest(event)
    party.join(event, party.ben)
    item = party.items["ben"][0]
    events.contribute_items(party.ben, event.pid, [item.pid])
    sharing.withdraw(party.ben, [item.pid])
    assert sees(visit.viewer) == set()
    assert Item.get_by_id(item.id).trashed_at is None


def test_it_is_foreseen_as_it_comes(party: Party) -> None:
    event = party.event(approval="none")
    party.join(event, party.ben)
    made = collections.create(party.ben, Draft("Lake"))
    collections.add(party.ben, made.pid, [item.pid for item in party.items["ben"]])
    before = events.foresee(party.ben, event.pid, collection=made.pid)
    assert (before.name, before.number, before.goes_on) == ("Lake", 2, False)
    assert events.contributions(party.ben, event.pid) == []
    assert grants_into(event) == []
    events.contribute_collection(party.ben, event.pid, made.pid)
    came = set(events.items_of(party.anna, events.get(party.anna, event.pid)))
    assert {item.pid for item in came} == {item.pid for item in before.items} == pids(*party.items["ben"])
    with pytest.raises(Conflict):
        events.foresee(party.ben, event.pid, collection=made.pid)


def test_only_what_is_ones_own_is_foreseen(party: Party) -> None:
    event = party.event()
    party.join(event, party.ben)
    events.contribute_items(party.anna, event.pid, [party.items["anna"][0].pid])
    made = collections.create(party.ben, Draft("Mixed"))
    both = [party.items["anna"][0].pid, party.items["ben"][0].pid]
    collections.add(party.ben, made.pid, both)  # he sees both: one of them is only shown to him
    found = events.foresee(party.ben, event.pid, collection=made.pid)
    assert (found.number, {i.pid for i in found.items}) == (1, pids(party.items["ben"][0]))
    with pytest.raises(UsageError):
        events.foresee(party.ben, event.pid, items=both)
    with pytest.raises(UsageError):
        events.contribute_items(party.ben, event.pid, both)
    with pytest.raises(NotFound):
        events.contribute_items(party.ben, event.pid, [party.items["kim"][0].pid])
    with pytest.raises(NotFound):
        events.foresee(party.anna, event.pid, collection=made.pid)
    with pytest.raises(NotFound):
        events.contribute_collection(party.anna, event.pid, made.pid)
    with pytest.raises(UsageError):
        events.contribute_items(party.ben, event.pid, [])


def test_a_query_goes_on(party: Party) -> None:
    event = party.event()
    party.join(event, party.ben)
    made = collections.create(party.ben, Draft("Lake", query="type:photo"))
    assert events.foresee(party.ben, event.pid, collection=made.pid).goes_on


def test_the_collections_of_events_are_not_contributed(party: Party) -> None:
    event, other = party.event(), party.event(name="Other")
    pid = Collection.get_by_id(other.collection_id).pid
    for act in (
        lambda: events.contribute_collection(party.anna, event.pid, pid),
        lambda: events.foresee(party.anna, event.pid, collection=pid),
    ):
        with pytest.raises(NotFound):
            act()


def test_where_one_may_bring_pictures(party: Party) -> None:
    looking, closed, brings = party.event(guests="view"), party.event(name="Over"), party.event(name="Other")
    for event in (looking, closed, brings):
        party.join(event, party.ben)
    party.events.close(party.anna, closed.pid)
    assert events.open_to(party.ben) == [brings]
    assert events.open_to(party.anna) == [brings, looking]
    assert events.open_to(party.kim) == events.open_to(party.guest(brings).viewer) == []


def test_nothing_is_foreseen_where_nothing_may_come_in(party: Party) -> None:
    looking, closed, strange = party.event(guests="view"), party.event(name="Over"), party.event(name="Other")
    for event in (looking, closed):
        party.join(event, party.ben)
    party.events.close(party.anna, closed.pid)
    for event, error in ((looking, Conflict), (closed, Conflict), (strange, NotFound)):
        with pytest.raises(error):
            events.foresee(party.ben, event.pid, items=[party.items["ben"][0].pid])
    assert events.foresee(party.anna, looking.pid, items=[party.items["anna"][0].pid]).number == 1


def test_what_is_taken_back_waits_for_nobody(party: Party) -> None:
    event = party.event()
    party.join(event, party.ben)
    mine = collections.create(party.ben, Draft("Lake"))
    collections.add(party.ben, mine.pid, [item.pid for item in party.items["ben"]])
    events.contribute_collection(party.ben, event.pid, mine.pid)
    assert events.get(party.anna, event.pid).waiting == 2
    collections.remove(party.ben, mine.pid, [party.items["ben"][0].pid])
    (given,) = events.contributions(party.ben, event.pid)
    assert given.waiting == events.get(party.anna, event.pid).waiting == 1
    events.withdraw_contribution(party.ben, event.pid, given.grant.pid)
    assert events.get(party.anna, event.pid).waiting == 0


def test_it_is_told_how_many_are_labelled_private(party: Party) -> None:
    event = party.event()
    party.join(event, party.ben)
    mine = collections.create(party.ben, Draft("Lake"))
    ids = [item.pid for item in party.items["ben"]]
    collections.add(party.ben, mine.pid, ids)
    assert events.foresee(party.ben, event.pid, collection=mine.pid).private == 0
    catalogue.edit(party.ben, ids[0], {"labels": ["private"]})
    assert events.foresee(party.ben, event.pid, collection=mine.pid).private == 1
    assert [events.foresee(party.ben, event.pid, items=[i]).private for i in ids] == [1, 0]
