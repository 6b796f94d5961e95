"""A household with an event: Anna organises it, Ben takes part, and a guest came in by its code."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from services import access, clock, sharing
from services.events import Events, landed
from services.filing import Filing
from services.jobs import LANES, Jobs, Run
from services.models import (
    Arrival,
    Asset,
    Collection,
    Event,
    EventPerson,
    File,
    Grant,
    Guest,
    Item,
    Job,
    Share,
    Storage,
    Upload,
    counters,
    transaction,
)
from services.sharing import Visit
from services.storages.memory import MemoryStorage
from services.viewers import Viewer
from tests.factories import Make

IP = "203.0.113.7"


@dataclass
class Party:
    """The household: its people, two pictures of each, and what runs events."""

    make: Make
    events: Events
    jobs: Jobs
    anna: Viewer
    ben: Viewer
    kim: Viewer
    storage: Storage
    disk: MemoryStorage
    filing: Filing
    items: dict[str, list[Item]]

    def event(self, **given: Any) -> Event:
        return self.events.make(self.anna, {"name": "Wedding", "storage": self.storage.pid, **given})

    def token(self, event: Event) -> str:
        door = self.events.doors.show(self.anna, event.pid)
        assert door is not None
        return door.token

    def guest(self, event: Event, name: str = "Lou") -> Visit:
        came = self.events.doors.enter(self.token(event), name, ip=IP)
        return sharing.visit(came.pid, came.secret)

    def join(self, event: Event, viewer: Viewer) -> None:
        self.events.doors.join(viewer, self.token(event), ip=IP)

    def drop(self, visit: Visit, *, thrown_away: bool = False, size: int = 10) -> Item:
        """What becomes of a file that a guest dropped, once it is stored and read.

        `thrown_away`: its owner has the same bytes in the trash.
        """
        assert visit.event is not None
        item = self.make.item(visit.event.owner, taken=5)
        Item.update(contributed_by_id=visit.viewer.guest_id).where(Item.id == item.id).execute()
        self.store(item)
        File.update(sent=True).where(
            File.asset.in_(Asset.select(Asset.id).where(Asset.item == item.id))
        ).execute()
        upload = Upload.create(
            pid=f"up{item.id}", guest=visit.viewer.guest_id, event=visit.event.id, storage=self.storage,
            name=item.name, size=size, got=size, node="here", created_at=clock.now(), expires_at=clock.now(),
        )  # fmt: skip
        with transaction():
            landed(upload, Item.get_by_id(item.id), thrown_away)
            Upload.update(state="done", item=item).where(Upload.id == upload.id).execute()
        return Item.get_by_id(item.id)

    def store(self, item: Item) -> None:
        """Give an item a file in Anna's storage."""
        self.disk.put(item.name, b"x" * 10, mtime_ns=0)
        asset = self.make.asset(item)
        Item.update(cover_id=asset.id).where(Item.id == item.id).execute()
        self.make.file(self.storage, item.name, asset=asset, sha256=asset.sha256, read_state="done")

    def arrival(self, event: Event, item: Item) -> Arrival | None:
        here = (Arrival.collection == event.collection_id) & (Arrival.item == item.id)
        found: Arrival | None = Arrival.get_or_none(here)
        return found


def older() -> Callable[[], None]:
    """The rows of rights as they are now; what is answered puts them back, as an older catalogue would."""
    tables = (Event, EventPerson, Guest, Share, Grant, Arrival, Item)
    rows = [row for table in tables for row in table.select()]

    def back() -> None:
        with transaction():
            for row in rows:
                row.save(force_insert=False)
            counters.bump_policy()

    return back


def run(jobs: Jobs, kind: str, handler: Callable[[Run], dict[str, Any]]) -> dict[str, Any]:
    """Do the one job of this kind that waits, as a worker does."""
    held = jobs.claim(Job.get((Job.kind == kind) & Job.finished_at.is_null()).id, "test", LANES)
    assert held is not None
    result = handler(Run(jobs, held))
    jobs.finish(held, result)
    return result


def sees(viewer: Viewer) -> set[str]:
    """Whatever somebody finds, by its id."""
    return {item.pid for item in access.visible_items(viewer)}


def pids(*items: Item) -> set[str]:
    return {item.pid for item in items}


def grants_into(event: Event) -> list[Grant]:
    """The living contributions to an event."""
    collection = Collection.get_by_id(event.collection_id)
    return list(Grant.select().where((Grant.into == collection) & Grant.ended_at.is_null()))
