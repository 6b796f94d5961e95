"""Tokens that tests take away, and feeds that ask a local server."""

from collections.abc import Iterator
from typing import TypeVar

import pytest

from services.storages.feeds import Feed
from services.storages.feeds.dropbox import DropboxFeed
from services.storages.feeds.googledrive import GoogleDriveFeed
from services.storages.feeds.onedrive import OneDriveFeed
from tests.servers.dropbox import FakeDropbox
from tests.servers.google import FakeGoogle
from tests.servers.microsoft import DRIVE, FakeMicrosoft

F = TypeVar("F", bound=Feed)


class Tokens:
    """Gives the first token until it is told to give others."""

    def __init__(self) -> None:
        self.given = ["good"]
        self.asked = 0

    def __call__(self) -> str:
        self.asked += 1
        return self.given.pop(0) if len(self.given) > 1 else self.given[0]


_open: list[Feed] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Closes every feed that the functions below made."""
    yield
    while _open:
        _open.pop().close()


def _noted(feed: F) -> F:
    _open.append(feed)
    return feed


@pytest.fixture
def token() -> Tokens:
    return Tokens()


@pytest.fixture
def microsoft() -> Iterator[FakeMicrosoft]:
    with FakeMicrosoft() as server:
        yield server


@pytest.fixture
def google() -> Iterator[FakeGoogle]:
    with FakeGoogle() as server:
        yield server


@pytest.fixture
def dropbox() -> Iterator[FakeDropbox]:
    with FakeDropbox() as server:
        yield server


def onedrive_feed(
    server: FakeMicrosoft, token: Tokens, root: str = "", deadline_s: float = 20
) -> OneDriveFeed:
    return _noted(OneDriveFeed(DRIVE, token, root=root, api=server.address + "/v1.0", deadline_s=deadline_s))


def google_feed(
    server: FakeGoogle, token: Tokens, root: str = "", deadline_s: float = 20, page_size: int = 500
) -> GoogleDriveFeed:
    at = server.address + "/drive/v3"
    return _noted(GoogleDriveFeed(token, root=root, api=at, page_size=page_size, deadline_s=deadline_s))


def dropbox_feed(server: FakeDropbox, token: Tokens, root: str = "", deadline_s: float = 20) -> DropboxFeed:
    return _noted(
        DropboxFeed(token, root=root, api=server.address, notify=server.address, deadline_s=deadline_s)
    )
