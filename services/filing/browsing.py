"""Browsing: the folders and files of a storage as the catalogue knows them, for its owner."""

from dataclasses import dataclass

from peewee import ModelSelect

from services import access, broker
from services.errors import NotFound
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
    """A folder with what is in it: folders first, then files from behind `after` on; `next` is where to go on."""

    storage: Storage
    path: str
    folders: list[Place]
    files: list[Place]
    next: int | None


def browse(viewer: Viewer, pid: str, path: str, *, after: int = 0, limit: int = 200) -> Listing:
    """A folder of the viewer's storage; raises NotFound."""
    storage = access.get_storage(viewer, pid)
    paths.to_bytes(path)
    folder = placing.find_folder(storage, path)
    if folder is None or folder.gone:
        raise NotFound
    below = Folder.select().where((Folder.parent == folder.id) & (Folder.gone == False))  # noqa: E712 (a column)
    folders = (
        [] if after else [Place(f.path, f.name, True) for f in below.order_by(Folder.name_fold, Folder.id)]
    )
    rows = _files().where((File.folder == folder.id) & (File.presence != "missing"))
    found = list(rows.order_by(File.name_fold, File.id).offset(after).limit(limit + 1))
    files = [_file(f, path) for f in found[:limit]]
    return Listing(storage, path, folders, files, after + limit if len(found) > limit else None)


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
