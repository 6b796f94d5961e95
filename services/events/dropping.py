"""Files that guests drop: where they go, how they come into the event, and how their guest takes them back.

A dropped file lies in the storage that the organiser chose, so it belongs to her; the item remembers who brought
it. It comes into the event like every contribution, by a collection of its own (the *box*), and waits there for the
organisers where the event asks. Until then nobody but they and its guest see it.
"""

from collections.abc import Sequence

from services import access, revocations
from services.clock import now
from services.downloads.names import safe
from services.errors import AccessDenied, NotFound
from services.events import contributing
from services.events.inbox import come_in
from services.events.seeing import is_open
from services.jobs import Jobs
from services.matching import arriving, put, rematch
from services.models import (
    Arrival,
    Collection,
    Event,
    Grant,
    Guest,
    Item,
    Storage,
    Upload,
    audit,
    counters,
    database,
    transaction,
)  # fmt: skip
from services.sharing import ending
from services.uploads import Target
from services.uploads.names import clean
from services.viewers import Viewer

DISCARD = "discard"
"""The job that puts what a guest took back into the trash of the storage where it lies."""


def target(viewer: Viewer) -> Target:
    """Where a guest's next file goes. Raises NotFound, AccessDenied when nothing may be brought (any more)."""
    guest = Guest.get_or_none((Guest.id == viewer.guest_id) & Guest.ended_at.is_null())
    if viewer.kind != "guest" or guest is None or guest.event is None:
        raise NotFound
    event: Event = guest.event
    if not is_open(event):
        raise AccessDenied("This event is over.")
    if event.guests == "view":
        raise AccessDenied("At this event there is nothing to bring, only to look at.")
    storage = _storage_of(event)
    if storage is None:
        raise AccessDenied(
            "This event takes no files. Ask who organises it, or sign in to contribute from your own storages."
        )
    files, size = _brought(guest)
    if event.max_files is not None and files >= event.max_files:
        raise AccessDenied(f"At this event everybody may bring {event.max_files} files, and you have.")
    room = None if event.max_bytes is None else event.max_bytes - size
    if room is not None and room <= 0:
        raise AccessDenied("You have brought as much as everybody may at this event.")
    folder = f"{event.folder or _folder(event.name, 'event')}/{_folder(guest.name, 'guest')}"
    return Target(
        user=None, guest=guest.id, event=event.id, storage=storage, folder=folder, most_bytes=room,
        renew=lambda: target(viewer),
    )  # fmt: skip


def _folder(name: str, instead: str) -> str:
    """A name as that of a folder, which every system takes and no scan passes over."""
    return clean(safe(name, instead))


def takes_files(event: Event) -> bool:
    """Whether guests can drop files at an event now."""
    return is_open(event) and event.guests != "view" and _storage_of(event) is not None


def _storage_of(event: Event) -> Storage | None:
    """The storage for dropped files, if it is there and takes any."""
    storage: Storage | None = event.storage
    return storage if storage is not None and storage.removed_at is None and storage.writable else None


def landed(upload: Upload, item: Item, is_known: bool) -> str:
    """An upload is an item now; called inside the transaction that says so. Answers what a person is to know of it.

    `is_known` when its owner had that picture before: then it stays the owner's own, and always waits, for bringing
    a picture must not show another one of somebody else's. Of a guest who has left nothing comes in: what was just
    being stored then is taken back, and goes to the trash.
    """
    event = None if upload.event_id is None else Event.get_or_none(Event.id == upload.event_id)
    if event is None:
        return ""
    if not is_known:
        _note_how(upload, item)
    if upload.guest_id is None:
        return come_in(upload, event, item)
    _land(upload, event, item, is_known)
    return ""


def _note_how(upload: Upload, item: Item) -> None:
    """That it came to an event, and by whom: before queries are held over it, for what waits is none of theirs."""
    if upload.guest_id is not None:
        Item.update(contributed_by_id=upload.guest_id).where(Item.id == item.id).execute()
    # an older one came before, in its own way
    new = (Item.id == item.id) & (Item.created_at >= upload.created_at)
    if Item.update(source="event").where(new).execute() or upload.guest_id is not None:
        rematch([item.id])


def _land(upload: Upload, event: Event, item: Item, is_known: bool) -> None:
    """What a guest dropped."""
    if upload.guest.ended_at is not None:
        left = event.closed_at is None or upload.guest.ended_at < event.closed_at
        if left and not is_known and item.created_at >= upload.created_at:  # an older one is the owner's own
            _take_back([item])
        return
    if not is_open(event):
        return
    grant = _box(event)
    put(grant.collection, item.id, by=None)
    asks = is_known or Collection.get_by_id(event.collection_id).arrivals == "owner"
    time = now()
    Arrival.insert(
        collection=event.collection_id, item=item.id, grant=grant.id, guest=upload.guest_id,
        state="pending" if asks else "approved", reason="known" if is_known else "", arrived_at=time,
        decided_at=None if asks else time,
    ).on_conflict_ignore().execute()  # fmt: skip
    arriving.take_over(grant, [item.id])
    rematch([item.id])
    counters.bump_content()


def own_items(viewer: Viewer) -> list[tuple[Item, str]]:
    """What a guest dropped and did not take back, the latest first, each with what became of it:
    pending, approved or rejected."""
    guest = Guest.get_or_none(Guest.id == viewer.guest_id)
    if viewer.kind != "guest" or guest is None or guest.event is None:
        return []
    mine = access.visible_items(viewer, plan="rights").where(Item.contributed_by_id == viewer.guest_id)
    found = list(mine.order_by(Item.id.desc()))
    here = (Arrival.collection == guest.event.collection_id) & Arrival.item.in_([i.id for i in found])
    states = dict(Arrival.select(Arrival.item_id, Arrival.state).where(here).tuples())
    return [(item, states.get(item.id, "pending")) for item in found]


def take_back(viewer: Viewer, pids: Sequence[str], jobs: Jobs) -> int:
    """A guest takes back what they dropped: hidden from everybody at once, its bytes go to the organiser's trash.

    Answers how many. Raises NotFound for what is not theirs.
    """
    found = access.get_items(viewer, pids)
    if viewer.kind != "guest" or any(item.contributed_by_id != viewer.guest_id for item in found):
        raise NotFound
    with revocations.noting(ending.notes_of_items("taken", found)), transaction():
        _take_back(found)
    for item in found:
        enqueue_discard(jobs, item.id)
    return len(found)


def leave_event(viewer: Viewer, jobs: Jobs) -> int:
    """A guest leaves the event, and takes back what they dropped; answers how much that was."""
    guest = Guest.get_or_none((Guest.id == viewer.guest_id) & Guest.ended_at.is_null())
    if viewer.kind != "guest" or guest is None or guest.event is None:
        raise NotFound
    items = list(Item.select().where((Item.contributed_by_id == guest.id) & Item.taken_back_at.is_null()))
    with revocations.noting([("guest", guest.pid), *ending.notes_of_items("taken", items)]), transaction():
        _take_back(items)
        Guest.update(ended_at=now()).where(Guest.id == guest.id).execute()
    for item in items:
        enqueue_discard(jobs, item.id)
    return len(items)


def enqueue_discard(jobs: Jobs, item: int) -> None:
    """Have what was taken back put into the trash, once."""
    jobs.enqueue(DISCARD, payload={"item": item}, dedupe_key=f"{DISCARD}:{item}")


def _take_back(items: list[Item]) -> None:
    time, ids = now(), [item.id for item in items]
    for batch in database.batches(ids):
        some = Item.id.in_(batch)
        Item.update(withdrawn_at=time).where(some & Item.withdrawn_at.is_null()).execute()
        Item.update(taken_back_at=time).where(some).execute()
        rematch(batch)
    for owner in {item.owner_id for item in items}:
        number = sum(item.owner_id == owner for item in items)
        audit.record("taken_back", actor=None, subject=owner, items=number)
    counters.bump_policy()


def _brought(guest: Guest) -> tuple[int, int]:
    """How many files a guest has brought or is bringing, and how many bytes that is."""
    mine = (Upload.guest == guest.id) & (Upload.state != "refused")
    rows = Upload.select(Upload.size).where(mine).tuples()
    sizes = [size for (size,) in rows]
    return len(sizes), sum(sizes)


def _box(event: Event) -> Grant:
    """The contribution by which dropped files come into an event; made when the first one lands."""
    known = contributing.single_grant(event, event.owner_id)
    if known is not None:
        return known
    box = contributing.single_collection(event, event.owner_id)
    return contributing.offer(event, box, download=True, place=event.shows_place)
