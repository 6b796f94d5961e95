"""Items that leave the catalogue for good, and what is remembered of those that were deleted.

Called inside the caller's transaction.
"""

from collections.abc import Iterable, Sequence

from services.catalogue.recording import refresh_presence
from services.catalogue.timeline import recount
from services.clock import now
from services.models import Asset, File, Fingerprint, Item, Storage, Tombstone, TrashFile, counters, database

BY_OWNER = "deleted by its owner"


def forget_items(items: Iterable[int]) -> list[str]:
    """Delete those of the items that neither a file nor the trash holds; bring the others up to date.

    Returns the contents (SHA-256) whose renditions nobody can ask for any more.
    """
    contents: set[bytes] = set()
    for some in database.batches(sorted(items)):
        contents |= _forget(some)
    left: set[bytes] = set()
    for shas in database.batches(sorted(contents)):
        rows = Asset.select(Asset.sha256).where(Asset.sha256.in_(shas)).tuples()
        left |= {bytes(row[0]) for row in rows}
    return sorted(sha.hex() for sha in contents - left)


def _forget(items: list[int]) -> set[bytes]:
    held = {row[0] for row in File.select(Asset.item_id).join(Asset).where(Asset.item.in_(items)).tuples()}
    trashed = TrashFile.select(Asset.item_id).join(Asset).where(Asset.item.in_(items))
    held |= {row[0] for row in trashed.tuples()}
    gone = [item for item in items if item not in held]
    days = refresh_presence(held)
    contents = {bytes(row[0]) for row in Asset.select(Asset.sha256).where(Asset.item.in_(gone)).tuples()}
    days |= set(Item.select(Item.owner_id, Item.day).where(Item.id.in_(gone)).tuples())
    Item.delete().where(Item.id.in_(gone)).execute()
    recount(days)
    if gone:
        counters.bump_policy()
    counters.bump_content()
    return contents


def remember_deleted(owner: int, files: Sequence[TrashFile], *, reason: str) -> None:
    """Keep a tombstone of each deleted medium, so that it is known again; none while another copy is kept."""
    media = {bytes(f.sha256): f for f in files if f.asset_id is not None and f.sha256 is not None}
    for shas in database.batches(sorted(media)):
        kept = _kept(owner, shas)
        some = [media[sha] for sha in shas if sha not in kept]
        ids = [f.asset_id for f in some]
        scans = dict(Asset.select(Asset.id, Asset.scan_hash).where(Asset.id.in_(ids)).tuples())
        prints = Fingerprint.select(Fingerprint.asset_id, Fingerprint.value).where(
            Fingerprint.asset.in_(ids) & (Fingerprint.kind == "phash256")
        )
        by_asset = dict(prints.tuples())
        stones = [
            {
                "owner": owner, "sha256": f.sha256, "scan_hash": scans.get(f.asset_id),
                "phash256": by_asset.get(f.asset_id), "hashes": f.hashes, "name": f.path.rpartition("/")[2],
                "reason": reason or BY_OWNER, "deleted_at": now(),
            }
            for f in some
        ]  # fmt: skip
        if stones:
            Tombstone.insert_many(stones).execute()


def _kept(owner: int, shas: list[bytes]) -> set[bytes]:
    """Those of the contents that the owner has elsewhere."""
    mine = Storage.select(Storage.id).where(Storage.owner == owner)
    there = File.storage.in_(mine) & File.sha256.in_(shas) & (File.presence != "missing")
    return {bytes(row[0]) for row in File.select(File.sha256).where(there).distinct().tuples()}
