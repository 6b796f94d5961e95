"""The writing lane: one batch at a time, whole or not at all, and free again after a failure."""

import threading
import time

import pytest

from services.models import User, database
from services.scanning import lane as module
from services.scanning.lane import Lane
from tests.factories import Make

pytestmark = pytest.mark.db


def test_two_scans_take_turns(make: Make) -> None:
    lane, inside, most = Lane(), [0], [0]

    def work() -> None:
        for _ in range(5):
            with lane.write():
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0.001)
                inside[0] -= 1
        database.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


def test_a_batch_that_fails_leaves_nothing_and_the_lane_free(make: Make) -> None:
    lane = Lane()
    with pytest.raises(ZeroDivisionError):
        make_and_fail(lane, make)
    assert User.select().count() == 0
    with lane.write():
        make.user()
    assert User.select().count() == 1


def make_and_fail(lane: Lane, make: Make) -> None:
    with lane.write():
        make.user()
        raise ZeroDivisionError


def test_there_is_room_for_others_after_each_batch(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE_S", 0.05)
    began = time.monotonic()
    with Lane().write():
        pass
    assert time.monotonic() - began >= 0.05
