"""Numbers with their units: every one means the same again when it is written out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.filters.fields import Unit
from services.filters.limits import MAX_NUMBER
from services.filters.numbers import format_number, normal, parse_number


@pytest.mark.parametrize(
    ("text", "unit", "number", "again"),
    [
        ("12", "", 12, "12"),
        ("2.80", "", 2.8, "2.8"),
        ("3.0", "", 3, "3"),
        ("5M", "size", 5_000_000, "5M"),
        ("1.5g", "size", 1_500_000_000, "1500M"),
        ("2MiB", "size", 2_097_152, "2097152"),
        ("1KiB", "size", 1024, "1024"),
        ("0", "size", 0, "0"),
        ("3kB", "size", 3000, "3k"),
        ("1T", "size", 10**12, "1T"),
        ("90s", "duration", 90, "90s"),
        ("2min", "duration", 120, "2min"),
        ("1h", "duration", 3600, "1h"),
        ("1.5", "duration", 1.5, "1.5s"),
        ("1/250", "exposure", 1 / 250, "1/250"),
        ("2s", "exposure", 2, "2"),
        ("0.3", "exposure", 0.3, "0.3"),
        ("3:2", "ratio", 1.5, "3:2"),
        ("16/9", "ratio", 16 / 9, "16:9"),
        ("1:30000", "ratio", 1 / 30000, None),
    ],
)
def test_units(text: str, unit: Unit, number: float, again: str | None) -> None:
    found = parse_number(text, unit)
    assert found == number
    assert found is not None
    assert again is None or format_number(found, unit) == again
    assert parse_number(format_number(found, unit), unit) == found


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("", ""),
        ("x", ""),
        ("-1", ""),
        ("1e5", ""),
        ("1,5", ""),
        ("5M", ""),
        ("5x", "size"),
        ("1/0", "ratio"),
        ("3:2", ""),
        ("1d", "duration"),
        ("٣", ""),
        (str(MAX_NUMBER), ""),
        ("999999T", "size"),
        ("1" * 16, ""),
    ],
)
def test_what_is_no_number(text: str, unit: Unit) -> None:
    assert parse_number(text, unit) is None


@given(
    st.integers(0, 10**14) | st.floats(0, 1e9).map(normal),
    st.sampled_from(["", "duration", "exposure", "ratio"]),
)
def test_written_and_read_again(number: float, unit: Unit) -> None:
    text = format_number(number, unit)
    if len(text.partition(".")[2]) <= 40:
        assert parse_number(text, unit) == number
