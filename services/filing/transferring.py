"""Moving a file to another storage of the same owner: copied, proved, switched, and the source to the trash.

    planned    nothing was done yet
    copying    the copy is being written; under its name there is all of it or nothing
    verified   the copy was read back, or its storage named its hash
    switched   the catalogue says that the file is there; the source is still where it was
               then the source goes to the trash, and the journal's row with it

Each step may be done again: a job that died goes on from the row. At any moment one whole copy is there.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

from services import access
from services.catalogue.touched import touch
from services.clock import now
from services.errors import Changed, Conflict, StorageNotFound, UsageError
from services.filing import placing
from services.filing.hands import (
    Hands,
    find_entry,
    find_thrown,
    minding_room,
    require_name,
    require_room,
    require_there,
)
from services.filing.journal import end
from services.jobs import Run
from services.models import FileOperation, Job, Storage, TrashFile, audit, transaction
from services.names import shown
from services.storages import paths
from services.storages.base import Storage as Adapter
from services.storages.base import require_as_expected
from services.storages.values import Entry
from services.viewers import Viewer

TRANSFER = "transfer"
BLOCK = 1024 * 1024
_REMOVED = "A storage of this move was removed."
_ENGINES = ("sha256", "sha1", "md5")
"""Hashes that may prove a copy, the strongest first."""


class Transfers:
    """Moves between storages, as jobs."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands

    def move(self, viewer: Viewer, pid: str, path: str, to: str, target: str) -> Job:
        """Begin to move a file to the storage with the id `to`; raises NotFound unless both are the viewer's."""
        source, src = self._hands.writable(viewer, pid)
        other, dst = self._hands.writable(viewer, to)
        require_there(path)
        require_name(target)
        entry = src.stat(path)
        if entry.is_dir:
            raise UsageError(
                "A folder moves within its storage only; to another storage its files are moved.",
                field="path",
            )
        if find_entry(dst, target) is not None:
            raise Conflict(f"“{shown(target)}” is there already.", field="path")
        with minding_room(other):
            require_room(dst, entry.size, target)
        facts = {"to": other.id, "step": "planned", "size": entry.size, "mtime_ns": entry.mtime_ns}
        operation = self._hands.journal.begin(TRANSFER, source, path, target, actor=viewer.user_id, **facts)
        return self._enqueue(operation)

    def resume(self, node: str) -> int:
        """Have transfers taken up again that no job is at any more; returns how many are under way."""
        waiting = FileOperation.select().where(
            (FileOperation.kind == TRANSFER) & (FileOperation.node == node)
        )
        found = list(waiting)
        for operation in found:
            self._enqueue(operation)
        return len(found)

    def run(self, run: Run) -> dict[str, Any]:
        """The job: take a transfer from where it stands to its end."""
        operation = FileOperation.get_or_none(FileOperation.id == run.payload["operation"])
        if operation is None:
            return {"state": "done"}
        source = Storage.get_by_id(operation.storage_id)
        other = Storage.get_by_id(operation.detail["to"])
        if _is_over(operation):
            return self._give_up(operation, _REMOVED)
        src, dst = self._hands.adapter(source), self._hands.adapter(other)
        try:
            if operation.detail["step"] in {"planned", "copying"}:
                with minding_room(other):
                    self._copy(run, operation, src, dst)
            if operation.detail["step"] == "verified":
                self._switch(run, operation, source, other, dst)
        except (Changed, Conflict, StorageNotFound) as error:
            self._give_up(operation, str(error))
            raise
        if _is_over(operation):  # its files stay as they are
            return self._give_up(operation, _REMOVED)
        self._put_away(operation, source, src)
        self._hands.look_at(other, paths.parent(operation.target))
        self._hands.look_at(source, paths.parent(operation.path))
        return {"state": "done"}

    def _enqueue(self, operation: FileOperation) -> Job:
        return self._hands.jobs.enqueue(
            TRANSFER, payload={"operation": operation.id}, priority=40, user_id=operation.owner_id,
            dedupe_key=f"{TRANSFER}:{operation.id}", storage_id=operation.storage_id, node=operation.node,
        )  # fmt: skip

    def _copy(self, run: Run, operation: FileOperation, src: Adapter, dst: Adapter) -> None:
        """Write the copy and prove it; a copy of a dead run is proved like one of our own."""
        entry = src.stat(operation.path)
        if (entry.size, entry.mtime_ns) != (operation.detail["size"], operation.detail["mtime_ns"]):
            raise Changed(
                f"“{shown(operation.path)}” has changed since the move was asked for; nothing was moved."
            )
        free = [kind for kind in _ENGINES if kind in dst.caps().free_hashes]
        engines = {kind: hashlib.new(kind, usedforsecurity=False) for kind in {"sha256", *free}}
        there = find_entry(dst, operation.target)
        ours = operation.detail["step"] == "planned" or there is None
        if there is None or ours:
            self._hands.journal.note(operation, step="copying", begun=now())
            copy = dst.write(
                operation.target, _pieces(run, src, entry, engines), size=entry.size, mtime_ns=entry.mtime_ns
            )
        else:
            for _ in _pieces(run, src, entry, engines):
                pass
            copy = there
        after = src.stat(operation.path)
        if (after.size, after.mtime_ns) != (entry.size, entry.mtime_ns):
            there = find_entry(dst, operation.target)
            if ours and there is not None and there.change_key == copy.change_key:
                dst.delete(operation.target, trash=False)
            raise Changed(f"“{shown(operation.path)}” changed while it was copied; nothing was moved.")
        wanted = {kind: engine.hexdigest() for kind, engine in engines.items()}
        if not _is_same(run, dst, copy, wanted, free):
            raise Conflict(f"“{shown(operation.target)}” is there already, with other bytes.", field="path")
        self._hands.journal.note(operation, step="verified", sha256=wanted["sha256"], key=copy.change_key)

    def _switch(
        self, run: Run, operation: FileOperation, source: Storage, other: Storage, dst: Adapter
    ) -> None:
        """From now on the file is there, in one transaction: the same row, the same item."""
        copy = dst.stat(operation.target)
        require_as_expected(copy, size=operation.detail["size"], key=operation.detail.get("key"))
        detail = {**operation.detail, "step": "switched"}
        with transaction():
            run.owned()
            for storage, path in sorted([(source.id, operation.path), (other.id, operation.target)]):
                touch(storage, path)  # in one order, whichever way files go: each is held to the end
            if _is_over(operation):  # whoever removes one from here on finds the file where it is by then
                return
            sha256 = bytes.fromhex(detail["sha256"])
            file = placing.move_file(
                source, operation.path, other, copy, since=detail.get("begun", now()), sha256=sha256
            )
            if file.asset_id is None:
                placing.recall(file, source, operation.path, sha256)
            FileOperation.update(detail=detail).where(FileOperation.id == operation.id).execute()
        operation.detail = detail

    def _put_away(self, operation: FileOperation, source: Storage, src: Adapter) -> None:
        """The source to the trash, unless it has changed meanwhile: then both stay."""
        entry, place = _throw(operation, src)
        stays = find_entry(src, operation.path) is not None
        kind = "version" if stays else "moved"  # of what stays the row stays as well
        with transaction():
            if entry is not None:
                touch(source.id, operation.path)
                moved = placing.find_file(Storage.get_by_id(operation.detail["to"]), operation.target)
                if moved is not None and kind == "moved":
                    since = operation.detail.get("begun", operation.created_at)
                    placing.see_again(source, operation.path, moved, since=since)
                thrown = placing.put_away(operation, kind, path=operation.path, place=place, entry=entry)
            if entry is not None and kind == "moved":
                TrashFile.update(
                    asset=moved and moved.asset_id, sha256=bytes.fromhex(operation.detail["sha256"])
                ).where(TrashFile.trash == thrown.id).execute()
            end(operation)
            audit.record(
                "file.transfer", actor=operation.actor_id, subject=operation.owner_id, object=source.pid,
                path=paths.to_json(operation.path), to=paths.to_json(operation.target),
            )  # fmt: skip

    def _give_up(self, operation: FileOperation, reason: str) -> dict[str, Any]:
        with transaction():
            end(operation)
        return {"state": "given up", "reason": reason}


def _is_over(operation: FileOperation) -> bool:
    """Whether one of the storages was removed."""
    both = Storage.id.in_([operation.storage_id, operation.detail["to"]])
    return bool(Storage.select().where(both & Storage.removed_at.is_null(False)).exists())


def _throw(operation: FileOperation, src: Adapter) -> tuple[Entry | None, str | None]:
    """Put the source into the trash, or see what became of the try before; what lies there then, as it was, and where.

    Where a move is a copy and then a deletion both may be there: what is proved to be copied is deleted, and half a
    copy is nothing.
    """
    entry, thrown = find_entry(src, operation.path), find_thrown(src, operation)
    facts = operation.detail["size"], operation.detail["mtime_ns"]
    is_same = entry is not None and (entry.size, entry.mtime_ns) == facts
    if thrown is None:
        return (entry, src.delete(operation.path, shelf=operation.shelf)) if is_same else (None, None)
    if is_same and thrown.size != facts[0]:
        return None, None
    if is_same:
        src.end_move(operation.path, thrown.path)
    return thrown._replace(path=operation.path), thrown.path


def _pieces(run: Run, src: Adapter, entry: Entry, engines: dict[str, Any]) -> Iterator[bytes]:
    """The bytes of the source; the engines take them in on the way."""
    with src.open_read(entry.path, expect_size=entry.size, expect_key=entry.change_key) as handle:
        for offset in range(0, entry.size, BLOCK):
            block = handle.pread(offset, BLOCK)
            for engine in engines.values():
                engine.update(block)
            run.progress(offset, entry.size)
            yield block


def _is_same(run: Run, dst: Adapter, copy: Entry, wanted: dict[str, str], free: list[str]) -> bool:
    """Whether the copy has these bytes: by a hash its storage names for nothing, else by reading it back."""
    named = dst.hashes(copy.path, free)
    for kind in free:
        if kind in named:
            return named[kind] == wanted[kind]
    engine = hashlib.sha256()
    for _ in _pieces(run, dst, copy, {"sha256": engine}):
        pass
    return engine.hexdigest() == wanted["sha256"]


def under_way(viewer: Viewer, pid: str) -> list[FileOperation]:
    """The moves out of a storage of the viewer that have not ended yet."""
    storage = access.get_storage(viewer, pid)
    rows = FileOperation.select().where(
        (FileOperation.storage == storage.id) & (FileOperation.kind == TRANSFER)
    )
    return list(rows.order_by(FileOperation.id))
