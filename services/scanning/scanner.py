"""One scan of a storage, from the first look to the last group. Runs as a job; stops and resumes.

    probe     is this the storage we know? If not: offline, and nothing is concluded from it
    discover  folder by folder, what was added, changed, moved or is not there any more
    absence   what is not there becomes suspect, later missing; too much at once pauses the storage
    read      pending files go through a decoder child, results are recorded in small batches
    group     files that belong together become one item, in all folders marked since they were grouped last

What is done is recorded as it is done, so a killed scan begins again, and only what is left is read and grouped.

Before a full scan of a storage whose provider tells of changes its feed is asked for a cursor, which is
kept when the scan was complete: from there `following` goes on, and has `look` list just some folders.

A distant storage is only listed by the scan (`far_discovering`); jobs of kind `read`, half a minute each,
read it within its budget, as long as something is left (`far_reading`).

Threading: one scan runs in one job thread; reading uses further threads, writing happens in this one. A
storage is scanned by one thread at a time, and read by one job at a time.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from services.background import Background
from services.budgets import Pace
from services.catalogue import owner_zone, placing, ungrouped
from services.clock import SECOND, now
from services.errors import PutOff, StorageError, Unreadable
from services.health import hour, note_answers, note_failure, note_health, set_state
from services.jobs import BY_PERSON, Jobs, Run
from services.media.pool import DecoderPool
from services.media.rendition_store import RenditionStore
from services.models import File, Folder, Storage, transaction
from services.models.database import raw
from services.names import shown
from services.precedence import Precedence
from services.room import require_space
from services.scanning import absences, grouping
from services.scanning.changes import Plan
from services.scanning.discovering import Discovery
from services.scanning.far_discovering import FarDiscovery
from services.scanning.far_reading import FarReader
from services.scanning.lane import Lane
from services.scanning.near_copies import NearCopies
from services.scanning.read_jobs import budget_of, left, may_read, start_reading, try_refused_again, waiting
from services.scanning.reading import Reader
from services.storages import paths
from services.storages.base import Storage as Adapter
from services.storages.feeds import Feed
from services.storages.values import Fingerprint, Health

AGAIN_S = 5
TURN_S = 0.5
SLICE_S = 30.0
"""So long a job reads what is far away before others get their turn."""
IDLE_S = 10.0
LATER_S = 10.0
RETRY_S = 120.0
NOT_WHOLE = "Some folders could not be listed, so changes cannot be followed yet."

log = logging.getLogger(__name__)


class Scanner:
    """Scans storages. `data` is the data directory, whose free space is watched.

    `background` gives storages as all jobs beside it are to use them that nobody waits for.
    """

    def __init__(
        self, *, adapter: Callable[[Storage], Adapter], pool: DecoderPool, store: RenditionStore, jobs: Jobs,
        data: Path, readers: int, precedence: Precedence | None = None,
        open_feed: Callable[[Storage], Feed | None] = lambda storage: None,
    ) -> None:  # fmt: skip
        self._adapter = adapter
        self.background = Background(adapter, precedence)
        self._pool = pool
        self._store = store
        self._jobs = jobs
        self._data = data
        self._readers = readers
        self._lane = Lane()
        self._turns: dict[int, threading.Lock] = {}
        self._readings: dict[int, threading.Lock] = {}
        self._precedence = precedence
        self._open_feed = open_feed
        self._paces: dict[int, Pace] = {}

    def scan(self, run: Run) -> dict[str, Any]:
        """The job: scan `run.job.storage`, whole or only the payload's `folders`.

        `confirmed` in the payload is the owner's word that what vanished is gone, `regroup` says that files
        of the folders have moved. Raises NoSpace when the data directory is nearly full, PutOff while the
        storage is not to be asked.
        """
        storage = Storage.get_or_none(Storage.id == run.job.storage_id)
        if storage is None or storage.removed_at is not None:
            return {"state": "removed"}
        if run.payload.get("regroup"):  # files were moved here or away: their rows were right before
            self._mark(storage, run.payload["folders"])
        _require_due(run, storage)
        require_space(self._data)
        adapter = self.background(storage, run.checkpoint)
        if not self.is_there(storage, adapter):
            return {"state": storage.state, "reason": storage.state_reason}
        if "folders" in run.payload and not adapter.distant and self._turn(storage).locked():
            self._look_later(run, storage)
            return {"state": "later"}
        with self.alone(run, storage):
            scan = self._scan_far if adapter.distant else self._scan
            return scan(run, storage, adapter)

    def look(self, run: Run, storage: Storage, plan: Plan) -> dict[str, Any]:
        """List just some folders of a distant storage, inside of `alone`; what is new in them is read later.

        The `state` is “online” only when all is in the catalogue. Raises NoSpace as `scan` does.
        """
        require_space(self._data)
        if _explains_canaries(storage, plan):  # else it would pass for another storage
            with transaction():
                Storage.update(canaries=None).where(Storage.id == storage.id).execute()
            storage.canaries = None
        adapter = self.background(storage, run.checkpoint)
        if not self.is_there(storage, adapter):
            return {"state": storage.state, "reason": storage.state_reason}
        return self._scan_far(run, storage, adapter, plan)

    def is_there(self, storage: Storage, adapter: Adapter) -> bool:
        """Whether the storage answers and is the one we know; what keeps it from that is recorded."""
        known = None if storage.canaries is None else Fingerprint.from_json(storage.canaries)
        health = _probe(adapter, known)
        if health.online:
            return True
        if adapter.distant:
            note_health(storage, health)
        else:
            set_state(storage, "offline", health.reason)
        return False

    def read(self, run: Run) -> dict[str, Any]:
        """The job: read what is pending in the distant storage `run.job.storage`, for half a minute.

        Another job follows while something is left. One that meets another at work leaves it alone; scans
        go on meanwhile. Raises NoSpace as `scan` does.
        """
        storage = Storage.get_or_none(Storage.id == run.job.storage_id)
        if storage is None or storage.removed_at is not None:
            return {"state": "removed"}
        if storage.state in {"offline", "sign-in"} or (storage.retry_at or 0) > now():
            # the next scan that gets on goes on with it
            return {"state": storage.state, "reason": storage.state_reason}
        require_space(self._data)
        busy = self._readings.setdefault(storage.id, threading.Lock())
        if not busy.acquire(blocking=False):
            return {"state": "busy"}
        try:
            return self._read(run, storage)
        finally:
            busy.release()

    def _read(self, run: Run, storage: Storage) -> dict[str, Any]:
        adapter = self.background(storage, run.checkpoint)
        reader = self._far_reader(storage, adapter)
        read = reader.read_for(run, SLICE_S, lambda: require_space(self._data))
        with self.alone(run, storage):
            self._group(storage)
        storage = Storage.get_by_id(storage.id)
        if isinstance(reader.trouble, Unreadable):
            pass  # some files do not open, or none for now: the storage answers, and is read on later
        elif reader.trouble is not None:
            note_failure(storage, reader.trouble)
        elif storage.state in {"online", "slow"}:
            note_answers(storage, getattr(adapter, "median_s", 0.0))
        if reader.deferred:
            self._come_back(run, storage, reader.deferred)
        rest = waiting(storage).count()
        if rest and reader.trouble is None and may_read(storage):
            start_reading(self._jobs, storage, delay_s=0 if reader.folders else IDLE_S, after=run)
        return {
            "state": "online" if reader.trouble is None else storage.state, "read": read,
            "failed": reader.failed, "left": rest,
        }  # fmt: skip

    def read_now(self, run: Run, file: File, size: int, pool: DecoderPool) -> None:
        """Read a file that nobody has read yet because somebody wants to see it: see FarReader."""
        adapter = self._adapter(file.storage)
        self._far_reader(file.storage, adapter).read_now(run, file, size, pool)

    def _far_reader(self, storage: Storage, adapter: Adapter) -> FarReader:
        budget = budget_of(storage)
        return FarReader(
            storage, adapter, self._pool, self._store, self._lane, zone=owner_zone(storage.owner_id), budget=budget,
            pace=self._paces.setdefault(storage.id, Pace()), precedence=self._precedence, spool=self._data,
            near=NearCopies(storage, self._adapter, self._pool, self._lane),
        )  # fmt: skip

    def _group(self, storage: Storage) -> bool:
        """Group what is due; see `grouping.group`."""
        return grouping.group(storage, ungrouped.due(storage), self._lane.write)

    def _turn(self, storage: Storage) -> threading.Lock:
        return self._turns.setdefault(storage.id, threading.Lock())

    @contextmanager
    def alone(self, run: Run, storage: Storage) -> Iterator[None]:
        """Wait for our turn at this storage; can be stopped meanwhile."""
        alone = self._turn(storage)
        while not alone.acquire(timeout=TURN_S):
            run.checkpoint()
        try:
            yield
        finally:
            alone.release()

    def _mark(self, storage: Storage, folders: Iterable[str]) -> None:
        here = Folder.path.in_([paths.from_json(f) for f in folders])
        rows = Folder.select(Folder.id).where((Folder.storage == storage) & here)
        with self._lane.write():
            ungrouped.mark(row[0] for row in rows.tuples())

    def _look_later(self, run: Run, storage: Storage) -> None:
        """Some folders changed while the whole storage is being scanned: look at them after that."""
        wanted = run.payload["folders"]
        if self._jobs.find_waiting(
            "scan", storage.id, lambda p: set(wanted) <= set(p.get("folders", wanted))
        ):
            return
        self._jobs.enqueue(
            "scan", payload=run.payload, delay_s=LATER_S, user_id=storage.owner_id, storage_id=storage.id,
            node=storage.node,
        )  # fmt: skip

    def _scan(self, run: Run, storage: Storage, adapter: Adapter) -> dict[str, Any]:
        given = run.payload.get("folders")
        folders = None if given is None else [paths.from_json(f) for f in given]
        discovery = Discovery(storage, adapter, run, self._lane)
        discovery.walk(folders, deep=bool(run.payload.get("deep")))
        paused = absences.apply(
            storage, discovery, self._lane.write, confirmed=bool(run.payload.get("confirmed"))
        )
        if paused:
            set_state(storage, "paused", paused)
        elif storage.state != "online" and (folders is None or storage.state != "paused"):
            set_state(storage, "online", "")
        reader = Reader(
            storage, adapter, self._pool, self._store, self._lane, zone=owner_zone(storage.owner_id),
            threads=self._readers, others=placing.wants_hashes(storage.owner_id),
        )  # fmt: skip
        read = reader.read_pending(run, lambda: require_space(self._data))
        if self._group(storage):
            # a sidecar came after its picture: that one is read once more, with it
            read += reader.read_pending(run, lambda: require_space(self._data))
            self._group(storage)
        self._finish(
            storage, adapter, discovery, whole=folders is None, complete=folders is None and not paused
        )
        if reader.deferred:
            self._come_back(run, storage, reader.deferred)
        return {
            "state": storage.state, "found": discovery.found, "added": discovery.added,
            "changed": discovery.changed, "moved": discovery.moved, "absent": len(discovery.unseen),
            "read": read, "failed": reader.failed, "incomplete": [shown(path) for path in discovery.incomplete],
        }  # fmt: skip

    def _scan_far(
        self, run: Run, storage: Storage, adapter: Adapter, plan: Plan | None = None
    ) -> dict[str, Any]:
        """A whole scan, one of the payload's folders, or a look at what `plan` says."""
        given = run.payload.get("folders")
        whole = given is None and plan is None
        cursor = self._new_cursor(storage) if whole else None
        try:
            discovery = FarDiscovery(storage, adapter, run, self._lane)
        except StorageError as error:  # it cannot even say what it can do
            note_failure(storage, error)
            return {"state": storage.state, "reason": storage.state_reason}
        trouble: StorageError | None = None
        paused = ""
        try:
            _walk(discovery, run, plan)
        except StorageError as error:  # a fault is no listing: nothing is concluded from it
            trouble = error
            absences.restore(discovery.returned, self._lane.write)
            note_failure(storage, error)
        else:
            paused = absences.apply(
                storage, discovery, self._lane.write, confirmed=bool(run.payload.get("confirmed")),
                deleted=() if plan is None else plan.deleted,
            )  # fmt: skip
            if paused:
                set_state(storage, "paused", paused)
            elif whole or storage.state != "paused":
                self._lift(storage, adapter)
        self._group(storage)
        self._finish(
            storage, adapter, discovery, whole=whole, complete=whole and not paused and trouble is None,
            cursor=cursor, looked=plan is not None and not paused and trouble is None,
        )  # fmt: skip
        if trouble is None and left(storage).exists():
            with self._lane.write():
                try_refused_again(storage)
            start_reading(self._jobs, storage)
        if trouble is None and plan is not None and discovery.incomplete:
            self._look_again(storage, discovery.incomplete)
        state = storage.state if trouble is not None else "paused" if paused else "online"
        return {
            "state": state, "reason": storage.state_reason, "found": discovery.found, "added": discovery.added,
            "changed": discovery.changed, "moved": discovery.moved, "recognised": discovery.recognised,
            "absent": len(discovery.unseen), "read": 0, "failed": 0,
            "incomplete": [shown(path) for path in discovery.incomplete],
        }  # fmt: skip

    def _new_cursor(self, storage: Storage) -> str | None:
        """From where changes are told that this scan may miss; None when there is one, or no feed that works."""
        known = Storage.select(Storage.feed_cursor).where(Storage.id == storage.id).scalar()
        if known is not None:
            return None
        try:
            feed = self._open_feed(storage)
            if feed is None:
                return None
            try:
                return feed.start()
            finally:
                feed.close()
        except StorageError as error:
            with transaction():
                Storage.update(feed_problem=str(error)).where(Storage.id == storage.id).execute()
            return None

    def _lift(self, storage: Storage, adapter: Adapter) -> None:
        """A walk got on: whatever kept the storage from working is over, the brake too."""
        if storage.state == "paused":
            set_state(storage, "online", "")
        note_answers(storage, getattr(adapter, "median_s", 0.0))

    def _finish(
        self, storage: Storage, adapter: Adapter, discovery: Discovery, *, whole: bool, complete: bool,
        cursor: str | None = None, looked: bool = False,
    ) -> None:  # fmt: skip
        """Note what a scan has done. Only one that was `whole` counts as one by the clock, whatever came of it."""
        values: dict[str, Any] = {"scanned_at": now()} if whole else {}
        if complete and not discovery.incomplete:
            values["complete_at"] = now()
            with suppress(StorageError):  # what it was known by before still holds
                values["canaries"] = adapter.fingerprint().to_json()
            if cursor is not None:
                values |= {"feed_cursor": cursor, "feed_at": now(), "feed_problem": ""}
        elif cursor is not None:
            values["feed_problem"] = NOT_WHOLE
        if looked and storage.canaries is None:
            with suppress(StorageError):
                values["canaries"] = adapter.fingerprint().to_json()
        if values:
            with transaction():
                Storage.update(**values).where(Storage.id == storage.id).execute()

    def _come_back(self, run: Run, storage: Storage, folders: Iterable[str]) -> None:
        """Look again soon at folders with files that were still being written."""
        key = f"again:{storage.id}"
        if run.job.dedupe_key == key:
            key += ":more"  # this very job has that key until it ends
        self._jobs.enqueue(
            "scan", payload={"folders": [paths.to_json(f) for f in sorted(folders)]}, delay_s=AGAIN_S,
            dedupe_key=key, user_id=storage.owner_id, storage_id=storage.id, node=storage.node,
        )  # fmt: skip

    def _look_again(self, storage: Storage, folders: list[str]) -> None:
        """Folders that could not be listed although something changed in them are tried once more, with all below."""
        self._jobs.enqueue(
            "scan", payload={"folders": [paths.to_json(f) for f in sorted(set(folders))], "deep": True},
            delay_s=RETRY_S, user_id=storage.owner_id, storage_id=storage.id, node=storage.node,
        )  # fmt: skip

    def refresh(self, file_ids: Iterable[int]) -> None:
        """Have the folders of these files looked at soon: reading one found it absent or changed."""
        for file in File.select().where(File.id.in_(list(file_ids))):
            absences.suspect([file.id], self._lane.write)
            self._jobs.enqueue(
                "scan", payload={"folders": [paths.to_json(file.folder.path)]}, priority=20,
                dedupe_key=f"folder:{file.folder_id}", user_id=file.storage.owner_id,
                storage_id=file.storage_id, node=file.storage.node,
            )  # fmt: skip


def _require_due(run: Run, storage: Storage) -> None:
    """Raise PutOff while the storage is to be left alone.

    That it did not answer, or wanted a sign-in, keeps nobody from trying who has just put that right; that it asked
    to wait does.
    """
    at = storage.retry_at or 0
    is_away = storage.state in {"offline", "sign-in"}
    if at > now() and not (is_away and run.job.priority >= BY_PERSON):
        raise PutOff(f"The storage is asked again at {hour(at)} UTC.", retry_after=(at - now()) / SECOND)


def _explains_canaries(storage: Storage, plan: Plan) -> bool:
    """Whether all files by which a storage is known have left their places, as its provider itself says."""
    known = None if storage.canaries is None else Fingerprint.from_json(storage.canaries)
    if known is None or known.marker is not None or not known.canaries:
        return False
    places = {canary.path for canary in known.canaries}
    for path in places:
        here = (Folder.path == raw(paths.parent(path))) & (File.raw_name == raw(paths.leaf(path)))
        row = File.select(File.id).join(Folder).where((File.storage == storage) & here).first()
        if row is None or row.id not in plan.left:
            return False
    return True


def _walk(discovery: Discovery, run: Run, plan: Plan | None) -> None:
    if plan is not None:
        discovery.sought = frozenset(plan.deleted)
        discovery.walk(sorted(plan.folders), whole=plan.whole)
        return
    given = run.payload.get("folders")
    folders = None if given is None else [paths.from_json(f) for f in given]
    discovery.walk(folders, deep=bool(run.payload.get("deep")))


def _probe(adapter: Adapter, known: Fingerprint | None) -> Health:
    try:
        return adapter.probe(known)
    except StorageError as error:
        return Health.of(error)
