"""A folder of this machine, or mounted on it, as a storage.

The root is opened anew for each call, so that a disk can be unmounted while nobody reads from it,
and compared with the root known before: another one under the same name (the empty folder under an
unmounted disk) is Unavailable until it is known again by what was recorded of it.
"""

import hashlib
import os
import sys
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from errno import EXDEV
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from services.errors import Changed, Forbidden, StorageError, StorageNotFound, UsageError
from services.names import shown
from services.storages import paths
from services.storages.base import Storage, require_as_expected
from services.storages.confined import FOLDER, JUST_PASSING, FolderOpener, best_opener
from services.storages.handles import Handle
from services.storages.oserrors import speaking_of, translated
from services.storages.patterns import TRASH, new_shelf
from services.storages.root import TO_READ, Root
from services.storages.values import Caps, Change, Entry, Fingerprint, Health, Listing, Quota
from services.storages.watching import watch_folder
from services.storages.writing import (
    Place,
    make_folder,
    move_to_trash,
    open_trash,
    remove,
    rename_absent,
    sync_folder,
    write_file,
)

_HASHES = frozenset({"md5", "sha1", "sha256"})
_READ = 1024 * 1024
_IN_MEMORY = getattr(os, "RWF_NOWAIT", 0)
"""Linux reads what lies in memory, and says so where it would have to wait; network file systems never promise it."""


class LocalStorage(Storage):
    """The folder `root`: an absolute path in which no part is a link.

    `expected` is what was recorded of it (see `fingerprint`); `opener` is for tests. An id is the file
    system's id and the inode number; there is none on file systems that give inode numbers anew.
    """

    def __init__(
        self,
        root: str | Path,
        *,
        writable: bool = False,
        expected: Fingerprint | None = None,
        opener: FolderOpener | None = None,
    ) -> None:
        self.writable = writable
        self._root = Root(str(root), opener=opener or best_opener(), expected=expected)

    def caps(self) -> Caps:
        """See Storage."""
        with self._root.opened():
            mount = self._root.mount()
        return Caps(
            hashes=_HASHES,
            ids=mount.keeps_inodes,
            about=True,
            server_move=True,
            atomic_write=True,
            case_insensitive=mount.ignores_case,
            watch="events",
        )

    def fingerprint(self) -> Fingerprint:
        """See Storage. Writes the marker into a writable root that has none."""
        return self._root.fingerprint(self.list, mark=self.writable)

    def probe(self, expected: Fingerprint | None = None) -> Health:
        """See Storage."""
        self._root.forget(expected)
        try:
            with self._root.opened() as root, speaking_of(""):
                os.close(self._root.folder(root, "", os.O_RDONLY | FOLDER))
        except StorageError as error:
            return Health("offline", str(error))
        return Health("online")

    def stat(self, path: str) -> Entry:
        """See Storage."""
        if path:
            with self._place(path) as place:
                return self._entry_at(place)
        with self._root.opened() as root:
            status = os.fstat(root)
            return _entry("", "", status, self._root.volume("", status.st_dev, root))

    def list(self, path: str) -> Listing:
        """See Storage. A folder that may not be read gives an empty listing that is not complete."""
        with self._root.opened() as root:
            try:
                folder = self._root.folder(root, path, os.O_RDONLY | FOLDER)
            except PermissionError as error:
                return Listing([], complete=False, errors=(str(translated(error, path)),))
            except OSError as error:
                self._root.require_mounted(root, path, itself=False)
                raise translated(error, path) from error
            try:
                if self._root.is_unmounted(path, root, folder):
                    return Listing(
                        [], complete=False, errors=(f"No disk is mounted on “{shown(path)}” now.",)
                    )
                return self._listing(path, folder)
            finally:
                os.close(folder)

    def open_read(
        self,
        path: str,
        *,
        expect_size: int | None = None,
        expect_key: str | None = None,
        span: tuple[int, int] | None = None,
    ) -> Handle:
        """See Storage."""
        del span  # any part is as near as another
        with self._place(path) as place:
            if S_ISDIR(self._status_at(place).st_mode):  # asked before: to open a device may set it off
                raise StorageNotFound(f"“{shown(path)}” is a folder.")
            with speaking_of(path):
                file = os.open(place.name, TO_READ, dir_fd=place.folder)
            try:
                status = os.fstat(file)
                if not S_ISREG(status.st_mode):
                    raise StorageNotFound(f"“{shown(path)}” is not a file.")
                volume = self._root.volume(path, status.st_dev, place.folder)
                entry = _entry(path, paths.leaf(path), status, volume)
                require_as_expected(entry, size=expect_size, key=expect_key)
            except BaseException:
                os.close(file)
                raise
        return _LocalHandle(file, entry)

    def write(
        self,
        path: str,
        src: Iterable[bytes],
        *,
        size: int | None,
        mtime_ns: int | None = None,
        if_absent: bool = True,
    ) -> Entry:
        """See Storage."""
        with self._place_to_write(path) as place:
            write_file(place, src, size=size, mtime_ns=mtime_ns, if_absent=if_absent)
        return self.stat(path)  # by its path: a folder that was moved meanwhile has taken it along

    def make_folder(self, path: str) -> Entry:
        """See Storage."""
        with self._place_to_write(path) as place:
            with speaking_of(path, writing=True):
                make_folder(place)
            return self._entry_at(place)

    def move(self, src: str, dst: str) -> Entry:
        """See Storage."""
        with self._place_to_write(src) as old, self._place_to_write(dst) as new:
            self._entry_at(old)
            with speaking_of(dst, writing=True):
                rename_absent(old, new)
                sync_folder(new.folder)
                sync_folder(old.folder)
            moved = self._entry_at(new)
        self._tidy_trash(src)
        return moved

    def set_mtime(self, path: str, mtime_ns: int) -> Entry | None:
        """See Storage. None also where the disk keeps no times of ours."""
        with self._place_to_write(path) as place:
            if self._entry_at(place).is_dir:
                raise StorageNotFound(f"“{shown(path)}” is a folder.")
            try:
                with speaking_of(path, writing=True):
                    os.utime(place.name, ns=(mtime_ns, mtime_ns), dir_fd=place.folder, follow_symlinks=False)
            except Forbidden:
                return None
            return self._entry_at(place)

    def delete(self, path: str, *, trash: bool = True, shelf: str | None = None) -> str | None:
        """See Storage. The trash is a folder in the root, or on another disk one beside the file."""
        shelf = shelf or new_shelf()
        with self._place_to_write(path) as place:
            entry = self._entry_at(place)
            with speaking_of(path, writing=True):
                if trash:
                    return self._to_trash(place, shelf)
                remove(place, is_dir=entry.is_dir)
        self._tidy_trash(path)
        return None

    def trash_places(self, path: str, shelf: str) -> tuple[str, ...]:
        """See Storage."""
        name = f"{TRASH}/{shelf}/{paths.leaf(path)}"
        return tuple(dict.fromkeys((name, paths.join(paths.parent(path), name))))

    def hashes(self, path: str, kinds: Collection[str], *, may_download: bool = False) -> Mapping[str, str]:
        """See Storage. Reads the file, which on a disk of one's own is no download."""
        del may_download
        engines = {kind: hashlib.new(kind, usedforsecurity=False) for kind in _HASHES.intersection(kinds)}
        if not engines:
            return {}
        with self.open_read(path) as handle:
            for offset in range(0, handle.entry.size, _READ):
                block = handle.pread(offset, _READ)
                for engine in engines.values():
                    engine.update(block)
            handle.check()
        return {kind: engine.hexdigest() for kind, engine in engines.items()}

    def about(self) -> Quota | None:
        """See Storage."""
        with self._root.opened() as root, speaking_of(""):
            disk = os.fstatvfs(root)
        total = disk.f_blocks * disk.f_frsize
        return Quota(total, total - disk.f_bfree * disk.f_frsize, disk.f_bavail * disk.f_frsize)

    def watch(self, stop: threading.Event) -> Iterator[Change]:
        """See Storage."""
        return watch_folder(self._root.path, self.list, stop, polling=self._root.mount().is_network)

    @contextmanager
    def _place(self, path: str, flags: int = JUST_PASSING, *, writing: bool = False) -> Iterator[Place]:
        """The name at the end of `path`, in its opened folder."""
        if not path:
            raise UsageError("This cannot be done to the top folder of a storage.", field="path")
        name = paths.to_bytes(path).rpartition(b"/")[2]
        with self._root.opened() as root:
            if writing:
                self._root.require_mounted(root, path, itself=True)
            try:
                with speaking_of(path, writing=writing):
                    folder = self._root.folder(root, paths.parent(path), flags)
                try:
                    yield Place(folder, name, path)
                finally:
                    os.close(folder)
            except StorageNotFound:  # it may be there all the same, on a disk that is not
                self._root.require_mounted(root, path, itself=False)
                raise

    @contextmanager
    def _place_to_write(self, path: str) -> Iterator[Place]:
        self.require_writable()
        with self._place(path, os.O_RDONLY | FOLDER, writing=True) as place:
            yield place

    def _status_at(self, place: Place) -> os.stat_result:
        with speaking_of(place.path):
            status = place.status()
        if status is None:
            raise StorageNotFound(f"“{shown(place.path)}” is not in the storage.")
        return status

    def _entry_at(self, place: Place) -> Entry:
        status = self._status_at(place)
        volume = self._root.volume(place.path, status.st_dev, place.folder)
        return _entry(place.path, paths.leaf(place.path), status, volume)

    def _listing(self, path: str, folder: int) -> Listing:
        prefix = path + "/" if path else ""
        foreign_names = sys.getfilesystemencoding() != "utf-8"  # a locale of the last century
        entries: list[Entry] = []
        errors: list[str] = []
        try:
            with os.scandir(folder) as found:
                for each in found:
                    name = paths.to_text(os.fsencode(each.name)) if foreign_names else each.name
                    try:
                        status = each.stat(follow_symlinks=False)
                    except FileNotFoundError:
                        continue  # gone since the folder was read
                    except OSError as error:
                        errors.append(str(translated(error, prefix + name)))
                        continue
                    if S_ISREG(status.st_mode) or S_ISDIR(status.st_mode):
                        volume = self._root.volume(prefix + name, status.st_dev, folder)
                        entries.append(_entry(prefix + name, name, status, volume))
        except OSError as error:
            errors.append(str(translated(error, path)))
        return Listing(entries, complete=not errors, errors=tuple(errors))

    def _to_trash(self, place: Place, shelf: str) -> str:
        with self._root.opened() as root:
            try:
                return _into_trash_in(root, "", place, shelf)
            except OSError as error:
                if error.errno != EXDEV:
                    raise
        return _into_trash_in(place.folder, paths.parent(place.path), place, shelf)

    def _tidy_trash(self, path: str) -> None:
        """Remove the folder that held one thing in the trash, once the thing has left it."""
        shelf = paths.parent(path)
        if paths.leaf(paths.parent(shelf)) == TRASH:
            with suppress(StorageError, OSError), self._place_to_write(shelf) as place:
                remove(place, is_dir=True)


class _LocalHandle(Handle):
    def __init__(self, file: int, entry: Entry) -> None:
        self.entry = entry
        self._file: int | None = file

    def fileno(self) -> int | None:
        return self._file

    def pread(self, offset: int, length: int) -> bytes:
        wanted = self.reach(offset, length)
        pieces: list[bytes] = []
        while wanted:
            with speaking_of(self.entry.path):
                piece = os.pread(self._opened(), wanted, offset)
            if not piece:
                raise Changed(f"“{shown(self.entry.path)}” became shorter while it was read.")
            pieces.append(piece)
            offset += len(piece)
            wanted -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def at_once(self, offset: int, length: int) -> bytes | None:
        if self._file is None or not _IN_MEMORY or self.reach(offset, length) < length:
            return None
        data = bytearray(length)
        try:
            count = os.preadv(self._file, [data], offset, _IN_MEMORY)
            now = os.fstat(self._file)  # whose answers may have to be waited for has refused above
        except OSError:
            return None
        is_same = now.st_nlink and (now.st_size, now.st_mtime_ns) == (self.entry.size, self.entry.mtime_ns)
        return bytes(data) if is_same and count == length else None

    def check(self) -> None:
        with speaking_of(self.entry.path):
            now = os.fstat(self._opened())
        if (now.st_size, now.st_mtime_ns) != (self.entry.size, self.entry.mtime_ns):
            raise Changed(f"“{shown(self.entry.path)}” changed while it was read.")

    def close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def _opened(self) -> int:
        if self._file is None:
            raise ValueError("the handle is closed")
        return self._file


def _entry(path: str, name: str, status: os.stat_result, volume: str | None) -> Entry:
    is_dir = S_ISDIR(status.st_mode)
    size = 0 if is_dir else status.st_size
    if volume is None:
        return Entry(path, name, is_dir, size, status.st_mtime_ns, None, f"{size}:{status.st_mtime_ns}")
    key = f"{size}:{status.st_mtime_ns}:{status.st_ino}"
    return Entry(path, name, is_dir, size, status.st_mtime_ns, f"{volume}:{status.st_ino}", key)


def _into_trash_in(base: int, above: str, place: Place, shelf: str) -> str:
    trash = open_trash(base)
    try:
        moved = move_to_trash(place, trash, shelf.encode())
    finally:
        os.close(trash)
    return paths.join(above, f"{TRASH}/{paths.to_text(moved)}")
