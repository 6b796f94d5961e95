"""Openings: counted at both ends of the way, once a minute, for others only, and never in anybody's way."""

import peewee
import pytest

from services import clock, collections, sharing
from services.accounts import acting
from services.collections import Draft
from services.models import Grant, Item, transaction
from services.sharing import Openings, Terms
from services.viewers import Viewer
from tests.factories import Make

pytestmark = pytest.mark.db


@pytest.fixture
def item(make: Make) -> Item:
    return make.item(make.user("anna"))


def viewer(make: Make, login: str) -> Viewer:
    return make.viewer(make.user(login))


def opened() -> dict[int, int]:
    return dict(Grant.select(Grant.owner_id, Grant.opened).tuples())


def test_what_is_passed_on_counts_for_both(make: Make, item: Item) -> None:
    ben, cleo = viewer(make, "ben"), viewer(make, "cleo")
    anna = make.viewer(item.owner)
    lake = make.collection(item.owner, items=[item])
    sharing.offer(anna, lake.pid, {"user": "ben"}, Terms(reshare=True))
    his = collections.create(ben, Draft("From Anna"))
    collections.add(ben, his.pid, [item.pid])
    sharing.offer(ben, his.pid, {"user": "cleo"}, Terms())
    Openings().note(cleo, item)
    assert opened() == {anna.user_id: 1, ben.user_id: 1}
    Openings().note(ben, item)
    assert opened() == {anna.user_id: 2, ben.user_id: 1}


def test_once_a_minute(make: Make, item: Item, monkeypatch: pytest.MonkeyPatch) -> None:
    ben = viewer(make, "ben")
    make.grant(make.share(make.collection(item.owner, items=[item])), user=ben.user_id)
    moment, openings = clock.now(), Openings()
    monkeypatch.setattr(clock, "source", lambda: moment / 1_000_000)
    for _ in range(3):
        openings.note(ben, item)
    assert Grant.get().opened == 1
    assert Grant.get().opened_at == clock.now()
    moment += clock.MINUTE
    openings.note(ben, item)
    assert Grant.get().opened == 2


def test_ones_own_and_what_is_not_shared_count_nowhere(make: Make, item: Item) -> None:
    ben = viewer(make, "ben")
    make.grant(make.share(make.collection(item.owner, items=[item])), user=ben.user_id)
    openings = Openings()
    openings.note(make.viewer(item.owner), item)
    openings.note(viewer(make, "cleo"), item)
    assert Grant.get().opened == 0


def test_a_full_disk_stops_nobody_who_looks(make: Make, item: Item, monkeypatch: pytest.MonkeyPatch) -> None:
    ben = viewer(make, "ben")
    make.grant(make.share(make.collection(item.owner, items=[item])), user=ben.user_id)

    def full() -> None:
        raise peewee.OperationalError("the disk is full")

    monkeypatch.setattr(acting, "transaction", full)
    Openings().note(ben, item)
    with transaction():
        assert Grant.get().opened == 0


def test_memory_is_bounded(make: Make, item: Item, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.sharing.opening.KEPT", 2)
    openings = Openings()
    for name in ("ben", "cleo", "dora"):
        openings.note(viewer(make, name), item)
    assert len(openings._noted) == 2
