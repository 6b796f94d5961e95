"""What background reading may take."""

from datetime import UTC, datetime

import pytest

from services.budgets import (
    DEFAULT_AT_ONCE,
    DEFAULT_BYTES,
    Budget,
    Pace,
    at_once_of,
    bandwidth_of,
    between,
    checked,
    hours_of,
    typed,
)
from services.errors import UsageError


def at(hour: int) -> int:
    return int(datetime(2026, 7, 1, hour, 30, tzinfo=UTC).timestamp() * 1_000_000)


def test_there_are_defaults() -> None:
    assert Budget.of({}, None) == Budget(DEFAULT_BYTES, DEFAULT_AT_ONCE, None, None)
    assert Budget.of({"budget": {"at_once": 1, "hours": [22, 6]}}, "UTC") == Budget(
        DEFAULT_BYTES, 1, (22, 6), "UTC"
    )


@pytest.mark.parametrize(
    ("hours", "zone", "hour", "expected"),
    [
        (None, None, 3, True),
        ((5, 5), None, 3, True),
        ((9, 17), None, 9, True),
        ((9, 17), None, 17, False),
        ((22, 6), None, 23, True),
        ((22, 6), None, 5, True),
        ((22, 6), None, 6, False),
        ((22, 6), "Europe/Vienna", 4, False),  # 6:30 there
        ((22, 6), "Europe/Vienna", 21, True),
        ((22, 6), "Nowhere/Else", 4, True),
    ],
)
def test_hours_are_those_of_the_owner(
    hours: tuple[int, int] | None, zone: str | None, hour: int, expected: bool
) -> None:
    assert Budget(hours=hours, zone=zone).is_open(at(hour)) is expected


@pytest.mark.parametrize(
    "given",
    [
        None, [], "fast", {"speed": 1}, {"bytes_per_second": 5}, {"bytes_per_second": "1"}, {"at_once": 0},
        {"at_once": 99}, {"at_once": True}, {"hours": 5}, {"hours": [1]}, {"hours": [1, 25]}, {"hours": [-1, 5]},
    ],
)  # fmt: skip
def test_nonsense_is_refused_with_words(given: object) -> None:
    with pytest.raises(UsageError) as raised:
        checked(given)
    assert raised.value.field == "budget"


def test_what_is_given_is_kept() -> None:
    given = {"bytes_per_second": 0, "at_once": 4, "hours": [22, 24]}
    assert checked(given) == {"bytes_per_second": 0, "at_once": 4, "hours": [22, 0]}
    assert checked({"hours": None}) == {}


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_bytes_come_at_the_rate() -> None:
    clock = Clock()
    pace = Pace(clock)
    for _ in range(50):
        pace.take(1000, 1000, lambda: None, clock.sleep)
    assert 48 <= clock.now - 100 <= 50  # a second's worth may come at once


def test_without_a_limit_nobody_waits() -> None:
    clock = Clock()
    Pace(clock).take(10**12, 0, lambda: None, clock.sleep)
    assert clock.now == 100


def test_waiting_for_bytes_can_be_ended() -> None:
    clock = Clock()
    pace = Pace(clock)

    def stop() -> None:
        raise InterruptedError

    pace.take(10_000, 1000, stop, clock.sleep)
    with pytest.raises(InterruptedError):
        pace.take(1000, 1000, stop, clock.sleep)


@pytest.mark.parametrize(
    ("text", "rate"),
    [("2.5", 2_500_000), (" 2,5 ", 2_500_000), ("", 0), ("none", 0), ("0.1", 100_000), ("99999", 99_999_000_000)],
)  # fmt: skip
def test_a_bandwidth_as_a_person_types_it(text: str, rate: int) -> None:
    assert bandwidth_of(text) == rate
    assert bandwidth_of(typed(rate)) == rate


@pytest.mark.parametrize("text", ["fast", "-1", "0", "0.01", "1e9", "123456", "1.2345", "2 5", "nan"])
def test_what_is_no_bandwidth(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        bandwidth_of(text)
    assert raised.value.field == "bandwidth"


@pytest.mark.parametrize("text", ["", "0", "9", "99", "100", "-1", "2.5", "two"])
def test_what_is_no_number_of_files(text: str) -> None:
    assert at_once_of(" 8 ") == 8
    with pytest.raises(UsageError) as raised:
        at_once_of(text)
    assert raised.value.field == "at_once"


@pytest.mark.parametrize(
    ("text", "hours"), [("22-6", [22, 6]), ("22:00 – 06:00", [22, 6]), ("18-24", [18, 0]), ("Always", None)]
)
def test_hours_as_a_person_types_them(text: str, hours: list[int] | None) -> None:
    assert hours_of(text) == hours


@pytest.mark.parametrize(
    "text", ["", "22", "22-", "night", "25-6", "5-25", "5-5", "0-24", "22:30-6", "22-6-7"]
)
def test_what_is_no_hours(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        hours_of(text)
    assert raised.value.field == "hours"


def test_what_is_typed_passes_the_check() -> None:
    given = {"bytes_per_second": bandwidth_of("0.1"), "at_once": at_once_of("8"), "hours": between(0, 23)}
    assert checked(given) == given
    for first, last in ((-1, 5), (5, 24)):
        with pytest.raises(UsageError):
            between(first, last)
