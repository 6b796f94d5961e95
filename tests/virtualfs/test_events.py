"""`Events/`: what a person finds at their open events, and nothing of what they are not to see."""

from collections.abc import Callable
from typing import Any

import pytest

from services import accounts, clock, collections, events, sharing
from services.accounts import Passwords
from services.errors import NotFound
from services.events import Doors, Events
from services.models import Arrival, Asset, Event, File, Item, Storage, User, counters, transaction
from services.viewers import Viewer
from tests.virtualfs.household import Home
from virtualfs.events import INBOX
from virtualfs.nodes import File as FileNode
from virtualfs.nodes import Folder

pytestmark = pytest.mark.db

IP = "203.0.113.7"


class Fest:
    """Anna's event, and Ben, who takes part in it."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.anna = home.viewer
        self.ben: Viewer = home.make.viewer(home.make.user("ben"))
        self.events = Events(Doors(b"k" * 32, Passwords(time_cost=1, memory_kib=64)))
        self.event = self.make("Wedding")
        self.join(self.event, self.ben)

    def make(self, name: str, **given: Any) -> Event:
        return self.events.make(self.anna, {"name": name, "place": True, **given})

    def join(self, event: Event, viewer: Viewer) -> None:
        door = self.events.doors.show(self.anna, event.pid)
        assert door is not None
        self.events.doors.join(viewer, door.token, ip=IP)

    def put(self, path: str, event: Event | None = None, **more: Any) -> File:
        """A picture of Anna's at the event."""
        file = self.home.item(path)
        if more:
            Item.update(**more).where(Item.id == file.asset.item_id).execute()
        events.contribute_items(self.anna, (event or self.event).pid, [file.asset.item.pid])
        return file

    def bring(self, name: str, who: Viewer | None = None, **terms: bool) -> File:
        """A picture of somebody else's, contributed."""
        who = who or self.ben
        user = User.get_by_id(who.user_id)
        item = self.home.make.item(user, name, taken=1_783_000_000 * clock.SECOND, day=20260702)
        asset = self.home.make.asset(item)
        Item.update(cover_id=asset.id).where(Item.id == item.id).execute()
        storage = Storage.get_or_none(Storage.owner == user) or self.home.make.storage(user, "Theirs")
        file = self.home.make.file(storage, name, asset=asset)
        events.contribute_items(who, self.event.pid, [item.pid], place=True, **terms)
        return file

    def decide(self, file: File, decision: str = "approve") -> None:
        pid = f"in.{self.event.collection.pid}.{file.asset.item.pid}"
        events.decide(self.anna, self.event.pid, [pid], decision)  # type: ignore[arg-type]  # one of the two

    def node(self, viewer: Viewer, path: str) -> FileNode | Folder:
        return self.home.tree.resolve(viewer, path.split("/"))

    def names(self, viewer: Viewer, path: str = "Events/Wedding") -> list[str]:
        """What is in a folder, but for the inbox of an event: that is the matter of `test_events_writing`."""
        node = self.node(viewer, path)
        assert isinstance(node, Folder)
        found = sorted(child.name for child in self.home.tree.children(viewer, node))
        return [name for name in found if name != INBOX]


@pytest.fixture
def fest(home: Home) -> Fest:
    return Fest(home)


def test_only_who_is_at_an_event_finds_it(fest: Fest) -> None:
    fest.put("a.jpg")
    fest.home.item("private.jpg")
    cleo = fest.home.make.viewer(fest.home.make.user("cleo"))
    fest.make("Party")
    assert fest.names(fest.anna, "Events") == ["Party", "Wedding"]
    assert fest.names(fest.ben, "Events") == ["Wedding"]
    assert fest.names(cleo, "Events") == []
    for viewer in (fest.anna, fest.ben):
        assert fest.names(viewer) == ["a.jpg"]
        assert fest.node(viewer, "events/WEDDING/A.jpg").name == "a.jpg"
    for viewer, path in (
        (cleo, "Events/Wedding"), (cleo, "Events/Wedding/a.jpg"), (fest.ben, "Events/Party"),
        (fest.ben, "Events/Wedding/private.jpg"), (fest.ben, "Shared with me/anna"), (fest.anna, "Collections/Wedding"),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            fest.node(viewer, path)


def test_what_was_brought_is_there_once_it_is_approved(fest: Fest) -> None:
    cleo = fest.home.make.viewer(fest.home.make.user("cleo"))
    fest.join(fest.event, cleo)
    file = fest.bring("b.jpg", cleo)
    everybody = (fest.anna, fest.ben, cleo)
    assert [fest.names(viewer) for viewer in everybody] == [[], [], []]
    fest.decide(file)
    assert [fest.names(viewer) for viewer in everybody] == [["b.jpg"]] * 3
    fest.decide(file, "reject")
    assert [fest.names(viewer) for viewer in everybody] == [[], [], []]


def test_what_may_only_be_looked_at_is_not_there(fest: Fest) -> None:
    fest.put("a.jpg")
    kept = fest.bring("b.jpg", download=False)
    fest.decide(kept)
    assert fest.names(fest.ben) == ["a.jpg"], "nor his own by this way"
    assert fest.names(fest.anna) == ["a.jpg"]
    fest.events.change(fest.anna, fest.event.pid, {"download": False})
    assert fest.names(fest.ben) == []
    assert fest.names(fest.ben, "Events") == ["Wedding"]
    with pytest.raises(NotFound):
        fest.node(fest.ben, "Events/Wedding/a.jpg")
    assert fest.names(fest.anna) == ["a.jpg"], "what is hers she has"


def test_what_keeps_its_place_back_is_there_only_where_it_can_be_masked(fest: Fest) -> None:
    fest.put("a.jpg")
    known = fest.put("b.jpg")
    Asset.update(masks=[]).where(Asset.id == known.asset_id).execute()
    fest.events.change(fest.anna, fest.event.pid, {"place": False})
    assert fest.names(fest.ben) == ["b.jpg"]
    assert fest.names(fest.anna) == ["a.jpg", "b.jpg"]


def test_one_event_tells_nothing_of_another(fest: Fest) -> None:
    """A picture that may be downloaded at one event is not in the folder of another that only shows it."""
    file = fest.put("a.jpg")
    party = fest.make("Party", download=False)
    fest.join(party, fest.ben)
    events.contribute_items(fest.anna, party.pid, [file.asset.item.pid])
    assert fest.names(fest.ben) == ["a.jpg"]
    assert fest.names(fest.ben, "Events/Party") == []


def test_a_box_shows_nothing_but_to_its_organisers(fest: Fest) -> None:
    fest.put("a.jpg")
    fest.decide(fest.bring("b.jpg"))
    fest.events.change(fest.anna, fest.event.pid, {"guests": "drop"})
    assert fest.names(fest.ben) == []
    assert fest.names(fest.anna) == ["a.jpg", "b.jpg"]
    events.name_organiser(fest.anna, fest.event.pid, "ben")
    assert fest.names(fest.ben) == ["a.jpg", "b.jpg"]


ENDS: dict[str, Callable[[Fest], object]] = {
    "closed": lambda fest: fest.events.close(fest.anna, fest.event.pid),
    "revoked": lambda fest: sharing.revoke(fest.anna, {"event": fest.event.pid}),
    "left": lambda fest: events.leave(fest.ben, fest.event.pid),
    "removed": lambda fest: events.remove(fest.anna, fest.event.pid, "ben"),
    "disabled": lambda fest: accounts.disable_person(accounts.OPERATOR, fest.home.anna.pid),
}


@pytest.mark.parametrize("end", ENDS)
def test_what_has_ended_is_not_there(fest: Fest, end: str) -> None:
    fest.put("a.jpg")
    folder = fest.node(fest.ben, "Events/Wedding")
    assert fest.names(fest.ben) == ["a.jpg"]
    ENDS[end](fest)
    assert fest.names(fest.ben, "Events") == []
    assert isinstance(folder, Folder)
    assert list(fest.home.tree.children(fest.ben, folder)) == [], "a folder that was asked for before"
    for path in ("Events/Wedding", "Events/Wedding/a.jpg"):
        with pytest.raises(NotFound):
            fest.node(fest.ben, path)


@pytest.mark.parametrize("who", ["anna", "ben"])
def test_an_event_is_over_by_the_clock(fest: Fest, monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    viewer = fest.anna if who == "anna" else fest.ben
    fest.put("a.jpg")
    folder = fest.node(viewer, "Events/Wedding")
    assert fest.names(viewer) == ["a.jpg"]
    monkeypatch.setattr(clock, "source", lambda: fest.event.expires_at / clock.SECOND)
    assert fest.names(viewer, "Events") == []
    assert isinstance(folder, Folder)
    assert list(fest.home.tree.children(viewer, folder)) == []
    for path in ("Events/Wedding", "Events/Wedding/a.jpg"):
        with pytest.raises(NotFound):
            fest.node(viewer, path)


def test_a_contribution_ends_by_the_clock_of_its_share(fest: Fest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder stays; what is passed on in it has ended without a word."""
    file = fest.bring("b.jpg")
    fest.decide(file)
    album = collections.create(fest.ben, collections.Draft("Ben's"))
    other = fest.home.make.item(User.get_by_id(fest.ben.user_id), "c.jpg")
    fest.home.make.file(
        Storage.get(Storage.owner == fest.ben.user_id), "c.jpg", asset=fest.home.make.asset(other)
    )
    collections.add(fest.ben, album.pid, [other.pid])
    end = clock.now() + clock.HOUR
    share = sharing.offer(
        fest.ben,
        album.pid,
        {"user": "anna"},
        sharing.Terms.of({"download", "reshare"}, place=True, expires=end),
    )
    collections.add(fest.anna, fest.event.collection.pid, [other.pid])
    assert share.expires_at == end
    assert fest.names(fest.ben) == ["b.jpg", "c.jpg"]
    monkeypatch.setattr(clock, "source", lambda: end / clock.SECOND)
    assert fest.names(fest.ben) == ["b.jpg"]
    with pytest.raises(NotFound):
        fest.node(fest.ben, "Events/Wedding/c.jpg")


@pytest.mark.parametrize("way", ["taken back one by one", "contribution", "left", "withdrawn", "trashed"])
def test_what_was_taken_back_is_not_there(fest: Fest, way: str) -> None:
    fest.put("a.jpg")
    file = fest.bring("b.jpg")
    fest.decide(file)
    cleo = fest.home.make.viewer(fest.home.make.user("cleo"))
    fest.join(fest.event, cleo)
    assert fest.names(cleo) == ["a.jpg", "b.jpg"]
    pid = file.asset.item.pid
    if way == "taken back one by one":
        events.withdraw_items(fest.ben, fest.event.pid, [pid])
    elif way == "contribution":
        (given,) = events.contributions(fest.ben, fest.event.pid)
        events.withdraw_contribution(fest.ben, fest.event.pid, given.grant.pid)
    elif way == "left":
        events.leave(fest.ben, fest.event.pid)
    elif way == "withdrawn":
        sharing.withdraw(fest.ben, [pid])
    else:
        with transaction():
            Item.update(trashed_at=1).where(Item.pid == pid).execute()
            counters.bump_policy()
    assert fest.names(cleo) == ["a.jpg"]
    assert fest.names(fest.anna) == ["a.jpg"]
    with pytest.raises(NotFound):
        fest.node(cleo, "Events/Wedding/b.jpg")


def test_what_a_guest_took_back_is_nowhere_but_with_its_owner(fest: Fest) -> None:
    """It is hers, lies in her storage until it is in the trash, and is at the event no more."""
    file = fest.put("a.jpg")
    now = clock.now()
    with transaction():
        Item.update(withdrawn_at=now, taken_back_at=now).where(Item.id == file.asset.item_id).execute()
        counters.bump_policy()
    assert fest.names(fest.anna) == fest.names(fest.ben) == []
    assert fest.names(fest.anna, "Library/2026/2026-07") == ["a.jpg"]


def test_names_are_unique_and_stay(fest: Fest) -> None:
    second = fest.make("Wedding")
    third = fest.make("wedding")
    fest.join(second, fest.ben)
    ids = [fest.event.collection_id, second.collection_id, third.collection_id]
    assert fest.names(fest.anna, "Events") == ["Wedding", f"Wedding ({ids[1]})", f"wedding ({ids[2]})"]
    assert fest.names(fest.ben, "Events") == ["Wedding", f"Wedding ({ids[1]})"]
    fest.put("b.jpg", second)
    assert fest.names(fest.ben, f"Events/Wedding ({ids[1]})") == ["b.jpg"]
    fest.events.close(fest.anna, fest.event.pid)
    assert fest.names(fest.ben, "Events") == [f"Wedding ({ids[1]})"], (
        "the name of one that is over is not given on"
    )


def test_an_event_of_many_is_shown_by_months_and_stays_so(
    fest: Fest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("virtualfs.entries.MAX_ENTRIES", 2)
    files = [fest.put(f"IMG_{number}.jpg") for number in range(3)]
    hidden = fest.put("hidden.jpg", withdrawn_at=1)
    for viewer in (fest.anna, fest.ben):
        assert fest.names(viewer) == ["2026"]
        assert fest.names(viewer, "Events/Wedding/2026/2026-07/(1)") == ["IMG_0.jpg", "IMG_1.jpg"]
        unsplit = fest.node(viewer, "Events/Wedding/IMG_2.jpg")
        assert unsplit == fest.node(viewer, "Events/Wedding/2026/2026-07/IMG_2.jpg")
        with pytest.raises(NotFound):
            fest.node(viewer, f"Events/Wedding/{hidden.name}")
    events.withdraw_items(fest.anna, fest.event.pid, [each.asset.item.pid for each in files[1:]])
    assert fest.names(fest.ben) == ["2026"]
    assert fest.names(fest.ben, "Events/Wedding/2026/2026-07") == ["(1)"]


def test_names_are_given_by_what_is_seen(fest: Fest) -> None:
    """What waits for its decision neither takes a name nor is it told of by a number."""
    waits = fest.bring("IMG_1.jpg")
    fest.put("canon/IMG_1.jpg")
    assert fest.names(fest.ben) == ["IMG_1.jpg"]
    assert Arrival.get(Arrival.item == waits.asset.item_id).state == "pending"
    assert fest.names(fest.anna) == ["IMG_1.jpg"]
