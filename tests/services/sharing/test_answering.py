"""Who wants to be asked first: what waits gives nothing, is accepted or declined, and for a moment taken back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from services import access, accounts, clock, collections, events, sharing
from services.accounts import OPERATOR, Passwords
from services.collections import Draft
from services.errors import AccessDenied, Conflict, NotFound
from services.events import Doors, Events
from services.models import Collection, Grant, Item, Share, User, counters
from services.revocations import NAME, Journal
from services.sharing import Offering, Terms, answering, ending, groups
from services.viewers import Viewer
from tests.factories import Make

pytestmark = pytest.mark.db


class House:
    """Anna has two pictures in a collection; Ben wants to be asked, Cleo does not."""

    def __init__(self, make: Make, data: Path) -> None:
        self.make, self.data, self.journal = make, data, Journal(data)
        self.users = {name: make.user(name, ask_first=name == "ben") for name in ("anna", "ben", "cleo")}
        self.anna, self.ben, self.cleo = (make.viewer(user) for user in self.users.values())
        self.items = [make.item(self.users["anna"], taken=n) for n in (1, 2)]
        self.lake = make.collection(self.users["anna"], "Lake", items=self.items)

    def share(self, to: str = "ben", **terms: object) -> Share:
        return sharing.offer(self.anna, self.lake.pid, {"user": to}, Terms(**terms))  # type: ignore[arg-type]

    def group(self, *people: str) -> str:
        pid = groups.make_group(self.anna, "All").pid
        for login in people:
            groups.join_group(self.anna, pid, login)
        return pid

    def offer_to(self, group: str) -> Share:
        return sharing.offer(self.anna, self.lake.pid, {"group": group}, Terms())

    def say(self, decision: str, viewer: Viewer | None = None) -> str:
        """Ben's answer to what waits; answers the id of its undoing."""
        asked = [o.pid for o in sharing.offered(viewer or self.ben)]
        return sharing.decide(viewer or self.ben, asked, decision)  # type: ignore[arg-type]  # one of two

    def sees(self, viewer: Viewer | None = None) -> int:
        return access.visible_items(viewer or self.ben).count()

    def states(self) -> list[str]:
        return [state for (state,) in Grant.select(Grant.state).order_by(Grant.id).tuples()]


@pytest.fixture
def house(make: Make, data: Path) -> House:
    return House(make, data)


def test_what_waits_gives_nothing(house: House) -> None:
    house.share(download=True, contribute=True, reshare=True)
    assert house.states() == ["pending"]
    item = house.items[0]
    for plan in ("time", "rights"):
        assert access.visible_items(house.ben, waiting=True, plan=plan).count() == 0
    assert not access.has_paths(house.ben)
    assert access.visible_days(house.ben) == []
    assert access.rights_of(house.ben, [item]) == {}
    assert access.grants_to(house.ben, item) == []
    for look in (
        lambda: access.get_item(house.ben, item.pid),
        lambda: collections.get(house.ben, house.lake.pid),
    ):
        with pytest.raises(NotFound):
            look()
    assert (sharing.received(house.ben), collections.cards(house.ben)) == ([], [])
    assert sharing.audience(house.anna, item.pid) == []
    assert sharing.preview(house.anna, "ben", limit=9).items == []
    assert collections.get(house.anna, house.lake.pid).shared == 0


def test_nothing_can_be_done_by_it(house: House) -> None:
    house.share(contribute=True, reshare=True)
    mine = house.make.collection(house.users["ben"], "Mine", items=[house.make.item(house.users["ben"])])
    with pytest.raises((NotFound, AccessDenied)):
        sharing.offer(house.ben, mine.pid, {"collection": house.lake.pid}, Terms())
    with pytest.raises(NotFound):
        collections.add(house.ben, mine.pid, [house.items[0].pid])
    by_query = collections.create(house.ben, Draft("Hers", query="owner:anna"), {"require_labelled": False})
    assert collections.get(house.ben, by_query.pid).size == 0
    grant = Grant.get()
    for act in (sharing.leave, lambda v, pid: sharing.show_on_timeline(v, pid, False)):
        with pytest.raises(NotFound):
            act(house.ben, grant.pid)
    assert house.states() == ["pending"]


def test_who_is_asked_is_told_the_terms_and_how_much_it_is(house: House) -> None:
    sharing.withdraw(house.anna, [house.items[1].pid])
    until = clock.now() + clock.HOUR
    house.share(download=False, contribute=True, place=False, note="from the lake", expires=until)
    (offer,) = sharing.offered(house.ben)
    assert (offer.collection, offer.by, offer.by_display) == ("Lake", "anna", "Anna")
    assert (offer.group, offer.items, offer.until) == (None, 1, until)
    s = offer.share
    assert (s.note, s.may_download, s.may_contribute, s.shows_place) == ("from the lake", False, True, False)
    assert sharing.count_waiting(house.ben) == sharing.count_offered(house.ben, most=9) == 1
    for other in (house.anna, house.cleo):
        assert (sharing.offered(other), sharing.count_waiting(other)) == ([], 0)
    house.say("approve")
    assert house.sees() == offer.items


def test_as_many_are_counted_as_would_come(house: House) -> None:
    """Also what others contributed, and what its owner may pass on."""
    house.share("cleo", contribute=True, reshare=True)
    brought = house.make.item(house.users["cleo"], taken=3)
    given = house.make.collection(house.users["cleo"], "Given", items=[brought])
    sharing.offer(house.cleo, given.pid, {"collection": house.lake.pid}, Terms())
    house.share()
    passed = house.make.collection(house.users["cleo"], "Passed", items=[house.items[0]])
    sharing.offer(house.cleo, passed.pid, {"user": "ben"}, Terms())
    assert [(o.collection, o.items) for o in sharing.offered(house.ben)] == [("Lake", 3), ("Passed", 1)]
    house.say("approve")
    assert house.sees() == 3


def test_accepted_it_is_a_right_like_any_other(house: House) -> None:
    house.share(reshare=True)
    theirs = collections.create(house.ben, Draft("Theirs", query="owner:anna"), {"require_labelled": False})
    Collection.update(checked_at=1).where(Collection.id == theirs.id).execute()
    before = counters.read(counters.CONTENT_VERSION)
    house.say("approve")
    assert (house.states(), house.sees(), sharing.offered(house.ben)) == (["active"], 2, [])
    assert counters.read(counters.CONTENT_VERSION) > before
    assert Collection.get_by_id(theirs.id).checked_at is None  # what they may pass on is looked for
    assert [line.state for line in sharing.ledger(house.anna)] == ["active"]
    assert [r.collection.name for r in sharing.received(house.ben)] == ["Lake"]
    sharing.leave(house.ben, Grant.get().pid)
    assert house.sees() == 0


def test_declined_it_has_ended_and_its_owner_is_told(house: House) -> None:
    share = house.share()
    assert [line.state for line in sharing.ledger(house.anna)] == ["pending"]
    house.say("reject")
    assert (house.states(), house.sees(), sharing.offered(house.ben)) == (["declined"], 0, [])
    assert sharing.ledger(house.anna) == []
    assert [line.state for line in sharing.ledger(house.anna, ended=True)] == ["declined"]
    assert [line.state for line in sharing.offers(house.anna, pid=share.pid)[0].lines] == ["declined"]
    house.share()  # anew: they are asked again
    assert (house.states(), len(sharing.offered(house.ben))) == (["declined", "pending"], 1)


def test_what_was_answered_is_answered(house: House) -> None:
    house.share()
    (offer,) = sharing.offered(house.ben)
    sharing.decide(house.ben, [offer.pid], "approve")
    for decision in ("approve", "reject"):
        with pytest.raises(NotFound):
            sharing.decide(house.ben, [offer.pid], decision)
    assert house.states() == ["active"]


def test_nobody_answers_for_somebody_else(house: House) -> None:
    house.share()
    (offer,) = sharing.offered(house.ben)
    for wrong in (house.anna, house.cleo):
        for decision in ("approve", "reject"):
            with pytest.raises(NotFound):
                sharing.decide(wrong, [offer.pid], decision)
    with pytest.raises(NotFound):
        sharing.decide(house.ben, [offer.pid, "offer.moon"], "approve")  # all or nothing
    assert house.states() == ["pending"]
    assert not (house.data / NAME).exists()


def test_offers_and_pictures_are_decided_together(house: House) -> None:
    mine = house.make.item(house.users["ben"], taken=9)
    draft = Draft("Asks", query="type:photo")
    collections.create(house.ben, draft, {"approval": "owner", "require_labelled": False})
    house.share()
    asked = [sharing.offered(house.ben)[0].pid, sharing.waiting(house.ben)[0].pid]
    assert sharing.count_waiting(house.ben) == 2
    undo = sharing.decide(house.ben, asked, "reject")
    assert (house.states(), sharing.count_waiting(house.ben)) == (["declined"], 0)
    assert sharing.undo(house.ben, undo) == 2
    assert [w.item.id for w in sharing.waiting(house.ben)] == [mine.id]
    assert (house.states(), sharing.count_waiting(house.ben)) == (["pending"], 2)
    assert house.journal.replay() == 0


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_an_answer_is_taken_back(house: House, decision: str) -> None:
    house.share()
    undo = house.say(decision)
    epoch = counters.read(counters.POLICY_EPOCH)
    with pytest.raises(NotFound):
        sharing.undo(house.cleo, undo)
    assert sharing.undo(house.ben, undo) == 1
    assert counters.read(counters.POLICY_EPOCH) > epoch
    assert (house.states(), house.sees(), len(sharing.offered(house.ben))) == (["pending"], 0, 1)
    assert house.journal.replay() == 0
    with pytest.raises(NotFound):
        sharing.undo(house.ben, undo)
    house.say("approve")
    assert house.sees() == 2
    assert house.journal.replay() == 0


def test_with_an_acceptance_goes_what_was_contributed_by_it(house: House) -> None:
    house.share(contribute=True)
    undo = house.say("approve")
    brought = house.make.item(house.users["ben"], taken=3)
    mine = house.make.collection(house.users["ben"], "Mine", items=[brought])
    sharing.offer(house.ben, mine.pid, {"collection": house.lake.pid}, Terms())
    assert house.sees(house.anna) == 3
    sharing.undo(house.ben, undo)
    assert house.sees(house.anna) == 2
    assert house.states() == ["pending", "left"]
    lines = [line for line in (house.data / NAME).read_text().splitlines() if '"grant"' in line]
    assert len(lines) == 1
    house.say("approve")
    assert house.sees(house.anna) == 2  # it does not begin again by itself


SINCE: dict[str, Callable[[House, Share], object]] = {
    "ended": lambda h, s: sharing.revoke_share(h.anna, s.pid),
    "everything for them ended": lambda h, s: sharing.revoke(h.anna, {"user": "ben"}),
    "the collection thrown away": lambda h, s: collections.delete(h.anna, h.lake.pid),
    "offered anew": lambda h, s: h.share(),
}


@pytest.mark.parametrize("since", SINCE.values(), ids=SINCE.keys())
def test_what_its_owner_did_since_is_not_undone(
    house: House, since: Callable[[House, Share], object]
) -> None:
    share = house.share()
    undo = house.say("reject")
    since(house, share)
    waits = len(sharing.offered(house.ben))
    with pytest.raises(NotFound):
        sharing.undo(house.ben, undo)
    assert len(sharing.offered(house.ben)) == waits
    assert house.journal.replay() == 0


def test_an_undoing_gives_no_more_than_what_is_offered_now(house: House) -> None:
    share = house.share()
    undo = house.say("reject")
    until = clock.now() + clock.HOUR
    sharing.change(house.anna, share.pid, {"expires": until})
    sharing.undo(house.ben, undo)
    assert [o.until for o in sharing.offered(house.ben)] == [until]


def test_who_left_the_group_has_nothing_to_take_back(house: House) -> None:
    group = house.group("ben", "cleo")
    house.offer_to(group)
    undo = house.say("reject")
    groups.leave_group(house.anna, group, "ben")
    with pytest.raises(NotFound):
        sharing.undo(house.ben, undo)
    groups.join_group(house.anna, group, "ben")
    assert sharing.offered(house.ben) == []  # who declined is not asked again by that
    assert house.sees(house.cleo) == 2
    sharing.revoke_share(house.anna, Share.get().pid)
    house.offer_to(group)
    assert [o.group for o in sharing.offered(house.ben)] == ["All"]


def test_of_a_group_each_is_asked_who_wants_to_be(house: House) -> None:
    group = house.group("cleo")
    house.offer_to(group)
    assert house.sees(house.cleo) == 2
    groups.join_group(house.anna, group, "ben")
    assert (house.states(), house.sees()) == (["active", "pending"], 0)
    (offer,) = sharing.offered(house.ben)
    assert (offer.group, offer.items) == ("All", 2)
    house.say("approve")
    assert house.sees() == 2
    groups.leave_group(house.anna, group, "ben")
    assert house.sees() == 0


ENDS: dict[str, Callable[[House, Share], object]] = {
    "the share": lambda h, s: sharing.revoke_share(h.anna, s.pid),
    "the grant": lambda h, s: sharing.revoke(h.anna, {"grant": Grant.get().pid}),
    "the person": lambda h, s: sharing.revoke(h.anna, {"user": "ben"}),
    "the collection": lambda h, s: collections.delete(h.anna, h.lake.pid),
    "by its owner's account": lambda h, s: accounts.disable_person(OPERATOR, h.users["anna"].pid),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_what_waits_is_ended_by_its_owner_like_any_other(
    house: House, end: Callable[[House, Share], object]
) -> None:
    share = house.share()
    (offer,) = sharing.offered(house.ben)
    end(house, share)
    assert (sharing.offered(house.ben), sharing.count_waiting(house.ben)) == ([], 0)
    with pytest.raises(NotFound):
        sharing.decide(house.ben, [offer.pid], "approve")
    assert house.sees() == 0


def test_what_waits_ends_by_the_clock(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    until = clock.now() + clock.HOUR
    house.share(expires=until)
    (offer,) = sharing.offered(house.ben)
    monkeypatch.setattr(clock, "source", lambda: until / 1_000_000)
    assert (sharing.offered(house.ben), sharing.count_waiting(house.ben)) == ([], 0)
    with pytest.raises(NotFound):
        sharing.decide(house.ben, [offer.pid], "approve")
    assert [line.state for line in sharing.ledger(house.anna)] == ["expired"]


def test_it_is_offered_once(house: House) -> None:
    house.share()
    with pytest.raises(Conflict):
        house.share()


def test_the_setting_is_for_what_comes_from_then_on(house: House) -> None:
    house.share("cleo")
    User.update(ask_first=True).where(User.login == "cleo").execute()
    assert house.sees(house.cleo) == 2  # what was there stays
    house.share()
    User.update(ask_first=False).execute()
    assert (house.sees(), len(sharing.offered(house.ben))) == (0, 1)  # what waits goes on waiting
    house.say("approve")
    assert house.sees() == 2


def test_what_is_withheld_while_it_waits_comes_to_nobody(house: House) -> None:
    storage = house.make.storage(house.users["anna"])
    for item in house.items:
        house.make.file(storage, f"{item.pid}.jpg", asset=house.make.asset(item))
    house.share()
    ending.withhold(house.anna, storage.pid)
    house.say("approve")
    assert house.sees() == 0
    assert Item.select().where(Item.withdrawn_at.is_null()).count() == 0


def test_who_takes_part_in_an_event_came_by_themselves(house: House) -> None:
    made = Events(Doors(b"k" * 32, Passwords(time_cost=1, memory_kib=64)))
    event = made.make(house.anna, {"name": "Wedding"})
    events.contribute_items(house.anna, event.pid, [house.items[0].pid])
    door = made.doors.show(house.anna, event.pid)
    assert door is not None
    made.doors.join(house.ben, door.token, ip="203.0.113.7")
    assert (house.sees(), sharing.offered(house.ben)) == (1, [])


def test_only_people_are_asked(house: House) -> None:
    guest = Viewer(user_id=0, login="", display="", kind="guest", share_id=1)
    assert answering.offered(guest) == []
    assert answering.count_offered(guest, most=1) == 0
    with pytest.raises(NotFound):
        sharing.decide(guest, ["offer.x"], "approve")
    offers: list[Offering] = sharing.offered(house.ben, limit=1)
    assert offers == []
