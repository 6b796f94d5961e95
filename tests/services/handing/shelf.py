"""Anna with two storages, one of them her default, and a collection that she shares with Ben."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from services import access, collections, handing
from services.handing import Handing, Into
from services.models import Collection, CollectionItem, File, Handed, Item, User, counters, transaction
from services.viewers import Viewer
from tests.factories import Make
from tests.services.filing.desk import OLD_NS, Desk


class Shelf:
    """A desk, and what puts files into collections at it."""

    def __init__(self, make: Make, data: Path, base: Path | None) -> None:
        self.desk = Desk(make, data, base=base)
        self.make = make
        self.anna = self.desk.viewer
        User.update(default_storage_id=self.desk.one.id).where(User.id == self.anna.user_id).execute()
        self.ben: Viewer = make.viewer(make.user("ben"))
        self.lake = self.collection("Lake")
        self.handing = Handing(self.desk.filing, self.desk.hands)

    def collection(self, name: str) -> Collection:
        return collections.create(self.anna, collections.Draft(name))

    def share(self, collection: Collection | None = None) -> None:
        with transaction():
            share = self.make.share(collection or self.lake)
            self.make.grant(share, user=self.ben.user_id)
            counters.bump_content()

    def into(self, collection: Collection | None = None) -> Into:
        pid = (collection or self.lake).pid
        return Into(
            "Collections/Lake",
            lambda: collections.own(self.anna, pid),
            lambda: collections.own(self.anna, pid),
        )

    def put(
        self, name: str, data: bytes | Iterable[bytes], collection: Collection | None = None, **more: Any
    ) -> str | None:
        pieces = [data[:7], data[7:]] if isinstance(data, bytes) else data
        size = len(data) if isinstance(data, bytes) else None
        given = {"size": size, "mtime_ns": OLD_NS} | more  # what is just written rests before it is read
        return self.handing.put(self.anna, self.into(collection), name, pieces, **given)

    def have(self, path: str, data: bytes) -> Item:
        """A picture that Anna has since long, in her other storage."""
        self.desk.put(path, data, row=self.desk.two)
        self.desk.scan(self.desk.two)
        return Item.get(Item.name == path.rpartition("/")[2])

    def members(self, collection: Collection | None = None) -> list[str]:
        rows = CollectionItem.select(Item.name).join(Item)
        here = CollectionItem.collection == (collection or self.lake)
        return sorted(name for (name,) in rows.where(here & CollectionItem.shown).tuples())

    def names(self, collection: Collection | None = None) -> dict[str, str]:
        """What each name leads to."""
        return {
            name.name: "announced" if name.waits and name.file is None
            else "waits" if name.waits else "also" if name.also else "here"
            for name in handing.names_in(self.anna, (collection or self.lake).id)
        }  # fmt: skip

    def sees(self, viewer: Viewer) -> list[str]:
        return sorted(item.name for item in access.visible_items(viewer))

    def files(self) -> dict[str, bytes]:
        """Every file of both storages, with its hash."""
        found = {}
        for row in (self.desk.one, self.desk.two):
            for path in self.desk.walk(row):
                found[f"{row.name}/{path}"] = hashlib.sha256(self.desk.read(path, row)).digest()
        return found

    def row(self, name: str) -> Handed:
        return Handed.get(Handed.name == name)

    def file_of(self, item: Item) -> File:
        return File.get(File.asset == item.cover_id)

    def read(self) -> None:
        """What the worker does when a file has come."""
        self.desk.work()
