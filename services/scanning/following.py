"""Following what a provider tells: its changes become looks at just those folders, then the cursor is stored.

    notice    in a thread beside the jobs: has something changed? Dropbox says so at once, others are asked
    run       the job: read the changes since the cursor, look at what they concern, store the next cursor

The cursor is stored after all before it is in the catalogue, so a death repeats work and loses none. One
that the provider does not accept any more is forgotten: a full scan follows, which begins with a new one
(`Scanner`). All pages there are become one look, because a file that moved may be deleted on one page
and new on the next.

A provider that does not tell, while its storage answers, is said so on the storage's page; meanwhile the
storage is scanned by the clock as one without a feed.
"""

import logging
from collections.abc import Callable
from typing import Any

from services.clock import now
from services.errors import StorageError, StorageThrottled, Unauthorized
from services.feeds import EVERY_S
from services.health import note_answers, note_failure
from services.jobs import Jobs, Run
from services.jobs.kinds import SCAN
from services.models import Job, Storage, transaction
from services.scanning.changes import plan
from services.scanning.scanner import Scanner
from services.storages.feeds import Feed, FeedChange, follow

CHANGES = "changes"
WAIT_S = 480.0
SOON_S = 2.0
READ_S = 300.0
MOST_CHANGES = 20_000
"""So many are worked in at once; what comes after them waits for its turn."""
JOB_S = 600.0

OpenFeed = Callable[[Storage], Feed | None]

log = logging.getLogger(__name__)


class Follower:
    """Works in what providers tell. `open_feed` gives a new feed for each call."""

    def __init__(self, scanner: Scanner, open_feed: OpenFeed, jobs: Jobs) -> None:
        self._scanner = scanner
        self._jobs = jobs
        self.open_feed = open_feed

    def notice(self, storage_id: int, feed: Feed) -> float:
        """See once whether something has changed, and have it worked in; gives the seconds until the next look.

        With a feed that can wait this takes as long as nothing changes, at most some minutes.
        """
        storage = Storage.get_or_none(Storage.id == storage_id)
        if storage is None or not _may_follow(storage):
            return EVERY_S
        cursor = str(storage.feed_cursor)
        try:
            if feed.can_wait:
                wait = feed.wait(cursor, WAIT_S)
                found, pause_s, following = wait.changes, max(wait.pause_s, SOON_S), cursor
            else:
                page = feed.changes(cursor)
                found = bool(page.changes) or page.more or page.reset
                pause_s, following = EVERY_S, page.cursor
        except StorageError as error:
            self._note_trouble(storage, error)
            return EVERY_S
        if not found:
            self._note_read(storage, following)
            return pause_s
        job = self._jobs.wait(self._start(storage).id, JOB_S)
        is_on = Storage.select().where((Storage.id == storage.id) & (Storage.feed_cursor != cursor)).exists()
        return pause_s if job.state == "done" and is_on else EVERY_S

    def run(self, run: Run) -> dict[str, Any]:
        """The job: work in what the provider of `run.job.storage` tells. Raises NoSpace as a scan does."""
        storage = Storage.get_or_none(Storage.id == run.job.storage_id)
        if storage is None or storage.removed_at is not None:
            return {"state": "removed"}
        try:
            feed = self.open_feed(storage)
        except StorageError as error:
            return self._note_trouble(storage, error)
        if feed is None:
            return {"state": storage.state}
        try:
            with self._scanner.alone(run, storage):
                return self._work_in(run, Storage.get_by_id(storage.id), feed)
        finally:
            feed.close()

    def _work_in(self, run: Run, storage: Storage, feed: Feed) -> dict[str, Any]:
        if not _may_follow(storage):
            return {"state": storage.state, "reason": storage.state_reason}
        told: list[FeedChange] = []
        cursor, more, trouble = str(storage.feed_cursor), False, None
        try:
            for page in follow(feed, cursor, within_s=READ_S):
                run.checkpoint()
                if page.reset:
                    return self._begin_anew(storage)
                told += page.changes
                cursor, more = page.cursor, page.more
                if len(told) >= MOST_CHANGES:
                    break
        except StorageError as error:
            trouble = error  # the pages before it are as good as ever
        result: dict[str, Any] = {"changes": len(told)}
        if told:
            looked = self._scanner.look(run, storage, plan(storage, told, ignore_case=feed.ignores_case))
            if looked["state"] != "online":
                return result | looked
            result |= looked
        if trouble is not None:
            self._store(storage, cursor, run)
            return result | self._note_trouble(storage, trouble)
        self._note_read(storage, cursor, run)
        if more:
            self._start(storage, after=run)
        return result | {"state": storage.state, "reason": storage.state_reason}

    def _begin_anew(self, storage: Storage) -> dict[str, Any]:
        """Changes went unseen: only a full scan knows, and it begins with a new cursor."""
        log.info("a provider gave up a cursor: its storage is scanned")
        with transaction():
            Storage.update(feed_cursor=None).where(Storage.id == storage.id).execute()
        self._jobs.enqueue(
            SCAN, dedupe_key=f"{SCAN}:{storage.id}", user_id=storage.owner_id, storage_id=storage.id,
            node=storage.node,
        )  # fmt: skip
        return {"state": "anew"}

    def _note_read(self, storage: Storage, cursor: str, run: Run | None = None) -> None:
        """All that was told is in the catalogue."""
        self._store(storage, cursor, run, feed_at=now(), feed_problem="")
        if storage.state in {"offline", "slow"} or storage.retry_at is not None:
            adapter = self._scanner.background(storage)
            if self._scanner.is_there(storage, adapter):
                note_answers(storage, getattr(adapter, "median_s", 0.0))

    def _store(self, storage: Storage, cursor: str, run: Run | None, **more: Any) -> None:
        with transaction():
            if run is not None:
                run.owned()
            # somebody else may have been quicker, or have begun anew
            same = (Storage.id == storage.id) & (Storage.feed_cursor == storage.feed_cursor)
            Storage.update(feed_cursor=cursor, **more).where(same).execute()

    def _note_trouble(self, storage: Storage, error: StorageError) -> dict[str, Any]:
        """The provider did not tell: is it the storage, or only what tells of changes?"""
        if isinstance(error, Unauthorized | StorageThrottled):
            note_failure(storage, error)
        elif self._scanner.is_there(storage, self._scanner.background(storage)):
            log.warning("a provider does not tell what has changed: %s", error)
            with transaction():
                Storage.update(feed_problem=str(error)).where(Storage.id == storage.id).execute()
        return {"state": storage.state, "reason": storage.state_reason or str(error)}

    def _start(self, storage: Storage, after: Run | None = None) -> Job:
        key = f"{CHANGES}:{storage.id}"
        if after is not None and after.job.dedupe_key == key:
            key += ":more"  # that very job has the key until it ends
        return self._jobs.enqueue(
            CHANGES, dedupe_key=key, user_id=storage.owner_id, storage_id=storage.id, node=storage.node
        )


def _may_follow(storage: Storage) -> bool:
    """Whether there is a cursor to go on from, and nothing that its owner or its provider is waited for."""
    ready = storage.removed_at is None and storage.state in {"online", "slow", "offline"}
    return ready and storage.feed_cursor is not None and (storage.retry_at or 0) <= now()
