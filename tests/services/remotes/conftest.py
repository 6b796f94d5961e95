"""Storages elsewhere as anna connects them, with a stand-in for rclone's daemon and real sign-ins."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from config import load
from services import clock
from services.models import Storage, User
from services.remotes import Remotes
from services.storages.hosts import HostPolicy
from services.storages.oauth import Microsoft, SignIn
from services.storages.oauth.clients import get_sign_in
from services.viewers import Viewer
from tests.factories import Make
from tests.fakes import FakeRclone
from tests.servers.microsoft import FakeMicrosoft

WEBDAV = {"url": "https://dav.example/", "user": "anna", "pass": "swordfish"}


@dataclass
class Far:
    """`begin` begins with a WebDAV server that takes everything; `scanned` are the scans that were begun."""

    remotes: Remotes
    rclone: FakeRclone
    anna: Viewer
    ben: Viewer
    owner: User
    scanned: list[Storage] = field(default_factory=list)

    def connect(self, name: str = "Cloud", root: str = "Photos", **options: Any) -> Storage:
        draft = self.remotes.begin(self.anna, "webdav", WEBDAV | options)
        return self.remotes.connect(self.anna, draft.pid, name, root)

    @property
    def only(self) -> dict[str, str]:
        """The one remote in rclone's configuration."""
        (found,) = self.rclone.remotes.values()
        return found


@pytest.fixture
def far(make: Make) -> Far:
    return build(make)


def build(make: Make, sign_in: Callable[[str], SignIn] = get_sign_in, **settings: str) -> Far:
    """The same with other sign-ins, or settings as the environment gives them."""
    rclone, scanned = FakeRclone(), list[Storage]()
    owner = User.get_or_none() or make.user("anna")
    other = User.get_or_none(User.login == "ben") or make.user("ben")
    policy = HostPolicy(resolver=lambda host: ["93.184.215.14"])
    loaded = load(make.data, {f"HYPOMOS_{key.upper()}": text for key, text in settings.items()})
    remotes = Remotes(loaded, rclone, policy, scanned.append, sign_in)  # type: ignore[arg-type]  # a stand-in
    return Far(remotes, rclone, make.viewer(owner), make.viewer(other), owner, scanned)


@pytest.fixture
def microsoft() -> Iterator[FakeMicrosoft]:
    with FakeMicrosoft() as server:
        server.interval_s = 0
        yield server


def onedrive(make: Make, server: FakeMicrosoft, **settings: str) -> Far:
    return build(make, lambda name: Microsoft(server.endpoints), **settings)


def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every poll is made when it is time to."""
    step = iter(range(1, 1000))
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + next(step) * 2 * clock.SECOND)
