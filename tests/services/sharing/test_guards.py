"""Whose right it is: nobody revokes, changes, decides or lists what is somebody else's; nothing outlives its end."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services import access, clock, collections, sharing
from services.collections import Draft
from services.errors import HypomosError, NotFound, UsageError
from services.models import Arrival, Collection, CollectionItem, Grant, Item, Share, Storage, counters
from services.revocations import NAME, Journal
from services.sharing import Terms, ending, groups
from services.viewers import Viewer
from tests.factories import Make

pytestmark = pytest.mark.db


class House:
    """Anna shares a collection with Ben; Cleo has one of her own, and nothing of this is hers."""

    def __init__(self, make: Make, data: Path) -> None:
        self.make = make
        self.data = data
        self.journal = Journal(data)
        self.users = {name: make.user(name) for name in ("anna", "ben", "cleo")}
        self.anna, self.ben, self.cleo = (make.viewer(user) for user in self.users.values())
        self.item = make.item(self.users["anna"])
        self.storage = make.storage(self.users["anna"])
        make.file(self.storage, asset=make.asset(self.item))
        self.lake = make.collection(self.users["anna"], "Lake", items=[self.item])
        self.share = sharing.offer(self.anna, self.lake.pid, {"user": "ben"}, Terms(contribute=True))
        self.grant = Grant.get()

    def sees(self, viewer: Viewer) -> bool:
        return access.visible_items(viewer).where(Item.id == self.item.id).exists()

    def epoch_moves(self, act: Callable[[], Any]) -> bool:
        before = counters.read(counters.POLICY_EPOCH)
        act()
        return counters.read(counters.POLICY_EPOCH) > before


@pytest.fixture
def house(make: Make, data: Path) -> House:
    return House(make, data)


def test_nobody_ends_what_is_not_theirs(house: House) -> None:
    acts: list[Callable[[], Any]] = [
        lambda: sharing.revoke(house.cleo, {"grant": house.grant.pid}),
        lambda: sharing.revoke_share(house.cleo, house.share.pid),
        lambda: sharing.revoke(house.cleo, {"storage": house.storage.pid}),
        lambda: sharing.leave(house.cleo, house.grant.pid),
        lambda: sharing.withdraw(house.ben, [house.item.pid]),
        lambda: sharing.change(house.cleo, house.share.pid, {"rights": ["view"]}),
        lambda: sharing.offer(house.ben, house.lake.pid, {"user": "cleo"}, Terms()),
        lambda: sharing.audience(house.ben, house.item.pid),
    ]
    for act in acts:
        with pytest.raises(NotFound):
            act()
    sharing.revoke(house.cleo, {"user": "ben"})
    assert house.sees(house.ben)
    assert not house.sees(house.cleo)
    assert sharing.ledger(house.ben) == sharing.ledger(house.cleo) == []
    assert len(sharing.ledger(house.anna)) == 1


def test_streams_are_told_of_every_end(house: House) -> None:
    taken = [house.make.item(house.users["anna"]).pid]
    collections.add(house.anna, house.lake.pid, taken)
    assert house.epoch_moves(lambda: collections.remove(house.anna, house.lake.pid, taken))
    assert house.epoch_moves(lambda: sharing.change(house.anna, house.share.pid, {"rights": ["view"]}))
    assert house.epoch_moves(lambda: sharing.revoke(house.anna, {"grant": house.grant.pid}))


@pytest.mark.parametrize("how", ["grant", "share", "user", "item", "storage", "left"])
def test_an_older_catalogue_revives_nothing(house: House, how: str) -> None:
    acts: dict[str, Callable[[], Any]] = {
        "grant": lambda: sharing.revoke(house.anna, {"grant": house.grant.pid}),
        "share": lambda: sharing.revoke_share(house.anna, house.share.pid),
        "user": lambda: sharing.revoke(house.anna, {"user": "ben"}),
        "item": lambda: sharing.withdraw(house.anna, [house.item.pid]),
        "storage": lambda: ending.withhold(house.anna, house.storage.pid),
        "left": lambda: sharing.leave(house.ben, house.grant.pid),
    }
    acts[how]()
    assert not house.sees(house.ben)
    Grant.update(state="active", ended_at=None).execute()  # as it was when it was saved
    Share.update(ended_at=None, ended_why="").execute()
    Item.update(withdrawn_at=None).execute()
    Storage.update(withheld_at=None).execute()
    Journal(house.data).replay()
    if how == "storage":
        assert Storage.get().withheld_at is not None
    else:
        assert not house.sees(house.ben)


def test_a_withheld_storage_stays_so(house: House) -> None:
    ending.withhold(house.anna, house.storage.pid)
    assert Storage.get_by_id(house.storage.id).withheld_at is not None


def test_what_failed_is_taken_back_in_the_journal(house: House) -> None:
    with pytest.raises(ZeroDivisionError), house.journal.noting([("grant", house.grant.pid)]):
        raise ZeroDivisionError
    assert house.journal.replay() == 0
    assert house.sees(house.ben)


def test_a_damaged_line_is_passed_over(house: House) -> None:
    path = house.data / NAME
    path.write_text('{"at": 1, "kind": "gr\n[]\n{"at": "x", "kind": "grant", "id": "1", "what": "ended"}\n')
    with house.journal.noting([("grant", house.grant.pid)]):
        pass
    assert house.journal.replay() == 1
    assert not house.sees(house.ben)


def test_an_end_that_is_over_is_no_end(house: House) -> None:
    acts: list[Callable[[], Any]] = [
        lambda: sharing.change(house.anna, house.share.pid, {"expires": clock.now() - 1}),
        lambda: sharing.offer(house.anna, house.lake.pid, {"user": "cleo"}, Terms(expires=clock.now())),
    ]
    for act in acts:
        with pytest.raises(UsageError):
            act()


def test_nothing_is_shared_with_who_is_shut_out(house: House) -> None:
    type(house.users["cleo"]).update(active=False).where(type(house.users["cleo"]).login == "cleo").execute()
    with pytest.raises(UsageError):
        sharing.offer(house.anna, house.lake.pid, {"user": "cleo"}, Terms())


class TestGroups:
    def test_who_joins_gets_what_lives_and_who_leaves_loses_it(self, house: House) -> None:
        group = groups.make_group(house.anna, "Family")
        over = sharing.offer(house.anna, house.lake.pid, {"group": group.pid}, Terms())
        sharing.revoke_share(house.anna, over.pid)
        groups.join_group(house.anna, group.pid, "cleo")
        assert not house.sees(house.cleo), "that share had ended"
        assert not Grant.select().where((Grant.share == over) & Grant.ended_at.is_null()).exists()
        sharing.offer(house.anna, house.lake.pid, {"group": group.pid}, Terms())
        assert house.sees(house.cleo)
        assert house.epoch_moves(lambda: groups.leave_group(house.cleo, group.pid, "cleo"))
        assert not house.sees(house.cleo)

    def test_what_was_taken_from_one_alone_does_not_come_back_with_the_group(self, house: House) -> None:
        group = groups.make_group(house.anna, "Family")
        groups.join_group(house.anna, group.pid, "cleo")
        groups.join_group(house.anna, group.pid, "ben")
        sharing.offer(house.anna, house.lake.pid, {"group": group.pid}, Terms())
        sharing.revoke(house.anna, {"user": "cleo"})
        groups.leave_group(house.cleo, group.pid, "cleo")
        groups.join_group(house.ben, group.pid, "cleo")
        assert not house.sees(house.cleo)
        groups.leave_group(house.anna, group.pid, "ben")
        groups.join_group(house.anna, group.pid, "ben")
        assert house.sees(house.ben), "he only left it"

    def test_nobody_runs_a_group_they_are_not_in(self, house: House, make: Make) -> None:
        group = groups.make_group(house.anna, "Family")
        groups.join_group(house.anna, group.pid, "cleo")
        child = make.viewer(make.user("kim", role="child"))
        for viewer in (house.ben, child):
            for act in (
                lambda v: groups.join_group(v, group.pid, v.login),
                lambda v: groups.leave_group(v, group.pid, "cleo"),
                lambda v: groups.remove_group(v, group.pid),
            ):
                with pytest.raises(HypomosError):
                    act(viewer)
        groups.join_group(house.anna, group.pid, "kim")
        with pytest.raises(HypomosError):
            groups.join_group(child, group.pid, "ben")

    def test_who_leaves_while_something_is_shared_with_the_group_keeps_nothing(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A share that comes between the question what there is to end and the end itself."""
        group = groups.make_group(house.anna, "Family")
        groups.join_group(house.anna, group.pid, "cleo")
        self.meanwhile(house, monkeypatch, {"group": group.pid})
        groups.leave_group(house.anna, group.pid, "cleo")
        assert not house.sees(house.cleo)

    def test_who_joins_while_a_share_is_revoked_gets_nothing(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        group = groups.make_group(house.anna, "Family")
        share = sharing.offer(house.anna, house.lake.pid, {"group": group.pid}, Terms())
        noting = Journal.noting

        def slow(self: Journal, *ended: Any, **more: Any) -> Any:
            monkeypatch.setattr(Journal, "noting", noting)
            groups.join_group(house.anna, group.pid, "cleo")
            return noting(self, *ended, **more)

        monkeypatch.setattr(Journal, "noting", slow)
        sharing.revoke_share(house.anna, share.pid)
        assert not house.sees(house.cleo)
        assert Grant.select().where((Grant.share == share) & Grant.ended_at.is_null()).count() == 0

    def meanwhile(self, house: House, monkeypatch: pytest.MonkeyPatch, to: dict[str, str]) -> None:
        noting = Journal.noting

        def slow(self: Journal, *ended: Any, **more: Any) -> Any:
            monkeypatch.setattr(Journal, "noting", noting)
            sharing.offer(house.anna, house.lake.pid, to, Terms())
            return noting(self, *ended, **more)

        monkeypatch.setattr(Journal, "noting", slow)


class TestDecisions:
    def contributed(self, house: House) -> str:
        album = house.make.collection(house.users["ben"], "Ben's", arrivals="owner")
        shared = sharing.offer(house.ben, album.pid, {"user": "anna"}, Terms(contribute=True))
        assert shared
        sharing.offer(house.anna, house.lake.pid, {"collection": album.pid}, Terms())
        assert Arrival.get().state == "pending"
        return f"in.{album.pid}.{house.item.pid}"

    def test_only_its_owner_lets_something_in(self, house: House) -> None:
        pid = self.contributed(house)
        for viewer in (house.anna, house.cleo):
            with pytest.raises(NotFound):
                sharing.decide(viewer, [pid], "approve")
        undo = sharing.decide(house.ben, [pid], "approve")
        assert Arrival.get().state == "approved"
        with pytest.raises(NotFound):
            sharing.undo(house.anna, undo)
        sharing.undo(house.ben, undo)
        assert Arrival.get().state == "pending"

    def test_a_decision_is_taken_back_for_a_while_only(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        undo = sharing.decide(house.ben, [self.contributed(house)], "approve")
        later = clock.now() + clock.HOUR
        monkeypatch.setattr(clock, "source", lambda: later / clock.SECOND)
        with pytest.raises(NotFound):
            sharing.undo(house.ben, undo)

    def test_only_its_owner_lets_something_out(self, house: House) -> None:
        made = collections.create(house.anna, Draft("Canon", query="type:photo"), {"approval": "owner"})
        dynamic = Collection.get_by_id(made.id)
        here = CollectionItem.collection == dynamic
        if not CollectionItem.select().where(here).exists():
            house.make.member(dynamic, house.item, approval="pending")
        pid = f"out.{dynamic.pid}.{house.item.pid}"
        for viewer in (house.ben, house.cleo):
            with pytest.raises(NotFound):
                sharing.decide(viewer, [pid], "approve")
        sharing.decide(house.anna, [pid], "approve")
        assert CollectionItem.get(CollectionItem.collection == dynamic).shown

    def test_only_ones_own_is_contributed(self, house: House) -> None:
        mine = house.make.collection(house.users["ben"], "Mine", items=[house.item])
        sharing.offer(house.ben, mine.pid, {"collection": house.lake.pid}, Terms())
        assert Arrival.select().count() == 0

    def test_nothing_is_contributed_unasked(self, house: House) -> None:
        sharing.change(house.anna, house.share.pid, {"rights": ["view"]})
        mine = house.make.collection(house.users["ben"], "Mine")
        with pytest.raises(HypomosError):
            sharing.offer(house.ben, mine.pid, {"collection": house.lake.pid}, Terms())
