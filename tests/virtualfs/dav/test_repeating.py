"""Parts of a file that follow one another: without a question, and never where one would be answered otherwise."""

import os
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from services import accounts, clock, sharing
from services.accounts import OPERATOR
from services.broker import LOCAL_CHUNK
from services.media.masking import Mask, to_json
from services.models import Asset, Credential, File, Item, Share, User, counters, transaction
from services.storages.handles import Handle
from services.storages.local import LocalStorage
from tests.virtualfs.dav.drive import Drive
from tests.virtualfs.household import MTIME_NS
from virtualfs.dav import repeating

pytestmark = pytest.mark.sqlite("PostgreSQL does not tell whether anything was written, so nothing is kept")

DATA = os.urandom(3 * LOCAL_CHUNK)
NAME = "film.mp4"
OWN = f"Storages/Photos/{NAME}"
SHARED = f"Shared%20with%20me/anna/Films/{NAME}"


@pytest.fixture
def handles(monkeypatch: pytest.MonkeyPatch) -> list[Handle]:
    """What was opened, one after the other. All of it is in memory, whatever the file system says of that."""
    found: list[Handle] = []
    real = LocalStorage.open_read

    def opening(self: LocalStorage, path: str, **given: object) -> Handle:
        handle = real(self, path, **given)  # type: ignore[arg-type]  # passed on as they are
        found.append(handle)
        handle.at_once = handle.pread  # type: ignore[method-assign]  # of one handle
        return handle

    monkeypatch.setattr(LocalStorage, "open_read", opening)
    return found


@pytest.fixture
def film(drive: Drive, handles: list[Handle]) -> File:
    """Anna's film, which ben may see and have."""
    home = drive.home
    file = home.item(NAME, data=DATA)
    os.utime(home.root / NAME, ns=(MTIME_NS, MTIME_NS))
    films = home.make.collection(home.anna, "Films", items=[file.asset.item])
    home.make.grant(home.make.share(films), user=home.make.user("ben"), expires_at=clock.now() + clock.HOUR)
    look_first(drive, OWN, handles)
    return file


@pytest.fixture
def ben(drive: Drive, film: File, handles: list[Handle]) -> Drive:
    ben = drive.as_somebody("ben")
    look_first(ben, SHARED, handles)
    return ben


def look_first(drive: Drive, path: str, handles: list[Handle]) -> None:
    """That a password is used, and what is shared is opened, is written down when it has not been for a while."""
    assert drive.ask("GET", path).content == DATA
    handles.clear()


def part(drive: Drive, path: str, first: int, last: int, **headers: str) -> bytes:
    answer = drive.ask("GET", path, Range=f"bytes={first}-{last}", **headers)
    assert answer.status_code == 206, answer.text
    return answer.content


def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    assert condition()


def is_open(handle: Handle) -> bool:
    return handle.fileno() is not None


def test_parts_that_follow_need_no_second_opening(drive: Drive, film: File, handles: list[Handle]) -> None:
    assert part(drive, OWN, 0, 99) == DATA[:100]
    whole_way = drive.ask("GET", OWN, Range="bytes=5-9", If="(<urn:x>)")
    assert whole_way.status_code == 412, "a condition of locks is never passed over"
    for first in range(0, len(DATA), LOCAL_CHUNK):
        assert part(drive, OWN, first, first + LOCAL_CHUNK - 1) == DATA[first : first + LOCAL_CHUNK]
    assert part(drive, OWN, len(DATA) - 7, len(DATA) + 7) == DATA[-7:]
    assert len(handles) == 1


def test_they_say_what_the_first_one_says(drive: Drive, film: File, handles: list[Handle]) -> None:
    first, again = (drive.ask("GET", OWN, Range="bytes=7-99") for _ in range(2))
    assert len(handles) == 1
    assert (again.status_code, again.content, again.headers) == (206, first.content, first.headers)


def test_each_place_is_kept_for_itself(drive: Drive, ben: Drive, handles: list[Handle]) -> None:
    for who, path in ((drive, OWN), (ben, SHARED), (drive, f"Library/2026/2026-07/{NAME}")):
        assert part(who, path, 0, 99) == DATA[:100]
    assert len(handles) == 3
    assert ben.ask("GET", OWN, Range="bytes=0-99").status_code == 404
    assert replace(drive, secret=ben.secret).ask("GET", OWN, Range="bytes=0-99").status_code == 401
    assert drive.ask("GET", SHARED, Range="bytes=0-99").status_code == 404


def test_conditions_and_ranges_are_judged_each_time(drive: Drive, film: File, handles: list[Handle]) -> None:
    tag = drive.ask("GET", OWN, Range="bytes=0-9").headers["etag"]
    assert drive.ask("GET", OWN, Range="bytes=0-9", If_None_Match=tag).status_code == 304
    assert drive.ask("GET", OWN, Range="bytes=0-9", If_Match='"other"').status_code == 412
    assert drive.ask("GET", OWN, Range=f"bytes={len(DATA)}-").status_code == 416
    assert part(drive, OWN, 0, 9, If_Range=tag) == DATA[:10]
    other = drive.ask("GET", OWN, Range="bytes=0-9", If_Range='"other"')
    assert (other.status_code, other.content) == (200, DATA)
    assert drive.ask("HEAD", OWN, Range="bytes=0-9").status_code == 200
    long = drive.ask("GET", OWN, Range=f"bytes=1-{LOCAL_CHUNK + 1}")
    assert (long.status_code, long.content) == (206, DATA[1 : LOCAL_CHUNK + 2])


def _forget_password(drive: Drive) -> None:
    token, *_ = accounts.list_tokens(accounts.viewer_for("ben"))
    accounts.revoke_token(accounts.viewer_for("ben"), token.pid)


def _trash(drive: Drive) -> None:
    drive.home.allow_writing()
    assert drive.ask("DELETE", OWN).status_code == 204


ENDS: dict[str, tuple[int, Callable[[Drive], object]]] = {
    "the app password is revoked": (401, _forget_password),
    "he is disabled": (
        401,
        lambda drive: accounts.disable_person(OPERATOR, User.get(User.login == "ben").pid),
    ),
    "the share is revoked": (404, lambda drive: sharing.revoke(drive.home.viewer, {"user": "ben"})),
    "the picture is withdrawn": (404, lambda drive: sharing.withdraw(drive.home.viewer, [Item.get().pid])),
    "it goes to the trash": (404, _trash),
}


@pytest.mark.parametrize("end", ENDS)
def test_nothing_comes_after_its_end(ben: Drive, drive: Drive, handles: list[Handle], end: str) -> None:
    assert part(ben, SHARED, 0, 99) == part(ben, SHARED, 0, 99) == DATA[:100]
    assert len(handles) == 1
    status, act = ENDS[end]
    act(drive)
    assert ben.ask("GET", SHARED, Range="bytes=0-99").status_code == status


@pytest.mark.parametrize("what", ["grant", "password"])
def test_nothing_comes_after_an_end_by_the_clock(
    ben: Drive, handles: list[Handle], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Nothing is written then."""
    if what == "password":
        Credential.update(expires_at=clock.now() + clock.MINUTE).execute()
    assert part(ben, SHARED, 0, 99) == part(ben, SHARED, 0, 99) == DATA[:100]
    assert len(handles) == 1
    later = (clock.now() + (2 * clock.HOUR if what == "grant" else 2 * clock.MINUTE)) / clock.SECOND
    monkeypatch.setattr(clock, "source", lambda: later)
    assert ben.ask("GET", SHARED, Range="bytes=0-99").status_code == (404 if what == "grant" else 401)


def test_whatever_is_written_has_everything_asked_anew(
    drive: Drive, film: File, handles: list[Handle]
) -> None:
    part(drive, OWN, 0, 9)
    User.update(display="Ben the younger").where(User.login == "ben").execute()
    part(drive, OWN, 0, 9)
    assert len(handles) == 2
    part(drive, OWN, 0, 9)
    assert len(handles) == 3, "one that has ended is in the way of no other for longer than two seconds"


def test_what_masks_lie_over_is_not_kept(ben: Drive, film: File, handles: list[Handle]) -> None:
    Asset.update(masks=to_json([Mask(4, 4)])).where(Asset.id == film.asset_id).execute()
    with transaction():
        Share.update(shows_place=False).execute()
        counters.bump_policy()
    masked = DATA[:4] + bytes(4) + DATA[8:100]
    assert part(ben, SHARED, 0, 99) == part(ben, SHARED, 0, 99) == masked
    assert len(handles) == 2
    assert not any(map(is_open, handles))


def test_place_withdrawn_between_two_parts(ben: Drive, film: File, handles: list[Handle]) -> None:
    Asset.update(masks=to_json([Mask(4, 4)])).where(Asset.id == film.asset_id).execute()
    assert part(ben, SHARED, 0, 99) == part(ben, SHARED, 0, 99) == DATA[:100]
    with transaction():
        Share.update(shows_place=False).execute()
        counters.bump_policy()
    assert part(ben, SHARED, 0, 99) == DATA[:4] + bytes(4) + DATA[8:100]


def test_after_two_seconds_it_is_closed(
    drive: Drive, film: File, handles: list[Handle], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeating, "LASTS_S", 0.05)
    part(drive, OWN, 0, 9)
    until(lambda: not is_open(handles[0]))
    assert drive.home.broker.traffic.running == 0
    part(drive, OWN, 0, 9)
    assert len(handles) == 2


def test_so_many_are_kept_and_no_more(
    drive: Drive, handles: list[Handle], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeating, "MOST", 3)
    monkeypatch.setattr(repeating, "LASTS_S", 3600.0)
    for number in range(5):
        drive.home.file(f"{number}.bin", DATA)
    for number in range(5):
        part(drive, f"Storages/Photos/{number}.bin", 0, 9)
    until(lambda: sum(map(is_open, handles)) == 3)
    assert list(map(is_open, handles)) == [False, False, True, True, True]
