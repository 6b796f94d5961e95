"""Moments: a day lasts until it ends where its writer lives; what is no moment is named."""

import pytest

from services.errors import UsageError
from web.moments import day_of, parse_end


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
