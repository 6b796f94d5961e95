"""The files behind the items of a collection: what the network drive lists of it, for who may download them.

Of items of others nothing is here without the right to download, by which the bytes are asked for later.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from peewee import SQL, fn

from services import access
from services.catalogue.tree_rows import FILE, FileRow, LibraryRow
from services.collections.seeing import Card, items_of
from services.models import Asset, File, Item, Storage
from services.models.items import UNDATED
from services.viewers import Viewer


def months(viewer: Viewer, card: Card) -> dict[int, int]:
    """How many entries each month (yyyymm, 0 is undated) of a collection holds, newest first."""
    # written out: PostgreSQL takes two placeholders for two different things
    query = _entries(viewer, card).select(fn.MIN(Item.day), fn.COUNT(fn.DISTINCT(Asset.id)))
    rows = query.group_by(SQL("t1.day / 100")).order_by(SQL("t1.day / 100").desc())
    return {int(day) // 100: int(n) for day, n in rows.tuples()}


def rows(viewer: Viewer, card: Card, month: int | None = None) -> list[LibraryRow]:
    """The files of a collection, or of a month (yyyymm, 0 is undated) of it, by asset and file.

    The owner's missing files are among them: their names stay taken. Sidecars are not.
    """
    query = _entries(viewer, card)
    if month is not None:
        first, last = (0, 0) if month == 0 else (month * 100, month * 100 + 99)
        query = query.where(Item.day.between(first, last))
    return _listed(viewer, query)


def named(viewer: Viewer, card: Card, name_fold: str, assets: Sequence[int]) -> list[LibraryRow]:
    """The files of the assets that have a file of this name, at most in another case, and of these assets."""
    alike = File.select(File.asset).where((File.name_fold == name_fold) & File.asset.is_null(False))
    return _listed(viewer, _entries(viewer, card).where(Asset.id.in_(alike) | Asset.id.in_(list(assets))))


def _entries(viewer: Viewer, card: Card) -> Any:
    """Items with their assets and files; the first column that is asked for must be the item's, who is `t1` then."""
    if card.own:
        items = items_of(viewer, card)
        allowed = (Item.owner == viewer.user_id) | access.downloads(viewer)
    else:
        items, allowed = Item.select(), access.downloads(viewer, card.collection.id)
    return (
        items.join(Asset, on=(Asset.item == Item.id))
        .join(File, on=(File.asset == Asset.id))
        .join(Storage, on=(Storage.id == File.storage))
        .where((Asset.role != "sidecar") & Storage.removed_at.is_null() & (Storage.owner == Item.owner) & allowed)
    )  # fmt: skip


def _listed(viewer: Viewer, query: Any) -> list[LibraryRow]:
    columns = Item.sort_at, Asset.id, access.whole(viewer).alias("whole"), *FILE
    found: Iterable[Any] = query.select(*columns).order_by(Asset.id, File.id).tuples()
    return [
        LibraryRow(asset, 0 if at == UNDATED else at, FileRow(*row), masked=not whole)
        for at, asset, whole, *row in found
    ]
