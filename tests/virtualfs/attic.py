"""Anna with real folders, her collections and events, and a tree that she writes into; Ben sees what is shared."""

from pathlib import Path
from typing import Any

from services import events
from services.accounts import Passwords
from services.broker import Broker
from services.events import Doors, Events
from services.models import Event, Item, User
from services.quotas import Quotas
from services.viewers import Viewer
from tests.factories import Make
from tests.services.filing.desk import OLD_NS
from tests.services.handing.shelf import Shelf
from virtualfs.collections_writing import CollectionsWriter
from virtualfs.events_writing import EventsWriter
from virtualfs.nodes import File, Folder, Node
from virtualfs.storages_writing import StoragesWriter
from virtualfs.tree import Tree
from virtualfs.writing import Act, Upload

IP = "203.0.113.7"


class Attic(Shelf):
    """A shelf with the tree over it. Paths are written with slashes, and asked by Anna unless told otherwise."""

    def __init__(self, make: Make, data: Path, base: Path) -> None:
        super().__init__(make, data, base)
        self.broker = Broker(self.desk.adapter, lambda file: None)
        self.quotas = Quotas(self.desk.adapter)
        self.tree = Tree(
            [
                StoragesWriter(self.desk.filing, self.broker, self.quotas),
                CollectionsWriter(self.handing),
                EventsWriter(self.handing),
            ]
        )
        self.events = Events(Doors(b"k" * 32, Passwords(time_cost=1, memory_kib=64)))

    @property
    def viewer(self) -> Viewer:
        """Whose it is."""
        return self.anna

    def close(self) -> None:
        """End what has threads or files."""
        self.broker.close()
        self.quotas.close()
        self.desk.journal.close()

    def node(self, path: str, viewer: Viewer | None = None) -> Node:
        return self.tree.resolve(viewer or self.anna, _parts(path))

    def file(self, path: str, viewer: Viewer | None = None) -> File:
        node = self.node(path, viewer)
        assert isinstance(node, File)
        return node

    def listed(self, path: str, viewer: Viewer | None = None) -> list[str]:
        node = self.node(path, viewer)
        assert isinstance(node, Folder)
        children = list(self.tree.children(viewer or self.anna, node))
        assert len({child.name.casefold() for child in children}) == len(children), (
            "a name that is there twice"
        )
        for child in children:  # what is listed is found
            assert self.node(f"{path}/{child.name}", viewer) == child
        return sorted(child.name for child in children)

    def write(self, path: str, data: bytes, viewer: Viewer | None = None, **more: Any) -> str | None:
        """PUT, as a facade does it."""
        viewer = viewer or self.anna
        self.tree.require(viewer, _parts(path), "put")
        given = {"mtime_ns": OLD_NS} | more  # what is just written rests before it is read
        return self.tree.put(viewer, _parts(path), Upload([data], len(data), **given))

    def delete(self, path: str, viewer: Viewer | None = None) -> None:
        self.tree.require(viewer or self.anna, _parts(path), "delete")
        self.tree.delete(viewer or self.anna, _parts(path))

    def copy(self, path: str, target: str, viewer: Viewer | None = None) -> None:
        self.tree.require(viewer or self.anna, _parts(target), "copy")
        self.tree.copy(viewer or self.anna, _parts(path), _parts(target), deep=True)

    def move(self, path: str, target: str, viewer: Viewer | None = None) -> None:
        viewer = viewer or self.anna
        self.tree.require(viewer, _parts(path), "move")
        self.tree.require(viewer, _parts(target), "copy")
        self.tree.move(viewer, _parts(path), _parts(target))

    def mkdir(self, path: str) -> None:
        self.tree.require(self.anna, _parts(path), "make_folder")
        self.tree.make_folder(self.anna, _parts(path))

    def may(self, path: str, act: Act) -> None:
        self.tree.require(self.anna, _parts(path), act)

    def canonical(self, path: str, viewer: Viewer | None = None) -> str:
        return self.tree.canonical(viewer or self.anna, _parts(path))

    def event(self, owner: Viewer | None = None, **given: Any) -> Event:
        """An event of Anna's, or of somebody else's, at which Ben and she take part."""
        owner = owner or self.anna
        event = self.events.make(owner, {"name": "Wedding", "place": True, **given})
        door = self.events.doors.show(owner, event.pid)
        assert door is not None
        for viewer in (self.anna, self.ben):
            if viewer != owner:
                self.events.doors.join(viewer, door.token, ip=IP)
        return event

    def decide(self, event: Event, item: Item, decision: str) -> None:
        by = self.make.viewer(User.get_by_id(event.owner_id))
        pid = f"in.{event.collection.pid}.{item.pid}"
        events.decide(by, event.pid, [pid], decision)  # type: ignore[arg-type]  # one of the two


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]
