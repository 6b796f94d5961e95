"""Moments: a day lasts until it ends where its writer lives; what is no moment is named."""

import pytest

from services.errors import UsageError
from web.moments import day_of, parse_end, parse_wall, wall_of


@pytest.mark.parametrize(
    ("text", "zone", "us"),
    [
        ("1970-01-01", "", 86_400_000_000),
        ("1970-01-01", "Europe/Berlin", 82_800_000_000),
        ("1970-01-01T00:00:01Z", "Europe/Berlin", 1_000_000),
        ("1970-01-01T01:00:01+01:00", "", 1_000_000),
    ],
)
def test_moments(text: str, zone: str, us: int) -> None:
    assert parse_end(text, zone, field="expires") == us


@pytest.mark.parametrize("day", ["2026-07-04", "2026-03-29", "2026-10-25"])
@pytest.mark.parametrize("zone", ["", "Europe/Berlin", "Pacific/Auckland"])
def test_a_day_comes_back_as_that_day(day: str, zone: str) -> None:
    assert day_of(parse_end(day, zone, field="expires"), zone) == day
    assert day_of(None, zone) == ""


@pytest.mark.parametrize("text", ["", "x", "2026-02-30", "2026-07-04T18:00:00", "9999-12-31", "20260704xx"])
def test_what_is_no_end(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_end(text, "", field="expires")
    assert caught.value.field == "expires"


@pytest.mark.parametrize("zone", ["", "Europe/Berlin", "America/St_Johns", "Pacific/Apia"])
def test_a_day_and_its_time_come_back_as_they_were(zone: str) -> None:
    at = parse_wall("2026-07-04", "18:30", zone, field="until")
    assert wall_of(at, zone) == ("2026-07-04", "18:30")
    assert parse_wall("2026-07-04", " ", zone, field="until") == parse_end("2026-07-04", zone, field="until")
    assert wall_of(None, zone) == ("", "")


@pytest.mark.parametrize(
    ("day", "clock"),
    [("", ""), ("", "18:00"), ("2026-02-30", "18:00"), ("2026-07-04", "24:30"), ("soon", "x")],
)
def test_what_is_no_time_of_a_day(day: str, clock: str) -> None:
    with pytest.raises(UsageError) as wrong:
        parse_wall(day, clock, "Europe/Berlin", field="until")
    assert wrong.value.field == "until"
