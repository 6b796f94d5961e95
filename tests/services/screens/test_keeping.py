"""The screens of a household: what each person is told of them, their names and ends, and what ends with them."""

from pathlib import Path

import pytest

from services import access, clock, screens, sharing
from services.errors import AccessDenied, Conflict, NotFound, UsageError
from services.models import Audit, Collection, Device, Grant, Item, Screen, Share, User, counters
from services.revocations import Journal
from services.screens import identify
from services.screens.keeping import WAITS
from services.sharing import Terms
from services.viewers import Viewer
from tests.factories import Make
from tests.services.screens.conftest import HINT, IP, MAC, Clock

pytestmark = pytest.mark.db


class House:
    """Anna and Ben each show a picture on the television; Dora, a child, and Cleo show nothing."""

    def __init__(self, make: Make, data: Path) -> None:
        self.make, self.journal = make, Journal(data)
        self.users = {
            name: make.user(name, role="child" if name == "dora" else "adult")
            for name in ("anna", "ben", "cleo", "dora")
        }
        self.anna, self.ben, self.cleo, self.dora = (make.viewer(user) for user in self.users.values())
        self.screen = screens.approve(self.anna, identify(IP, MAC, HINT).pid, name="Living room")
        self.items = {name: self.show(name) for name in ("anna", "ben")}

    def show(self, name: str) -> Item:
        user: User = self.users[name]
        item = self.make.item(user, taken=1)
        album: Collection = self.make.collection(user, f"{name}s album", items=[item])
        sharing.offer(self.make.viewer(user), album.pid, {"screen": self.screen.pid}, Terms(download=False))
        return item

    def shown(self) -> set[int]:
        viewer = identify(IP, MAC).viewer
        return set() if viewer is None else {i.id for i in access.visible_items(viewer)}


@pytest.fixture
def house(make: Make, data: Path, time: Clock) -> House:
    return House(make, data)


def test_everybody_sees_the_screens_and_only_their_own_on_them(house: House) -> None:
    (card,) = screens.cards(house.anna)
    assert (card.screen.name, card.state, card.others) == ("Living room", "on", ("Ben",))
    assert [line.collection for line in card.shown] == ["annas album"]
    assert [d.hint for d in card.devices] == [HINT]
    (card,) = screens.cards(house.cleo)
    assert (card.shown, card.others) == ((), ("Anna", "Ben"))
    (card,) = screens.cards(house.dora)
    assert card.devices == (), "devices are adults' business"
    assert card.seen is not None
    for nobody in (
        Viewer(0, "", "", kind="guest", share_id=1),
        Viewer(0, "", "", kind="screen", screen_id=1),
    ):
        assert screens.cards(nobody) == []
        assert sharing.screens(nobody) == []


def test_only_adults_change_and_end_screens(house: House) -> None:
    with pytest.raises(AccessDenied):
        screens.change(house.dora, house.screen.pid, {"name": "Mine"})
    with pytest.raises(AccessDenied):
        screens.remove(house.dora, house.screen.pid)
    assert Screen.get().name == "Living room"
    assert len(house.shown()) == 2


def test_it_is_renamed_and_prolonged(house: House, time: Clock) -> None:
    epoch = counters.read(counters.POLICY_EPOCH)
    until = time.now + clock.HOUR
    card = screens.change(house.ben, house.screen.pid, {"name": "Kitchen", "until": until})
    assert (card.screen.name, card.screen.expires_at) == ("Kitchen", until)
    assert counters.read(counters.POLICY_EPOCH) > epoch, "a nearer end narrows rights"
    viewer = identify(IP, MAC).viewer
    time.pass_(clock.HOUR)
    assert house.shown() == set()
    assert viewer is not None
    assert access.visible_items(viewer).count() == 0, "it shows nothing by the rows either"
    assert [s.name for s in sharing.screens(house.anna)] == [], "nothing more is shared with it"
    assert screens.get(house.anna, house.screen.pid).state == "over"
    screens.change(house.anna, house.screen.pid, {"until": None})
    assert len(house.shown()) == 2
    for bad, field in (
        ({"name": ""}, "name"),
        ({"until": 1}, "until"),
        ({"until": True}, "until"),
        ({"x": 1}, "x"),
    ):
        with pytest.raises(UsageError) as caught:
            screens.change(house.anna, house.screen.pid, bad)
        assert caught.value.field == field
    screens.approve(house.anna, identify("10.0.0.1").pid, name="Hall")
    with pytest.raises(Conflict):
        screens.change(house.anna, house.screen.pid, {"name": "hall"})
    screens.change(house.anna, house.screen.pid, {"name": "KITCHEN"})
    with pytest.raises(NotFound):
        screens.change(house.anna, "nothing", {"name": "x"})


def test_the_days_of_a_screen_are_not_kept_beyond_its_end(house: House, time: Clock) -> None:
    screens.change(house.anna, house.screen.pid, {"until": time.now + clock.HOUR})
    viewer = identify(IP, MAC).viewer
    assert viewer is not None
    assert access.visible_days(viewer) != []
    time.pass_(clock.HOUR)
    assert access.visible_days(viewer) == []


def test_the_end_of_a_screen_is_the_end_of_all_that_it_shows(house: House) -> None:
    viewer = identify(IP, MAC).viewer
    epoch = counters.read(counters.POLICY_EPOCH)
    receipt = screens.remove(house.ben, house.screen.pid)
    assert (receipt.grants, receipt.people) == (2, ("Living room",))
    assert counters.read(counters.POLICY_EPOCH) > epoch
    assert viewer is not None
    assert not access.holds(viewer)
    assert access.visible_items(viewer).count() == 0
    device = identify(IP, MAC)
    assert (device.state, device.viewer) == ("unknown", None)
    assert {g.state for g in Grant.select()} == {"revoked"}
    assert all(s.ended_at is not None for s in Share.select())
    told = Audit.select().where(Audit.action == "screen_removed").order_by(Audit.subject_id)
    assert [(a.subject_id, a.actor_id, a.detail["grants"]) for a in told] == [
        (house.anna.user_id, house.ben.user_id, 2),
        (house.ben.user_id, house.ben.user_id, 2),
    ]
    assert screens.cards(house.anna) == []
    for act in (screens.get, screens.remove):
        with pytest.raises(NotFound):
            act(house.anna, house.screen.pid)
    with pytest.raises(UsageError, match="no such screen"):
        sharing.offer(house.anna, Collection.get().pid, {"screen": house.screen.pid}, Terms())
    again = screens.approve(house.anna, device.pid, name="Living room")
    assert again.pid != house.screen.pid, "its name is free again; what it showed is not back"
    assert house.shown() == set()
    assert house.journal.replay() == 0


def test_what_asks_just_now_is_told_to_adults_alone(house: House, time: Clock) -> None:
    assert screens.asking(house.anna) == []
    first, second = identify("10.0.0.1"), None
    time.pass_(clock.MINUTE)
    second = identify("10.0.0.2")
    assert screens.asking(house.anna) == screens.asking(house.ben) == [second.code, first.code]
    assert screens.asking(house.dora) == []
    assert screens.asking(Viewer(0, "", "", kind="screen", screen_id=house.screen.id)) == []
    assert [d.pid for d in screens.waiting(house.anna)] == [second.pid, first.pid]
    time.pass_(WAITS)
    assert screens.asking(house.anna) == [], "what is switched off since yesterday is no news"
    assert len(screens.waiting(house.anna)) == 2
    assert Device.select().count() == 3


def test_whoever_shows_something_there_may_read_what_became_of_the_screen(house: House, time: Clock) -> None:
    """A longer time and another device are more than they were told when they shared."""
    screens.change(house.cleo, house.screen.pid, {"until": time.now + clock.DAY})
    screens.approve(house.cleo, identify("10.0.0.1").pid, screen=house.screen.pid)
    for action in ("screen_changed", "screen_approved"):
        done = Audit.select().where((Audit.action == action) & (Audit.actor_id == house.cleo.user_id))
        told = {entry.subject_id for entry in done}
        assert told == {viewer.user_id for viewer in (house.anna, house.ben, house.cleo)}, action
