"""From a guest's phone to the event: the target that events give, and what they make of what landed."""

import pytest

from services import events, sharing
from services.accounts import Passwords
from services.errors import AccessDenied
from services.events import Doors, Events
from services.models import Arrival, Event, Item
from services.sharing import Visit
from tests.fakes import photo
from tests.services.uploads.dock import Dock

pytestmark = pytest.mark.db

DATA = photo(n=1)


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
    arrival = Arrival.get()
    assert (arrival.collection_id, arrival.item_id, arrival.guest_id) == (
        event.collection_id, item.id, visit.viewer.guest_id,
    )  # fmt: skip
    assert [each.id for each, _ in events.own_items(visit.viewer)] == [item.id]


def test_what_anna_had_before_waits_and_stays_hers(dock: Dock) -> None:
    dock.desk.put("mine.jpg", DATA)
    dock.desk.scan()
    _, visit = entered(dock)
    upload = dock.uploads.begin(events.target(visit.viewer), "IMG_1.jpg", len(DATA))
    dock.uploads.append(upload, 0, [DATA])
    dock.store(upload, dock.new_storing(landed=events.landed))
    assert dock.files() == ["mine.jpg"]
    assert (Arrival.get().state, Arrival.get().reason) == ("pending", "known")
    assert Item.get().contributed_by_id is None


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
