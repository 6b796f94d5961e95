"""The files behind the items of a collection: what the network drive lists of it, for who may download them.

Of items of others nothing is here without the right to download, by which the bytes are asked for later.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import SQL, fn

from services import access
from services.catalogue.tree_rows import FILE, FileRow, LibraryRow
from services.collections.seeing import Card, items_of
from services.models import Asset, File, Item, Storage
from services.models.items import UNDATED
from services.viewers import Viewer


@dataclass(frozen=True, slots=True)
class Inside:
    """What a viewer finds in a collection: `items` as a query, and as a condition which of them they may download.

    `whole` is a condition too: that nothing of an original is masked for them.
    """

    items: Any
    allowed: Any
    whole: Any


def inside(viewer: Viewer, card: Card) -> Inside:
    """What the viewer finds in a collection now: of one of somebody else's what reaches them by it."""
    if card.own:
        return mine(viewer, items_of(viewer, card))
    return theirs(viewer, card.collection.id)


def mine(viewer: Viewer, items: Any) -> Inside:
    """These items of a collection of the viewer's, with what they may download of what others brought."""
    return Inside(items, (Item.owner == viewer.user_id) | access.downloads(viewer), access.whole(viewer))


def theirs(viewer: Viewer, collection: int) -> Inside:
    """What may be downloaded of a collection of somebody else's, by what the viewer has of it and nothing else."""
    return Inside(Item.select(), access.downloads(viewer, collection), access.whole(viewer))


def months(found: Inside) -> dict[int, int]:
    """How many entries each month (yyyymm, 0 is undated) of a collection holds, newest first."""
    # written out: PostgreSQL takes two placeholders for two different things
    query = _entries(found).select(fn.MIN(Item.day), fn.COUNT(fn.DISTINCT(Asset.id)))
    rows = query.group_by(SQL("t1.day / 100")).order_by(SQL("t1.day / 100").desc())
    return {int(day) // 100: int(n) for day, n in rows.tuples()}


def rows(found: Inside, month: int | None = None) -> list[LibraryRow]:
    """The files of a collection, or of a month (yyyymm, 0 is undated) of it, by asset and file.

    The owner's missing files are among them: their names stay taken. Sidecars are not.
    """
    query = _entries(found)
    if month is not None:
        first, last = (0, 0) if month == 0 else (month * 100, month * 100 + 99)
        query = query.where(Item.day.between(first, last))
    return _listed(found, query)


def named(found: Inside, name_fold: str, assets: Sequence[int]) -> list[LibraryRow]:
    """The files of the assets that have a file of this name, at most in another case, and of these assets."""
    alike = File.select(File.asset).where((File.name_fold == name_fold) & File.asset.is_null(False))
    return _listed(found, _entries(found).where(Asset.id.in_(alike) | Asset.id.in_(list(assets))))


def _entries(found: Inside) -> Any:
    """Items with their assets and files; the first column that is asked for must be the item's, who is `t1` then."""
    return (
        found.items.join(Asset, on=(Asset.item == Item.id))
        .join(File, on=(File.asset == Asset.id))
        .join(Storage, on=(Storage.id == File.storage))
        .where((Asset.role != "sidecar") & Storage.removed_at.is_null() & (Storage.owner == Item.owner))
        .where(found.allowed)
    )


def _listed(found: Inside, query: Any) -> list[LibraryRow]:
    columns = Item.sort_at, Asset.id, found.whole.alias("whole"), *FILE
    listed: Iterable[Any] = query.select(*columns).order_by(Asset.id, File.id).tuples()
    return [
        LibraryRow(asset, 0 if at == UNDATED else at, FileRow(*row), masked=not whole)
        for at, asset, whole, *row in listed
    ]
