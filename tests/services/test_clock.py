"""The one clock: microseconds, and a source that tests replace."""

import time

import pytest

from services import clock


def test_now_is_in_microseconds_since_1970() -> None:
    before = time.time_ns() // 1000
    assert before - clock.SECOND < clock.now() <= time.time_ns() // 1000 + clock.SECOND
    assert (clock.DAY, clock.HOUR) == (86_400_000_000, 3_600_000_000)


def test_a_frozen_clock_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "source", lambda: 1_780_000_000.25)
    assert clock.now() == 1_780_000_000_250_000
