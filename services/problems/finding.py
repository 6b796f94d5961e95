"""Finding what is wrong: storages that are away, what had no room, what failed, broken queries, unread files.

Each kind is a source that is paged by the ids of its rows; a cursor names the source and the last id. All
that is asked for goes by `access.visible_storages`, or by the person whose job or collection it is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

from peewee import ModelSelect, fn

from services import access
from services.errors import UsageError
from services.models import Asset, Collection, File, FileOperation, Folder, Item, Job, Storage
from services.problems import wording
from services.storages import paths
from services.viewers import Viewer

Kind = Literal["state", "full", "job", "change", "feed", "query", "folder", "file"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""The order in which they are told: what keeps most from working comes first."""

MOST = 100
"""More than so many are not counted, nor shown together."""

BY_STORAGE = ("scan", "read", "changes")
"""Jobs of which the newest of a storage tells of all before it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: `what` and `todo` in words, `reason` as the storage or the decoder gave it.

    `id` names it for `Problems`; `again` tells whether trying again is of use, `leaves` whether it goes when
    its owner has seen it. `path` is a file or folder of the storage, `item` the item that a file belongs to;
    `collection` is that with a broken query, and `name` what it is called.
    """

    id: str
    kind: Kind
    state: str
    storage: Storage | None
    what: str
    reason: str
    todo: str
    since: int | None
    again: bool
    leaves: bool = False
    path: str | None = None
    item: str | None = None
    collection: str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """What is wrong in one storage (None: in the background, or with collections, each by itself).

    `more` continues the files after the last one.
    """

    storage: Storage | None
    problems: list[Problem]
    files: list[Problem]
    more: int | None


def count(viewer: Viewer, most: int = MOST) -> int:
    """How many things are wrong, counted up to `most`. Cheap: every page of the viewer asks."""
    found = 0
    for kind in KINDS:
        query, model, _ = _SOURCES[kind]
        found += query(viewer).select(model.id).limit(most).count()
        if found >= most:
            return most
    return found


def page(
    viewer: Viewer, *, cursor: str | None = None, limit: int = MOST, storage: Storage | None = None,
    kinds: tuple[Kind, ...] = KINDS,
) -> tuple[list[Problem], str | None]:  # fmt: skip
    """Some of all problems, or of those of one storage, and the cursor of those that follow."""
    first, after = (kinds[0], 0) if not cursor else _decode(cursor)
    found: list[Problem] = []
    last = cursor
    for kind in kinds[kinds.index(first) if first in kinds else len(kinds) :]:
        for row in _rows(viewer, kind, after if kind == first else 0, limit + 1 - len(found), storage):
            if len(found) == limit:
                return found, last
            found.append(_SOURCES[kind][2](row))
            last = f"{kind}:{row.id}"
    return found, None


def by_storage(viewer: Viewer, *, files: int) -> list[Group]:
    """All that is wrong, by storage, the storages by name; of each so many files at most."""
    heads, _ = page(viewer, limit=MOST * 5, kinds=KINDS[:-1])
    groups = []
    for storage in access.visible_storages(viewer).order_by(Storage.name_fold):
        here = [p for p in heads if p.storage == storage]
        read, more = files_of(viewer, storage, limit=files)
        if here or read:
            groups.append(Group(storage, here, read, more))
    nowhere = [p for p in heads if p.storage is None]
    for is_query in (False, True):
        if here := [p for p in nowhere if (p.kind == "query") is is_query]:
            groups.append(Group(None, here, [], None))
    return groups


def files_of(
    viewer: Viewer, storage: Storage, *, after: int = 0, limit: int
) -> tuple[list[Problem], int | None]:
    """Files of one storage with something wrong, by id after `after`, and after which id more follow."""
    rows = list(_rows(viewer, "file", after, limit + 1, storage))
    more = rows[limit - 1].id if len(rows) > limit else None
    return [_file(row) for row in rows[:limit]], more


def failed_jobs(viewer: Viewer) -> ModelSelect:
    """The viewer's jobs that failed and were not done since; of scans and the like the newest of a storage."""
    later = Job.alias()
    same_place = (later.storage == Job.storage) & Job.kind.in_(BY_STORAGE)
    same_key = later.dedupe_key == Job.dedupe_key
    is_whole = (later.dedupe_key ** "scan:%") & (
        ~(later.dedupe_key ** "scan:%:%")
        | (later.dedupe_key ** "scan:%:confirmed")
        | (later.dedupe_key ** "scan:%:anew")
    )
    done = (later.state == "done") & (same_key | (same_place & ((Job.kind != "scan") | is_whole)))
    failed = (later.state == "failed") & (same_key | same_place)
    follows = (later.kind == Job.kind) & (later.id > Job.id) & (later.user == Job.user)
    superseded = later.select(later.id).where(follows & (done | failed))
    return Job.select().where(
        (Job.user == viewer.user_id) & (Job.state == "failed") & Job.kind.in_(list(wording.JOBS))
        & (Job.storage.is_null() | Job.storage.in_(_mine(viewer))) & ~fn.EXISTS(superseded)
    )  # fmt: skip


def bad_files(viewer: Viewer) -> ModelSelect:
    """The viewer's files with something wrong that are not missing."""
    return access.visible_files(viewer).where((File.problem != "") & (File.presence != "missing"))


def bad_folders(viewer: Viewer) -> ModelSelect:
    """The viewer's folders that could not be listed."""
    return Folder.select().where(
        Folder.storage.in_(_mine(viewer)) & (Folder.problem != "") & (Folder.gone == False)  # noqa: E712 (a column)
    )


def broken_queries(viewer: Viewer) -> ModelSelect:
    """The viewer's collections whose query cannot be used."""
    mine = (Collection.owner == viewer.user_id) & Collection.deleted_at.is_null()
    return Collection.select().where(mine & (Collection.problem != ""))


def _mine(viewer: Viewer) -> ModelSelect:
    return access.visible_storages(viewer).select(Storage.id)


def _unwell(viewer: Viewer) -> ModelSelect:
    return access.visible_storages(viewer).where(Storage.state.in_(list(wording.STATES)))


def _full(viewer: Viewer) -> ModelSelect:
    return access.visible_storages(viewer).where(Storage.full_reason != "")


def _silent(viewer: Viewer) -> ModelSelect:
    """Storages whose feed does not work; those that do not work at all are told of as such."""
    well = Storage.state.in_(["online", "slow"])
    return access.visible_storages(viewer).where((Storage.feed_problem != "") & well)


def _let_go(viewer: Viewer) -> ModelSelect:
    """Changes that nobody is at, since their storage could not be asked what became of them."""
    left = (FileOperation.holder == "") & (FileOperation.kind.in_(list(wording.CHANGES)))
    return FileOperation.select().where(FileOperation.storage.in_(_mine(viewer)) & left)


def _rows(viewer: Viewer, kind: Kind, after: int, limit: int, storage: Storage | None) -> Iterator[Any]:
    query, model, _ = _SOURCES[kind]
    if storage is not None and model is Collection:
        return
    rows = query(viewer).where(model.id > after).order_by(model.id).limit(limit)
    if storage is not None:
        rows = rows.where((model.id if model is Storage else model.storage_id) == storage.id)
    if kind == "file":
        rows = rows.select(File, Folder, Storage, Asset, Item).join(Folder).switch(File).join(Storage)
        rows = rows.switch(File).left_outer_join(Asset).left_outer_join(Item)
    elif kind in {"folder", "change"}:
        rows = rows.select(model, Storage).join(Storage)
    elif kind == "job":
        rows = rows.select(Job, Storage).left_outer_join(Storage)
    yield from rows


def _state(row: Storage) -> Problem:
    what, todo = wording.STATES[row.state]
    return Problem(
        f"storage-{row.pid}", "state", row.state, row, what, row.state_reason, todo, row.state_since,
        again=row.state in {"offline", "slow"},
    )  # fmt: skip


def _no_room(row: Storage) -> Problem:
    what, todo = wording.FULL
    return Problem(f"full-{row.pid}", "full", "full", row, what, row.full_reason, todo, None, again=True)


def _feed(row: Storage) -> Problem:
    what, todo = wording.FEED
    return Problem(f"feed-{row.pid}", "feed", "feed", row, what, row.feed_problem, todo, None, again=False)


def _job(row: Job) -> Problem:
    what, todo = wording.JOBS[row.kind]
    again = row.kind != "transfer" or goes_on(row)
    if row.kind == "transfer" and again:
        todo = wording.TRANSFER_GOES_ON
    return Problem(
        f"job-{row.pid}", "job", row.kind, row.storage, what, row.error, todo, row.finished_at, again=again,
        leaves=True,
    )  # fmt: skip


def _change(row: FileOperation) -> Problem:
    path = row.target if row.kind == "restore" else row.path
    return Problem(
        f"change-{row.id}", "change", row.kind, row.storage, wording.CHANGES[row.kind], "",
        wording.CHANGE_DO, row.created_at, again=False, path=path or None,
    )  # fmt: skip


def _query(row: Collection) -> Problem:
    what, todo = wording.QUERY
    return Problem(
        f"query-{row.pid}", "query", "query", None, what, row.problem, todo, None, again=False, collection=row.pid,
        name=row.name,
    )  # fmt: skip


def _folder(row: Folder) -> Problem:
    what, todo = wording.FOLDER
    return Problem(
        f"folder-{row.id}", "folder", "folder", row.storage, what, row.problem, todo, None, again=True,
        path=row.path,
    )  # fmt: skip


def _file(row: File) -> Problem:
    what = wording.PARTLY if row.read_state == "done" else wording.FILE
    item = row.asset.item.pid if row.asset is not None else None
    return Problem(
        f"file-{row.pid}", "file", row.read_state, row.storage, what, row.problem, wording.FILE_DO, row.read_at,
        again=True, path=paths.join(row.folder.path, row.raw_name), item=item,
    )  # fmt: skip


def goes_on(job: Job) -> bool:
    """Whether the move of this job is still in the journal, so that it can be taken up again."""
    return bool(FileOperation.select().where(FileOperation.id == job.payload.get("operation")).exists())


_SOURCES: dict[Kind, tuple[Callable[[Viewer], ModelSelect], Any, Callable[[Any], Problem]]] = {
    "state": (_unwell, Storage, _state), "full": (_full, Storage, _no_room), "job": (failed_jobs, Job, _job),
    "change": (_let_go, FileOperation, _change), "feed": (_silent, Storage, _feed),
    "query": (broken_queries, Collection, _query),
    "folder": (bad_folders, Folder, _folder), "file": (bad_files, File, _file),
}  # fmt: skip


def _decode(cursor: str) -> tuple[Kind, int]:
    name, _, number = cursor.partition(":")
    for kind in KINDS:
        if kind == name and number.isascii() and number.isdigit() and len(number) < 19:
            return kind, int(number)
    raise UsageError("cursor is not one that a page gave; begin again without it.", field="cursor")
