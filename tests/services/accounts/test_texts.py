import pytest

from services.accounts.texts import checked, one_line
from services.errors import UsageError


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("  Anna \n Müller ", "Anna Müller"),
        ("A\u0308nne", "Änne"),
        ("a\x00b\x1b[31m", "a b [31m"),
        ("abc\u202egpj", "abc gpj"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("\ud800x", "x"),
    ],
)
def test_one_visible_line_is_left(given: str, shown: str) -> None:
    assert one_line(given) == shown


def test_too_long_names_the_field() -> None:
    assert checked("x" * 10, field="note", limit=10) == "x" * 10
    with pytest.raises(UsageError, match="at most 10") as refusal:
        checked("x" * 11, field="note", limit=10)
    assert refusal.value.field == "note"
