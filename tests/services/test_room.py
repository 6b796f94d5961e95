"""Room: when it is scarce, and the ballast that is laid, given up and laid again."""

import os
from pathlib import Path

import pytest

from services import room
from services.errors import NoSpace


@pytest.fixture
def plenty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever disk the tests run on, there is room on it."""
    monkeypatch.setattr(room, "MIN_FREE", 0)


def test_scarce_room_is_an_error_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MIN_FREE", 1 << 62)
    monkeypatch.setattr(room, "MIN_FREE_SHARE", 2.0)
    with pytest.raises(NoSpace, match=r"MiB are free .*when there is room again"):
        room.require_space(tmp_path)
    monkeypatch.setattr(
        room, "MIN_FREE", 0
    )  # the smaller of the two decides: a large disk may be nearly full
    room.require_space(tmp_path)


def test_the_ballast_takes_its_room_and_gives_it_back(tmp_path: Path, plenty: None) -> None:
    assert room.lay_ballast(tmp_path)
    (path,) = tmp_path.iterdir()
    assert path.name == room.BALLAST
    assert path.stat().st_blocks * 512 >= room.BALLAST_BYTES, "a hole in a file keeps no room"
    assert not room.lay_ballast(tmp_path), "it is there already"
    assert room.drop_ballast(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert not room.drop_ballast(tmp_path)
    assert room.lay_ballast(tmp_path)


def test_no_ballast_where_room_is_scarce(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "BALLAST_BYTES", 1 << 62)
    assert not room.lay_ballast(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_room_that_somebody_else_took_first(
    tmp_path: Path, plenty: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, start: int, length: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    assert not room.lay_ballast(tmp_path)
    assert list(tmp_path.iterdir()) == [], "nothing half is left"


def test_a_full_disk_is_told_as_little_room_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MIN_FREE", 1 << 62)
    monkeypatch.setattr(room, "MIN_FREE_SHARE", 2.0)
    with pytest.raises(NoSpace) as before:
        room.require_room(tmp_path, 0)
    for number in room.FULL:
        with pytest.raises(NoSpace) as caught, room.receiving():
            raise OSError(number, "as the system says it")
        assert str(caught.value) == str(before.value)
    with pytest.raises(FileNotFoundError), room.receiving():
        raise FileNotFoundError
