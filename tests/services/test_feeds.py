"""Which storage has a feed, with which token, and what its page says of how changes are noticed."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.errors import Unavailable
from services.feeds import Feeds, Noticed, how_noticed, may_tell
from services.models import Storage
from services.storages.feeds.dropbox import DropboxFeed
from services.storages.feeds.googledrive import GoogleDriveFeed
from services.storages.feeds.onedrive import OneDriveFeed
from services.storages.hosts import HostPolicy
from services.storages.rclone import Daemon
from tests.factories import Make


class Answers(Daemon):
    """A daemon that answers what it is told."""

    def __init__(self, data: Path, remote: dict[str, str]) -> None:
        super().__init__(data, password="of the test", policy=HostPolicy([]))
        self.remote = remote

    def call(self, method: str, *, timeout: float = 0, again: bool = True, **params: Any) -> dict[str, Any]:
        assert (method, params) == ("config/get", {"name": "h_1"})
        return self.remote


def row(make: Make, type: str, **more: Any) -> Storage:
    options = {"type": type, "remote": "h_1"}
    return make.storage(make.user(), kind="rclone", root="Photos", options=options, **more)


@pytest.mark.parametrize(
    ("type", "remote", "feed"),
    [
        ("onedrive", {"drive_id": "d"}, OneDriveFeed), ("drive", {}, GoogleDriveFeed), ("dropbox", {}, DropboxFeed),
        ("onedrive", {}, type(None)), ("drive", {"team_drive": "0A"}, type(None)), ("sftp", {}, type(None)),
    ],
)  # fmt: skip
def test_which_storage_has_one(make: Make, data: Path, type: str, remote: dict[str, str], feed: Any) -> None:
    found = Feeds(Answers(data, remote))(row(make, type))
    assert isinstance(found, feed)
    if found is not None:
        found.close()


def test_a_folder_of_this_machine_has_none(make: Make, data: Path) -> None:
    local = make.storage(make.user())
    assert not may_tell(local)
    assert Feeds(Answers(data, {}))(local) is None


def test_a_daemon_that_does_not_answer(make: Make, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: object, **more: object) -> None:
        raise Unavailable("rclone did not start")

    daemon = Answers(data, {"token": json.dumps({})})
    monkeypatch.setattr(daemon, "call", fails)
    with pytest.raises(Unavailable):
        Feeds(daemon)(row(make, "drive"))


def test_how_changes_are_noticed(make: Make) -> None:
    assert how_noticed(make.storage(make.user("ben")), 360) == Noticed("at once", None, None, "")
    storage = row(make, "sftp", scanned_at=7)
    assert how_noticed(storage, 360) == Noticed("scans", 360, 7, "")
    storage.options = {"type": "drive"}
    assert how_noticed(storage, 360).how == "scans", "before its first full scan"
    storage.feed_cursor, storage.feed_at = "c", 9
    assert how_noticed(storage, 360) == Noticed("feed", 5, 9, "")
    storage.options = {"type": "dropbox"}
    assert how_noticed(storage, 360) == Noticed("at once", None, 9, "")
    storage.feed_problem = "It is broken."
    assert how_noticed(storage, 360) == Noticed("scans", 360, 9, "It is broken.")
