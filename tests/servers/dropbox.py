"""Dropbox's sign-in, and its files as far as a feed needs them."""

import threading
from typing import Any

from services.storages.oauth import Endpoints
from tests.servers.http import Asked, Reply
from tests.servers.signing_in import FakeSignIn

ACCOUNT = "dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc"


class FakeDropbox(FakeSignIn):
    """`www.dropbox.com`, `api.dropboxapi.com` and `notify.dropboxapi.com` on one port."""

    def __init__(self, client_id: str = "client-1", client_secret: str | None = None) -> None:
        super().__init__(client_id, client_secret)
        self.route("POST", "/2/files/list_folder/get_latest_cursor", self._latest)
        self.route("POST", "/2/files/list_folder/continue", self._continue)
        self.route("POST", "/2/files/list_folder/longpoll", self._longpoll)
        self.tokens["good"] = "files.metadata.read"
        self.folders = {""}
        """Roots that are there."""
        self.log: list[dict[str, Any]] = []
        self.page_size = 500
        self.backoff: int | None = None
        self._reset_before = 0
        self._changed = threading.Condition()

    # what the owner does

    def put(self, path: str, id: str, *, folder: bool = False) -> None:
        """Add or edit."""
        self._add({".tag": "folder" if folder else "file", "id": f"id:{id}"}, path)

    def delete(self, path: str) -> None:
        """Delete, with all below: one entry."""
        self._add({".tag": "deleted"}, path)

    def reset(self) -> None:
        """Make all cursors worthless that were given so far."""
        self.log.append({})
        self._reset_before = len(self.log)

    def _add(self, entry: dict[str, Any], path: str) -> None:
        with self._changed:
            names = {"name": path.rpartition("/")[2], "path_lower": path.lower(), "path_display": path}
            self.log.append(entry | names)
            self._changed.notify_all()

    # what the appliance asks

    def _latest(self, asked: Asked) -> Reply:
        if asked.bearer not in self.tokens:
            return Reply(401, {"error_summary": "expired", "error": {".tag": "expired_access_token"}})
        body = asked.json
        assert body["recursive"] is True
        if body["path"] not in self.folders:
            error = {".tag": "path", "path": {".tag": "not_found"}}
            return Reply(409, {"error_summary": "path/not_found/..", "error": error})
        return Reply(200, {"cursor": f"{len(self.log)}:{body['path']}"})

    def _continue(self, asked: Asked) -> Reply:
        if asked.bearer not in self.tokens:
            return Reply(401, {"error_summary": "expired", "error": {".tag": "expired_access_token"}})
        number, colon, root = asked.json["cursor"].partition(":")
        if not colon or not number.isdigit():
            words = b'Error in call to API function "files/list_folder/continue": Invalid "cursor" parameter'
            return Reply(400, raw=words, headers={"Content-Type": "text/plain"})
        if int(number) < self._reset_before:
            return Reply(409, {"error_summary": "reset/..", "error": {".tag": "reset"}})
        until = min(int(number) + self.page_size, len(self.log))
        entries = [e for e in self.log[int(number) : until] if self._is_below(e, root)]
        page = {"entries": entries, "cursor": f"{until}:{root}", "has_more": until < len(self.log)}
        return Reply(200, page)

    def _is_below(self, entry: dict[str, Any], root: str) -> bool:
        return f"{entry['path_lower']}/".startswith(f"{root.lower()}/")

    def _longpoll(self, asked: Asked) -> Reply:
        assert asked.bearer == "", "this call has no token"
        assert 30 <= asked.json["timeout"] <= 480
        number = int(asked.json["cursor"].partition(":")[0])
        if number < self._reset_before:
            return Reply(409, {"error_summary": "reset/..", "error": {".tag": "reset"}})
        with self._changed:
            changes = self._changed.wait_for(lambda: len(self.log) > number, asked.json["timeout"])
        return Reply(200, {"changes": changes} | ({"backoff": self.backoff} if self.backoff else {}))

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints(
            authorize=self.address + self.authorize_path,
            token=self.address + self.token_path,
            api=self.address,
        )

    def is_offline(self, asked: dict[str, str]) -> bool:
        return asked.get("token_access_type") == "offline"

    def more_of_token(self) -> dict[str, str]:
        return {"account_id": ACCOUNT, "uid": "12345"}
