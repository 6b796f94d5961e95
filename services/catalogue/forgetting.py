"""Items that leave the catalogue for good, and what is remembered of those that were deleted.

Called inside the caller's transaction.
"""

from collections.abc import Iterable, Sequence

from services.catalogue.recording import refresh_presence
from services.catalogue.timeline import recount
from services.clock import now
from services.models import Asset, File, Fingerprint, Item, Storage, Tombstone, TrashFile, counters

BY_OWNER = "deleted by its owner"


def forget_items(items: Iterable[int]) -> list[str]:
    """Delete those of the items that neither a file nor the trash holds; bring the others up to date.

    Returns the contents (SHA-256) whose renditions nobody can ask for any more.
    """
    wanted = list(items)
    held = {row[0] for row in File.select(Asset.item_id).join(Asset).where(Asset.item.in_(wanted)).tuples()}
    trashed = TrashFile.select(Asset.item_id).join(Asset).where(Asset.item.in_(wanted))
    held |= {row[0] for row in trashed.tuples()}
    gone = [item for item in wanted if item not in held]
    days = refresh_presence(held)
    contents = {bytes(row[0]) for row in Asset.select(Asset.sha256).where(Asset.item.in_(gone)).tuples()}
    days |= set(Item.select(Item.owner_id, Item.day).where(Item.id.in_(gone)).tuples())
    Item.delete().where(Item.id.in_(gone)).execute()
    recount(days)
    if gone:
        counters.bump_policy()
    counters.bump_content()
    left = {
        bytes(row[0]) for row in Asset.select(Asset.sha256).where(Asset.sha256.in_(list(contents))).tuples()
    }
    return sorted(sha.hex() for sha in contents - left)


def remember_deleted(owner: int, files: Sequence[TrashFile], *, reason: str) -> None:
    """Keep a tombstone of each deleted medium, so that it is known again; none while another copy is kept."""
    for file in files:
        if file.asset_id is None or file.sha256 is None or _is_kept(owner, bytes(file.sha256)):
            continue
        asset = Asset.get_by_id(file.asset_id)
        prints = dict(
            Fingerprint.select(Fingerprint.kind, Fingerprint.value)
            .where(Fingerprint.asset == asset.id)
            .tuples()
        )
        Tombstone.create(
            owner=owner, sha256=file.sha256, scan_hash=asset.scan_hash, phash256=prints.get("phash256"),
            hashes=file.hashes, name=file.path.rpartition("/")[2], reason=reason or BY_OWNER, deleted_at=now(),
        )  # fmt: skip


def _is_kept(owner: int, sha: bytes) -> bool:
    """Whether the owner has these bytes elsewhere, or in the trash still."""
    mine = Storage.select(Storage.id).where(Storage.owner == owner)
    files = File.select().where(File.storage.in_(mine) & (File.sha256 == sha) & (File.presence != "missing"))
    return files.exists()
