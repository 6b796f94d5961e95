"""What guests took back goes to the trash of the storage where it lies: a job, so that one that is away can wait.

Of an item's files those go that its guest sent: what its owner got by herself is hers, also the same bytes. It goes
there once. When its owner brings it back out of the trash, that is hers; it stays hidden from everybody else.
"""

from typing import Any

from services.accounts.acting import viewer_of
from services.errors import Conflict, NotFound, ReadOnly
from services.events.dropping import enqueue_discard
from services.filing import Filing
from services.jobs import Jobs, Run
from services.models import Asset, File, Folder, Item, Upload, User, transaction
from services.storages import paths

DONE = "discarded"
"""The word in an item's `extra` that says so."""
REASON = "taken back by the guest who brought it"


class Discarding:
    """The job that does it."""

    def __init__(self, filing: Filing) -> None:
        self._filing = filing

    def run(self, run: Run) -> dict[str, Any]:
        """Put one item into the trash, if it does not lie there yet."""
        item = Item.get_or_none(Item.id == int(run.payload["item"]))
        if item is None or item.trashed_at is not None or not _is_due(item):
            return {}
        try:
            owner = viewer_of(User.get_by_id(item.owner_id))
            self._filing.delete_item(owner, item.pid, reason=REASON, only=_sent(item))
        except (NotFound, Conflict, ReadOnly):
            return {}  # no storage has it any more, or it must not be touched: tried again until it may
        with transaction():
            extra = Item.get_by_id(item.id).extra | {DONE: True}
            Item.update(extra=extra).where(Item.id == item.id).execute()
        return {"item": item.pid}


def discard_due(jobs: Jobs) -> int:
    """Try again what could not be put into the trash; answers how many there are."""
    taken = Item.taken_back_at.is_null(False) & Item.trashed_at.is_null() & ~Item.missing
    found = [item.id for item in Item.select().where(taken) if _is_due(item)]
    for item in found:
        enqueue_discard(jobs, item)
    return len(found)


def _is_due(item: Item) -> bool:
    return item.taken_back_at is not None and not item.extra.get(DONE)


def _sent(item: Item) -> list[int]:
    """The files of an item that its guest sent: those where they were stored, else what came so, else all there are."""
    rows = File.select(File, Folder).join(Folder).switch(File).join(Asset)
    files = list(rows.where((Asset.item == item.id) & (File.presence != "missing")))
    stored = (Upload.guest == item.contributed_by_id) & (Upload.state == "done")
    places = set(Upload.select(Upload.storage_id, Upload.path).where(stored).tuples())
    there = [f.id for f in files if (f.storage_id, paths.join(f.folder.path, f.raw_name)) in places]
    return there or [f.id for f in files if f.source == "upload"] or [f.id for f in files]
