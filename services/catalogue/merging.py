"""Two items of one owner that are one: the older id stays, the other answers as its alias.

Labels and what was set by hand are united, rights never are. What a guest brought stays the guest's. Called inside the
caller's transaction.
"""

from typing import Any

from services.matching import carry
from services.models import (
    Asset,
    File,
    Fingerprint,
    Item,
    ItemAlias,
    ItemLabel,
    Overlay,
    Trash,
    TrashFile,
    counters,
)

_EITHER = ("taken_back_at", "withdrawn_at")
"""What holds of both once it holds of one."""


def merge(keep: Item, gone: Item) -> None:
    """Move everything of `gone` to `keep` and leave an alias behind."""
    if keep.owner_id != gone.owner_id or keep.id == gone.id:
        raise AssertionError("only two items of one owner are ever merged")
    if gone.contributed_by_id not in {None, keep.contributed_by_id}:
        raise AssertionError("what a guest brought becomes nothing that another got")
    for asset in Asset.select().where(Asset.item == gone.id):
        _move_asset(asset, keep.id)
    for label in ItemLabel.select().where(ItemLabel.item == gone.id):
        _move_label(label, keep.id)
    for opinion in Overlay.select().where(Overlay.item == gone.id):
        _keep_opinion(opinion, keep.id)
    Item.update(**_united(keep, gone), version=Item.version + 1).where(Item.id == keep.id).execute()
    Trash.update(item=keep.id).where(Trash.item == gone.id).execute()
    ItemAlias.update(item=keep.id).where(ItemAlias.item == gone.id).execute()
    carry(keep.id, gone.id)
    Item.delete().where(Item.id == gone.id).execute()
    ItemAlias.insert(pid=gone.pid, item=keep.id).execute()
    counters.bump_policy()  # what was seen as two things is one now: whatever was cached of either is void


def _united(keep: Item, gone: Item) -> dict[str, Any]:
    """What the kept item takes over: what was set by hand on the other alone, and that it is hidden."""
    by_hand = set(keep.extra.get("by_hand", ()))
    added = sorted(set(gone.extra.get("by_hand", ())) - by_hand)
    values = {column: getattr(gone, column) for column in added}
    return {
        **values, "extra": keep.extra | {"by_hand": sorted(by_hand | set(added))},
        "favourite": keep.favourite or gone.favourite,
        **{column: getattr(keep, column) or getattr(gone, column) for column in _EITHER},
    }  # fmt: skip


def _move_asset(asset: Asset, item: int) -> None:
    same = (Asset.item == item) & (Asset.sha256 == asset.sha256)
    twin = None if asset.sha256 is None else Asset.get_or_none(same)  # what was not read has no twins
    if twin is None:
        Asset.update(item=item).where(Asset.id == asset.id).execute()
        return
    for holder in (File, TrashFile):
        holder.update(asset=twin.id).where(holder.asset == asset.id).execute()
    Fingerprint.delete().where(Fingerprint.asset == asset.id).execute()
    Asset.delete().where(Asset.id == asset.id).execute()


def _move_label(label: ItemLabel, item: int) -> None:
    same = ItemLabel.select().where(
        (ItemLabel.item == item)
        & (ItemLabel.label == label.label_id)
        & (ItemLabel.source == label.source)
        & (ItemLabel.author.is_null() if label.author_id is None else ItemLabel.author == label.author_id)
    )
    if same.exists():
        ItemLabel.delete().where(ItemLabel.id == label.id).execute()
    else:
        ItemLabel.update(item=item).where(ItemLabel.id == label.id).execute()


def _keep_opinion(opinion: Overlay, item: int) -> None:
    """What somebody else thinks of it they think of what it is part of now; what they had said of that counts first.

    That they had hidden the one hides no other.
    """
    if opinion.rating is None and not opinion.favourite:
        return
    Overlay.insert(user=opinion.user_id, item=item).on_conflict_ignore().execute()
    here = (Overlay.user == opinion.user_id) & (Overlay.item == item)
    known = Overlay.get(here)
    Overlay.update(
        favourite=known.favourite or opinion.favourite,
        rating=opinion.rating if known.rating is None else known.rating,
    ).where(here).execute()
