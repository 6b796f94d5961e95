"""Moving within a remote, and the trash in its root."""

from typing import Any

import pytest

from services.errors import Conflict, StorageError, Unavailable
from services.storages.patterns import TRASH, is_path_skipped
from services.storages.rclone.moving import end, rename, tidy_trash, to_trash
from services.storages.rclone.remote import Remote
from services.storages.values import Entry
from tests.services.storages.rclone.fakes import FakeDaemon, file

FOLDER = Entry("album", "album", True, 0, None, None, "")
FILE = Entry("album/a.jpg", "a.jpg", False, 1, None, None, "")
SHELF = f"{TRASH}/s1"


def remote(daemon: FakeDaemon) -> Remote:
    daemon.answers |= {
        "sync/move": {},
        "operations/movefile": {},
        "operations/mkdir": {},
        "operations/rmdir": {},
    }
    return Remote(daemon, "h_1", type="webdav", root="photos")


def daemon(
    *, folders: tuple[str, ...] = (), moves_folders: bool = True, listed: tuple[str, ...] = (), **more: Any
) -> FakeDaemon:
    def stat(params: dict[str, Any]) -> dict[str, Any]:
        there = params["remote"] in folders and "dirsOnly" in params["opt"]
        return {"item": {"Name": params["remote"].rpartition("/")[2], "IsDir": True} if there else None}

    features = {"Precision": 1, "Features": {"Move": True, "DirMove": moves_folders}}
    return FakeDaemon(
        operations__fsinfo=features, operations__stat=stat,
        operations__list={"list": [file(name) for name in listed]}, **more,
    )  # fmt: skip


def test_a_file_goes_to_its_shelf() -> None:
    played = daemon()
    assert to_trash(remote(played), FILE, SHELF) == f"{SHELF}/a.jpg"
    assert [each["remote"] for each in played.asked("operations/mkdir")] == [f"photos/{SHELF}"]
    (moved,) = played.asked("operations/movefile")
    assert (moved["srcRemote"], moved["dstRemote"]) == ("photos/album/a.jpg", f"photos/{SHELF}/a.jpg")


@pytest.mark.parametrize(
    ("entry", "dst", "ending"), [(FILE, "album/A.jpg", ".jpg"), (FOLDER, "Album", "")], ids=["file", "folder"]
)
@pytest.mark.parametrize("fails", [False, True])
def test_other_letters_come_by_way_of_another_name(entry: Entry, dst: str, ending: str, fails: bool) -> None:
    """And when that breaks off the first name comes back."""
    method = "sync/move" if entry.is_dir else "operations/movefile"
    played = daemon()
    played.answers["operations/fsinfo"] = {
        "Precision": 1, "Features": {"Move": True, "DirMove": True, "CaseInsensitive": True},
    }  # fmt: skip
    there = remote(played)
    told: list[dict[str, Any] | StorageError] = [{}, Unavailable("x"), {}] if fails else [{}, {}]
    played.answers[method] = lambda params: told.pop(0)
    if fails:
        with pytest.raises(Unavailable):
            rename(there, entry, dst)
    else:
        rename(there, entry, dst)
    asked = [(_place(each, "src"), _place(each, "dst")) for each in played.asked(method)]
    between = asked[0][1]
    last = [(between, f"photos/{entry.path}")] if fails else []
    assert asked == [(f"photos/{entry.path}", between), (between, f"photos/{dst}"), *last]
    assert between.endswith(ending)
    assert not is_path_skipped(between), "who dies in between hides nothing"


def _place(params: dict[str, Any], end: str) -> str:
    found = params.get(f"{end}Remote")
    return str(params[f"{end}Fs"]["_root"] if found is None else found)


@pytest.mark.parametrize("name", ["a.jpg", "other.jpg"])
def test_a_shelf_is_used_once(name: str) -> None:
    played = daemon(folders=(f"photos/{SHELF}",), listed=(name,))
    with pytest.raises(Conflict):
        to_trash(remote(played), FILE, SHELF)
    assert not played.asked("operations/movefile")


def test_an_empty_shelf_was_made_before_the_move_broke_off() -> None:
    played = daemon(folders=(f"photos/{SHELF}",))
    assert to_trash(remote(played), FILE, SHELF) == f"{SHELF}/a.jpg"
    assert len(played.asked("operations/movefile")) == 1


def test_a_shelf_that_was_listed_by_half_is_not_empty() -> None:
    played = daemon(folders=(f"photos/{SHELF}",), core__stats={"errors": 1})
    with pytest.raises(Unavailable):
        to_trash(remote(played), FILE, SHELF)
    assert not played.asked("operations/movefile")


@pytest.mark.parametrize(("moves_folders", "made"), [(True, [TRASH]), (False, [SHELF, f"{SHELF}/album"])])
def test_where_folders_are_markers_each_is_made(moves_folders: bool, made: list[str]) -> None:
    played = daemon(moves_folders=moves_folders)
    to_trash(remote(played), FOLDER, SHELF)
    assert [each["remote"] for each in played.asked("operations/mkdir")] == [
        f"photos/{name}" for name in made
    ]
    assert len(played.asked("sync/move")) == 1


@pytest.mark.parametrize(("listed", "removed"), [((), 1), (("rest.jpg",), 0)])
def test_of_a_folder_that_could_not_be_moved_whole_the_rest_stays(
    listed: tuple[str, ...], removed: int
) -> None:
    played = daemon(folders=("photos/album",), listed=listed)
    rename(remote(played), FOLDER, "other")
    assert len(played.asked("operations/rmdir")) == removed


def copying(*, hash: str = "1", broken: bool = False) -> tuple[FakeDaemon, Remote]:
    """A store of objects where `album/` was to become `moved/`, and `a.jpg` and a folder were copied so far."""
    listings = {
        "photos/album": [file("a.jpg", Hashes={"md5": "1"}), file("b.jpg", Hashes={"md5": "2"})],
        "photos/moved": [file("a.jpg", Hashes={"md5": hash} if hash else {})],
    }

    def list(params: dict[str, Any]) -> dict[str, Any]:
        return {"list": listings[params["remote"]]}

    features = {"Precision": 1, "Features": {"Copy": True}, "Hashes": ["md5"]}
    played = FakeDaemon(
        operations__fsinfo=features, operations__list=list, operations__deletefile={},
        core__stats={"errors": int(broken)},
    )  # fmt: skip
    return played, remote(played)


MOVED = FOLDER._replace(path="moved", name="moved")


@pytest.mark.parametrize(("hash", "deleted"), [("1", ["photos/album/a.jpg"]), ("2", []), ("", [])])
def test_of_a_move_that_broke_off_what_was_copied_is_deleted(hash: str, deleted: list[str]) -> None:
    played, store = copying(hash=hash)
    end(store, FOLDER, MOVED)
    assert [each["remote"] for each in played.asked("operations/deletefile")] == deleted
    (moved,) = played.asked("operations/movefile")
    assert (moved["srcRemote"], moved["dstRemote"]) == ("photos/album/b.jpg", "photos/moved/b.jpg")


def test_a_move_is_not_gone_on_with_by_half_a_listing() -> None:
    played, store = copying(broken=True)
    with pytest.raises(Unavailable):
        end(store, FOLDER, MOVED)
    assert not played.asked("operations/deletefile")
    assert not played.asked("operations/movefile")


def test_what_moves_at_once_has_not_moved_by_half() -> None:
    played = daemon(listed=("a.jpg",))
    end(remote(played), FOLDER, MOVED)
    end(remote(played), FILE, FILE._replace(path="b.jpg", name="b.jpg"))
    assert {name for name, _ in played.calls} <= {"operations/fsinfo"}


def test_a_shelf_that_was_emptied_goes() -> None:
    played = daemon(folders=(f"photos/{SHELF}",))
    tidy_trash(remote(played), f"{SHELF}/a.jpg")
    assert [each["remote"] for each in played.asked("operations/rmdir")] == [f"photos/{SHELF}"]
    elsewhere = daemon()
    tidy_trash(remote(elsewhere), "album/a.jpg")
    assert elsewhere.calls == []


def test_a_shelf_that_cannot_be_removed_is_no_fault() -> None:
    fault: StorageError = Unavailable("x")
    played = daemon(folders=(f"photos/{SHELF}",))
    played.answers["operations/list"] = fault
    tidy_trash(remote(played), f"{SHELF}/a.jpg")
    assert not played.asked("operations/rmdir")
