import stat
import threading
from pathlib import Path

import pytest

from services.secrets import FILE_NAME, VARIABLE, SecretUnusable, load_or_make, replace_private, subkey


def test_made_at_the_first_start_and_kept(tmp_path: Path) -> None:
    key = load_or_make(tmp_path, {})
    assert len(key) == 32
    assert load_or_make(tmp_path, {}) == key
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == [FILE_NAME]


def test_every_appliance_has_its_own(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert load_or_make(tmp_path / "a", {}) != load_or_make(tmp_path / "b", {})


def test_processes_that_start_at_once_get_the_same(tmp_path: Path) -> None:
    keys: list[bytes] = []
    gate = threading.Barrier(8)

    def start() -> None:
        gate.wait(10)
        keys.append(load_or_make(tmp_path, {}))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(keys) == 8
    assert len(set(keys)) == 1
    assert [p.name for p in tmp_path.iterdir()] == [FILE_NAME]


def test_a_file_that_is_named_counts_and_none_is_made(tmp_path: Path) -> None:
    given = tmp_path / "credential"
    given.write_bytes(b"k" * 40 + b"\n")
    given.chmod(0o400)
    data = tmp_path / "data"
    data.mkdir()
    key = load_or_make(data, {VARIABLE: str(given)})
    given.chmod(0o600)
    given.write_bytes(b"k" * 40)
    assert load_or_make(data, {VARIABLE: str(given)}) == key
    assert list(data.iterdir()) == []


def test_a_named_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SecretUnusable, match=r"absent cannot be read: No such file"):
        load_or_make(tmp_path, {VARIABLE: str(tmp_path / "absent")})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"short\n", b"x" * 31])
def test_a_short_key_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(SecretUnusable, match="needs at least 32"):
        load_or_make(tmp_path, {})
    assert (tmp_path / FILE_NAME).read_bytes() == content


def test_what_cannot_be_read_or_made_says_which_file(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(SecretUnusable, match=r"secret\.key cannot be read: .*chown"):
        load_or_make(tmp_path, {})
    with pytest.raises(
        SecretUnusable, match=r"secret\.key cannot be made: No such file.*HYPOMOS_SECRET_FILE"
    ):
        load_or_make(tmp_path / "absent", {})


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True)])
def test_a_key_that_others_can_read_is_used_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, mode: int, warned: bool
) -> None:
    key = load_or_make(tmp_path, {})
    (tmp_path / FILE_NAME).chmod(mode)
    assert load_or_make(tmp_path, {}) == key
    assert ("chmod 600" in caplog.text) == warned


@pytest.mark.parametrize(("mode", "warned"), [(0o440, False), (0o444, True)])
def test_a_credential_may_show_rights_of_the_group(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, mode: int, warned: bool
) -> None:
    given = tmp_path / "credential"
    given.write_bytes(b"k" * 32)
    given.chmod(mode)
    load_or_make(tmp_path, {VARIABLE: str(given)})
    assert ("chmod 600" in caplog.text) == warned


def test_each_purpose_has_its_own_key() -> None:
    key = b"k" * 32
    assert len(subkey(key, "csrf")) == 32
    assert subkey(key, "csrf") == subkey(key, "csrf")
    assert len({key, subkey(key, "csrf"), subkey(key, "csrf2"), subkey(b"l" * 32, "csrf")}) == 4


def test_a_private_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "code"
    path.write_text("old")
    path.chmod(0o644)
    replace_private(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x").touch()
    with pytest.raises(OSError, match="folder"):
        replace_private(tmp_path / "folder", b"new")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["code", "folder"]
