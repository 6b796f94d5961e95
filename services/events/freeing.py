"""After an event: what lies in its owner's storages only because of it, and may be freed, when she says so.

Proposed are pictures of hers that the event showed or guests dropped, that came after it was made and lie at one place,
and that are in no collection of hers, shown nowhere else and no favourite. They go to the trash of their storages, by a
job that can be stopped and goes on where it was. She is told of it until she has had them freed, or has put the event
into the archive and keeps them.
"""

from dataclasses import dataclass
from typing import Any

from peewee import SQL, fn

from services import access
from services.accounts.acting import require_current, viewer_of
from services.errors import Conflict, NotFound, ReadOnly
from services.events.seeing import Card, cards, find
from services.filing import Filing
from services.jobs import Jobs, Run
from services.models import (
    Arrival,
    Asset,
    Collection,
    CollectionItem,
    Event,
    File,
    Grant,
    Item,
    Job,
    Storage,
    User,
)
from services.viewers import Viewer

FREE = "free"
REASON = "freed after an event"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What may be freed: how many items and bytes in which storages; `kept` are those that stay, and why not more.

    `fixed` counts items in storages that are for reading only.
    """

    items: int
    size: int
    storages: list[tuple[str, int, int]]
    kept: int
    fixed: int


def propose(viewer: Viewer, pid: str) -> Proposal:
    """What the owner of an event that is over may free. Raises NotFound, Conflict while it is open."""
    return _proposal(_over(viewer, pid))


def undecided(viewer: Viewer) -> list[tuple[Card, Proposal]]:
    """What the viewer may free after which events of their own, the latest first: of what they have not decided on.

    That is over once the event is in the archive, while it is being freed, and where nothing is left to free.
    """
    own = [
        card for card in cards(viewer, counted=False)
        if card.state == "over" and card.event.owner_id == viewer.user_id
    ]  # fmt: skip
    asked = [card for card in own if not _is_under_way(card.event) and _writable(card.event).exists()]
    return [(card, _proposal(card.event)) for card in asked]


def _proposal(event: Event) -> Proposal:
    rows = list(
        _files(event, _free(event))
        .select(Storage.name, fn.COUNT(fn.DISTINCT(Item.id)), fn.SUM(File.size))
        .where(Storage.writable)
        .group_by(Storage.name)
        .order_by(Storage.name)
        .tuples()
    )
    every = _inside(event).count()
    free = _writable(event).count()
    fixed = _free(event).count() - free
    size = sum(int(size) for _, _, size in rows)
    return Proposal(free, size, [(name, n, int(size)) for name, n, size in rows], every - free - fixed, fixed)


def free(viewer: Viewer, pid: str, jobs: Jobs) -> str:
    """Have what `propose` says put into the trash; answers the id of the job. Raises NotFound, Conflict."""
    require_current(viewer)
    event = _over(viewer, pid)
    job = jobs.enqueue(FREE, payload={"event": event.id}, dedupe_key=_key(event), user_id=viewer.user_id)
    return str(job.pid)


def last_job(viewer: Viewer, pid: str) -> Job | None:
    """The latest job that `free` began for an event of the viewer's. Raises NotFound."""
    event = find(viewer, pid).event
    here = (Job.kind == FREE) & (Job.dedupe_key == _key(event)) & (Job.user == viewer.user_id)
    found: Job | None = Job.select().where(here).order_by(Job.id.desc()).first()
    return found


class Freeing:
    """The job. It may be run again at any moment: what lies in the trash already is not looked at any more."""

    def __init__(self, filing: Filing) -> None:
        self._filing = filing

    def run(self, run: Run) -> dict[str, Any]:
        """Put one item after the other into the trash."""
        event = Event.get_or_none(Event.id == int(run.payload["event"]))
        if event is None:
            raise NotFound
        viewer = viewer_of(User.get_by_id(event.owner_id))
        pids = [pid for (pid,) in _writable(event).select(Item.pid).order_by(Item.id).tuples()]
        done = 0
        for number, pid in enumerate(pids, start=1):
            run.progress(number - 1, len(pids))
            if not _writable(event).where(Item.pid == pid).exists():
                continue  # something of hers holds on to it since
            try:
                self._filing.delete_item(viewer, pid, reason=REASON)
            except (NotFound, ReadOnly, Conflict):
                continue  # it is gone, or must not be touched any more: the next proposal says so
            done += 1
        run.progress(len(pids), len(pids))
        return {"items": done}


def _is_under_way(event: Event) -> bool:
    here = (Job.kind == FREE) & (Job.dedupe_key == _key(event)) & Job.finished_at.is_null()
    return bool(Job.select().where(here).exists())


def _key(event: Event) -> str:
    return f"{FREE}:{event.id}"


def _over(viewer: Viewer, pid: str) -> Event:
    card = find(viewer, pid)
    if card.event.owner_id != viewer.user_id:
        raise NotFound
    if card.state == "open":
        raise Conflict("This event is still open. What it shows can be freed when it is over.")
    return card.event


def _inside(event: Event) -> Any:
    """The owner's own items at an event, that are not in the trash."""
    # what guests brought and she had by herself was one item once, and is hers
    brought = Arrival.guest.is_null() | Item.contributed_by_id.is_null(False)
    came = (
        Arrival.select(Arrival.item_id)
        .join(Item)
        .where((Arrival.collection == event.collection_id) & brought)
    )
    owner = viewer_of(User.get_by_id(event.owner_id))
    here = Item.id.in_(CollectionItem.shown_in(event.collection_id)) | Item.id.in_(came)
    return access.visible_items(owner).where(here & (Item.owner == event.owner_id))


def _free(event: Event) -> Any:
    """Those of them that nothing else of the owner's holds on to."""
    own = (Collection.purpose == "own") & Collection.deleted_at.is_null()
    held = (
        CollectionItem.select(CollectionItem.item_id)
        .join(Collection)
        .where(
            (Collection.owner == event.owner_id) & SQL("shown") & (own | Collection.id.in_(_shared(event)))
        )
    )
    # what she had before the event was made, or has at a second place, lies there for another reason
    new = Item.created_at >= event.created_at
    return _inside(event).where(new & Item.id.not_in(held) & Item.id.not_in(_twice(event)) & ~Item.favourite)


def _twice(event: Event) -> Any:
    """Those of its owner's items of which some bytes lie at more than one place."""
    lying = _lying(event).select(Asset.item).group_by(Asset.item, Asset.id)
    return lying.having(fn.COUNT(File.id) > 1)


def _shared(event: Event) -> Any:
    """The collections by which its owner shows anything elsewhere: at another event, or brought to one."""
    elsewhere = (Grant.event.is_null() | (Grant.event != event.id)) & (
        Grant.into.is_null() | (Grant.into != event.collection_id)
    )
    return Grant.select(Grant.collection).where(
        (Grant.owner == event.owner_id) & Grant.ended_at.is_null() & elsewhere
    )


def _writable(event: Event) -> Any:
    """Those of them of which every file may be deleted."""
    fixed = _files(event, _free(event)).select(Item.id).where(~Storage.writable)
    return _free(event).where(Item.id.not_in(fixed))


def _files(event: Event, items: Any) -> Any:
    return _lying(event).where(Item.id.in_(items.select(Item.id)))


def _lying(event: Event) -> Any:
    """The files of items that lie in the storages of an event's owner."""
    return (
        File.select()
        .join(Asset, on=(Asset.id == File.asset))
        .join(Item, on=(Item.id == Asset.item))
        .join(Storage, on=(Storage.id == File.storage))
        .where(
            (File.presence != "missing") & Storage.removed_at.is_null() & (Storage.owner == event.owner_id)
        )
    )
