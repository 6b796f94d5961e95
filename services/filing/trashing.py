"""The trash of a person's storages: what lies in it, bringing back, emptying, and what the clock clears away.

Things that went there by one act (all files of an item) are shown, brought back and deleted together.
By the clock nothing goes at once: what is old enough is marked first, and deleted at least a day
later, and never very much without its owner's word.
"""

from dataclasses import dataclass
from typing import Any

from peewee import ModelSelect, fn

from services import access
from services.clock import DAY, now
from services.errors import Conflict, HypomosError, NotFound, StorageNotFound, UsageError
from services.filing import finishing
from services.filing.hands import Hands, find_entry, free_path, is_folder
from services.filing.recovering import delete_for_good, settling
from services.jobs import Run
from services.models import FileOperation, Item, Job, Storage, Trash, database, transaction
from services.models.database import raw
from services.names import shown
from services.storages import paths
from services.storages.base import Storage as Adapter
from services.viewers import Viewer

PURGE = "purge"
GRACE = DAY
"""Between the day something was found old enough and the day it goes: time to notice a clock that jumped."""

FREELY, FREELY_SHARE, MOST = 20, 0.05, 500
"""By the clock go at most 20 files or 5 % of an owner's items at a time, whichever is more, and never over 500."""

MAX_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Thrown:
    """One line of the trash. `items` of more than one entry were put there by one act."""

    entry: Trash
    storage: Storage
    item: Item | None
    entries: int
    files: int
    size: int
    purged_at: int
    waits: bool


@dataclass(frozen=True, slots=True)
class Back:
    """What came back, and where it lies now."""

    storage: str
    path: str


class Trashing:
    """The trash, over all storages of a person. `days` is for how long something stays."""

    def __init__(self, hands: Hands, days: int) -> None:
        self._hands = hands
        self.days = days

    def page(self, viewer: Viewer, *, after: int | None = None, limit: int = 100) -> list[Thrown]:
        """What lies in the viewer's trash, newest first, from before the entry with id `after` on."""
        if not 1 <= limit <= MAX_LIMIT:
            raise UsageError(f"limit must be from 1 to {MAX_LIMIT}, not {limit}.", field="limit")
        query = self._leaders(viewer).order_by(Trash.id.desc()).limit(limit)
        return self._described(query if after is None else query.where(Trash.id < after))

    def count(self, viewer: Viewer) -> int:
        """How many lines the viewer's trash has."""
        return int(self._leaders(viewer).count())

    def get(self, viewer: Viewer, pid: str) -> Thrown:
        """One line of the viewer's trash; raises NotFound."""
        entry = _mine(viewer).where(Trash.pid == pid).first()
        if entry is None:
            raise NotFound
        found = self._described(self._leaders(viewer).where(Trash.batch == entry.batch))
        return found[0]

    def restore(self, viewer: Viewer, pid: str) -> list[Back]:
        """Bring everything of a line back; a taken name gets a free one, and nothing is overwritten."""
        wanted = [(e, *self._hands.writable(viewer, e.storage.pid)) for e in _batch(viewer, pid)]
        return [self._restore(viewer, *each) for each in wanted]

    def delete(self, viewer: Viewer, pid: str) -> None:
        """Delete everything of a line for good; raises NotFound."""
        for entry in _batch(viewer, pid):
            storage, adapter = self._hands.writable(viewer, entry.storage.pid)
            self._purge(entry, storage, adapter, viewer.user_id)

    def empty(self, viewer: Viewer) -> Job:
        """Have everything that is in the viewer's trash now deleted for good."""
        return self._enqueue(
            viewer.user_id, {"owner": viewer.user_id, "until": now(), "actor": viewer.user_id}
        )

    def emptying(self, viewer: Viewer) -> bool:
        """Whether the viewer's trash is being emptied."""
        key = f"{PURGE}:{viewer.user_id}"
        return bool(Job.select().where((Job.dedupe_key == key) & Job.finished_at.is_null()).exists())

    def left(self, viewer: Viewer) -> int:
        """How many files the last emptying of the viewer's trash had to leave, and that lie there still."""
        ended = (Job.dedupe_key == f"{PURGE}:{viewer.user_id}") & Job.finished_at.is_null(False)
        job = Job.select().where(ended).order_by(Job.id.desc()).first()
        if job is None or not (job.result or {}).get("left"):
            return 0
        there = _mine(viewer).where(Trash.trashed_at <= job.payload["until"])
        return sum(max(1, entry.files) for entry in there)  # an empty folder is of none

    def run(self, run: Run) -> dict[str, Any]:
        """The job: delete one owner's trash up to a moment, or only what is due by the clock."""
        owner, until = int(run.payload["owner"]), run.payload.get("until")
        wanted = (
            Trash.select(Trash, Storage)
            .join(Storage)
            .where((Trash.owner == owner) & Storage.removed_at.is_null())
        )
        if until is None:
            wanted = wanted.where(Trash.due_at.is_null(False) & (Trash.due_at <= now() - GRACE))
        else:
            wanted = wanted.where(Trash.trashed_at <= until)
        ids, done, left = [entry.id for entry in wanted.order_by(Trash.id)], 0, 0
        for id in ids:
            run.progress(done, len(ids))
            entry = wanted.where(Trash.id == id).first()
            if entry is None:  # it was brought back meanwhile, or its storage removed
                continue
            try:
                adapter = self._hands.adapter(entry.storage)
                adapter.require_writable()
                self._purge(entry, entry.storage, adapter, run.payload.get("actor"))
                done += 1
            except HypomosError:  # a storage that is away or closed keeps its trash; the others do not wait
                left += 1
        return {"deleted": done, "left": left}

    def purge_due(self, node: str) -> int:
        """Mark what has lain long enough, and have deleted what was marked a day ago; returns for how many owners."""
        here = Storage.select(Storage.id).where((Storage.node == node) & Storage.removed_at.is_null())
        old = Trash.storage.in_(here) & (Trash.trashed_at <= now() - self.days * DAY)
        with transaction():
            Trash.update(due_at=None).where(Trash.due_at > now()).execute()  # the clock had jumped
            Trash.update(due_at=now()).where(old & Trash.due_at.is_null()).execute()
        ready = Trash.select(Trash.owner_id, fn.SUM(Trash.files)).where(
            Trash.storage.in_(here) & (Trash.due_at <= now() - GRACE)
        )
        owners = [o for o, n in ready.group_by(Trash.owner_id).tuples() if not _brakes(o, int(n))]
        for owner in owners:
            self._enqueue(owner, {"owner": owner})
        return len(owners)

    def _enqueue(self, owner: int, payload: dict[str, Any]) -> Job:
        key = f"{PURGE}:{owner}" if "until" in payload else f"{PURGE}:{owner}:due"
        return self._hands.jobs.enqueue(PURGE, payload=payload, dedupe_key=key, user_id=owner)

    def _restore(self, viewer: Viewer, entry: Trash, storage: Storage, adapter: Adapter) -> Back:
        if entry.place is None:
            raise Conflict(f"“{entry.name}” lies in its provider's own trash; bring it back there.")
        if find_entry(adapter, entry.place) is None:
            raise StorageNotFound(f"“{entry.name}” is not in the storage's trash any more.")
        _make_folders(adapter, paths.parent(entry.path))
        target = free_path(adapter, entry.path)
        operation = self._hands.journal.begin(
            "restore", storage, entry.place, target, actor=viewer.user_id,
            require=lambda: _end_deleting(entry), trash=entry.id, free=True,
        )  # fmt: skip
        with settling(self._hands, operation):
            back = adapter.move(entry.place, target)
            finishing.restore(operation, entry, back)
        self._hands.look_at(storage, target if back.is_dir else paths.parent(target))
        return Back(storage.pid, target)

    def _purge(self, entry: Trash, storage: Storage, adapter: Adapter, actor: int | None) -> None:
        operation = self._hands.journal.begin(
            "purge", storage, entry.place or "", actor=actor, require=lambda: _require_lying(entry), trash=entry.id
        )  # fmt: skip
        with settling(self._hands, operation):
            if entry.place is not None:
                delete_for_good(adapter, entry.place)
            contents = finishing.purge(operation, entry)
        for content in contents:
            self._hands.store.remove(content)

    def _leaders(self, viewer: Viewer) -> ModelSelect:
        """The first entry of each act in the viewer's trash."""
        first = _mine(viewer).select(fn.MIN(Trash.id)).group_by(Trash.batch)
        return (
            Trash.select(Trash, Storage, Item)
            .join(Storage)
            .switch(Trash)
            .left_outer_join(Item)
            .where(Trash.id.in_(first))
        )

    def _described(self, leaders: ModelSelect) -> list[Thrown]:
        entries = list(leaders)
        sums = (
            Trash.select(Trash.batch, fn.COUNT(Trash.id), fn.SUM(Trash.files), fn.SUM(Trash.size))
            .where(Trash.batch.in_([e.batch for e in entries])).group_by(Trash.batch).tuples()
        )  # fmt: skip
        by_batch = {batch: (int(n), int(files), int(size)) for batch, n, files, size in sums}
        late = now() - GRACE - DAY  # so long after the day it was to go, it waits for its owner's word
        return [
            Thrown(
                e, e.storage, e.item, *by_batch[e.batch],
                purged_at=(e.due_at or e.trashed_at + self.days * DAY) + GRACE,
                waits=e.due_at is not None and e.due_at < late,
            )
            for e in entries
        ]  # fmt: skip


def _mine(viewer: Viewer) -> ModelSelect:
    """The entries of the viewer's trash, in storages that are connected."""
    return Trash.select().where(
        (Trash.owner == viewer.user_id)
        & Trash.storage.in_(access.visible_storages(viewer).select(Storage.id))
    )


def _batch(viewer: Viewer, pid: str) -> list[Trash]:
    """All entries of the act that one of them belongs to; raises NotFound."""
    entry = _mine(viewer).where(Trash.pid == pid).first()
    if entry is None:
        raise NotFound
    return list(_mine(viewer).where(Trash.batch == entry.batch).order_by(Trash.id))


def _under_way(kind: str, entry: Trash) -> ModelSelect:
    """The changes of this kind to an entry of the trash that have begun."""
    return FileOperation.select().where(_is_of(kind, entry))


def _is_of(kind: str, entry: Trash) -> Any:
    here = (FileOperation.storage == entry.storage_id) & (FileOperation.kind == kind)
    return here & (FileOperation.path == raw(entry.place or ""))


def _require_lying(entry: Trash) -> None:
    """Raise Conflict while something is on its way back: where that is a copy first, part of it is still here.

    Who deletes it once more goes on with what was begun. Of two who begin at once one waits, and sees the other.
    """
    database.hold(Trash.name, Trash.id == entry.id)
    if entry.place is not None and _under_way("restore", entry).exists():
        raise Conflict(f"“{entry.name}” is being brought back. Try again in a moment.")
    _let_go_of_deleting(entry)


def _end_deleting(entry: Trash) -> None:
    """What is brought back is not to be deleted for good any more; raises Conflict while somebody is at either."""
    _require_lying(entry)
    if _under_way("purge", entry).exists():
        raise Conflict(f"“{entry.name}” is being deleted for good.")


def _let_go_of_deleting(entry: Trash) -> None:
    # by its holder in the very statement: PostgreSQL looks at that once more after a wait
    if entry.place is not None:
        FileOperation.delete().where(_is_of("purge", entry) & (FileOperation.holder == "")).execute()


def _brakes(owner: int, files: int) -> bool:
    """Whether this is more than goes without its owner's word."""
    items = Item.select().where(Item.owner == owner).count()
    return files > MOST or files > max(FREELY, FREELY_SHARE * items)


def _make_folders(adapter: Adapter, folder: str) -> None:
    """The folder that something lay in, and those above it, if they are gone."""
    if is_folder(adapter, folder):
        return
    _make_folders(adapter, paths.parent(folder))
    try:
        adapter.make_folder(folder)
    except Conflict as error:
        if not is_folder(adapter, folder):
            raise UsageError(f"The folder “{shown(folder)}” cannot be made: {error}") from error
