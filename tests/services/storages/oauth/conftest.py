"""A clock that tests move, and the providers' servers."""

from collections.abc import Iterator

import pytest

from services import clock
from tests.servers.dropbox import FakeDropbox
from tests.servers.google import FakeGoogle
from tests.servers.microsoft import FakeMicrosoft

START = 1_767_225_600.0
"""2026-01-01 00:00 UTC."""


class Clock:
    """Stands still unless it is moved."""

    def __init__(self) -> None:
        self.seconds = START

    def __call__(self) -> float:
        return self.seconds

    def move(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture(autouse=True)
def ticks(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(clock, "source", made)
    return made


@pytest.fixture
def microsoft(ticks: Clock) -> Iterator[FakeMicrosoft]:
    with FakeMicrosoft() as server:
        server.now = ticks
        yield server


@pytest.fixture
def dropbox() -> Iterator[FakeDropbox]:
    with FakeDropbox() as server:
        yield server


@pytest.fixture
def google() -> Iterator[FakeGoogle]:
    with FakeGoogle() as server:
        yield server
