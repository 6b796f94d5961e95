"""Transfers that stand by for who reads on: whose they are, how many, and for how long."""

import time

import pytest

from services.storages.rclone import standby
from services.storages.rclone.client import Body
from services.storages.rclone.standby import HELD_S, MOST, NEAR, NOTES, Place, Standby, Transfer
from services.storages.values import Entry

ENTRY = Entry("film.mp4", "film.mp4", False, 10_000_000, 1, None, "")
FILM = Place("h_1", "film.mp4", 10_000_000)


class FakeBody(Body):
    def __init__(self) -> None:
        self.closed = False
        self.dead = False

    @property
    def is_alive(self) -> bool:
        return not self.dead

    def close(self) -> None:
        self.closed = True


class Lot(Standby):
    """With a clock that stands still."""

    def __init__(self) -> None:
        self.now = 100.0
        super().__init__(lambda: self.now)

    def put(self, at: int = 1000, place: Place = FILM) -> FakeBody:
        body = FakeBody()
        self.hold(place, Transfer(body, ENTRY, at, 9_999_999, self.now))
        return body


@pytest.fixture
def lot() -> Lot:
    return Lot()


def test_who_reads_on_gets_it_and_nobody_else(lot: Lot) -> None:
    body = lot.put()
    found = lot.take(FILM, 1000)
    assert found is not None
    assert (found.body, found.at, body.closed) == (body, 1000, False)
    assert lot.take(FILM, 1000) is None


@pytest.mark.parametrize(
    ("place", "start"),
    [
        (FILM, 999), (FILM, 1000 + NEAR + 1), (Place("h_2", "film.mp4", 10_000_000), 1000),
        (Place("h_1", "other.mp4", 10_000_000), 1000), (Place("h_1", "film.mp4", 10_000_001), 1000),
    ],
)  # fmt: skip
def test_it_is_for_the_next_bytes_of_the_very_file(lot: Lot, place: Place, start: int) -> None:
    lot.put()
    assert lot.take(place, start) is None
    assert lot.take(FILM, 1000 + NEAR) is not None


def test_it_is_over_after_its_time(lot: Lot) -> None:
    lot.put()
    lot.now += HELD_S
    assert lot.take(FILM, 1000) is None


def test_one_that_was_hung_up_on_is_no_use(lot: Lot) -> None:
    body = lot.put()
    body.dead = True
    assert lot.take(FILM, 1000) is None
    assert body.closed


def test_of_too_many_the_oldest_gives_way(lot: Lot) -> None:
    bodies = [lot.put(at) for at in range(MOST + 2)]
    assert [body.closed for body in bodies] == [True, True] + [False] * MOST


def test_what_nobody_comes_for_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standby, "HELD_S", 0.05)
    real, body = Standby(), FakeBody()
    real.hold(FILM, Transfer(body, ENTRY, 1000, 9_999_999, 0.0))
    until = time.monotonic() + 20
    while not body.closed or real._closer is not None:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert real.take(FILM, 1000) is None


def test_a_remote_that_is_reached_in_another_way_is_let_go(lot: Lot) -> None:
    ours, other = lot.put(), lot.put(place=Place("h_2", "film.mp4", 10_000_000))
    lot.drop("h_1")
    assert (ours.closed, other.closed) == (True, False)
    assert lot.take(FILM, 1000) is None


def test_at_the_end_all_is_closed_and_nothing_comes_after(lot: Lot) -> None:
    before = lot.put()
    lot.close()
    after = lot.put()
    assert (before.closed, after.closed) == (True, True)
    assert lot.take(FILM, 1000) is None


def test_who_asks_for_the_range_after_one_that_was_read_reads_on(lot: Lot) -> None:
    assert not lot.reads_on(FILM, 0)
    lot.note_end(FILM, 1000)
    assert lot.reads_on(FILM, 1000)
    assert lot.reads_on(FILM, 1000 + NEAR)
    assert not lot.reads_on(FILM, 999)
    assert not lot.reads_on(Place("h_2", "film.mp4", 10_000_000), 1000)
    for number in range(NOTES):
        lot.note_end(Place("h_1", f"{number}", 1), 1)
    assert not lot.reads_on(FILM, 1000), "only some are kept"
    lot.note_end(FILM, 1000)
    lot.now += HELD_S
    assert not lot.reads_on(FILM, 1000)
