import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.errors import Unavailable
from services.storages import watching
from services.storages.local import LocalStorage
from services.storages.memory import MemoryStorage
from services.storages.values import Change, Listing
from services.storages.watching import poll_changes, watch_folder

PROJECT = Path(__file__).parents[3]


class Watched:
    """Follows changes in a thread until the test ends."""

    def __init__(self, watch: Callable[[threading.Event], Iterator[Change]]) -> None:
        self._stop = threading.Event()
        self._changes: queue.Queue[Change] = queue.Queue()
        self._thread = threading.Thread(target=self._follow, args=(watch,))
        self._thread.start()

    def _follow(self, watch: Callable[[threading.Event], Iterator[Change]]) -> None:
        for change in watch(self._stop):
            self._changes.put(change)

    def next(self) -> Change:
        return self._changes.get(timeout=15)

    def until(self, *folders: str) -> set[str]:
        """All changed folders up to the batch in which the last of these came."""
        seen: set[str] = set()
        while not seen.issuperset(folders):
            seen |= self.next().folders
        return seen

    def rest(self) -> list[Change]:
        time.sleep(0.7)
        return [self._changes.get() for _ in range(self._changes.qsize())]

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(10)
        assert not self._thread.is_alive()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    (folder / "album").mkdir(parents=True)
    return folder


@pytest.fixture
def events(root: Path) -> Iterator[Watched]:
    watched = Watched(lambda stop: watch_folder(str(root), LocalStorage(root).list, stop, debounce_ms=300))
    assert watched.next() == Change(everything=True)
    yield watched
    watched.stop()


@pytest.fixture
def memory() -> MemoryStorage:
    storage = MemoryStorage()
    storage.put("album/a.jpg", b"1")
    storage.put("2026/07/b.jpg", b"2")
    return storage


@pytest.fixture
def polled(memory: MemoryStorage) -> Iterator[Watched]:
    watched = Watched(lambda stop: poll_changes(memory.list, stop, interval_s=0.01))
    assert watched.next() == Change(everything=True)
    yield watched
    watched.stop()


def test_new_changed_and_deleted_files_name_their_folder(root: Path, events: Watched) -> None:
    (root / "album/a\nü.jpg").write_bytes(b"1")
    assert events.until("album") == {"album"}
    (root / "top.jpg").write_bytes(b"1")
    assert events.until("") == {""}
    (root / "album/a\nü.jpg").unlink()
    assert events.until("album") == {"album"}


def test_folders_that_come_at_once_are_named_to_the_bottom(
    tmp_path: Path, root: Path, events: Watched
) -> None:
    deep = tmp_path / "aside/2026/07"
    deep.mkdir(parents=True)
    (deep / "a.jpg").write_bytes(b"1")
    (tmp_path / "aside").rename(root / "moved")
    assert events.until("moved/2026/07") >= {"", "moved", "moved/2026", "moved/2026/07"}
    (root / "moved/2026/07/b.jpg").write_bytes(b"2")
    assert events.until("moved/2026/07") == {"moved/2026/07"}
    (root / "moved").rename(tmp_path / "gone")
    assert events.until("") == {""}


def test_reading_half_written_and_linked_things_are_no_changes(
    tmp_path: Path, root: Path, events: Watched
) -> None:
    (root / "album/a.jpg").write_bytes(b"1")
    events.until("album")
    events.rest()
    (root / "album/a.jpg").read_bytes()
    (root / "album/b.jpg.part").write_bytes(b"half")
    (root / ".hypomos-0123.part").write_bytes(b"half")
    assert events.rest() == []
    (root / "album/b.jpg.part").rename(root / "album/b.jpg")
    assert events.until("album") == {"album"}


def test_what_a_link_leads_to_is_not_watched(tmp_path: Path, root: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / "link").symlink_to(outside)
    watched = Watched(lambda stop: watch_folder(str(root), LocalStorage(root).list, stop, debounce_ms=300))
    try:
        assert watched.next().everything
        (outside / "secret.jpg").write_bytes(b"1")
        assert watched.rest() == []
    finally:
        watched.stop()


def test_a_root_that_goes_and_comes_back_is_watched_on(root: Path, tmp_path: Path, events: Watched) -> None:
    root.rename(tmp_path / "away")
    time.sleep(1)
    events.rest()
    (tmp_path / "away").rename(root)
    change = events.next()
    while not change.everything:
        change = events.next()
    (root / "album/new.jpg").write_bytes(b"1")
    assert events.until("album") == {"album"}


def test_a_root_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    root = tmp_path / "later"
    watched = Watched(lambda stop: watch_folder(str(root), LocalStorage(root).list, stop))
    try:
        time.sleep(0.3)
        root.mkdir()
        assert watched.next().everything
    finally:
        watched.stop()


def test_a_tree_with_a_name_that_is_not_utf8_is_watched_all_the_same(root: Path) -> None:
    """The event library gives up at such a name; looking again does not."""
    bad = os.fsencode(root) + b"/bad\xff"
    os.mkdir(bad)  # noqa: PTH102  bytes
    watched = Watched(lambda stop: watch_folder(str(root), LocalStorage(root).list, stop, poll_s=0.05))
    try:
        assert watched.next().everything
        with open(bad + b"/x\xfe.jpg", "wb") as file:  # noqa: PTH123  bytes
            file.write(b"1")
        while "bad\udcff" not in (change := watched.next()).folders:
            assert change.everything  # when the library noticed only now
    finally:
        watched.stop()


def test_when_the_kernel_has_no_watches_left_we_look_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*args: object) -> Iterator[Change]:
        raise OSError("OS file watch limit reached")

    monkeypatch.setattr(watching, "_by_events", exhausted)
    watched = Watched(lambda stop: watch_folder(str(root), LocalStorage(root).list, stop, poll_s=0.05))
    try:
        assert watched.next().everything
        (root / "album/a.jpg").write_bytes(b"1")
        assert watched.until("album") == {"album"}
    finally:
        watched.stop()


def test_network_mounts_are_looked_at_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = root.parent / "mountinfo"
    table.write_text(f"27 1 0:40 / {root} rw - nfs4 nas:/photos rw\n")
    monkeypatch.setattr("services.storages.mounts.read_mounts.__defaults__", (table,))
    monkeypatch.setattr(watching, "_by_events", None)  # calling it would fail
    watched = Watched(LocalStorage(root).watch)
    try:
        assert watched.next() == Change(everything=True)
    finally:
        watched.stop()


def test_looking_again_finds_exactly_the_changed_folders(memory: MemoryStorage, polled: Watched) -> None:
    memory.put("album/c.jpg", b"3")
    assert polled.next().folders == {"album"}
    memory.put("2026/07/b.jpg", b"4", mtime_ns=5)
    assert polled.next().folders == {"2026/07"}
    memory.put("2027/01/d.jpg", b"5")
    assert polled.until("2027/01") == {"", "2027", "2027/01"}
    memory.take("2027")
    assert polled.until("") == {""}


def test_looking_again_passes_over_half_written_files(memory: MemoryStorage, polled: Watched) -> None:
    memory.put("album/x.part", b"1")
    memory.put("@eaDir/thumb.jpg", b"1")
    memory.put("album/y.jpg", b"1")
    assert polled.next().folders == {"album"}


@pytest.mark.parametrize("fault", ["offline", "empty_root", "partial"])
def test_what_cannot_be_listed_is_no_change(memory: MemoryStorage, polled: Watched, fault: str) -> None:
    if fault == "partial":
        memory.faults.partial.update({"", "album", "2026"})
    else:
        setattr(memory.faults, fault, True)
    calls = memory.calls
    while memory.calls < calls + 20:
        time.sleep(0.01)
    memory.faults.partial.clear()
    memory.faults.offline = memory.faults.empty_root = False
    memory.put("2026/07/new.jpg", b"1")
    assert polled.next().folders == {"2026/07"}


def test_looking_again_leaves_a_slow_storage_in_peace(memory: MemoryStorage) -> None:
    def slow(path: str) -> Listing:
        time.sleep(0.02)
        return memory.list(path)

    _, pause = watching._timed_look(slow, {}, 0.01)
    assert pause >= 9 * 4 * 0.02  # four folders


def test_a_storage_that_fails_from_the_start_is_not_given_up(memory: MemoryStorage) -> None:
    memory.faults.fail_on = {1: Unavailable("not yet")}
    watched = Watched(lambda stop: poll_changes(memory.list, stop, interval_s=0.01))
    try:
        assert watched.next().everything
        assert watched.until("2026/07") == {"", "album", "2026", "2026/07"}
    finally:
        watched.stop()


def test_the_event_library_is_loaded_only_to_watch() -> None:
    program = (
        "import sys, services.storages;"
        "sys.exit(any(name in sys.modules for name in ('watchfiles', 'peewee', 'PIL', 'numpy', 'anyio')))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, check=False)
    assert done.returncode == 0
