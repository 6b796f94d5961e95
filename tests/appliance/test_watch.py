"""Following folders: what is enqueued for a change, and that a failure is not the end of it."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import cast

import pytest

from appliance import watch
from appliance.watch import MOST_FOLDERS, Watchers
from config import load
from services.adapters import Adapters
from services.connecting import Connecting
from services.errors import Unavailable
from services.jobs import Jobs
from services.models import Job, Storage, database
from services.scanning import Follower
from services.storages.feeds import Feed, FeedPage
from services.storages.memory import MemoryStorage
from services.storages.values import Change
from tests.factories import Make

WAIT_S = 5.0


class Script(MemoryStorage):
    """A storage whose changes the test tells: each is a Change, or an error to raise."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[Change | Exception] = []
        self.begun = 0

    def watch(self, stop: threading.Event) -> Iterator[Change]:
        self.begun += 1
        while not stop.is_set():
            if self.steps:
                step = self.steps.pop(0)
                if isinstance(step, Exception):
                    raise step
                yield step
            time.sleep(0.005)


class ScriptedAdapters(Adapters):
    def __init__(self) -> None:
        super().__init__()
        self.disk = Script()

    def __call__(self, row: Storage) -> MemoryStorage:
        return self.disk


class Home:
    def __init__(self, make: Make) -> None:
        self.make = make
        self.anna = make.user()
        self.storage: Storage = make.storage(self.anna, kind="memory")
        self.adapters = ScriptedAdapters()
        self.disk = self.adapters.disk
        settings = load(make.data, {"HYPOMOS_NODE": "here"})
        connecting = Connecting(settings, Jobs(lambda lane, job: None, "here"), self.adapters)
        self.watchers = Watchers(self.adapters, connecting, "here")
        self.stop = threading.Event()
        self.thread = threading.Thread(target=lambda: self.watchers.run(self.stop))

    def until(self, true: Callable[[], object]) -> None:
        deadline = time.monotonic() + WAIT_S
        while not true():
            assert time.monotonic() < deadline, "it did not happen"
            time.sleep(0.01)


@pytest.fixture
def home(make: Make, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setattr(watch, "LOOK_S", 0.05)
    monkeypatch.setattr(watch, "AGAIN_S", 0.05)
    home = Home(make)
    home.thread.start()
    yield home
    home.stop.set()
    home.thread.join()
    home.until(lambda: not [t for t in threading.enumerate() if t.name.startswith("watch-")])


def jobs() -> list[dict[str, object]]:
    return [job.payload for job in Job.select().order_by(Job.id)]


def test_a_changed_folder_is_looked_at_with_its_parent(home: Home) -> None:
    home.disk.steps.append(Change(frozenset({"2026/july", "caf\udce9"})))
    home.until(jobs)
    assert jobs() == [{"folders": ["", "2026", "2026/july", "caf%E9"]}]


def test_too_many_at_once_or_unseen_ones_are_a_whole_scan(home: Home) -> None:
    home.disk.steps.append(Change(frozenset(str(n) for n in range(MOST_FOLDERS + 1))))
    home.until(jobs)
    home.disk.steps.append(Change(everything=True))
    home.until(lambda: not home.disk.steps)
    assert jobs() == [{}]  # the second joined the first


def test_no_change_is_no_job(home: Home) -> None:
    home.disk.steps.append(Change())
    home.until(lambda: not home.disk.steps)
    assert jobs() == []


@pytest.mark.parametrize("error", [Unavailable("away"), OSError("too many open files")])
def test_a_failure_is_not_the_end_of_following(home: Home, error: Exception) -> None:
    home.disk.steps += [error, Change(frozenset({"a"}))]
    home.until(jobs)
    assert home.disk.begun == 2


def test_storages_come_and_go(home: Home) -> None:
    home.until(lambda: home.disk.begun == 1)
    home.make.storage(home.anna, "More", kind="memory")
    home.make.storage(home.anna, "Elsewhere", kind="memory", node="elsewhere")
    home.until(lambda: home.disk.begun == 2)
    Storage.update(removed_at=1).execute()
    home.until(lambda: not [t for t in threading.enumerate() if t.name.startswith("watch-")])


class Told(Feed):
    """A feed that does nothing by itself."""

    closed = False

    def start(self) -> str:
        return "0"

    def changes(self, cursor: str) -> FeedPage:
        return FeedPage((), cursor)

    def close(self) -> None:
        self.closed = True


class FakeFollower:
    """Counts how often it is asked; it fails when it is told to."""

    def __init__(self) -> None:
        self.feeds: list[Told] = []
        self.noticed = 0
        self.errors: list[Exception] = []

    def open_feed(self, storage: Storage) -> Feed | None:
        if storage.name == "Local":
            return None
        self.feeds.append(Told())
        return self.feeds[-1]

    def notice(self, storage_id: int, feed: Feed) -> float:
        self.noticed += 1
        if self.errors:
            raise self.errors.pop()
        return 0.01


def test_a_provider_that_tells_is_asked_instead(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK_S", 0.05)
    monkeypatch.setattr(watch, "AGAIN_S", 0.05)
    home, follower = Home(make), FakeFollower()
    follower.errors.append(OSError("unforeseen"))
    make.storage(home.anna, "Local", kind="memory")
    home.watchers._follower = cast(Follower, follower)
    home.thread.start()
    home.until(lambda: follower.noticed > 5 and home.disk.begun == 1)
    assert [feed.closed for feed in follower.feeds] == [True, False]
    home.stop.set()
    home.thread.join()
    home.until(lambda: not [t for t in threading.enumerate() if t.name.startswith("watch-")])
    assert follower.feeds[-1].closed


@pytest.mark.sqlite("the catalogue is opened anew as that")
def test_a_run_after_a_failed_one_follows_everything_again(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker starts the service again when the catalogue was out of reach."""
    monkeypatch.setattr(watch, "LOOK_S", 0.05)
    home = Home(make)
    keep_step, fail = home.watchers._keep_step, threading.Event()

    def failing(stop: threading.Event) -> None:
        keep_step(stop)
        if fail.is_set():
            raise OSError("the catalogue is out of reach")

    monkeypatch.setattr(home.watchers, "_keep_step", failing)
    fail.set()
    with pytest.raises(OSError, match="out of reach"):
        home.watchers.run(home.stop)
    database.connect("", make.data)
    fail.clear()
    home.thread.start()
    home.until(lambda: home.disk.begun == 2)
    home.disk.steps.append(Change(frozenset({"a"})))
    home.until(jobs)
    home.stop.set()
    home.thread.join()
    home.until(lambda: not [t for t in threading.enumerate() if t.name.startswith("watch-")])
