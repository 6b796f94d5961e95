"""What breaks off while it is sent is not seen (T10)."""

import fcntl
from pathlib import Path
from typing import Any

import pytest

from services.errors import (
    Conflict,
    Unavailable,
)
from services.storages.rclone import uploading
from tests.services.storages.rclone.fakes import Answer, FakeDaemon, file, make

# T10: what breaks off is not seen


def test_an_upload_goes_under_another_name_where_half_a_file_could_be_seen(tmp_path: Path) -> None:
    sent: list[str] = []

    def stat(params: dict[str, Any]) -> Answer:
        is_ours = params["remote"] in sent and "filesOnly" in params["opt"]
        return {"item": file(params["remote"], 4) if is_ours else None}

    def copy(params: dict[str, Any]) -> Answer:
        sent.append(params["dstRemote"])
        return {}

    def move(params: dict[str, Any]) -> Answer:
        sent.remove(params["srcRemote"])
        sent.append(params["dstRemote"])
        return {}

    daemon = FakeDaemon(operations__stat=stat, operations__copyfile=copy, operations__movefile=move)
    storage = make(daemon, tmp_path, writable=True)
    assert storage.write("a.jpg", [b"12", b"34"], size=4).size == 4
    assert sent == ["a.jpg"]
    (copied,) = daemon.asked("operations/copyfile")
    assert copied["dstRemote"].startswith(".hypomos-")
    assert list(tmp_path.iterdir()) == []


def test_a_broken_upload_is_taken_away_again(tmp_path: Path) -> None:
    daemon = FakeDaemon(operations__stat={"item": None}, operations__copyfile=Unavailable("cut"))
    daemon.answers["operations/deletefile"] = {}
    with pytest.raises(Unavailable, match="cut"):
        make(daemon, tmp_path, writable=True).write("a.jpg", [b"1234"], size=4)
    (deleted,) = daemon.asked("operations/deletefile")
    assert deleted["remote"].endswith(".part")
    assert list(tmp_path.iterdir()) == []


def test_a_name_taken_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    def stat(params: dict[str, Any]) -> Answer:
        is_half = params["remote"].endswith(".part")
        taken = bool(daemon.asked("operations/copyfile"))
        return {"item": file("x", 4) if is_half or taken else None}

    daemon = FakeDaemon(operations__stat=stat, operations__copyfile={}, operations__deletefile={})
    with pytest.raises(Conflict):
        make(daemon, tmp_path, writable=True).write("a.jpg", [b"1234"], size=4)
    assert daemon.asked("operations/movefile") == []


def test_what_a_process_left_that_died_is_cleared_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lock died with it; what is under way keeps its own, and what just began may not have it yet."""
    daemon = FakeDaemon(operations__stat={"item": None}, operations__copyfile=Unavailable("cut"))
    daemon.answers["operations/deletefile"] = {}
    (tmp_path / "up-dead").write_bytes(b"left")
    (tmp_path / "other").write_bytes(b"not of an upload")
    with (tmp_path / "up-alive").open("wb") as alive:
        fcntl.flock(alive, fcntl.LOCK_EX)
        for young in (True, False):
            monkeypatch.setattr(uploading, "YOUNG_S", 3600.0 if young else -1.0)
            with pytest.raises(Unavailable, match="cut"):
                make(daemon, tmp_path, writable=True).write("a.jpg", [b"1234"], size=4)
            assert (tmp_path / "up-dead").exists() == young
    assert {path.name for path in tmp_path.iterdir()} == {"up-alive", "other"}
