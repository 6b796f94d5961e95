"""A household with a television: what Anna shares with it, and how it asks, in process."""

import ipaddress
import os
from pathlib import Path
from typing import Any

from peewee import fn

from appliance.television import translator
from services import events
from services.accounts import Passwords
from services.events import Doors
from services.events import Events as Organising
from services.identifiers import new_pid
from services.jobs import Jobs
from services.masks import Masks
from services.models import (
    Asset,
    Collection,
    CollectionItem,
    Event,
    File,
    Grant,
    Item,
    Screen,
    counters,
    transaction,
)
from services.models import Device as Row
from services.pictures import Pictures
from services.screens import is_let_in
from services.sharing import Openings
from tests.fakes import FakeStore, jpeg_header
from tests.virtualfs.dlna.asking import HERE, Asker
from tests.virtualfs.household import MTIME_NS, Home
from virtualfs.dlna.access import Neighbours
from virtualfs.dlna.app import Parts, make_dlna
from virtualfs.dlna.cds import update_id
from virtualfs.dlna.description import Identity
from virtualfs.dlna.events import Events

UDN = "uuid:8f6a1f9e-0c39-4d52-a6c5-2f2f4d1c9a01"
IP, KEY = HERE, b"k" * 32
NETWORKS = {IP: ipaddress.ip_network("127.0.0.0/8")}


class Television(Asker):
    """The living-room screen, what is shared with it, and the application it asks."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.store = FakeStore()
        self.screen = Screen.create(pid=new_pid(), name="Living room", created_at=1)
        self.collection: Collection = home.make.collection(home.anna, "Summer & Sun")
        self.grant: Grant = home.make.grant(home.make.share(self.collection, "screen"), screen=self.screen)
        self.events = Events(update_id, is_let_in)
        jobs = Jobs(lambda job, lane: None, "here")
        self.parts = Parts(
            identity=Identity(UDN, "Hypomos", "1.2"), key=KEY, broker=home.broker,
            pictures=Pictures(self.store, jobs), masks=Masks(jobs), jobs=jobs,  # type: ignore[arg-type]  # a fake store
            openings=Openings(), nearby=NETWORKS.get, events=self.events, pages=lambda ip: f"http://{ip}:4976/",
            neighbours=Neighbours(Path("/nowhere")), words=translator,
        )  # fmt: skip
        super().__init__(make_dlna(self.parts), KEY, IP)

    def approve(self) -> None:
        """Let the machine at our address look as this screen."""
        there = Row.pid == self.device.pid
        with transaction():
            Row.update(state="approved", screen=self.screen, version=Row.version + 1).where(there).execute()
            counters.bump_policy()

    def share(
        self, path: str, taken: str | None = "2026-07-14 12:30", data: bytes | None = None, **more: object
    ) -> Item:
        """A file of Anna's, shared with the screen."""
        file: File = self.home.item(path, taken, data)
        item = Asset.get_by_id(file.asset_id).item
        if more:
            Item.update(**more).where(Item.id == item.id).execute()
        if "mime" in more:
            File.update(mime=more["mime"]).where(File.id == file.id).execute()
            Asset.update(mime=more["mime"]).where(Asset.id == file.asset_id).execute()
        with transaction():
            self.home.make.member(self.collection, item, position=item.id)
            counters.bump_content()
        return Item.get_by_id(item.id)

    def feast(self, name: str = "Wedding") -> Event:
        """An event of Anna's that the screen shows, with nothing in it."""
        made = Organising(Doors(b"k" * 32, Passwords(time_cost=1, memory_kib=64)))
        event = made.make(self.home.viewer, {"name": name})
        events.show_on(self.home.viewer, event.pid, self.screen.pid)
        return event

    def read_along(self, film: Item, name: str, data: bytes, language: str = "", *notes: str) -> File:
        """A subtitle of a film, on the disk and as a scan records it; its words tell no place."""
        meta = {"language": language, "notes": list(notes)}
        asset = self.home.make.asset(
            film, data, role="subtitle", mime="application/x-subrip", meta=meta, masks=[]
        )
        os.utime((self.home.root / film.name), ns=(MTIME_NS, MTIME_NS))
        file = self.home.file(name, data, asset=asset, mime=asset.mime)
        os.utime(self.home.root / name, ns=(MTIME_NS, MTIME_NS))
        return file

    def many(self, count: int, month: int = 7) -> None:
        """So many photos of a month, shared at once, without files."""
        anna, day, first = self.home.anna, 20260001 + month * 100, 1_782_864_000_000_000
        items: list[dict[str, object]] = [
            {
                "pid": new_pid(), "owner": anna, "type": "photo", "name": f"IMG_{n:05}.jpg", "mime": "image/jpeg",
                "size": 10, "sort_at": first + n * 1_000_000, "taken_local": first + n * 1_000_000, "day": day,
                "width": 4000, "height": 3000, "extra": {}, "created_at": 1, "changed_at": 1,
            }
            for n in range(count)
        ]  # fmt: skip
        with transaction():
            last = Item.select(fn.MAX(Item.id)).scalar() or 0
            _insert(Item, items)
            ids = [id_ for (id_,) in Item.select(Item.id).where(Item.id > last).order_by(Item.id).tuples()]
            _insert(
                Asset,
                [
                    {"item": id_, "role": "original", "mime": "image/jpeg", "size": 10, "meta": {}, "created_at": id_,
                     "sha256": id_.to_bytes(32, "big")}
                    for id_ in ids
                ],
            )  # fmt: skip
            covers = Asset.select(Asset.id).where(Asset.item == Item.id)
            Item.update(cover_id=covers).where(Item.id > last).execute()
            shared = {
                "collection": self.collection,
                "rule": "",
                "matches": True,
                "approval": "none",
                "shown": True,
            }
            _insert(CollectionItem, [shared | {"item": id_, "position": id_, "added_at": 1} for id_ in ids])
            counters.bump_content()

    def keep(self, item: Item, *sizes: str, data: bytes = b"picture") -> bytes:
        """Have pictures of an item ready; gives their bytes."""
        whole = jpeg_header(1600, 1200) + data
        for size in sizes or ("LRG", "FHD", "MED", "SM", "TN"):
            wanted = self.parts.pictures.wanted(self.home.viewer, item.pid, size)
            self.store.put(wanted.content, wanted.profile.key, whole)
        return whole


def _insert(table: Any, rows: list[dict[str, Any]]) -> None:
    for begin in range(0, len(rows), 500):
        table.insert_many(rows[begin : begin + 500]).execute()
