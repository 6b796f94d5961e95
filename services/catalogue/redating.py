"""Dating anew what was dated by a guess, when the time zone of its owner is another one.

What files state is kept as it was read, and an item is dated by that and by the present zone whenever it is filled
(`cameras.taken_of`), so going back restores every time. The job fills those that the last zone had dated otherwise.
"""

from typing import Any

from peewee import ModelSelect

from services.catalogue.cameras import taken_of
from services.catalogue.recording import refill, time_values
from services.jobs import Jobs, Run
from services.media.dates import GUESSED
from services.models import Asset, Item, transaction

REDATE = "redate"
BATCH = 100
"""Items in one transaction: other writes go on in between."""


def start_redating(jobs: Jobs, owner: int) -> None:
    """Have what is dated by a guess dated anew; belongs inside the transaction that changes the zone.

    Each change has a job of its own: one that is under way has dated some by the zone before.
    """
    jobs.enqueue(REDATE, payload={"owner": owner}, user_id=owner)


def redate(run: Run) -> dict[str, Any]:
    """The job. Begun again after a crash it looks at all of them, and writes what is left."""
    guessed = _guessed(int(run.payload["owner"]))
    total, looked, changed, last = guessed.count(), 0, 0, 0
    while items := list(guessed.where(Item.id > last).order_by(Item.id).limit(BATCH)):
        run.progress(looked, total)
        metas = dict(
            Asset.select(Asset.id, Asset.meta).where(Asset.id.in_([i.cover_id for i in items])).tuples()
        )
        wrong = [item.id for item in items if not _is_right(item, metas[item.cover_id])]
        if wrong:
            with transaction():
                refill(wrong)
        looked, changed, last = looked + len(items), changed + len(wrong), items[-1].id
    run.progress(looked, total)
    return {"looked": looked, "changed": changed}


def _guessed(owner: int) -> ModelSelect:
    """A person's items whose offset nobody stated, also those in the trash; not those without any date."""
    dated = Item.taken_local.is_null(False) | Item.taken_utc.is_null(False)
    unstated = Item.offset_source.is_null() | (Item.offset_source == GUESSED)
    return Item.select().where((Item.owner == owner) & dated & unstated & Item.cover_id.is_null(False))


def _is_right(item: Item, meta: dict[str, Any]) -> bool:
    by_hand = item.extra.get("by_hand", ())
    values = time_values(taken_of(item.owner_id, meta))
    return all(getattr(item, column) == value for column, value in values.items() if column not in by_hand)
