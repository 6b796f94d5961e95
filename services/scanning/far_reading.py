"""Reading what is far away, a while at a time: glances at metadata first, then whole files, long videos last.

    glance    metadata from a few ranges; of a long video its poster as well
    read      the whole file once, into an unnamed copy: hashes, fingerprints, the grid rendition
    hash      a long video, when nothing else is waiting: one pass that keeps nothing

All within the storage's budget, and after people's reads (`services/background.py`). What is done is a row,
so that a reader that was killed goes on where it was. A storage that asks to wait, wants a sign-in or does
not answer ends the while (`trouble`); what the trouble kept from being read stays pending.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from peewee import Expression, ModelSelect

from services.budgets import Budget, Pace
from services.catalogue import placing
from services.catalogue.recording import LOOKS
from services.clock import now
from services.errors import (
    Changed,
    DecoderError,
    DecoderKilled,
    DecoderRefused,
    StorageError,
    StorageNotFound,
    StorageThrottled,
    Unauthorized,
    Unavailable,
)
from services.jobs import Run
from services.media.distant import Source
from services.media.pool import DecoderPool
from services.media.rendition_store import RenditionStore
from services.media.types import GRID, Hashes, Reading, metadata_from_json
from services.models import Asset, File, Folder, Storage, database
from services.precedence import Precedence
from services.scanning.descriptors import descriptor
from services.scanning.lane import Lane
from services.scanning.near_copies import NearCopies
from services.scanning.read_jobs import NOT_REFUSED, waiting
from services.scanning.reading import SETTLE_NS, Outcome, Reader
from services.storages import paths
from services.storages.base import Handle
from services.storages.base import Storage as Adapter

LONG = 200 << 20
"""Videos above this are glanced at only, until nothing else is waiting."""
GLANCE_BYTES = 8 << 20
POSTER_BYTES = 32 << 20
"""At most so much of one file is fetched for a glance, and for one with a poster."""
MOST_FAILURES = 3


class FarReader(Reader):
    """Reads the pending files of a distant storage. `trouble` is what ended it early, if anything did.

    `adapter` is the storage as the background uses it, but for `read_now`, for which somebody waits.
    """

    def __init__(
        self, storage: Storage, adapter: Adapter, pool: DecoderPool, store: RenditionStore, lane: Lane, *,
        zone: str, budget: Budget, pace: Pace, precedence: Precedence | None, spool: Path, near: NearCopies,
    ) -> None:  # fmt: skip
        super().__init__(storage, adapter, pool, store, lane, zone=zone, threads=budget.at_once, others=True)
        self.trouble: StorageError | None = None
        self._budget = budget
        self._pace = pace
        self._precedence = precedence
        self._spool = spool
        self._near = near
        self._failures = 0
        self._run: Run | None = None

    def read_for(self, run: Run, seconds: float, require_space: Callable[[], None]) -> int:
        """Read for about so many seconds; return how many files were read. Stops at `run`'s checkpoints."""
        self._run = run
        until = time.monotonic() + seconds
        with ThreadPoolExecutor(self._threads, thread_name_prefix="far") as threads:
            for phase in self._phases():  # each is recorded before the next one begins
                total = waiting(self._storage).count()
                self._pass(threads, self._due(phase, until), run, require_space, self._done + total)
        return self._done

    def read_now(self, run: Run, file: File, size: int, pool: DecoderPool) -> None:
        """Somebody wants to see a file that was not read: read it now and keep a rendition of `size` pixels.

        Of a long video only what its poster needs is fetched. Raises StorageError and DecoderError.
        """
        path = paths.join(file.folder.path, file.raw_name)
        hints = self._hints(file)
        with self._adapter.open_read(path, expect_size=file.size, expect_key=file.change_key) as handle:
            told = _Told(handle, self._tell)
            if is_long(file):
                made = pool.render_far(Source(told.pread, file.size, limit=POSTER_BYTES), size, hints)
                handle.check()
                self._store.put(placing.content_key(file.asset), size, made.data)
                return
            with descriptor(told, file.size, self._spool) as fd:
                reading = pool.read(fd, hints, others=True)
                larger = pool.render(fd, size, hints) if size != GRID and reading.rendition else None
            handle.check()
        if reading.rendition is not None:
            self._store.put(reading.sha256, GRID, reading.rendition)
        if larger is not None:
            self._store.put(reading.sha256, size, larger.data)
        self._write(run, [Outcome(file, reading=reading)], 1)
        if reading.rendition is None:
            raise DecoderRefused(reading.damaged or "there is no picture in this file")

    def _phases(self) -> list[Expression]:
        """What is done in turn: glances, whole files, those that failed once, and long videos last."""
        rest = (File.glance != "pending") & (File.read_state == "pending")
        is_long = (File.size > LONG) & (File.mime.startswith("video/"))
        phases = [File.glance == "pending"]
        if self._budget.is_open(now()):
            once = rest & (File.read_attempts == 0)
            phases += [once & ~is_long, rest & (File.read_attempts > 0), once & is_long]
        return phases

    def _due(self, phase: Expression, until: float) -> Iterator[File]:
        """The files of one phase, each once, until the time is over or the storage makes trouble."""
        last = 0
        wanted = _present(self._storage).where(phase & NOT_REFUSED).order_by(File.id)
        while rows := list(wanted.where(File.id > last).limit(50)):
            for file in rows:
                if time.monotonic() >= until or self.trouble is not None:
                    return
                if not self._adopted(file):
                    yield file
            last = rows[-1].id

    def _adopted(self, file: File) -> bool:
        """Whether a copy that was read makes reading this file needless, meanwhile or near us long ago."""
        told = [(file, file.listed or {})]
        (known,) = placing.recognise(self._storage.owner_id, told)
        if known is None and self._near.learn(file, self._checkpoint()):
            (known,) = placing.recognise(self._storage.owner_id, told)
        if known is None:
            return False
        with self._lane.write():
            done = placing.adopt(self._storage.owner_id, [(file, known)])
        self.folders |= {file.folder_id} if done else set()
        return bool(done)

    def _read(self, file: File) -> Outcome:
        """In a reading thread; see Reader."""
        if self.trouble is not None:
            return Outcome(file, skipped=True)
        try:
            outcome = self._look(file)
        except (Changed, StorageNotFound):
            return Outcome(file, final=False)
        except (Unauthorized, StorageThrottled) as error:
            self.trouble = error
            return Outcome(file, skipped=True)
        except Unavailable as error:
            self._failures += 1
            if self._failures < MOST_FAILURES:
                return Outcome(file, problem=str(error), final=False)
            self.trouble = error
            return Outcome(file, skipped=True)
        except StorageError as error:
            return Outcome(file, problem=str(error), final=False)
        except DecoderKilled as error:
            return Outcome(file, problem=error.reason, killed=True)
        except DecoderError as error:
            return Outcome(file, problem=error.reason)
        finally:
            database.close()  # the thread's own connection
        self._failures = 0
        return outcome

    def _record_failure(self, outcome: Outcome) -> None:
        """A file that cannot be glanced at is read as a whole, where everything else is decided."""
        if outcome.final and outcome.file.glance == "pending":
            File.update(glance="failed").where(File.id == outcome.file.id).execute()
            return
        super()._record_failure(outcome)
        if not outcome.final and outcome.problem:
            File.update(read_attempts=0).where(File.id == outcome.file.id).execute()

    def _look(self, file: File) -> Outcome:
        if file.mtime_ns is not None and 0 <= time.time_ns() - file.mtime_ns < SETTLE_NS:
            return Outcome(file, skipped=True)  # it may still be growing
        path = paths.join(file.folder.path, file.raw_name)
        hints = self._hints(file)
        with self._adapter.open_read(path, expect_size=file.size, expect_key=file.change_key) as handle:
            told = _Told(handle, self._wait)
            if file.glance == "pending":
                long = is_long(file)
                source = Source(told.pread, file.size, limit=POSTER_BYTES if long else GLANCE_BYTES)
                glance = self._pool.glance(source, hints, poster=long)
                if glance.rendition is not None:
                    self._store.put(placing.content_key(file.asset), GRID, glance.rendition)
                return Outcome(file, glance=glance)
            if is_long(file):
                hashes = self._pool.hash_far(Source(told.pread, file.size), hints)
                handle.check()
                return Outcome(file, reading=self._long_reading(file, hashes))
            with descriptor(told, file.size, self._spool) as fd:
                reading = self._pool.read(fd, hints, others=self._others)
            handle.check()
        if reading.rendition is not None:
            self._store.put(reading.sha256, GRID, reading.rendition)
        return Outcome(file, reading=reading)

    def _long_reading(self, file: File, hashes: Hashes) -> Reading:
        """What is known of a long video, with its hashes; its poster from then on is kept by them."""
        asset = file.asset
        meta = {name: value for name, value in asset.meta.items() if name not in LOOKS}
        before = placing.content_key(asset)
        poster = self._store.get(before, GRID)
        if poster is not None and before != hashes.sha256:
            self._store.put(hashes.sha256, GRID, poster)
            self._store.remove(before)
        metadata, prints = metadata_from_json(meta), placing.fingerprints_of(asset)
        return Reading(hashes.sha256, hashes.size, None, metadata, prints, poster, hashes=hashes.hashes)

    def _wait(self, count: int) -> None:
        """Before a background read: the budget lasts."""
        self._pace.take(count, self._budget.bytes_per_second, self._checkpoint(), time.sleep)

    def _checkpoint(self) -> Callable[[], None]:
        return self._run.checkpoint if self._run is not None else _nothing

    def _tell(self, count: int) -> None:
        """Before a read for somebody who waits: others make room."""
        del count
        if self._precedence is not None:
            self._precedence.note(self._storage.id)


class _Told(Handle):
    """A handle that tells how many bytes are about to be read."""

    def __init__(self, inner: Handle, before: Callable[[int], None]) -> None:
        self.entry = inner.entry
        self._inner = inner
        self._before = before

    def pread(self, offset: int, length: int) -> bytes:
        self._before(self.reach(offset, length))
        return self._inner.pread(offset, length)

    def check(self) -> None:
        self._inner.check()

    def close(self) -> None:
        self._inner.close()

    def expect(self, start: int, end: int) -> None:
        self._inner.expect(start, end)


def is_long(file: File) -> bool:
    """Whether a file is a video too long to be read as a whole while others wait."""
    return file.size > LONG and (file.mime or "").startswith("video/")


def _present(storage: Storage) -> ModelSelect:
    return (
        File.select(File, Folder, Asset)
        .join(Folder)
        .switch(File)
        .left_outer_join(Asset)
        .where((File.storage == storage) & (File.presence == "present"))
    )


def _nothing() -> None:
    """No checkpoint."""
