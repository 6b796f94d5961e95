"""Files that were handed to a collection come into it once they are read: in the transaction that records the reading.

Called by whatever gives a file its item, before that tells who depends on the item.
"""

from collections.abc import Iterable

from peewee import fn

from services.clock import now
from services.matching import arriving
from services.matching.rows import put
from services.models import Asset, Collection, CollectionItem, File, Handed, Item, counters


def settle(files: Iterable[int]) -> set[int]:
    """Make members of what waited for its reading among these files; answers the items that came in.

    What turned out to be no picture, video or sound is in no collection: its file stays where it lies.
    """
    rows = (
        Handed.select(Handed, File, Asset, Item, Collection)
        .join(File).left_outer_join(Asset).left_outer_join(Item).switch(Handed).join(Collection)
        .where(Handed.waits & Handed.file.in_(list(files)) & (File.read_state == "done"))
        .order_by(Handed.id)
    )  # fmt: skip
    came: set[int] = set()
    for row in list(rows):
        collection, asset = row.collection, row.file.asset
        is_open = collection.deleted_at is None and collection.kind == "static"
        if asset is None or not is_open or asset.item.owner_id != collection.owner_id:
            Handed.delete().where(Handed.id == row.id).execute()
        else:
            also = not _come(collection, asset.item_id) and _was_there(row)
            Handed.update(waits=False, also=also).where(Handed.id == row.id).execute()
            came.add(asset.item_id)
        counters.bump_content()
    return came


def _was_there(row: Handed) -> bool:
    """Whether what a name leads to was a file of its item before: then it had a name where the item is shown."""
    other = (File.asset == row.file.asset_id) & (File.id != row.file_id)
    return not row.written or File.select().where(other).exists()


def _come(collection: Collection, item: int) -> bool:
    """The item is in the collection, at its end, by the hand of its owner, who handed its file to it.

    Answers whether it was not in it before.
    """
    mine = CollectionItem.collection == collection.id
    last = CollectionItem.select(fn.MAX(CollectionItem.position)).where(mine).scalar() or 0
    is_new = put(collection, item, position=last + 1, by=collection.owner_id)
    arriving.arrive_from(collection.id, [item])
    Collection.update(changed_at=now()).where(Collection.id == collection.id).execute()
    return is_new
