"""Microsoft's sign-in and Graph, as far as a OneDrive needs them."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from services.storages.oauth import Endpoints
from tests.servers.http import Asked, Reply
from tests.servers.signing_in import FakeSignIn

DRIVE = "b!drive"
ROOT = "root-id"


@dataclass
class Item:
    """A file or folder; `deleted` ones stay, as the delta shows them."""

    id: str
    name: str
    parent: str
    folder: bool
    deleted: bool = False


class FakeMicrosoft(FakeSignIn):
    """`login.microsoftonline.com` and `graph.microsoft.com` on one port."""

    def __init__(self, client_id: str = "client-1", client_secret: str | None = None) -> None:
        super().__init__(client_id, client_secret)
        self.route("GET", "/v1.0/me/drive", self._me)
        self.route("GET", f"/v1.0/drives/{DRIVE}/root/delta", self._delta)
        self.route("GET", f"/v1.0/drives/{DRIVE}/items/*", self._item)
        self.tokens["good"] = "Files.Read"
        self.items: dict[str, Item] = {}
        self.log: list[str] = []
        self.page_size = 200
        self.oldest = 0
        self.business = False

    # what the owner does

    def put(self, id: str, name: str, parent: str = ROOT, *, folder: bool = False) -> None:
        """Add, edit, rename or move."""
        self.items[id] = Item(id, name, parent, folder)
        self.log.append(id)

    def delete(self, id: str) -> None:
        """Delete, with all below."""
        for child in [i for i in self.items.values() if i.parent == id and not i.deleted]:
            self.delete(child.id)
        self.items[id].deleted = True
        self.log.append(id)

    def path(self, id: str) -> str:
        """Where it is now."""
        item = self.items[id]
        return item.name if item.parent == ROOT else f"{self.path(item.parent)}/{item.name}"

    # what the appliance asks

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints(
            authorize=self.address + self.authorize_path,
            token=self.address + self.token_path,
            device=self.address + self.device_path,
            api=self.address + "/v1.0",
        )

    def _me(self, asked: Asked) -> Reply:
        if asked.bearer not in self.tokens:
            return Reply(401, {"error": {"code": "InvalidAuthenticationToken"}})
        return Reply(200, {"id": DRIVE, "driveType": "personal"})

    def _delta(self, asked: Asked) -> Reply:
        if asked.bearer not in self.tokens:
            return Reply(401, {"error": {"code": "InvalidAuthenticationToken"}})
        token = asked.query.get("token", "0")
        since = len(self.log) if token == "latest" else int(token)
        if since < self.oldest:
            fresh = self._link({"token": "0"})
            return Reply(410, {"error": {"code": "resyncChangesApplyDifferences"}}, {"Location": fresh})
        until = int(asked.query.get("until", len(self.log)))
        changed = list(dict.fromkeys(self.log[since:until]))
        shown = [] if not changed else [{"id": ROOT, "root": {}, "folder": {}, "name": "root"}]
        shown += [self._show(self.items[id]) for id in changed]
        skip = int(asked.query.get("skip", 0))
        page = {"value": shown[skip : skip + self.page_size]}
        if skip + self.page_size < len(shown):
            more = {"token": str(since), "until": str(until), "skip": str(skip + self.page_size)}
            return Reply(200, page | {"@odata.nextLink": self._link(more)})
        return Reply(200, page | {"@odata.deltaLink": self._link({"token": str(until)})})

    def _link(self, query: dict[str, str]) -> str:
        return f"{self.address}/v1.0/drives/{DRIVE}/root/delta?{urlencode(query)}"

    def _item(self, asked: Asked) -> Reply:
        if asked.bearer not in self.tokens:
            return Reply(401, {"error": {"code": "InvalidAuthenticationToken"}})
        id = asked.path.rpartition("/")[2]
        if id == ROOT:
            return Reply(200, {"id": ROOT, "name": "root", "root": {}, "folder": {}})
        item = self.items.get(id)
        if item is None or item.deleted:
            return Reply(404, {"error": {"code": "itemNotFound"}})
        return Reply(200, self._show(item))

    def _show(self, item: Item) -> dict[str, Any]:
        """An item without a path; deleted ones as the two kinds of OneDrive show them."""
        shown: dict[str, Any] = {
            "id": item.id,
            "name": item.name,
            "parentReference": {"driveId": DRIVE, "id": item.parent},
            "folder" if item.folder else "file": {},
        }
        if item.deleted:
            shown["deleted"] = {"state": "deleted"}
            if self.business:
                del shown["name"]
        return shown
