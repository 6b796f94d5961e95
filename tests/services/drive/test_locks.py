"""Rows of locks: where they hold, how long, and that they end with what proved their holder."""

import pytest

from services import clock
from services.clock import HOUR, MINUTE, SECOND
from services.drive import locks
from services.drive.locks import Lock
from services.errors import UsageError
from services.models import Credential, DriveLock, DriveWrite, User
from services.viewers import Proof, Viewer
from tests.factories import Make

pytestmark = pytest.mark.db

NOW = 1_700_000_000


@pytest.fixture
def holder(make: Make, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(clock, "source", lambda: float(NOW))
    anna = make.user()
    proof = Credential.create(
        pid="c", user=anna, kind="app", secret="s", scopes=[], created_at=0
    )  # fmt: skip
    return locks.holder_of(make.viewer(anna, proof=Proof("credential", proof.id)))


def take(holder: str, url: str, depth: str = "0", **more: object) -> Lock:
    given: dict[str, object] = {"scope": "exclusive", "owner": "", "duration": None}
    with locks.exclusively():
        return locks.take(holder, url, depth=depth, **given | more)  # type: ignore[arg-type]


def test_a_holder_is_a_person_with_an_app_password(holder: str) -> None:
    user, credential = User.get(), Credential.get()
    assert holder == f"{user.id}:{credential.id}"
    assert locks.holder_of(Viewer(user.id, "anna", "Anna", proof=Proof("session", 7))) == f"{user.id}:0"


def test_what_lies_above_at_and_below(holder: str) -> None:
    top, here, inner = (take(holder, url) for url in ("/S/1", "/S/1/a", "/S/1/a/b.jpg"))
    take(holder, "/S/1/a.jpg")
    take(holder, "/S/12")
    assert locks.above("/S/1/a") == ["/S", "/S/1", "/S/1/a"]
    assert locks.at("/S/1/a") == [here]
    assert locks.below("/S/1/a") == [inner]
    assert locks.around("/S/1/a") == [top, here]
    assert locks.near("/S/1/a") == [top, here, inner]
    assert locks.find(here.token) == here
    assert locks.find("opaquelocktoken:x") is None


def test_a_name_that_is_not_there_is_locked_whatever_its_case(holder: str) -> None:
    lock, there = take(holder, "/S/1/a/K%C3%B6ln.jpg"), take(holder, "/S/1/a/There.jpg")
    locks.mark_empty(lock.token, empty=True)
    assert locks.alike("/S/1/a/k%C3%96LN.JPG") == lock.url
    for other in ("/S/1/a/there.jpg", "/S/1/b/k%C3%96LN.JPG", "/S/1/k%C3%96LN.JPG", "/S/1/a/x/K%C3%B6ln.jpg"):
        assert locks.alike(other) == other
    assert locks.at(there.url) == [there]


def test_a_lock_lasts_an_hour_at_most(holder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {None: HOUR, -1: HOUR, 7 * 24 * HOUR: HOUR, MINUTE: MINUTE}
    for number, (duration, granted) in enumerate(asked.items()):
        lock = take(holder, f"/S/1/{number}", duration=duration)
        assert lock.expires_at == NOW * SECOND + granted
    monkeypatch.setattr(clock, "source", lambda: NOW + 61.0)
    assert locks.at("/S/1/3") == []
    assert len(locks.below("/S/1")) == 3
    refreshed = locks.refresh(locks.at("/S/1/0")[0].token, 2 * MINUTE)
    assert refreshed is not None
    assert refreshed.expires_at == (NOW + 61) * SECOND + 2 * MINUTE
    take(holder, "/S/2")
    assert DriveLock.select().count() == 4, "what had run out is cleared away"
    assert locks.refresh("opaquelocktoken:x", None) is None


@pytest.mark.parametrize("end", ["revoked", "expired", "disabled"])
def test_a_lock_ends_with_its_holder(holder: str, end: str) -> None:
    lock = take(holder, "/S/1")
    assert locks.at("/S/1") == [lock]
    match end:
        case "revoked":
            Credential.update(revoked_at=1).execute()
        case "expired":
            Credential.update(expires_at=NOW * SECOND).execute()
        case "disabled":
            User.update(active=False).execute()
    assert locks.at("/S/1") == []
    assert locks.find(lock.token) is None


def test_a_lock_is_given_back_or_goes_with_what_it_was_on(holder: str) -> None:
    lock = take(holder, "/S/1/a")
    assert locks.drop(lock.token)
    assert not locks.drop(lock.token)
    for url in ("/S/1/a", "/S/1/a/b", "/S/1/ab"):
        take(holder, url)
    locks.drop_under("/S/1/a")
    assert [each.url for each in locks.below("/S/1")] == ["/S/1/ab"]


def test_an_empty_place_is_filled(holder: str) -> None:
    lock = take(holder, "/S/1/new")
    locks.mark_empty(lock.token, empty=True)
    assert [each.empty for each in locks.at("/S/1/new")] == [True]
    locks.fill("/S/1/new")
    assert [each.empty for each in locks.at("/S/1/new")] == [False]


def test_too_many_and_too_much(holder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert take(holder, "/S/1", owner="x" * 5000).owner == ""
    monkeypatch.setattr(locks, "MOST", 2)
    take(holder, "/S/2")
    with pytest.raises(UsageError, match="locks at once"):
        take(holder, "/S/3")


def test_a_write_counts_until_it_ends_or_falls_silent(
    catalogue: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "source", lambda: float(NOW))
    with locks.exclusively():
        first, second = locks.begin_write("/S/1/a"), locks.begin_write("/S/1/b/c")
    assert locks.is_written("/S/1/a", deep=False)
    assert not locks.is_written("/S/1/b", deep=False)
    assert locks.is_written("/S/1/b", deep=True)
    locks.end_write(first)
    assert not locks.is_written("/S/1/a", deep=True)
    monkeypatch.setattr(clock, "source", lambda: NOW + 50.0)
    locks.go_on(second)
    monkeypatch.setattr(clock, "source", lambda: NOW + 49.0 + locks.WRITE / SECOND)
    assert locks.is_written("/S/1/b/c", deep=False), "it said so not long ago"
    monkeypatch.setattr(clock, "source", lambda: NOW + 51.0 + locks.WRITE / SECOND)
    assert not locks.is_written("/S/1/b/c", deep=False)
    with locks.exclusively():
        locks.begin_write("/S/1/d")
    assert [row.url for row in DriveWrite.select()] == ["/S/1/d"]
