"""COPY out of what others share: the bytes that a download would give, for as long as it would give them."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from services import accounts, sharing
from services.media.masking import Mask, to_json
from services.models import Asset, File, Grant, Item, Share, Storage, counters, transaction
from services.storages.handles import Handle
from services.storages.local import LocalStorage, _LocalHandle
from tests.virtualfs.dav.drive import Drive
from tests.virtualfs.household import MTIME_NS

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
