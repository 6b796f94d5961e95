"""Items before their files are read: placeholders from a listing, what a glance made of them, known hashes.

A file of a distant storage whose name promises media gets an item at first sight: kind and MIME type as
its name says, the time from its name, its folder or its last change, marked as such. Reading it later
fills the same item, or finds that it is a known one. Called inside the caller's transaction; no I/O.
"""

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.catalogue.knowing import dropped_by, known_as
from services.catalogue.labelling import refresh_tokens
from services.catalogue.recording import (
    fill_item,
    forget_listed,
    keep_fingerprints,
    looks,
    refresh_presence,
    time_values,
    unite,
)
from services.catalogue.search import item_tokens
from services.catalogue.timeline import recount
from services.catalogue.ungrouped import mark_around
from services.catalogue.zones import owner_zone
from services.clock import SECOND, now
from services.identifiers import new_pid
from services.matching import handed, rematch
from services.media import namedates
from services.media.dates import modified, resolve
from services.media.suffixes import promised
from services.media.types import Fingerprints, Glance, Kind, Metadata, Taken
from services.models import Asset, ContentHash, File, Fingerprint, Item, Storage, counters
from services.storages.rclone.features import WITHOUT_HASHES


@dataclass(frozen=True, slots=True)
class Listed:
    """A file that was only listed: its row's id, and what the listing says. `folder` is its shown path."""

    file_id: int
    name: str
    folder: str
    size: int
    mtime_ns: int | None


def place(owner: int, listed: Sequence[Listed]) -> None:
    """Make placeholder items for those of one owner's files whose names promise media."""
    wanted = [(each, promise) for each in listed if (promise := promised(each.name)) is not None]
    if not wanted:
        return
    moment, zone = now(), owner_zone(owner)
    found = {new_pid(): (each, kind, mime, _taken(each, zone)) for each, (kind, mime) in wanted}
    rows = []
    ids = [each.file_id for each, _ in wanted]
    said, dropped = _said(ids), dropped_by(ids)
    for pid, (each, kind, mime, taken) in found.items():
        source, is_withheld = said[each.file_id]
        times = time_values(dataclasses.asdict(taken))
        rows.append({
            "pid": pid, "owner": owner, "type": kind, "name": each.name, "mime": mime, "size": each.size,
            "extra": {}, "tokens": item_tokens([each.name], times["day"]), "created_at": moment,
            "changed_at": moment, "withdrawn_at": moment if is_withheld else None, "source": source,
            "contributed_by_id": dropped[each.file_id].guest if each.file_id in dropped else None, **times,
        })  # fmt: skip
    made = dict(Item.insert_many(rows).returning(Item.pid, Item.id).tuples().execute())
    assets = [
        {
            "item": made[pid], "role": "original", "mime": mime, "size": each.size, "sha256": None,
            "meta": _meta(kind, mime, taken), "created_at": moment,
        }
        for pid, (each, kind, mime, taken) in found.items()
    ]  # fmt: skip
    known = dict(Asset.insert_many(assets).returning(Asset.item_id, Asset.id).tuples().execute())
    for pid, (each, _, mime, _) in found.items():
        asset = known[made[pid]]
        Item.update(cover_id=asset).where(Item.id == made[pid]).execute()
        File.update(asset=asset, mime=mime).where(File.id == each.file_id).execute()
    recount({(owner, row["day"]) for row in rows})
    rematch(made.values())


def place_again(listed: Listed, asset: Asset) -> None:
    """A file changed before it was ever read: its placeholder says what the listing says now."""
    owner, before = asset.item.owner_id, asset.item.day
    meta = asset.meta | {"taken": dataclasses.asdict(_taken(listed, owner_zone(owner)))}
    Asset.update(size=listed.size, meta=meta, created_at=now()).where(Asset.id == asset.id).execute()
    day = _refill(asset.id, listed.name)
    refresh_tokens([asset.item_id])
    recount({(owner, before), (owner, day)})
    rematch([asset.item_id])


def record_glances(owner: int, glances: Iterable[tuple[File, Glance]]) -> None:
    """Record what glances at files of one owner told; what was read meanwhile is known better."""
    touched: set[int] = set()
    days: set[tuple[int, int]] = set()
    looked: list[int] = []
    for file, glance in glances:
        looked.append(file.id)
        asset = file.asset
        File.update(glance="done").where(File.id == file.id).execute()
        if asset is None or asset.sha256 is not None:
            continue
        days.add((owner, asset.item.day))
        if glance.metadata.kind == "other":
            problem = next((p for p in reversed(glance.metadata.problems) if p), "")
            File.update(
                asset=None, mime=glance.metadata.mime, read_state="done", read_at=now(), problem=problem
            ).where(File.id == file.id).execute()
            touched |= forget_listed(asset, days)
            continue
        prints = glance.fingerprints
        meta = dataclasses.asdict(glance.metadata) | looks(prints)
        keep_fingerprints(asset.id, prints)
        mime = glance.metadata.mime
        Asset.update(mime=mime, meta=meta).where(Asset.id == asset.id).execute()
        File.update(mime=mime, problem="").where(File.id == file.id).execute()
        days.add((owner, _refill(asset.id, file.name)))
        touched.add(asset.item_id)
    handed.settle(looked)  # of what is no media there is nothing more to read
    days |= refresh_presence(touched)
    refresh_tokens(list(touched))
    recount(days)
    mark_around(looked)
    counters.bump_content()


def recognise(owner: int, listed: Sequence[tuple[File, Mapping[str, str]]]) -> list[Asset | None]:
    """For each of the owner's files, with the hashes by name that a provider told, the asset of these bytes, if any."""
    told = [
        {(kind, value.lower()) for kind, value in hashes.items() if value} if file.size else set()
        for file, hashes in listed
    ]
    values = {value for pairs in told for _, value in pairs}
    if not values:
        return [None] * len(listed)
    assets: dict[tuple[int, str, str], list[Asset]] = {}
    mine = Asset.select(Asset, Item).join(Item).where(Item.owner == owner)
    shas = [bytes.fromhex(value) for pairs in told for kind, value in pairs if kind == "sha256"]
    for asset in mine.where(Asset.sha256.in_(shas)).order_by(Asset.id) if shas else ():
        assets.setdefault((asset.size, "sha256", bytes(asset.sha256).hex()), []).append(asset)
    hashed = (
        ContentHash.select(ContentHash, Asset, Item).join(Asset).join(Item)
        .where((Item.owner == owner) & ContentHash.value.in_(list(values)) & Asset.sha256.is_null(False))
        .order_by(Asset.id)
    )  # fmt: skip
    for row in hashed:
        assets.setdefault((row.asset.size, row.kind, row.value), []).append(row.asset)
    guests = {id: dropped.guest for id, dropped in dropped_by([file.id for file, _ in listed]).items()}
    return [
        known_as(
            file, guests.get(file.id), [a for p in sorted(pairs) for a in assets.get((file.size, *p), ())]
        )
        for (file, _), pairs in zip(listed, told, strict=True)
    ]


def wants_hashes(owner: int) -> bool:
    """Whether the hashes that providers know are to be made of all that is read of this owner's files.

    They have a storage far away of which listings tell some: a copy there will be recognised.
    """
    far = Storage.select(Storage.options).where(
        (Storage.owner == owner) & (Storage.kind == "rclone") & Storage.removed_at.is_null()
    )
    return any(options.get("type") not in WITHOUT_HASHES for (options,) in far.tuples())


def adopt(owner: int, known: Iterable[tuple[File, Asset]]) -> set[int]:
    """Files whose bytes are known by a provider's hash become locations of those assets, unread.

    A file that held other bytes which were read is left to reading. So is what is no guest's any more.
    Returns the ids of those that were adopted.
    """
    touched: set[int] = set()
    days: set[tuple[int, int]] = set()
    adopted: list[int] = []
    for file, found in known:
        asset = Asset.get_by_id(found.id)
        before = file.asset
        if asset.item.contributed_by_id is not None and not _is_still(file, asset):
            continue
        if before is not None and before.id != asset.id:
            if before.sha256 is not None:
                continue
            asset = unite(before, asset, days)
        File.update(
            asset=asset.id, sha256=asset.sha256, mime=asset.mime, read_state="done", glance="none",
            read_attempts=0, read_at=now(), problem=asset.damaged or "",
        ).where(File.id == file.id).execute()  # fmt: skip
        touched.add(asset.item_id)
        adopted.append(file.id)
    if adopted:
        touched |= handed.settle(adopted)
        days |= refresh_presence(touched)
        refresh_tokens(list(touched))
        recount(days)
        mark_around(adopted)
        counters.bump_content()
    return set(adopted)


def _is_still(file: File, asset: Asset) -> bool:
    """Whether a file is known as a guest's yet: of several that appeared one alone has moved."""
    dropped = dropped_by([file.id]).get(file.id)
    return known_as(file, None if dropped is None else dropped.guest, [asset]) is not None


def fingerprints_of(asset: Asset) -> Fingerprints | None:
    """What is known of how an asset looks, from a glance or a reading."""
    rows = Fingerprint.select(Fingerprint.kind, Fingerprint.value).where(Fingerprint.asset == asset.id)
    known = {kind: bytes(value).hex() for kind, value in rows.tuples()}
    if not {"phash64", "phash256"} <= set(known) or not asset.meta["colour"]:
        return None
    sharpness = asset.meta.get("sharpness") or 0.0  # who was read long ago has none
    return Fingerprints(
        known["phash64"], known["phash256"], asset.meta["thumbhash"], asset.meta["colour"], sharpness
    )


def content_key(asset: Asset) -> str:
    """By what renditions of an asset are kept: its SHA-256, and before it was read a name of its own."""
    if asset.sha256 is not None:
        return bytes(asset.sha256).hex()
    return hashlib.sha256(f"listed:{asset.id}:{asset.size}:{asset.created_at}".encode()).hexdigest()


def _refill(asset_id: int, name: str) -> int:
    """Let the item of an asset say what the asset says now, if that is its cover; return its day."""
    asset = Asset.get_by_id(asset_id)
    item = Item.get_by_id(asset.item_id)
    cover = asset if item.cover_id in {None, asset.id} else Asset.get_by_id(item.cover_id)
    fill_item(item, cover, name if cover.id == asset.id else item.name)
    return int(item.day)


def _meta(kind: Kind, mime: str, taken: Taken) -> dict[str, object]:
    meta = dataclasses.asdict(Metadata(kind, mime, taken=taken))
    return meta | looks(None)


def _said(files: Sequence[int]) -> dict[int, tuple[str | None, bool]]:
    """How each of the files came, and whether its storage shares nothing any more."""
    rows = File.select(File.id, File.source, Storage.withheld_at).join(Storage).where(File.id.in_(files))
    return {file: (source, withheld is not None) for file, source, withheld in rows.tuples()}


def _taken(listed: Listed, zone: str) -> Taken:
    """The time by the name, the folder or the last change; a change as young as our first sight is none."""
    moment = now()
    dates = [
        namedates.from_name(listed.name),
        namedates.from_folder(listed.folder),
        modified(listed.mtime_ns, moment * 1000),
    ]
    return resolve(dates, now=datetime.fromtimestamp(moment / SECOND, UTC).replace(tzinfo=None), zone=zone)
