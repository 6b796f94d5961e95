"""What each kind of job does: thin calls of the use cases, and what is due by the clock.

A handler takes the run of a job and returns its result. It may be run again after a crash, so each
one records what it has done as it goes.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from peewee import fn

from services import catalogue, masks, matching
from services.broker import AWAY
from services.clock import DAY, HOUR, LONGEST_WAIT, MINUTE, SECOND, now
from services.connecting import FORGET, Connecting
from services.errors import DecoderError, DecoderRefused, NotFound, StorageError, UsageError
from services.events import DISCARD, FREE, Discarding, Freeing
from services.filing import PURGE, TRANSFER, Filing, Transfers, Trashing, recover
from services.filing.hands import Hands
from services.jobs import Handler, Jobs, Run, moments
from services.jobs.kinds import READ, SCAN
from services.jobs.stopping import was_stopped
from services.masks import KIND as MASK
from services.media.distant import Source
from services.media.pool import DecoderPool
from services.media.rendition_store import RenditionStore
from services.media.types import Hints
from services.models import Asset, File, Job, Storage, counters, transaction
from services.pictures import NOTICE, PICTURE, Making
from services.pictures.files import files_of, require_same, unread_files_of
from services.renditions import KIND as RENDER
from services.scanning import Scanner
from services.scanning.descriptors import descriptor
from services.scanning.following import CHANGES, Follower
from services.storages import absence, paths
from services.storages.base import Storage as Adapter
from services.uploads import UPLOAD, Storing

ABSENT = "absent"
MATCH = "match"

log = logging.getLogger(__name__)


def handlers(
    scanner: Scanner, adapter: Callable[[Storage], Adapter], pool: DecoderPool, store: RenditionStore, *,
    filing: Filing, trashing: Trashing, transfers: Transfers, connecting: Connecting, follower: Follower,
    storing: Storing,
) -> Mapping[str, Handler]:  # fmt: skip
    """The handler of every kind of job."""

    def render(run: Run) -> dict[str, Any]:
        return _render(run, scanner, adapter, pool, store)

    def absent(run: Run) -> dict[str, Any]:
        scanner.refresh([int(run.payload["file"])])
        return {}

    def forget(run: Run) -> dict[str, Any]:
        storage, moment = int(run.payload["storage"]), run.payload.get("removed_at")
        if moment is None:  # of a release that made the job for forgetting alone
            return {"files": connecting.forget(storage)}
        return {"files": connecting.finish_removing(storage, run.payload["items"], int(moment))}

    def mask(run: Run) -> dict[str, Any]:
        return _mask(run, adapter, pool)

    def match(run: Run) -> dict[str, Any]:
        return {"done": matching.evaluate(int(run.payload["collection"]), tell=run.progress)}

    making = Making(adapter, pool, store, scanner.read_now)
    return {
        PICTURE: _untold(making.picture), NOTICE: making.notice,
        catalogue.REDATE: catalogue.redate,
        MASK: _untold(mask), MATCH: match, SCAN: scanner.scan, READ: scanner.read, RENDER: _untold(render),
        ABSENT: absent,
        PURGE: trashing.run,
        TRANSFER: transfers.run, FORGET: forget, CHANGES: follower.run,
        DISCARD: _untold(Discarding(filing).run), FREE: Freeing(filing).run, UPLOAD: storing.run,
    }  # fmt: skip


def _untold(handler: Handler) -> Handler:
    """For jobs that are not of the files' owner alone: what goes wrong names no path of theirs to whoever reads it.

    It stays the same error but for its words.
    """

    def run(run: Run) -> dict[str, Any] | None:
        try:
            return handler(run)
        except StorageError as error:
            error.args = (AWAY,)
            raise

    return run


def report_absent(jobs: Jobs) -> Callable[[int], None]:
    """What the broker calls when a storage does not have a file any more: looked at soon, by a job."""

    def report(file: int) -> None:
        jobs.enqueue(ABSENT, payload={"file": file}, priority=20, dedupe_key=f"{ABSENT}:{file}")

    return report


def enqueue_due(connecting: Connecting, minutes: int, node: str) -> int:
    """Have every storage of this node scanned whose last scan is `minutes` old; return how many.

    One with suspect files is looked at again within the hour, one that is away or wants a sign-in each time, and a
    distant one not before the time it was told to be asked again. One whose provider tells of changes is scanned
    as a whole once a day. Where somebody stopped a scan, the next one comes after so many minutes.
    """
    _forget_ahead(node)
    scanned = Storage.scanned_at
    suspect = Storage.id.in_(File.select(File.storage).where(File.presence == "suspect"))
    told = (
        Storage.feed_cursor.is_null(False) & (Storage.feed_problem == "")
        & (fn.COALESCE(Storage.feed_at, 0) > now() - max(minutes * MINUTE, HOUR))
    )  # fmt: skip
    daily = Storage.complete_at.is_null() | (Storage.complete_at < now() - DAY)
    due = Storage.select().where(
        Storage.removed_at.is_null()
        & (Storage.node == node)
        & (Storage.retry_at.is_null() | (Storage.retry_at <= now()))
        & (
            scanned.is_null()
            | Storage.state.in_(["offline", "sign-in"])
            | (told & daily)
            | (~told & (scanned < now() - minutes * MINUTE))
            | (~told & suspect & (scanned < now() - absence.RECHECK))
            | (~told & Storage.retry_at.is_null(False))
        )
    )
    found = [s for s in due if not _tried_lately(s, minutes)]
    for storage in found:
        connecting.start_scan(storage)
    return len(found)


def _forget_ahead(node: str) -> None:
    """Moments that are to come: a clock that was set back since wrote them, and nothing is to wait for those."""
    moment = now()
    for column, most in (
        (Storage.retry_at, LONGEST_WAIT), (Storage.scanned_at, HOUR), (Storage.complete_at, HOUR),
        (Storage.feed_at, HOUR),
    ):  # fmt: skip
        ahead = (Storage.node == node) & (column > moment + most)
        if Storage.select().where(ahead).exists():
            with transaction():
                Storage.update({column: None}).where(ahead).execute()


def _tried_lately(storage: Storage, minutes: int) -> bool:
    """Whether a whole scan of a storage was begun that should have done, or somebody stopped it."""
    lately = (Job.created_at > moments.wall(-minutes * 60)) & (Job.created_at <= moments.wall(HOUR / SECOND))
    whole = Job.dedupe_key == f"{SCAN}:{storage.id}"
    if was_stopped(whole, within_s=minutes * 60):
        return True
    told = storage.feed_cursor is not None and storage.state in {"online", "slow"}
    return told and Job.select().where(whole & lately).exists()


def settle_files(hands: Hands) -> int:
    """Put right what a process that died in the middle of changing files left behind; gives how many."""
    return recover(hands)


def clear_trash(trashing: Trashing, transfers: Transfers, node: str) -> None:
    """Delete for good what has lain in the trash long enough; take up moves between storages that stand still."""
    trashing.purge_due(node)
    transfers.resume(node)


def end_abandoned(adapter: Callable[[Storage], Adapter], node: str) -> int:
    """End uploads that nobody goes on with, whose parts cost money unseen; gives in how many storages.

    Only where the storage is open for writing and answers; one that does not is passed over.
    """
    done = 0
    for storage in Storage.select().where(
        Storage.removed_at.is_null() & (Storage.node == node) & Storage.writable & (Storage.kind != "local")
        & Storage.state.in_(["online", "slow"]) & Storage.retry_at.is_null()
    ):  # fmt: skip
        try:
            adapter(storage).end_abandoned()
            done += 1
        except (StorageError, UsageError) as error:
            log.info("uploads that nobody goes on with could not be looked for in a storage: %s", error)
    return done


def match_due(jobs: Jobs) -> int:
    """Have dynamic collections evaluated that are new, changed, or ask for the time of day; returns how many."""
    found = matching.due()
    for collection in found:
        jobs.enqueue(MATCH, payload={"collection": collection}, dedupe_key=f"{MATCH}:{collection}")
    return len(found)


def tick_clock() -> None:
    """Move the persisted clock mark, by which expiry is judged."""
    with transaction():
        counters.raise_clock(now())


def _render(
    run: Run,
    scanner: Scanner,
    adapter: Callable[[Storage], Adapter],
    pool: DecoderPool,
    store: RenditionStore,
) -> dict[str, Any]:
    """Make one rendition of an asset, from whichever of its files can be read."""
    asset = Asset.get_or_none(Asset.id == run.payload["asset"])
    if asset is None:
        raise NotFound("The picture is not in the catalogue any more.")
    size = int(run.payload["size"])
    if asset.sha256 is None:
        return _render_unread(run, scanner, asset, size, pool)
    sha = bytes(asset.sha256).hex()
    problem: Exception = NotFound("No storage that holds this picture can be reached.")
    for file in files_of(asset):
        path = paths.join(file.folder.path, file.raw_name)
        hints = Hints(name=file.name, size=file.size, mtime_ns=file.mtime_ns)
        try:
            opened = adapter(file.storage).open_read(path, expect_size=file.size)
            with opened as handle, descriptor(handle, file.size) as fd:
                rendition = pool.render(fd, size, hints)
            require_same(adapter(file.storage).stat(path), file)
        except (StorageError, DecoderError) as error:
            log.info("a rendition could not be made: %s", error)
            problem = error
        else:
            store.put(sha, size, rendition.data)
            return {"bytes": len(rendition.data)}
    raise problem


def _mask(run: Run, adapter: Callable[[Storage], Adapter], pool: DecoderPool) -> dict[str, Any]:
    """Find the masks of an asset, from whichever of its files can be read."""
    asset = Asset.get_or_none(Asset.id == run.payload["asset"])
    if asset is None or asset.sha256 is None:
        raise NotFound("The picture is not in the catalogue any more.")
    problem: Exception = NotFound("No storage that holds this picture can be reached.")
    for file in files_of(asset):
        path = paths.join(file.folder.path, file.raw_name)
        hints = Hints(name=file.name, size=file.size, mtime_ns=file.mtime_ns)
        try:
            with adapter(file.storage).open_read(path, expect_size=file.size) as handle:
                fd = handle.fileno()
                far = Source(handle.pread, file.size)
                found = pool.mask_far(far, hints) if fd is None else pool.mask(fd, hints)
            require_same(adapter(file.storage).stat(path), file)
        except DecoderRefused as error:
            log.info("masks cannot be found: %s", error)
            found = None
        except (StorageError, DecoderError) as error:
            log.info("masks could not be found: %s", error)
            problem = error
            continue
        masks.record(asset, found)
        return {"masks": None if found is None else len(found)}
    raise problem


def _render_unread(run: Run, scanner: Scanner, asset: Asset, size: int, pool: DecoderPool) -> dict[str, Any]:
    """Somebody wants to see what was only listed: its file is read now, before anything else of its storage."""
    problem: Exception = NotFound("No storage that holds this picture can be reached.")
    for file in unread_files_of(asset):
        try:
            scanner.read_now(run, file, size, pool)
        except (StorageError, DecoderError) as error:
            log.info("a file could not be read for somebody who waits: %s", error)
            problem = error
        else:
            return {"read": True}
    raise problem
