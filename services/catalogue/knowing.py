"""As which item of its owner a file is known by what it holds: identity by content ends at who brought it.

What each guest dropped is a group of items of its own, and so is what the owner got by herself. Bytes and pictures are
matched within one group (docs/adr/0020). A file alone may cross over that a scan found: it may be a guest's, which its
owner moved with another program. It is, where she has not the same herself, and nothing of the guest's is where it was.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from peewee import SQL

from services.models import (
    Asset,
    CollectionItem,
    File,
    FileOperation,
    Folder,
    Item,
    Storage,
    Trash,
    TrashFile,
    Upload,
)
from services.models.database import raw
from services.storages import paths


class Dropped(NamedTuple):
    """By which guest, and what its bytes are to be."""

    guest: int
    sha256: bytes


class Place(NamedTuple):
    """Where a file lies, and how large it is."""

    storage: int
    path: str
    size: int


def dropped_by(files: Sequence[int]) -> dict[int, Dropped]:
    """Which of these files seem to be what a guest's upload is just being stored as, by the file.

    A scan may see such a file before its upload has ended: its item is no moment one that its owner's queries show.
    What has other bytes somebody else put there while the upload waits. So it is with what a guest dropped and its
    owner just moves, in its storage or to another one, or brings back from the trash.
    """
    awaited = _being_stored() | _being_moved()
    if not awaited:
        return {}
    rows = File.select(File.id, File.storage_id, Folder.path, File.raw_name, File.size).join(Folder)
    found = {
        id: awaited.get(Place(storage, paths.join(folder, name), size))
        for id, storage, folder, name, size in rows.where(File.id.in_(files)).tuples()
    }
    return {id: dropped for id, dropped in found.items() if dropped is not None}


def _being_stored() -> dict[Place, Dropped]:
    being = SQL("state = 'whole' AND step = 'writing' AND guest_id IS NOT NULL")
    uploads = Upload.select(Upload.storage_id, Upload.path, Upload.size, Upload.guest_id, Upload.sha256)
    return {
        Place(storage, path, size): Dropped(guest, bytes(sha256))
        for storage, path, size, guest, sha256 in uploads.where(being).tuples()
    }


def _being_moved() -> dict[Place, Dropped]:
    """By where they come to lie, the files at and below what is on its way."""
    found: dict[Place, Dropped] = {}
    for move in FileOperation.select().where(FileOperation.kind.in_(["move", "transfer", "restore"])):
        to = move.detail.get("to", move.storage_id)
        was, rows = _thrown(move) if move.kind == "restore" else (move.path, _lying(move))
        for path, size, guest, sha256 in rows:
            found[Place(to, move.target + path[len(was) :], size)] = Dropped(guest, bytes(sha256))
    return found


def _lying(move: FileOperation) -> list[Any]:
    """Path, size, guest and hash of what guests dropped, of that which is moved."""
    above, name = raw(paths.parent(move.path)), raw(paths.leaf(move.path))
    itself = (Folder.storage == move.storage_id) & (Folder.path == above) & (File.raw_name == name)
    rows = File.select(Folder.path, File.raw_name, File.size, Item.contributed_by_id, File.sha256).join(
        Folder
    )
    there = (
        rows.switch(File)
        .join(Asset)
        .join(Item)
        .where(itself | Folder.at_or_below(move.storage_id, move.path))
    )
    theirs = there.where(File.sha256.is_null(False) & Item.contributed_by_id.is_null(False)).tuples()
    return [(paths.join(folder, file), *others) for folder, file, *others in theirs]


def _thrown(back: FileOperation) -> tuple[str, list[Any]]:
    """The path that a line of the trash had, and the same of what it holds."""
    thrown = Trash.get_or_none(Trash.id == back.detail["trash"])
    if thrown is None:
        return "", []
    kept = TrashFile.select(TrashFile.path, TrashFile.size, Item.contributed_by_id, TrashFile.sha256)
    there = kept.join(Asset).join(Item).where(TrashFile.trash == thrown.id)
    theirs = there.where(TrashFile.sha256.is_null(False) & Item.contributed_by_id.is_null(False)).tuples()
    return thrown.path, list(theirs)


def has_sent(guest: int, sha256: str) -> bool:
    """Whether a guest sent these bytes, as far as that is still known."""
    theirs = (Upload.guest == guest) & (Upload.sha256 == bytes.fromhex(sha256))
    return bool(Upload.select().where(theirs).exists())


def known_as(file: File, guest: int | None, same: Iterable[Asset], *, exact: bool = True) -> Asset | None:
    """Which of its owner's assets that hold the same, the oldest first, a file is; None for a new one.

    `guest` is whose upload is just being stored as it. What has only a placeholder belongs to whom that does. Not
    `exact` where it is the same picture with other metadata, which somebody may have written into what is theirs.
    """
    found = list(same)
    if not found:
        return None
    listed = (
        file.asset.item if guest is None and file.asset is not None and file.asset.sha256 is None else None
    )
    if listed is not None:
        guest = listed.contributed_by_id
    if guest is not None:
        theirs = (asset for asset in found if asset.item.contributed_by_id == guest)
        return next((asset for asset in theirs if not _is_over(asset.item)), None)
    own = [asset for asset in found if asset.item.contributed_by_id is None]
    has_none = all(asset.item.trashed_at is not None for asset in own)
    if has_none and exact and file.source != "upload" and (listed is None or _is_untouched(listed)):
        moved = next((asset for asset in found if _may_have_moved(asset, file, listed)), None)
        if moved is not None:
            return moved
    return next(iter(own), None)


def _is_over(item: Item) -> bool:
    return item.taken_back_at is not None or item.trashed_at is not None


def _is_untouched(listed: Item) -> bool:
    """Whether a placeholder is that of one file, with which its owner did nothing yet."""
    by_hand = CollectionItem.added_by.is_null(False) | (CollectionItem.rule != "")
    is_chosen = CollectionItem.select().where((CollectionItem.item == listed.id) & by_hand).exists()
    is_single = Asset.select().where(Asset.item == listed.id).count() == 1
    return is_single and not (
        is_chosen or listed.favourite or listed.withdrawn_at or listed.extra.get("by_hand")
    )


def _may_have_moved(asset: Asset, file: File, listed: Item | None) -> bool:
    """Whether a guest's file, which is not where it was, may be this one.

    What was there before the guest's is hers. Of what lies in the trash, or was deleted there for good, no row is left.
    """
    item = asset.item
    if (
        item.contributed_by_id is None
        or item.trashed_at is not None
        or (listed is not None and listed.id < item.id)
    ):
        return False
    rows = File.select(File.id, File.presence, Storage.removed_at).join(Storage).where(File.asset == asset.id)
    places = list(rows.tuples())
    is_there = any(presence == "present" and removed_at is None for _, presence, removed_at in places)
    return bool(places) and not is_there and file.id > min(id for id, _, _ in places)
