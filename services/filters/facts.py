"""What is known of items, for conditions that are evaluated in Python: loaded for many at once.

No access is decided here: whoever asks has the ids of items that the viewer may see.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.filters.globs import folder_text
from services.models import Asset, File, Folder, Item, ItemLabel, Storage

REACHABLE = ("online", "slow", "paused")
"""States of a storage in which its files can be opened."""


@dataclass(frozen=True, slots=True)
class FileFact:
    """A file of an item: which asset, where it lies, whether it is there and can be reached."""

    asset_id: int
    storage_id: int
    folder: str
    presence: str
    reachable: bool
    removed: bool


@dataclass(frozen=True, slots=True)
class LabelFact:
    """A label on an item: where it comes from, and who set it."""

    id: int
    source: str
    author_id: int | None


@dataclass(frozen=True, slots=True)
class AssetFact:
    """An asset of an item."""

    id: int
    role: str
    mime: str
    sha256: bytes | None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a condition may ask of one item. `meta` is what its cover's file says, None without a cover."""

    item: Item
    tokens: frozenset[str] = frozenset()
    labels: tuple[LabelFact, ...] = ()
    assets: tuple[AssetFact, ...] = ()
    files: tuple[FileFact, ...] = ()
    meta: dict[str, Any] | None = None


def load(items: Sequence[Item]) -> dict[int, Facts]:
    """The facts of these items by id: four queries, however many there are."""
    ids = [item.id for item in items]
    covers = {item.id: item.cover_id for item in items}
    labels: dict[int, list[LabelFact]] = {}
    for item, *label in (
        ItemLabel.select(ItemLabel.item_id, ItemLabel.label_id, ItemLabel.source, ItemLabel.author_id)
        .where(ItemLabel.item.in_(ids))
        .tuples()
    ):
        labels.setdefault(item, []).append(LabelFact(*label))
    assets, metas = _assets(ids, covers)
    files = _files(ids)
    return {
        item.id: Facts(
            item,
            frozenset(item.tokens.split()),
            tuple(labels.get(item.id, ())),
            tuple(assets.get(item.id, ())),
            tuple(files.get(item.id, ())),
            metas.get(item.id),
        )
        for item in items
    }


def _assets(
    ids: Sequence[int], covers: dict[int, int | None]
) -> tuple[dict[int, list[AssetFact]], dict[int, dict[str, Any]]]:
    found: dict[int, list[AssetFact]] = {}
    metas: dict[int, dict[str, Any]] = {}
    columns = (Asset.item_id, Asset.id, Asset.role, Asset.mime, Asset.sha256, Asset.meta)
    for item, id, role, mime, sha, meta in Asset.select(*columns).where(Asset.item.in_(ids)).tuples():
        found.setdefault(item, []).append(AssetFact(id, role, mime, None if sha is None else bytes(sha)))
        if covers[item] == id:
            metas[item] = meta
    return found, metas


def _files(ids: Sequence[int]) -> dict[int, list[FileFact]]:
    found: dict[int, list[FileFact]] = {}
    rows = (
        File.select(
            Asset.item_id,
            File.asset_id,
            File.storage_id,
            Folder.path,
            File.presence,
            Storage.state,
            Storage.removed_at,
        )
        .join(Asset, on=(File.asset == Asset.id))
        .join(Folder, on=(File.folder == Folder.id))
        .join(Storage, on=(File.storage == Storage.id))
        .where(Asset.item.in_(ids))
        .tuples()
    )
    for item, asset, storage, folder, presence, state, removed_at in rows:
        removed = removed_at is not None
        reachable = presence == "present" and state in REACHABLE and not removed
        fact = FileFact(asset, storage, folder_text(folder), presence, reachable, removed)
        found.setdefault(item, []).append(fact)
    return found
