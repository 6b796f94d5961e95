"""Items that leave the catalogue for good, and what is remembered of those that were deleted.

Called inside the caller's transaction.
"""

import re
from collections.abc import Iterable, Sequence

from services.catalogue.placing import content_key
from services.catalogue.recording import refresh_presence
from services.catalogue.timeline import recount
from services.clock import now
from services.models import (
    Asset,
    ContentHash,
    File,
    Fingerprint,
    Item,
    Storage,
    Tombstone,
    TrashFile,
    counters,
    database,
)

BY_OWNER = "deleted by its owner"
_SHA256 = re.compile("[0-9a-fA-F]{64}")


def forget_items(items: Iterable[int]) -> list[str]:
    """Delete those of the items that neither a file nor the trash holds; bring the others up to date.

    Returns the contents (by `content_key`) whose renditions nobody can ask for any more.
    """
    contents: set[str] = set()
    for some in database.batches(sorted(items)):
        contents |= _forget(some)
    left: set[str] = set()
    for keys in database.batches(sorted(contents)):
        rows = (
            Asset.select(Asset.sha256).where(Asset.sha256.in_([bytes.fromhex(key) for key in keys])).tuples()
        )
        left |= {bytes(row[0]).hex() for row in rows}
    return sorted(contents - left)


def _forget(items: list[int]) -> set[str]:
    held = {row[0] for row in File.select(Asset.item_id).join(Asset).where(Asset.item.in_(items)).tuples()}
    trashed = TrashFile.select(Asset.item_id).join(Asset).where(Asset.item.in_(items))
    held |= {row[0] for row in trashed.tuples()}
    gone = [item for item in items if item not in held]
    days = refresh_presence(held)
    facts = Asset.select(Asset.id, Asset.sha256, Asset.size, Asset.created_at)
    contents = {content_key(asset) for asset in facts.where(Asset.item.in_(gone))}
    days |= set(Item.select(Item.owner_id, Item.day).where(Item.id.in_(gone)).tuples())
    Item.delete().where(Item.id.in_(gone)).execute()
    recount(days)
    if gone:
        counters.bump_policy()
    counters.bump_content()
    return contents


def remember_deleted(owner: int, files: Sequence[TrashFile], *, reason: str) -> None:
    """Keep a tombstone of each deleted medium, so that it is known again; none while another copy is kept.

    One that was never read has what its provider told of it; one of which nothing is known has none.
    """
    media: dict[object, tuple[TrashFile, bytes | None]] = {}
    for file in files:
        if file.asset_id is not None:
            sha = _sha256(file)
            media[sha or file.asset_id] = (file, sha)
    for some in database.batches(list(media.values())):
        _bury(owner, some, reason or BY_OWNER)


def _bury(owner: int, media: Sequence[tuple[TrashFile, bytes | None]], reason: str) -> None:
    assets = [file.asset_id for file, _ in media]
    made = _hashes_made(assets)
    hashes = {file.id: {**made.get(file.asset_id, {}), **file.hashes} for file, _ in media}
    kept, listed = _kept(owner, [sha for _, sha in media if sha is not None]), _listed(owner, media)
    elsewhere = File.select(File.asset_id).where(File.asset.in_(assets) & (File.presence != "missing"))
    held = {row[0] for row in elsewhere.tuples()}
    scans = dict(Asset.select(Asset.id, Asset.scan_hash).where(Asset.id.in_(assets)).tuples())
    prints = Fingerprint.select(Fingerprint.asset_id, Fingerprint.value).where(
        Fingerprint.asset.in_(assets) & (Fingerprint.kind == "phash256")
    )
    by_asset = dict(prints.tuples())
    stones = [
        {
            "owner": owner, "sha256": sha, "scan_hash": scans.get(file.asset_id),
            "phash256": by_asset.get(file.asset_id), "hashes": hashes[file.id],
            "name": file.path.rpartition("/")[2], "reason": reason, "deleted_at": now(),
        }
        for file, sha in media
        if sha not in kept and file.asset_id not in held
        and listed.isdisjoint((file.size, *told) for told in hashes[file.id].items())
    ]  # fmt: skip
    stones = [s for s in stones if s["sha256"] or s["scan_hash"] or s["phash256"] or s["hashes"]]
    if stones:
        Tombstone.insert_many(stones).execute()


def _sha256(file: TrashFile) -> bytes | None:
    """As it was read, or as its provider told it."""
    if file.sha256 is not None:
        return bytes(file.sha256)
    told = file.hashes.get("sha256", "")
    return bytes.fromhex(told) if _SHA256.fullmatch(told) else None


def _hashes_made(assets: Sequence[int]) -> dict[int, dict[str, str]]:
    """By asset: the hashes that providers know, as they were made of its bytes."""
    rows = ContentHash.select(ContentHash.asset_id, ContentHash.kind, ContentHash.value)
    found: dict[int, dict[str, str]] = {}
    for asset, kind, value in rows.where(ContentHash.asset.in_(assets)).tuples():
        found.setdefault(asset, {})[kind] = value
    return found


def _kept(owner: int, shas: list[bytes]) -> set[bytes]:
    """Those of the contents that the owner has elsewhere."""
    mine = Storage.select(Storage.id).where(Storage.owner == owner)
    there = File.storage.in_(mine) & File.sha256.in_(shas) & (File.presence != "missing")
    return {bytes(row[0]) for row in File.select(File.sha256).where(there).distinct().tuples()}


def _listed(owner: int, media: Sequence[tuple[TrashFile, bytes | None]]) -> set[tuple[int, str, str]]:
    """Size, kind and value of what providers tell of the owner's files that nobody has read yet."""
    mine = Storage.select(Storage.id).where(Storage.owner == owner)
    sizes = sorted({file.size for file, _ in media})
    there = File.storage.in_(mine) & File.size.in_(sizes) & (File.presence != "missing")
    rows = File.select(File.size, File.listed).where(
        there & File.sha256.is_null() & File.listed.is_null(False)
    )
    return {(size, *told) for size, listed in rows.tuples() for told in listed.items()}
