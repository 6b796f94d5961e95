"""A storage that rclone reaches: the contract in terms of its remote control.

Traps that the calls here avoid (T1 to T12) are described in the tests. Paths of people go only into
parameters made for them, never into the name of a remote.

Names. rclone shows control characters as their pictures (␊) and takes them back; bytes that are no
UTF-8 it shows as U+FFFD and cannot open: such a file is listed, and Forbidden.
"""

import os
import secrets
import tempfile
import time
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from threading import Event
from typing import Any

from services.errors import (
    Changed,
    Conflict,
    Forbidden,
    SenderEnded,
    StorageError,
    StorageFull,
    StorageNotFound,
    StorageThrottled,
    Unauthorized,
    Unavailable,
    UsageError,
)
from services.names import shown
from services.storages import paths
from services.storages.base import Storage, require_as_expected
from services.storages.handles import Handle
from services.storages.patterns import MARKER, TRASH, half_name, new_shelf
from services.storages.rclone.client import LISTING_S, Body
from services.storages.rclone.daemon import Daemon
from services.storages.rclone.features import Features
from services.storages.rclone.handle import RcloneHandle
from services.storages.recognising import choose_canaries, why_unknown
from services.storages.values import NO_HASHES, Caps, Change, Entry, Fingerprint, Health, Listing, Quota

KNOWN_S = 20.0
"""For so long a root that was known is not looked at again before an absence is believed."""

TRANSFER_S = 24 * 3600.0
_LONGEST_NAME = 255
_LONGEST_PATH = 4000
_LONGEST_MARKER = 200
_UNREADABLE = "\ufffd"


class RcloneStorage(Storage):
    """The folder `root` of the remote `remote` (a name of ours) of type `type` in rclone's configuration.

    A root that begins with `/` is counted from the top of the server, others from where the sign-in
    leads. `spool` is a folder of ours for what is being uploaded; `expected` is what was recorded of the root.
    """

    distant = True

    def __init__(
        self, daemon: Daemon, remote: str, *, type: str, root: str, spool: Path, writable: bool = False,
        expected: Fingerprint | None = None,
    ) -> None:  # fmt: skip
        self.writable = writable
        self._daemon = daemon
        self._fs = f"{remote}:/" if root.startswith("/") else f"{remote}:"
        self._root = root.strip("/")
        self._type = type
        self._spool = spool
        self._expected = expected
        self._features: Features | None = None
        self._lost = ""
        self._known_until = 0.0
        self._had_entries = False

    # --- what it is

    def caps(self) -> Caps:
        """See Storage."""
        return self._can().caps()

    def fingerprint(self) -> Fingerprint:
        """See Storage. Writes the marker into a writable root that has none."""
        marker = self._marker()
        if self.writable and marker is None:
            marker = secrets.token_hex(16)
            self.write(MARKER, [marker.encode()], size=len(marker))
        self._expected = Fingerprint(None, marker, choose_canaries(self.list))
        return self._expected

    def probe(self, expected: Fingerprint | None = None) -> Health:
        """See Storage."""
        if expected is not None:
            self._expected = expected
        self._known_until, self._lost = 0.0, ""
        try:
            if self._expected is None:
                self.list("")
            self._require_known()
        except Unauthorized as error:
            return Health("needs_reconnect", str(error))
        except StorageThrottled as error:
            return Health("throttled", str(error))
        except StorageError as error:
            return Health("offline", str(error))
        return Health("online")

    def about(self) -> Quota | None:
        """See Storage."""
        if not self._can().about:
            return None
        found = self._call("operations/about", fs=self._fs)
        return Quota(found.get("total"), found.get("used"), found.get("free"))

    # --- looking

    def stat(self, path: str) -> Entry:
        """See Storage."""
        self._require_not_lost()
        self._require_readable(path)
        if not path:
            self._require_known()
            return Entry("", "", True, 0, None, None, "")
        found = self._stat_file(path) or self._stat_folder(path)
        if found is None:
            self._require_known()
            raise StorageNotFound(f"“{shown(path)}” is not in the storage.")
        return found

    def list(self, path: str) -> Listing:
        """See Storage."""
        self._require_not_lost()
        self._require_readable(path)
        group = secrets.token_hex(8)  # T1: what was passed over is counted there and nowhere else
        try:
            found = self._call(
                "operations/list", timeout=LISTING_S, fs=self._fs, remote=self._at(path), _group=group,
                opt=self._can().listing_options(),
            )  # fmt: skip
            complete = not self._call("core/stats", group=group).get("errors", 0)
        except StorageNotFound:
            if not path:
                raise Unavailable("The storage's folder is not there: was it renamed or moved?") from None
            self._require_known()
            raise StorageNotFound(f"“{shown(path)}” is not a folder of the storage.") from None
        finally:
            self._forget_group(group)
        entries = [self._entry(path, each) for each in _unique(found.get("list") or [])]
        if not path:
            self._consider_root(entries)
        elif (
            not entries and self._stat_folder(path) is None
        ):  # stores of objects list what is not there as empty
            self._require_known()
            raise StorageNotFound(f"“{shown(path)}” is not a folder of the storage.")
        if complete:
            return Listing(entries)
        return Listing(entries, complete=False, errors=("The storage could not list some of the entries.",))

    def hashes(self, path: str, kinds: Collection[str], *, may_download: bool = False) -> Mapping[str, str]:
        """See Storage."""
        can = self._can()
        found: dict[str, str] = {}
        for kind in can.hashes.intersection(kinds) if may_download else can.free_hashes.intersection(kinds):
            answer = self._call(
                "operations/hashsumfile", timeout=TRANSFER_S, fs=self._fs, remote=self._at(path), hashType=kind,
                download=kind not in can.free_hashes,
            )  # fmt: skip
            if answer.get("hash"):
                found[kind] = str(answer["hash"])
        return found

    # --- reading

    def open_read(
        self, path: str, *, expect_size: int | None = None, expect_key: str | None = None,
        span: tuple[int, int] | None = None,
    ) -> Handle:  # fmt: skip
        """See Storage. With a size and a span the transfer itself proves the size: one request instead of two."""
        self._require_not_lost()
        if span is not None and expect_size and expect_key is None and 0 <= span[0] <= span[1] < expect_size:
            return self._open_span(path, expect_size, span)
        entry = self.stat(path)
        if entry.is_dir:
            raise StorageNotFound(f"“{shown(path)}” is a folder.")
        require_as_expected(entry, size=expect_size, key=expect_key)
        return RcloneHandle(self, entry)

    def _open_span(self, path: str, size: int, span: tuple[int, int]) -> Handle:
        self._require_readable(path)
        if not path:
            raise StorageNotFound("The top folder is no file.")
        try:
            body = self.body(path, *span)
        except StorageNotFound:
            self._require_known()
            raise
        entry = Entry(path, paths.leaf(path), False, size, _http_time(body.modified), None, "")
        if body.total is not None and body.total != size:
            body.close()
            raise Changed(f"“{shown(path)}” has changed in the storage since it was last looked at.")
        return RcloneHandle(self, entry, first=body, at=span[0], until=span[1])

    def body(self, path: str, start: int, end: int) -> Body:
        """The bytes `start` to `end` of a file, for a handle; raises StorageError."""
        return self._daemon.open(self._fs, self._at(path), start, end)

    def why_changed(self, entry: Entry) -> StorageError | None:
        """For a handle: what is to be raised when the file is not the one of `entry` any more."""
        now = self.stat(entry.path)
        seconds = None if now.mtime_ns is None else now.mtime_ns // 10**9 * 10**9
        known = entry.change_key == now.change_key if entry.change_key else None
        if known is None:  # opened by its span alone: what the transfer told is all there is
            known = entry.mtime_ns is None or seconds is None or entry.mtime_ns == seconds
        if now.size == entry.size and known:
            return None
        return Changed(f"“{shown(entry.path)}” changed while it was read.")

    # --- writing

    def write(
        self, path: str, src: Iterable[bytes], *, size: int | None, mtime_ns: int | None = None,
        if_absent: bool = True,
    ) -> Entry:  # fmt: skip
        """See Storage. Spooled here first, so that a client that goes away half-way leaves nothing there."""
        self.require_writable()
        self._require_free(path, may_replace=not if_absent)
        self._spool.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._spool, prefix="up-") as spooled:
            written = _spool(spooled, src, size)
            spooled.flush()
            self._require_room(written)
            if mtime_ns is not None:
                os.utime(spooled.name, ns=(mtime_ns, mtime_ns))
            self._require_free(path, may_replace=not if_absent)
            self._upload(Path(spooled.name).name, path, replacing=not if_absent)
        entry = self._stat_file(path)
        if entry is None or entry.size != written:
            raise Unavailable(f"“{shown(path)}” did not arrive whole in the storage.")
        return entry

    def make_folder(self, path: str) -> Entry:
        """See Storage."""
        self.require_writable()
        self._require_free(path)
        self._call("operations/mkdir", again=False, fs=self._fs, remote=self._at(path))
        return self._folder_entry(path)

    def move(self, src: str, dst: str) -> Entry:
        """See Storage."""
        self.require_writable()
        _require_below_root(src)
        entry = self.stat(src)
        if entry.is_dir and paths.is_within(dst, src) and dst != src:
            raise UsageError(f"“{shown(src)}” cannot be moved into itself.", field="path")
        self._require_free(dst)
        self._rename(entry, dst)
        moved = self.stat(dst)
        self._tidy_trash(src)
        return moved

    def delete(self, path: str, *, trash: bool = True, shelf: str | None = None) -> str | None:
        """See Storage. The trash is a folder in the root: a provider's own has no paths to come back by."""
        self.require_writable()
        _require_below_root(path)
        entry = self.stat(path)
        self._had_entries = False
        if trash:
            return self._to_trash(entry, f"{TRASH}/{shelf or new_shelf()}")
        if not entry.is_dir:
            self._call("operations/deletefile", again=False, fs=self._fs, remote=self._at(path))
        elif self.list(path).entries:
            raise Conflict(f"“{shown(path)}” is not empty.", field="path")
        else:
            self._call("operations/rmdir", again=False, fs=self._fs, remote=self._at(path))
        self._tidy_trash(path)
        return None

    def watch(self, stop: Event) -> Iterator[Change]:
        """See Storage. rclone tells of no changes: feeds and scans by the clock find them."""
        yield Change(everything=True)
        stop.wait()

    # --- asking the daemon

    def _call(
        self, method: str, *, timeout: float | None = None, again: bool = True, **params: Any
    ) -> dict[str, Any]:
        if timeout is None:
            return self._daemon.call(method, again=again, **params)
        return self._daemon.call(method, timeout=timeout, again=again, **params)

    def _can(self) -> Features:
        if self._features is None:
            self._features = Features.read(self._type, self._call("operations/fsinfo", fs=self._fs))
        return self._features

    def _at(self, path: str) -> str:
        """A path of ours as one of the remote's."""
        return paths.join(self._root, path) if path else self._root

    def _forget_group(self, group: str) -> None:
        try:
            self._call("core/stats-delete", group=group)
        except StorageError:
            return  # it is only tidying up

    def _stat_file(self, path: str) -> Entry | None:
        """A file, or None for a folder or nothing."""
        try:
            found = self._call(
                "operations/stat", fs=self._fs, remote=self._at(path),
                opt={**self._can().listing_options(), "filesOnly": True},
            ).get("item")  # fmt: skip
        except StorageNotFound:
            return None
        return None if found is None or found.get("IsDir") else self._entry(paths.parent(path), found)

    def _stat_folder(self, path: str) -> Entry | None:
        try:
            found = self._call(
                "operations/stat", timeout=LISTING_S, fs=self._fs, remote=self._at(path),
                opt={"dirsOnly": True, "noModTime": True, "noMimeType": True},
            ).get("item")  # fmt: skip
        except StorageNotFound:
            return None
        return None if found is None else self._entry(paths.parent(path), found)

    def _entry(self, folder: str, said: dict[str, Any]) -> Entry:
        name = str(said["Name"])
        path = paths.join(folder, name)
        id = str(said["ID"]) if self._can().ids and said.get("ID") else None
        if said.get("IsDir"):
            return Entry(path, name, True, 0, None, id, id or "")
        hashes = {kind: text for kind, text in (said.get("Hashes") or {}).items() if text} or NO_HASHES
        entry = Entry(
            path, name, False, max(0, int(said.get("Size", 0))), self._can().time(said.get("ModTime")), id, "",
            hashes,
        )  # fmt: skip
        return entry._replace(change_key=self._can().change_key(entry))

    def _folder_entry(self, path: str) -> Entry:
        return self._stat_folder(path) or Entry(path, paths.leaf(path), True, 0, None, None, "")

    def _require_readable(self, path: str) -> None:
        """Raise UsageError for what is no path, and what a name must be for rclone to open it."""
        if not paths.to_bytes(path).decode("utf-8", "replace") == path and _UNREADABLE not in path:
            raise StorageNotFound(f"“{shown(path)}” is not in the storage: its name is not UTF-8.")
        if len(path) > _LONGEST_PATH or any(len(name.encode()) > _LONGEST_NAME for name in path.split("/")):
            raise StorageNotFound("No file or folder of a storage has so long a name.")
        if _UNREADABLE in path:
            raise Forbidden(
                f"“{shown(path)}” cannot be opened: its name is not UTF-8 in the storage. Rename it there."
            )

    # --- is it still the same root

    def _require_not_lost(self) -> None:
        if self._lost:
            raise Unavailable(self._lost)

    def _require_known(self) -> None:
        """Raise Unavailable when the root is not the one recorded: then nothing in it counts as absent."""
        if time.monotonic() < self._known_until:
            return
        if self._expected is not None:
            why = why_unknown(self._expected, volume=None, marker=self._marker(), size_of=self._size_of)
            if why is not None:
                self._lost = f"The storage is not the one that was added: {why}"
                raise Unavailable(self._lost)
        self._known_until = time.monotonic() + KNOWN_S

    def _consider_root(self, entries: Sequence[Entry]) -> None:
        """A root that lists as empty, and was not, is looked at twice."""
        if entries:
            self._had_entries = True
            return
        if self._expected is not None:
            self._known_until = 0.0
            self._require_known()
        elif self._had_entries:
            raise Unavailable("The storage is suddenly empty: is it the one that was added?")

    def _marker(self) -> str | None:
        size = self._size_of(MARKER)
        if size is None or not 0 < size <= _LONGEST_MARKER:
            return None
        body = self.body(MARKER, 0, size - 1)
        try:
            return body.read(size).decode("ascii", "replace")
        finally:
            body.close()

    def _size_of(self, path: str) -> int | None:
        entry = self._stat_file(path)
        return None if entry is None else entry.size

    # --- changing

    def _require_free(self, path: str, *, may_replace: bool = False) -> None:
        """Raise Conflict when the name is taken, StorageNotFound when its folder is not there."""
        _require_below_root(path)
        if len(paths.to_bytes(paths.leaf(path))) > _LONGEST_NAME:
            raise UsageError(f"“{shown(path)}” is too long a name for this storage.", field="path")
        self._require_readable(path)
        if any(unicodedata.category(char) == "Cc" for char in path):
            raise UsageError(
                f"“{shown(path)}” has a character in it that storages do not take.", field="path"
            )
        if (above := paths.parent(path)) and not self.stat(above).is_dir:
            raise StorageNotFound(f"“{shown(above)}” is not a folder.")
        taken = self._stat_file(path) or self._stat_folder(path)
        if taken is not None and (taken.is_dir or not may_replace):
            raise Conflict(f"“{shown(path)}” is there already.", field="path")

    def _require_room(self, size: int) -> None:
        """Raise StorageFull before the bytes are sent, where the storage tells its room."""
        quota = self.about()
        if quota is not None and quota.free is not None and 0 <= quota.free < size:
            raise StorageFull(f"The storage has room for {quota.free} bytes only, and this takes {size}.")

    def _upload(self, spooled: str, path: str, *, replacing: bool) -> None:
        """Send a spooled file; under another name first where half a file could be seen under its own."""
        whole_at_once = self._can().atomic_upload
        half = paths.join(paths.parent(path), half_name(new_shelf()))
        target = path if whole_at_once else half
        try:
            self._call(
                "operations/copyfile", timeout=TRANSFER_S, again=False, srcFs=str(self._spool.resolve()),
                srcRemote=spooled, dstFs=self._fs, dstRemote=self._at(target),
            )  # fmt: skip
            if not whole_at_once:
                sent = self._stat_file(half)
                if sent is None or sent.size != (self._spool / spooled).stat().st_size:
                    raise Unavailable(f"“{shown(path)}” did not arrive whole in the storage.")
                if not replacing and (self._stat_file(path) or self._stat_folder(path)) is not None:
                    raise Conflict(f"“{shown(path)}” is there already.", field="path")
                self._move_file(half, path)
        except BaseException:
            if not whole_at_once:
                self._remove_half(half)
            raise

    def _remove_half(self, path: str) -> None:
        try:
            self._call("operations/deletefile", fs=self._fs, remote=self._at(path))
        except StorageError:
            return  # its name is one that scans pass over

    def _to_trash(self, entry: Entry, place: str) -> str:
        """Move a file or folder to a shelf that nothing lies on; its path there."""
        if self._stat_folder(place) is not None:
            raise Conflict(f"“{place}” is there already.", field="path")
        there = paths.join(place, entry.name)
        above = TRASH if entry.is_dir and self._can().moves_folders else place
        self._call("operations/mkdir", fs=self._fs, remote=self._at(above))
        self._rename(entry, there)
        return there

    def _rename(self, entry: Entry, dst: str) -> None:
        if entry.is_dir:
            if not self._can().moves_folders:  # where a folder is a marker, only those below it would move
                self._call("operations/mkdir", fs=self._fs, remote=self._at(dst))
            self._call(
                "sync/move", timeout=TRANSFER_S, again=False, createEmptySrcDirs=True, deleteEmptySrcDirs=True,
                srcFs=self._folder_fs(entry.path), dstFs=self._folder_fs(dst),
            )  # fmt: skip
            if self._stat_folder(entry.path) is not None:  # bucket stores, or what could not be moved
                self._remove_empty(entry.path)
        else:
            self._move_file(entry.path, dst)

    def _move_file(self, src: str, dst: str) -> None:
        self._call(
            "operations/movefile", timeout=TRANSFER_S, again=False, srcFs=self._fs, srcRemote=self._at(src),
            dstFs=self._fs, dstRemote=self._at(dst),
        )  # fmt: skip

    def _remove_empty(self, path: str) -> None:
        if not self.list(path).entries:
            self._call("operations/rmdir", fs=self._fs, remote=self._at(path))

    def _folder_fs(self, path: str) -> dict[str, str]:
        """A folder as the root of a remote: as an object, so that no text of people is parsed."""
        name, slash = self._fs.split(":", 1)
        return {"_name": name, "_root": f"{slash}{self._at(path)}"}

    def _tidy_trash(self, path: str) -> None:
        """Remove the shelf in the trash that `path` was taken from."""
        shelf = paths.parent(path)
        if paths.parent(shelf) != TRASH:
            return
        try:
            self._remove_empty(shelf)
        except StorageError:
            return  # an empty shelf more


def _unique(said: "list[dict[str, Any]]") -> "Iterable[dict[str, Any]]":
    """Entries by name, each name once: where a provider allows two of one name, the first by id."""
    by_name: dict[str, dict[str, Any]] = {}
    for each in sorted(said, key=lambda one: str(one.get("ID", ""))):
        by_name.setdefault(str(each["Name"]), each)
    return by_name.values()


def _spool(file: Any, src: Iterable[bytes], size: int | None) -> int:
    """Write `src` to `file`; how many bytes that were. Raises Changed or Unavailable for another `size`."""
    written = 0
    for piece in src:
        written += len(piece)
        if size is not None and written > size:
            raise Changed(f"More than the {size} bytes came that were announced; nothing was kept.")
        file.write(piece)
    if size is not None and written < size:
        raise SenderEnded(f"Only {written} of {size} bytes came; nothing was kept.")
    return written


def _http_time(text: str | None) -> int | None:
    """An HTTP date as nanoseconds since 1970."""
    if text is None:
        return None
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return int((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 10**9


def _require_below_root(path: str) -> None:
    if not paths.parts(path):
        raise UsageError("This cannot be done to the top folder of a storage.", field="path")
