"""A name is given by one at a time, also when the one before died, and nothing is left of it."""

from pathlib import Path
from threading import Event, Thread

import pytest

from services.storages.rclone.claiming import claimed
from services.storages.rclone.remote import Remote
from tests.services.storages.rclone.fakes import FakeDaemon


def remote(root: str = "photos") -> Remote:
    return Remote(FakeDaemon(), "h_1", type="webdav", root=root)


@pytest.mark.parametrize(("root", "name", "waits"), [
    ("photos", "a.jpg", True), ("photos", "A.JPG", True), ("photos", "b.jpg", False), ("other", "a.jpg", False),
])  # fmt: skip
def test_one_name_is_given_by_one_at_a_time(tmp_path: Path, root: str, name: str, waits: bool) -> None:
    order: list[str] = []
    begun = Event()

    def other() -> None:
        begun.set()
        with claimed(tmp_path, "up-", remote(root), name):
            order.append("other")

    thread = Thread(target=other)
    with claimed(tmp_path, "up-", remote(), "a.jpg"):
        thread.start()
        begun.wait()
        thread.join(0.2 if waits else None)  # one that does not wait ends
        order.append("we")
    thread.join()
    assert order == (["we", "other"] if waits else ["other", "we"])
    assert list(tmp_path.iterdir()) == []


def test_many_wait_in_turn_though_each_removes_the_lock(tmp_path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def give() -> None:
        for _ in range(20):
            with claimed(tmp_path, "up-", remote(), "a.jpg"):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [Thread(target=give) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(most) == {1}
    assert list(tmp_path.iterdir()) == []


def test_a_lock_of_one_that_died_or_failed_holds_nobody_up(tmp_path: Path) -> None:
    locks: list[Path] = []

    def fail() -> None:
        with claimed(tmp_path, "up-", remote(), "a.jpg"):
            locks.extend(tmp_path.iterdir())
            raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        fail()
    (lock,) = locks
    lock.touch()  # left by a process that was killed
    with claimed(tmp_path, "up-", remote(), "a.jpg"):
        assert lock.exists()
    assert not lock.exists()
