"""The traps of rclone's remote control (T1 to T12 of the project's notes), each against what it answers.

What every storage must do is in `tests/contracts`; here a daemon is played that answers as rclone does.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.errors import (
    Conflict,
    Forbidden,
    StorageError,
    StorageFull,
    StorageNotFound,
    StorageThrottled,
    Unauthorized,
    Unavailable,
)
from services.storages import Fingerprint
from services.storages.rclone import Daemon, RcloneStorage
from services.storages.rclone.client import Body
from services.storages.values import Canary

Answer = dict[str, Any] | StorageError


class FakeDaemon(Daemon):
    """Answers from a table: method -> what it says, or a function of its parameters."""

    def __init__(self, **answers: Answer | Callable[[dict[str, Any]], Answer]) -> None:
        self.answers = {name.replace("__", "/"): answer for name, answer in answers.items()}
        self.answers.setdefault(
            "operations/fsinfo", {"Precision": 1, "Features": {"Move": True, "DirMove": True}}
        )
        self.answers.setdefault("core/stats", {"errors": 0})
        self.answers.setdefault("core/stats-delete", {})
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def call(self, method: str, *, timeout: float = 0, again: bool = True, **params: Any) -> dict[str, Any]:
        self.calls.append((method, params))
        answer = self.answers[method]
        if callable(answer):
            answer = answer(params)
        if isinstance(answer, StorageError):
            raise answer
        return answer

    def open(self, fs: str, path: str, start: int, end: int) -> Body:
        self.calls.append(("GET", {"fs": fs, "path": path, "span": (start, end)}))
        answer = self.answers["GET"]
        assert isinstance(answer, StorageError)
        raise answer

    def asked(self, method: str) -> list[dict[str, Any]]:
        return [params for name, params in self.calls if name == method]


def make(
    daemon: Daemon, tmp_path: Path, *, root: str = "", type: str = "webdav", **more: Any
) -> RcloneStorage:
    return RcloneStorage(daemon, "h_1", type=type, root=root, spool=tmp_path, **more)


def file(name: str, size: int = 1, **more: Any) -> dict[str, Any]:
    return {"Name": name, "Size": size, "IsDir": False, "ModTime": "2026-07-01T10:00:00Z", **more}


# T1: what rclone swallows is only counted


def test_entries_that_could_not_be_seen_make_a_listing_incomplete(tmp_path: Path) -> None:
    daemon = FakeDaemon(operations__list={"list": [file("a.jpg")]}, core__stats={"errors": 1})
    listing = make(daemon, tmp_path).list("")
    assert not listing.complete
    assert listing.errors
    groups = {params["_group"] for params in daemon.asked("operations/list")}
    assert groups == {params["group"] for params in daemon.asked("core/stats")}
    assert groups == {params["group"] for params in daemon.asked("core/stats-delete")}


def test_each_listing_has_a_group_of_its_own_and_is_one_folder(tmp_path: Path) -> None:
    daemon = FakeDaemon(operations__list={"list": [file("a.jpg")]})
    storage = make(daemon, tmp_path, root="photos/2026")
    storage.list("")
    storage.list("album")
    asked = daemon.asked("operations/list")
    assert [params["remote"] for params in asked] == ["photos/2026", "photos/2026/album"]
    assert asked[0]["_group"] != asked[1]["_group"]
    assert all(not params["opt"].get("recurse") for params in asked)


@pytest.mark.parametrize(
    "fault",
    [Unavailable("x"), Unauthorized("x"), StorageThrottled("x", retry_after=1)],
    ids=lambda fault: type(fault).__name__,
)
def test_a_fault_is_never_an_empty_listing(tmp_path: Path, fault: StorageError) -> None:
    storage = make(FakeDaemon(operations__list=fault), tmp_path)
    with pytest.raises(type(fault)):
        storage.list("album")


def test_a_root_that_is_not_found_is_unavailable(tmp_path: Path) -> None:
    storage = make(FakeDaemon(operations__list=StorageNotFound("x")), tmp_path, root="renamed")
    with pytest.raises(Unavailable, match="renamed or moved"):
        storage.list("")


# T1c: an unmounted root is empty without any error


def test_an_empty_root_is_believed_only_with_its_canaries(tmp_path: Path) -> None:
    known = Fingerprint(canaries=(Canary("a.jpg", 5),))
    there: dict[str, Any] = {"item": None}
    daemon = FakeDaemon(
        operations__list={"list": []},
        operations__stat=lambda p: there if p["remote"] == "a.jpg" else {"item": None},
    )
    storage = make(daemon, tmp_path, expected=known)
    with pytest.raises(Unavailable, match="known by"):
        storage.list("")
    assert storage.probe(known).state == "offline"
    with pytest.raises(Unavailable):
        storage.stat("anything")
    there["item"] = file("a.jpg", 5)
    assert storage.probe(known).online


def test_nothing_counts_as_absent_in_a_root_that_is_not_known(tmp_path: Path) -> None:
    known = Fingerprint(canaries=(Canary("a.jpg", 5),))
    storage = make(FakeDaemon(operations__stat={"item": None}), tmp_path, expected=known)
    with pytest.raises(Unavailable):
        storage.stat("b.jpg")


def test_how_a_probe_names_what_is_wrong(tmp_path: Path) -> None:
    for fault, state in (
        (Unauthorized("x"), "needs_reconnect"),
        (StorageThrottled("x", retry_after=9), "throttled"),
        (Unavailable("x"), "offline"),
    ):
        health = make(FakeDaemon(operations__list=fault), tmp_path).probe()
        assert (health.state, bool(health.reason)) == (state, True)


# T2, T3: answers to reading


def test_a_file_that_cannot_be_opened_is_not_a_deleted_one(tmp_path: Path) -> None:
    daemon = FakeDaemon(GET=Unavailable("404 as text"))
    with pytest.raises(Unavailable):
        make(daemon, tmp_path).open_read("a.jpg", expect_size=10, span=(0, 9))


def test_a_span_is_one_request_and_no_look_before(tmp_path: Path) -> None:
    daemon = FakeDaemon(GET=StorageNotFound("x"))
    with pytest.raises(StorageNotFound):
        make(daemon, tmp_path).open_read("a.jpg", expect_size=100, span=(10, 19))
    assert [name for name, _ in daemon.calls] == ["GET"]
    assert daemon.calls[0][1]["span"] == (10, 19)


# T4: S3 is never asked what costs a request a file


def test_listings_of_s3_ask_for_no_times(tmp_path: Path) -> None:
    info = {"Precision": 1, "Hashes": ["md5"], "Features": {"SlowModTime": True}}
    said = file("a.jpg", 5, Hashes={"md5": "aa"})
    daemon = FakeDaemon(operations__fsinfo=info, operations__list={"list": [said]})
    (entry,) = make(daemon, tmp_path, type="s3", root="bucket").list("").entries
    assert daemon.asked("operations/list")[0]["opt"] == {
        "noMimeType": True, "noModTime": True, "showHash": True, "hashTypes": ["md5"],
    }  # fmt: skip
    assert entry.mtime_ns is None
    assert entry.hashes == {"md5": "aa"}


# T5, T7: nothing of people's goes where it is parsed


@pytest.mark.parametrize("root", ["a:b", ",sftp,ssh='touch x':", "x]y", ":local:/etc", "-rf", "$(touch x)"])
def test_paths_stay_out_of_the_names_of_remotes(tmp_path: Path, root: str) -> None:
    folder = {"Name": "d", "IsDir": True}

    def stat(params: dict[str, Any]) -> Answer:
        return {
            "item": folder if params["remote"].endswith("/d") and "trash" not in params["remote"] else None
        }

    daemon = FakeDaemon(operations__list={"list": []}, operations__stat=stat)
    daemon.answers |= {"sync/move": {}, "operations/mkdir": {}, "operations/rmdir": {}}
    storage = make(daemon, tmp_path, root=root, writable=True)
    storage.list("")
    storage.delete("d")
    for _, params in daemon.calls:
        assert params.get("fs", "h_1:") == "h_1:"
        assert not {"_config", "_filter"} & set(params)
        for name in ("srcFs", "dstFs"):
            if name in params:
                assert params[name]["_name"] == "h_1"


def test_a_root_from_the_servers_top(tmp_path: Path) -> None:
    daemon = FakeDaemon(operations__list={"list": [file("a")]})
    make(daemon, tmp_path, root="/srv/photos", type="sftp").list("")
    assert (daemon.calls[-3][1]["fs"], daemon.calls[-3][1]["remote"]) == ("h_1:/", "srv/photos")


# T9: a look at a file is at that file alone


def test_stat_asks_for_files_first(tmp_path: Path) -> None:
    daemon = FakeDaemon(operations__stat={"item": file("a.jpg", 7)})
    assert make(daemon, tmp_path).stat("album/a.jpg").size == 7
    (asked,) = daemon.asked("operations/stat")
    assert asked["opt"]["filesOnly"]


def test_a_null_is_absent(tmp_path: Path) -> None:
    with pytest.raises(StorageNotFound):
        make(FakeDaemon(operations__stat={"item": None}), tmp_path).stat("a.jpg")


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


def test_a_storage_without_room_is_told_before_a_byte_is_sent(tmp_path: Path) -> None:
    info = {"Precision": 1, "Features": {"About": True, "Move": True}}
    daemon = FakeDaemon(
        operations__fsinfo=info, operations__about={"free": 3}, operations__stat={"item": None}
    )
    with pytest.raises(StorageFull):
        make(daemon, tmp_path, writable=True).write("a.jpg", [b"1234"], size=4)
    assert daemon.asked("operations/copyfile") == []


def test_a_name_taken_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    def stat(params: dict[str, Any]) -> Answer:
        is_half = params["remote"].endswith(".part")
        taken = bool(daemon.asked("operations/copyfile"))
        return {"item": file("x", 4) if is_half or taken else None}

    daemon = FakeDaemon(operations__stat=stat, operations__copyfile={}, operations__deletefile={})
    with pytest.raises(Conflict):
        make(daemon, tmp_path, writable=True).write("a.jpg", [b"1234"], size=4)
    assert daemon.asked("operations/movefile") == []


# T11: names


def test_a_name_that_is_no_utf8_there_is_listed_and_unavailable(tmp_path: Path) -> None:
    storage = make(FakeDaemon(operations__list={"list": [file("bad\ufffd.jpg")]}), tmp_path)
    (entry,) = storage.list("").entries
    for ask in (storage.stat, storage.open_read):
        with pytest.raises(Forbidden, match="not UTF-8"):
            ask(entry.path)
    with pytest.raises(StorageNotFound):
        storage.stat("bytes\udcff.jpg")


def test_two_of_one_name_are_one_and_always_the_same(tmp_path: Path) -> None:
    info = {"Precision": 1, "Features": {}}
    one, two = file("a.jpg", 1, ID="1"), file("a.jpg", 2, ID="2")
    for said in ([one, two], [two, one]):
        daemon = FakeDaemon(operations__fsinfo=info, operations__list={"list": said})
        (entry,) = make(daemon, tmp_path, type="drive").list("").entries
        assert (entry.id, entry.size) == ("1", 1)
