"""A household with a television: what Anna shares with it, and how it asks, in process."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx
from anyio.from_thread import BlockingPortal
from lxml import etree
from peewee import fn
from starlette.testclient import TestClient

from services.identifiers import new_pid
from services.jobs import Jobs
from services.models import (
    Asset,
    Collection,
    CollectionItem,
    File,
    Grant,
    Item,
    Screen,
    counters,
    transaction,
)
from services.models import Device as Row
from services.pictures import Pictures
from services.screens import Device, identify
from services.sharing import Openings
from tests.fakes import FakeStore, jpeg_header
from tests.virtualfs.household import Home
from virtualfs.dlna.access import Neighbours
from virtualfs.dlna.app import Parts, make_dlna
from virtualfs.dlna.cds import update_id
from virtualfs.dlna.description import SERVICES, Identity
from virtualfs.dlna.events import Events

UDN = "uuid:8f6a1f9e-0c39-4d52-a6c5-2f2f4d1c9a01"
IP, KEY = "127.0.0.1", b"k" * 32
NETWORKS = {IP: ipaddress.ip_network("127.0.0.0/8")}
DIDL, DC, UPNP = (
    "{urn:schemas-upnp-org:metadata-1-0/DIDL-Lite/}", "{http://purl.org/dc/elements/1.1/}",
    "{urn:schemas-upnp-org:metadata-1-0/upnp/}",
)  # fmt: skip


@dataclass(frozen=True)
class Page:
    """What Browse or Search answered."""

    result: str
    returned: int
    total: int
    update: int

    @property
    def root(self) -> etree._Element:
        return etree.fromstring(self.result.encode())

    @property
    def ids(self) -> list[str]:
        return [each.get("id", "") for each in self.root]

    @property
    def titles(self) -> list[str]:
        return [each.findtext(f"{DC}title") or "" for each in self.root]

    def resources(self, number: int = 0) -> list[str]:
        return [each.text or "" for each in self.root[number].iter(f"{DIDL}res")]


class Refusal(Exception):
    """A SOAP fault."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Television:
    """The living-room screen, what is shared with it, and the application it asks."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.store = FakeStore()
        self.screen = Screen.create(pid=new_pid(), name="Living room", created_at=1)
        self.collection: Collection = home.make.collection(home.anna, "Summer & Sun")
        self.grant: Grant = home.make.grant(home.make.share(self.collection, "screen"), screen=self.screen)
        self.events = Events(update_id)
        self.parts = Parts(
            identity=Identity(UDN, "Hypomos", "1.2"), key=KEY, broker=home.broker,
            pictures=Pictures(self.store, Jobs(lambda job, lane: None, "here")),  # type: ignore[arg-type]  # a fake
            openings=Openings(), nearby=NETWORKS.get, events=self.events, pages=lambda ip: f"http://{ip}:4976/",
            neighbours=Neighbours(Path("/nowhere")),
        )  # fmt: skip
        self.app = make_dlna(self.parts)
        self.loop: BlockingPortal | None = None

    @property
    def device(self) -> Device:
        return identify(IP, None, "")

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

    def client(self, ip: str = IP) -> TestClient:
        client = TestClient(self.app, base_url=f"http://{IP}:4977", client=(ip, 5000), follow_redirects=False)
        client.portal = self.loop
        return client

    def get(self, path: str, method: str = "GET", **headers: str) -> httpx.Response:
        """One request; underscores in names of headers are hyphens."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client().request(method, path.removeprefix(f"http://{IP}:4977"), headers=given)

    def post(self, key: str, body: bytes | str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        return self.client().post(f"/ctl/{key}", content=body, headers=dict(headers or {}))

    def act(
        self, key: str, action: str, headers: Mapping[str, str] | None = None, **arguments: object
    ) -> dict[str, str]:
        """Do one action; raises Refusal."""
        service = next(service for service in SERVICES if service.key == key)
        answer = self.post(key, envelope(service.type, action, arguments), headers)
        root = etree.fromstring(answer.content)
        if answer.status_code != 200:
            assert answer.status_code == 500, answer.text
            raise Refusal(int(root.findtext(".//{*}errorCode") or 0))
        return {etree.QName(each).localname: each.text or "" for each in root[0][0]}

    def browse(self, id: str = "0", flag: str = "BrowseDirectChildren", *, headers: Mapping[str, str] | None = None,
               start: object = 0, count: object = 0, filter: str = "*", sort: str = "") -> Page:  # fmt: skip
        found = self.act(
            "cds", "Browse", headers, ObjectID=id, BrowseFlag=flag, Filter=filter, StartingIndex=start,
            RequestedCount=count, SortCriteria=sort,
        )  # fmt: skip
        return page_of(found)

    def search(
        self, criteria: str, within: str = "0", *, start: int = 0, count: int = 0, sort: str = ""
    ) -> Page:
        found = self.act(
            "cds", "Search", ContainerID=within, SearchCriteria=criteria, Filter="*", StartingIndex=start,
            RequestedCount=count, SortCriteria=sort,
        )  # fmt: skip
        return page_of(found)


def _insert(table: Any, rows: list[dict[str, Any]]) -> None:
    for begin in range(0, len(rows), 500):
        table.insert_many(rows[begin : begin + 500]).execute()


def page_of(found: Mapping[str, str]) -> Page:
    return Page(
        found["Result"], int(found["NumberReturned"]), int(found["TotalMatches"]), int(found["UpdateID"])
    )


def envelope(service: str, action: str, arguments: Mapping[str, object]) -> str:
    root = etree.Element("{http://schemas.xmlsoap.org/soap/envelope/}Envelope")
    body = etree.SubElement(root, "{http://schemas.xmlsoap.org/soap/envelope/}Body")
    call = etree.SubElement(body, f"{{{service}}}{action}")
    for name, value in arguments.items():
        etree.SubElement(call, name).text = str(value)
    return etree.tostring(root, encoding="unicode")
