"""COPY out of what others share: the bytes that a download would give, for as long as it would give them."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services import accounts, sharing
from services.media.masking import Mask, to_json
from services.models import Asset, File, Grant, Item, Share, Storage, counters, transaction
from services.storages.handles import Handle
from services.storages.local import LocalStorage, _LocalHandle
from tests.virtualfs.dav.drive import Drive
from tests.virtualfs.household import MTIME_NS
from virtualfs.dav.app import MAX_COPIES

SHARED = "Shared%20with%20me/anna/Lake"
BODY = bytes(range(97, 117))
MINE = "/dav/Storages/Bens/copy.jpg"


@pytest.fixture
def bens(drive: Drive, tmp_path: Path) -> Path:
    """The folder of Ben's storage, with whom Anna shares a picture."""
    home = drive.home
    file = home.item("a.jpg", data=BODY)
    os.utime(home.root / "a.jpg", ns=(MTIME_NS, MTIME_NS))
    lake = home.make.collection(home.anna, "Lake", items=[file.asset.item])
    ben = home.make.user("ben")
    home.make.grant(home.make.share(lake), user=ben)
    (tmp_path / "bens").mkdir()
    home.make.storage(ben, "Bens", tmp_path / "bens", writable=True)
    return tmp_path / "bens"


def copied(folder: Path) -> dict[str, bytes]:
    found = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    return {path: data for path, data in found.items() if not path.startswith(".hypomos")}


def test_what_may_be_downloaded_may_be_copied(drive: Drive, bens: Path) -> None:
    theirs = drive.as_somebody("ben")
    assert theirs.ask("COPY", f"{SHARED}/a.jpg", Destination=MINE).status_code == 201
    assert theirs.ask("COPY", SHARED, Destination="/dav/Storages/Bens/all").status_code == 201
    assert copied(bens) == {"copy.jpg": BODY, "all/a.jpg": BODY}
    assert (bens / "copy.jpg").stat().st_mtime_ns == MTIME_NS
    assert {file.storage.name for file in File.select() if file.name != "a.jpg"} == {"Bens"}


def revoke() -> None:
    sharing.revoke(accounts.viewer_for("anna"), {"grant": Grant.get().pid})


def withdraw() -> None:
    sharing.withdraw(accounts.viewer_for("anna"), [Item.get().pid])


def only_look() -> None:
    with transaction():
        Share.update(may_download=False).execute()
        counters.bump_policy()


@pytest.mark.parametrize("end", [revoke, withdraw, only_look])
def test_what_may_not_be_downloaded_is_not_there(drive: Drive, bens: Path, end: Callable[[], None]) -> None:
    theirs = drive.as_somebody("ben")
    end()
    answer = theirs.ask("COPY", f"{SHARED}/a.jpg", Destination=MINE)
    absent = theirs.ask("COPY", f"{SHARED}/never.jpg", Destination=MINE)
    assert (
        (answer.status_code, answer.content) == (absent.status_code, absent.content) == (404, absent.content)
    )
    assert copied(bens) == {}


def test_a_right_that_ends_while_it_is_copied(
    drive: Drive, bens: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it stays, and the copy is no file."""
    real = _LocalHandle.pread

    def ending(self: Handle, offset: int, length: int) -> bytes:
        data = real(self, offset, length)  # type: ignore[arg-type]
        revoke()
        return data

    monkeypatch.setattr(_LocalHandle, "pread", ending)
    theirs = drive.as_somebody("ben")
    assert theirs.ask("COPY", f"{SHARED}/a.jpg", Destination=MINE).status_code == 404
    assert copied(bens) == {}
    assert [file.name for file in File.select()] == ["a.jpg"]


def test_who_may_not_know_the_place_copies_what_masks_leave(drive: Drive, bens: Path) -> None:
    Asset.update(masks=to_json([Mask(4, 4)])).execute()
    with transaction():
        Share.update(shows_place=False).execute()
        counters.bump_policy()
    theirs = drive.as_somebody("ben")
    assert theirs.ask("COPY", f"{SHARED}/a.jpg", Destination=MINE).status_code == 201
    assert copied(bens) == {"copy.jpg": BODY[:4] + bytes(4) + BODY[8:]}
    assert (bens / "copy.jpg").stat().st_mtime_ns != MTIME_NS


def test_nothing_goes_into_what_is_somebody_elses(drive: Drive, bens: Path) -> None:
    drive.home.allow_writing()
    theirs = drive.as_somebody("ben")
    (bens / "own.jpg").write_bytes(b"own")
    theirs.ask("PUT", "Storages/Bens/own.jpg", b"own bytes")
    for target in ("Storages/Photos/x.jpg", "Shared%20with%20me/anna/Lake/x.jpg", "Library/2026/x.jpg"):
        for method in ("COPY", "MOVE"):
            answer = theirs.ask(method, "Storages/Bens/own.jpg", Destination=f"/dav/{target}")
            assert answer.status_code in {403, 409}, target
        assert theirs.ask("PUT", target, b"x").status_code == 403
        assert theirs.ask("DELETE", target).status_code == 404
    assert copied(drive.home.root) == {"a.jpg": BODY}
    assert Storage.select().count() == 2
    assert LocalStorage(bens).stat("own.jpg").size == 9


@pytest.mark.parametrize("source", ["", "Storages", "STORAGES/", "Storages/Photos", "storages/photos/trip"])
def test_nothing_is_copied_into_itself(drive: Drive, source: str) -> None:
    """It would grow while it is copied, until the disk is full; the folders at the top have no address of their own."""
    drive.home.allow_writing()
    drive.home.file("trip/a.jpg", BODY)
    for method in ("COPY", "MOVE"):
        answer = drive.ask(method, source, Destination="/dav/Storages/Photos/trip/x")
        assert answer.status_code == 403
    assert sorted(path.name for path in drive.home.root.rglob("*")) == ["a.jpg", "trip"]


@pytest.mark.parametrize("method", ["COPY", "MOVE"])
def test_what_is_not_to_be_overwritten_stays_also_unseen(drive: Drive, method: str) -> None:
    drive.home.allow_writing()
    drive.home.file("a.jpg", BODY)
    drive.home.folder("trip")
    (drive.home.root / "b.jpg").write_bytes(b"not looked at yet")
    (drive.home.root / "c").mkdir()
    for source, target in (("a.jpg", "b.jpg"), ("trip", "b.jpg"), ("trip", "c")):
        asked = {"Destination": f"/dav/Storages/Photos/{target}", "Overwrite": "F"}
        assert drive.ask(method, f"Storages/Photos/{source}", **asked).status_code == 412
    assert (drive.home.root / "b.jpg").read_bytes() == b"not looked at yet"
    asked = {"Destination": "/dav/Storages/Photos/A.jpg", "Overwrite": "F"}
    assert drive.ask("MOVE", "Storages/Photos/a.jpg", **asked).status_code == 201, (
        "it takes the place of nothing"
    )


@pytest.mark.parametrize("name", ["desktop.ini", ".localized", "._a.jpg", ".metadata_never_index"])
def test_nothing_gets_a_name_by_which_it_would_be_hidden(drive: Drive, name: str) -> None:
    drive.home.allow_writing()
    drive.home.file("a.jpg", BODY)
    for method in ("COPY", "MOVE"):
        answer = drive.ask(method, "Storages/Photos/a.jpg", Destination=f"/dav/Storages/Photos/{name}")
        assert answer.status_code == 403
    assert copied(drive.home.root) == {"a.jpg": BODY}


def test_copies_of_one_person_keep_nobody_waiting(
    drive: Drive, bens: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each holds a thread of the few that all verbs share."""
    drive.home.allow_writing()
    begun, go_on = threading.Semaphore(0), threading.Event()
    real = _LocalHandle.pread

    def slow(self: Handle, offset: int, length: int) -> bytes:
        begun.release()
        assert go_on.wait(30)
        return real(self, offset, length)  # type: ignore[arg-type]

    monkeypatch.setattr(_LocalHandle, "pread", slow)
    here = "/dav/Storages/Photos/"
    with ThreadPoolExecutor(MAX_COPIES) as threads:
        copies = [
            threads.submit(drive.ask, "COPY", "Storages/Photos/a.jpg", Destination=f"{here}{n}.jpg")
            for n in range(MAX_COPIES)
        ]
        assert all(begun.acquire(timeout=30) for _ in copies)
        refused = drive.ask("COPY", "Storages/Photos/a.jpg", Destination=f"{here}more.jpg")
        assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
        assert drive.ask("MKCOL", "Storages/Photos/new").status_code == 201
        assert drive.as_somebody("ben").ask("MKCOL", "Storages/Bens/new").status_code == 201
        go_on.set()
        assert [each.result().status_code for each in copies] == [201] * MAX_COPIES
    assert drive.ask("COPY", "Storages/Photos/a.jpg", Destination=f"{here}more.jpg").status_code == 201
