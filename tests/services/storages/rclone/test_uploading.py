"""What breaks off while it is sent is not seen (T10)."""

import errno
import fcntl
import shutil
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NoReturn

import pytest

from services.errors import (
    Conflict,
    NoSpace,
    ReadOnly,
    Unavailable,
)
from services.storages.patterns import half_name
from services.storages.rclone import Daemon, uploading
from tests.services.storages.conftest import Mounter
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


@pytest.mark.parametrize(("type", "can"), [("webdav", "Move"), ("onedrive", "Move"), ("s3", "Copy")])
def test_a_name_taken_meanwhile_is_not_overwritten(tmp_path: Path, type: str, can: str) -> None:
    def stat(params: dict[str, Any]) -> Answer:
        is_half = params["remote"].endswith(".part")
        taken = bool(daemon.asked("operations/copyfile"))
        return {"item": file("x", 4) if is_half or taken else None}

    daemon = FakeDaemon(
        operations__fsinfo={"Precision": 1, "Features": {can: True}}, operations__stat=stat,
        operations__copyfile={}, operations__deletefile={},
    )  # fmt: skip
    with pytest.raises(Conflict):
        make(daemon, tmp_path, type=type, writable=True).write("a.jpg", [b"1234"], size=4)
    assert [copied["dstRemote"][-5:] for copied in daemon.asked("operations/copyfile")] == [".part"]
    assert daemon.asked("operations/movefile") == []


def test_where_nothing_can_be_renamed_the_last_look_is_just_before(tmp_path: Path) -> None:
    def stat(params: dict[str, Any]) -> Answer:
        looks.append(params["remote"])
        return {
            "item": file("a.jpg", 6) if len(looks) > 4 else None
        }  # two looks, each for a file and a folder

    looks: list[str] = []
    daemon = FakeDaemon(operations__fsinfo={"Precision": 1}, operations__stat=stat, operations__copyfile={})
    with pytest.raises(Conflict):
        make(daemon, tmp_path, type="s3", writable=True).write("a.jpg", [b"1234"], size=4)
    assert daemon.asked("operations/copyfile") == []


@pytest.mark.parametrize(("type", "replacing", "name"), [
    ("s3", True, "a.jpg"), ("s3", False, half_name("5he1f")), ("webdav", False, half_name("5he1f")),
])  # fmt: skip
def test_what_takes_nobodys_name_is_sent_at_once(
    tmp_path: Path, type: str, replacing: bool, name: str
) -> None:
    def stat(params: dict[str, Any]) -> Answer:
        return {"item": file(name, 4) if daemon.asked("operations/copyfile") else None}

    daemon = FakeDaemon(operations__stat=stat, operations__copyfile={})
    make(daemon, tmp_path, type=type, writable=True).write(name, [b"1234"], size=4, if_absent=not replacing)
    assert [copied["dstRemote"] for copied in daemon.asked("operations/copyfile")] == [name]
    assert daemon.asked("operations/movefile") == []


@pytest.mark.parametrize("features", [{"Move": True}, {"Copy": True}, {}])
def test_of_two_uploads_of_one_name_one_wins(tmp_path: Path, features: dict[str, bool]) -> None:
    """The other one begins between the last look of the first and what gives the name."""
    there: list[str] = []
    others: list[Thread] = []
    lost: list[Exception] = []

    def stat(params: dict[str, Any]) -> Answer:
        is_there = params["remote"] in there and "filesOnly" in params["opt"]
        return {"item": file(params["remote"], 4) if is_there else None}

    def second() -> None:
        try:
            make(daemon, tmp_path, type="s3", writable=True).write("a.jpg", [b"4321"], size=4)
        except Conflict as error:
            lost.append(error)

    def give(params: dict[str, Any]) -> Answer:
        if not params["dstRemote"].endswith(".part") and not others:
            others.append(Thread(target=second))
            others[0].start()
            others[0].join(0.3)  # it waits for us; if it did not, it would have ended by then
        there.append(params["dstRemote"])
        return {}

    daemon = FakeDaemon(
        operations__fsinfo={"Precision": 1, "Features": features}, operations__stat=stat,
        operations__copyfile=give, operations__movefile=give, operations__deletefile={},
    )  # fmt: skip
    make(daemon, tmp_path, type="s3", writable=True).write("a.jpg", [b"1234"], size=4)
    others[0].join()
    assert len(lost) == 1
    assert there.count("a.jpg") == 1
    assert list(tmp_path.iterdir()) == []


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


@pytest.mark.parametrize("size", [4 << 20, None])
@pytest.mark.parametrize("reserve", [True, False])
def test_our_own_full_disk(
    tmp_path: Path, mount: Mounter, monkeypatch: pytest.MonkeyPatch, size: int | None, reserve: bool
) -> None:
    """What does not fit is sent nowhere and leaves nothing; what is kept free here stays so, if anything is."""
    monkeypatch.setattr(uploading, "LOOK_BYTES", 0)
    if not reserve:  # somebody else is faster than any look
        monkeypatch.setattr(uploading, "require_room", lambda spool, size: None)
    disk = mount(tmp_path / "disk", size="2m")
    least = [shutil.disk_usage(disk).free]

    def pieces() -> Iterator[bytes]:
        for _ in range(64):
            yield bytes(65536)
            least.append(shutil.disk_usage(disk).free)

    daemon = FakeDaemon(operations__stat={"item": None})
    with pytest.raises(NoSpace, match="not enough room left to receive"):
        make(daemon, disk / "spool", writable=True).write("big.mov", pieces(), size=size)
    assert list((disk / "spool").iterdir()) == []
    assert daemon.asked("operations/copyfile") == []
    if reserve:
        assert min(least) >= 0.05 * shutil.disk_usage(disk).total
        assert len(least) == 1 or size is None, "where it is known what comes nothing of it is taken"
    else:
        assert min(least) == 0


def test_other_faults_of_our_disk_are_no_full_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **more: object) -> NoReturn:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", broken)
    daemon = FakeDaemon(operations__stat={"item": None})
    with pytest.raises(OSError, match="Input/output"):
        make(daemon, tmp_path, writable=True).write("a.jpg", [b"1234"], size=4)


def test_abandoned_parts_are_ended_in_s3_alone_and_below_the_root(tmp_path: Path) -> None:
    """Elsewhere the same call empties trashes and deletes old versions."""
    for type in ("s3", "drive", "b2", "webdav"):
        daemon = FakeDaemon(operations__cleanup={})
        make(daemon, tmp_path, type=type, root="bucket/photos", writable=True).end_abandoned()
        asked = [{"fs": {"_name": "h_1", "_root": "bucket/photos"}}] if type == "s3" else []
        assert daemon.asked("operations/cleanup") == asked
    with pytest.raises(ReadOnly):
        make(FakeDaemon(), tmp_path, type="s3", root="bucket/photos").end_abandoned()


UPLOADS = """<?xml version="1.0"?><ListMultipartUploadsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
<Bucket>bucket</Bucket><IsTruncated>false</IsTruncated>
<Upload><Key>photos/a</Key><UploadId>old</UploadId><Initiated>2020-01-01T00:00:00.000Z</Initiated></Upload>
<Upload><Key>photos/b</Key><UploadId>young</UploadId><Initiated>2999-01-01T00:00:00.000Z</Initiated></Upload>
</ListMultipartUploadsResult>"""


def test_the_real_one_ends_old_uploads_below_the_root(daemon: Daemon, tmp_path: Path) -> None:
    asked: list[str] = []

    class Bucket(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.command} {self.path}")
            body = UPLOADS.encode() if self.command == "GET" else b""
            self.send_response({"GET": 200, "DELETE": 204}.get(self.command, 404))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_DELETE(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Bucket) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        options = {
            "provider": "Other", "access_key_id": "a", "secret_access_key": "k", "region": "x",
            "endpoint": f"http://127.0.0.1:{server.server_port}", "force_path_style": "true",
        }  # fmt: skip
        opt = {"nonInteractive": True, "obscure": True}
        try:
            daemon.call("config/create", name="h_1", type="s3", parameters=options, opt=opt)
            make(daemon, tmp_path, type="s3", root="bucket/photos", writable=True).end_abandoned()
        finally:
            server.shutdown()
    (listed,) = [each for each in asked if each.startswith("GET")]
    assert "uploads" in listed
    assert "prefix=photos" in listed
    (ended,) = [each for each in asked if each.startswith("DELETE")]
    assert ended.startswith("DELETE /bucket/photos/a?")
    assert "uploadId=old" in ended
