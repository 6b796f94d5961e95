"""An event on a screen: what its participants see, by the same ways, and no longer than the event."""

import pytest

from services import access, clock, events, screens, sharing
from services.clock import HOUR
from services.errors import AccessDenied, Conflict, NotFound, UsageError
from services.models import Event, Grant, Item, Screen, Share, User
from services.revocations import Journal
from services.screens import identify
from services.viewers import Viewer
from tests.services.events.household import Party, older, pids, sees

pytestmark = pytest.mark.db

ADDRESS = "192.168.1.40"


class Room:
    """A living room with a screen, and an event with a picture of Anna's, of Ben's, of Kim's and of a guest's."""

    def __init__(self, party: Party, **given: object) -> None:
        self.party = party
        self.event: Event = party.event(**{"approval": "none", **given})
        self.screen: Screen = screens.approve(party.anna, identify(ADDRESS).pid, name="Living room")
        self.lou = party.guest(self.event)
        for viewer in (party.ben, party.kim):
            party.join(self.event, viewer)
            events.contribute_items(viewer, self.event.pid, [party.items[viewer.login][0].pid])
        events.contribute_items(party.anna, self.event.pid, [party.items["anna"][0].pid])
        self.dropped = party.drop(self.lou)
        self.all = pids(*(party.items[who][0] for who in ("anna", "ben", "kim")), self.dropped)

    @property
    def tv(self) -> Viewer:
        viewer = identify(ADDRESS).viewer
        assert viewer is not None
        return viewer

    def show(self, *, originals: bool = False) -> None:
        events.show_on(self.party.anna, self.event.pid, self.screen.pid, originals=originals)


@pytest.fixture
def room(party: Party) -> Room:
    return Room(party)


@pytest.fixture
def journal(party: Party) -> Journal:
    return Journal(party.make.data)


def test_it_shows_what_is_at_the_event_by_every_way(room: Room) -> None:
    """What children bring is told to the household, so to its screens as well; guests never see it."""
    assert sees(room.tv) == set()
    room.show()
    assert sees(room.tv) == room.all
    assert sees(room.party.guest(room.event, "Mo").viewer) == room.all - pids(room.party.items["kim"][0])
    (showing,) = events.screens_of(room.party.ben, room.event.pid)
    assert (showing.name, showing.screen, showing.originals) == ("Living room", room.screen.pid, False)


def test_what_waits_or_is_rejected_is_not_shown(party: Party) -> None:
    room = Room(party, approval="organiser")
    room.show()
    mine, bens = party.items["anna"][0], party.items["ben"][0]
    assert sees(room.tv) == pids(mine)
    for decision, shown in (("approve", pids(mine, bens)), ("reject", pids(mine))):
        waits = next(a for a in _board(room) if a.described.item.id == bens.id).approval
        events.decide(party.anna, room.event.pid, [waits], decision)  # type: ignore[arg-type]
        assert sees(room.tv) == shown


def _board(room: Room) -> list[events.Arrived]:
    states = ("pending", "approved", "rejected")
    return [a for state in states for a in events.board(room.party.anna, room.event.pid, state).arrived]  # type: ignore[arg-type]


def test_what_is_taken_back_is_gone_at_once(room: Room) -> None:
    room.show()
    party = room.party
    events.withdraw_items(party.ben, room.event.pid, [party.items["ben"][0].pid])
    room.all -= pids(party.items["ben"][0])
    assert sees(room.tv) == room.all
    events.take_back(room.lou.viewer, [room.dropped.pid], party.jobs)
    assert sees(room.tv) == room.all - pids(room.dropped)
    events.leave(party.kim, room.event.pid)
    assert sees(room.tv) == pids(party.items["anna"][0])
    sharing.withdraw(party.anna, [party.items["anna"][0].pid])
    assert sees(room.tv) == set()


def test_its_owners_terms_hold_and_the_place_never_goes_there(party: Party) -> None:
    room = Room(party, place=True)
    mine, bens = (Item.get_by_id(party.items[who][0].id) for who in ("anna", "ben"))
    room.show(originals=True)
    assert access.rights(room.tv, mine) == access.Rights(download=True)
    assert access.rights(room.tv, bens) == access.Rights(download=True)
    Share.update(may_download=False).where(Share.owner == party.ben.user_id).execute()
    assert access.rights(room.tv, bens) == access.Rights()
    assert not Share.get(Share.kind == "screen").shows_place


def test_originals_where_the_event_allows_them_alone(party: Party) -> None:
    room = Room(party, download=False)
    with pytest.raises(UsageError) as caught:
        room.show(originals=True)
    assert caught.value.field == "rights"
    party.events.change(party.anna, room.event.pid, {"download": True})
    room.show(originals=True)
    party.events.change(party.anna, room.event.pid, {"download": False})
    assert not access.rights(room.tv, party.items["anna"][0]).download
    party.events.change(party.anna, room.event.pid, {"download": True})
    assert not access.rights(room.tv, party.items["anna"][0]).download, "what was narrowed stays so"


def test_it_ends_with_the_event(room: Room, journal: Journal) -> None:
    """Also when an older catalogue is put in place."""
    room.show()
    back = older()
    room.party.events.close(room.party.anna, room.event.pid)
    assert sees(room.tv) == set()
    assert events.screens_of(room.party.anna, room.event.pid) == []
    share, grant = Share.get(Share.kind == "screen"), Grant.get(Grant.screen == room.screen.id)
    assert (share.ended_why, grant.state) == ("revoked", "revoked")
    back()
    assert sees(room.tv) == room.all
    assert journal.replay() > 0
    assert sees(room.tv) == set()
    assert Share.get_by_id(share.id).ended_at is not None


def test_of_a_screen_that_the_journal_knows_nothing_of(room: Room, journal: Journal) -> None:
    """It ends with the event all the same: an older catalogue may have it where the journal's has not."""
    back = older()
    room.party.events.close(room.party.anna, room.event.pid)
    back()
    room.show()
    journal.replay()
    assert sees(room.tv) == set()
    assert Share.get(Share.kind == "screen").ended_at is not None


def test_it_ends_by_the_clock_whenever_that_is_moved_to(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.show()
    began = clock.now()
    for hours in (1, 3):
        room.party.events.change(room.party.anna, room.event.pid, {"expires": began + hours * HOUR})
    monkeypatch.setattr(clock, "source", lambda: (began + 2 * HOUR) / clock.SECOND)
    assert sees(room.tv) == room.all
    monkeypatch.setattr(clock, "source", lambda: (began + 3 * HOUR) / clock.SECOND)
    assert sees(room.tv) == set()
    assert events.screens_of(room.party.anna, room.event.pid) == []
    with pytest.raises(Conflict, match="over"):
        room.show()
    assert events.close_due() == 1
    assert Grant.get(Grant.screen == room.screen.id).state == "expired"


def test_it_is_ended_by_itself_and_the_event_goes_on(room: Room) -> None:
    room.show()
    receipt = events.end_on(room.party.anna, room.event.pid, room.screen.pid)
    assert (receipt.grants, receipt.people) == (1, ("Living room",))
    assert sees(room.tv) == set()
    assert Event.get_by_id(room.event.id).state == "open"
    with pytest.raises(NotFound):
        events.end_on(room.party.anna, room.event.pid, room.screen.pid)
    room.show()
    assert sees(room.tv) == room.all


@pytest.mark.parametrize("way", ["grant", "screen", "share", "the screen"])
def test_every_other_end_of_a_share_ends_it_too(room: Room, way: str) -> None:
    room.show()
    anna = room.party.anna
    if way == "the screen":
        screens.remove(anna, room.screen.pid)
    elif way == "share":
        sharing.revoke_share(anna, Share.get(Share.kind == "screen").pid)
    else:
        pid = room.screen.pid if way == "screen" else Grant.get(Grant.screen == room.screen.id).pid
        sharing.revoke(anna, {way: pid})
    assert events.screens_of(anna, room.event.pid) == []
    assert Event.get_by_id(room.event.id).state == "open"


def test_who_sees_only_their_own_is_no_audience(room: Room) -> None:
    """Of a drop box a screen shows nothing, also when an event that is shown becomes one."""
    room.show()
    room.party.events.change(room.party.anna, room.event.pid, {"guests": "drop"})
    assert sees(room.tv) == set()
    assert access.live_grants(room.tv).count() == 0
    assert not any(w.screen for w in sharing.audience(room.party.ben, room.party.items["ben"][0].pid))
    events.end_on(room.party.anna, room.event.pid, room.screen.pid)
    with pytest.raises(UsageError, match="no screen"):
        room.show()


def test_organisers_say_so_who_are_adults(room: Room) -> None:
    party = room.party
    room.show()
    for viewer in (party.ben, party.kim):
        for act in (events.show_on, events.end_on):
            with pytest.raises(NotFound):
                act(viewer, room.event.pid, room.screen.pid)
    events.end_on(party.anna, room.event.pid, room.screen.pid)
    events.name_organiser(party.anna, room.event.pid, "ben")
    events.show_on(party.ben, room.event.pid, room.screen.pid)
    assert Share.get((Share.kind == "screen") & Share.ended_at.is_null()).owner_id == party.anna.user_id
    assert sees(room.tv) == room.all
    events.end_on(party.ben, room.event.pid, room.screen.pid)
    User.update(role="child").where(User.id == party.ben.user_id).execute()
    child = party.make.viewer(User.get_by_id(party.ben.user_id))
    with pytest.raises(AccessDenied):
        events.show_on(child, room.event.pid, room.screen.pid)


def test_once_a_screen_and_on_one_that_there_is(room: Room) -> None:
    room.show()
    with pytest.raises(Conflict, match="Living room"):
        room.show()
    with pytest.raises(UsageError) as caught:
        events.show_on(room.party.anna, room.event.pid, "nothing")
    assert caught.value.field == "screen"
    room.party.events.close(room.party.anna, room.event.pid)
    with pytest.raises(Conflict, match="over"):
        room.show()


def test_who_brought_something_learns_of_it_and_so_does_the_ledger(room: Room) -> None:
    room.show()
    party = room.party
    for viewer in (party.anna, party.ben):
        item = party.items[viewer.login][0]
        assert "Living room" in {w.screen for w in sharing.audience(viewer, item.pid)}
    line = next(line for line in sharing.ledger(party.anna) if line.screen)
    assert (line.to, line.event, line.purpose) == ("Living room", room.event.pid, "event")
    assert [each.collection for each in screens.get(party.anna, room.screen.pid).shown] == ["Wedding"]
    (offered,) = sharing.offers(party.anna, pid=line.share.pid)
    assert offered.to == ("screen", "Living room")
    with pytest.raises(UsageError, match="Change the event"):
        sharing.change(party.anna, line.share.pid, {"rights": ["view", "download"]})
    assert sharing.preview_on(party.ben, room.screen.pid).total == 1
