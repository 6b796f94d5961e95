"""Reading: pending files of a storage go through a decoder child, and into the catalogue in batches.

A file that kills or hangs its child twice is quarantined with the reason; the scan goes on. A file
that changes while it is read, or was written a moment ago, waits for the next look.

Threading: some threads wait for decoders; the calling thread alone writes, in small batches with a
pause between them, so that people's writes go first.
"""

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from peewee import DataError, IntegrityError, ModelSelect

from services import catalogue
from services.catalogue import placing
from services.catalogue.recording import Read
from services.clock import now
from services.errors import Changed, DecoderError, DecoderKilled, StorageError, StorageNotFound
from services.jobs import Run
from services.media.pool import DecoderPool
from services.media.rendition_store import RenditionStore
from services.media.types import GRID, Glance, Hints, Reading
from services.models import File, Folder, Storage, counters, database
from services.names import shown
from services.scanning.descriptors import descriptor
from services.scanning.lane import Lane
from services.scanning.pairs import FolderPairs
from services.storages import paths
from services.storages.base import Storage as Adapter

BATCH = 20
BATCH_S = 0.25
SETTLE_NS = 3_000_000_000
"""A file whose time is younger may still be growing."""

MAX_ATTEMPTS = 2
MAX_COMPANION = 1024 * 1024
UNRECORDABLE = (IntegrityError, DataError, LookupError, TypeError, ValueError, OverflowError)
"""What recording a reading raises when something in it cannot be true."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How looking at one file ended. Not `final`: it is looked at again; `skipped`: as if it had not been tried."""

    file: File
    reading: Reading | None = None
    glance: Glance | None = None
    problem: str = ""
    final: bool = True
    killed: bool = False
    skipped: bool = False


class Reader:
    """Reads the pending files of one storage. `deferred` are folders with files that are not settled.

    With `others` the hashes that providers know are made on the way.
    """

    def __init__(
        self, storage: Storage, adapter: Adapter, pool: DecoderPool, store: RenditionStore, lane: Lane, *,
        zone: str, threads: int, others: bool,
    ) -> None:  # fmt: skip
        self.folders: set[int] = set()
        self.failed = 0
        self.deferred: set[str] = set()
        self._storage = storage
        self._adapter = adapter
        self._pool = pool
        self._store = store
        self._zone = zone
        self._lane = lane
        self._threads = threads
        self._others = others
        self._done = 0
        self._pairs = FolderPairs()

    def read_pending(self, run: Run, require_space: Callable[[], None]) -> int:
        """Read all that is pending; return how many files were read. Stops at `run`'s checkpoints."""
        self._pairs.forget()
        total = _pending(self._storage).count()
        if total:
            run.progress(0, total, message="")
        with ThreadPoolExecutor(self._threads, thread_name_prefix="read") as threads:
            self._pass(threads, self._files(), run, require_space, total)
            # what a decoder child died of once gets its second try when everything else is read
            again = list(_pending(self._storage).where(File.read_attempts > 0).order_by(File.id))
            self._pass(threads, iter(again), run, require_space, total)
        return self._done

    def _pass(
        self,
        threads: ThreadPoolExecutor,
        files: Iterator[File],
        run: Run,
        require_space: Callable[[], None],
        total: int,
    ) -> None:
        waiting: set[Future[Outcome]] = set()
        batch: list[Outcome] = []
        began = time.monotonic()
        try:
            for file in files:
                waiting.add(threads.submit(self._read, file))
                if len(waiting) < self._threads * 2:
                    continue
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                batch += [f.result() for f in done]
                if len(batch) >= BATCH or time.monotonic() - began > BATCH_S:
                    require_space()
                    self._write(run, batch, total)
                    batch, began = [], time.monotonic()
            batch += [f.result() for f in wait(waiting)[0]]
            self._write(run, batch, total)
        except BaseException:
            for future in waiting:
                future.cancel()
            raise

    def _files(self) -> Iterator[File]:
        """Pending files by id; each once, also those that stay pending."""
        last = 0
        while rows := list(_pending(self._storage).where(File.id > last).order_by(File.id).limit(200)):
            yield from rows
            last = rows[-1].id

    def _read(self, file: File) -> Outcome:
        """In a reading thread: the bytes to a decoder child, the rendition into the store."""
        try:
            if file.mtime_ns is not None and 0 <= time.time_ns() - file.mtime_ns < SETTLE_NS:
                return Outcome(file, final=False)
            return self._decode(file)
        except (Changed, StorageNotFound):
            return Outcome(file, final=False)
        except StorageError as error:
            return Outcome(file, problem=str(error), final=False)
        except DecoderKilled as error:
            return Outcome(file, problem=error.reason, killed=True)
        except DecoderError as error:
            return Outcome(file, problem=error.reason)
        finally:
            database.close()  # the thread's own connection, if looking for a sidecar opened one

    def _decode(self, file: File) -> Outcome:
        path = paths.join(file.folder.path, file.raw_name)
        with (
            self._adapter.open_read(path, expect_size=file.size) as handle,
            descriptor(handle, file.size) as fd,
        ):
            reading = self._pool.read(fd, self._hints(file), others=self._others)
        after = self._adapter.stat(path)
        if (after.size, after.mtime_ns) != (file.size, file.mtime_ns) or reading.size != file.size:
            return Outcome(file, final=False)
        if reading.rendition is not None:
            self._store.put(reading.sha256, GRID, reading.rendition)
        return Outcome(file, reading=reading)

    def _hints(self, file: File) -> Hints:
        return Hints(
            name=file.name, folder=shown(file.folder.path), size=file.size, mtime_ns=file.mtime_ns,
            first_seen_ns=file.seen_at * 1000, zone=self._zone, **self._companions(file),
        )  # fmt: skip

    def _companions(self, file: File) -> dict[str, bytes]:
        """The XMP sidecar and the Takeout JSON that belong to the file, if its folder has them."""
        found = self._pairs.of(file.folder_id, file.raw_name)
        read = {kind: self._small(paths.join(file.folder.path, name)) for kind, name in found.items()}
        return {kind: data for kind, data in read.items() if data is not None}

    def _small(self, path: str) -> bytes | None:
        """A small file as a whole; None when it is empty or too large to be what its name says."""
        size = self._adapter.stat(path).size
        if not 0 < size <= MAX_COMPANION:
            return None
        with self._adapter.open_read(path, expect_size=size) as handle:
            return bytes(handle.pread(0, size))

    def _write(self, run: Run, batch: list[Outcome], total: int) -> None:
        """Record a batch; what the catalogue refuses of one file keeps none of the others out."""
        try:
            self._record(run, batch)
        except UNRECORDABLE:
            for outcome in batch:
                self._record_alone(run, outcome)
        run.progress(min(self._done + self.failed, total), total)

    def _record(self, run: Run, batch: list[Outcome]) -> None:
        """Record outcomes in one transaction that also proves the job is still ours."""
        if not batch:
            return
        with self._lane.write():
            run.owned()
            current = [(o, file) for o in batch if (file := _fresh(o.file)) is not None]
            reads = [Read(file, o.reading) for o, file in current if o.reading is not None]
            catalogue.record(self._storage.owner_id, reads)
            glances = [(file, o.glance) for o, file in current if o.glance is not None]
            if glances:
                placing.record_glances(self._storage.owner_id, glances)
            for outcome, _ in current:
                if outcome.reading is None and outcome.glance is None and not outcome.skipped:
                    self._record_failure(outcome)
        self.folders |= {
            o.file.folder_id for o, _ in current if o.reading is not None or o.glance is not None
        }
        self._done += len(reads)

    def _record_alone(self, run: Run, outcome: Outcome) -> None:
        try:
            self._record(run, [outcome])
        except UNRECORDABLE:
            log.exception("what a file says of itself could not be recorded")
            said = "What it says of itself makes no sense, so it could not be recorded."
            self._record(run, [Outcome(outcome.file, problem=said)])

    def _record_failure(self, outcome: Outcome) -> None:
        """Quarantine what killed its child twice; leave for the next look what is not settled."""
        if not outcome.final:
            if outcome.problem:  # the storage refused: the next scan asks again, nothing sooner
                File.update(problem=outcome.problem).where(File.id == outcome.file.id).execute()
            else:
                self.deferred.add(outcome.file.folder.path)
            return
        attempts = File.select(File.read_attempts).where(File.id == outcome.file.id).tuples().get()[0] + 1
        if outcome.killed and attempts < MAX_ATTEMPTS:
            state = "pending"
        else:
            state = "quarantined" if outcome.killed else "failed"
            self.failed += 1
        log.warning("a file could not be read (try %d): %s", attempts, outcome.problem)
        File.update(read_state=state, read_attempts=attempts, read_at=now(), problem=outcome.problem).where(
            File.id == outcome.file.id
        ).execute()
        counters.bump_content()


def _pending(storage: Storage) -> ModelSelect:
    return (
        File.select(File, Folder)
        .join(Folder)
        .where((File.storage == storage) & (File.read_state == "pending") & (File.presence == "present"))
    )


def _fresh(file: File) -> File | None:
    """The row as it is now: an earlier read of the same batch may have given it an asset.

    None when it is gone, or when a scan has found other bytes in its place meanwhile.
    """
    now_there = File.get_or_none(File.id == file.id)
    if now_there is None or any(getattr(now_there, c) != getattr(file, c) for c in _BYTES):
        return None
    return now_there


_BYTES = ("size", "mtime_ns", "change_key")
