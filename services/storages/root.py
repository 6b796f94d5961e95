"""The top folder of a local storage: opened, known again, and asked what disk it is on.

Threading: `_known`, `_expected` and the table of volumes are replaced or added to as wholes; two
threads at once do the same work twice, and nothing else happens.
"""

import contextlib
import os
import secrets
from collections.abc import Callable, Iterator
from stat import S_ISREG

from services.errors import Conflict, Unavailable, UsageError
from services.names import shown
from services.storages import paths
from services.storages.confined import FOLDER, JUST_PASSING, FolderOpener
from services.storages.mounts import Mount, mount_of, mounts_below, read_mounts
from services.storages.oserrors import in_words, speaking_of
from services.storages.patterns import MARKER
from services.storages.recognising import choose_canaries, why_unknown
from services.storages.values import Fingerprint, Listing
from services.storages.writing import Place, write_file

TO_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
"""Flags for a file: a link is refused, and a pipe never waited for."""

_LONGEST_MARKER = 200


class Root:
    """The folder `path`: absolute, and no part of it a link."""

    def __init__(self, path: str, *, opener: FolderOpener, expected: Fingerprint | None) -> None:
        if not path.startswith("/"):
            raise UsageError(f"“{shown(path)}” is not a full path: it has to begin with “/”.", field="root")
        self.path = path.rstrip("/") or "/"
        self._below_top = paths.to_bytes(self.path[1:])
        self._opener = opener
        self._expected = expected
        self._known: tuple[int, int] | None = None
        self._volumes: dict[int, str | None] = {}

    @contextlib.contextmanager
    def opened(self) -> Iterator[int]:
        """A descriptor of the root, known to be the right one. Raises Unavailable, never StorageNotFound."""
        try:
            top = os.open("/", JUST_PASSING)
            try:
                root = self._opener(top, self._below_top)
            finally:
                os.close(top)
        except OSError as error:
            raise Unavailable(
                f"The folder “{shown(self.path)}” cannot be opened: {in_words(error)}. "
                "Is its disk mounted, and is no part of its path a link now?"
            ) from error
        try:
            self._require_known(root)
            yield root
        finally:
            os.close(root)

    def folder(self, root: int, path: str, flags: int = JUST_PASSING) -> int:
        """A descriptor of a folder below the opened root, never of one outside. Raises OSError."""
        return self._opener(root, paths.to_bytes(path), flags)

    def forget(self, expected: Fingerprint | None) -> None:
        """Judge the root anew when it is opened next; by `expected` if given, else as recorded before."""
        if expected is not None:
            self._expected = expected
        self._known = None

    def fingerprint(self, list_folder: Callable[[str], Listing], *, mark: bool) -> Fingerprint:
        """By what to know this root again; with `mark` a marker file is written if there is none."""
        with self.opened() as root, speaking_of(""):
            marker = self._marker(root)
            if marker is None and mark:
                self._write_marker(root)
                marker = self._marker(root)
            volume = _volume(root)
            mounts = tuple(m for m in mounts_below(self.path, read_mounts()) if self._is_other_disk(root, m))
        self._expected = Fingerprint(volume, marker, choose_canaries(list_folder), mounts)
        return self._expected

    def is_unmounted(self, path: str, root: int, folder: int) -> bool:
        """Whether the disk that was on this opened folder when the root was recorded is not now."""
        if self._expected is None or path not in self._expected.mounts:
            return False
        return os.fstat(folder).st_dev == os.fstat(root).st_dev

    def require_mounted(self, root: int, path: str, *, itself: bool) -> None:
        """Raise Unavailable for a path on a disk that was in the opened root when it was recorded, and is not now.

        `itself`: also for the folder on which it was mounted.
        """
        for mount in self._expected.mounts if self._expected is not None else ():
            is_on_it = paths.is_within(path, mount) and (itself or path != mount)
            if is_on_it and not self._is_other_disk(root, mount):
                raise Unavailable(f"No disk is mounted on “{shown(mount)}” now.")

    def mount(self, path: str = "") -> Mount:
        """The mounted file system that holds a path."""
        return mount_of(paths.join(self.path.rstrip("/"), path) if path else self.path, read_mounts())

    def volume(self, path: str, device: int, near: int) -> str | None:
        """What goes before the inode number in ids of files on `device`; None where inodes are not kept.

        `path` is a file or folder on that device, `near` a descriptor on it.
        """
        if device not in self._volumes:
            self._volumes[device] = _volume(near) if self.mount(path).keeps_inodes else None
        return self._volumes[device]

    def _require_known(self, root: int) -> None:
        status = os.fstat(root)
        identity = (status.st_dev, status.st_ino)
        if identity == self._known:
            return
        reason = None
        barred: list[OSError] = []
        if self._expected is not None:
            reason = why_unknown(
                self._expected,
                volume=_volume(root),
                marker=self._marker(root),
                size_of=lambda path: self._size_of(root, path, barred),
            )
        elif self._known is not None:
            reason = "another folder or disk is in its place"
        if reason is not None and barred:  # it may be the one that was added, for all that can be seen
            raise Unavailable(
                f"Hypomos may not open “{shown(self.path)}”: {in_words(barred[0])}. Check its permissions."
            )
        if reason is not None:
            raise Unavailable(f"The folder “{shown(self.path)}” is not the one that was added: {reason}")
        self._known = identity

    def _size_of(self, root: int, path: str, barred: list[OSError]) -> int | None:
        """The size of a file; None when it cannot be seen, and `barred` has it when that is for want of a right."""
        try:
            folder = self.folder(root, paths.parent(path))
            try:
                found = Place(folder, paths.to_bytes(paths.leaf(path)), path).status()
            finally:
                os.close(folder)
        except OSError as error:
            if isinstance(error, PermissionError):
                barred.append(error)
            return None
        return found.st_size if found is not None and S_ISREG(found.st_mode) else None

    def _marker(self, root: int) -> str | None:
        try:
            file = os.open(MARKER, TO_READ, dir_fd=root)
            try:
                return os.read(file, _LONGEST_MARKER).decode("ascii", "replace").strip() or None
            finally:
                os.close(file)
        except OSError:
            return None

    def _write_marker(self, root: int) -> None:
        text = f"{secrets.token_hex(16)}\n".encode()
        folder = self.folder(root, "", os.O_RDONLY | FOLDER)
        try:
            place = Place(folder, os.fsencode(MARKER), MARKER)
            with contextlib.suppress(Conflict):  # another process was faster: then its marker it is
                write_file(place, [text], size=len(text), mtime_ns=None, if_absent=True)
        finally:
            os.close(folder)

    def _is_other_disk(self, root: int, path: str) -> bool:
        try:
            folder = self.folder(root, path)
        except OSError:
            return False
        try:
            return os.fstat(folder).st_dev != os.fstat(root).st_dev
        finally:
            os.close(folder)


def _volume(descriptor: int) -> str:
    """The file system's own id, which mostly outlives a restart; elsewhere the device number."""
    disk = os.fstatvfs(descriptor).f_fsid
    return f"{disk:x}" if disk else f"dev{os.fstat(descriptor).st_dev}"
