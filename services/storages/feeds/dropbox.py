"""Changes in Dropbox: continuing a listing, and a long poll that returns as soon as something changes.

Rules: Dropbox API, `list_folder/get_latest_cursor`, `list_folder/continue` (entries in order;
`DeletedMetadata` removes what is at its path and all below; `reset` asks for a new cursor) and
`list_folder/longpoll` (without a token, 30 to 480 seconds and up to 90 more; `backoff`); Dropbox, “Error
Handling Guide”: 409 for the errors of a call, 429 with Retry-After, 400 in plain text.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from services.errors import Unavailable
from services.storages.feeds.authorized import AuthorizedApi, TokenGiver
from services.storages.feeds.base import Feed, FeedChange, FeedPage, Wait
from services.storages.feeds.rclone_names import DROPBOX, name
from services.storages.jsonapi import Answer, Deadline, JsonApi

API = "https://api.dropboxapi.com"
NOTIFY = "https://notify.dropboxapi.com"

_LEAST_POLL_S, _MOST_POLL_S = 30, 480
_SILENCE_S = 600.0


class DropboxFeed(Feed):
    """Changes of an account's Dropbox below the folder `root`."""

    can_wait: ClassVar[bool] = True
    ignores_case: ClassVar[bool] = True

    def __init__(
        self,
        token: TokenGiver,
        *,
        root: str = "",
        api: str = API,
        notify: str = NOTIFY,
        deadline_s: float = 120.0,
    ) -> None:
        self._root, self._at, self._notify, self._deadline_s = root, api, notify, deadline_s
        self._json = JsonApi("Dropbox")
        self._poll = JsonApi("Dropbox", request_s=_SILENCE_S)
        self._api = AuthorizedApi(self._json, token)
        self._depth = len(root.split("/")) if root else 0

    def start(self) -> str:
        """The cursor of now."""
        body = {"path": f"/{self._root}" if self._root else "", "recursive": True}
        answer = self._call("list_folder/get_latest_cursor", body)
        return self._cursor(self._json.checked(self._told(answer)))

    def changes(self, cursor: str) -> FeedPage:
        """One page of the listing's continuation."""
        answer = self._call("list_folder/continue", {"cursor": cursor})
        if _is_reset(answer):
            return self._reset()
        data = self._json.checked(self._told(answer))
        following, more = self._cursor(data), data.get("has_more")
        entries = data.get("entries")
        if not isinstance(entries, list) or not isinstance(more, bool):
            raise self._json.puzzled()
        found = tuple(self._changes(entries))
        if any(change.path == "" and change.kind == "deleted" for change in found):
            return self._reset()  # the root itself: nothing follows from it for what was in it
        return FeedPage(tuple(c for c in found if c.path != ""), following, more)

    def wait(self, cursor: str, at_most_s: float) -> Wait:
        """A long poll. What ends it before an answer is no error: there was no change to hear of."""
        deadline = Deadline(at_most_s)
        seconds = min(max(int(at_most_s), _LEAST_POLL_S), _MOST_POLL_S)
        url = f"{self._notify}/2/files/list_folder/longpoll"
        try:
            answer = self._poll.ask(
                "POST", url, body={"cursor": cursor, "timeout": seconds}, deadline=deadline
            )
        except Unavailable:
            if deadline.left() > 0:
                raise
            return Wait(changes=False)
        if _is_reset(answer):
            return Wait(changes=True)  # reading them says so
        data = self._poll.checked(answer)
        changes, pause = data.get("changes"), data.get("backoff", 0)
        if not isinstance(changes, bool) or isinstance(pause, bool) or not isinstance(pause, int | float):
            raise self._json.puzzled()
        return Wait(changes, max(0.0, float(pause)))

    def close(self) -> None:
        """Close the connections."""
        self._json.close()
        self._poll.close()

    def _call(self, route: str, body: Mapping[str, Any]) -> Answer:
        return self._api.ask(
            "POST", f"{self._at}/2/files/{route}", body=body, deadline=Deadline(self._deadline_s)
        )

    def _told(self, answer: Answer) -> Answer:
        """The same answer, unless it says that the root is not there or how long to wait."""
        error = answer.get("error")
        if answer.status == 409 and _tag(error) == "path":
            raise Unavailable("The folder of this storage is not in Dropbox now.")
        if answer.status == 429 and "retry-after" not in answer.headers and isinstance(error, dict):
            seconds = error.get("retry_after")
            if isinstance(seconds, int) and not isinstance(seconds, bool):
                raise self._json.throttled(max(1.0, float(seconds)))
        return answer

    def _reset(self) -> FeedPage:
        return FeedPage((), self.start(), reset=True)

    def _cursor(self, data: Mapping[str, Any]) -> str:
        cursor = data.get("cursor")
        if not isinstance(cursor, str) or not cursor:
            raise self._json.puzzled()
        return cursor

    def _changes(self, entries: list[Any]) -> Iterator[FeedChange]:
        for entry in entries:
            tag = _tag(entry)
            known = entry.get("id") if isinstance(entry, dict) else None
            if tag not in {"file", "folder", "deleted"} or (tag != "deleted" and not isinstance(known, str)):
                raise self._json.puzzled()
            path = self._path(entry)
            if path is not None or tag != "deleted":
                yield FeedChange(
                    "deleted" if tag == "deleted" else "changed",
                    known if isinstance(known, str) else None,
                    path,
                    None if tag == "deleted" else tag == "folder",
                )

    def _path(self, entry: Mapping[str, Any]) -> str | None:
        """Below the root; None for what is not mounted."""
        written = entry.get("path_display") or entry.get("path_lower")
        if not isinstance(written, str) or not written.startswith("/"):
            return None
        return "/".join(name(part, DROPBOX) for part in written[1:].split("/")[self._depth :])


def _is_reset(answer: Answer) -> bool:
    if answer.status == 409:
        return _tag(answer.get("error")) == "reset"
    return answer.status == 400 and "cursor" in answer.text  # one that was never given, or is cut


def _tag(value: Any) -> str | None:
    """The kind of a value (`.tag`), which may stand alone."""
    found = value.get(".tag") if isinstance(value, dict) else value
    return found if isinstance(found, str) else None
