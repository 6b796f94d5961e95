"""Which remote has a change feed."""

from collections.abc import Mapping

from services.storages.feeds.authorized import TokenGiver
from services.storages.feeds.base import Feed
from services.storages.feeds.dropbox import DropboxFeed
from services.storages.feeds.googledrive import GoogleDriveFeed
from services.storages.feeds.onedrive import OneDriveFeed

TELLING = frozenset({"onedrive", "drive", "dropbox"})
"""Types of remotes whose providers tell of changes."""
WAITING = frozenset({"dropbox"})
"""Those of them that say at once when something has changed."""

_ELSEWHERE = frozenset({
    *("team_drive", "root_folder_id", "shared_with_me", "starred_only", "trashed_only"),
    *("root_namespace", "shared_files", "shared_folders"),
})  # fmt: skip
"""Options that make a remote show another tree than the account's own: the feed would not match it."""


def find_feed(rclone_type: str, options: Mapping[str, str], root: str, token: TokenGiver) -> Feed | None:
    """The feed of a remote with these options and this root; None where there is none."""
    if any(options.get(name) not in {None, "", "false"} for name in _ELSEWHERE):
        return None
    if rclone_type == "onedrive" and options.get("drive_id"):
        return OneDriveFeed(options["drive_id"], token, root=root)
    if rclone_type == "drive":
        return GoogleDriveFeed(token, root=root)
    if rclone_type == "dropbox":
        return DropboxFeed(token, root=root)
    return None
