"""The ways in: what opens them, what does not, and that what is dead stays so."""

from pathlib import Path

import pytest

from services import clock, events, sharing
from services.accounts import SignInFailed
from services.accounts.minting import digest, mint
from services.errors import Conflict, NotFound, Throttled, UsageError
from services.events import doors
from services.models import Event, Guest, User, transaction
from services.revocations import Journal
from services.sharing import LinkEnded, guests
from tests.services.events.household import IP, Party, pids, sees

pytestmark = pytest.mark.db


def test_the_token_lets_in_under_a_name(party: Party) -> None:
    event = party.event()
    visit = party.guest(event, "  Lou\u202e  Reed ")
    assert (visit.name, visit.owner, visit.event) == ("Lou Reed", "Anna", event)
    assert visit.ends == event.expires_at
    assert sees(visit.viewer) == set()


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "x" * 61])
def test_nobody_comes_in_without_a_name(party: Party, name: str) -> None:
    with pytest.raises(UsageError) as wrong:
        party.events.doors.enter(party.token(party.event()), name, ip=IP)
    assert wrong.value.field == "name"
    assert not Guest.select().exists()


def test_the_catalogue_has_no_secret_in_it(party: Party) -> None:
    event = party.event()
    door = party.events.doors.show(party.anna, event.pid)
    assert door is not None
    assert door.pin is not None
    row = Event.get_by_id(event.id)
    kept = " ".join(map(str, row.__data__.values())) + bytes(row.sealed).decode("latin-1")
    assert row.secret == digest(door.token)
    assert door.token not in kept
    assert door.pin not in kept


def test_the_short_address_asks_for_the_pin(party: Party) -> None:
    event = party.event()
    door = party.events.doors.show(party.anna, event.pid)
    assert door is not None
    assert door.pin is not None
    assert party.events.doors.look(door.short.lower(), ip=IP) == event
    wrong = f"{(int(door.pin) + 1) % 10**6:06}"
    for pin in ("", wrong, door.pin[:5]):
        with pytest.raises(SignInFailed):
            party.events.doors.enter(door.short, "Lou", pin, ip=IP)
    assert party.events.doors.enter(door.short, "Lou", f"{door.pin[:3]} {door.pin[3:]}", ip=IP)
    assert not party.events.doors.needs_pin(door.token)


def test_who_guesses_pins_is_slowed_down_and_a_hundred_wrong_ones_are_too_many(party: Party) -> None:
    event = party.event()
    door = party.events.doors.show(party.anna, event.pid)
    assert door is not None
    assert door.pin is not None
    wrong = f"{(int(door.pin) + 1) % 10**6:06}"
    for _ in range(6):
        with pytest.raises(SignInFailed):
            party.events.doors.enter(door.short, "Lou", wrong, ip=IP)
    with pytest.raises(Throttled):
        party.events.doors.enter(door.short, "Lou", door.pin, ip=IP)
    assert party.events.doors.enter(door.short, "Lou", door.pin, ip="198.51.100.1")  # nobody else waits
    Event.update(wrong_pins=doors.MOST_WRONG).execute()
    with pytest.raises(Conflict):
        party.events.doors.enter(door.short, "Lou", door.pin, ip="198.51.100.2")
    again = party.events.doors.show(party.anna, event.pid)
    assert again is not None
    assert again.pin is None
    assert party.guest(event)  # the code goes on
    assert party.events.doors.renew(party.anna, event.pid).pin
    assert Event.get_by_id(event.id).wrong_pins == 0


@pytest.mark.parametrize(
    "code", ["", "x", "BBBBBB", "evt", "hyp_evt_x", "an event's", "a link's", "../..", "\0"]
)
def test_what_opens_nothing(party: Party, code: str) -> None:
    code = {"an event's": mint("evt"), "a link's": mint("shr")}.get(code, code)
    event = party.event()
    Event.update(short="CCCCCC").where(Event.id == event.id).execute()
    with pytest.raises(NotFound):
        party.events.doors.look(code, ip=IP)


def test_guessing_addresses_is_slowed_down_but_not_for_who_has_one(party: Party) -> None:
    token = party.token(party.event())
    for _ in range(6):
        with pytest.raises(NotFound):
            party.events.doors.look(mint("evt"), ip=IP)
    with pytest.raises(Throttled):
        party.events.doors.look(mint("evt"), ip=IP)
    assert party.events.doors.look(token, ip=IP)


def test_a_new_door_kills_the_old_one(party: Party) -> None:
    event = party.event()
    old = party.events.doors.show(party.anna, event.pid)
    assert old is not None
    stays = party.guest(event)
    new = party.events.doors.renew(party.anna, event.pid)
    for code in (old.token, old.short):
        with pytest.raises(NotFound):
            party.events.doors.look(code, ip=IP)
    assert party.events.doors.look(new.token, ip=IP) == event
    assert sharing.visit(stays.pid, secret_of(party, stays.pid)).event == event
    party.events.doors.renew(party.anna, event.pid, guests_too=True)
    with pytest.raises(LinkEnded):
        sharing.visit(stays.pid, secret_of(party, stays.pid))


def secret_of(party: Party, pid: str) -> str:
    """A secret that fits this guest: its hash is put in place."""
    secret = mint("gst")
    Guest.update(secret=digest(secret)).where(Guest.pid == pid).execute()
    return secret


def test_an_older_catalogue_does_not_bring_an_old_door_back(party: Party, data: Path) -> None:
    event = party.event()
    before = dict(Event.get_by_id(event.id).__data__)
    old = party.token(event)
    party.events.doors.renew(party.anna, event.pid)
    with transaction():
        Event.update(**{n: before[n] for n in ("secret", "sealed", "short", "pin")}).execute()
    assert Journal(data).replay() == 1
    with pytest.raises(NotFound):
        party.events.doors.look(old, ip=IP)
    assert party.events.doors.show(party.anna, event.pid) is None
    new = party.events.doors.renew(party.anna, event.pid)
    assert Journal(data).replay() == 0
    assert party.events.doors.look(new.token, ip=IP) == event


def test_only_organisers_see_and_change_the_door(party: Party) -> None:
    event = party.event()
    party.join(event, party.ben)
    for viewer in (party.ben, party.kim, party.guest(event).viewer):
        with pytest.raises(NotFound):
            party.events.doors.show(viewer, event.pid)
        with pytest.raises(NotFound):
            party.events.doors.renew(viewer, event.pid)


def test_who_has_the_right_token_is_told_that_it_is_over(
    party: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = party.event(expires=clock.now() + clock.DAY)
    closed = party.event(name="Other")
    tokens = [party.token(event), party.token(closed)]
    party.events.close(party.anna, closed.pid)
    later = clock.now() / 1_000_000 + 86_401
    monkeypatch.setattr(clock, "source", lambda: later)
    for token in tokens:
        with pytest.raises(LinkEnded) as ended:
            party.events.doors.look(token, ip=IP)
        assert ended.value.who == "Anna"
    assert party.events.doors.show(party.anna, event.pid) is None
    with pytest.raises(Conflict):
        party.events.doors.renew(party.anna, event.pid)


def test_the_owner_is_away(party: Party) -> None:
    token = party.token(party.event())
    User.update(active=False).where(User.login == "anna").execute()
    with pytest.raises(LinkEnded) as ended:
        party.events.doors.enter(token, "Lou", ip=IP)
    assert ended.value.why == "away"


def test_a_person_of_the_household_takes_part_by_the_same_door(party: Party) -> None:
    event = party.event()
    party.join(event, party.ben)
    party.join(event, party.ben)  # twice is once
    assert [card.role for card in events.cards(party.ben)] == ["participant"]
    assert sees(party.ben) == pids(*party.items["ben"])


def test_a_door_knows_the_visits_that_go_on(party: Party) -> None:
    event, other = party.event(), party.event(name="Other")
    first, second, elsewhere = party.guest(event), party.guest(event), party.guest(other)
    doors_of, all_ = party.events.doors, [first.pid, second.pid, elsewhere.pid, "AAAAAAAAAAAAAAAA"]
    assert doors_of.goes_on(event, all_) == second.pid
    assert doors_of.goes_on(other, all_) == elsewhere.pid
    assert doors_of.goes_on(event, []) is None
    sharing.leave_visit(second.viewer)
    assert doors_of.goes_on(event, all_) == first.pid
    Guest.update(expires_at=clock.now()).where(Guest.pid == first.pid).execute()
    assert doors_of.goes_on(event, all_) is None


def test_no_more_come_in_than_may_be_and_a_new_code_makes_room(
    party: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guests, "MOST_GUESTS", 2)
    event, other = party.event(), party.event(name="Another")
    first = party.guest(event)
    party.guest(event)
    with pytest.raises(Conflict, match="new address or code"):
        party.guest(event)
    assert party.guest(other)
    party.join(event, party.ben)  # the household is no guest
    assert Guest.select().where(Guest.event == event.id).count() == 2
    events.dismiss(party.anna, event.pid, first.pid)
    assert party.guest(event)
    Guest.update(expires_at=clock.now()).where(Guest.event == event.id).execute()
    assert party.guest(event)
    assert party.guest(event)
    with pytest.raises(Conflict):
        party.guest(event)
    party.events.doors.renew(party.anna, event.pid, guests_too=True)
    assert party.guest(event)
