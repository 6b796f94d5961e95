"""What a reading of a file makes of the catalogue: an item with its asset, known again or new.

A file seen again is matched in this order: the same bytes as its item has, owner + SHA-256 (one more location),
owner + scan hash (same picture, other metadata), the same location (what nobody knew is an edit in place: a new
version of the same item, docs/adr/0021). A file that was only listed before has a placeholder item
(`services.catalogue.placing`): when its bytes turn out to be known, the two items become one, the older. Nothing is
ever matched across owners, nor with what another brought (`services.catalogue.knowing`), so nobody learns that
somebody has the same bytes.
All functions but `set_video_time` are called inside the caller's transaction and do no I/O.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from peewee import Case, fn

from services.catalogue.cameras import say_video_time, taken_of
from services.catalogue.knowing import dropped_by, has_sent, known_as
from services.catalogue.labelling import label_ids, refresh_tokens
from services.catalogue.merging import merge
from services.catalogue.timeline import recount
from services.catalogue.ungrouped import mark
from services.clock import now
from services.identifiers import new_pid
from services.matching import handed, rematch
from services.media.types import Fingerprints, Reading
from services.models import (
    Asset,
    ContentHash,
    File,
    Fingerprint,
    Item,
    ItemLabel,
    Trash,
    TrashFile,
    counters,
    transaction,
)  # fmt: skip
from services.models.items import COMPANIONS, UNDATED
from services.viewers import Viewer

_COPIED = (
    "width", "height", "make", "model", "lens", "lat", "lon", "rating", "title", "description", "animated",
    "panorama", "thumbhash", "colour",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Read:
    """A file row, and what reading it gave; `guest` is whose upload is just being stored as it."""

    file: File
    reading: Reading
    guest: int | None = None


def record(owner: int, reads: Iterable[Read]) -> set[int]:
    """Record readings of one owner's files; return the ids of the items they touched."""
    reads = _with_guests(list(reads))
    touched: set[int] = set()
    days: set[tuple[int, int]] = set()
    for read in reads:
        if read.reading.metadata.kind == "other":
            touched |= _record_plain(read, days)
        else:
            touched |= _record_media(owner, read, days)
    touched |= handed.settle(read.file.id for read in reads)
    days |= refresh_presence(touched)
    refresh_tokens(list(touched))
    recount(days)
    mark(read.file.folder_id for read in reads)
    counters.bump_content()
    return touched


def _with_guests(reads: Sequence[Read]) -> list[Read]:
    """The same, each with whose upload is just being stored as it."""
    awaited = dropped_by([read.file.id for read in reads])
    return [
        dataclasses.replace(read, guest=dropped.guest)
        if (dropped := awaited.get(read.file.id)) and dropped.sha256.hex() == read.reading.sha256
        else read
        for read in reads
    ]


def refresh_presence(items: Iterable[int]) -> set[tuple[int, int]]:
    """Set `missing`, `suspect` and `trashed_at` of items from their files; return their (owner, day) pairs.

    An item is missing when all files of its cover are, suspect when none of them is present, and in the
    trash when files of it are there and nowhere else. A cover that is gone gives way to another picture
    of the item that is there; what neither a file nor the trash holds is forgotten. Whatever changed their facts
    calls this in the end, so it also holds them against stored queries.
    """
    wanted = list(items)
    in_trash = _in_trash(wanted)
    held: dict[int, dict[int, set[str]]] = {}
    elsewhere: set[int] = set()
    columns = (Asset.item_id, Asset.id, Asset.role, File.presence)
    rows = File.select(*columns).join(Asset).where(Asset.item.in_(wanted))
    for item, asset, role, presence in rows.tuples():
        held.setdefault(item, {}).setdefault(asset, set()).add(presence)
        if role not in COMPANIONS and presence != "missing":
            elsewhere.add(item)
    days: set[tuple[int, int]] = set()
    changes: dict[tuple[bool, bool, int | None], list[int]] = {}
    narrows = False
    known = (Item.id, Item.owner_id, Item.day, Item.cover_id, Item.missing, Item.suspect, Item.trashed_at)
    for item in Item.select(*known).where(Item.id.in_(wanted)):
        days.add((item.owner_id, item.day))
        presences = held.get(item.id, {})
        seen = presences.get(item.cover_id, set())
        if seen <= {"missing"} and (other := _stand_in(presences)) is not None:
            days.add((item.owner_id, _change_cover(item, other)))
            seen = presences[other.id]
        missing, suspect = (
            "present" not in seen and "suspect" not in seen,
            "present" not in seen and "suspect" in seen,
        )
        trashed_at = None if item.id in elsewhere else in_trash.get(item.id)
        if (missing, suspect, trashed_at) != (item.missing, item.suspect, item.trashed_at):
            changes.setdefault((missing, suspect, trashed_at), []).append(item.id)
            narrows |= (missing and not item.missing) or (trashed_at is not None and not item.trashed_at)
    for (missing, suspect, trashed_at), ids in changes.items():
        Item.update(missing=missing, suspect=suspect, trashed_at=trashed_at, changed_at=now()).where(
            Item.id.in_(ids)
        ).execute()
    if narrows:
        counters.bump_policy()
    _forget_empty(wanted)
    rematch(wanted)
    return days


def _in_trash(items: list[int]) -> dict[int, int]:
    """Since when files of these items lie in the trash, by item; what was moved away or replaced is none."""
    rows = (
        TrashFile.select(Asset.item_id, fn.MAX(Trash.trashed_at)).join(Trash).switch(TrashFile).join(Asset)
        .where(Asset.item.in_(items) & (Trash.kind == "deleted")).group_by(Asset.item_id)
    )  # fmt: skip
    return dict(rows.tuples())


_STANDS_IN = ("original", "edit", "raw", "live")
"""Which of an item's assets is shown when its cover is gone: the first of these that is there."""


def _stand_in(presences: dict[int, set[str]]) -> Asset | None:
    """The asset to show instead of a cover that is gone; a sidecar is none."""
    there = [asset for asset, seen in presences.items() if "present" in seen]
    if not there:
        return None
    found = Asset.select().where(Asset.id.in_(there) & Asset.role.in_(_STANDS_IN))
    return min(found, key=lambda a: (_STANDS_IN.index(a.role), a.id), default=None)


def _change_cover(item: Item, asset: Asset) -> int:
    """Show another asset of the item; return the day it is on now."""
    before = Asset.get_or_none(Asset.id == item.cover_id)
    if before is not None and not File.select().where(File.asset == before.id).exists():
        Asset.update(role=before.role).where(Asset.id == asset.id).execute()  # it takes that one's place
    file = (
        File.select().where((File.asset == asset.id) & (File.presence == "present")).order_by(File.id).get()
    )
    whole = Item.get_by_id(item.id)
    fill_item(whole, asset, file.name)
    Item.update(version=Item.version + 1).where(Item.id == item.id).execute()
    refresh_tokens([item.id])
    return int(whole.day)


def _forget_empty(items: list[int]) -> None:
    """Delete the assets that nothing holds any more, but for covers: those say what an item was."""
    empty = (
        Asset.select(Asset.id).join(Item).switch(Asset).left_outer_join(File, on=(File.asset == Asset.id))
        .switch(Asset).left_outer_join(TrashFile, on=(TrashFile.asset == Asset.id))
        .where(Item.id.in_(items) & (Asset.id != Item.cover_id) & File.id.is_null() & TrashFile.id.is_null())
    )  # fmt: skip
    ids = [row[0] for row in empty.tuples()]
    if ids:
        Asset.delete().where(Asset.id.in_(ids)).execute()


def _record_plain(read: Read, days: set[tuple[int, int]]) -> set[int]:
    """A file that is no media; it may have been one before somebody overwrote it."""
    before = read.file.asset
    _finish_file(read, asset=None)
    if before is None:
        return set()
    return forget_listed(before, days) if before.sha256 is None else {before.item_id}


def forget_listed(asset: Asset, days: set[tuple[int, int]]) -> set[int]:
    """A name promised media, the bytes hold none: the placeholder goes. Returns its item if that stays."""
    item = asset.item
    days.add((item.owner_id, item.day))
    Asset.delete().where(Asset.id == asset.id).execute()
    if Asset.select().where(Asset.item == item.id).exists():
        return {item.id}
    Item.delete().where(Item.id == item.id).execute()
    return set()


def unite(listed: Asset, known: Asset, days: set[tuple[int, int]]) -> Asset:
    """The bytes behind a placeholder are those of a known asset: one item, the older; return its asset."""
    older, newer = sorted((listed.item, known.item), key=lambda item: item.id)
    days |= {(older.owner_id, older.day), (newer.owner_id, newer.day)}
    if older.id != newer.id:
        merge(older, newer)
    File.update(asset=known.id).where(File.asset == listed.id).execute()
    if Item.update(cover_id=known.id).where(Item.cover_id == listed.id).execute():
        Asset.update(role=listed.role).where(Asset.id == known.id).execute()
    Asset.delete().where(Asset.id == listed.id).execute()
    return Asset.get_by_id(known.id)


def _record_media(owner: int, read: Read, days: set[tuple[int, int]]) -> set[int]:
    """Record one reading; the ids of the item that its file is of now, and of the one that it was of."""
    before = read.file.asset
    was = set() if before is None else {int(before.item_id)}
    asset: Asset | None
    if before is None or before.sha256 is not None:
        asset = _match_item(read) or _match_hash(owner, read)
        if asset is None and _keeps_its_picture(read):
            asset = _match_edit(read)
        asset = asset or _match_scan(owner, read) or _match_edit(read)
    elif read.guest in {None, before.item.contributed_by_id}:
        asset = _first_read(owner, read, before, days)
    else:  # a scan took it for its owner's
        was |= forget_listed(before, days)
        asset = _match_hash(owner, read) or _match_scan(owner, read)
    if asset is None:
        asset = _new_item(owner, read)
    elif asset.item.owner_id != owner or read.guest not in {None, asset.item.contributed_by_id}:
        raise AssertionError("an item was matched with what is another's")
    days.add((owner, asset.item.day))
    _fill_asset(asset, read.reading)
    _finish_file(read, asset=asset.id)
    item = Item.get_by_id(asset.item_id)
    covers = item.cover_id in {None, asset.id}
    cover = Asset.get_by_id(asset.id if covers else item.cover_id)
    fill_item(item, cover, read.file.name if covers else item.name)
    days.add((owner, item.day))
    return {int(item.id)} | was


def _first_read(owner: int, read: Read, listed: Asset, days: set[tuple[int, int]]) -> Asset:
    """The asset of a file that had only a placeholder: the placeholder itself, or one that is known."""
    by = listed.item.contributed_by_id
    if by is not None and read.guest is None and not has_sent(by, read.reading.sha256):
        # it only was as large as the upload that was to lie there, and was perhaps taken back as that
        Item.update(
            contributed_by_id=None, taken_back_at=None,
            withdrawn_at=Case(None, ((Item.withdrawn_at == Item.taken_back_at, None),), Item.withdrawn_at),
        ).where(Item.id == listed.item_id).execute()  # fmt: skip
        listed.item.contributed_by_id = None
    known = _match_hash(owner, read)
    if known is not None:
        return unite(listed, known, days)
    sha, twin = bytes.fromhex(read.reading.sha256), _scan_twin(owner, read)
    if twin is None:
        _set_sha(listed, sha)
        return Asset.get_by_id(listed.id)
    if not File.select().where((File.asset == twin.id) & (File.presence == "present")).exists():
        _set_sha(twin, sha)  # renamed, and its metadata rewritten
        Item.update(version=Item.version + 1).where(Item.id == twin.item_id).execute()
        return unite(listed, twin, days)
    older, newer = sorted((listed.item, twin.item), key=lambda item: item.id)
    days |= {(older.owner_id, older.day), (newer.owner_id, newer.day)}
    if older.id != newer.id:
        merge(older, newer)
        other = listed if older.cover_id != listed.id else twin
        Asset.update(role="edit").where(Asset.id == other.id).execute()
    _set_sha(listed, sha)
    return Asset.get_by_id(listed.id)


def _match_item(read: Read) -> Asset | None:
    """The asset of the item that this very file was of, if that has the same bytes.

    What a guest drops is a version of nothing.
    """
    before = read.file.asset
    sha = bytes.fromhex(read.reading.sha256)
    if before is None:
        return None
    if read.guest is not None and (
        before.item.contributed_by_id != read.guest or bytes(before.sha256) != sha
    ):
        return None
    if bytes(before.sha256) == sha:
        return before
    return Asset.get_or_none((Asset.item == before.item_id) & (Asset.sha256 == sha))


def _keeps_its_picture(read: Read) -> bool:
    """Whether a file shows what it showed, with other metadata."""
    before, scan = read.file.asset, read.reading.scan_hash
    return scan is not None and before is not None and before.scan_hash == bytes.fromhex(scan)


def _match_edit(read: Read) -> Asset | None:
    """The asset of an edit in place: bytes that nobody knew are a new version of what this very file held."""
    before = read.file.asset
    if before is None or read.guest is not None:
        return None
    sha = bytes.fromhex(read.reading.sha256)
    if File.select().where((File.asset == before.id) & (File.id != read.file.id)).exists():
        return _new_asset(before.item, read, role="edit")  # another copy still holds the old version
    _set_sha(before, sha)
    before.sha256 = sha
    Item.update(version=Item.version + 1).where(Item.id == before.item_id).execute()
    return before


def _match_hash(owner: int, read: Read) -> Asset | None:
    return known_as(read.file, read.guest, _assets(owner, Asset.sha256 == bytes.fromhex(read.reading.sha256)))


def _assets(owner: int, same: Any) -> Any:
    return Asset.select(Asset, Item).join(Item).where((Item.owner == owner) & same).order_by(Asset.id)


def _set_sha(asset: Asset, sha: bytes) -> None:
    """An asset holds other bytes now: what was known of the old ones is not true of them."""
    Asset.update(sha256=sha, masks=None).where(Asset.id == asset.id).execute()
    ContentHash.delete().where(ContentHash.asset == asset.id).execute()


def _scan_twin(owner: int, read: Read) -> Asset | None:
    """The asset with the same picture and other metadata."""
    if read.reading.scan_hash is None:
        return None
    scan = bytes.fromhex(read.reading.scan_hash)
    return known_as(read.file, read.guest, _assets(owner, Asset.scan_hash == scan), exact=False)


def _match_scan(owner: int, read: Read) -> Asset | None:
    twin = _scan_twin(owner, read)
    if twin is None:
        return None
    if File.select().where((File.asset == twin.id) & (File.presence == "present")).exists():
        return _new_asset(twin.item, read, role="edit")
    _set_sha(twin, bytes.fromhex(read.reading.sha256))
    Item.update(version=Item.version + 1).where(Item.id == twin.item_id).execute()
    return Asset.get_by_id(twin.id)


def _new_item(owner: int, read: Read) -> Asset:
    meta = read.reading.metadata
    item = Item.create(
        pid=new_pid(), owner=owner, type=meta.kind, name=read.file.name, mime=meta.mime, size=read.reading.size,
        sort_at=UNDATED, day=0, extra={}, created_at=now(), changed_at=now(),
        withdrawn_at=None if read.file.storage.withheld_at is None else now(), source=read.file.source,
        contributed_by_id=read.guest,
    )  # fmt: skip
    return _new_asset(item, read, role="original")


def _new_asset(item: Item, read: Read, *, role: str) -> Asset:
    asset = Asset.create(
        item=item, role=role, mime=read.reading.metadata.mime, size=read.reading.size,
        sha256=bytes.fromhex(read.reading.sha256), meta={}, created_at=now(),
    )  # fmt: skip
    if item.cover_id is None:
        Item.update(cover_id=asset.id).where(Item.id == item.id).execute()
    return asset


def _fill_asset(asset: Asset, reading: Reading) -> None:
    prints = reading.fingerprints
    meta = dataclasses.asdict(reading.metadata) | looks(prints)
    Asset.update(
        mime=reading.metadata.mime,
        size=reading.size,
        scan_hash=None if reading.scan_hash is None else bytes.fromhex(reading.scan_hash),
        meta=meta,
        damaged=reading.damaged,
    ).where(Asset.id == asset.id).execute()
    if reading.hashes:
        keep_hashes(asset.id, reading.hashes)
    keep_fingerprints(asset.id, prints)


def keep_hashes(asset: int, hashes: Mapping[str, str]) -> None:
    """What providers call an asset's bytes."""
    ContentHash.delete().where(ContentHash.asset == asset).execute()
    for kind, value in hashes.items():
        ContentHash.insert(asset=asset, kind=kind, value=value).execute()


LOOKS = ("thumbhash", "colour", "sharpness")
"""What is kept of an asset's looks beside its metadata."""


def looks(prints: Fingerprints | None) -> dict[str, Any]:
    """The values of `LOOKS`, each None when there is nothing to see."""
    return {name: None if prints is None else getattr(prints, name) for name in LOOKS}


def keep_fingerprints(asset: int, prints: Fingerprints | None) -> None:
    """What an asset looks like now; nothing any more when there is nothing to see."""
    Fingerprint.delete().where(Fingerprint.asset == asset).execute()
    if prints is not None:
        for kind, value in (("phash64", prints.phash64), ("phash256", prints.phash256)):
            Fingerprint.insert(asset=asset, kind=kind, value=bytes.fromhex(value)).execute()


def _finish_file(read: Read, *, asset: int | None) -> None:
    reading = read.reading
    File.update(
        asset=asset,
        mime=reading.metadata.mime,
        sha256=bytes.fromhex(reading.sha256),
        read_state="done",
        glance="none",
        read_attempts=0,
        read_at=now(),
        problem=reading.damaged or "",
    ).where(File.id == read.file.id).execute()


def fill_item(item: Item, asset: Asset, name: str) -> None:
    """Let the item say what its cover `asset` says, except for what its owner set by hand.

    A sidecar without the picture's whole name belongs to the RAW file beside it, so keywords and rating
    are taken from there as well.
    """
    raws = [
        a.meta
        for a in Asset.select().where((Asset.item == item.id) & (Asset.role == "raw")).order_by(Asset.id)
    ]
    live = Asset.select().where((Asset.item == item.id) & (Asset.role == "live")).exists()
    ratings = [m["rating"] for m in (asset.meta, *raws) if m["rating"] is not None]
    meta = asset.meta | {"rating": ratings[0] if ratings else None}
    duration = meta["duration_s"]
    values: dict[str, Any] = {
        **time_values(taken_of(item.owner_id, meta)),
        **{column: meta[column] for column in _COPIED},
        "type": meta["kind"], "mime": asset.mime, "size": asset.size, "cover_id": asset.id, "name": name,
        "ratio": meta["width"] / meta["height"] if meta["width"] and meta["height"] else 1.0,
        "duration_ms": None if duration is None else round(duration * 1000),
        "motion": live or meta["motion"] is not None, "damaged": asset.damaged, "changed_at": now(),
    }  # fmt: skip
    for column in item.extra.get("by_hand", ()):
        values.pop(column, None)
    for column, value in values.items():
        setattr(item, column, value)
    item.save(only=[getattr(Item, column) for column in values])
    _set_file_labels(item.id, dict.fromkeys(k for m in (meta, *raws) for k in m["keywords"]))


def set_video_time(viewer: Viewer, make: str, model: str, *, local: bool) -> int:
    """Say whether the videos of one of the viewer's cameras state local time; return how many it concerns.

    Applies to the videos there are and to new ones; saying the opposite takes it back. Raises UsageError.
    """
    batches = say_video_time(viewer, make, model, local=local)
    for ids in batches:
        with transaction():
            refill(ids)
    return sum(map(len, batches))


def refill(ids: list[int]) -> None:
    """Let items say anew what their covers say: what that is taken for has changed."""
    days: set[tuple[int, int]] = set()
    for item in Item.select().where(Item.id.in_(ids)):
        days.add((item.owner_id, item.day))
        fill_item(item, Asset.get_by_id(item.cover_id), item.name)
        days.add((item.owner_id, item.day))
    refresh_tokens(ids)
    recount(days)
    rematch(ids)
    counters.bump_content()


def _set_file_labels(item: int, keywords: Iterable[str]) -> None:
    ItemLabel.delete().where((ItemLabel.item == item) & (ItemLabel.source == "file")).execute()
    for label in label_ids(keywords).values():
        ItemLabel.insert(item=item, label=label, source="file", created_at=now()).execute()


def time_values(taken: dict[str, Any]) -> dict[str, Any]:
    """The columns of an item that say when it was taken, from `Taken` as JSON data."""
    local = _microseconds(taken["local"])
    return {
        "taken_local": local,
        "taken_utc": _microseconds(taken["utc"]),
        "taken_offset": taken["offset"],
        "taken_source": taken["source"],
        "offset_source": taken["offset_source"],
        "precision": taken["precision"],
        "suspect_date": taken["suspect"],
        "sort_at": UNDATED if local is None else local,
        "day": 0 if local is None else int(taken["local"][:10].replace("-", "")),
    }


def _microseconds(iso: str | None) -> int | None:
    """An ISO 8601 time as microseconds since 1970, its wall clock taken as UTC when it has no zone."""
    if iso is None:
        return None
    at = datetime.fromisoformat(iso)
    since = (at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
