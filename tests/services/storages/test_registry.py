from pathlib import Path

import pytest

from services.errors import UsageError
from services.storages.hosts import HostPolicy
from services.storages.local import LocalStorage
from services.storages.memory import MemoryStorage
from services.storages.rclone import Daemon, RcloneStorage
from services.storages.registry import known_kinds, make_storage
from services.storages.values import Fingerprint


def test_each_kind_gives_its_storage(tmp_path: Path) -> None:
    local = make_storage("local", str(tmp_path), writable=True)
    assert isinstance(local, LocalStorage)
    assert local.writable
    memory = make_storage("memory", "anything", options={})
    assert isinstance(memory, MemoryStorage)
    assert not memory.writable
    far = {"type": "sftp", "remote": "h_1"}
    daemon = Daemon(tmp_path, password="x", policy=HostPolicy())
    assert isinstance(make_storage("rclone", "", options=far, daemon=daemon, spool=tmp_path), RcloneStorage)
    assert known_kinds() == ["local", "memory", "rclone"]


@pytest.mark.parametrize("options", [{}, {"type": "sftp"}, {"type": "sftp", "remote": "h_1", "pass": "x"}])
def test_a_far_storage_has_just_its_type_and_remote(tmp_path: Path, options: dict[str, object]) -> None:
    daemon = Daemon(tmp_path, password="x", policy=HostPolicy())
    with pytest.raises(UsageError) as caught:
        make_storage("rclone", "", options=options, daemon=daemon, spool=tmp_path)
    assert caught.value.field == "options"


def test_without_a_daemon_no_far_storage_is_reached() -> None:
    with pytest.raises(UsageError, match="rclone"):
        make_storage("rclone", "", options={"type": "sftp", "remote": "h_1"})


def test_what_was_recorded_is_handed_on(tmp_path: Path) -> None:
    strange = Fingerprint(marker="another storage")
    assert make_storage("local", str(tmp_path), expected=strange).probe().state == "offline"
    assert make_storage("memory", "", expected=strange).probe().state == "offline"


def test_nothing_is_opened_yet() -> None:
    assert make_storage("local", "/nowhere/at/all").probe().state == "offline"


def test_an_unknown_kind_is_refused_with_a_hint() -> None:
    with pytest.raises(UsageError, match="Did you mean “local”") as caught:
        make_storage("lokal", "/x")
    assert caught.value.field == "kind"
    with pytest.raises(UsageError, match="Known are: local, memory, rclone"):
        make_storage("floppy", "/x")


@pytest.mark.parametrize("kind", ["local", "memory"])
def test_an_unknown_option_is_refused(kind: str) -> None:
    with pytest.raises(UsageError, match="no option speed"):
        make_storage(kind, "/x", options={"speed": 5})


def test_a_relative_root_is_refused() -> None:
    with pytest.raises(UsageError, match="full path"):
        make_storage("local", "photos")
