"""The inbox: what it shows and for how long, what an undoing does not undo, and what leaves no trace in the journal."""

from pathlib import Path

import pytest

from services import access, clock, collections, sharing
from services.collections import Draft
from services.errors import NotFound
from services.models import Collection
from services.revocations import NAME, Journal
from services.sharing import Terms
from services.viewers import Viewer
from tests.factories import Make

pytestmark = pytest.mark.db


class House:
    """Anna and Ben with two pictures and a collection each; Cleo with nothing."""

    def __init__(self, make: Make) -> None:
        self.make = make
        self.users = {name: make.user(name) for name in ("anna", "ben", "cleo")}
        self.anna, self.ben, self.cleo = (make.viewer(user) for user in self.users.values())
        self.items = [make.item(self.users["anna"], taken=n) for n in (1, 2)]
        self.lake = make.collection(self.users["anna"], "Lake", items=self.items)

    def asks(self, owner: Viewer, q: str) -> Collection:
        """A collection by a query, whose owner is asked before anything goes out."""
        return collections.create(
            owner, Draft("New", query=q), {"approval": "owner", "require_labelled": False}
        )


@pytest.fixture
def house(make: Make) -> House:
    return House(make)


@pytest.fixture
def passed(house: House) -> int:
    """Anna lets Ben pass her pictures on for an hour; he has a collection of them that asks him first."""
    end = clock.now() + clock.HOUR
    sharing.offer(house.anna, house.lake.pid, {"user": "ben"}, Terms(reshare=True, expires=end))
    house.asks(house.ben, "owner:anna type:photo")
    assert len(sharing.waiting(house.ben)) == sharing.count_waiting(house.ben) == 2
    return end


def test_what_somebody_lets_pass_on_no_more_waits_for_nobody(house: House, passed: int) -> None:
    sharing.revoke(house.anna, {"user": "ben"})
    assert (sharing.waiting(house.ben), sharing.count_waiting(house.ben)) == ([], 0)


def test_nor_does_it_when_that_ended_by_the_clock(
    house: House, passed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "source", lambda: passed / 1_000_000)
    assert (sharing.waiting(house.ben), sharing.count_waiting(house.ben)) == ([], 0)


def test_what_was_taken_back_hides_nothing_that_waits(house: House) -> None:
    party = collections.create(house.cleo, Draft("Party"), {"arrivals": "owner"})
    for name in ("anna", "ben"):
        sharing.offer(house.cleo, party.pid, {"user": name}, Terms(contribute=True))
    given = sharing.offer(house.anna, house.lake.pid, {"collection": party.pid}, Terms())
    sharing.revoke_share(house.anna, given.pid)
    one = house.make.item(house.users["ben"], taken=3)
    mine = house.make.collection(house.users["ben"], "Mine", items=[one])
    sharing.offer(house.ben, mine.pid, {"collection": party.pid}, Terms())
    assert [w.item.id for w in sharing.waiting(house.cleo, limit=2)] == [one.id]
    assert sharing.count_waiting(house.cleo) == 1


def test_an_undoing_does_not_undo_what_was_decided_since(house: House) -> None:
    new = house.asks(house.anna, "type:photo")
    sharing.offer(house.anna, new.pid, {"user": "ben"}, Terms())
    pids = [w.pid for w in sharing.waiting(house.anna)]
    sharing.decide(house.anna, pids, "approve")
    assert access.visible_items(house.ben).count() == 2
    undo = sharing.decide(house.anna, pids, "reject")
    sharing.decide(house.anna, pids[:1], "approve")
    sharing.decide(house.anna, pids[:1], "reject")
    assert sharing.undo(house.anna, undo) == 1
    (seen,) = access.visible_items(house.ben)
    assert pids[1].endswith(seen.pid)
    assert Journal(house.make.data).replay() == 0


def test_an_undoing_of_which_nothing_is_left_is_none(house: House) -> None:
    new = house.asks(house.anna, "type:photo")
    (pid, _) = (w.pid for w in sharing.waiting(house.anna))
    undo = sharing.decide(house.anna, [pid], "approve")
    collections.delete(house.anna, new.pid)
    with pytest.raises(NotFound):
        sharing.undo(house.anna, undo)


def test_what_is_not_theirs_to_decide_leaves_no_trace(house: House, data: Path) -> None:
    new = house.asks(house.anna, "type:photo")
    (pid, _) = (w.pid for w in sharing.waiting(house.anna))
    for wrong in (pid, "out.x.y", "moon"):
        with pytest.raises(NotFound):
            sharing.decide(house.ben, [wrong], "reject")
    assert not (data / NAME).exists()
    assert new.pid in pid


def test_what_was_put_in_by_hand_is_not_asked_about_again_by_an_undoing(house: House) -> None:
    new = house.asks(house.anna, "type:photo")
    sharing.offer(house.anna, new.pid, {"user": "ben"}, Terms())
    (pid, _) = (w.pid for w in sharing.waiting(house.anna))
    undo = sharing.decide(house.anna, [pid], "approve")
    collections.decide_rule(house.anna, new.pid, pid.rpartition(".")[2], "always")
    assert sharing.undo(house.anna, undo) == 1
    (seen,) = access.visible_items(house.ben)
    assert pid.endswith(seen.pid)
    assert Journal(house.make.data).replay() == 0
