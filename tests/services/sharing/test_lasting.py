"""What somebody contributes to a collection ends with their right to contribute, by each way in which that ends."""

from collections.abc import Callable
from pathlib import Path

import pytest

from services import access, accounts, clock, collections, sharing
from services.collections import Draft
from services.errors import AccessDenied
from services.matching import rematch
from services.models import Arrival, Grant, Item, Share, User, counters, transaction
from services.revocations import Journal
from services.revocations.journal import NAME
from services.sharing import Terms, groups, lasting
from services.viewers import Viewer
from tests.factories import Make

pytestmark = pytest.mark.db
HOUR = clock.HOUR


class House:
    """Anna asks Ben for contributions to her collection, and shows it to Cleo; Ben brings what his query finds."""

    def __init__(self, make: Make, data: Path) -> None:
        self.make = make
        self.journal = Journal(data)
        self.users = {name: make.user(name) for name in ("anna", "ben", "cleo")}
        self.anna, self.ben, self.cleo = (make.viewer(user) for user in self.users.values())
        self.lake = make.collection(self.users["anna"], "Lake")
        self.give({"user": "cleo"}, contribute=False)
        self.item = make.item(self.users["ben"])
        self.boats = collections.create(self.ben, Draft("Boats", query="type:photo"))

    def give(self, to: dict[str, str], *, contribute: bool = True, expires: int | None = None) -> Share:
        return sharing.offer(self.anna, self.lake.pid, to, Terms(contribute=contribute, expires=expires))

    def group(self, *people: str) -> str:
        made = groups.make_group(self.anna, f"Group {len(groups.list_groups(self.anna))}")
        for login in people:
            groups.join_group(self.anna, made.pid, login)
        return made.pid

    def bring(self, expires: int | None = None) -> Share:
        return sharing.offer(self.ben, self.boats.pid, {"collection": self.lake.pid}, Terms(expires=expires))

    def bring_as_cleo(self) -> Share:
        """Cleo is asked too, in a group, and brings one of hers."""
        mine = self.make.collection(self.users["cleo"], items=[self.make.item(self.users["cleo"])])
        self.give({"group": self.group("cleo")})
        return sharing.offer(self.cleo, mine.pid, {"collection": self.lake.pid}, Terms())

    def comes(self, viewer: Viewer) -> set[int]:
        """What a viewer sees of Ben's."""
        theirs = Item.owner == self.users["ben"].id
        return {item.id for item in access.visible_items(viewer, waiting=True).where(theirs)}

    @property
    def brought(self) -> Grant:
        return Grant.select().where(Grant.into == self.lake.id).order_by(Grant.id.desc()).get()


@pytest.fixture
def house(make: Make, data: Path) -> House:
    return House(make, data)


def revoke_grant(house: House, share: Share, group: str) -> None:
    given = Grant.get((Grant.share == share) & (Grant.user == house.users["ben"]))
    sharing.revoke(house.anna, {"grant": given.pid})


def leave(house: House, share: Share, group: str) -> None:
    sharing.leave(house.ben, Grant.get((Grant.share == share) & (Grant.user == house.users["ben"])).pid)


def older() -> Callable[[], None]:
    """The shares as they are now; what is answered puts them back, as an older catalogue would."""
    rows = [*Share.select(), *Grant.select()]

    def back() -> None:
        with transaction():
            for row in rows:
                row.save(force_insert=False)

    return back


WAYS: dict[str, tuple[bool, Callable[[House, Share, str], object]]] = {
    "the grant is revoked": (False, revoke_grant),
    "the share is revoked": (False, lambda h, s, g: sharing.revoke_share(h.anna, s.pid)),
    "all of a person's": (False, lambda h, s, g: sharing.revoke(h.anna, {"user": "ben"})),
    "left": (False, leave),
    "the right is taken": (False, lambda h, s, g: sharing.change(h.anna, s.pid, {"rights": ["view"]})),
    "the grant of a group is revoked": (True, revoke_grant),
    "the share of a group is revoked": (True, lambda h, s, g: sharing.revoke_share(h.anna, s.pid)),
    "the right is taken from a group": (True, lambda h, s, g: sharing.change(h.anna, s.pid, {"rights": ["view"]})),
    "he leaves the group": (True, lambda h, s, g: groups.leave_group(h.ben, g, "ben")),
    "he is taken out of it": (True, lambda h, s, g: groups.leave_group(h.anna, g, "ben")),
    "it is dissolved": (True, lambda h, s, g: groups.remove_group(h.anna, g)),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_it_ends_with_the_right_to_contribute(house: House, way: str) -> None:
    by_group, act = WAYS[way]
    group = house.group("ben") if by_group else ""
    given = house.give({"group": group} if by_group else {"user": "ben"})
    share = house.bring()
    assert house.comes(house.anna) == house.comes(house.cleo) == {house.item.id}
    before, epoch = older(), counters.read(counters.POLICY_EPOCH)
    act(house, given, group)
    assert house.comes(house.anna) == house.comes(house.cleo) == set()
    assert counters.read(counters.POLICY_EPOCH) > epoch
    assert house.brought.ended_at is not None
    assert Share.get_by_id(share.id).ended_at is not None
    assert [line.grant.id for line in sharing.ledger(house.ben, ended=True)] == [house.brought.id]
    later = house.make.item(house.users["ben"])
    with transaction():
        rematch([later.id])
    assert collections.why(house.ben, house.boats.pid, later.pid)["shown"]
    assert not Arrival.select().where(Arrival.item == later).exists(), "nothing new comes by it"
    house.give({"group": house.group("ben")})
    assert house.comes(house.anna) == set(), "what has ended does not begin again"
    before()  # an older catalogue is put in its place
    assert house.comes(house.cleo) == {house.item.id}
    house.journal.replay()
    assert house.comes(house.anna) == house.comes(house.cleo) == set()


def test_the_receipt_counts_it(house: House) -> None:
    house.give({"user": "ben"})
    house.bring()
    assert sharing.revoke(house.anna, {"user": "ben"}).grants == 2
    found = sharing.latest(house.anna)
    assert found is not None
    assert (found.grants, found.people) == (2, ("ben",))


@pytest.mark.parametrize("way", ["the share is revoked", "the right is taken", "left"])
def test_another_right_to_contribute_keeps_it(house: House, way: str) -> None:
    given, end = house.give({"user": "ben"}), clock.now() + 5 * HOUR
    house.give({"group": house.group("ben")}, expires=end)
    house.bring()
    assert house.brought.expires_at is None
    WAYS[way][1](house, given, "")
    assert house.comes(house.anna) == {house.item.id}
    assert house.brought.expires_at == house.brought.share.expires_at == end, "and no longer than that one"


def test_a_right_only_to_look_keeps_nothing(house: House) -> None:
    given = house.give({"user": "ben"})
    house.give({"group": house.group("ben")}, contribute=False)
    house.bring()
    sharing.revoke_share(house.anna, given.pid)
    assert house.comes(house.anna) == set()


def test_what_others_contribute_stays(house: House) -> None:
    given = house.give({"user": "ben"})
    other = house.bring_as_cleo()
    elsewhere = house.make.collection(house.users["cleo"])
    sharing.offer(house.cleo, elsewhere.pid, {"user": "ben"}, Terms(contribute=True))
    share, away = house.bring(), house.boats.pid
    third = sharing.offer(house.ben, away, {"collection": elsewhere.pid}, Terms())
    sharing.revoke_share(house.anna, given.pid)
    ended = {each.id: Share.get_by_id(each.id).ended_at is not None for each in (share, other, third)}
    assert ended == {share.id: True, other.id: False, third.id: False}


def test_by_the_clock_it_ends_with_the_right(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    end = clock.now() + HOUR
    given = house.give({"user": "ben"}, expires=end)
    share = house.bring(expires=end + HOUR)
    assert (share.expires_at, house.brought.expires_at) == (end, end)
    assert house.comes(house.cleo) == {house.item.id}
    sharing.change(house.ben, share.pid, {"expires": None})
    assert house.brought.expires_at == end, "nor is it made longer by who contributes"
    sharing.change(house.ben, share.pid, {"expires": end - 1})
    assert house.brought.expires_at == end - 1
    sharing.change(house.ben, share.pid, {"expires": end})
    monkeypatch.setattr(clock, "source", lambda: end / clock.SECOND)
    assert house.comes(house.anna) == house.comes(house.cleo) == set()
    with pytest.raises(AccessDenied):
        sharing.change(house.ben, share.pid, {"expires": end + 3 * HOUR})
    sharing.change(house.anna, given.pid, {"expires": end + 2 * HOUR})
    assert house.comes(house.anna) == set(), "it is whose it is who lets it last longer"
    sharing.change(house.ben, share.pid, {"expires": end + 3 * HOUR})
    assert house.brought.expires_at == end + 2 * HOUR
    assert house.comes(house.cleo) == {house.item.id}


def test_a_right_that_ends_sooner_takes_it_along(house: House) -> None:
    given, end = house.give({"user": "ben"}), clock.now() + HOUR
    house.bring()
    sharing.change(house.anna, given.pid, {"expires": end})
    assert (house.brought.expires_at, house.brought.share.expires_at) == (end, end)
    sharing.change(house.anna, given.pid, {"expires": None})
    assert house.brought.expires_at == end, "who contributes decides whether it lasts longer"


@pytest.mark.parametrize("login", ["anna", "ben"])
def test_it_rests_while_one_of_the_two_is_shut_out(house: House, login: str) -> None:
    house.give({"user": "ben"})
    house.bring()
    user = User.get(User.login == login)
    accounts.disable_person(accounts.OPERATOR, user.pid)
    assert house.comes(house.cleo) == set()
    accounts.enable_person(accounts.OPERATOR, user.pid)
    assert house.comes(house.cleo) == {house.item.id}


def as_before(house: House, share: Share) -> None:
    """What ended with a right lives again, as it did where contributions did not end with it."""
    Share.update(ended_at=None, ended_why="").where(Share.id == share.id).execute()
    Grant.update(ended_at=None, state="active").where(Grant.share == share.id).execute()
    with transaction():
        rematch([house.item.id])
    assert house.comes(house.cleo) == {house.item.id}


def test_what_was_contributed_without_a_right_ends_when_it_is_looked_for(house: House) -> None:
    """A catalogue of before contributions ended with the right to contribute."""
    given = house.give({"user": "ben"})
    share = house.bring()
    assert sharing.end_overdue() == 0
    assert house.comes(house.cleo) == {house.item.id}
    sharing.revoke_share(house.anna, given.pid)
    (house.make.data / NAME).unlink()
    as_before(house, share)
    rightful = house.bring_as_cleo()
    before, epoch = older(), counters.read(counters.POLICY_EPOCH)
    assert sharing.end_overdue() == 1
    assert house.comes(house.anna) == house.comes(house.cleo) == set()
    assert counters.read(counters.POLICY_EPOCH) > epoch
    assert Share.get_by_id(share.id).ended_at is not None
    assert Share.get_by_id(rightful.id).ended_at is None
    assert sharing.end_overdue() == 0
    before()  # an older catalogue is put in its place
    assert house.comes(house.cleo) == {house.item.id}
    house.journal.replay()
    assert house.comes(house.anna) == house.comes(house.cleo) == set()


def test_what_rests_by_the_clock_is_not_ended_when_it_is_looked_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = clock.now() + HOUR
    house.give({"user": "ben"}, expires=end)
    house.bring()
    monkeypatch.setattr(clock, "source", lambda: end / clock.SECOND)
    assert house.comes(house.cleo) == set()
    assert sharing.end_overdue() == 0
    assert house.brought.ended_at is None


def test_a_right_that_is_given_just_then_keeps_what_was_found(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = house.give({"user": "ben"})
    share = house.bring()
    sharing.revoke_share(house.anna, given.pid)
    (house.make.data / NAME).unlink()
    as_before(house, share)
    found = lasting._overdue()
    house.give({"user": "ben"})
    monkeypatch.setattr(lasting, "_overdue", lambda: found)
    assert sharing.end_overdue() == 0
    house.journal.replay()
    assert house.comes(house.cleo) == {house.item.id}


def test_who_may_only_look_brings_nothing(house: House) -> None:
    house.give({"user": "ben"}, contribute=False)
    with pytest.raises(AccessDenied):
        house.bring()
    assert not Grant.select().where(Grant.into == house.lake.id).exists()
