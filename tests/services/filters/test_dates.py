"""Dates: what is one, and the days it means."""

from datetime import UTC, date
from zoneinfo import ZoneInfo

import pytest

from services.filters import dates

TODAY = date(2024, 3, 31)


@pytest.mark.parametrize(
    ("text", "first", "after"),
    [
        ("2024", date(2024, 1, 1), date(2025, 1, 1)),
        ("2024-02", date(2024, 2, 1), date(2024, 3, 1)),
        ("2024-02-29", date(2024, 2, 29), date(2024, 3, 1)),
        ("today", TODAY, date(2024, 4, 1)),
        ("yesterday", date(2024, 3, 30), TODAY),
        ("2w-ago", date(2024, 3, 17), date(2024, 3, 18)),
        ("1m-ago", date(2024, 2, 29), date(2024, 3, 1)),
        ("1y-ago", date(2023, 3, 31), date(2023, 4, 1)),
        ("9999y-ago", date(1, 1, 1), date(1, 1, 2)),
        ("9999d-ago", date(1996, 11, 14), date(1996, 11, 15)),
    ],
)
def test_the_days_of_a_date(text: str, first: date, after: date) -> None:
    assert dates.parse_date(text) == text
    assert dates.days_of(text, TODAY) == (first.toordinal(), after.toordinal())


def test_the_last_day_of_the_calendar_has_an_end() -> None:
    assert dates.days_of("9999-12-31", TODAY)[1] == date(9999, 12, 31).toordinal() + 1
    assert dates.days_of("9999", TODAY)[1] == date(9999, 12, 31).toordinal() + 1
    assert isinstance(dates.instant_us(date(9999, 12, 31).toordinal() + 1, ZoneInfo("Asia/Tokyo")), int)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "24",
        "20245",
        "2024-",
        "2024-13",
        "2024-02-30",
        "0000",
        "7d",
        "d-ago",
        "1x-ago",
        "٢٠٢٤",
        "2024-07-01T10",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert dates.parse_date(text) is None


def test_one_form_for_each_date() -> None:
    assert [dates.parse_date(t) for t in ("2024/7/1", "TODAY", "0d-ago", "1d-ago", "007d-ago")] == [
        "2024-07-01", "today", "today", "yesterday", "7d-ago",
    ]  # fmt: skip
    assert [dates.parse_age(t) for t in ("30d", "0w", "1d", "today")] == [
        "30d-ago",
        "today",
        "yesterday",
        None,
    ]
    assert [dates.is_relative(t) for t in ("2024", "today", "7d-ago")] == [False, True, True]


def test_midnight_here_and_in_a_zone() -> None:
    day = date(2024, 7, 1).toordinal()
    assert dates.local_us(day) == 1_719_792_000_000_000
    assert dates.instant_us(day, UTC) == dates.local_us(day)
    assert dates.instant_us(day, ZoneInfo("Europe/Berlin")) == dates.local_us(day) - 2 * 3_600_000_000
    assert dates.local_us(date(1969, 12, 31).toordinal()) == -86_400_000_000
