"""What comes into a collection by reference, and how it leaves again: no byte moves, and no file is touched."""

from typing import Any

from services import access
from services.accounts.acting import require_current
from services.collections import members
from services.errors import NotFound, ReadOnly, UsageError
from services.handing import names
from services.handing.putting import NO_MEDIA, Into, leave
from services.models import (
    Asset,
    Collection,
    CollectionItem,
    File,
    Handed,
    Item,
    Storage,
    transaction,
)
from services.models.items import COMPANIONS
from services.names import fold
from services.viewers import Viewer

OTHERS = "Only pictures of your own can be contributed."
BROUGHT = "This was brought by somebody else. Take it out first, or decide about it in the browser."


def item_of(viewer: Viewer, file: int) -> Item | None:
    """The item of a file that the viewer may see; None for a file of theirs that was not read yet.

    Raises NotFound, and UsageError for what is no picture, video or sound.
    """
    row = File.get_or_none(File.id == file)
    if row is None:
        raise NotFound
    asset: Asset | None = row.asset
    if asset is not None and asset.role not in COMPANIONS:
        return access.get_item(viewer, asset.item.pid)
    is_own = access.visible_storages(viewer).where(Storage.id == row.storage_id).exists()
    if not is_own:
        raise NotFound
    if row.read_state == "pending" and row.size > 0:
        return None
    raise UsageError(NO_MEDIA, field="name")


def bring(viewer: Viewer, into: Into, name: str, file: int, *, instead: Item | None = None) -> Item | None:
    """Put the item of a file into one's collection, or one's own file that will be an item once it is read.

    `instead` leaves it. Answers the item. Raises UsageError, NotFound.
    """
    with transaction():
        require_current(viewer)
        collection, item = into.make(), item_of(viewer, file)
        if item is None:
            names.hand(viewer, collection, name, file)
        elif into.own_only and item.owner_id != viewer.user_id:
            raise UsageError(OTHERS, field="ids")
        else:
            members.add(viewer, collection.pid, [item.pid])
        leave(viewer, collection, instead, file)
    return item


def take_out(viewer: Viewer, collection: Collection, file: int, name: str) -> None:
    """Take the item of a file out of one's collection, for everybody, unless the file has another name there as well.

    Of what others contributed to it this is a decision. Raises NotFound when it is not in it.
    """
    item, asset = item_of(viewer, file), File.select(File.asset).where(File.id == file)
    if item is None:
        raise NotFound
    row = names.named(viewer, collection.id, name)
    others = [r for r in _rows(viewer, collection, File.asset.in_(asset)) if row is None or r.id != row.id]
    if others or (row is not None and row.also):
        with transaction():
            names.forget(viewer, collection, name)
            if row is None or not row.also:
                Handed.update(also=False).where(Handed.id == others[0].id).execute()
            names.touch(collection.id)
        return
    gone = members.remove(viewer, collection.pid, [item.pid])
    names.forget(viewer, collection, name)
    if not gone:
        raise NotFound


def carry_over(
    viewer: Viewer, old: Collection, new: Collection, item: Item, *, instead: Item | None = None
) -> None:
    """Take an item out of one collection of one's own and put it into another, in one step.

    Raises ReadOnly for what is in the first one by somebody else's contribution.
    """
    with transaction():
        require_current(viewer)
        if not is_member(old, item):
            raise ReadOnly(BROUGHT)
        members.add(viewer, new.pid, [item.pid])
        members.take_out(viewer, old.pid, [item.pid])
        for row in _rows(viewer, old, Asset.item == item.id):
            names.forget(viewer, old, row.name)
        if instead is not None and instead.id != item.id:
            members.take_out(viewer, new.pid, [instead.pid])


def pass_on(
    viewer: Viewer, old: Collection, new: Collection, name: str, *, instead: Item | None = None
) -> None:
    """What is in a collection by its name alone goes to another one: a file that is not read yet, or an announced one.

    Raises NotFound.
    """
    with transaction():
        require_current(viewer)
        row = names.named(viewer, old.id, name)
        if row is None:
            raise NotFound
        if row.file_id is None:
            names.announce(viewer, new, name)
        else:
            names.hand(viewer, new, name, row.file_id, written=row.written)
            leave(viewer, new, instead, row.file_id)
        names.forget(viewer, old, name)


def rename(
    viewer: Viewer, collection: Collection, name: str, new: str, *, instead: Item | None = None
) -> None:
    """Call what was handed in another name; what has that one leaves. Raises NotFound."""
    with transaction():
        require_current(viewer)
        row = names.named(viewer, collection.id, name)
        if row is None:
            raise NotFound
        other = names.named(viewer, collection.id, new)
        if other is not None and other.id != row.id:
            Handed.delete().where(Handed.id == other.id).execute()
        Handed.update(name=new, name_fold=fold(new)).where(Handed.id == row.id).execute()
        leave(viewer, collection, instead, row.file_id)
        names.touch(collection.id)


def is_member(collection: Collection, item: Item) -> bool:
    """Whether an item is in a collection by its owner's own hand."""
    here = (CollectionItem.collection == collection.id) & (CollectionItem.item == item.id)
    return bool(CollectionItem.select().where(here & CollectionItem.shown).exists())


def _rows(viewer: Viewer, collection: Collection, condition: Any) -> list[Handed]:
    """The names under which some files were handed to a collection of the viewer's, and that wait for nothing."""
    files = File.select(File.id).join(Asset).where(condition)
    here = (Handed.collection == collection.id) & ~Handed.waits & Handed.file.in_(files)
    mine = Handed.select().join(Collection).where(here & (Collection.owner == viewer.user_id))
    return list(mine.order_by(Handed.id))
