"""An event of Anna's behind the web facade: what she shows at it, and guests who bring something."""

from dataclasses import dataclass
from typing import Any

from starlette.testclient import TestClient

from services import accounts, events, sharing
from services.events import Door, landed
from services.media.rendition_store import RenditionStore
from services.models import Collection, Event, Guest, Item, Storage, Upload, transaction
from services.viewers import Viewer
from tests.factories import Make
from tests.web.conftest import Web
from web.handling import GUEST_COOKIE, GUESTS


@dataclass
class Comer:
    """A guest at their browser. `base` is the address of their visit."""

    client: TestClient
    base: str

    @property
    def guest(self) -> Guest:
        return Guest.get(Guest.pid == self.base.removeprefix(f"{GUESTS}/"))

    @property
    def viewer(self) -> Viewer:
        cookies = [c.value for c in self.client.cookies.jar if c.name == GUEST_COOKIE and c.path == self.base]
        return sharing.visit(self.guest.pid, cookies[0] or "").viewer


class Gathering:
    """The household's event: Anna organises it, and shows `shown` there."""

    def __init__(self, web: Web, make: Make, **given: Any) -> None:
        self.web, self.make = web, make
        self.anna = accounts.viewer_for("anna")
        Storage.update(writable=True).where(Storage.id == web.storage.id).execute()
        Item.update(colour="aabbcc").execute()
        wanted = {"name": "Lake party", "storage": web.storage.pid, "place": True, **given}
        self.event = web.context.events.make(self.anna, wanted)
        self.shown = Item.get_by_id(web.item.id)
        self.show(self.shown)

    @property
    def door(self) -> Door:
        found = self.web.context.events.doors.show(self.anna, self.event.pid)
        assert found is not None
        return found

    def now(self) -> Event:
        return Event.get_by_id(self.event.id)

    def show(self, item: Item) -> None:
        """Anna puts a picture of hers into the event."""
        events.contribute_items(self.anna, self.event.pid, [item.pid])

    def enter(self, name: str = "Lou", client: TestClient | None = None) -> Comer:
        client = client or self.web.client(**{"Sec-Fetch-Site": "same-origin"})
        answer = client.post(f"/e/{self.door.token}", data={"name": name})
        assert answer.status_code == 303, answer.text
        return Comer(client, answer.headers["location"])

    def drop(self, comer: Comer, name: str = "DROPPED.jpg", *, decision: str = "") -> Item:
        """What becomes of a file that a guest dropped, once it is stored and read; approved or rejected by Anna."""
        (self.web.folder / name).write_bytes(name.encode())
        item = self.make.item(
            self.web.people["anna"], name, taken=5, colour="aabbcc", contributed_by_id=comer.guest.id
        )
        asset = self.make.asset(item, name.encode(), mime="image/jpeg")
        Item.update(cover_id=asset.id).where(Item.id == item.id).execute()
        self.make.file(
            self.web.storage, name, size=len(name), asset=asset, sha256=asset.sha256, read_state="done",
            mime="image/jpeg", mtime_ns=(self.web.folder / name).stat().st_mtime_ns, sent=True,
        )  # fmt: skip
        upload = Upload(guest=comer.guest, event=self.event, created_at=item.created_at)
        with transaction():
            landed(upload, Item.get_by_id(item.id), False)
        store = RenditionStore(self.web.data / "renditions", view_bytes=1 << 20)
        store.put(bytes(asset.sha256).hex(), 320, b"RIFF grid")
        if decision:
            self.decide(item, decision)
        return Item.get_by_id(item.id)

    def decide(self, item: Item, decision: str) -> None:
        collection = Collection.get_by_id(self.event.collection_id)
        approval = f"in.{collection.pid}.{item.pid}"
        made = "approve" if decision == "approve" else "reject"
        events.decide(self.anna, self.event.pid, [approval], made)  # type: ignore[arg-type]  # one of the two words
