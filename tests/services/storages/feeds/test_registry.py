"""Which remote has a feed."""

import pytest

from services.storages.feeds import find_feed
from services.storages.feeds.dropbox import DropboxFeed
from services.storages.feeds.googledrive import GoogleDriveFeed
from services.storages.feeds.onedrive import OneDriveFeed


def token() -> str:
    raise AssertionError("nothing is asked before it is used")


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        ("onedrive", {"drive_id": "b!1", "drive_type": "personal"}, OneDriveFeed),
        ("onedrive", {}, type(None)),
        ("onedrive", {"drive_id": "b!1", "root_folder_id": "x"}, type(None)),
        ("drive", {"scope": "drive.readonly", "team_drive": ""}, GoogleDriveFeed),
        ("drive", {"team_drive": "0A"}, type(None)),
        ("drive", {"shared_with_me": "true"}, type(None)),
        ("drive", {"shared_with_me": "false"}, GoogleDriveFeed),
        ("dropbox", {}, DropboxFeed),
        ("dropbox", {"root_namespace": "5"}, type(None)),
        ("sftp", {}, type(None)),
    ],
)
def test_feeds(kind: str, options: dict[str, str], expected: type) -> None:
    found = find_feed(kind, options, "Pictures", token)
    assert type(found) is expected
    if found is not None:
        found.close()
