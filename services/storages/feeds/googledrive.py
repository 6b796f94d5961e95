"""Changes in Google Drive: the list of changes of an account.

Rules: Google, “Retrieve changes” and “changes.list”: a start page token is the state of now and does not
expire; each page has `nextPageToken` or, at last, `newStartPageToken`; `removed` is a file that was
deleted or is not shared any more, a file in the trash comes as changed with `trashed`; a token that is
rejected is to be thrown away. “Resolve errors”: limits come as 403 with a reason or as 429.
`incompleteSearch` is of “files.list” alone, which is rclone's to ask: see `services.scanning.far_discovering`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from services.storages.feeds.authorized import AuthorizedApi, TokenGiver
from services.storages.feeds.base import Feed, FeedChange, FeedPage
from services.storages.feeds.parents import Node, Parents
from services.storages.feeds.rclone_names import GOOGLE, below, name
from services.storages.googlefaults import locations, require_not_limited
from services.storages.jsonapi import Answer, Deadline, JsonApi

DRIVE = "https://www.googleapis.com/drive/v3"

_FOLDER = "application/vnd.google-apps.folder"
_FILE = "id,name,mimeType,parents,trashed,shortcutDetails(targetId,targetMimeType)"
_FIELDS = f"nextPageToken,newStartPageToken,changes(changeType,removed,fileId,file({_FILE}))"
_SHORTCUT = "\t"
"""Between the ids of a shortcut's target and of itself, as rclone writes them."""


class GoogleDriveFeed(Feed):
    """Changes of an account's own drive below the folder `root`."""

    can_wait: ClassVar[bool] = False

    def __init__(
        self,
        token: TokenGiver,
        *,
        root: str = "",
        api: str = DRIVE,
        page_size: int = 500,
        deadline_s: float = 120.0,
    ) -> None:
        self._root, self._at, self._page_size, self._deadline_s = root, api, page_size, deadline_s
        self._json = JsonApi("Google")
        self._api = AuthorizedApi(self._json, token)
        self._parents = Parents(self._look_up)
        self._deadline = Deadline(deadline_s)
        self._top: str | None = None

    def start(self) -> str:
        """The token of now."""
        data = self._ask("/changes/startPageToken", {}, Deadline(self._deadline_s))
        token = data.get("startPageToken")
        if not isinstance(token, str) or not token:
            raise self._json.puzzled()
        return token

    def changes(self, cursor: str) -> FeedPage:
        """One page of the list."""
        self._deadline = Deadline(self._deadline_s)
        params = {
            "pageToken": cursor,
            "pageSize": str(self._page_size),
            "spaces": "drive",
            "includeRemoved": "true",
            "fields": _FIELDS,
        }
        answer = self._api.ask("GET", f"{self._at}/changes", params=params, deadline=self._deadline)
        if answer.status == 410 or (answer.status == 400 and "pageToken" in locations(answer)):
            return FeedPage((), self.start(), reset=True)
        data = self._checked(answer)
        following, last = data.get("nextPageToken"), data.get("newStartPageToken")
        token = following or last
        if not isinstance(token, str) or not token:
            raise self._json.puzzled()
        found = tuple(self._changes(self._listed(data)))
        self._parents.forget()
        return FeedPage(found, token, more=bool(following))

    def close(self) -> None:
        """Close the connections."""
        self._json.close()

    def _ask(self, path: str, params: Mapping[str, str], deadline: Deadline) -> Mapping[str, Any]:
        return self._checked(self._api.ask("GET", self._at + path, params=params, deadline=deadline))

    def _checked(self, answer: Answer) -> Mapping[str, Any]:
        require_not_limited(self._json, answer)
        return self._json.checked(answer)

    def _listed(self, data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The changes of files on a page; those of shared drives are none of ours."""
        listed = data.get("changes")
        if not isinstance(listed, list) or not all(isinstance(change, dict) for change in listed):
            raise self._json.puzzled()
        files = [change for change in listed if change.get("changeType", "file") == "file"]
        if not all(_is_change(change) for change in files):
            raise self._json.puzzled()
        return files

    def _changes(self, listed: list[Mapping[str, Any]]) -> Iterator[FeedChange]:
        there = [change["file"] for change in listed if not _is_gone(change)]
        top = self._get_top() if there else ""
        self._parents.tell([_node(file) for file in there if file["id"] != top])
        for change in listed:
            file = change.get("file") or {}
            if _is_gone(change):
                yield FeedChange("deleted", change["fileId"], None, _is_folder(file) if file else None)
            elif change["fileId"] != top:
                path = below(self._parents.path(_node(file)), self._root)
                if path != "":  # the storage's own root: not a thing in it
                    yield FeedChange("changed", _id(file), path, _is_folder(file))

    def _get_top(self) -> str:
        """The id of the account's own drive; it never changes."""
        if self._top is None:
            top = self._ask("/files/root", {"fields": "id"}, self._deadline).get("id")
            if not isinstance(top, str) or not top:
                raise self._json.puzzled()
            self._top = top
        return self._top

    def _look_up(self, folder: str) -> Node | None:
        if folder == self._get_top():
            return Node(folder, "", None, is_root=True)
        answer = self._api.ask(
            "GET",
            f"{self._at}/files/{quote(folder, safe='')}",
            params={"fields": _FILE},
            deadline=self._deadline,
        )
        if answer.status == 404:
            return None
        file = self._checked(answer)
        if not _is_file(file):
            raise self._json.puzzled()
        return None if file.get("trashed") else _node(file)


def _is_change(change: Mapping[str, Any]) -> bool:
    if not isinstance(change.get("fileId"), str) or not change["fileId"]:
        return False
    file = change.get("file")
    return (bool(change.get("removed")) and file is None) or _is_file(file)


def _is_file(file: Any) -> bool:
    return isinstance(file, dict) and all(
        isinstance(file.get(key), str) for key in ("id", "name", "mimeType")
    )


def _is_gone(change: Mapping[str, Any]) -> bool:
    return bool(change.get("removed")) or bool(change["file"].get("trashed"))


def _is_folder(file: Mapping[str, Any]) -> bool:
    return _FOLDER in {file.get("mimeType"), _of_target(file, "targetMimeType")}


def _id(file: Mapping[str, Any]) -> str:
    target = _of_target(file, "targetId")
    return f"{target}{_SHORTCUT}{file['id']}" if target else str(file["id"])


def _of_target(file: Mapping[str, Any], key: str) -> str | None:
    details = file.get("shortcutDetails")
    value = details.get(key) if isinstance(details, dict) else None
    return value if isinstance(value, str) else None


def _node(file: Mapping[str, Any]) -> Node:
    parents = file.get("parents")
    parent = parents[0] if isinstance(parents, list) and parents and isinstance(parents[0], str) else None
    return Node(file["id"], name(file["name"], GOOGLE), parent)
