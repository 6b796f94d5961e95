"""Cleaning that all readers share (checklist row 10)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.media.facts import TEXT_LIMIT, Facts, as_number, clean, is_position, unique


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("  Canon \0 EOS", "Canon"),
        (b"NIKON\0\xff\xff", "NIKON"),
        ("Ménthon".encode(), "Ménthon"),
        ("Ménthon".encode("latin-1"), "Ménthon"),
        ("line\nbreak\x07bell", "line\nbreak bell"),
        ("lone \ud800 half", "lone \ufffd half"),
        ("  ", None),
        ("\0\0", None),
        (None, None),
        (7, None),
        ([1, 2], None),
    ],
)
def test_texts_are_cut_at_the_first_nul_and_trimmed(value: object, text: str | None) -> None:
    assert clean(value) == text


@settings(deadline=None)
@given(st.text() | st.binary())
def test_clean_texts_can_be_stored_and_sent(value: str | bytes) -> None:
    text = clean(value)
    assert text is None or (text.encode() and "\0" not in text and len(text) <= TEXT_LIMIT)


def test_words_are_unique_in_their_order() -> None:
    assert unique(["Sea", None, "sun", "sea", ""]) == ("Sea", "sun")
    assert len(unique([str(number) for number in range(5000)])) == 1000


@pytest.mark.parametrize("value", [None, "", "x", float("nan"), float("inf"), [1], 10**400])
def test_what_is_no_finite_number(value: object) -> None:
    assert as_number(value) is None


def test_positions() -> None:
    """Row 10: 0,0 is missing, out of range is none."""
    assert not is_position(0, 0)
    assert is_position(0, 9.5)
    assert not is_position(91, 0)
    assert not is_position(0, -181)


def test_the_first_value_stays() -> None:
    facts = Facts("test")
    facts.put_position(None, 5.0)
    facts.put_position(1.0, 2.0)
    facts.put_position(3.0, 4.0)
    facts.put("title", "")
    facts.put_text("title", "a")
    facts.put_text("title", "b")
    facts.date(None)
    assert facts.values == {"lat": 1.0, "lon": 2.0, "title": "a"}
    assert facts.dates == []


@pytest.mark.parametrize(
    ("stars", "rating"), [(3, 3), ("5", 5), (0, None), (-1, None), (6, None), ("x", None)]
)
def test_ratings_are_one_to_five(stars: object, rating: int | None) -> None:
    facts = Facts("test")
    facts.put_rating(stars)
    assert facts.values.get("rating") == rating
