"""What became of a change that was interrupted: looked up in the storage, finished or undone, and recorded.

Nothing is thrown away here. A move that copies and then deletes, cut in the middle, is gone on with: what was
proved to be copied is deleted. Of whatever else a storage has both the old and the new both stay, and what
lies in the trash gets its entry there.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from services.clock import DAY, now
from services.errors import (
    Conflict,
    HypomosError,
    SenderEnded,
    StorageError,
    StorageNotFound,
    StorageThrottled,
    Unavailable,
)
from services.filing import finishing, placing
from services.filing.hands import Hands, find_entry, find_thrown, is_folder, storage_of
from services.filing.journal import end
from services.models import FileOperation, Trash, transaction
from services.names import shown
from services.storages import paths
from services.storages.base import Storage as Adapter
from services.storages.patterns import half_name
from services.storages.values import Entry

log = logging.getLogger(__name__)


def recover(hands: Hands) -> int:
    """Finish what dead processes of this machine left behind; returns how many changes were settled."""
    settled = 0
    for operation in hands.journal.interrupted():
        settled += _try_to_settle(hands, operation)
    return settled


@contextmanager
def settling(hands: Hands, operation: FileOperation) -> Iterator[None]:
    """Around the steps of a change: when one fails, what was done is settled at once, or soon."""
    try:
        yield
    except BaseException as error:
        away = isinstance(error, (Unavailable, StorageThrottled)) and not isinstance(error, SenderEnded)
        was_faster = isinstance(error, Conflict) and operation.detail.get("free")  # somebody else
        if away:
            hands.journal.let_go(operation)  # asking again now would only wait again
        else:
            _try_to_settle(hands, operation, **{"free": False} if was_faster else {})
        raise


def half_path(operation: FileOperation) -> str:
    """Where the new bytes of a replaced file wait for their name."""
    return paths.join(paths.parent(operation.path), half_name(operation.shelf))


def wipe(adapter: Adapter, path: str) -> None:
    """Delete a file, or a folder with all in it, for good; fine when it is gone already.

    The empty path stands for a place that nobody knows, and never for all that lies in the storage.
    """
    if not path:
        return
    try:
        if adapter.stat(path).is_dir:
            for entry in adapter.list(path).whole():
                wipe(adapter, entry.path)
        adapter.delete(path, trash=False)
    except StorageNotFound:
        return


def delete_for_good(adapter: Adapter, path: str) -> None:
    """The same, believed only when it is not there any more: what is not in the trash nobody finds again."""
    wipe(adapter, path)
    if path and find_entry(adapter, path) is not None:
        raise Unavailable("The storage says that it has deleted this, and still has it.")


def _try_to_settle(hands: Hands, operation: FileOperation, **found_out: object) -> bool:
    try:
        if found_out:
            hands.journal.note(operation, **found_out)
        storage = storage_of(operation)
        if storage.removed_at is not None:
            with transaction():
                end(operation)
            return True
        storage.writable = True  # what was begun is finished, also when writing is not allowed any more
        _HOW[operation.kind](hands, operation, hands.adapter(storage))
        hands.look_at(storage, paths.parent(operation.path), paths.parent(operation.target))
    except HypomosError as error:
        log.warning("an interrupted change cannot be settled yet: %s", error)
    except Exception:  # the catalogue does not answer, say: the others do not wait for this one
        log.exception("an interrupted change cannot be settled yet")
    else:
        return True
    hands.journal.let_go(operation)
    return False


def _upload(hands: Hands, operation: FileOperation, adapter: Adapter) -> None:
    entry = find_entry(adapter, operation.path)
    if entry is None:
        finishing.nothing(operation)
        return
    # it may be known by now as what it is: sent once more, say, and found there
    is_known = placing.was_read(storage_of(operation), entry, since=operation.created_at)
    finishing.nothing(operation, entry, written=not is_known)


def _folder(hands: Hands, operation: FileOperation, adapter: Adapter) -> None:
    """It was to be made, or to be taken away."""
    entry = find_entry(adapter, operation.path)
    finishing.nothing(operation, *([entry] if entry else []), gone=() if entry else (operation.path,))


def _move(hands: Hands, operation: FileOperation, adapter: Adapter) -> None:
    if adapter.caps().case_insensitive and paths.differ_in_letters(operation.path, operation.target):
        there = {entry.path: entry for entry in adapter.list(paths.parent(operation.path)).whole()}
        src, dst = there.get(operation.path), there.get(operation.target)
    else:
        dst = find_entry(adapter, operation.target)
        src = _left_behind(operation, adapter, dst)
    if src is None and dst is not None:
        finishing.move(operation, dst)
    else:
        finishing.nothing(operation, *(e for e in (src, dst) if e is not None))


def _delete(hands: Hands, operation: FileOperation, adapter: Adapter) -> None:
    found, src = find_thrown(adapter, operation), find_entry(adapter, operation.path)
    if src is None and found is None and _is_anothers(operation):
        finishing.nothing(operation)  # somebody did it again meanwhile, and that was recorded, or will be
    elif src is None:
        finishing.delete(operation, found and found.path, _as_before(operation, found), _hashes(operation))
    elif found is not None:
        finishing.replace(
            operation, found.path, _as_before(operation, found), src if not src.is_dir else None
        )
    else:
        finishing.nothing(operation)


def _replace(hands: Hands, operation: FileOperation, adapter: Adapter) -> None:
    half = find_entry(adapter, half_path(operation))
    final, old = find_entry(adapter, operation.path), find_thrown(adapter, operation)
    # its folder may be gone, or moved, since
    is_lacking = final is None and old is not None and is_folder(adapter, paths.parent(operation.path))
    if is_lacking and half is not None:
        final = adapter.move(half.path, operation.path)
    elif is_lacking and old is not None:
        final, old = adapter.move(old.path, operation.path), None
    elif half is not None:
        wipe(adapter, half.path)
    if old is not None:
        finishing.replace(operation, old.path, _as_before(operation, old), final)
    else:
        finishing.nothing(operation, *([final] if final else []), gone=() if final else (operation.path,))


def _restore(hands: Hands, operation: FileOperation, adapter: Adapter) -> None:
    thrown = Trash.get_or_none(Trash.id == operation.detail["trash"])
    back = find_entry(adapter, operation.target)
    if thrown is not None and _left_behind(operation, adapter, back) is None and back is not None:
        finishing.restore(operation, thrown, back)
    else:
        finishing.nothing(operation, *([back] if back else []))


def _purge(hands: Hands, operation: FileOperation, adapter: Adapter) -> None:
    delete_for_good(adapter, operation.path)
    thrown = Trash.get_or_none(Trash.id == operation.detail["trash"])
    if thrown is None:
        finishing.nothing(operation)
        return
    for content in finishing.purge(operation, thrown):
        hands.store.remove(content)


_HOW: Mapping[str, Callable[[Hands, FileOperation, Adapter], None]] = {
    "upload": _upload, "folder": _folder, "move": _move, "delete": _delete, "replace": _replace,
    "restore": _restore, "purge": _purge,
}  # fmt: skip


def _left_behind(operation: FileOperation, adapter: Adapter, dst: Entry | None) -> Entry | None:
    """What is still where something was to be moved from, after the move was gone on with if it had begun.

    A storage that refuses to go on, or says that neither is there, is asked for a day: it may be full, its sign-in
    have ended, or what it says be wrong.
    """
    src = find_entry(adapter, operation.path)
    if not operation.detail.get("free") or (src is None) != (dst is None):
        return src
    try:
        if src is None:
            raise StorageNotFound(f"“{shown(operation.path)}” is not in the storage.")
        adapter.end_move(operation.path, operation.target)
    except StorageError:
        if now() - operation.created_at < DAY:
            raise
    return find_entry(adapter, operation.path)


def _as_before(operation: FileOperation, entry: Entry | None) -> Entry | None:
    """What lies in the trash, under the path it had."""
    return None if entry is None else entry._replace(path=operation.path, name=paths.leaf(operation.path))


def _is_anothers(operation: FileOperation) -> bool:
    """Whether another change took away what an operation was to put into the trash."""
    if not placing.is_known(storage_of(operation), operation.path):
        return True
    others = FileOperation.select().where(
        (FileOperation.storage == operation.storage_id) & (FileOperation.id != operation.id)
        & FileOperation.kind.in_(["delete", "move", "replace", "transfer"])
    )  # fmt: skip
    return any(paths.is_within(operation.path, other.path) for other in others)


def _hashes(operation: FileOperation) -> Mapping[str, str]:
    found: Mapping[str, str] = operation.detail.get("hashes", {})
    return found
