"""From somebody's phone to the event: the target that events give, and what they make of what landed."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import pytest

from services import access, clock, collections, events, sharing
from services.accounts import Passwords
from services.collections import Draft
from services.errors import AccessDenied, NotFound, StorageFull, Unavailable
from services.events import Doors, Events, dropping
from services.filing import recover
from services.models import (
    Arrival,
    Asset,
    CollectionItem,
    Event,
    EventPerson,
    File,
    Guest,
    Item,
    Job,
    Upload,
    User,
)
from services.sharing import Terms, Visit
from services.uploads import Target, TooLarge, tell
from tests.fakes import claimed, photo
from tests.services.filing.desk import OLD_NS
from tests.services.uploads.dock import Dock
from tests.services.uploads.test_storing import away

pytestmark = pytest.mark.db

DATA = photo(n=1)
DATED = photo(n=1, taken="2024-05-04T12:00:00")


def entered(dock: Dock, **given: object) -> tuple[Event, Visit]:
    """An event of anna's into her first storage, and a guest at it."""
    made = Events(Doors(b"e" * 32, Passwords(time_cost=1, memory_kib=64)))
    event = made.make(
        dock.desk.viewer, {"name": "Summer: sea", "storage": dock.desk.one.pid, "guests": "drop", **given}
    )
    door = made.doors.show(dock.desk.viewer, event.pid)
    assert door is not None
    came = made.doors.enter(door.token, "Lou", ip="203.0.113.7")
    return event, sharing.visit(came.pid, came.secret)


def entered_too(dock: Dock, event: Event, name: str) -> Visit:
    """Another guest at the same event."""
    doors = Doors(b"e" * 32, Passwords(time_cost=1, memory_kib=64))
    door = doors.show(dock.desk.viewer, event.pid)
    assert door is not None
    came = doors.enter(door.token, name, ip="203.0.113.8")
    return sharing.visit(came.pid, came.secret)


def test_what_a_guest_drops_comes_into_the_event(dock: Dock) -> None:
    event, visit = entered(dock)
    target = events.target(visit.viewer)
    upload = dock.uploads.begin(target, "IMG_1.jpg", len(DATA))
    dock.uploads.append(upload, 0, [DATA])
    upload = dock.store(upload, dock.new_storing(landed=events.landed))
    assert upload.state == "done", upload.problem
    (path,) = dock.files()
    assert path.endswith("/Lou/IMG_1.jpg")
    item = Item.get_by_id(upload.item_id)
    assert (item.owner_id, item.contributed_by_id) == (dock.desk.anna.id, visit.viewer.guest_id)
    assert item.source == "event"
    arrival = Arrival.get()
    assert (arrival.collection_id, arrival.item_id, arrival.guest_id) == (
        event.collection_id, item.id, visit.viewer.guest_id,
    )  # fmt: skip
    assert [each.id for each, _ in events.own_items(visit.viewer)] == [item.id]


@pytest.mark.parametrize("lost", [False, True])
def test_what_anna_has_stays_as_it_is_and_the_guest_has_their_own(dock: Dock, lost: bool) -> None:
    """Be it in a file or in none any more: with all that she said of it, and in what she shares."""
    dock.desk.put("mine.jpg", DATA, row=dock.desk.two)
    dock.desk.scan(dock.desk.two)
    mine, anna = Item.get(), dock.desk.viewer
    lake = collections.create(anna, Draft("Lake"))
    collections.add(anna, lake.pid, [mine.pid])
    ben = dock.make.viewer(dock.make.user("ben"))
    sharing.offer(anna, lake.pid, {"user": "ben"}, Terms())
    if lost:
        dock.desk.adapter(dock.desk.two).delete("mine.jpg")
        File.update(presence="missing", absent_since=1).execute()
    _, visit = entered(dock, approval="none", guests="contribute")
    upload = dock.store(sent(dock, visit), dock.new_storing(landed=events.landed))
    dropped = Item.get_by_id(upload.item_id)
    assert events.own_items(visit.viewer) == [(dropped, "approved")]
    assert (dropped.contributed_by_id, dropped.source) == (visit.viewer.guest_id, "event")
    assert [i.id for i in access.visible_items(ben)] == [mine.id]
    events.take_back(visit.viewer, [dropped.pid], dock.desk.jobs)
    discard(dock)
    kept = Item.get_by_id(mine.id)
    assert (kept.contributed_by_id, kept.source, kept.withdrawn_at) == (None, "scan", None)
    assert [i.id for i in access.visible_items(ben)] == [mine.id]
    assert (dock.files(), dock.files(dock.desk.two)) == ([], [] if lost else ["mine.jpg"])


def test_what_a_guest_takes_back_and_drops_again_is_there_again(dock: Dock) -> None:
    """Also before the first has got to the trash, which goes there alone."""
    event, visit = entered(dock, approval="none", guests="contribute")
    storing = dock.new_storing(landed=events.landed)
    first = dock.store(sent(dock, visit), storing).item
    events.take_back(visit.viewer, [first.pid], dock.desk.jobs)
    again = dock.store(sent(dock, visit), storing).item
    assert events.own_items(visit.viewer) == [(again, "approved")]
    (shown,) = events.board(dock.desk.viewer, event.pid, "approved").arrived
    assert (shown.described.item, shown.twin) == (again, False)
    discard(dock)
    dock.desk.scan()
    assert events.own_items(visit.viewer) == [(again, "approved")]
    assert dock.files() == ["Events/Summer_ sea/Lou/IMG_1 (2).jpg"] or len(dock.files()) == 1
    events.take_back(visit.viewer, [again.pid], dock.desk.jobs)
    discard(dock)
    third = dock.store(sent(dock, visit), storing).item
    assert events.own_items(visit.viewer) == [(third, "approved")]
    assert Arrival.get(Arrival.item == third).reason == "", "she has thrown away nothing"


def test_two_guests_have_each_their_own(dock: Dock) -> None:
    event, lou = entered(dock, approval="none", guests="contribute")
    mia = entered_too(dock, event, "Mia")
    storing = dock.new_storing(landed=events.landed)
    first, second = (dock.store(sent(dock, visit), storing).item for visit in (lou, mia))
    assert events.own_items(lou.viewer) == [(first, "approved")]
    assert events.own_items(mia.viewer) == [(second, "approved")]
    twins = [each.twin for each in events.board(dock.desk.viewer, event.pid, "approved").arrived]
    assert twins == [True, True]
    events.take_back(lou.viewer, [first.pid], dock.desk.jobs)
    assert {i.id for i in access.visible_items(mia.viewer)} == {second.id}


def test_what_anna_moves_with_another_program_stays_the_guests(dock: Dock) -> None:
    _, visit = entered(dock, approval="none", guests="contribute")
    item = dock.store(sent(dock, visit), dock.new_storing(landed=events.landed)).item
    (path,) = dock.files()
    dock.desk.adapter(dock.desk.one).delete(path)
    dock.desk.scan()
    dock.desk.put("Best/renamed.jpg", DATA)
    dock.desk.scan()
    assert events.own_items(visit.viewer) == [(Item.get_by_id(item.id), "approved")]
    assert (Item.select().count(), Item.get().missing) == (1, False)
    events.take_back(visit.viewer, [item.pid], dock.desk.jobs)
    discard(dock)
    assert events.own_items(visit.viewer) == []
    assert dock.files() == ["Best/renamed.jpg"], "she may have it from elsewhere: it is hidden, and stays"


def test_what_anna_threw_away_stays_so_and_is_shown_to_nobody_by_a_guest(dock: Dock) -> None:
    dock.desk.put("mine.jpg", DATA, row=dock.desk.two)
    dock.desk.scan(dock.desk.two)
    mine, anna = Item.get(), dock.desk.viewer
    dock.desk.filing.delete(anna, dock.desk.two.pid, "mine.jpg")
    event, visit = entered(dock, approval="none", guests="contribute")
    dropped = dock.store(sent(dock, visit), dock.new_storing(landed=events.landed)).item
    assert Item.get_by_id(mine.id).trashed_at is not None
    assert dropped.id != mine.id
    arrival = Arrival.get()
    assert (arrival.item_id, arrival.state) == (dropped.id, "pending")
    assert list(access.items_through(visit.viewer, event.collection_id)) == []
    assert events.own_items(visit.viewer) == [(dropped, "approved")], "they are not to learn of that"
    (waits,) = events.board(anna, event.pid).arrived
    events.decide(anna, event.pid, [waits.approval], "approve")
    assert list(access.items_through(visit.viewer, event.collection_id)) == [dropped]


@pytest.mark.parametrize("asks", [True, False])
def test_how_it_came_is_known_to_collections(dock: Dock, asks: bool) -> None:
    """In the transaction that makes it an item it is one that was sent; what comes to an event came to that. What
    waits there is in none."""
    _, visit = entered(dock, approval="organiser" if asks else "none")
    sent_here, dropped = (
        collections.create(dock.desk.viewer, Draft(word, query=f"source:{word}"), {})
        for word in ("upload", "event")
    )
    upload = dock.uploads.begin(events.target(visit.viewer), "IMG_1.jpg", len(DATA))
    dock.uploads.append(upload, 0, [DATA])
    dock.store(upload, dock.new_storing(landed=events.landed))
    here = CollectionItem.collection.in_([sent_here.id, dropped.id]) & CollectionItem.matches
    found = {
        collection
        for (collection,) in CollectionItem.select(CollectionItem.collection_id).where(here).tuples()
    }
    assert found == (set() if asks else {dropped.id})


def test_what_comes_when_it_is_over_is_in_no_collection(dock: Dock) -> None:
    """Nobody is asked about it any more, and nobody said yes."""
    _, visit = entered(dock, approval="none")
    collections.create(dock.desk.viewer, Draft("Dropped", query="source:event"), {})
    upload = dock.uploads.begin(events.target(visit.viewer), "IMG_1.jpg", len(DATA))
    dock.uploads.append(upload, 0, [DATA])
    Event.update(expires_at=clock.now() - 1).execute()
    assert dock.store(upload, dock.new_storing(landed=events.landed)).state == "done"
    assert Item.get().contributed_by_id == visit.viewer.guest_id
    assert not CollectionItem.select().where(CollectionItem.matches).exists()


def test_a_scan_that_sees_it_before_it_has_landed_shows_it_to_nobody(dock: Dock) -> None:
    """As after a crash between the writing and the end; what lies beside it is hers."""
    _, visit = entered(dock)
    collections.create(dock.desk.viewer, Draft("All", query="type:photo"), {})
    upload = sent(dock, visit)
    Upload.update(step="writing", path="Sea/Lou/IMG_1.jpg", sha256=sha256(DATA).digest()).execute()
    dock.desk.put("Sea/Lou/IMG_1.jpg", DATA)
    dock.desk.put("Sea/IMG_1.jpg", photo(n=2))
    dock.desk.scan()
    guest = visit.viewer.guest_id
    assert sorted(str(item.contributed_by_id) for item in Item.select()) == sorted(["None", str(guest)])
    shown = CollectionItem.select().join(Item).where(CollectionItem.matches)
    assert [row.item.contributed_by_id for row in shown] == [None]
    assert dock.store(upload, dock.new_storing(landed=events.landed)).state == "done"
    assert {file.asset.item.contributed_by_id: file.sent for file in File.select()} == {
        None: False,
        guest: True,
    }


def sent_in_vain(dock: Dock, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> Upload:
    """That waits to be stored at its path, for the storage was full."""
    upload = sent(dock, visit)
    away(dock, monkeypatch, StorageFull("There is no room."))
    assert dock.store(upload, dock.new_storing(landed=events.landed)).state == "whole"
    monkeypatch.undo()
    waiting = Upload.get_by_id(upload.id)
    assert waiting.path
    return waiting


@pytest.mark.parametrize("as_large", [True, False])
def test_what_she_puts_where_an_upload_waits_is_not_its_guests(
    dock: Dock, monkeypatch: pytest.MonkeyPatch, as_large: bool
) -> None:
    """It was to be stored there when the storage was full; by then something else lies there."""
    other = photo(n=2) if as_large else photo(n=2_000)
    assert (len(other) == len(DATA)) is as_large
    _, visit = entered(dock)
    waiting = sent_in_vain(dock, visit, monkeypatch)
    dock.desk.put(waiting.path, other)
    dock.desk.scan()
    assert [item.contributed_by_id for item in Item.select()] == [None]
    Upload.update(retry_at=clock.now()).execute()
    assert dock.uploads.housekeep() == 1
    assert dock.store(waiting, dock.new_storing(landed=events.landed)).state == "done"
    assert [item.contributed_by_id for item in Item.select().order_by(Item.id)] == [
        None,
        visit.viewer.guest_id,
    ]
    assert dock.desk.agrees()


def test_what_she_had_where_an_upload_waits_gets_no_version_of_it(
    dock: Dock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It came and went while the storage was full; she shares it, perhaps."""
    _, visit = entered(dock)
    waiting = sent_in_vain(dock, visit, monkeypatch)
    dock.desk.put(waiting.path, photo(n=2))
    dock.desk.scan()
    hers = File.get()
    dock.desk.adapter(dock.desk.one).delete(waiting.path, trash=False)
    Upload.update(retry_at=clock.now()).execute()
    assert dock.uploads.housekeep() == 1
    stored = dock.store(waiting, dock.new_storing(landed=events.landed))
    assert (stored.state, stored.item_id != hers.asset.item_id, stored.path != waiting.path) == (
        "done",
        True,
        True,
    )
    assert File.get_by_id(hers.id).sha256 == hers.sha256


def test_so_many_and_no_more_also_after_a_day(dock: Dock, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was stored counts for as long as the guest is one, and is not taken off by forgetting uploads."""
    _, visit = entered(dock, max_files=1)
    upload = dock.uploads.begin(events.target(visit.viewer), "IMG_1.jpg", len(DATA))
    dock.uploads.append(upload, 0, [DATA])
    dock.store(upload, dock.new_storing(landed=events.landed))
    upload.expires_at = 1
    upload.save(only=["expires_at"])
    dock.uploads.housekeep()
    with pytest.raises(AccessDenied):
        events.target(visit.viewer)


def discard(dock: Dock) -> None:
    """What guests took back goes to the trash, as far as a worker gets."""
    for job in list(Job.select().where((Job.kind == "discard") & Job.finished_at.is_null())):
        run = claimed(dock.desk.jobs, job)
        dock.desk.jobs.finish(run.job, events.Discarding(dock.desk.filing).run(run))


def begun(dock: Dock, visit: Visit) -> Upload:
    """Of which the first half is there."""
    upload = dock.uploads.begin(events.target(visit.viewer), "IMG_1.jpg", len(DATA))
    dock.uploads.append(upload, 0, [DATA[: len(DATA) // 2]])
    return upload


def sent(dock: Dock, visit: Visit) -> Upload:
    """That is there, and waits to be stored."""
    upload = dock.uploads.begin(events.target(visit.viewer), "IMG_1.jpg", len(DATA))
    dock.uploads.append(upload, 0, [DATA])
    return Upload.get_by_id(upload.id)


def leave(dock: Dock, event: Event, visit: Visit) -> None:
    events.leave_event(visit.viewer, dock.desk.jobs)


def send_out(dock: Dock, event: Event, visit: Visit) -> None:
    events.dismiss(dock.desk.viewer, event.pid, visit.pid)


def close(dock: Dock, event: Event, visit: Visit) -> None:
    Events(Doors(b"e" * 32, Passwords(time_cost=1, memory_kib=64))).close(dock.desk.viewer, event.pid)


def run_out(dock: Dock, event: Event, visit: Visit) -> None:
    """The clock alone: nobody was there to say so in the rows."""
    Event.update(expires_at=clock.now() - 1).where(Event.id == event.id).execute()


ENDINGS = [leave, send_out, close, run_out]


@pytest.mark.parametrize("end", ENDINGS)
def test_what_is_on_its_way_ends_with_the_visit(
    dock: Dock, end: Callable[[Dock, Event, Visit], None]
) -> None:
    event, visit = entered(dock)
    upload, mine = begun(dock, visit), dock.send(DATA[:5], "mine.txt", viewer=dock.desk.viewer)
    end(dock, event, visit)
    half = len(DATA) // 2
    with pytest.raises(NotFound):
        dock.uploads.append(upload, half, [DATA[half:]])
    assert not dock.spool.path(upload.pid).exists()
    dock.uploads.housekeep()
    assert [each.pid for each in Upload.select()] == [mine.pid]
    assert dock.spool.path(mine.pid).exists()


@pytest.mark.parametrize("end", ENDINGS)
def test_what_comes_while_the_visit_ends_is_not_kept(
    dock: Dock, end: Callable[[Dock, Event, Visit], None]
) -> None:
    """In the middle of a piece: its last byte comes after the end."""
    event, visit = entered(dock)
    upload = dock.uploads.begin(events.target(visit.viewer), "IMG_1.jpg", len(DATA))

    def pieces() -> Iterator[bytes]:
        yield DATA[:10]
        end(dock, event, visit)
        yield DATA[10:]

    with pytest.raises(NotFound):
        dock.uploads.append(upload, 0, pieces())
    assert not dock.spool.path(upload.pid).exists()
    assert not Job.select().where(Job.kind == "upload").exists()
    dock.uploads.housekeep()
    assert not Upload.select().exists()


@pytest.mark.parametrize("end", [leave, send_out])
def test_what_waits_to_be_stored_is_not(dock: Dock, end: Callable[[Dock, Event, Visit], None]) -> None:
    event, visit = entered(dock)
    upload, kept = sent(dock, visit), dock.send(DATA, "mine.jpg", viewer=dock.desk.viewer)
    end(dock, event, visit)
    assert dock.store(upload, dock.new_storing(landed=events.landed)).state == "whole"
    assert (dock.files(), Item.select().exists()) == ([], False)
    assert dock.uploads.housekeep() == 1  # anna's own
    assert [each.pid for each in Upload.select()] == [kept.pid]
    assert not dock.spool.path(upload.pid).exists()


def test_what_is_just_being_stored_goes_to_the_trash(dock: Dock) -> None:
    _, visit = entered(dock)
    upload = sent(dock, visit)

    def landed(upload: Upload, item: Item, thrown_away: bool) -> None:
        Guest.update(ended_at=clock.now()).where(Guest.id == visit.viewer.guest_id).execute()
        events.landed(upload, item, thrown_away)

    assert dock.store(upload, dock.new_storing(landed=landed)).state == "done"
    item = Item.get()
    assert item.taken_back_at is not None
    assert item.withdrawn_at is not None
    assert not Arrival.select().exists()
    assert events.discard_due(dock.desk.jobs) == 1
    discard(dock)
    assert dock.files() == []
    assert Item.get().trashed_at is not None


def test_what_arrived_without_an_answer_is_the_guests_for_good(
    dock: Dock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next try finds it there, and only then is it looked what became of the first."""
    _, visit = entered(dock)
    upload, storage = sent(dock, visit), dock.desk.adapter(dock.desk.one)
    write = storage.write

    def unanswered(*args: Any, **more: Any) -> None:
        write(*args, **more)
        raise Unavailable("The storage did not answer.")

    monkeypatch.setattr(storage, "write", unanswered)
    assert dock.store(upload, dock.new_storing(landed=events.landed)).state == "whole"
    monkeypatch.undo()
    Upload.update(retry_at=clock.now()).execute()
    assert dock.uploads.housekeep() == 1
    item = dock.store(upload, dock.new_storing(landed=events.landed)).item
    assert recover(dock.desk.hands) == 1
    assert (File.get().sent, File.get().read_state) == (True, "done")
    dock.desk.work()
    events.take_back(visit.viewer, [item.pid], dock.desk.jobs)
    discard(dock)
    assert dock.files() == []


@pytest.mark.parametrize("late", [True, False])
@pytest.mark.parametrize("name", ["Lou", "Kim"])
def test_what_was_taken_back_and_is_dropped_again_is_a_picture_of_its_own(
    dock: Dock, late: bool, name: str
) -> None:
    """By the same guest or another, before or after the first file is in the trash."""
    event, visit = entered(dock, approval="none", guests="contribute")
    first = dock.store(
        sent_to(dock, events.target(visit.viewer), DATED), dock.new_storing(landed=events.landed)
    ).item
    events.take_back(visit.viewer, [first.pid], dock.desk.jobs)
    if late:
        discard(dock)
    again = visit if name == "Lou" else entered_too(dock, event, name)
    upload = dock.store(
        sent_to(dock, events.target(again.viewer), DATED), dock.new_storing(landed=events.landed)
    )
    assert [(item.id, state) for item, state in events.own_items(again.viewer)] == [
        (upload.item_id, "approved")
    ]
    assert upload.item_id != first.id
    dock.desk.scan()  # which looks what belongs together
    if not late:
        discard(dock)
    dock.desk.scan()
    assert [(item.id, state) for item, state in events.own_items(again.viewer)] == [
        (upload.item_id, "approved")
    ]
    assert Item.get_by_id(first.id).trashed_at is not None
    assert len(dock.files()) == 1
    assert dock.desk.agrees()


def test_what_is_dropped_again_stays_itself_wherever_she_moves_it(dock: Dock) -> None:
    """Also where only its bytes tell, which what was taken back has too."""
    _, visit = entered(dock, approval="none", guests="contribute")
    first = dock.store(sent(dock, visit), dock.new_storing(landed=events.landed)).item
    events.take_back(visit.viewer, [first.pid], dock.desk.jobs)
    discard(dock)
    item = dock.store(sent(dock, visit), dock.new_storing(landed=events.landed)).item
    File.update(presence="missing", absent_since=1).execute()
    dock.desk.adapter(dock.desk.one).delete(dock.files()[0], trash=False)
    dock.desk.put("Best/renamed.jpg", DATA)
    dock.desk.scan()
    assert File.get(File.raw_name == "renamed.jpg").asset.item_id == item.id


def test_what_is_dropped_is_no_version_of_what_is_just_going(dock: Dock) -> None:
    """Between the bytes of a file and its row there is a moment in which its name seems free."""
    _, visit = entered(dock, approval="none", guests="contribute")
    first = dock.store(sent(dock, visit), dock.new_storing(landed=events.landed)).item
    row = File.get()
    (path,) = dock.files()
    dock.desk.adapter(dock.desk.one).delete(path, trash=False)
    again = dock.store(
        sent_to(dock, events.target(visit.viewer), photo(n=2)), dock.new_storing(landed=events.landed)
    )
    assert again.item_id != first.id
    assert File.get_by_id(row.id).asset.item_id == first.id
    assert again.path != path


def test_what_was_there_before_its_guest_was_sent_out_is_not_thrown_away(dock: Dock) -> None:
    """They send it once more, and are sent out while it is recognised."""
    event, visit = entered(dock)
    dock.store(sent(dock, visit), dock.new_storing(landed=events.landed))

    def landed(upload: Upload, item: Item, thrown_away: bool) -> None:
        send_out(dock, event, visit)
        events.landed(upload, item, thrown_away)

    upload = sent(dock, visit)
    Item.update(created_at=upload.created_at - 1).execute()
    assert dock.store(upload, dock.new_storing(landed=landed)).state == "done"
    assert (Item.get().taken_back_at, len(dock.files())) == (None, 1)
    assert events.discard_due(dock.desk.jobs) == 0


def test_what_anna_got_by_herself_since_is_hers(dock: Dock) -> None:
    _, visit = entered(dock)
    dropped = dock.store(sent(dock, visit), dock.new_storing(landed=events.landed)).item
    dock.desk.put("mine.jpg", DATA)
    dock.desk.scan()
    mine = Item.get(Item.id != dropped.id)
    assert (mine.contributed_by_id, mine.name) == (None, "mine.jpg")
    events.take_back(visit.viewer, [dropped.pid], dock.desk.jobs)
    discard(dock)
    assert dock.files() == ["mine.jpg"]
    mine = Item.get_by_id(mine.id)
    assert (mine.withdrawn_at, mine.trashed_at, mine.missing) == (None, None, False)
    assert events.discard_due(dock.desk.jobs) == 0


def test_what_anna_laid_beside_it_stays(dock: Dock) -> None:
    _, visit = entered(dock)
    item = dock.store(sent(dock, visit), dock.new_storing(landed=events.landed)).item
    (path,) = dock.files()
    dock.desk.put(f"{path}.xmp", b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    dock.desk.scan()
    assert Asset.select().where(Asset.item == item).count() == 2, "it belongs to it"
    events.take_back(visit.viewer, [item.pid], dock.desk.jobs)
    discard(dock)
    assert dock.files() == [f"{path}.xmp"]


@pytest.mark.parametrize("end", [close, run_out])
def test_what_came_whole_before_the_event_was_over_is_stored(
    dock: Dock, end: Callable[[Dock, Event, Visit], None]
) -> None:
    """Its sender was told that it is received. It is the owner's, and shown to nobody else."""
    event, visit = entered(dock)
    upload = sent(dock, visit)
    end(dock, event, visit)
    dock.uploads.housekeep()
    assert dock.store(upload, dock.new_storing(landed=events.landed)).state == "done"
    item = Item.get()
    assert (item.taken_back_at, item.contributed_by_id) == (None, visit.viewer.guest_id)
    assert not Arrival.select().exists()
    assert len(dock.files()) == 1


@pytest.mark.parametrize("limit", [{"max_files": 1}, {"max_bytes": len(DATA) + 1}])
def test_two_at_once_are_no_more_than_one_after_the_other(dock: Dock, limit: dict[str, int]) -> None:
    """Both were asked for before either had begun."""
    _, visit = entered(dock, **limit)
    first, second = events.target(visit.viewer), events.target(visit.viewer)
    dock.uploads.begin(first, "IMG_1.jpg", len(DATA))
    with pytest.raises((AccessDenied, TooLarge)):
        dock.uploads.begin(second, "IMG_2.jpg", len(DATA))
    assert Upload.select().count() == 1


def attended(dock: Dock, **given: object) -> tuple[Event, Target]:
    """An event of ben's at which anna takes part, and where what she brings to it goes."""
    ben = dock.make.viewer(dock.make.user("ben"))
    made = Events(Doors(b"e" * 32, Passwords(time_cost=1, memory_kib=64)))
    event = made.make(ben, {"name": "Sea", **given})
    door = made.doors.show(ben, event.pid)
    assert door is not None
    made.doors.join(dock.desk.viewer, door.token, ip="203.0.113.7")
    User.update(default_storage_id=dock.desk.one.id).where(User.id == dock.desk.anna.id).execute()
    return event, events.own_target(dock.desk.viewer, dock.desk.filing, event.pid)


def sent_to(dock: Dock, target: Target, data: bytes = DATA, name: str = "IMG_1.jpg") -> Upload:
    upload = dock.uploads.begin(target, name, len(data))
    dock.uploads.append(upload, 0, [data])
    return Upload.get_by_id(upload.id)


def test_what_a_person_sends_lies_with_them_and_comes_in(dock: Dock) -> None:
    event, target = attended(dock)
    upload = dock.store(sent_to(dock, target), dock.new_storing(landed=events.landed))
    assert (upload.state, upload.problem) == ("done", "")
    assert dock.files() == ["Events/Sea/IMG_1.jpg"]
    item, arrival = Item.get(), Arrival.get()
    assert (item.owner_id, item.contributed_by_id, item.source) == (dock.desk.anna.id, None, "event")
    assert (arrival.collection_id, arrival.item_id, arrival.state, arrival.guest_id) == (
        event.collection_id, item.id, "pending", None,
    )  # fmt: skip
    assert [each.pid for each in dock.uploads.mine(dock.desk.viewer, event=event.pid)] == [upload.pid]
    assert dock.uploads.mine(dock.desk.viewer, event="another") == []


def test_what_they_had_is_referred_to_and_not_stored_again(dock: Dock) -> None:
    dock.desk.put("mine.jpg", DATA)
    dock.desk.scan()
    _, target = attended(dock, approval="none")
    dock.store(sent_to(dock, target), dock.new_storing(landed=events.landed))
    assert dock.files() == ["mine.jpg"]
    assert (Arrival.get().state, Arrival.get().item_id) == ("approved", Item.get().id)


def test_what_a_guest_dropped_with_them_is_not_referred_to(dock: Dock) -> None:
    """It is the guest's to take back."""
    _, visit = entered(dock)
    dropped = dock.store(sent(dock, visit), dock.new_storing(landed=events.landed))
    (theirs,) = dock.files()
    _, target = attended(dock)
    upload = dock.store(sent_to(dock, target), dock.new_storing(landed=events.landed))
    assert dock.files() == sorted(["Events/Sea/IMG_1.jpg", theirs])
    assert upload.item_id != dropped.item_id


def test_only_pictures_come_into_an_event(dock: Dock) -> None:
    _, target = attended(dock)
    upload = dock.store(sent_to(dock, target, b"no picture", "a.txt"), dock.new_storing(landed=events.landed))
    assert (upload.state, dock.files()) == ("refused", [])
    assert "no picture, video or sound" in tell(dock.desk.viewer, upload).problem


def leave_it(event: Event) -> None:
    EventPerson.update(left_at=clock.now()).where(EventPerson.role == "participant").execute()


def run_it_out(event: Event) -> None:
    Event.update(expires_at=clock.now() - 1).where(Event.id == event.id).execute()


@pytest.mark.parametrize("end", [leave_it, run_it_out])
def test_a_person_sends_no_more_once_it_is_over(dock: Dock, end: Callable[[Event], None]) -> None:
    event, target = attended(dock)
    upload = dock.uploads.begin(target, "IMG_1.jpg", len(DATA))
    dock.uploads.append(upload, 0, [DATA[:10]])
    other = dock.uploads.begin(dock.target(dock.desk.viewer), "other.jpg", 10)
    end(event)
    with pytest.raises(NotFound):
        dock.uploads.append(upload, 10, [DATA[10:]])
    dock.uploads.housekeep()
    assert [each.pid for each in Upload.select()] == [other.pid]


@pytest.mark.parametrize("end", [leave_it, run_it_out])
def test_what_a_person_sent_whole_is_stored_and_they_are_told(
    dock: Dock, end: Callable[[Event], None]
) -> None:
    event, target = attended(dock, approval="none")
    upload = sent_to(dock, target)
    end(event)
    dock.uploads.housekeep()
    upload = dock.store(upload, dock.new_storing(landed=events.landed))
    assert upload.state == "done"
    assert len(dock.files()) == 1
    assert not Arrival.select().exists()
    told = tell(dock.desk.viewer, upload)
    assert told.state == "stored"
    assert "over" in told.problem or "left" in told.problem


def test_two_guests_of_one_name_never_share_a_file(dock: Dock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who send the same while their storage is full: each chose a place before anything was written."""
    event, lou = entered(dock, approval="none", guests="contribute")
    other = entered_too(dock, event, "Lou")
    storing, adapter = dock.new_storing(landed=events.landed), dock.desk.adapter(dock.desk.one)

    def full(*args: Any, **more: Any) -> None:
        raise StorageFull("no room")

    uploads = [sent(dock, lou), sent(dock, other)]
    with monkeypatch.context() as patch:
        patch.setattr(adapter, "write", full)
        for upload in uploads:
            dock.store(upload, storing)
    chosen = [upload.path for upload in Upload.select()]
    assert None not in chosen
    assert len(set(chosen)) == 2
    Upload.update(retry_at=1).execute()
    dock.uploads.housekeep()
    for upload in uploads:
        assert dock.store(upload, storing).state == "done"
    dock.desk.scan()
    mine = [[item.id for item, _ in events.own_items(visit.viewer)] for visit in (lou, other)]
    assert sorted([*mine[0], *mine[1]]) == [item.id for item in Item.select().order_by(Item.id)]
    assert (len(dock.files()), [len(each) for each in mine]) == (2, [1, 1])


@pytest.mark.parametrize("dock", ["memory"], indirect=True)
def test_what_goes_to_another_storage_stays_the_guests(dock: Dock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scan that sees it there first takes it for nothing that the organiser shares."""
    _, visit = entered(dock, approval="organiser", guests="contribute")
    every = collections.create(dock.desk.viewer, Draft("All", query="type:photo"), {})
    item = dock.store(sent(dock, visit), dock.new_storing(landed=events.landed)).item
    dock.desk.adapter(dock.desk.one).set_mtime(dock.files()[0], OLD_NS)
    dock.desk.scan()
    File.update(sent=True).execute()
    transfers, seen = dock.desk.transfers, []
    switch = transfers._switch

    def switch_later(*args: Any) -> None:
        dock.desk.scan(dock.desk.two)
        matching = (CollectionItem.collection == every.id) & CollectionItem.matches
        seen.append(CollectionItem.select().where(matching).count())
        switch(*args)

    monkeypatch.setattr(transfers, "_switch", switch_later)
    transfers.move(dock.desk.viewer, dock.desk.one.pid, dock.files()[0], dock.desk.two.pid, "best.jpg")
    dock.desk.work()
    assert seen == [0]
    assert [(each.id, each.missing) for each in Item.select()] == [(item.id, False)]
    events.take_back(visit.viewer, [item.pid], dock.desk.jobs)
    discard(dock)
    assert dock.files(dock.desk.two) == []


@pytest.mark.parametrize("dock", ["memory"], indirect=True)
def test_what_comes_back_from_the_trash_is_what_it_was(dock: Dock) -> None:
    """Also where a scan sees it before that is written down."""
    _, visit = entered(dock, approval="none", guests="contribute")
    item = dock.store(sent(dock, visit), dock.new_storing(landed=events.landed)).item
    (path,) = dock.files()
    adapter = dock.desk.adapter(dock.desk.one)
    adapter.set_mtime(path, OLD_NS)  # so that it is read at once
    dock.desk.scan()
    thrown = dock.desk.filing.delete(dock.desk.viewer, dock.desk.one.pid, path)
    dock.desk.scan_after("move")
    dock.desk.trashing.restore(dock.desk.viewer, thrown.pid)
    assert [(each.id, each.trashed_at, each.missing) for each in Item.select()] == [(item.id, None, False)]
    assert events.own_items(visit.viewer) == [(Item.get(), "approved")]


@pytest.mark.parametrize("at_work", [True, False])
def test_what_was_taken_back_is_not_stored_once_more(
    dock: Dock, monkeypatch: pytest.MonkeyPatch, at_work: bool
) -> None:
    """Its file was there, and seen by a scan, when the job that wrote it died, or is just about to say so."""
    _, visit = entered(dock, approval="none", guests="contribute")
    upload, storing = sent(dock, visit), dock.new_storing(landed=events.landed)
    adapter = dock.desk.adapter(dock.desk.one)
    write = adapter.write

    def written(*args: Any, **more: Any) -> None:
        write(*args, **more)
        raise Unavailable("gone")

    with monkeypatch.context() as patch:
        patch.setattr(adapter, "write", written)
        dock.store(upload, storing)
    adapter.set_mtime(dock.files()[0], OLD_NS)
    dock.desk.scan()
    ((item, _),) = events.own_items(visit.viewer)
    if at_work:
        monkeypatch.setattr(dropping, "_end_uploads", lambda items: None)
    events.take_back(visit.viewer, [item.pid], dock.desk.jobs)
    Upload.update(retry_at=1).execute()
    dock.uploads.housekeep()
    if at_work:
        assert dock.store(upload, storing).state == "done"
    assert (Upload.get().state, Upload.get().item_id) == ("done", item.id)
    discard(dock)
    assert (events.own_items(visit.viewer), dock.files(), Item.select().count()) == ([], [], 1)
    assert Arrival.select().count() == 0


def test_that_something_was_thrown_away_is_not_told_by_a_change_of_the_event(dock: Dock) -> None:
    dock.desk.put("mine.jpg", DATA, row=dock.desk.two)
    dock.desk.scan(dock.desk.two)
    dock.desk.filing.delete(dock.desk.viewer, dock.desk.two.pid, "mine.jpg")
    event, visit = entered(dock, approval="none", guests="contribute")
    storing = dock.new_storing(landed=events.landed)
    dock.store(sent(dock, visit), storing)
    dock.store(sent_to(dock, events.target(visit.viewer), photo(n=2)), storing)
    made = Events(Doors(b"e" * 32, Passwords(time_cost=1, memory_kib=64)))
    made.change(dock.desk.viewer, event.pid, {"approval": "organiser"})
    assert [state for _, state in events.own_items(visit.viewer)] == ["approved", "approved"]
