"""Browsing: the folders and files of a storage as the catalogue knows them, for its owner."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any, NamedTuple

from peewee import ModelSelect

from services import access, broker
from services.errors import NotFound, UsageError
from services.filing import placing
from services.filing.hands import require_there
from services.models import Asset, File, Folder, Item, Storage
from services.storages import paths
from services.viewers import Viewer


@dataclass(frozen=True, slots=True)
class Place:
    """A folder or a file in a storage; `item` is the public id of the item that a file shows."""

    path: str
    name: str
    is_dir: bool
    size: int = 0
    mtime_ns: int | None = None
    presence: str = "present"
    etag: str = ""
    mime: str = ""
    item: str | None = None
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A folder with what is in it: folders first, then files; `next` is where to go on, None at the end."""

    storage: Storage
    path: str
    folders: list[Place]
    files: list[Place]
    next: str | None


class _Last(NamedTuple):
    """The last entry of a page: what is put in or taken out before it moves nothing behind it."""

    is_dir: bool
    id: int
    name_fold: str


def browse(viewer: Viewer, pid: str, path: str, *, after: str | None = None, limit: int = 200) -> Listing:
    """A folder of the viewer's storage, from behind an entry on; raises NotFound.

    `after` is the `next` of the page before; UsageError where it is none.
    """
    last = None if after is None else _decode(after)
    storage = access.get_storage(viewer, pid)
    paths.to_bytes(path)
    folder = placing.find_folder(storage, path)
    if folder is None or folder.gone:
        raise NotFound
    below = Folder.select().where((Folder.parent == folder.id) & (Folder.gone == False))  # noqa: E712 (a column)
    rows = _files().where((File.folder == folder.id) & (File.presence != "missing"))
    found: list[Any] = []
    if last is None or last.is_dir:
        found.extend(_behind(below, Folder, last).limit(limit + 1))
    if len(found) <= limit:
        behind = None if last is None or last.is_dir else last
        found.extend(_behind(rows, File, behind).limit(limit + 1 - len(found)))
    page = found[:limit]
    folders = [Place(f.path, f.name, True) for f in page if isinstance(f, Folder)]
    files = [_file(f, path) for f in page if isinstance(f, File)]
    return Listing(storage, path, folders, files, _encode(page[-1]) if len(found) > limit else None)


def _behind(query: ModelSelect, model: Any, last: _Last | None) -> ModelSelect:
    """The rows of a folder in their order, from behind one of them on."""
    ordered = query.order_by(model.name_fold, model.id)
    if last is None:
        return ordered
    name, same = model.name_fold, (model.name_fold == last.name_fold) & (model.id > last.id)
    return ordered.where((name > last.name_fold) | same)


def _encode(row: Any) -> str:
    text = f"{'d' if isinstance(row, Folder) else 'f'}{row.id}:{row.name_fold}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str) -> _Last:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        number, colon, name = text[1:].partition(":")
        if text[:1] not in {"d", "f"} or not colon or len(number) > 18 or "\0" in name:
            raise ValueError("another form")
        return _Last(text[0] == "d", int(number), name)
    except (binascii.Error, ValueError) as error:
        raise UsageError(
            "cursor is not one that a page gave; begin again without it.", field="cursor"
        ) from error


def place(viewer: Viewer, pid: str, path: str) -> Place:
    """One file or folder of the viewer's storage; raises NotFound."""
    storage = access.get_storage(viewer, pid)
    require_there(path)
    folder = placing.find_folder(storage, path)
    if folder is not None and not folder.gone:
        return Place(folder.path, folder.name, True)
    here = (Folder.storage == storage.id) & (Folder.path == paths.parent(path))
    found = (
        _files().join(Folder).where(here & (File.raw_name == paths.leaf(path)) & (File.presence != "missing"))
    )
    file = found.first()
    if file is None:
        raise NotFound
    return _file(file, paths.parent(path))


def folders_of(viewer: Viewer, pid: str, *, limit: int = 500) -> list[str]:
    """Paths of folders of the viewer's storage, as far as a form may offer them."""
    storage = access.get_storage(viewer, pid)
    rows = Folder.select(Folder.path).where((Folder.storage == storage.id) & (Folder.gone == False))  # noqa: E712
    return sorted(row[0] for row in rows.order_by(Folder.id).limit(limit).tuples())


def _files() -> ModelSelect:
    return File.select(File, Asset, Item).left_outer_join(Asset).left_outer_join(Item).switch(File)


def _file(file: File, folder: str) -> Place:
    item = file.asset.item if file.asset is not None else None
    return Place(
        path=paths.join(folder, file.raw_name), name=file.name, is_dir=False, size=file.size,
        mtime_ns=file.mtime_ns, presence=file.presence, etag=broker.describe_file(file).etag,
        mime=file.mime or "", item=None if item is None else item.pid,
        shown=item is not None and item.colour is not None,
    )  # fmt: skip
