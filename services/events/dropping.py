"""Files that guests drop: where they go, how they come into the event, and how their guest takes them back.

A dropped file lies in the storage that the organiser chose, so it belongs to her; the item remembers who brought
it, and is never one with what she or another has of the same bytes. It comes into the event like every contribution,
by a collection of its own (the *box*), and waits there for the organisers where the event asks. Until then nobody but
they and its guest see it.
"""

from collections.abc import Sequence

from services import access, revocations
from services.clock import now
from services.downloads.names import safe
from services.errors import AccessDenied, NotFound
from services.events import contributing
from services.events.inbox import come_in
from services.events.seeing import is_open
from services.filing.placing import find_file
from services.jobs import Jobs
from services.matching import arriving, put, rematch
from services.models import (
    Arrival,
    Collection,
    Event,
    File,
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
from services.uploads.receiving import LIFE
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


def landed(upload: Upload, item: Item, thrown_away: bool) -> str:
    """An upload is an item now; called inside the transaction that says so. Answers what a person is to know of it.

    `thrown_away` when its owner has the bytes that a guest sent in the trash: then it waits for her alone. Of a guest
    who has left nothing comes in: what was just being stored then is taken back, and goes to the trash.
    """
    event = None if upload.event_id is None else Event.get_or_none(Event.id == upload.event_id)
    if event is None:
        return ""
    # what is older came before, in its own way
    is_new = item.created_at >= upload.created_at
    if is_new:
        Item.update(source="event").where(Item.id == item.id).execute()
        rematch([item.id])
    if upload.guest_id is None:
        return come_in(upload, event, item)
    if item.taken_back_at is not None:
        return ""  # its guest found it before we did
    if upload.guest.ended_at is None:
        _let_in(upload, event, item, thrown_away)
    elif is_new and (event.closed_at is None or upload.guest.ended_at < event.closed_at):
        _take_back([item])
    return ""


def _let_in(upload: Upload, event: Event, item: Item, thrown_away: bool) -> None:
    """What a guest dropped comes into the event, while it is open."""
    if not is_open(event):
        return
    grant = _box(event)
    put(grant.collection, item.id, by=None)
    is_asked, time = Collection.get_by_id(event.collection_id).arrivals == "owner", now()
    waits = thrown_away or is_asked
    reason = ("asked" if is_asked else "known") if thrown_away else ""
    Arrival.insert(
        collection=event.collection_id, item=item.id, grant=grant.id, guest=upload.guest_id,
        state="pending" if waits else "approved", reason=reason, arrived_at=time, decided_at=None if waits else time,
    ).on_conflict_ignore().execute()  # fmt: skip
    arriving.take_over(grant, [item.id])
    rematch([item.id])
    counters.bump_content()


def own_items(viewer: Viewer) -> list[tuple[Item, str]]:
    """What a guest dropped and did not take back, the latest first, each with what became of it:
    pending, approved or rejected.

    That something waits because its owner has thrown away the same is not told: where nobody was asked it is let in for
    them.
    """
    guest = Guest.get_or_none(Guest.id == viewer.guest_id)
    if viewer.kind != "guest" or guest is None or guest.event is None:
        return []
    mine = access.visible_items(viewer, plan="rights").where(Item.contributed_by_id == viewer.guest_id)
    found = list(mine.order_by(Item.id.desc()))
    here = (Arrival.collection == guest.event.collection_id) & Arrival.item.in_([i.id for i in found])
    rows = Arrival.select(Arrival.item_id, Arrival.state, Arrival.reason).where(here).tuples()
    states = {
        item: "approved" if (state, reason) == ("pending", "known") else state for item, state, reason in rows
    }
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
        _end_uploads(batch)
    for owner in {item.owner_id for item in items}:
        number = sum(item.owner_id == owner for item in items)
        audit.record("taken_back", actor=None, subject=owner, items=number)
    counters.bump_policy()


def _end_uploads(items: Sequence[int]) -> None:
    """What was seen, and taken back, before its upload had ended is not stored once more."""
    guests = Item.select(Item.contributed_by_id).where(Item.id.in_(items))
    writing = (Upload.state == "whole") & (Upload.step == "writing") & Upload.guest.in_(guests)
    for upload in Upload.select().where(writing):
        file = find_file(upload.storage, upload.path)
        if file is None or file.asset is None or file.asset.item_id not in items:
            continue
        if bytes(file.sha256 or b"") != bytes(upload.sha256):
            continue  # it only is as large
        File.update(sent=True).where(File.id == file.id).execute()
        ended = {"state": "done", "item": file.asset.item_id, "problem": "", "retry_at": None}
        Upload.update(**ended, expires_at=now() + LIFE).where(Upload.id == upload.id).execute()


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
