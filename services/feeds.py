"""From a storage row to the feed of changes of its provider, where there is one; and how changes are noticed."""

from dataclasses import dataclass
from typing import Literal

from services.models import Storage
from services.storages.feeds import TELLING, WAITING, Feed, find_feed
from services.storages.rclone import Daemon
from services.storages.rclone.tokens import RemoteToken

EVERY_S = 300.0
"""How often a provider is asked that does not say by itself when something changed."""


@dataclass(frozen=True, slots=True)
class Noticed:
    """How changes of a storage are noticed: at once, or every so many `minutes` by its feed or by scans.

    `looked_at` is when it was last looked at, `problem` why its feed is of no use just now, in words.
    """

    how: Literal["at once", "feed", "scans"]
    minutes: int | None
    looked_at: int | None
    problem: str


class Feeds:
    """`daemon` knows the options and the sign-ins of remotes."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    def __call__(self, row: Storage) -> Feed | None:
        """A feed of its own for whoever asks, to be closed by them; None where there is none.

        Raises StorageError when rclone cannot be asked.
        """
        if not may_tell(row):
            return None
        remote = str(row.options["remote"])
        options = {key: str(value) for key, value in self._daemon.call("config/get", name=remote).items()}
        token = RemoteToken(self._daemon, remote)
        return find_feed(str(row.options["type"]), options, row.root.strip("/"), token)


def may_tell(row: Storage) -> bool:
    """Whether the provider of this storage is one that tells of changes."""
    return bool(row.kind == "rclone" and row.options.get("type") in TELLING)


def how_noticed(row: Storage, scan_minutes: int) -> Noticed:
    """How changes of a storage are noticed; `scan_minutes` is the setting."""
    looked_at = max(row.scanned_at or 0, row.feed_at or 0) or None
    if row.kind != "rclone":
        return Noticed("at once", None, looked_at, "")
    if row.feed_cursor is None or row.feed_problem:
        return Noticed("scans", scan_minutes, looked_at, row.feed_problem)
    if row.options.get("type") in WAITING:
        return Noticed("at once", None, looked_at, "")
    return Noticed("feed", round(EVERY_S / 60), looked_at, "")
