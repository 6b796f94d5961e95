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
from services.models import Asset, File, Item, User, transaction

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
        files = _sent(item)
        if not files:
            return {}
        try:
            owner = viewer_of(User.get_by_id(item.owner_id))
            thrown = self._filing.delete_item(owner, item.pid, reason=REASON, only=files)
        except (NotFound, Conflict, ReadOnly):
            return {}  # no storage has it any more, or it must not be touched: tried again until it may
        if not thrown:
            return {}  # it has just gone elsewhere
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
    """The files of an item that its guest sent and that are there now. What only was found with the same bytes, or was
    changed since, is hidden, and stays where it lies."""
    theirs = (Asset.item == item.id) & File.sent & (File.presence == "present")
    return [file.id for file in File.select(File.id).join(Asset).where(theirs)]
