"""A storage that rclone reaches: the contract in terms of its remote control.

Traps that the calls here avoid (T1 to T12) are described in the tests. What the remote tells is in
`remote.py`, whether its root is still the same in `knownroot.py`; `uploading.py` and `moving.py` change it.
"""

import functools
import re
import secrets
import time
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from threading import Event

from services.errors import (
    Changed,
    Conflict,
    Forbidden,
    StorageError,
    StorageFull,
    StorageNotFound,
    StorageThrottled,
    Unauthorized,
    Unavailable,
    Unreadable,
    UsageError,
)
from services.names import shown
from services.storages import paths
from services.storages.base import Storage, changed, require_as_expected
from services.storages.handles import Handle
from services.storages.patterns import MARKER, TRASH, new_shelf
from services.storages.rclone import faults, moving, uploading
from services.storages.rclone.claiming import claimed
from services.storages.rclone.client import Body
from services.storages.rclone.daemon import Daemon
from services.storages.rclone.handle import RcloneHandle
from services.storages.rclone.knownroot import KnownRoot
from services.storages.rclone.remote import TRANSFER_S, Remote, require_readable
from services.storages.rclone.standby import Place, Transfer
from services.storages.recognising import choose_canaries
from services.storages.values import Caps, Change, Entry, Fingerprint, Health, Listing, Quota

_UNNAMED = re.compile(r"503|AuthenticationFailed")
SEEN_S = 5.0
"""A transfer is gone on with for so long after the file was last seen to be the same; then it is looked at."""
REFUSED_S = 2.0
"""What takes longer to fail is no refusal of one file: nobody is to wait so long for the next."""


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
        self._remote = Remote(daemon, remote, type=type, root=root)
        self._root = KnownRoot(self._remote, expected)
        self._spool = spool
        self._standby = daemon.standby

    # --- what it is

    def caps(self) -> Caps:
        """See Storage."""
        return self._remote.can().caps()

    def fingerprint(self) -> Fingerprint:
        """See Storage. Writes the marker into a writable root that has none."""
        marker = self._root.marker()
        if self.writable and marker is None:
            marker = secrets.token_hex(16)
            self.write(MARKER, [marker.encode()], size=len(marker))
        self._root.expected = Fingerprint(None, marker, choose_canaries(self.list))
        return self._root.expected

    def probe(self, expected: Fingerprint | None = None) -> Health:
        """See Storage."""
        if expected is not None:
            self._root.expected = expected
        self._root.look_again()
        try:
            if self._root.expected is None:
                self.list("")
            self._root.require_known()
        except StorageError as error:
            return Health.of(self._named(error))
        return Health("online")

    def _named(self, error: StorageError) -> StorageError:
        """What a listing says is wrong, where the look at a file could not say it.

        Answers to HEAD have no body, and there S3 names what is wrong: a key that is not valid any more, or
        too many requests; and Azure, that the clocks differ.
        """
        if not isinstance(error, Forbidden) and not _UNNAMED.search(str(error)):
            return error
        try:
            self._remote.list("")
        except (Unauthorized, StorageThrottled) as named:
            return named
        except StorageError as named:
            return named if faults.CLOCKS_DIFFER in str(named) else error
        return error

    def look_again(self) -> None:
        """See Storage."""
        self._root.look_again()
        self.let_go()

    def let_go(self) -> None:
        """See Storage."""
        self._standby.drop(self._remote.name)

    def about(self) -> Quota | None:
        """See Storage. Servers of SFTP tell it or not, and rclone says of each that it does."""
        if not self._remote.can().about:
            return None
        try:
            found = self._remote.call("operations/about", fs=self._remote.fs)
        except Unavailable as error:
            if faults.is_unsupported(error):
                return None
            raise
        return Quota(found.get("total"), found.get("used"), found.get("free"))

    # --- looking

    def stat(self, path: str) -> Entry:
        """See Storage."""
        self._root.require_not_lost()
        require_readable(path)
        if not path:
            self._root.require_known()
            return Entry("", "", True, 0, None, None, "")
        found = self._remote.file(path) or self._remote.folder(path)
        if found is None:
            self._root.require_known()
            raise StorageNotFound(f"“{shown(path)}” is not in the storage.")
        return found

    def list(self, path: str) -> Listing:
        """See Storage."""
        self._root.require_not_lost()
        require_readable(path)
        try:
            listing = self._remote.list(path)
        except StorageNotFound:
            if not path:
                raise Unavailable("The storage's folder is not there: was it renamed or moved?") from None
            self._root.require_known()
            raise StorageNotFound(f"“{shown(path)}” is not a folder of the storage.") from None
        if not path:
            self._root.consider(listing.entries)
        elif _may_be_none(path, listing.entries) and self._remote.folder(path) is None:
            self._root.require_known()
            raise StorageNotFound(f"“{shown(path)}” is not a folder of the storage.")
        return listing

    def hashes(self, path: str, kinds: Collection[str], *, may_download: bool = False) -> Mapping[str, str]:
        """See Storage."""
        can = self._remote.can()
        found: dict[str, str] = {}
        for kind in can.hashes.intersection(kinds) if may_download else can.free_hashes.intersection(kinds):
            answer = self._remote.call(
                "operations/hashsumfile", timeout=TRANSFER_S, fs=self._remote.fs, remote=self._remote.at(path),
                hashType=kind, download=kind not in can.free_hashes,
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
        self._root.require_not_lost()
        if span is not None and expect_size and expect_key is None and 0 <= span[0] <= span[1] < expect_size:
            return self._open_span(path, expect_size, span)
        entry = self.stat(path)
        if entry.is_dir:
            raise StorageNotFound(f"“{shown(path)}” is a folder.")
        require_as_expected(entry, size=expect_size, key=expect_key)
        return RcloneHandle(self, entry)

    def _open_span(self, path: str, size: int, span: tuple[int, int]) -> Handle:
        require_readable(path)
        if not path:
            raise StorageNotFound("The top folder is no file.")
        place = Place(self._remote.name, self._remote.at(path), size)
        held = self._going_on(place, span)
        found = held or self._begin(path, place, span)
        return RcloneHandle(
            self, found.entry, first=found.body, at=found.at, until=found.until, last=span[1],
            stood_by=held is not None, leave=functools.partial(self._leave, place, found),
        )  # fmt: skip

    def _going_on(self, place: Place, span: tuple[int, int]) -> Transfer | None:
        """The transfer that stands by for these bytes, unless the file may be another by now."""
        found = self._standby.take(place, span[0])
        if found is None:
            return None
        if found.until >= span[1] and (time.monotonic() - found.seen < SEEN_S or self._is_same(found)):
            return found
        found.body.close()
        return None

    def _is_same(self, found: Transfer) -> bool:
        """Whether the file of a transfer is still the one that it was begun for; in doubt it is not."""
        found.seen = time.monotonic()
        try:
            return self.why_changed(found.entry) is None
        except StorageError:
            return False

    def _begin(self, path: str, place: Place, span: tuple[int, int]) -> Transfer:
        """A new transfer of these bytes, and of all after them for who reads on."""
        seen = time.monotonic()
        until = place.size - 1 if self._standby.reads_on(place, span[0]) else span[1]
        try:
            body = self.body(path, span[0], until)
        except StorageNotFound:
            self._root.require_known()
            raise
        entry = Entry(path, paths.leaf(path), False, place.size, _http_time(body.modified), None, "")
        if body.total is not None and body.total != place.size:
            body.close()
            raise changed(path)
        return Transfer(body, entry, span[0], until, seen)

    def _leave(self, place: Place, found: Transfer, body: Body | None, at: int, until: int) -> None:
        """A range was read to its end: what is left of its transfer is for who reads on."""
        if at >= place.size:
            return
        self._standby.note_end(place, at)
        if body is not None and body.has_length:
            self._standby.hold(place, Transfer(body, found.entry, at, until, found.seen))
        elif body is not None:
            body.close()

    def body(self, path: str, start: int, end: int) -> Body:
        """The bytes `start` to `end` of a file, for a handle; raises StorageError."""
        began = time.monotonic()
        try:
            return self._remote.body(path, start, end)
        except Unreadable as error:
            if time.monotonic() - began > REFUSED_S:
                raise Unavailable(str(error)) from None
            size = self._remote.size_of(path)  # it says why, where that holds for the whole storage
            if size is not None and size <= end:  # some storages refuse what begins after the end
                raise changed(path) from None
            raise Unreadable(f"The storage lists “{shown(path)}”, but does not give its bytes.") from None

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
        self.let_go()
        self._require_free(path, may_replace=not if_absent)
        with uploading.spooled(self._spool, src, size=size, mtime_ns=mtime_ns) as sent:
            self._require_room(sent.size)
            self._require_free(path, may_replace=not if_absent)
            uploading.upload(self._remote, self._spool, sent, path, replacing=not if_absent)
        entry = self._remote.file(path)
        if entry is None or entry.size != sent.size:
            raise Unavailable(f"“{shown(path)}” did not arrive whole in the storage.")
        return entry

    def end_abandoned(self) -> None:
        """See Storage. Elsewhere the same call of rclone's empties trashes and deletes old versions."""
        self.require_writable()
        uploading.end_abandoned(self._remote)

    def make_folder(self, path: str) -> Entry:
        """See Storage."""
        self.require_writable()
        self._require_free(path)
        self._remote.call("operations/mkdir", again=False, fs=self._remote.fs, remote=self._remote.at(path))
        return self._remote.folder(path) or Entry(path, paths.leaf(path), True, 0, None, None, "")

    def move(self, src: str, dst: str) -> Entry:
        """See Storage."""
        self.require_writable()
        self.let_go()
        _require_below_root(src)
        entry = self.stat(src)
        if entry.is_dir and paths.is_within(dst, src) and dst != src:
            raise UsageError(f"“{shown(src)}” cannot be moved into itself.", field="path")
        with claimed(self._spool, uploading.PREFIX, self._remote, dst):
            self._require_free(dst, moved=src)
            moving.rename(self._remote, entry, dst)
        moved = self.stat(dst)
        moving.tidy_trash(self._remote, src)
        return moved

    def end_move(self, src: str, dst: str) -> None:
        """See Storage."""
        self.require_writable()
        self.let_go()
        _require_below_root(src)
        with claimed(self._spool, uploading.PREFIX, self._remote, dst):
            moving.end(self._remote, self.stat(src), self.stat(dst))
        moving.tidy_trash(self._remote, src)

    def delete(self, path: str, *, trash: bool = True, shelf: str | None = None) -> str | None:
        """See Storage. The trash is a folder in the root: a provider's own has no paths to come back by."""
        self.require_writable()
        self.let_go()
        _require_below_root(path)
        entry = self.stat(path)
        self._root.may_become_empty()
        if trash:
            return moving.to_trash(self._remote, entry, f"{TRASH}/{shelf or new_shelf()}")
        if not entry.is_dir:
            moving.delete_file(self._remote, path)
        elif self.list(path).entries:
            raise Conflict(f"“{shown(path)}” is not empty.", field="path")
        else:
            moving.delete_folder(self._remote, path)
        moving.tidy_trash(self._remote, path)
        return None

    def watch(self, stop: Event) -> Iterator[Change]:
        """See Storage. rclone tells of no changes: feeds and scans by the clock find them."""
        yield Change(everything=True)
        stop.wait()

    # --- before something is changed

    def _require_free(self, path: str, *, may_replace: bool = False, moved: str | None = None) -> None:
        """Raise Conflict when the name is taken, StorageNotFound when its folder is not there.

        `moved` is what is to get the name.
        """
        _require_below_root(path)
        if len(paths.to_bytes(paths.leaf(path))) > paths.LONGEST_NAME:
            raise UsageError(f"“{shown(path)}” is too long a name for this storage.", field="path")
        require_readable(path)
        if any(unicodedata.category(char) == "Cc" for char in path):
            raise UsageError(
                f"“{shown(path)}” has a character in it that storages do not take.", field="path"
            )
        self._require_folder(paths.parent(path))
        taken = self._find(path, moved)
        if taken is not None and (taken.is_dir or not may_replace):
            raise Conflict(f"“{shown(path)}” is there already.", field="path")

    def _require_folder(self, path: str) -> None:
        """Raise StorageNotFound where nothing can be put: no folder is there, and none begins with a file."""
        if not path:
            return
        try:
            there = self.stat(path)
        except StorageNotFound:
            if self._remote.can().empty_folders:
                raise
            self._require_folder(paths.parent(path))  # a file may be in the way there
        else:
            if not there.is_dir:
                raise StorageNotFound(f"“{shown(path)}” is not a folder.")

    def _find(self, path: str, moved: str | None) -> Entry | None:
        """What has this name; where `moved` itself would be found by it, only what has it in just these letters."""
        if moved is None or not (
            self._remote.can().case_insensitive and paths.differ_in_letters(moved, path)
        ):
            return self._remote.file(path) or self._remote.folder(path)
        there = self._remote.list(paths.parent(path)).whole()
        return next((entry for entry in there if entry.path == path), None)

    def _require_room(self, size: int) -> None:
        """Raise StorageFull before the bytes are sent, where the storage tells its room."""
        try:
            quota = self.about()
        except StorageError:
            return  # it takes the bytes, or says itself why not
        if quota is not None and quota.free is not None and 0 <= quota.free < size:
            raise StorageFull(f"The storage has room for {quota.free} bytes only, and this takes {size}.")


def _may_be_none(path: str, entries: Sequence[Entry]) -> bool:
    """Whether this may be the listing of no folder: stores of objects list what is not there as empty, FTP
    lists a file as itself.
    """
    return not entries or [(e.name, e.is_dir) for e in entries] == [(paths.leaf(path), False)]


@functools.lru_cache(maxsize=256)  # a player asks for ranges of one film, and this takes longer than a query
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
