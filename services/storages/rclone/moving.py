"""Moving and deleting within a remote, and the trash that lies in its root. Here and only here."""

from collections.abc import Callable

from services.errors import Conflict, StorageError
from services.names import split_ending
from services.storages import paths
from services.storages.patterns import TRASH, new_shelf
from services.storages.rclone.remote import TRANSFER_S, Remote
from services.storages.values import Entry

_BETWEEN = "Being renamed"


def rename(remote: Remote, entry: Entry, dst: str) -> None:
    """Give a file or folder another path, which is free."""
    move = _move_folder if entry.is_dir else move_file
    if remote.can().case_insensitive and paths.differ_in_letters(entry.path, dst):
        _respell(remote, entry.path, dst, move)
    else:
        move(remote, entry.path, dst)


def end(remote: Remote, src: Entry, dst: Entry) -> None:
    """Go on with a move that broke off after something had been copied; see `Storage.end_move`."""
    if src.is_dir and dst.is_dir and not remote.can().moves_folders:
        _end_folder(remote, src.path, dst.path)
    elif not remote.can().move and _is_copy(src, dst):
        delete_file(remote, src.path)


def move_file(remote: Remote, src: str, dst: str) -> None:
    """Give a file another path."""
    remote.call(
        "operations/movefile", timeout=TRANSFER_S, again=False, srcFs=remote.fs, srcRemote=remote.at(src),
        dstFs=remote.fs, dstRemote=remote.at(dst),
    )  # fmt: skip


def delete_file(remote: Remote, path: str) -> None:
    """Delete a file for good."""
    remote.call("operations/deletefile", again=False, fs=remote.fs, remote=remote.at(path))


def delete_folder(remote: Remote, path: str) -> None:
    """Delete a folder that is empty."""
    remote.call("operations/rmdir", again=False, fs=remote.fs, remote=remote.at(path))


def to_trash(remote: Remote, entry: Entry, place: str) -> str:
    """Move a file or folder to a shelf that nothing lies on; its path there.

    A shelf that is there is one that was made before the move broke off.
    """
    if remote.folder(place) is not None and remote.list(place).whole():
        raise Conflict(f"“{place}” is there already.", field="path")
    there = paths.join(place, entry.name)
    above = TRASH if entry.is_dir and remote.can().moves_folders else place
    remote.call("operations/mkdir", fs=remote.fs, remote=remote.at(above))
    rename(remote, entry, there)
    return there


def tidy_trash(remote: Remote, path: str) -> None:
    """Remove the shelf in the trash that `path` was taken from."""
    shelf = paths.parent(path)
    if paths.parent(shelf) != TRASH:
        return
    try:
        _remove_empty(remote, shelf)
    except StorageError:
        return  # an empty shelf more


def _move_folder(remote: Remote, src: str, dst: str) -> None:
    if not remote.can().moves_folders:  # where a folder is a marker, only those below it would move
        remote.call("operations/mkdir", fs=remote.fs, remote=remote.at(dst))
    remote.call(
        "sync/move", timeout=TRANSFER_S, again=False, createEmptySrcDirs=True, deleteEmptySrcDirs=True,
        srcFs=remote.folder_fs(src), dstFs=remote.folder_fs(dst),
    )  # fmt: skip
    if remote.folder(src) is not None:  # bucket stores, or what could not be moved
        _remove_empty(remote, src)


def _respell(remote: Remote, src: str, dst: str, move: Callable[[Remote, str, str], None]) -> None:
    """Give something the same name in other letters, by way of one that is no other's: at once most do nothing.

    Whoever dies in between leaves it under that name, which scans see.
    """
    between = paths.join(paths.parent(dst), f"{_BETWEEN} {new_shelf()}{split_ending(paths.leaf(dst))[1]}")
    move(remote, src, between)
    try:
        move(remote, between, dst)
    except StorageError:
        move(remote, between, src)
        raise


def _end_folder(remote: Remote, src: str, dst: str) -> None:
    there = {entry.name: entry for entry in remote.list(dst).whole()}
    for entry in remote.list(src).whole():
        if entry.name in there:
            end(remote, entry, there[entry.name])
        else:
            rename(remote, entry, paths.join(dst, entry.name))
    _remove_empty(remote, src)


def _is_copy(src: Entry, dst: Entry) -> bool:
    """Whether two files are proved to have the same bytes, by what the storage tells of them."""
    known = src.hashes.keys() & dst.hashes.keys()
    same_kind = not src.is_dir and not dst.is_dir and src.size == dst.size
    return same_kind and bool(known) and all(src.hashes[kind] == dst.hashes[kind] for kind in known)


def _remove_empty(remote: Remote, path: str) -> None:
    # stores of objects list what is not there as empty
    if not remote.list(path).entries and remote.folder(path) is not None:
        remote.call("operations/rmdir", fs=remote.fs, remote=remote.at(path))
