"""Anna with a real folder, its rows in the catalogue, and the tree over them."""

import datetime
import hashlib
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from services import accounts
from services.adapters import Adapters
from services.broker import Broker
from services.catalogue.timeline import recount
from services.filing import Filing, Journal
from services.filing.hands import Hands
from services.identifiers import new_pid
from services.jobs import Jobs
from services.media.rendition_store import RenditionStore
from services.models import (
    Asset,
    Event,
    EventPerson,
    File,
    Folder,
    Item,
    Storage,
    User,
    counters,
    transaction,
)  # fmt: skip
from services.models.items import UNDATED
from services.names import fold, shown
from services.quotas import Quotas
from services.viewers import Viewer
from tests.factories import Make
from tests.fakes import FakeStore
from virtualfs.nodes import File as FileNode
from virtualfs.nodes import Folder as FolderNode
from virtualfs.nodes import Node
from virtualfs.storages_writing import StoragesWriter
from virtualfs.tree import Tree

WAIT_S = 30.0
MTIME_NS = 1_700_000_000_000_000_000


class Home:
    """One person, one storage with a real root, a broker and a tree."""

    def __init__(self, make: Make, root: Path, login: str = "anna", adapters: Adapters | None = None) -> None:
        self.make = make
        self.root = root
        self.anna: User = make.user(login)
        self.viewer: Viewer = accounts.viewer_for(login)
        self.storage: Storage = make.storage(self.anna, "Photos", root)
        self.adapters = adapters or Adapters()
        self.broker = Broker(self.adapters, lambda file: None)
        self.journal = Journal(make.data, "here")
        jobs = Jobs(lambda lane, job: None, "here")
        self.filing = Filing(Hands(self.adapters, jobs, self.journal, cast(RenditionStore, FakeStore())))
        self.quotas = Quotas(self.adapters)
        self.tree = Tree([StoragesWriter(self.filing, self.broker, self.quotas)])

    def allow_writing(self, storage: Storage | None = None) -> None:
        """Open a storage (Photos, unless told otherwise) for writing."""
        Storage.update(writable=True).where(Storage.id == (storage or self.storage).id).execute()

    def close(self) -> None:
        """End what has threads or files."""
        self.broker.close()
        self.journal.close()
        self.quotas.close()

    def folder(self, path: str) -> Folder:
        """The row of a folder, made with those above it."""
        known = Folder.get_or_none((Folder.storage == self.storage) & (Folder.path == path.encode()))
        if known is not None:
            return known
        above, _, name = path.rpartition("/")
        parent = self.folder(above)
        (self.root / path).mkdir(exist_ok=True)
        visible = shown(name)
        with transaction():
            counters.bump_content()
            return Folder.create(
                storage=self.storage, parent=parent, path=path, name=visible, name_fold=fold(visible), mtime_ns=MTIME_NS
            )  # fmt: skip

    def file(self, path: str, data: bytes = b"hello", **more: object) -> File:
        """A file on the disk and its row."""
        above, _, name = path.rpartition("/")
        folder = self.folder(above)
        (self.root / path).write_bytes(data)
        visible = shown(name)
        given = {
            "raw_name": name, "name_fold": fold(visible), "size": len(data), "mtime_ns": MTIME_NS, "mime": "image/jpeg",
            "sha256": hashlib.sha256(data).digest(), "read_state": "done",
        }  # fmt: skip
        with transaction():
            counters.bump_content()
            return self.make.file(self.storage, visible, folder, **given | more)

    def item(self, path: str, taken: str | None = "2026-07-14 12:30", data: bytes | None = None) -> File:
        """A photo taken at this time, on the disk and in the catalogue."""
        data = path.encode() if data is None else data
        at = None if taken is None else datetime.datetime.fromisoformat(f"{taken}+00:00")
        stamp = UNDATED if at is None else round(at.timestamp() * 1e6)
        day = 0 if at is None else int(f"{at:%Y%m%d}")
        item = self.make.item(self.anna, path.rpartition("/")[2])
        Item.update(sort_at=stamp, taken_local=None if at is None else stamp, day=day).where(
            Item.id == item.id
        ).execute()
        asset = self.asset(item, data)
        Item.update(cover_id=asset.id).where(Item.id == item.id).execute()
        with transaction():
            recount([(self.anna.id, day)])
        return self.file(path, data, asset=asset)

    def asset(self, item: Item, data: bytes, role: str = "original") -> Asset:
        """One more asset of an item."""
        return self.make.asset(item, data, role=role)

    def event(self, owner: User, name: str, *, items: Iterable[Item] = (), **more: Any) -> Event:
        """An open event with these items in it, as its rows."""
        made = self.make.collection(owner, name, items=items, purpose="event", **more)
        event = Event.create(
            pid=new_pid(), owner=owner, collection=made, name=name, guests="contribute", may_download=True,
            created_at=made.created_at,
        )  # fmt: skip
        EventPerson.create(event=event, user=owner, role="organiser", joined_at=made.created_at)
        self.make.grant(self.make.share(made, "event"), event=event)
        return event

    def resolve(self, path: str) -> Node:
        """What the tree has at a path written with slashes."""
        return self.tree.resolve(self.viewer, [part for part in path.split("/") if part])

    def names(self, path: str) -> list[str]:
        """The names in a folder, sorted."""
        node = self.resolve(path)
        assert isinstance(node, FolderNode)
        return sorted(child.name for child in self.tree.children(self.viewer, node))

    def find(self, path: str) -> FileNode:
        """The file at a path."""
        node = self.resolve(path)
        assert isinstance(node, FileNode)
        return node


def answered(quotas: Quotas) -> None:
    """Wait until every storage that is asked for its room has answered."""
    deadline = time.monotonic() + WAIT_S
    while any(not known.asking.done() for known in list(quotas._known.values())):
        assert time.monotonic() < deadline
        time.sleep(0.01)
