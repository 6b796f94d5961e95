"""An event closes, by whatever: everything of it has ended, for everybody, and no older catalogue revives it."""

from collections.abc import Callable, Iterator

import pytest

from services import access, accounts, clock, events, sharing
from services.errors import Conflict, NotFound
from services.models import Collection, Event, EventPerson, Grant, Guest, Item, Share, User
from services.revocations import Journal
from tests.services.events.conftest import party as _party
from tests.services.events.household import Party, older, pids, sees

pytestmark = pytest.mark.db

party = _party
"""The same household as for events."""


class Feast:
    """An event that shows a picture of Anna's, one that Ben brought and one that Lou dropped."""

    def __init__(self, party: Party) -> None:
        self.party = party
        self.event = party.event(approval="none")
        self.token = party.token(self.event)
        self.lou = party.guest(self.event)
        for viewer in (party.ben, party.kim):
            party.join(self.event, viewer)
        events.contribute_items(party.anna, self.event.pid, [party.items["anna"][0].pid])
        events.contribute_items(party.ben, self.event.pid, [party.items["ben"][0].pid])
        self.dropped = party.drop(self.lou)
        self.shown = pids(party.items["anna"][0], party.items["ben"][0], self.dropped)
        self.journal = Journal(party.make.data)

    def seen(self) -> set[str]:
        """What anybody sees of the event who would not without it."""
        own = {who: pids(*self.party.items[who]) for who in ("anna", "ben", "kim")}
        of_anna = sees(self.party.anna) - own["anna"] - pids(self.dropped)
        return (
            of_anna
            | (sees(self.party.ben) - own["ben"])
            | (sees(self.party.kim) - own["kim"])
            | sees(self.lou.viewer)
        )

    def end(self, way: str) -> None:
        party, event = self.party, self.event
        if way == "closed":
            receipt = party.events.close(party.anna, event.pid)
            assert receipt.grants == 1
        elif way == "revoked":
            sharing.revoke(party.anna, {"event": event.pid})
        elif way == "its grant":
            sharing.revoke(party.anna, {"grant": Grant.get(Grant.event == event.id).pid})
        else:
            share = Share.get((Share.collection == event.collection_id) & (Share.kind == "event"))
            sharing.revoke_share(party.anna, share.pid)


@pytest.fixture
def feast(party: Party) -> Feast:
    return Feast(party)


WAYS = ("closed", "revoked", "its grant", "its share")


@pytest.mark.parametrize("way", WAYS)
def test_everything_of_it_has_ended(feast: Feast, way: str) -> None:
    assert feast.seen() == feast.shown
    other = feast.party.guest(feast.party.event(name="Other"), "Mia")
    feast.end(way)
    assert feast.seen() == set()
    event = Event.get_by_id(feast.event.id)
    assert event.state == "closed"
    assert not access.holds(feast.lou.viewer)
    assert access.holds(other.viewer)
    of_it = (Grant.event == event.id) | (Grant.into == event.collection_id)
    assert {(g.state, g.ended_at is None) for g in Grant.select().where(of_it)} == {("revoked", False)}
    shares = Share.select().where(Share.id.in_(Grant.select(Grant.share).where(of_it)))
    assert {(s.ended_why, s.ended_at is None) for s in shares} == {("revoked", False)}
    assert Event.get(Event.name == "Other").state == "open"
    assert Guest.select().where(Guest.ended_at.is_null()).count() == 1
    assert feast.journal.replay() == 0


@pytest.mark.parametrize("way", WAYS)
def test_an_older_catalogue_does_not_open_it_again(feast: Feast, way: str) -> None:
    back = older()
    feast.end(way)
    back()
    assert feast.seen() == feast.shown
    assert feast.journal.replay() > 0
    assert feast.seen() == set()
    assert not access.holds(feast.lou.viewer)
    with pytest.raises(sharing.LinkEnded):
        feast.party.events.doors.look(feast.token, ip="203.0.113.7")
    assert feast.journal.replay() == 0


def test_nor_does_one_that_knows_less_of_it(feast: Feast) -> None:
    """A guest and a contribution of whom the journal says nothing end with the event all the same."""
    back = older()
    feast.end("closed")
    back()
    Guest.update(pid="other").execute()
    Grant.update(pid=Grant.pid.concat("x")).where(Grant.into.is_null(False)).execute()
    feast.journal.replay()
    assert feast.seen() == set()
    assert not access.holds(feast.lou.viewer)


def test_the_clock_closes_it_like_that(feast: Feast, monkeypatch: pytest.MonkeyPatch) -> None:
    back = older()
    monkeypatch.setattr(clock, "source", lambda: feast.event.expires_at / 1_000_000)
    assert feast.seen() == set()
    assert events.close_due() == 1
    assert feast.seen() == set()
    assert {s.ended_why for s in Share.select()} == {"expired"}
    back()
    monkeypatch.setattr(clock, "source", lambda: (feast.event.expires_at - clock.HOUR) / 1_000_000)
    assert feast.journal.replay() > 0
    assert feast.seen() == set(), "also on a machine whose clock is behind"


def _ends(feast: Feast) -> Iterator[tuple[str, Callable[[], object], set[str]]]:
    party, event = feast.party, feast.event
    (given,) = events.contributions(party.ben, event.pid)
    bens, annas = pids(party.items["ben"][0]), pids(party.items["anna"][0])
    yield "dismissed", lambda: events.dismiss(party.anna, event.pid, feast.lou.pid), feast.shown
    yield "guest left", lambda: events.leave_event(feast.lou.viewer, party.jobs), annas | bens
    taken = lambda: events.take_back(feast.lou.viewer, [feast.dropped.pid], party.jobs)  # noqa: E731  one of a row
    yield "taken back", taken, annas | bens
    yield "left", lambda: events.leave(party.ben, event.pid), feast.shown - bens
    yield "removed", lambda: events.remove(party.anna, event.pid, "ben"), feast.shown - bens
    back = lambda: events.withdraw_contribution(party.ben, event.pid, given.grant.pid)  # noqa: E731  one of a row
    yield "contribution", back, feast.shown - bens
    yield "rejected", lambda: reject(feast), feast.shown - bens


def reject(feast: Feast) -> None:
    approval = f"in.{feast.event.collection.pid}.{feast.party.items['ben'][0].pid}"
    events.decide(feast.party.anna, feast.event.pid, [approval], "reject")


@pytest.mark.parametrize(
    "way", ["dismissed", "guest left", "taken back", "left", "removed", "contribution", "rejected"]
)
def test_nor_does_it_bring_back_what_ended_at_one_that_goes_on(feast: Feast, way: str) -> None:
    end, stays = next((end, stays) for name, end, stays in _ends(feast) if name == way)
    back = older()
    end()
    after = feast.seen()
    assert after == stays
    back()
    assert feast.seen() == feast.shown
    assert feast.journal.replay() > 0
    assert feast.seen() == after
    assert access.holds(feast.lou.viewer) == (way not in {"dismissed", "guest left"})
    assert feast.journal.replay() == 0


def test_what_was_taken_back_stays_its_guests_to_give(feast: Feast) -> None:
    """An older catalogue knows that it is withdrawn, and by whom: its owner does not bring it back to others."""
    back = older()
    sharing.withdraw(feast.party.anna, [feast.dropped.pid])
    events.leave_event(feast.lou.viewer, feast.party.jobs)
    back()
    feast.journal.replay()
    with pytest.raises(Conflict):
        sharing.unwithdraw(feast.party.anna, [feast.dropped.pid])
    assert Item.get_by_id(feast.dropped.id).withdrawn_at is not None


def test_nothing_of_it_can_be_shared_besides(feast: Feast) -> None:
    """What an event shows, and the box of what was dropped, end with it: no other share leads to them."""
    anna = feast.party.anna
    for purpose in ("event", "contribution"):
        made = Collection.get((Collection.owner == anna.user_id) & (Collection.purpose == purpose))
        with pytest.raises(NotFound):
            sharing.offer(anna, made.pid, {"user": "ben"}, sharing.Terms())


def test_it_stays_closed_when_its_owner_comes_back(feast: Feast) -> None:
    pid = User.get_by_id(feast.party.anna.user_id).pid
    accounts.disable_person(accounts.OPERATOR, pid)
    for viewer, who in ((feast.party.ben, "ben"), (feast.party.kim, "kim")):
        assert sees(viewer) == pids(*feast.party.items[who])
    assert sees(feast.lou.viewer) == set(), "nor does its guest see what they dropped"
    accounts.enable_person(accounts.OPERATOR, pid)
    assert feast.seen() == feast.shown
    feast.end("closed")
    accounts.disable_person(accounts.OPERATOR, pid)
    accounts.enable_person(accounts.OPERATOR, pid)
    assert feast.seen() == set()
    assert EventPerson.select().where(EventPerson.left_at.is_null()).count() == 3, "they were there"


def test_closing_twice_is_once(feast: Feast) -> None:
    feast.end("closed")
    closed = Event.get_by_id(feast.event.id).closed_at
    assert feast.party.events.close(feast.party.anna, feast.event.pid).grants == 0
    assert Event.get_by_id(feast.event.id).closed_at == closed
