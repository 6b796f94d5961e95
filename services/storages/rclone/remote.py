"""One remote as rclone's daemon tells of it: calls for it, its entries, what it can do. Here and only here.

Names. rclone shows control characters as their pictures (␊) and takes them back; bytes that are no
UTF-8 it shows as U+FFFD and cannot open: such a file is listed, and Forbidden.

Paths of people go only into parameters made for them, never into the name of a remote.
"""

import secrets
from collections import Counter
from collections.abc import Iterable
from typing import Any

from services.errors import CarrierEnded, Forbidden, StorageError, StorageNotFound, Unavailable, UsageError
from services.names import shown
from services.storages import paths
from services.storages.base import changed
from services.storages.hosts import HostRefused
from services.storages.patterns import is_skipped
from services.storages.rclone.client import LISTING_S, Body
from services.storages.rclone.daemon import Daemon
from services.storages.rclone.features import Features
from services.storages.rclone.providers import PINNED, pinned_host
from services.storages.values import NO_HASHES, Entry, Listing

TRANSFER_S = 24 * 3600.0
_LONGEST_PATH = 4000
_PINNED_PORT = 445
_UNREADABLE = "\ufffd"
_ANYBODYS = frozenset({"webdav"})
"""Types of servers that may not know parts of files, and send all of one: rclone takes that for the part."""
CUT = "The storage could not list some of the entries."


class Remote:
    """The folder `root` of the remote `name` (a name of ours) of type `type` in rclone's configuration."""

    def __init__(self, daemon: Daemon, name: str, *, type: str, root: str) -> None:
        self._daemon = daemon
        self.name = name
        self.fs = f"{name}:/" if root.startswith("/") else f"{name}:"
        self._root = root.strip("/")
        self.type = type
        self._features: Features | None = None
        self._is_allowed = type != PINNED  # the others pass through the gate, which looks itself
        self._gives_parts = type not in _ANYBODYS

    def call(
        self, method: str, *, timeout: float | None = None, again: bool = True, **params: Any
    ) -> dict[str, Any]:
        """A control call; as `Daemon.call`. Raises Forbidden for a host that is not allowed any more."""
        self._require_allowed()
        if timeout is None:
            return self._daemon.call(method, again=again, **params)
        return self._daemon.call(method, timeout=timeout, again=again, **params)

    def can(self) -> Features:
        """What it can do; asked once."""
        if self._features is None:
            self._features = Features.read(self.type, self.call("operations/fsinfo", fs=self.fs))
        return self._features

    def at(self, path: str) -> str:
        """A path of ours as one of the remote's."""
        return paths.join(self._root, path) if path else self._root

    def folder_fs(self, path: str) -> dict[str, str]:
        """A folder as the root of a remote: as an object, so that no text of people is parsed."""
        name, slash = self.fs.split(":", 1)
        return {"_name": name, "_root": f"{slash}{self.at(path)}"}

    def body(self, path: str, start: int, end: int) -> Body:
        """The bytes `start` to `end` of a file; raises StorageError."""
        self._require_allowed()
        if start and not self._gives_parts:
            self._require_parts(path, start)
        return self._daemon.open(self.fs, self.at(path), start, end)

    def _require_parts(self, path: str, at: int) -> None:
        """Once: does it give a part of a file? Of all that comes instead rclone hands on nothing as a single byte.

        So it looks as well when the connection breaks just then: it is asked twice.
        """
        if not (self._gives_byte(path, at) or self._gives_byte(path, at)):
            raise Forbidden(
                f"The storage did not give a part of “{shown(path)}”. Some servers give whole files alone."
            )
        self._gives_parts = True

    def _gives_byte(self, path: str, at: int) -> bool:
        """Raises StorageError where nothing came at all: that says nothing of parts."""
        body = self._daemon.open(self.fs, self.at(path), at, at)
        try:
            if body.total is not None and body.total <= at:
                raise changed(path)
            body.read(1)
            body.read_end()
        except CarrierEnded:
            raise
        except Unavailable as error:
            if isinstance(error.__cause__, TimeoutError):
                raise
            return False
        finally:
            body.close()
        return True

    def _require_allowed(self) -> None:
        """Once: may the host that is configured still be connected to? The settings are those of this process."""
        if self._is_allowed:
            return
        known = self._daemon.call("config/get", name=self.fs.partition(":")[0])
        address = str(known.get("host", ""))
        try:
            port = int(known.get("port") or _PINNED_PORT)
            self._daemon.policy.check_configured(pinned_host(known) or address, address, port)
        except HostRefused as error:
            raise Forbidden(str(error)) from None
        except (UsageError, ValueError):  # no address: then it is not one that was checked
            raise Forbidden("The storage is configured without an address: connect it again.") from None
        self._is_allowed = True

    def list(self, path: str) -> Listing:
        """What lies in a folder, and whether that is all of it. Raises StorageError."""
        group = secrets.token_hex(8)  # T1: what was passed over is counted there and nowhere else
        try:
            found = self.call(
                "operations/list", timeout=LISTING_S, fs=self.fs, remote=self.at(path), _group=group,
                opt=self.can().listing_options(),
            )  # fmt: skip
            complete = not self.call("core/stats", group=group).get("errors", 0)
        finally:
            self._forget_group(group)
        said = found.get("list") or []
        entries = [self._entry(path, each) for each in _unique(said)]
        if not complete:
            return Listing(entries, complete=False, errors=(CUT,))
        return Listing(entries, errors=_twice(said) if len(entries) != len(said) else ())

    def file(self, path: str) -> Entry | None:
        """A file, or None for a folder or nothing. Forbidden where nobody knows how long it is.

        Such a one is listed as empty, and would be read, copied and moved as that.
        """
        try:
            found = self.call(
                "operations/stat", fs=self.fs, remote=self.at(path),
                opt={**self.can().listing_options(), "filesOnly": True},
            ).get("item")  # fmt: skip
        except StorageNotFound:
            return None
        if found is None or found.get("IsDir"):
            return None
        if int(found.get("Size", 0)) < 0:
            raise Forbidden(f"“{shown(path)}” cannot be opened: its storage does not tell how long it is.")
        return self._entry(paths.parent(path), found)

    def folder(self, path: str) -> Entry | None:
        """A folder, or None for a file or nothing."""
        try:
            found = self.call(
                "operations/stat", timeout=LISTING_S, fs=self.fs, remote=self.at(path),
                opt={"dirsOnly": True, "noModTime": True, "noMimeType": True},
            ).get("item")  # fmt: skip
        except StorageNotFound:
            return None
        return None if found is None else self._entry(paths.parent(path), found)

    def size_of(self, path: str) -> int | None:
        """The size of a file; None when there is none."""
        entry = self.file(path)
        return None if entry is None else entry.size

    def _entry(self, folder: str, said: dict[str, Any]) -> Entry:
        name = str(said["Name"])
        path = paths.join(folder, name)
        id = str(said["ID"]) if self.can().ids and said.get("ID") else None
        if said.get("IsDir"):
            return Entry(path, name, True, 0, None, id, id or "")
        hashes = {kind: text for kind, text in (said.get("Hashes") or {}).items() if text} or NO_HASHES
        entry = Entry(
            path, name, False, max(0, int(said.get("Size", 0))), self.can().time(said.get("ModTime")), id, "",
            hashes,
        )  # fmt: skip
        return entry._replace(change_key=self.can().change_key(entry))

    def _forget_group(self, group: str) -> None:
        try:
            self.call("core/stats-delete", group=group)
        except StorageError:
            return  # it is only tidying up


def require_readable(path: str) -> None:
    """Raise UsageError for what is no path, and what a name must be for rclone to open it."""
    if not paths.to_bytes(path).decode("utf-8", "replace") == path and _UNREADABLE not in path:
        raise StorageNotFound(f"“{shown(path)}” is not in the storage: its name is not UTF-8.")
    if len(path) > _LONGEST_PATH or any(len(name.encode()) > paths.LONGEST_NAME for name in path.split("/")):
        raise StorageNotFound("No file or folder of a storage has so long a name.")
    if _UNREADABLE in path:
        raise Forbidden(
            f"“{shown(path)}” cannot be opened: its name is not UTF-8 in the storage. Rename it there."
        )


def _twice(said: "list[dict[str, Any]]") -> tuple[str, ...]:
    """What is to be said of entries that are hidden by others of their name: of one name at a time."""
    counted = Counter(str(each["Name"]) for each in said)
    name = min((name for name, n in counted.items() if n > 1 and not is_skipped(name)), default=None)
    if name is None:
        return ()
    return (f"Several things here are called “{shown(name)}”: only one is shown. Rename the others there.",)


def _unique(said: "list[dict[str, Any]]") -> "Iterable[dict[str, Any]]":
    """Entries by name, each name once: where a provider allows two of one name, the first by id."""
    by_name: dict[str, dict[str, Any]] = {}
    for each in sorted(said, key=lambda one: str(one.get("ID", ""))):
        by_name.setdefault(str(each["Name"]), each)
    return by_name.values()
