"""The inbox of an event: what one puts there is brought to it, and nobody finds there what others bring."""

from collections.abc import Callable, Iterator

import pytest

from services import access, clock, collections, events, sharing
from services.errors import Conflict, NotFound, ReadOnly, UsageError
from services.models import Arrival, Asset, Collection, Event, File, Grant, Item, User, counters, transaction
from services.viewers import Viewer
from tests.fakes import jpeg
from tests.virtualfs.attic import Attic
from virtualfs.events_writing import TOP
from virtualfs.handing import KEEPS_NAME
from virtualfs.writing import Act

DATA, OTHER = jpeg(n=1, taken="2026-07-14T12:30:00"), jpeg(n=2, taken="2026-08-14T12:30:00")
INBOX = "Events/Wedding/Inbox"


@pytest.fixture
def theirs(attic: Attic) -> Event:
    """Ben's event, which Anna takes part in and which asks; Kim is there too."""
    return attic.event(attic.ben, approval="organiser")


def kim(attic: Attic, event: Event) -> Viewer:
    viewer = attic.make.viewer(attic.make.user("kim"))
    door = attic.events.doors.show(attic.ben, event.pid)
    assert door is not None
    attic.events.doors.join(viewer, door.token, ip="203.0.113.7")
    return viewer


def masked() -> None:
    """What may be shown without its place is known of every picture."""
    with transaction():
        Asset.update(masks=[]).execute()
        counters.bump_content()


@pytest.mark.db
def test_what_is_put_waits_is_shown_and_is_taken_back(attic: Attic, theirs: Event) -> None:
    other = kim(attic, theirs)
    tag = attic.write(f"{INBOX}/IMG_1.jpg", DATA)
    assert attic.file("events/wedding/INBOX/img_1.jpg").etag == tag
    assert attic.listed(INBOX) == ["IMG_1.jpg"]
    assert attic.desk.read("Events/Wedding/IMG_1.jpg") == DATA, "in her own storage"
    attic.read()
    assert attic.listed(INBOX) == ["IMG_1.jpg"]
    assert Arrival.get().state == "pending"
    for viewer in (attic.ben, other):
        assert attic.listed(INBOX, viewer) == []
        assert attic.listed("Events/Wedding", viewer) == ["Inbox"]
        assert attic.sees(viewer) == []
    item = Item.get()
    assert item.owner_id == attic.anna.user_id
    attic.decide(theirs, item, "approve")
    assert attic.sees(other) == ["IMG_1.jpg"]
    assert attic.listed("Events/Wedding", other) == ["Inbox"], (
        "its place is kept back, and it is not masked yet"
    )
    masked()
    for viewer in (attic.anna, attic.ben, other):
        assert attic.listed("Events/Wedding", viewer) == ["IMG_1.jpg", "Inbox"]
    assert attic.listed(INBOX, other) == []
    before = attic.files()
    attic.delete(f"{INBOX}/IMG_1.jpg")
    for viewer in (attic.anna, attic.ben, other):
        assert attic.listed("Events/Wedding", viewer) == ["Inbox"]
    assert attic.listed(INBOX) == []
    assert (attic.sees(attic.ben), attic.files()) == ([], before)
    assert access.get_item(attic.anna, item.pid).trashed_at is None


def test_an_event_that_does_not_ask_shows_it_when_it_is_read(attic: Attic) -> None:
    attic.event(attic.ben, approval="none")
    attic.write(f"{INBOX}/IMG_1.jpg", DATA)
    assert attic.listed("Events/Wedding", attic.ben) == ["Inbox"]
    attic.read()
    assert attic.sees(attic.ben) == ["IMG_1.jpg"]
    masked()
    assert attic.listed("Events/Wedding", attic.ben) == ["IMG_1.jpg", "Inbox"]


@pytest.mark.db
def test_the_organiser_puts_hers_in_without_asking(attic: Attic) -> None:
    event = attic.event()
    attic.write(f"{INBOX}/IMG_1.jpg", DATA)
    attic.read()
    assert attic.listed(INBOX) == attic.listed("Events/Wedding", attic.ben)[:1] == ["IMG_1.jpg"]
    assert attic.members(Collection.get_by_id(event.collection_id)) == ["IMG_1.jpg"]
    attic.delete(f"{INBOX}/IMG_1.jpg")
    assert attic.listed("Events/Wedding", attic.ben) == ["Inbox"]


def test_what_is_copied_comes_by_reference(attic: Attic, theirs: Event) -> None:
    attic.have("old/summer.jpg", DATA)
    before = attic.files()
    attic.copy("Library/2026/2026-07/summer.jpg", f"{INBOX}/summer.jpg")
    attic.copy("Storages/Two/old/summer.jpg", f"{INBOX}/summer.jpg")
    assert attic.listed(INBOX) == ["summer.jpg"]
    assert attic.files() == before
    assert Arrival.get().state == "pending"
    with pytest.raises(ReadOnly):
        attic.move("Storages/Two/old/summer.jpg", f"{INBOX}/summer.jpg")


def test_only_ones_own_can_be_brought(attic: Attic, theirs: Event) -> None:
    """What Ben brought to his event is his: Anna may look at it there, and brings it to none of hers."""
    ben = User.get_by_id(attic.ben.user_id)
    item = attic.make.item(ben, "bens.jpg")
    asset = attic.make.asset(item)
    Item.update(cover_id=asset.id).where(Item.id == item.id).execute()
    attic.make.file(attic.make.storage(ben, "Ben's"), "bens.jpg", asset=asset, read_state="done")
    events.contribute_items(attic.ben, theirs.pid, [item.pid])
    assert attic.listed("Events/Wedding") == ["Inbox", "bens.jpg"]
    with pytest.raises(UsageError, match="of your own"):
        attic.copy("Events/Wedding/bens.jpg", f"{INBOX}/bens.jpg")
    with pytest.raises(NotFound):
        attic.delete(f"{INBOX}/bens.jpg")
    assert attic.listed(INBOX) == []


@pytest.mark.parametrize("act", ["put", "delete", "copy", "move", "make_folder", "lock", "describe"])
def test_nothing_else_of_an_event_is_changed_here(attic: Attic, theirs: Event, act: Act) -> None:
    attic.write(f"{INBOX}/IMG_1.jpg", DATA)
    attic.read()
    attic.decide(theirs, Item.get(), "approve")
    for path in ("Events/Wedding", "Events/Wedding/IMG_1.jpg", "Events/New", "Events/Wedding/new.jpg"):
        with pytest.raises(ReadOnly) as refused:
            attic.may(path, act)
        assert str(refused.value) == TOP
    if act in {"lock", "describe"}:
        attic.may(INBOX, act)
    else:
        with pytest.raises(ReadOnly):
            attic.may(INBOX, act)


@pytest.mark.db
def test_names_in_it(attic: Attic, theirs: Event) -> None:
    attic.write(f"{INBOX}/IMG_1.jpg", b"")
    assert attic.file(f"{INBOX}/IMG_1.jpg").size == 0
    attic.write(f"{INBOX}/IMG_1.jpg", DATA)
    attic.write(f"{INBOX}/IMG_2.jpg", OTHER)
    attic.read()
    assert attic.listed(INBOX) == ["IMG_1.jpg", "IMG_2.jpg"]
    attic.have("old/summer.jpg", jpeg(n=3, taken="2026-07-14T12:30:00"))
    attic.copy("Library/2026/2026-07/summer.jpg", f"{INBOX}/summer.jpg")
    with pytest.raises(ReadOnly, match=KEEPS_NAME):
        attic.move(f"{INBOX}/summer.jpg", f"{INBOX}/autumn.jpg")
    attic.move(f"{INBOX}/IMG_2.jpg", f"{INBOX}/autumn.jpg")
    assert attic.listed(INBOX) == ["IMG_1.jpg", "autumn.jpg", "summer.jpg"]
    with pytest.raises(ReadOnly):
        attic.mkdir(f"{INBOX}/sub")
    attic.event(attic.ben, name="Party")
    with pytest.raises(ReadOnly):
        attic.move(f"{INBOX}/IMG_1.jpg", "Events/Party/Inbox/IMG_1.jpg")


@pytest.mark.db
def test_a_picture_called_inbox_stands_beside_it(attic: Attic) -> None:
    event = attic.event()
    item = attic.have("inbox", DATA)
    events.contribute_items(attic.anna, event.pid, [item.pid])
    assert attic.listed("Events/Wedding") == ["Inbox", f"inbox ({item.cover_id})"]
    assert attic.listed(INBOX) == ["inbox"]


def test_everybody_has_an_inbox_of_their_own(attic: Attic, theirs: Event) -> None:
    assert attic.canonical(f"{INBOX}/a.jpg") == f"/Events/{theirs.pid}/{attic.anna.user_id}/a.jpg"
    assert attic.canonical(INBOX, attic.ben) == f"/Events/{theirs.pid}/{attic.ben.user_id}"
    with pytest.raises(ReadOnly):
        attic.canonical("Events/Wedding/a.jpg")


def test_where_only_organisers_bring_there_is_none(attic: Attic) -> None:
    event = attic.event(attic.ben, guests="view")
    assert attic.listed("Events/Wedding") == []
    assert attic.listed("Events/Wedding", attic.ben) == ["Inbox"]
    with pytest.raises(NotFound):
        attic.node(INBOX)
    with pytest.raises(NotFound):
        attic.write(f"{INBOX}/IMG_1.jpg", DATA)
    events.name_organiser(attic.ben, event.pid, "anna")
    assert attic.listed("Events/Wedding") == ["Inbox"]


ENDS: dict[str, Callable[[Attic, Event], object]] = {
    "closed": lambda attic, event: attic.events.close(attic.ben, event.pid),
    "revoked": lambda attic, event: sharing.revoke(attic.ben, {"event": event.pid}),
    "left": lambda attic, event: events.leave(attic.anna, event.pid),
    "removed": lambda attic, event: events.remove(attic.ben, event.pid, "anna"),
}


@pytest.mark.parametrize("end", ENDS)
def test_once_it_has_ended_nothing_is_there_and_nothing_comes_in(
    attic: Attic, theirs: Event, end: str
) -> None:
    attic.write(f"{INBOX}/IMG_1.jpg", DATA)
    ENDS[end](attic, theirs)
    for act in (
        lambda: attic.node(INBOX),
        lambda: attic.write(f"{INBOX}/IMG_2.jpg", OTHER),
        lambda: attic.delete(f"{INBOX}/IMG_1.jpg"),
    ):
        with pytest.raises(NotFound):
            act()
    attic.read()
    assert attic.sees(attic.ben) == [], "what was still to be read"


@pytest.mark.db
def test_it_is_over_by_the_clock(attic: Attic, theirs: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    attic.write(f"{INBOX}/IMG_1.jpg", DATA)
    attic.read()
    event = Event.get_by_id(theirs.id)
    monkeypatch.setattr(clock, "source", lambda: event.expires_at / clock.SECOND)
    with pytest.raises(NotFound):
        attic.node(INBOX)
    with pytest.raises(NotFound):
        attic.write(f"{INBOX}/IMG_2.jpg", OTHER)


def test_one_that_ends_while_the_bytes_come_takes_nothing(attic: Attic, theirs: Event) -> None:
    into = events.inbox(attic.anna, theirs.pid)

    def pieces() -> Iterator[bytes]:
        yield DATA
        attic.events.close(attic.ben, theirs.pid)

    with pytest.raises(Conflict, match="over"):
        attic.handing.put(attic.anna, into, "IMG_1.jpg", pieces(), size=None)
    assert (attic.files(), File.select().count()) == ({}, 0)
    assert not Grant.select().where(Grant.owner == attic.anna.user_id).exists()


def test_by_a_collection_that_was_contributed_whole_nothing_lies_in_it(attic: Attic, theirs: Event) -> None:
    """It is taken back as a whole, in the browser; the inbox holds what can be taken back one by one."""
    collections.add(attic.anna, attic.lake.pid, [attic.have("a.jpg", DATA).pid])
    events.contribute_collection(attic.anna, theirs.pid, attic.lake.pid)
    assert attic.listed(INBOX) == []
