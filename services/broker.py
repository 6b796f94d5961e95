"""Bytes: the one door to the originals. Checks the right, finds the best location, streams.

The right is checked when a stream is opened and again before every chunk is handed on; a revoked
stream ends there, unfinished, never as if it were complete. The check costs one read of the policy
epoch; only when that has moved is the policy asked again.

Threading: `open` is synchronous and belongs in a worker thread. Iterating a `Stream` is asynchronous.
A disk is read two chunks at a time, in one hop to the broker's own threads, where the first is checked. What
comes from elsewhere is waited for on the event loop, since a change of threads takes longer than to receive a
chunk. That, and the second chunk of a disk, is checked on the loop as long as nothing at all was written to the
catalogue, and in a thread otherwise. So neither a client nor a storage that stalls holds a thread, and when a
client goes away no more is read than what was begun.
"""

import asyncio
import contextlib
import hashlib
import json
import logging
import threading
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from services import access
from services.access import Reach, ends
from services.clock import now
from services.errors import AccessDenied, Changed, NotFound, StorageError, StorageNotFound, Unavailable
from services.media.masking import Mask, apply, from_json
from services.models import Asset, File, Item, Storage, counters, database
from services.models.database import Stamp
from services.precedence import Precedence
from services.storages.base import Handle
from services.storages.base import Storage as Adapter
from services.traffic import Traffic
from services.viewers import Viewer

LOCAL_CHUNK = 256 * 1024
REMOTE_CHUNK = 64 * 1024
"""What a thread waits for from afar."""
COMING = 128 * 1024
"""At most so many bytes from afar are handed on at once on the event loop: what is there by then."""
AHEAD = 2
"""So many chunks of a disk are read by one change of threads: one ahead. The right is asked before each."""
BLOCK = 256 * 1024
"""What `blocks` reads at once; a chunk is what is handed on at once."""
TURN = 1024 * 1024
"""After so many bytes from afar others have their turn on the event loop."""
LOOK_S = 1.0
"""At least so often it is said that somebody reads from afar, in a thread: that writes to a disk."""
END_S = 5.0
AWAY = "No storage that holds this file can be reached."

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Original:
    """What is known of a file's bytes without touching its storage.

    `etag` is strong and bare (no quotes): the content's hash once it has been read, the storage's
    change key before; of a `masked` one it is another than of the whole. `mtime` is seconds since 1970.
    """

    file_id: int
    name: str
    size: int
    etag: str
    mime: str
    mtime: float
    problem: str = ""
    masked: bool = False

    @property
    def dated(self) -> float:
        """The time by which a client may know the bytes again; 0 where it tells nothing.

        What masks leave has the time of the whole: who holds a part of one is never to join it with the other.
        """
        return 0.0 if self.masked else self.mtime


class Revoked(AccessDenied):
    """Raised out of a running stream when the viewer's right is gone: send nothing more."""


class Stream:
    """An open file, from `start` to `end` (inclusive). Iterate it, then `close` it."""

    def __init__(
        self, viewer: Viewer, original: Original, handle: Handle, span: tuple[int, int], chunk: int,
        threads: ThreadPoolExecutor, epoch: int, before: Callable[[], None] | None = None,
        until: int | None = None,
        masks: Sequence[Mask] | None = None, traffic: Traffic | None = None,
        stamp: Stamp | None = None,
    ) -> None:  # fmt: skip
        self._masks = masks
        self._traffic = traffic or Traffic()
        self._traffic.opened()
        self._is_closed = self._is_cut = False
        self._before = before
        self._until = until  # when a right may end by the clock next: nothing is written then
        self.original = original
        self.start, self.end = span
        self._viewer = viewer
        self._handle = handle
        self._chunk = chunk
        self._at_once = chunk if handle.fileno() is None else chunk * AHEAD
        self._stamp = stamp  # of when it was last checked, for those who may not wait
        self._look_at = 0.0
        self._threads = threads
        self._reading = threading.Lock()  # a descriptor that is closed under a read may be another file's
        self._epoch = epoch  # of before the right was asked: a change since then is noticed

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        """The bytes, chunk by chunk; raises Revoked, Unavailable or Changed instead of a short file."""
        loop = asyncio.get_running_loop()
        position, waited = self.start, self.start
        while position <= self.end:
            length = min(COMING, self.end - position + 1)
            if come := self._handle.came(position, length):
                if position - waited >= TURN:
                    waited = position
                    await asyncio.sleep(0)  # who never has to wait would never let others go on
            elif self._handle.comes(position):
                waited = position
                come = await self._handle.coming(position, length)
            if is_checked := come is None:
                waited, stamp = position, database.stamp()
                chunks = await loop.run_in_executor(self._threads, self._read, position, self._at_once)
                self._stamp, self._look_at = stamp, loop.time() + LOOK_S
            else:
                chunks = [self._masked(position, come)]
            for data in chunks:
                # after the read, so that nothing lies between the check and the hand-over
                if not is_checked and (not self._is_as_before() or loop.time() > self._look_at):
                    await self._check_again(loop)
                is_checked = False
                yield data
                position += len(data)

    @property
    def is_masked(self) -> bool:
        """Whether masks lie over its bytes."""
        return self._masks is not None

    @property
    def length(self) -> int:
        """How many bytes it is of."""
        return self.end - self.start + 1

    @property
    def is_short(self) -> bool:
        """Whether one chunk is all of it."""
        return self.length <= self._chunk

    def blocks(self) -> Iterator[bytes]:
        """The bytes, block by block, in the calling thread; raises like iterating it."""
        for position in range(self.start, self.end + 1, BLOCK):
            yield b"".join(self._read(position, BLOCK))

    def read_short(self) -> bytes:
        """The whole of a short stream at once, in the calling thread; raises like iterating it."""
        return b"".join(self._read(self.start, self.length))

    @property
    def goes_on(self) -> bool:
        """Whether `at_once` may give more of a short stream that was just read: its storage gives that again."""
        may = self._stamp is not None and self._masks is None
        return may and self._handle.at_once(self.start, self.length) is not None

    def at_once(self, start: int, length: int) -> bytes | None:
        """Another part of a file that was opened with a stamp: on the event loop, where nothing may be waited for.

        None where somebody would have to: it is not in memory, masks lie over it, the file has changed, or
        anything at all was written to the catalogue since, or some right may have ended by the clock.
        """
        if self._is_closed or self._masks is not None:
            return None
        data = self._handle.at_once(start, length)
        # after the read, so that nothing lies between the check and the hand-over
        return data if self._is_as_before() else None

    def close(self) -> None:
        """Let go of the storage, after the read that may still be under way."""
        with self._reading:
            self._handle.close()
            is_first, self._is_closed = not self._is_closed, True
        if is_first:
            self._traffic.closed(is_cut=self._is_cut)

    async def _check_again(self, loop: asyncio.AbstractEventLoop) -> None:
        """Check in a thread, as is not needed while nothing at all was written to the catalogue."""
        stamp, look_at = database.stamp(), loop.time() + LOOK_S
        await loop.run_in_executor(self._threads, self.check)
        self._stamp, self._look_at = stamp, look_at

    def _is_as_before(self) -> bool:
        """Whether nothing at all was written to the catalogue since the right was asked, and no right has run out."""
        return self._stamp is not None and database.stamp() == self._stamp and not self._has_ended()

    def _read(self, position: int, length: int) -> list[bytes]:
        """So much of it, or what is left, in chunks, of which the first may be handed on at once."""
        end = min(position + length, self.end + 1)
        starts = range(position, end, self._chunk)
        with self._reading:
            read = [self._handle.pread(at, min(self._chunk, end - at)) for at in starts]
        self.check()  # after the read, so that nothing lies between the check and the hand-over
        return [self._masked(at, data) for at, data in zip(starts, read, strict=True)]

    def _masked(self, position: int, data: bytes) -> bytes:
        return apply(self._masks, position, data) if self._masks else data

    def check(self) -> None:
        """Say that somebody reads, and raise Revoked unless they still may; asked before each piece is handed on."""
        if self._before is not None:
            self._before()
        try:
            self._require_right()
        except Revoked:
            self._is_cut = True
            raise

    def _require_right(self) -> None:
        epoch = counters.read(counters.POLICY_EPOCH)
        if epoch == self._epoch and not self._has_ended():
            return
        moment, reach = now(), access.reach(self._viewer, self.original.file_id)
        if reach is Reach.NONE:
            raise Revoked("The right to this file has ended.")
        if self._masks is None and reach is Reach.MASKED:
            raise Revoked("The right to know where this was taken has ended.")
        self._epoch, self._until = epoch, _next_look(reach, moment)

    def _has_ended(self) -> bool:
        """Whether the proof or some grant has run out by the clock, which writes nothing."""
        moments = [moment for moment in (self._viewer.not_after, self._until) if moment is not None]
        return bool(moments) and now() >= min(moments)


class Broker:
    """Opens originals for viewers.

    `adapter` makes the storage adapter of a storage row; `on_absent` is told the id of a file that its
    storage positively does not have any more, or whose bytes have changed. While a distant storage is
    read from, `precedence` says so, and background reads wait.
    """

    def __init__(
        self, adapter: Callable[[Storage], Adapter], on_absent: Callable[[int], None], *, threads: int = 8,
        precedence: Precedence | None = None,
    ) -> None:  # fmt: skip
        self._precedence = precedence
        self._adapter = adapter
        self._on_absent = on_absent
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="broker")
        # of their own: a storage that hangs keeps nobody waiting who reads from a disk
        self._far_threads = ThreadPoolExecutor(threads, thread_name_prefix="broker-far")
        self._size = threads
        self.traffic = Traffic()

    def open(
        self, viewer: Viewer, original: Original, start: int = 0, end: int | None = None, *,
        stamp: Stamp | None = None,
    ) -> Stream:  # fmt: skip
        """Open a file from byte `start` to `end` (inclusive, the last byte by default).

        `stamp` is from before anything was asked of the catalogue, for those who go on with `at_once`.

        Raises NotFound when the viewer may not read it, StorageError when the storage cannot give it
        (Changed when it holds other bytes than the catalogue knows), ValueError for a bad range.
        """
        epoch, moment = counters.read(counters.POLICY_EPOCH), now()
        reach = access.reach(viewer, original.file_id)
        if reach is Reach.NONE:
            raise NotFound
        until = _next_look(reach, moment)
        masks = _masks(original.file_id) if reach is Reach.MASKED else None
        last = original.size - 1 if end is None else end
        if original.size and not 0 <= start <= last < original.size:
            raise ValueError(f"bytes {start} to {last} are not in a file of {original.size}")
        failure: StorageError = Unavailable(AWAY)
        for file_id, path, storage in _places(original.file_id, even_strange=reach is Reach.OWN):
            try:
                adapter = self._adapter(storage)
                if adapter.distant:
                    self._note(storage.id)
                handle = adapter.open_read(path, expect_size=original.size, span=(start, last))
                if masks is not None:
                    _require_same(adapter, path, file_id, handle)
            except (StorageNotFound, Changed) as error:
                self._on_absent(file_id)
                failure = error
            except StorageError as error:
                failure = error
            else:
                chunk = LOCAL_CHUNK if handle.fileno() is not None else REMOTE_CHUNK
                note = partial(self._note, storage.id) if adapter.distant else None
                threads = self._far_threads if adapter.distant else self._threads
                return Stream(
                    viewer, original, handle, (start, last), chunk, threads, epoch, note, until, masks,
                    self.traffic, stamp,
                )  # fmt: skip
        log.info("a file could not be opened: %s", failure)
        if reach is not Reach.OWN:
            failure.args = (AWAY,)  # where it lies in the storage is its owner's to know
        raise failure

    def open_described(
        self, viewer: Viewer, original: Original, start: int = 0, end: int | None = None, *,
        stamp: Stamp | None = None,
    ) -> Stream:  # fmt: skip
        """Open a file under the tag it was described by: raises like `open`, and Unavailable when that is past.

        Between the two the right to know its place may have come or gone, and the bytes would be others.
        """
        stream = self.open(viewer, original, start, end, stamp=stamp)
        if stream.is_masked != original.masked:
            stream.close()
            raise Unavailable("What is shared of this file has just changed. Ask for it again.")
        return stream

    def stamp(self) -> Stamp | None:
        """What stays equal on the event loop until anything is written to the catalogue; None where nobody knows."""
        return database.stamp()

    def _note(self, storage_id: int) -> None:
        if self._precedence is not None:
            self._precedence.note(storage_id)

    def close(self) -> None:
        """End the broker's threads, each with its own connection to the catalogue."""
        for threads in (self._threads, self._far_threads):
            _end_threads(threads, self._size)


def _next_look(reach: Reach, moment: int) -> int | None:
    """When what was found at this moment may end by the clock: by a grant, which owners do not need."""
    return None if reach is Reach.OWN else ends.next_end(moment)


def _end_threads(threads: ThreadPoolExecutor, size: int) -> None:
    together = threading.Barrier(size)

    def end() -> None:
        database.close()
        together.wait(END_S)  # so that every thread takes one of these, and none takes two

    with contextlib.suppress(threading.BrokenBarrierError):
        for done in [threads.submit(end) for _ in range(size)]:
            done.result()
    threads.shutdown(wait=False, cancel_futures=True)


def original_of(viewer: Viewer, item: Item, asset: Asset | None = None) -> Original:
    """The original behind a visible item: its cover, or the given asset. Raises NotFound."""
    wanted = item.cover_id if asset is None else asset.id
    file = (
        File.select()
        .join(Asset)
        .where(File.asset == wanted)
        .order_by(File.presence == "missing", File.presence, File.size != Asset.size, File.id)
        .first()
    )
    reach = Reach.NONE if file is None else access.reach(viewer, file.id)
    if reach is Reach.NONE:
        raise NotFound
    return describe_file(file, masked=reach is Reach.MASKED)


def motion_of(viewer: Viewer, item: Item) -> tuple[int, int]:
    """(first byte, length) of the video in a motion photo's original. Raises NotFound when it is none."""
    asset = Asset.get_or_none(Asset.id == item.cover_id)
    place = asset and asset.meta.get("motion")
    if not place or not access.may_read(viewer, original_of(viewer, item).file_id):
        raise NotFound
    return int(place[0]), int(place[1])


def describe_file(file: File, *, masked: bool = False) -> Original:
    """What is known of a file row's bytes, or of what its masks leave of them: that is another content."""
    is_read = file.read_state == "done" and file.sha256 is not None
    etag = bytes(file.sha256).hex()[:32] if is_read else _unread_tag(file)
    if masked:
        etag += "-masked"
    return Original(
        file_id=file.id,
        name=file.name,
        size=file.size,
        etag=etag,
        mime=file.mime or "application/octet-stream",
        mtime=(file.mtime_ns or 0) / 1e9,
        problem=file.problem,
        masked=masked,
    )


def _unread_tag(file: File) -> str:
    """The tag of a file whose bytes have not been read."""
    if file.change_key:
        key = f"{file.pid}:{file.change_key}".encode("utf-8", "surrogatepass")
        return hashlib.sha256(key).hexdigest()[:32]
    return _written_tag(file)


def _written_tag(file: File) -> str:
    """The tag of a file that was just written, and not listed since."""
    return f"{file.pid}-{file.size:x}-{file.mtime_ns or 0:x}"


def tags_of(viewer: Viewer, file_id: int) -> frozenset[str]:
    """Every bare entity tag that the bytes of a file may have been known by: once written, listed, and read.

    None of what the viewer may not read whole.
    """
    file = File.get_or_none(File.id == file_id)
    if file is None or access.reach(viewer, file_id) not in {Reach.OWN, Reach.WHOLE}:
        return frozenset()
    return frozenset({describe_file(file).etag, _unread_tag(file), _written_tag(file)})


_PLACES = """
    SELECT f.id, f.raw_name, d.path, s.id, s.kind, s.root, s.options, s.writable, s.canaries
    FROM file wanted
    JOIN storage home ON home.id = wanted.storage_id
    JOIN file f ON f.id = wanted.id OR (
        f.asset_id = wanted.asset_id AND f.sha256 = wanted.sha256
        AND f.read_state = 'done' AND wanted.read_state = 'done'
    )
    JOIN storage s ON s.id = f.storage_id AND s.owner_id = home.owner_id AND s.removed_at IS NULL
    JOIN folder d ON d.id = f.folder_id
    WHERE wanted.id = ? AND f.presence <> 'missing'
        AND (
            ? OR wanted.sha256 IS NULL OR wanted.read_state = 'done'
            OR wanted.size = (SELECT a.size FROM asset a WHERE a.id = wanted.asset_id)
        )
    ORDER BY f.id <> wanted.id, f.id
"""


def _masks(file_id: int) -> tuple[Mask, ...]:
    """The masks of a file, where it holds the bytes they were made for. Raises NotFound."""
    same = (File.id == file_id) & (File.sha256 == Asset.sha256) & (File.read_state == "done")
    asset = Asset.select(Asset.masks).join(File, on=(File.asset == Asset.id)).where(same).first()
    if asset is None or asset.masks is None:
        raise NotFound
    try:
        return from_json(asset.masks)
    except ValueError as error:
        raise NotFound from error


def _require_same(adapter: Adapter, path: str, file_id: int, handle: Handle) -> None:
    """Raise Changed when a file is not the one that was read: its masks would lie over other bytes."""
    there, known = adapter.stat(path), File.get_by_id(file_id)
    if there is None or (there.size, there.mtime_ns) != (known.size, known.mtime_ns):
        handle.close()
        raise Changed("The file has changed since it was read.")


def _places(file_id: int, *, even_strange: bool) -> Iterator[tuple[int, str, Storage]]:
    """(file id, path, storage) of the file itself, then of its owner's other files with the same bytes.

    A file of another size than was read is strange until it is read again: it may be another picture. One that has
    another time alone was moved, mostly.
    """
    for row in database.rows(_PLACES, file_id, even_strange):
        name, folder, root = (
            bytes(part).decode("utf-8", "surrogateescape") for part in (row[1], row[2], row[5])
        )
        options, canaries = (json.loads(v) if isinstance(v, str) else v for v in (row[6], row[8]))
        storage = Storage(
            id=row[3], kind=row[4], root=root, options=options, writable=bool(row[7]), canaries=canaries
        )
        yield row[0], f"{folder}/{name}" if folder else name, storage
