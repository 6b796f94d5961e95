"""Google's sign-in and Drive API, as far as a Drive needs them."""

from dataclasses import dataclass, field
from typing import Any

from services.storages.oauth import Endpoints
from tests.servers.http import Asked, Reply
from tests.servers.signing_in import FakeSignIn

ROOT = "0AROOT"
FOLDER = "application/vnd.google-apps.folder"


@dataclass
class File:
    """A file or folder."""

    id: str
    name: str
    parent: str | None
    folder: bool
    trashed: bool = False
    more: dict[str, Any] = field(default_factory=dict)


def refusal(status: int, reason: str, **more: str) -> Reply:
    """An error as Google's older APIs write it."""
    error = {"code": status, "message": reason, "errors": [{"reason": reason, "message": reason, **more}]}
    return Reply(status, {"error": error})


def only(said: Any, fields: str) -> Any:
    """What of an answer was asked for: `a,b(c,d(e))`, as Google's “fields” goes."""
    if isinstance(said, list):
        return [only(each, fields) for each in said]
    wanted: dict[str, str] = {}
    name, inner, depth = "", "", 0
    for char in fields + ",":
        depth -= char == ")"
        if depth:
            inner += char
        elif char == ",":
            wanted[name], name, inner = inner, "", ""
        elif char not in "()":
            name += char
        depth += char == "("
    return {
        key: only(said[key], below) if below else said[key] for key, below in wanted.items() if key in said
    }


class FakeGoogle(FakeSignIn):
    """`accounts.google.com`, `oauth2.googleapis.com` and `www.googleapis.com/drive/v3` on one port."""

    issuer = "https://accounts.google.com"

    def __init__(self, client_id: str = "client-1", client_secret: str | None = "GOCSPX-1") -> None:
        super().__init__(client_id, client_secret)
        self.route("GET", "/drive/v3/about", self._about)
        self.route("GET", "/drive/v3/changes/startPageToken", self._start)
        self.route("GET", "/drive/v3/changes", self._changes)
        self.route("GET", "/drive/v3/files/*", self._file)
        self.tokens["good"] = "drive.readonly"
        self.files: dict[str, File] = {}
        self.log: list[str] = []
        self.page_size = 1000
        self.rejected: set[str] = set()

    # what the owner does

    def put(
        self, id: str, name: str, parent: str | None = ROOT, *, folder: bool = False, **more: Any
    ) -> None:
        """Add, edit, rename or move."""
        self.files[id] = File(id, name, parent, folder, more=more)
        self.log.append(id)

    def trash(self, id: str) -> None:
        """Into the trash, with all below; only the folder itself is a change."""
        self._mark_trashed(id)
        self.log.append(id)

    def remove(self, id: str) -> None:
        """Gone for good."""
        del self.files[id]
        self.log.append(id)

    def path(self, id: str) -> str:
        """Where it is now."""
        file = self.files[id]
        assert file.parent is not None
        return file.name if file.parent == ROOT else f"{self.path(file.parent)}/{file.name}"

    def _mark_trashed(self, id: str) -> None:
        self.files[id].trashed = True
        for child in [f for f in self.files.values() if f.parent == id]:
            self._mark_trashed(child.id)

    # what the appliance asks

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints(
            authorize=self.address + self.authorize_path,
            token=self.address + self.token_path,
            api=self.address + "/drive/v3",
            issuer=self.issuer,
        )

    def is_offline(self, asked: dict[str, str]) -> bool:
        return (asked.get("access_type"), asked.get("prompt")) == ("offline", "consent")

    def _about(self, asked: Asked) -> Reply:
        if asked.bearer not in self.tokens:
            return refusal(401, "authError")
        return Reply(200, {"user": {"permissionId": "0815"}})

    def _start(self, asked: Asked) -> Reply:
        if asked.bearer not in self.tokens:
            return refusal(401, "authError")
        return Reply(200, {"kind": "drive#startPageToken", "startPageToken": str(len(self.log))})

    def _changes(self, asked: Asked) -> Reply:
        if asked.bearer not in self.tokens:
            return refusal(401, "authError")
        token = asked.query["pageToken"]
        if token in self.rejected or not token.isdigit():
            return refusal(400, "invalid", location="pageToken", locationType="parameter")
        since = int(token)
        size = min(self.page_size, int(asked.query["pageSize"]))
        until = min(since + size, len(self.log))
        shown = [self._change(id) for id in dict.fromkeys(self.log[since:until])]
        page: dict[str, Any] = {"kind": "drive#changeList", "changes": shown}
        page["nextPageToken" if until < len(self.log) else "newStartPageToken"] = str(until)
        return Reply(200, only(page, asked.query["fields"]))

    def _file(self, asked: Asked) -> Reply:
        if asked.bearer not in self.tokens:
            return refusal(401, "authError")
        id = asked.path.rpartition("/")[2]
        if id == "root":
            return Reply(
                200, only({"id": ROOT, "name": "My Drive", "mimeType": FOLDER}, asked.query["fields"])
            )
        if id not in self.files:
            return refusal(404, "notFound", location="fileId", locationType="parameter")
        return Reply(200, only(self._show(self.files[id]), asked.query["fields"]))

    def _change(self, id: str) -> dict[str, Any]:
        gone = id not in self.files
        change: dict[str, Any] = {"changeType": "file", "fileId": id, "removed": gone}
        return change if gone else change | {"file": self._show(self.files[id])}

    def _show(self, file: File) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "id": file.id,
            "name": file.name,
            "mimeType": FOLDER if file.folder else "image/jpeg",
            "trashed": file.trashed,
        }
        return shown | ({"parents": [file.parent]} if file.parent else {}) | file.more
