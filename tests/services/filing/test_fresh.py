"""Who wrote what a moment ago: the same app password, the same bytes, and not for long."""

from dataclasses import replace

import pytest

from services import clock
from services.filing import fresh
from services.filing.fresh import Fresh
from services.storages.values import Entry
from services.viewers import Proof, Viewer

NOW = 1_700_000_000.0
ANNA = Viewer(1, "anna", "Anna", proof=Proof("credential", 7))
ENTRY = Entry("a/b.jpg", "b.jpg", False, 10, 5, None, "10:5")


@pytest.fixture(autouse=True)
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "source", lambda: NOW)


def test_only_the_same_app_password(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Fresh()
    assert not known.is_own(ANNA, 1, ENTRY)
    known.note(ANNA, 1, ENTRY)
    assert known.is_own(ANNA, 1, ENTRY)
    for proof in (Proof("credential", 8), Proof("session", 7), None):
        assert not known.is_own(replace(ANNA, proof=proof), 1, ENTRY)
    for elsewhere in (ENTRY._replace(path="b.jpg"), ENTRY._replace(size=11), ENTRY._replace(mtime_ns=6)):
        assert not known.is_own(ANNA, 1, elsewhere)
    assert not known.is_own(ANNA, 2, ENTRY)


def test_for_a_minute_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Fresh()
    known.note(ANNA, 1, ENTRY)
    for later, own in ((59.9, True), (60.0, False), (-1.0, False)):
        monkeypatch.setattr(clock, "source", lambda later=later: NOW + later)
        assert known.is_own(ANNA, 1, ENTRY) == own


def test_who_writes_otherwise_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Fresh()
    known.note(ANNA, 1, ENTRY)
    known.note(replace(ANNA, proof=Proof("session", 1)), 1, ENTRY)
    assert not known.is_own(ANNA, 1, ENTRY)
    monkeypatch.setattr(fresh, "MOST", 2)
    for number in range(3):
        known.note(ANNA, 1, ENTRY._replace(path=str(number)))
    assert [known.is_own(ANNA, 1, ENTRY._replace(path=str(number))) for number in range(3)] == [
        False,
        True,
        True,
    ]


def test_another_time_makes_nothing_own_and_lasts_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    known, dated = Fresh(), ENTRY._replace(mtime_ns=6)
    known.dated(ANNA, 1, ENTRY, dated)
    assert not known.is_own(ANNA, 1, dated), "it only got another time: its bytes are somebody's"
    known.note(ANNA, 1, ENTRY)
    monkeypatch.setattr(clock, "source", lambda: NOW + 30)
    known.dated(ANNA, 1, ENTRY, dated)
    assert known.is_own(ANNA, 1, dated)
    known.dated(replace(ANNA, proof=Proof("credential", 8)), 1, dated, ENTRY)
    assert not known.is_own(ANNA, 1, ENTRY)
    known.note(ANNA, 1, ENTRY)
    monkeypatch.setattr(clock, "source", lambda: NOW + 89)
    known.dated(ANNA, 1, ENTRY, dated)
    monkeypatch.setattr(clock, "source", lambda: NOW + 91)
    assert not known.is_own(ANNA, 1, dated)
