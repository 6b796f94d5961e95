"""The daemon's log: nothing in it that opens a door, and never large."""

import io
import json
from pathlib import Path

import pytest

from services.errors import Unavailable
from services.storages.rclone import Daemon, daemonlog
from services.storages.rclone.daemon import LOG
from tests.services.storages.rclone.conftest import eventually

SECRET = "s3cr3t-word"


def kept(printed: bytes, path: Path) -> str:
    daemonlog.keep(io.BytesIO(printed), path)
    return path.read_text()


@pytest.mark.parametrize(
    "said",
    [
        f'Get "http://nas/photos?token={SECRET}": connection refused',
        f'Get "https://anna:{SECRET}@nas/": EOF',
        f"PUT /container/a.jpg?sv=1&sig={SECRET} failed",
        f"Get smb2+tcp://anna:{SECRET}@nas",
    ],
)
def test_addresses_are_left_out(tmp_path: Path, said: str) -> None:
    line = {"level": "error", "msg": said, "object": said, "size": 3}
    printed = json.dumps(line).encode() + b"\n" + said.encode() + b"\n"
    text = kept(printed, tmp_path / "log")
    assert SECRET not in text
    told, plain = text.splitlines()
    assert json.loads(told)["level"] == "error"
    assert said.split()[0] in json.loads(told)["msg"]
    assert said.split()[0] in plain


def test_of_a_line_too_long_no_second_half_is_kept(tmp_path: Path) -> None:
    start = b"x" * (daemonlog._LONGEST_LINE - 20)
    long = start + b" http://nas/photos?token=" + SECRET.encode() + b"\n"
    text = kept(long + b"short\n", tmp_path / "log")
    assert SECRET not in text
    assert text.splitlines()[1:] == ["short"]


def test_it_is_private_and_never_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemonlog, "LARGEST", 100)
    text = kept(b"".join(b"line %d\n" % n for n in range(100)), tmp_path / "log")
    assert text.endswith("line 99\n")
    assert len(text) <= 100 + len("line 99\n")
    assert (tmp_path / "log").stat().st_mode & 0o077 == 0


def test_what_cannot_be_written_keeps_nobody_waiting(tmp_path: Path) -> None:
    printed = io.BytesIO(b"1\n2\n")
    daemonlog.keep(printed, tmp_path / "no folder" / "log")
    assert printed.read() == b""


def test_what_the_real_one_says_of_a_failed_call_is_kept_without_its_address(
    daemon: Daemon, data: Path
) -> None:
    fs = {"type": "http", "url": f"http://127.0.0.1:1/?token={SECRET}"}
    with pytest.raises(Unavailable):
        daemon.call("operations/list", fs=fs, remote="", _config={"LowLevelRetries": 1})
    log = data / "run" / LOG
    eventually(lambda: "operations/list" in log.read_text())
    assert SECRET not in log.read_text()
