"""What adults decide of devices: who may, what follows at once, what is written down, and its way back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from services import access, clock, screens, sharing
from services.errors import AccessDenied, Conflict, HypomosError, NotFound, UsageError
from services.models import Audit, Device, Item, Screen, Session, User, counters
from services.revocations import Journal
from services.screens import identify, sign, verify
from services.screens.devices import MOST_REFUSED
from services.screens.names import MAX_NAME
from services.sharing import Terms
from services.viewers import Proof, Viewer
from tests.factories import Make
from tests.services.screens.conftest import HINT, IP, MAC, Clock

pytestmark = pytest.mark.db
KEY = b"k" * 32


class House:
    """Anna, an adult; Dora, a child; a television that asks."""

    def __init__(self, make: Make, data: Path) -> None:
        self.make, self.journal = make, Journal(data)
        self.anna, self.dora = (
            make.viewer(make.user(name, role=role)) for name, role in (("anna", "adult"), ("dora", "child"))
        )
        self.device = identify(IP, MAC, HINT).pid

    def look(self) -> screens.Device:
        return identify(IP, MAC)

    def row(self) -> Device:
        found: Device = Device.get(Device.pid == self.device)
        return found


@pytest.fixture
def house(make: Make, data: Path, time: Clock) -> House:
    return House(make, data)


def test_an_approved_device_is_a_screen_at_once(house: House) -> None:
    screen = screens.approve(house.anna, house.device, name=" Living  room ")
    assert (screen.name, screen.expires_at) == ("Living room", None)
    device = house.look()
    assert device.state == "approved"
    assert device.viewer is not None
    assert device.viewer.screen_id == screen.id
    assert device.version == 2
    (entry,) = Audit.select()
    assert (entry.action, entry.actor_id, entry.object) == (
        "screen_approved",
        house.anna.user_id,
        "Living room",
    )
    assert entry.detail == {"code": device.code, "address": IP}
    assert house.row().decided_by_id == house.anna.user_id


def test_nobody_but_an_adult_decides(house: House, make: Make) -> None:
    guest = Viewer(0, "", "", kind="guest", guest_id=1)
    tv = Viewer(0, "", "", kind="screen", screen_id=1)
    gone = make.viewer(make.user("gone", active=False))
    signed_out = make.viewer(User.get(User.login == "anna"), proof=Proof("session", 99))
    for viewer in (house.dora, guest, tv, gone, signed_out):
        acts: list[Callable[[Viewer], object]] = [
            lambda v: screens.approve(v, house.device, name="TV"),
            lambda v: screens.refuse(v, house.device),
            lambda v: screens.ask_again(v, house.device),
            screens.waiting,
            screens.refused,
        ]
        for act in acts:
            with pytest.raises(AccessDenied):
                act(viewer)
    assert house.row().state == "unknown"
    assert house.row().version == 1
    assert Screen.select().count() == Audit.select().count() == Session.select().count() == 0
    assert house.journal.replay() == 0


def test_what_does_not_fit_is_refused_and_changes_nothing(house: House, time: Clock) -> None:
    screens.approve(house.anna, identify("10.0.0.1").pid, name="Hall", until=time.now + clock.HOUR)
    hall = Screen.get()
    cases: list[tuple[type[HypomosError], str | None, dict[str, object]]] = [
        (UsageError, "name", {}),
        (UsageError, "name", {"name": "x" * (MAX_NAME + 1)}),
        (UsageError, "name", {"name": " \u200b\n"}),
        (Conflict, "name", {"name": "HALL"}),
        (UsageError, "until", {"name": "TV", "until": time.now}),
        (NotFound, None, {"screen": "nothing"}),
    ]
    for error, field, given in cases:
        with pytest.raises(error) as caught:
            screens.approve(house.anna, house.device, **given)  # type: ignore[arg-type]
        assert getattr(caught.value, "field", None) == field, given
    with pytest.raises(NotFound):
        screens.approve(house.anna, "nothing", name="TV")
    assert house.row().state == "unknown"
    time.pass_(clock.HOUR)
    with pytest.raises(UsageError, match="over") as over:
        screens.approve(house.anna, house.device, screen=hall.pid)
    assert over.value.field == "until"
    screens.approve(house.anna, house.device, screen=hall.pid, until=time.now + clock.DAY)
    assert house.look().viewer is not None
    with pytest.raises(Conflict, match="already"):
        screens.approve(house.anna, house.device, name="Another")


@pytest.mark.parametrize(
    ("end", "state"), [(screens.refuse, "refused"), (screens.ask_again, "unknown")], ids=["refused", "again"]
)
def test_a_device_that_is_turned_away_shows_nothing_from_then_on(
    house: House, end: Callable[[Viewer, str], None], state: str
) -> None:
    anna = User.get(User.login == "anna")
    item = house.make.item(anna, taken=1)
    file = house.make.file(house.make.storage(anna), asset=house.make.asset(item, masks=[]))
    Item.update(cover_id=file.asset_id).execute()
    lake = house.make.collection(anna, items=[item])
    screen = screens.approve(house.anna, house.device, name="TV")
    sharing.offer(house.anna, lake.pid, {"screen": screen.pid}, Terms())
    device = house.look()
    viewer, token = device.viewer, sign(KEY, device, item.pid, "320")
    assert viewer is not None
    assert access.may_read(viewer, file.id)
    epoch = counters.read(counters.POLICY_EPOCH)
    end(house.anna, house.device)
    assert counters.read(counters.POLICY_EPOCH) > epoch, "streams under way look again"
    assert not access.may_read(viewer, file.id)
    assert not access.holds(viewer)
    now = house.look()
    code = "" if state == "refused" else device.code  # another that waits may have it by now
    assert (now.state, now.viewer, now.pid, now.code) == (state, None, device.pid, code)
    assert not verify(KEY, token, now, item.pid, "320")
    screens.approve(house.anna, house.device, screen=screen.pid)
    again = house.look()
    assert again.viewer is not None
    assert not verify(KEY, token, again, item.pid, "320"), "each approval begins anew"
    assert not access.holds(viewer)


def test_a_refused_device_is_not_asked_for_again_until_an_adult_says_so(house: House) -> None:
    screens.refuse(house.anna, house.device)
    assert house.look().state == "refused"
    assert screens.waiting(house.anna) == []
    assert screens.asking(house.anna) == []
    assert [d.pid for d in screens.refused(house.anna)] == [house.device]
    version = house.row().version
    screens.refuse(house.anna, house.device)
    assert house.row().version == version, "what is so already is not decided again"
    screens.ask_again(house.anna, house.device)
    assert [d.pid for d in screens.waiting(house.anna)] == [house.device]
    assert screens.refused(house.anna) == []
    assert [a.action for a in Audit.select().order_by(Audit.id)] == ["screen_refused", "screen_asked_again"]


def test_the_refused_are_bounded_too(house: House, time: Clock) -> None:
    rows = [
        {
            "pid": f"p{n}", "key": f"ip 10.0.{n // 256}.{n % 256}", "code": "1", "address": "10.0.0.1",
            "state": "refused", "first_seen_at": n, "last_seen_at": n,
        }
        for n in range(MOST_REFUSED)
    ]  # fmt: skip
    Device.insert_many(rows).execute()
    screens.refuse(house.anna, house.device)
    assert Device.select().where(Device.state == "refused").count() == MOST_REFUSED
    assert house.row().state == "refused"
    assert Device.get_or_none(Device.pid == "p0") is None


def test_a_television_without_a_mac_has_one_address(house: House) -> None:
    """Its address before may be somebody else's by now."""
    old, other = identify("192.168.1.50").pid, identify("192.168.1.51").pid
    screen = screens.approve(house.anna, old, name="TV")
    screens.approve(house.anna, house.device, screen=screen.pid)
    assert identify("192.168.1.50").state == "approved", "what has a MAC beside it takes nothing away"
    viewer = identify("192.168.1.50").viewer
    screens.approve(house.anna, other, screen=screen.pid)
    assert identify("192.168.1.50").state == "unknown"
    assert viewer is not None
    assert not access.holds(viewer)
    assert identify("192.168.1.51").viewer is not None
    assert house.look().viewer is not None
    assert house.journal.replay() == 0


def test_an_approval_that_failed_takes_nothing_from_another(house: House) -> None:
    old, other = identify("192.168.1.50").pid, identify("192.168.1.51").pid
    screen = screens.approve(house.anna, old, name="TV")
    with pytest.raises(AccessDenied):
        screens.approve(house.dora, other, screen=screen.pid)
    assert identify("192.168.1.50").viewer is not None
    assert house.journal.replay() == 0
    assert identify("192.168.1.50").viewer is not None


def test_a_nearer_end_by_another_approval_is_looked_at_by_streams(house: House, time: Clock) -> None:
    screen = screens.approve(house.anna, identify("192.168.1.50").pid, name="TV")
    viewer = identify("192.168.1.50").viewer
    epoch = counters.read(counters.POLICY_EPOCH)
    screens.approve(house.anna, house.device, screen=screen.pid, until=time.now + clock.MINUTE)
    assert counters.read(counters.POLICY_EPOCH) > epoch
    time.pass_(clock.MINUTE)
    assert viewer is not None
    assert not access.holds(viewer)
