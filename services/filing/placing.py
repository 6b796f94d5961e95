"""What a change in a storage makes of the rows: files, folders, the trash, and the items behind them.

Everything here is called inside the caller's transaction, does no I/O, and says what *is*: a scan that
saw the same change first has done no harm, and doing it twice changes nothing.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from services.catalogue.labelling import refresh_tokens
from services.catalogue.merging import merge
from services.catalogue.recording import forget_listed, refresh_presence, unite
from services.catalogue.timeline import recount
from services.clock import now
from services.identifiers import new_pid
from services.models import (
    Asset,
    File,
    FileOperation,
    Folder,
    Item,
    Storage,
    Trash,
    TrashFile,
    counters,
    database,
)
from services.models.database import raw
from services.names import fold, shown
from services.storages import paths
from services.storages.values import NO_HASHES, Entry

_UNREAD = {
    "read_state": "pending", "read_attempts": 0, "problem": "", "change_key": None, "listed": None, "sent": False,
}  # fmt: skip
"""Of bytes that are others now: what a listing said of those before is not true of them."""


def find_file(storage: Storage, path: str) -> File | None:
    """The row of the file at this path."""
    found: File | None = (
        File.select(File, Folder).join(Folder)
        .where((File.storage == storage.id) & (Folder.path == raw(paths.parent(path)))
               & (File.raw_name == raw(paths.leaf(path))))
        .first()
    )  # fmt: skip
    return found


def find_folder(storage: Storage, path: str) -> Folder | None:
    """The row of the folder at this path."""
    here = (Folder.storage == storage.id) & (Folder.path == raw(path))
    found: Folder | None = Folder.select().where(here).first()
    return found


def was_read(storage: Storage, entry: Entry, *, since: int) -> bool:
    """Whether a file was read since a moment, and has not changed again as far as can be seen."""
    row = find_file(storage, entry.path)
    return (
        row is not None and row.read_state == "done" and (row.read_at or 0) >= since and has_facts(row, entry)
    )


def is_known(storage: Storage, path: str) -> bool:
    """Whether there is a row at this path, of a file or a folder."""
    return find_file(storage, path) is not None or find_folder(storage, path) is not None


def set_folder(storage: Storage, path: str) -> Folder:
    """There is a folder here, and one in each above it."""
    found = find_folder(storage, path)
    if found is not None:
        if found.gone:
            Folder.update(gone=False).where(Folder.id == found.id).execute()
        return found
    above = set_folder(storage, paths.parent(path)) if path else None
    name = shown(paths.leaf(path))
    made = Folder.insert(storage=storage.id, parent=above, path=path, name=name, name_fold=fold(name))
    made.on_conflict_ignore().execute()  # PostgreSQL lets several write at once, and one was first
    counters.bump_content()
    return Folder.get((Folder.storage == storage.id) & (Folder.path == raw(path)))


def set_file(storage: Storage, entry: Entry, *, written: bool = False) -> File:
    """There is this file; it is to be read unless the catalogue knows these very bytes.

    What was just `written` is read in any case: not every storage tells old and new apart.
    """
    folder = set_folder(storage, paths.parent(entry.path))
    facts = {"size": entry.size, "mtime_ns": entry.mtime_ns, "provider_id": entry.id}
    there = {"presence": "present", "absent_since": None, "seen_at": now()}
    is_new = find_file(storage, entry.path) is None and _add(
        storage, folder, entry.path, {**facts, **there, "source": "upload" if written else "scan"}
    )
    known = File.get((File.folder == folder.id) & (File.raw_name == raw(paths.leaf(entry.path))))
    if is_new:
        pass
    elif written or not has_facts(known, entry):
        if written and known.presence != "present":
            _part_from_guest(known)
        File.update(**facts, **there, **_UNREAD).where(File.id == known.id).execute()
        known = File.get_by_id(known.id)
    elif known.presence != "present":
        File.update(**there).where(File.id == known.id).execute()
        _refresh([known.asset_id])
    counters.bump_content()
    return known


def _part_from_guest(file: File) -> None:
    """What comes to a place where a guest's file was is no version of that."""
    if file.asset is not None and file.asset.item.contributed_by_id is not None:
        File.update(asset=None, sha256=None).where(File.id == file.id).execute()
        _refresh([file.asset_id])


def _add(storage: Storage, folder: Folder, path: str, facts: Mapping[str, Any]) -> bool:
    """Add a file's row; False where PostgreSQL, which lets several write at once, had somebody else be first."""
    row = {"pid": new_pid(), "storage": storage.id, "folder": folder.id, **_named(path), **facts}
    return bool(list(File.insert(**row).on_conflict_ignore().returning(File.id).execute()))


def set_mtime(storage: Storage, entry: Entry) -> None:
    """The bytes of this file are as they were, its time is another; they are not read again for that."""
    row = find_file(storage, entry.path)
    if row is not None and row.size == entry.size:
        File.update(mtime_ns=entry.mtime_ns).where(File.id == row.id).execute()
        counters.bump_content()


def drop(storage: Storage, path: str) -> None:
    """There is nothing here, and nobody took it into the trash: what a scan would find out, said at once."""
    files, folders = _below(storage, path)
    for some in database.batches(files):
        there = File.id.in_([f.id for f in some]) & (File.presence == "present")
        File.update(presence="suspect").where(there).execute()
    _refresh([f.asset_id for f in files])
    for part in database.batches(folders):
        Folder.update(gone=True).where(Folder.id.in_([f.id for f in part])).execute()
    counters.bump_content()


def move_file(
    src: Storage, path: str, dst: Storage, entry: Entry, *, since: int, sha256: bytes | None = None
) -> File:
    """The file at `path` of `src` is the one at `entry.path` of `dst` now: the same row, the same item.

    `since`: when the move began, here as below. `sha256` of what was moved, where that is known.
    """
    row, taken = find_file(src, path), find_file(dst, entry.path)
    if row is None or (taken is not None and taken.id == row.id):
        return set_file(dst, entry)
    if taken is not None:  # a scan saw it first, and took it for a new one
        File.delete().where(File.id == taken.id).execute()
    named = _named(entry.path)
    File.update(
        storage=dst.id, folder=set_folder(dst, paths.parent(entry.path)).id, **named, size=entry.size,
        mtime_ns=entry.mtime_ns, provider_id=entry.id, presence="present", absent_since=None, seen_at=now(),
        **(_UNREAD if _is_changed(row, entry, sha256) else {}),
    ).where(File.id == row.id).execute()  # fmt: skip
    _rename_items(row, named["name"])
    if taken is not None:
        _put_right([(taken, row.id)], since)
    _refresh([row.asset_id, taken and taken.asset_id])
    counters.bump_content()
    return File.get_by_id(row.id)


def _is_changed(row: File, entry: Entry, sha256: bytes | None) -> bool:
    """Whether another program had changed what was moved, and no scan will notice, as one does by a change key."""
    if sha256 is not None:
        return row.sha256 is not None and bytes(row.sha256) != sha256
    return row.change_key is None and not has_facts(row, entry)


def see_again(storage: Storage, path: str, file: File, *, since: int) -> None:
    """What a scan saw at `path`, where `file` was before it moved, is nothing else than that."""
    seen = find_file(storage, path)
    if seen is None or seen.size != file.size:
        return
    File.delete().where(File.id == seen.id).execute()
    _put_right([(seen, file.id)], since)
    _refresh([seen.asset_id])


def recall(file: File, storage: Storage, path: str, sha256: bytes) -> None:
    """What was thrown away at `path` while it was copied to another storage is the same item there."""
    rows = TrashFile.select().join(Trash).where((Trash.storage == storage.id) & (TrashFile.path == raw(path)))
    kept = rows.where(TrashFile.sha256 == sha256).order_by(TrashFile.id.desc()).first()
    if kept is not None:
        File.update(asset=kept.asset_id).where(File.id == file.id).execute()
        _refresh([kept.asset_id])


def move_folder(storage: Storage, path: str, target: str, *, since: int) -> None:
    """The folder at `path` is the one at `target` now, with all in it."""
    files, folders = _below(storage, path)
    seen: list[tuple[File, int]] = []
    for folder in sorted(folders, key=lambda f: f.path.count("/")):  # what is above goes first
        new = target + folder.path[len(path) :]
        taken = find_folder(storage, new)
        if taken is not None and taken.id != folder.id:  # from a scan, or from what once was there
            seen += _pour(folder, taken)
            continue
        name = shown(paths.leaf(new))
        Folder.update(
            path=new, name=name, name_fold=fold(name), parent=set_folder(storage, paths.parent(new)).id, gone=False
        ).where(Folder.id == folder.id).execute()  # fmt: skip
    for folder in sorted(folders, key=lambda f: -f.path.count("/")):
        Folder.delete().where((Folder.id == folder.id) & (Folder.path == raw(folder.path))).execute()
    set_folder(storage, target)
    _find_again([f.id for f in files], {id for file, id in seen if file.presence == "present"}, since)
    _put_right(seen, since)
    _refresh([f.asset_id for f in [*files, *(file for file, _ in seen)]])
    counters.bump_content()


def put_away(
    operation: FileOperation, kind: str, *, path: str, place: str | None, entry: Entry | None,
    hashes: Mapping[str, str] = NO_HASHES, is_dir: bool = False,
) -> Trash:  # fmt: skip
    """What was at `path` lies in the trash at `place`.

    Its file rows go with it, but for a replaced version, whose row is that of the new bytes. `entry` is
    the file as it was, for one that the catalogue does not know.
    """
    storage: Storage = operation.storage
    files = [f for f in _below(storage, path)[0] if f.presence != "missing"]
    items = _items_of([f.asset_id for f in files])
    kept = [_as_it_was(f, path, kind) for f in files]
    strange = kind == "version" and not is_dir and not all(_tells_of(f, entry, operation) for f in files)
    if entry is not None and not entry.is_dir and (strange or not kept):
        kept = [_unknown(entry)]
    if len(kept) == 1 and not is_dir:
        kept[0]["hashes"] |= {**(entry.hashes if entry else {}), **hashes}
    thrown: Trash = Trash.create(
        pid=new_pid(), batch=operation.detail.get("batch", operation.shelf), owner=storage.owner_id,
        storage=storage.id, item=items.pop() if len(items) == 1 else None, kind=kind, path=path, place=place,
        name=shown(paths.leaf(path)), is_dir=is_dir, size=sum(k["size"] for k in kept), files=len(kept),
        reason=operation.detail.get("reason", ""), actor_id=operation.actor_id, trashed_at=now(),
    )  # fmt: skip
    for some in database.batches([{"trash": thrown.id, **row} for row in kept]):
        TrashFile.insert_many(some).execute()
    if kind != "version":
        single = find_file(storage, path)
        if single is not None:
            File.delete().where(File.id == single.id).execute()
        top = find_folder(storage, path) if is_dir else None
        if top is not None:
            Folder.delete().where(Folder.id == top.id).execute()  # and with it all that is in it
        _refresh([f.asset_id for f in files])
    counters.bump_content()
    return thrown


def bring_back(thrown: Trash, path: str, entry: Entry, *, since: int) -> None:
    """What lay in the trash is at `path` again, with its items as they were; its entry goes."""
    storage: Storage = thrown.storage
    if entry.is_dir:
        set_folder(storage, path)
    files = list(TrashFile.select().where(TrashFile.trash == thrown.id))
    known = {paths.join(f.folder.path, f.raw_name): f for f in _below(storage, path)[0]}
    taken = _taken_pids([kept.file_pid for kept in files])
    folders: dict[str, int] = {}
    assets: list[int | None] = [f.asset_id for f in known.values()]
    fresh: list[dict[str, Any]] = []
    seen: list[tuple[File, int]] = []
    for kept in files:
        there = path + kept.path[len(thrown.path) :]
        facts = {"size": kept.size, "mtime_ns": kept.mtime_ns, "provider_id": kept.provider_id}
        if not entry.is_dir:
            facts = {"size": entry.size, "mtime_ns": entry.mtime_ns, "provider_id": entry.id}
        same = (kept.size, kept.mtime_ns) == (facts["size"], facts["mtime_ns"])
        above = paths.parent(there)
        if above not in folders:
            folders[above] = set_folder(storage, above).id
        values: dict[str, Any] = {
            **facts, **_named(there), "mime": kept.mime, "asset": kept.asset_id, "sha256": kept.sha256,
            "read_state": kept.read_state if same else "pending", "presence": "present", "absent_since": None,
            "seen_at": now(), "storage": storage.id, "folder": folders[above], "sent": kept.sent,
        }  # fmt: skip
        # a scan was faster, and what it was told of may be another file that came there since
        if there in known:
            File.update(**values, change_key=None, listed=None).where(File.id == known[there].id).execute()
            seen.append((known[there], known[there].id))
        else:
            fresh.append({"pid": new_pid() if kept.file_pid in taken else kept.file_pid, **values})
        assets.append(kept.asset_id)
    for some in database.batches(fresh):
        File.insert_many(some).execute()
    Trash.delete().where(Trash.id == thrown.id).execute()
    _put_right(seen, since)
    _refresh(assets)
    counters.bump_content()


def count_files(storage: Storage, path: str) -> int:
    """How many files there are in a folder and below it."""
    return int(File.select().join(Folder).where(Folder.at_or_below(storage.id, path)).count())


def _below(storage: Storage, path: str) -> tuple[list[File], list[Folder]]:
    """The rows at a path and below it."""
    here = Folder.at_or_below(storage.id, path)
    folders = list(Folder.select().where(here))
    files = list(File.select(File, Folder).join(Folder).where(here))
    single = find_file(storage, path)
    return files + ([single] if single is not None else []), folders


def _taken_pids(pids: list[str]) -> set[str]:
    """Those of the public ids that a file has by now."""
    taken: set[str] = set()
    for some in database.batches(pids):
        taken |= {row[0] for row in File.select(File.pid).where(File.pid.in_(some)).tuples()}
    return taken


def _pour(src: Folder, dst: Folder) -> list[tuple[File, int]]:
    """Move the files of one folder row into another; rows that are there already give way.

    Returns those, each with the id of the row that has its place.
    """
    gave_way: list[tuple[File, int]] = []
    for file in list(File.select().where(File.folder == src.id)):
        taken = File.get_or_none((File.folder == dst.id) & (File.raw_name == raw(file.raw_name)))
        if taken is not None:
            File.delete().where(File.id == taken.id).execute()
            gave_way.append((taken, file.id))
        File.update(folder=dst.id).where(File.id == file.id).execute()
    Folder.update(gone=False).where(Folder.id == dst.id).execute()
    return gave_way


def _find_again(files: list[int], seen: set[int], since: int) -> None:
    """What a finished move put somewhere is there: what a scan has `seen` there, or misses since it began only."""
    for some in database.batches(files):
        again = File.id.in_([id for id in some if id in seen])
        missed = File.id.in_(some) & (File.presence == "suspect") & (File.absent_since >= since)
        File.update(presence="present", absent_since=None, seen_at=now()).where(again | missed).execute()


def _as_it_was(file: File, path: str, kind: str) -> dict[str, Any]:
    return {
        "path": paths.join(file.folder.path, file.raw_name),
        "file_pid": new_pid() if kind == "version" else file.pid,
        "size": file.size, "mtime_ns": file.mtime_ns, "provider_id": file.provider_id, "mime": file.mime,
        # the new bytes take the asset over: a version that comes back is read as something of its own
        "asset": None if kind == "version" else file.asset_id, "sha256": file.sha256,
        "hashes": dict(file.listed or {}),
        "read_state": "pending" if kind == "version" else file.read_state,
        "sent": file.sent and kind != "version",
    }  # fmt: skip


def _tells_of(file: File, entry: Entry | None, operation: FileOperation) -> bool:
    """Whether a row still tells of the bytes that were replaced, and no scan has read the new ones since."""
    return entry is None or (has_facts(file, entry) and (file.read_at or 0) < operation.created_at)


def has_facts(file: File, entry: Entry) -> bool:
    """Whether a row says of a file what its storage does, as far as that can be told without its bytes."""
    return (file.size, file.mtime_ns, file.provider_id) == (entry.size, entry.mtime_ns, entry.id)


def _unknown(entry: Entry) -> dict[str, Any]:
    return {
        "path": entry.path, "file_pid": new_pid(), "size": entry.size, "mtime_ns": entry.mtime_ns,
        "provider_id": entry.id, "mime": None, "asset": None, "sha256": None, "hashes": {}, "read_state": "pending",
        "sent": False,
    }  # fmt: skip


def _named(path: str) -> dict[str, str]:
    name = shown(paths.leaf(path))
    return {"raw_name": paths.leaf(path), "name": name, "name_fold": fold(name)}


def _put_right(seen: Iterable[tuple[File, int]], since: int) -> None:
    """A scan was faster than our record, and took what is moved for something new: the two are one.

    `seen` are the rows that it made, as they were, each with the id of the one that has its place now. All of them have
    given way by now: an item that still has a file, or one in the trash, is more than what was moved, and stays.
    """
    days: set[tuple[int, int]] = set()
    for row, id in seen:
        file, other = File.get_by_id(id), Asset.get_or_none(Asset.id == row.asset_id)
        if other is None or other.id == file.asset_id or _is_held(other.item_id):
            continue
        if file.asset is None:
            _take_over(file, row, other, since, days)
        elif other.item_id != file.asset.item_id:
            _make_one(file, row, other, since, days)
    recount(days)


def _is_held(item: int) -> bool:
    """Whether anything lies anywhere that is of this item."""
    inside = Asset.select(Asset.id).where(Asset.item == item)
    return any(holder.select().where(holder.asset.in_(inside)).exists() for holder in (File, TrashFile))


def _is_made_by(row: File, file: File, other: Asset, since: int) -> bool:
    """Whether a scan that saw the move made this item; what lay there before is something else."""
    return row.presence == "present" and row.size == file.size and other.item.created_at >= since


def _take_over(file: File, row: File, other: Asset, since: int, days: set[tuple[int, int]]) -> None:
    """Of what is moved no picture is known: it is what the scan made of it, unless somebody had looked and saw none."""
    if not _is_made_by(row, file, other, since):
        return
    if file.read_at is None or other.sha256 is not None:
        File.update(asset=other.id, **_as_read(row)).where(File.id == file.id).execute()
    else:
        forget_listed(other, days)


def _make_one(file: File, row: File, other: Asset, since: int, days: set[tuple[int, int]]) -> None:
    """The item that the scan made becomes part of ours, as if it had been read and known again."""
    asset: Asset = file.asset
    item, new = asset.item, other.item
    if new.id < item.id or new.contributed_by_id not in {None, item.contributed_by_id}:
        return
    is_theirs = item.contributed_by_id is not None  # what is its owner's a scan that read it has found again
    if is_theirs and other.sha256 is not None and other.sha256 == asset.sha256:
        days |= {(item.owner_id, item.day), (new.owner_id, new.day)}
        merge(item, new)
    elif other.sha256 is None and _is_made_by(row, file, other, since):
        unite(other, asset, days)
    elif asset.sha256 is None and _is_made_by(row, file, other, since):
        unite(asset, other, days)
        File.update(**_as_read(row)).where(File.id == file.id).execute()


def _as_read(row: File) -> dict[str, Any]:
    """The columns of a row that tell what came of reading the file."""
    return {
        "mime": row.mime, "sha256": row.sha256, "read_state": row.read_state, "read_at": row.read_at,
        "glance": row.glance, "problem": row.problem,
    }  # fmt: skip


def _rename_items(file: File, name: str) -> None:
    """An item is called as the file of its cover is."""
    if file.asset_id is None or file.name == name:
        return
    cover = Item.select(Item.id).where((Item.cover_id == file.asset_id) & (Item.name == file.name))
    ids = [row[0] for row in cover.tuples()]
    if ids:
        Item.update(name=name, changed_at=now()).where(Item.id.in_(ids)).execute()
        refresh_tokens(ids)


def _refresh(assets: Iterable[int | None]) -> None:
    """Bring the items of these assets in line with their files."""
    for some in database.batches(sorted(_items_of(assets))):
        recount(refresh_presence(some))


def _items_of(assets: Iterable[int | None]) -> set[int]:
    found: set[int] = set()
    for some in database.batches([a for a in assets if a is not None]):
        found |= {row[0] for row in Asset.select(Asset.item_id).where(Asset.id.in_(some)).tuples()}
    return found
