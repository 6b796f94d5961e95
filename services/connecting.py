"""Connecting storages: adding one, checking it, listing them with their health, removing one.

Removing a storage from Hypomos never touches its files.
"""

import difflib
import itertools
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from peewee import Case, IntegrityError, fn

from config import Settings
from services import access, budgets, revocations
from services.catalogue.forgetting import forget_items
from services.catalogue.recording import refresh_presence
from services.catalogue.timeline import recount
from services.clock import now
from services.errors import AccessDenied, Conflict, NotFound, UsageError
from services.establishing import establish
from services.feeds import Noticed, how_noticed
from services.identifiers import new_pid
from services.jobs import BY_PERSON, Jobs
from services.jobs.kinds import READ, SCAN
from services.matching import lose
from services.models import (
    Asset,
    CollectionItem,
    File,
    FileOperation,
    Folder,
    Grant,
    Item,
    Job,
    Storage,
    Trash,
    TrashFile,
    User,
    audit,
    counters,
    database,
    transaction,
)
from services.models.database import raw
from services.names import fold, shown
from services.quotas import Quotas
from services.storages import paths
from services.storages.base import Storage as Adapter
from services.storages.folders import check_folder
from services.storages.names import checked_storage_name
from services.storages.patterns import half_name, new_shelf
from services.storages.values import Fingerprint, Health, Quota
from services.viewers import Viewer

FORGET = "forget"
Kept = Literal["keep", "forget"]
KEPT = get_args(Kept)
"""What becomes of the items of a storage that is removed."""

AFTER_DEATH_S = 60
"""So long after a storage was removed it is seen whether that came to its end."""

STEP = 500
LOOK_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Overview:
    """A storage with counts for its owner, its newest scan job (None before the first), and whether it is being read.

    `reading` is about a storage far away, which is read by jobs of its own.
    """

    storage: Storage
    files: int
    items: int
    pending: int
    problems: int
    bytes: int
    job: Job | None
    noticed: Noticed
    reading: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """A storage and its newest scan job, without counting anything."""

    storage: Storage
    job: Job | None


@dataclass(frozen=True, slots=True)
class Look:
    """What lies in a folder right below it; `more` when counting was ended early."""

    path: str
    folders: int
    files: int
    more: bool
    names: tuple[str, ...]


class Connecting:
    """Storages as people connect them. `forget_content` drops the renditions of a content nobody has any more."""

    def __init__(
        self, settings: Settings, jobs: Jobs, adapter: Callable[[Storage], Adapter], *,
        forget_content: Callable[[str], None] = lambda content: None,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._jobs = jobs
        self._adapter = adapter
        self._forget_content = forget_content
        self.quotas = Quotas(adapter)

    def check_local(self, viewer: Viewer, path: str) -> Path:
        """The resolved folder, if this person may add it; raises UsageError with the reason if not."""
        if viewer.role == "child":
            raise AccessDenied("Storages are added by an adult of the household.")
        others = Storage.select(Storage.root).where((Storage.kind == "local") & Storage.removed_at.is_null())
        return check_folder(
            path,
            by_admin=viewer.is_admin,
            local_roots=self._settings.local_roots.get(viewer.login, ()),
            data_dir=self._settings.data,
            other_roots=[row[0] for row in others.tuples()],
        )

    def allowed_roots(self, viewer: Viewer) -> list[str]:
        """Below which folders this person may add one; empty for an administrator: anywhere fitting."""
        return [] if viewer.is_admin else list(self._settings.local_roots.get(viewer.login, ()))

    def look(self, root: Path) -> Look:
        """What lies in a folder right below it: a first impression before it is connected."""
        folders = files = 0
        names: list[str] = []
        with os.scandir(root) as entries:
            for entry in itertools.islice(entries, LOOK_LIMIT):
                folders += entry.is_dir(follow_symlinks=False)
                files += entry.is_file(follow_symlinks=False)
                if len(names) < 5:
                    names.append(shown(entry.name))
        return Look(str(root), folders, files, folders + files >= LOOK_LIMIT, tuple(names))

    def add_local(
        self, viewer: Viewer, name: str, path: str, *, writable: bool = False, owner: User | None = None
    ) -> Storage:
        """Connect a folder of this machine and begin to scan it.

        One that was removed with its items kept is the same storage again, and its items come back.
        `owner` is another person, for administrators only. Raises UsageError (folder, name),
        Conflict when the name is taken, AccessDenied.
        """
        if owner is not None and owner.id != viewer.user_id and not viewer.is_admin:
            raise AccessDenied("Only an administrator adds storages for others.")
        name = checked_storage_name(name)
        root = self.check_local(viewer, path)
        values: dict[str, Any] = {
            "pid": new_pid(), "owner": owner.id if owner else viewer.user_id, "name": name, "name_fold": fold(name),
            "kind": "local", "root": str(root), "options": {}, "writable": writable,
            "node": self._settings.node_name, "state": "online", "state_since": now(), "created_at": now(),
        }  # fmt: skip
        storage = establish(values, actor=viewer.user_id)
        self.start_scan(storage, by_person=True)
        return storage

    def statuses(self, viewer: Viewer) -> list[Status]:
        """The viewer's storages by name, and how they are: cheap, however many files they hold."""
        rows = list(access.visible_storages(viewer).order_by(Storage.name_fold))
        jobs = _newest_scans([s.id for s in rows])
        return [Status(s, jobs.get(s.id)) for s in rows]

    def overviews(self, viewer: Viewer) -> list[Overview]:
        """The viewer's storages by name, with their counts."""
        statuses = self.statuses(viewer)
        ids = [s.storage.id for s in statuses]
        counts = {row[0]: row[1:] for row in _counts(ids)}
        none = (0, 0, 0, 0)
        items = dict(
            Item.select(File.storage_id, fn.COUNT(Item.id.distinct()))
            .join(Asset, on=(Asset.item == Item.id)).join(File, on=(File.asset == Asset.id))
            .where(File.storage.in_(ids) & Item.trashed_at.is_null())
            .group_by(File.storage_id).tuples()
        )  # fmt: skip
        reading = _being_read(ids)
        overviews = []
        for status in statuses:
            s = status.storage
            files, pending, problems, size = (int(n) for n in counts.get(s.id, none))
            noticed = how_noticed(s, self._settings.scan_minutes)
            overviews.append(
                Overview(
                    s,
                    files,
                    items.get(s.id, 0),
                    pending,
                    problems,
                    size,
                    status.job,
                    noticed,
                    s.id in reading,
                )
            )
        return overviews

    def overview(self, viewer: Viewer, pid: str) -> Overview:
        """One storage of the viewer; raises NotFound."""
        for found in self.overviews(viewer):
            if found.storage.pid == pid:
                return found
        raise NotFound

    def problems(self, viewer: Viewer, pid: str, *, after: int = 0, limit: int = 100) -> list[File]:
        """Files of a storage with something wrong, in words (`problem`), by id after `after`."""
        storage = access.get_storage(viewer, pid)
        return list(
            File.select(File, Folder).join(Folder)
            .where((File.storage == storage) & (File.problem != "") & (File.id > after))
            .order_by(File.id).limit(limit)
        )  # fmt: skip

    def folder_problems(self, viewer: Viewer, pid: str) -> list[Folder]:
        """Folders of a storage that could not be listed, and why (`problem`); at most a hundred."""
        storage = access.get_storage(viewer, pid)
        query = Folder.select().where((Folder.storage == storage) & (Folder.problem != ""))
        return list(query.order_by(Folder.id).limit(100))

    def check(self, storage: Storage) -> Health:
        """Ask the storage itself how it is, now."""
        known = None if storage.canaries is None else Fingerprint.from_json(storage.canaries)
        return self._adapter(storage).probe(known)

    def scan(self, viewer: Viewer, pid: str) -> Job:
        """Scan a storage of the viewer now, before anything that is scheduled."""
        return self.start_scan(access.get_storage(viewer, pid), by_person=True)

    def scan_folder(self, viewer: Viewer, pid: str, path: str) -> Job:
        """Scan one folder of a viewer's storage with all below it, now.

        A folder that is not known yet is found by scanning the nearest one above it that is. Raises
        UsageError for what is no path.
        """
        storage = access.get_storage(viewer, pid)
        path = "/".join(paths.parts(path.strip("/")))
        while True:
            found = Folder.get_or_none((Folder.storage == storage) & (Folder.path == raw(path)))
            if found is not None or not path:
                break
            path = paths.parent(path)
        if not path or found is None:
            return self.start_scan(storage, by_person=True)
        return self._jobs.enqueue(
            SCAN, payload={"folders": [paths.to_json(path)], "deep": True}, priority=BY_PERSON,
            dedupe_key=f"{SCAN}:{storage.id}:{found.id}", user_id=storage.owner_id, storage_id=storage.id,
            node=storage.node,
        )  # fmt: skip

    def stop(self, viewer: Viewer, pid: str) -> int:
        """Stop what scans or reads a storage of the viewer's; gives how many jobs that was.

        It stays stopped until the next scan, by itself or by hand, which goes on where this one was.
        """
        storage = access.get_storage(viewer, pid)
        at_work = (Job.storage == storage) & Job.kind.in_([SCAN, READ]) & Job.finished_at.is_null()
        found = list(Job.select(Job.id).where(at_work))
        for job in found:
            self._jobs.cancel(job.id)
        return len(found)

    def set_budget(self, viewer: Viewer, pid: str, given: object) -> Storage:
        """Set what background reading of a viewer's storage may take: see `services.budgets`."""
        storage = access.get_storage(viewer, pid)
        budget = budgets.checked(given)
        with transaction():
            options = Storage.get_by_id(storage.id).options | {budgets.OPTION: budget}
            Storage.update(options=options).where(Storage.id == storage.id).execute()
        return access.get_storage(viewer, pid)

    def start_scan(
        self, storage: Storage, *, by_person: bool = False, folders: list[str] | None = None
    ) -> Job:
        """Have a storage scanned, or only some of its folders; joins a scan that waits already."""
        wanted = [] if folders is None else [paths.to_json(f) for f in folders]
        if folders is not None:
            waiting = self._jobs.find_waiting(
                SCAN, storage.id, lambda p: set(wanted) <= set(p.get("folders", wanted))
            )
            if waiting is not None:
                return waiting
        return self._jobs.enqueue(
            SCAN,
            payload={} if folders is None else {"folders": wanted},
            priority=BY_PERSON if by_person else 0,
            dedupe_key=f"{SCAN}:{storage.id}" if folders is None else None,
            user_id=storage.owner_id,
            storage_id=storage.id,
            node=storage.node,
        )

    def rename(self, viewer: Viewer, pid: str, name: str) -> Storage:
        """Give a storage another name."""
        storage = access.get_storage(viewer, pid)
        name = checked_storage_name(name)
        try:
            with transaction():
                Storage.update(name=name, name_fold=fold(name)).where(Storage.id == storage.id).execute()
        except IntegrityError as error:
            raise Conflict(
                f"There is a storage called “{name}” already. Choose another name.", field="name"
            ) from error
        return access.get_storage(viewer, pid)

    def resume(self, viewer: Viewer, pid: str) -> Storage:
        """The owner says that what vanished is really gone, or that this is the right folder: scan.

        Only the first word lifts the brake: the right folder may still be an empty one under a disk that
        is not mounted, and then the owner is asked once more.
        """
        storage = access.get_storage(viewer, pid)
        word, payload = ("confirmed", {"confirmed": True}) if storage.state == "paused" else ("anew", {})
        with transaction():
            Storage.update(
                state="online", state_reason="", state_since=now(), canaries=None, failures=0, retry_at=None
            ).where(Storage.id == storage.id).execute()
            audit.record("storage.resume", actor=viewer.user_id, subject=storage.owner_id, object=storage.pid)
        self._jobs.enqueue(
            SCAN, payload=payload, priority=BY_PERSON, dedupe_key=f"{SCAN}:{storage.id}:{word}",
            user_id=storage.owner_id, storage_id=storage.id, node=storage.node,
        )  # fmt: skip
        return access.get_storage(viewer, pid)

    def allow_writing(self, viewer: Viewer, pid: str, allowed: bool) -> Storage:
        """Open a storage for writing, or close it again; raises what its storage says when it cannot be written."""
        storage = access.get_storage(viewer, pid)
        values: dict[str, Any] = {"writable": allowed}
        if allowed and not storage.writable:
            storage.writable = True  # for this trial only
            adapter = self._adapter(storage)
            trial = half_name(new_shelf())
            adapter.write(trial, [], size=0)
            adapter.delete(trial, trash=False)
            # known by its marker from now on: the files it was known by may all be moved or deleted
            values["canaries"] = adapter.fingerprint().to_json()
        with transaction():
            Storage.update(**values).where(Storage.id == storage.id).execute()
            audit.record(
                "storage.writable", actor=viewer.user_id, subject=storage.owner_id, object=storage.pid, allowed=allowed
            )  # fmt: skip
        return access.get_storage(viewer, pid)

    def room(self, viewer: Viewer, pid: str) -> Quota | None:
        """The room left in a storage, asked of it now; None when it does not tell."""
        return self._adapter(access.get_storage(viewer, pid)).about()

    def quota(self, viewer: Viewer, pid: str) -> Quota | None:
        """The room of a storage as it said some minutes ago at most; None when it does not tell, or not yet."""
        return self.quotas.get(access.get_storage(viewer, pid).id)

    def remove(self, viewer: Viewer, pid: str, *, items: Kept = "keep") -> None:
        """Take a storage out of Hypomos. Its files stay as they are, whatever becomes of its items.

        With `keep` they stay in the catalogue as offline, and come back when the same storage is connected
        again; with `forget` those that no other storage holds leave it, with what its trash held.
        """
        storage = access.get_storage(viewer, pid)
        if items not in KEPT:
            raise UsageError(
                f"What becomes of its items is “keep” or “forget”, not “{items}”.", field="items"
            )
        gone = [("item", pid) for (pid,) in Item.select(Item.pid).where(_shared_here(storage)).tuples()]
        moment = now()
        with revocations.noting([("removed", storage.pid), *gone]), transaction():
            Storage.update(removed_at=moment).where(Storage.id == storage.id).execute()
            FileOperation.delete().where(FileOperation.storage == storage).execute()
            # what others see of it they see no more, and not by itself when it comes back
            Item.update(withdrawn_at=now()).where(_shared_here(storage)).execute()
            lose("storage", storage.id)
            counters.bump_policy()
            audit.record(
                "storage.remove", actor=viewer.user_id, subject=storage.owner_id, object=storage.pid, items=items
            )  # fmt: skip
            # done at once; the job is for a death from here on: nobody can ask again for what has no page any more
            job = self._jobs.enqueue(
                FORGET, payload={"storage": storage.id, "items": items, "removed_at": moment},
                dedupe_key=f"{FORGET}:{storage.id}:{moment}", delay_s=AFTER_DEATH_S,
            )  # fmt: skip
        with suppress(UsageError):  # a kind that this process cannot reach
            self._adapter(storage).let_go()
        self.finish_removing(storage.id, items, moment)
        with transaction():
            Job.delete().where((Job.id == job.id) & (Job.state == "queued")).execute()

    def finish_removing(self, storage_id: int, items: Kept, moment: int) -> int:
        """What follows when a storage was removed at that moment; returns how many files were forgotten.

        Nothing does once it is connected again, also when it was removed anew since: that is another word.
        """
        if not _was_removed(storage_id, moment):
            return 0
        for job in list(Job.select(Job.id).where((Job.storage == storage_id) & Job.finished_at.is_null())):
            self._jobs.cancel(job.id)
        if items == "forget":
            return self.forget(storage_id, moment)
        _set_aside(storage_id, moment)
        return 0

    def forget(self, storage_id: int, moment: int | None = None) -> int:
        """Take everything of a removed storage out of the catalogue, step by step; returns how many files.

        It ends where the storage is connected again meanwhile: what is left by then is kept.
        """
        forgotten = self._forget_all(_forget_files, storage_id, moment)
        self._forget_all(_forget_trash, storage_id, moment)
        with transaction():
            if _was_removed(storage_id, moment):
                below = (Folder.storage == storage_id) & Folder.parent.is_null(False)
                Folder.delete().where(below).execute()
        return forgotten

    def _forget_all(
        self, forget_some: Callable[[int], tuple[int, list[str]]], storage_id: int, moment: int | None
    ) -> int:
        forgotten, some = 0, 1
        while some:
            with transaction():
                some, contents = forget_some(storage_id) if _was_removed(storage_id, moment) else (0, [])
            self._drop_contents(contents)
            forgotten += some
        return forgotten

    def _drop_contents(self, contents: list[str]) -> None:
        for content in contents:
            self._forget_content(content)


def find_named(owner: str, name: str) -> Storage:
    """The storage `owner/name`, for commands run on the appliance; raises NotFound with the nearest name."""
    storages = Storage.select(Storage, User).join(User).where(Storage.removed_at.is_null())
    known = {f"{s.owner.login_fold}/{s.name_fold}": s for s in storages}
    wanted = f"{fold(owner)}/{fold(name)}"
    if wanted in known:
        return known[wanted]
    near = difflib.get_close_matches(wanted, known, n=1)
    hint = f" Did you mean “{known[near[0]].owner.login}/{known[near[0]].name}”?" if near else ""
    raise NotFound(f"There is no storage “{owner}/{name}”.{hint}")


def _shared_here(storage: Storage) -> Any:
    """The condition of the items that lie in this storage alone and are shared."""
    shared = (
        CollectionItem.select(CollectionItem.item_id)
        .join(Grant, on=(Grant.collection == CollectionItem.collection))
        .where((Grant.owner == storage.owner_id) & Grant.ended_at.is_null())
    )
    elsewhere = (
        Asset.select(Asset.item_id)
        .join(File, on=(File.asset == Asset.id))
        .join(Storage)
        .where((File.storage != storage) & Storage.removed_at.is_null() & (File.presence != "missing"))
    )
    here = Asset.select(Asset.item_id).join(File, on=(File.asset == Asset.id)).where(File.storage == storage)
    return Item.id.in_(here) & Item.id.in_(shared) & Item.id.not_in(elsewhere) & Item.withdrawn_at.is_null()


def _was_removed(storage_id: int, moment: int | None = None) -> bool:
    """Whether a storage is removed, and that since the moment, when one is given; it stays so in this transaction."""
    removed = Storage.removed_at.is_null(False) if moment is None else Storage.removed_at == moment
    return database.hold(Storage.canaries, (Storage.id == storage_id) & removed)


def _set_aside(storage_id: int, moment: int) -> None:
    """What is kept of a removed storage: its items are offline until it is connected again."""
    with transaction():
        if not _was_removed(storage_id, moment):
            return
        File.update(presence="suspect", absent_since=None).where(
            (File.storage == storage_id) & (File.presence == "present")
        ).execute()
    last = 0
    while ids := list(
        Item.select(Item.id).distinct().join(Asset).join(File)
        .where((File.storage == storage_id) & (Item.id > last)).order_by(Item.id).limit(STEP).tuples()
    ):  # fmt: skip
        with transaction():
            recount(refresh_presence([row[0] for row in ids]))
            counters.bump_content()
        last = ids[-1][0]


def _forget_files(storage_id: int) -> tuple[int, list[str]]:
    """Forget some files of a storage: how many those are, and the contents that nothing shows any more."""
    some = File.select(File.id, Asset.item_id).left_outer_join(Asset).where(File.storage == storage_id)
    rows = list(some.order_by(File.id).limit(STEP).tuples())
    File.delete().where(File.id.in_([row[0] for row in rows])).execute()
    return len(rows), forget_items({row[1] for row in rows if row[1] is not None})


def _forget_trash(storage_id: int) -> tuple[int, list[str]]:
    """The same with what lies in its trash."""
    some = Trash.select(Trash.id).where(Trash.storage == storage_id).limit(STEP)
    ids = [row[0] for row in some.tuples()]
    kept = TrashFile.select(Asset.item_id).join(Asset).where(TrashFile.trash.in_(ids))
    items = {row[0] for row in kept.tuples()}
    Trash.delete().where(Trash.id.in_(ids)).execute()
    return len(ids), forget_items(items)


def _newest_scans(ids: list[int]) -> dict[int, Job]:
    newest = Job.select(fn.MAX(Job.id)).where(Job.storage.in_(ids) & (Job.kind == SCAN)).group_by(Job.storage)
    return {j.storage_id: j for j in Job.select().where(Job.id.in_(newest))}


def _being_read(ids: list[int]) -> set[int]:
    at_work = (Job.kind == READ) & Job.finished_at.is_null() & ~Job.stop_asked
    return {
        storage for (storage,) in Job.select(Job.storage_id).where(at_work & Job.storage.in_(ids)).tuples()
    }


def _counts(ids: list[int]) -> Any:
    def count(condition: Any) -> Any:
        return fn.SUM(Case(None, ((condition, 1),), 0))

    return (
        File.select(
            File.storage_id,
            fn.COUNT(File.id),
            count((File.read_state == "pending") & (File.presence == "present")),
            count(File.problem != ""),
            fn.SUM(File.size),
        )
        .where(File.storage.in_(ids) & (File.presence != "missing"))
        .group_by(File.storage_id)
        .tuples()
    )
