"""Who is at an event, how they come, and that whoever leaves takes along what they brought."""

from pathlib import Path

import pytest

from services import access, accounts, clock, events, sharing
from services.errors import Conflict, NotFound, UsageError
from services.models import EventPerson, Guest, User, transaction
from services.revocations import Journal
from services.sharing import LinkEnded
from services.sharing.purging import KEPT
from tests.services.events.household import Party, grants_into, pids, sees
from tests.services.events.test_doors import secret_of

pytestmark = pytest.mark.db


def test_everybody_is_listed_for_its_organisers_only(party: Party) -> None:
    event = party.event(approval="none")
    visit = party.guest(event)
    party.join(event, party.ben)
    events.contribute_items(party.ben, event.pid, [i.pid for i in party.items["ben"]])
    party.drop(visit)
    found = events.attendees(party.anna, event.pid)
    assert [(a.name, a.role, a.items) for a in found] == [
        ("Anna", "organiser", 0), ("Ben", "participant", 2), ("Lou", "guest", 1),
    ]  # fmt: skip
    for viewer in (party.ben, party.kim, visit.viewer):
        with pytest.raises(NotFound):
            events.attendees(viewer, event.pid)


def test_who_leaves_takes_along_what_they_brought(party: Party, data: Path) -> None:
    event = party.event(approval="none")
    party.join(event, party.ben)
    visit = party.guest(event)
    events.contribute_items(party.ben, event.pid, [party.items["ben"][0].pid])
    assert sees(visit.viewer) == pids(party.items["ben"][0])
    events.leave(party.ben, event.pid)
    assert sees(visit.viewer) == set()
    assert grants_into(event) == []
    assert events.cards(party.ben) == []
    with pytest.raises(NotFound):
        events.leave(party.ben, event.pid)
    with transaction():
        EventPerson.update(left_at=None).execute()
    assert Journal(data).replay() == 1
    assert events.cards(party.ben) == []
    party.join(event, party.ben)
    assert events.cards(party.ben)
    assert grants_into(event) == []


def test_who_comes_back_stays_after_a_restart(party: Party, data: Path) -> None:
    event = party.event()
    visit = party.guest(event, "Ben")
    party.join(event, party.ben)
    events.leave(party.ben, event.pid)
    events.join_as(visit.viewer, party.ben)
    assert Journal(data).replay() == 0
    assert [card.role for card in events.cards(party.ben)] == ["participant"]


def test_who_comes_back_by_the_door_stays_after_a_restart(party: Party, data: Path) -> None:
    event = party.event()
    party.join(event, party.ben)
    events.leave(party.ben, event.pid)
    party.join(event, party.ben)
    assert Journal(data).replay() == 0
    assert [card.role for card in events.cards(party.ben)] == ["participant"]


def test_its_owner_closes_it_instead(party: Party) -> None:
    event = party.event()
    with pytest.raises(Conflict):
        events.leave(party.anna, event.pid)
    with pytest.raises(NotFound):
        events.remove(party.anna, event.pid, "anna")


def test_taking_everything_from_a_person_takes_them_out_of_ones_events(party: Party, data: Path) -> None:
    event, other = party.event(approval="none"), party.event(name="Other")
    party.join(event, party.ben)
    events.name_organiser(party.anna, other.pid, "ben")
    events.contribute_items(party.anna, event.pid, [party.items["anna"][0].pid])
    events.contribute_items(party.ben, event.pid, [party.items["ben"][0].pid])
    assert pids(party.items["anna"][0]) < sees(party.ben)
    receipt = sharing.revoke(party.anna, {"user": "ben"})
    assert receipt.grants == 0
    assert sees(party.ben) == pids(*party.items["ben"])
    assert sees(party.anna) == pids(*party.items["anna"])
    assert events.cards(party.ben) == []
    assert [card.state for card in events.cards(party.anna)] == ["open", "open"]
    with transaction():
        EventPerson.update(left_at=None).execute()
    assert Journal(data).replay() == 2
    assert sees(party.ben) == pids(*party.items["ben"])


def test_and_what_one_brought_to_theirs(party: Party) -> None:
    event = party.event(approval="none")
    party.join(event, party.ben)
    events.contribute_items(party.ben, event.pid, [party.items["ben"][0].pid])
    assert sharing.revoke(party.ben, {"user": "anna"}).grants == 1
    assert sees(party.anna) == pids(*party.items["anna"])
    assert events.cards(party.ben), "who takes part goes on to"


def test_organisers_remove_who_takes_part(party: Party) -> None:
    event = party.event(approval="none")
    party.join(event, party.ben)
    events.contribute_items(party.ben, event.pid, [party.items["ben"][0].pid])
    with pytest.raises(NotFound):
        events.remove(party.ben, event.pid, "ben")
    for login in ("nobody", "kim"):
        with pytest.raises(NotFound):
            events.remove(party.anna, event.pid, login)
    events.remove(party.anna, event.pid, "ben")
    assert events.cards(party.ben) == []
    assert sees(party.anna) == pids(*party.items["anna"])


def test_a_second_organiser_does_what_the_first_does(party: Party) -> None:
    event = party.event()
    visit = party.guest(event)
    item = party.drop(visit)
    for login, why in (("nobody", "called"), ("kim", "adults")):
        with pytest.raises(UsageError, match=why):
            events.name_organiser(party.anna, event.pid, login)
    assert item.pid not in sees(party.ben)
    events.name_organiser(party.anna, event.pid, "Ben")
    (waits,) = events.board(party.ben, event.pid).arrived
    assert access.get_item(party.ben, item.pid) == item
    events.decide(party.ben, event.pid, [waits.approval], "approve")
    assert item.pid in sees(party.ben)
    assert sees(visit.viewer) == pids(item)
    party.events.change(party.ben, event.pid, {"name": "Our wedding"})
    party.events.close(party.ben, event.pid)
    assert not access.holds(visit.viewer)


def test_an_organiser_who_left_organises_no_more(party: Party) -> None:
    event = party.event()
    events.name_organiser(party.anna, event.pid, "ben")
    events.leave(party.ben, event.pid)
    party.join(event, party.ben)
    assert [card.role for card in events.cards(party.ben)] == ["participant"]


def test_an_organiser_who_is_a_child_now_takes_part_only(party: Party) -> None:
    event = party.event()
    party.join(event, party.ben)
    events.name_organiser(party.anna, event.pid, "ben")
    ben = User.get(User.login == "ben")
    accounts.change_role(accounts.OPERATOR, ben.pid, role="child", is_admin=False)
    with pytest.raises(NotFound):
        events.organised(party.ben, event.pid)
    assert events.find(party.ben, event.pid).role == "participant"
    anna = User.get(User.login == "anna")
    accounts.change_role(accounts.OPERATOR, anna.pid, role="child", is_admin=False)
    assert events.organised(party.anna, event.pid), "it is hers to close"


def test_what_a_child_showed_outside_the_household_is_gone_from_there(party: Party) -> None:
    event = party.event(approval="none")
    party.join(event, party.ben)
    visit = party.guest(event)
    events.contribute_items(party.anna, event.pid, [party.items["anna"][0].pid])
    own = party.drop(visit)
    assert sees(visit.viewer) == pids(party.items["anna"][0], own)
    User.update(role="child").where(User.login == "anna").execute()
    assert sees(visit.viewer) == set(), "also for who looks at it just now"
    assert party.items["anna"][0].pid in sees(party.ben)


def test_a_guest_is_sent_out(party: Party, data: Path) -> None:
    event, other = party.event(), party.event(name="Other")
    visit, stays = party.guest(event), party.guest(other)
    with pytest.raises(NotFound):
        events.dismiss(party.anna, event.pid, stays.pid)
    with pytest.raises(NotFound):
        events.dismiss(party.ben, event.pid, visit.pid)
    events.dismiss(party.anna, event.pid, visit.pid)
    assert not access.holds(visit.viewer)
    assert access.holds(stays.viewer)
    with pytest.raises(LinkEnded):
        sharing.visit(visit.pid, secret_of(party, visit.pid))
    with transaction():
        Guest.update(ended_at=None).execute()
    assert Journal(data).replay() == 1
    assert not access.holds(visit.viewer)


class TestJoiningAsOneself:
    def test_a_guest_who_signs_in_takes_part(self, party: Party) -> None:
        event = party.event()
        visit = party.guest(event, "B.")
        assert events.join_as(visit.viewer, party.ben) == event
        assert [card.event for card in events.cards(party.ben)] == [event]
        assert Guest.get_by_id(visit.viewer.guest_id).user_id == party.ben.user_id

    def test_not_by_a_link_nor_when_it_is_over(self, party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
        event = party.event(expires=clock.now() + clock.HOUR)
        visit = party.guest(event)
        with pytest.raises(NotFound):
            events.join_as(party.ben, party.ben)
        with pytest.raises(NotFound):
            events.join_as(visit.viewer, visit.viewer)
        monkeypatch.setattr(clock, "source", lambda: event.expires_at / 1_000_000)
        with pytest.raises(Conflict):
            events.join_as(visit.viewer, party.ben)
        assert events.cards(party.ben) == []

    def test_not_who_was_sent_out(self, party: Party) -> None:
        event = party.event()
        visit = party.guest(event)
        events.dismiss(party.anna, event.pid, visit.pid)
        with pytest.raises(NotFound):
            events.join_as(visit.viewer, party.ben)


def test_what_an_organiser_who_was_disabled_shows_is_gone(party: Party) -> None:
    event = party.event()
    visit = party.guest(event)
    events.contribute_items(party.anna, event.pid, [party.items["anna"][0].pid])
    assert sees(visit.viewer)
    User.update(active=False).where(User.id == party.anna.user_id).execute()
    assert sees(visit.viewer) == set()


def test_who_takes_part_names_no_organiser(party: Party) -> None:
    event = party.event()
    party.join(event, party.ben)
    party.make.user("zoe")
    for viewer in (party.ben, party.kim, party.guest(event).viewer):
        for login in ("zoe", "ben", "nobody"):
            with pytest.raises(NotFound):
                events.name_organiser(viewer, event.pid, login)
    assert [a.login for a in events.attendees(party.anna, event.pid) if a.role == "organiser"] == ["anna"]


def test_what_a_child_brings_stays_in_the_household(party: Party) -> None:
    event = party.event(approval="none")
    visit = party.guest(event)
    for viewer in (party.ben, party.kim):
        party.join(event, viewer)
    hers, his, own = party.items["kim"][0], party.items["ben"][0], party.drop(visit)
    events.contribute_items(party.kim, event.pid, [hers.pid])
    events.contribute_items(party.ben, event.pid, [his.pid])
    asset = party.make.asset(hers)
    file = party.make.file(party.make.storage(hers.owner), asset=asset)
    assert sees(visit.viewer) == pids(his, own), "guests are outside"
    assert not access.may_read(visit.viewer, file.id)
    assert {w.event or w.login for w in sharing.audience(party.kim, hers.pid)} == {"anna", "ben"}
    for viewer in (party.anna, party.ben):
        assert hers.pid in sees(viewer)
    User.update(role="adult").where(User.login == "kim").execute()
    assert sees(visit.viewer) == pids(his, own, hers)


def test_a_guest_who_brought_nothing_is_forgotten_thirty_days_after_the_visit(
    party: Party, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older catalogue still knows one who was sent out: the journal ends that visit again."""
    event, time = party.event(expires=None), clock.now()
    monkeypatch.setattr(clock, "source", lambda: time / 1_000_000)
    sent_out, living, left, gave = [party.guest(event, name) for name in ("Out", "In", "Left", "Gave")]
    before = Guest.get(Guest.pid == sent_out.pid)
    party.drop(gave)
    for each in (sent_out, gave):
        events.dismiss(party.anna, event.pid, each.pid)
    sharing.leave_visit(left.viewer)
    time += KEPT
    assert sharing.purge_guests() == 0
    time += clock.SECOND
    assert sharing.purge_guests() == 2
    assert {guest.pid for guest in Guest.select()} == {living.pid, gave.pid}
    before.save(force_insert=True)
    assert Journal(data).replay() == 1
    assert Guest.get_by_id(before.id).ended_at == time - KEPT - clock.SECOND


def test_an_event_that_closed_forgets_its_guests(party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    event, time = party.event(), clock.now()
    monkeypatch.setattr(clock, "source", lambda: time / 1_000_000)
    party.guest(event)
    party.events.close(party.anna, event.pid)
    time += KEPT + clock.SECOND
    assert sharing.purge_guests() == 1
    assert not Guest.select().exists()
