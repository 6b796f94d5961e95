"""Changes in OneDrive: Graph's delta of a drive.

Rules: Microsoft Graph, “driveItem: delta”: `token=latest` gives a link to what comes; each page has
`@odata.nextLink` or, at last, `@odata.deltaLink`; of an item that comes twice the last counts; deleted
ones have the facet `deleted` and may lack a name; no item has a path, and what lies in a renamed folder
does not come; a link that is too old is answered 410 Gone. Microsoft Graph, “Throttling guidance”: 429
and 503 with Retry-After. Ids are written as rclone writes them: drive, `#`, item.

A link is followed only within Graph's own address: it is sent the account's token.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from services.storages.feeds.authorized import AuthorizedApi, TokenGiver
from services.storages.feeds.base import Feed, FeedChange, FeedPage
from services.storages.feeds.parents import Node, Parents
from services.storages.feeds.rclone_names import ONEDRIVE, below, name
from services.storages.jsonapi import Answer, Deadline, JsonApi, same_origin

GRAPH = "https://graph.microsoft.com/v1.0"
_SELECT = "id,name,parentReference,folder,file,deleted,root,package,remoteItem"

_TOO_OLD = frozenset({
    *("resyncRequired", "resyncChangesApplyDifferences", "resyncChangesUploadDifferences"),
    *("resyncApplyDifferences", "resyncUploadDifferences", "syncStateNotFound", "syncStateInvalid"),
})  # fmt: skip


class OneDriveFeed(Feed):
    """Changes of the drive `drive_id` below the folder `root`."""

    can_wait: ClassVar[bool] = False

    def __init__(
        self, drive_id: str, token: TokenGiver, *, root: str = "", api: str = GRAPH, deadline_s: float = 120.0
    ) -> None:
        self._drive, self._root, self._at, self._deadline_s = drive_id, root, api, deadline_s
        self._json = JsonApi("Microsoft")
        self._api = AuthorizedApi(self._json, token)
        self._parents = Parents(self._look_up)
        self._deadline = Deadline(deadline_s)

    def start(self) -> str:
        """The link to what comes after now."""
        deadline = Deadline(self._deadline_s)
        params: dict[str, str] | None = {"token": "latest", "$select": _SELECT}
        link = f"{self._at}/drives/{quote(self._drive, safe='')}/root/delta"
        while True:  # the deadline ends it
            data = self._json.checked(self._api.ask("GET", link, params=params, deadline=deadline))
            link, more = self._link(data)
            if not more:
                return link
            params = None

    def changes(self, cursor: str) -> FeedPage:
        """One page of the delta."""
        if not same_origin(cursor, self._at):  # of another service, or no link at all
            return self._reset()
        self._deadline = Deadline(self._deadline_s)
        answer = self._api.ask("GET", cursor, deadline=self._deadline)
        if _is_too_old(answer):
            return self._reset()
        data = self._json.checked(answer)
        link, more = self._link(data)
        found = tuple(self._changes(self._items(data)))
        self._parents.forget()
        return FeedPage(found, link, more)

    def close(self) -> None:
        """Close the connections."""
        self._json.close()

    def _reset(self) -> FeedPage:
        return FeedPage((), self.start(), reset=True)

    def _link(self, data: Mapping[str, Any]) -> tuple[str, bool]:
        """The next link, and whether there is more already."""
        for key, more in (("@odata.nextLink", True), ("@odata.deltaLink", False)):
            link = data.get(key)
            if isinstance(link, str) and same_origin(link, self._at):
                return link, more
        raise self._json.puzzled()

    def _items(self, data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The items of a page, each once, as it comes last."""
        items = data.get("value")
        if not isinstance(items, list) or not all(_is_item(item) for item in items):
            raise self._json.puzzled()
        last = {item["id"]: item for item in items}
        return [item for item in items if item is last[item["id"]]]

    def _changes(self, items: list[Mapping[str, Any]]) -> Iterator[FeedChange]:
        self._parents.tell([_node(item) for item in items if "deleted" not in item])
        for item in items:
            if "root" in item:
                continue
            if "deleted" in item:
                yield FeedChange("deleted", self._id(item), None, _is_folder(item))
            else:
                path = below(self._parents.path(_node(item)), self._root, ignore_case=True)
                if path != "":  # the storage's own root: not a thing in it
                    yield FeedChange("changed", self._id(item), path, _is_folder(item))

    def _id(self, item: Mapping[str, Any]) -> str:
        """As rclone names it; what is shared with the account is named by its own drive."""
        remote = item.get("remoteItem")
        if isinstance(remote, dict) and isinstance(remote.get("id"), str):
            return f"{_part(remote, 'parentReference', 'driveId') or self._drive}#{remote['id']}"
        if "#" in item["id"]:
            return str(item["id"])
        return f"{_part(item, 'parentReference', 'driveId') or self._drive}#{item['id']}"

    def _look_up(self, folder: str) -> Node | None:
        url = f"{self._at}/drives/{quote(self._drive, safe='')}/items/{quote(folder, safe='')}"
        params = {"$select": "id,name,parentReference,root,folder"}
        answer = self._api.ask("GET", url, params=params, deadline=self._deadline)
        if answer.status == 404:
            return None
        data = self._json.checked(answer)
        if not _is_item(data):
            raise self._json.puzzled()
        return _node(data)


def _is_too_old(answer: Answer) -> bool:
    error = answer.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return answer.status == 410 or (not answer.ok and isinstance(code, str) and code in _TOO_OLD)


def _is_item(item: Any) -> bool:
    if not isinstance(item, dict) or not isinstance(item.get("id"), str) or not item["id"]:
        return False
    return "deleted" in item or "root" in item or isinstance(item.get("name"), str)


def _is_folder(item: Mapping[str, Any]) -> bool | None:
    """A deleted item may say neither."""
    remote = item.get("remoteItem")
    kinds = {*item, *(remote if isinstance(remote, dict) else ())}
    if "folder" in kinds:
        return True
    return False if kinds & {"file", "package"} or "deleted" not in item else None


def _node(item: Mapping[str, Any]) -> Node:
    return Node(
        item["id"],
        name(item.get("name") or "", ONEDRIVE),
        _part(item, "parentReference", "id"),
        "root" in item,
    )


def _part(item: Mapping[str, Any], outer: str, inner: str) -> str | None:
    found = item.get(outer)
    value = found.get(inner) if isinstance(found, dict) else None
    return value if isinstance(value, str) and value else None
