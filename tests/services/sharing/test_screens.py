"""Shares to a screen: whoever is in the room looks; no place, nothing passed on, originals only where it says so."""

from typing import Any

import pytest

from services import access, clock, screens, sharing
from services.errors import Conflict, NotFound, UsageError
from services.models import Device, Grant, Item, Screen, Share, User
from services.screens import identify
from services.sharing import Terms
from services.viewers import Viewer
from tests.factories import Make

pytestmark = pytest.mark.db


class House:
    """Anna with two collections, Ben with nothing, Dora, a child, with one; a screen."""

    def __init__(self, make: Make) -> None:
        self.make = make
        self.users: dict[str, User] = {
            name: make.user(name, role="child" if name == "dora" else "adult")
            for name in ("anna", "ben", "dora")
        }
        self.anna, self.ben, self.dora = (make.viewer(user) for user in self.users.values())
        self.item = make.item(self.users["anna"], taken=1, lat=47.0, lon=8.0, day=20260701)
        self.file = make.file(make.storage(self.users["anna"]), asset=make.asset(self.item))
        Item.update(cover_id=self.file.asset_id).where(Item.id == self.item.id).execute()
        self.lake = make.collection(self.users["anna"], "Lake", items=[self.item])
        self.screen = screens.approve(self.anna, identify("192.168.1.40").pid, name="Living room")
        (place,) = sharing.screens(self.anna)
        assert place.pid == self.screen.pid

    def offer(self, **terms: Any) -> Share:
        return sharing.offer(self.anna, self.lake.pid, {"screen": self.screen.pid}, Terms(**terms))

    @property
    def tv(self) -> Viewer:
        viewer = identify("192.168.1.40").viewer
        assert viewer is not None
        return viewer

    def sees(self) -> bool:
        return access.visible_items(self.tv).where(Item.id == self.item.id).exists()


@pytest.fixture
def house(make: Make) -> House:
    return House(make)


def test_it_is_seen_at_once_and_until_it_ends(house: House) -> None:
    assert not house.sees()
    share = house.offer()
    assert house.sees()
    grant = Grant.get()
    assert (grant.state, grant.screen_id, grant.user_id) == ("active", house.screen.id, None)
    assert sharing.revoke_share(house.anna, share.pid).people == ("Living room",)
    assert not house.sees()


def test_of_a_share_without_an_end_every_right_is_what_it_says(house: House) -> None:
    share = house.offer(download=False)
    assert access.rights(house.tv, house.item) == access.Rights()
    assert not access.may_read(house.tv, house.file.id), "previews, and no original"
    sharing.change(house.anna, share.pid, {"rights": ["view", "download"]})
    assert access.rights(house.tv, house.item) == access.Rights(download=True)
    assert not access.may_read(house.tv, house.file.id), "nobody knows how to mask this one's place"


def test_the_place_never_goes_there(house: House) -> None:
    share = house.offer(place=True)
    assert not share.shows_place
    with pytest.raises(UsageError) as caught:
        sharing.change(house.anna, share.pid, {"place": True})
    assert caught.value.field == "place"
    sharing.change(house.anna, share.pid, {"place": False, "note": "Sundays"})
    assert not access.rights(house.tv, house.item).place


def test_a_screen_adds_nothing_and_passes_nothing_on(house: House) -> None:
    for right in ("contribute", "reshare"):
        with pytest.raises(UsageError) as caught:
            house.offer(**{right: True})
        assert caught.value.field == "rights"
    share = house.offer()
    with pytest.raises(UsageError):
        sharing.change(house.anna, share.pid, {"rights": ["view", "reshare"]})
    assert Share.select().count() == 1


def test_whom_there_is_not_and_what_is_there_already(house: House) -> None:
    house.offer()
    with pytest.raises(Conflict, match="already"):
        house.offer()
    for pid in ("", "nothing", house.anna.login):
        with pytest.raises(UsageError, match="no such screen"):
            sharing.offer(house.anna, house.lake.pid, {"screen": pid}, Terms())
    with pytest.raises(NotFound):
        sharing.offer(house.ben, house.lake.pid, {"screen": house.screen.pid}, Terms())
    with pytest.raises(NotFound):
        sharing.offer(house.tv, house.lake.pid, {"screen": house.screen.pid}, Terms())


def test_a_child_shows_its_own_on_a_screen_at_home(house: House) -> None:
    item = house.make.item(house.users["dora"], taken=2)
    album = house.make.collection(house.users["dora"], "Drawings", items=[item])
    sharing.offer(house.dora, album.pid, {"screen": house.screen.pid}, Terms())
    assert [i.id for i in access.visible_items(house.tv)] == [item.id]


def test_it_ends_by_the_clock(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    end = clock.now() + clock.HOUR
    house.offer(expires=end)
    assert house.sees()
    monkeypatch.setattr(clock, "source", lambda: end / clock.SECOND)
    assert not house.sees()


def test_one_screen_shows_nothing_of_another(house: House) -> None:
    house.offer()
    hall = screens.approve(house.anna, identify("192.168.1.41").pid, name="Hall")
    viewer = identify("192.168.1.41").viewer
    assert viewer is not None
    assert viewer.screen_id == hall.id
    assert access.visible_items(viewer).count() == 0
    assert not access.may_read(viewer, house.file.id)


def test_the_ledger_and_the_audience_name_the_screen(house: House) -> None:
    share = house.offer()
    (line,) = sharing.ledger(house.anna)
    assert (line.to, line.screen, line.state) == ("Living room", house.screen.pid, "active")
    assert [x.grant.pid for x in sharing.ledger(house.anna, screen=house.screen.pid)] == [line.grant.pid]
    assert sharing.ledger(house.anna, screen="nothing") == []
    (offered,) = sharing.offers(house.anna, pid=share.pid)
    assert offered.to == ("screen", "Living room")
    (witness,) = sharing.audience(house.anna, house.item.pid)
    assert (witness.login, witness.screen, witness.grant) == ("", "Living room", line.grant.pid)
    Screen.update(expires_at=1).execute()
    assert sharing.audience(house.anna, house.item.pid) == [], "it shows nothing any more"


def test_a_preview_is_what_the_screen_shows_of_ones_own(house: House) -> None:
    house.offer()
    bens = house.make.item(house.users["ben"], taken=3)
    album = house.make.collection(house.users["ben"], items=[bens])
    sharing.offer(house.ben, album.pid, {"screen": house.screen.pid}, Terms())
    assert access.visible_items(house.tv).count() == 2
    page = sharing.preview_on(house.anna, house.screen.pid)
    assert [i.id for i in page.items] == [house.item.id]
    assert page.total == 1
    assert sharing.private_on(house.anna, house.screen.pid) == 0
    for viewer, pid in ((house.anna, "nothing"), (house.tv, house.screen.pid)):
        with pytest.raises(NotFound):
            sharing.preview_on(viewer, pid)


def test_everything_on_a_screen_is_ended_by_its_owner_alone(house: House) -> None:
    house.offer()
    assert sharing.revoke(house.ben, {"screen": house.screen.pid}).grants == 0
    assert house.sees()
    assert sharing.revoke(house.anna, {"screen": house.screen.pid}).grants == 1
    assert not house.sees()
    with pytest.raises(NotFound):
        sharing.revoke(house.anna, {"screen": "nothing"})
    assert Device.get().state == "approved"
