"""One remote: the traps of listing and looking (T1, T4, T5, T7, T9, T11), against what rclone answers."""

from pathlib import Path
from typing import Any

import pytest

from services.errors import (
    CarrierEnded,
    Forbidden,
    StorageNotFound,
    Unavailable,
)
from services.storages.hosts import HostPolicy
from services.storages.rclone.client import Body
from services.storages.rclone.remote import Remote
from tests.services.storages.rclone.fakes import Answer, FakeDaemon, file, make

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


# T11: names


def test_a_name_that_is_no_utf8_there_is_listed_and_unavailable(tmp_path: Path) -> None:
    storage = make(FakeDaemon(operations__list={"list": [file("bad\ufffd.jpg")]}), tmp_path)
    (entry,) = storage.list("").entries
    for ask in (storage.stat, storage.open_read):
        with pytest.raises(Forbidden, match="not UTF-8"):
            ask(entry.path)
    with pytest.raises(StorageNotFound):
        storage.stat("bytes\udcff.jpg")


def test_a_file_of_unknown_length_is_listed_and_never_taken_for_an_empty_one(tmp_path: Path) -> None:
    """rclone says -1 of what is made when it is asked for, or not told by its provider."""
    said = file("made.pdf", size=-1)
    daemon = FakeDaemon(operations__list={"list": [said]}, operations__stat={"item": said})
    storage = make(daemon, tmp_path, writable=True)
    (entry,) = storage.list("").entries
    for ask in (
        storage.stat,
        storage.open_read,
        lambda path: storage.open_read(path, expect_size=0, span=(0, -1)),
        storage.delete,
        lambda path: storage.move(path, "b.pdf"),
    ):
        with pytest.raises(Forbidden, match="does not tell how long it is"):
            ask(entry.path)


@pytest.mark.parametrize(("names", "told"), [
    (["b.jpg", "a.jpg", "b.jpg", "b.jpg", "a.jpg"],
     ("Several things here are called “a.jpg”: only one is shown. Rename the others there.",)),
    (["Thumbs.db", "Thumbs.db", "a.jpg"], ()),
    (["a.jpg", "b.jpg"], ()),
])  # fmt: skip
def test_what_another_of_its_name_hides_is_told(
    tmp_path: Path, names: list[str], told: tuple[str, ...]
) -> None:
    info = {"Precision": 1, "Features": {}}
    said = [file(name, ID=str(n)) for n, name in enumerate(names)]
    daemon = FakeDaemon(operations__fsinfo=info, operations__list={"list": said})
    listing = make(daemon, tmp_path, type="drive").list("")
    assert (listing.complete, listing.errors) == (True, told)


def test_two_of_one_name_are_one_and_always_the_same(tmp_path: Path) -> None:
    info = {"Precision": 1, "Features": {}}
    one, two = file("a.jpg", 1, ID="1"), file("a.jpg", 2, ID="2")
    for said in ([one, two], [two, one]):
        daemon = FakeDaemon(operations__fsinfo=info, operations__list={"list": said})
        (entry,) = make(daemon, tmp_path, type="drive").list("").entries
        assert (entry.id, entry.size) == ("1", 1)


# what does not pass through the gate


@pytest.mark.parametrize(
    ("address", "allowed", "is_refused"),
    [
        ("192.168.1.20", [], True),
        ("192.168.1.20", ["other.lan", "10.0.0.0/8"], True),
        ("192.168.1.20", ["nas.lan"], False),
        ("192.168.1.20", ["192.168.1.0/24"], False),
        ("[fd00::1]", ["192.168.1.0/24"], True),
        ("93.184.215.14", [], False),
        ("nas.lan", ["nas.lan"], True),
    ],
)
def test_a_pinned_address_is_checked_again(
    tmp_path: Path, address: str, allowed: list[str], is_refused: bool
) -> None:
    """What an administrator allowed once they may take back, and smb does not pass through the gate."""
    known = {"type": "smb", "host": address, "description": "nas.lan", "port": "445"}
    daemon = FakeDaemon(config__get=known, operations__list={"list": [file("a.jpg")]})
    daemon._policy = HostPolicy(allowed)
    storage = make(daemon, tmp_path, type="smb", root="share")
    if is_refused:
        for ask in (storage.list, storage.stat, lambda path: storage.body(path, 0, 1)):
            with pytest.raises(Forbidden):
                ask("a.jpg")
        assert storage.probe().state == "offline"
        assert {method for method, _ in daemon.calls} == {"config/get"}
    else:
        for _ in range(2):
            assert [entry.name for entry in storage.list("").entries] == ["a.jpg"]
        assert daemon.asked("config/get") == [{"name": "h_1"}]


# a server that gives whole files alone


class Breaking(FakeDaemon):
    """Each transfer ends as the next of these says, before its first byte; then they come."""

    def __init__(self, *ends: Unavailable) -> None:
        super().__init__()
        self.ends = list(ends)

    def open(self, fs: str, path: str, start: int, end: int) -> Body:
        self.calls.append(("GET", {"span": (start, end)}))
        return Played(self.ends)


class Played(Body):
    def __init__(self, ends: list[Unavailable]) -> None:
        self.ends = ends
        self.total = None

    def read(self, length: int) -> bytes:
        if self.ends:
            raise self.ends.pop(0)
        return bytes(length)

    def read_end(self) -> None:
        pass

    def close(self) -> None:
        pass


def waited_for() -> Unavailable:
    error = Unavailable("nothing came in time")
    error.__cause__ = TimeoutError()
    return error


@pytest.mark.parametrize("end", [CarrierEnded("it was killed"), waited_for()])
def test_nothing_at_all_says_nothing_of_parts(end: Unavailable) -> None:
    remote = Remote(Breaking(end), "h_1", type="webdav", root="")
    with pytest.raises(Unavailable):
        remote.body("film.mp4", 10, 19)
    remote.body("film.mp4", 10, 19)


def test_a_connection_that_breaks_once_is_no_server_without_parts() -> None:
    daemon = Breaking(Unavailable("it ended early"))
    Remote(daemon, "h_1", type="webdav", root="").body("film.mp4", 10, 19)
    assert [params["span"] for _, params in daemon.calls] == [(10, 10), (10, 10), (10, 19)]
