"""What is at the place an upload goes to: its folders, a file with the same bytes, an item of the same picture."""

import hashlib

from services.errors import Changed, Conflict
from services.filing import Filing
from services.filing.hands import find_entry
from services.jobs import Run
from services.media.types import Reading
from services.models import Asset, File, Item, Storage
from services.names import shown
from services.storages import paths
from services.storages.base import Storage as Adapter
from services.storages.values import Entry
from services.uploads.spool import BLOCK
from services.viewers import Viewer


def make_folders(
    filing: Filing, owner: Viewer, storage: Storage, adapter: Adapter, folder: str, *, made: list[str] | None = None
) -> None:  # fmt: skip
    """See that the folder is there, with all above it; `made` gets those that were not.

    Raises Conflict where a file is in the way, and what keeps the storage from answering, also when nothing is to be
    made.
    """
    names = paths.parts(folder)
    for depth in range(len(names) + 1):
        path = "/".join(names[:depth])
        entry = find_entry(adapter, path)
        if entry is None:
            try:
                filing.make_folder(owner, storage.pid, path)
                if made is not None:
                    made.append(path)
            except Conflict:  # somebody was faster
                entry = adapter.stat(path)
        if entry is not None and not entry.is_dir:
            raise Conflict(
                f"“{shown(path)}” is a file, so no folder of that name can be made.", field="folder"
            )


def is_same(run: Run, adapter: Adapter, entry: Entry, size: int, sha256: str) -> bool:
    """Whether a file of the storage has these bytes: by a hash it names for nothing, else by reading it."""
    if entry.is_dir or entry.size != size:
        return False
    named = adapter.hashes(entry.path, ["sha256"])
    if "sha256" in named:
        return named["sha256"].lower() == sha256
    digest = hashlib.sha256()
    try:
        with adapter.open_read(entry.path, expect_size=size, expect_key=entry.change_key) as handle:
            for offset in range(0, size, BLOCK):
                digest.update(handle.pread(offset, BLOCK))
                run.progress(offset, size)
    except Changed:
        return False
    return digest.hexdigest() == sha256


def known_item(owner: int, guest: int | None, reading: Reading) -> Item | None:
    """The item by which these bytes are there already, of what this guest brought, or of what the owner got by herself.

    A guest's may be the same picture with other metadata. What they took back is on its way into the trash.
    """
    same = Asset.sha256 == bytes.fromhex(reading.sha256)
    if guest is None:
        whose = Item.contributed_by_id.is_null()
    else:
        whose = (Item.contributed_by_id == guest) & Item.taken_back_at.is_null()
        if reading.scan_hash is not None:
            same |= Asset.scan_hash == bytes.fromhex(reading.scan_hash)
    rows = (
        Item.select(Item).join(Asset, on=(Asset.item == Item.id)).join(File, on=(File.asset == Asset.id))
        .join(Storage, on=(File.storage == Storage.id))
        .where((Item.owner == owner) & whose & same & (File.sha256 == Asset.sha256) & (File.presence == "present")
               & Item.trashed_at.is_null() & Storage.removed_at.is_null())
        .order_by(Item.id)
    )  # fmt: skip
    found: Item | None = rows.first()
    return found


def is_thrown_away(owner: int, reading: Reading) -> bool:
    """Whether an owner has these bytes in the trash by her own hand, and not because a guest took them back."""
    same = (Asset.sha256 == bytes.fromhex(reading.sha256)) & Item.trashed_at.is_null(False)
    same &= Item.taken_back_at.is_null()
    return bool(
        Asset.select().join(Item, on=(Asset.item == Item.id)).where((Item.owner_id == owner) & same).exists()
    )
