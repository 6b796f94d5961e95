"""What stands at the caret: finished or not, in quotes or not; whatever is typed, it never fails."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.filters.caret import Caret, find_caret


def at_bar(text: str) -> Caret | None:
    """The bar is where the caret stands."""
    return find_caret(text.replace("|", "", 1), text.index("|"))


@pytest.mark.parametrize(
    ("text", "field", "typed", "position", "length"),
    [
        ("|", None, "", 0, 0), ("lab|", None, "lab", 0, 3), ("a lab|el b", None, "lab", 2, 5),
        ("-lab|", None, "lab", 1, 3), ("(lab|)", None, "lab", 1, 3), ("a (b OR la|", None, "la", 8, 2),
        ("label:|", "label", "", 6, 0), ("label:fa|", "label", "fa", 6, 2), ("tag:fa|m -x", "label", "fa", 4, 3),
        ("-label:fa|", "label", "fa", 7, 2), ("label!=fa|", "label", "fa", 7, 2),
        ("label:a,fa|", "label", "fa", 8, 2), ("camera:a,b|", "camera", "b", 9, 1),
        ('label:"my fa|', "label", "my fa", 6, 6), ('label:"my fa|mily" b', "label", "my fa", 6, 11),
        ('label:"my fa| b:c', "label", "my fa", 6, 6), ('label:"a \\"q|', "label", 'a "q', 6, 6),
        ('label:"a b",fa|', "label", "fa", 12, 2), ("(label:fa|)", "label", "fa", 7, 2),
        ("taken:>=20|", "taken", "20", 8, 2), ("taken:2024..20|25", "taken", "20", 12, 4),
        ("name:a..b|", "name", "a..b", 5, 4), ("sort:-ta|", "sort", "-ta", 5, 3), ("ö label:ü|x", "label", "ü", 8, 2),
        ("😀 lab|", None, "lab", 2, 3), ("similar:a,b|", "similar", "a,b", 8, 3),
    ],
)  # fmt: skip
def test_what_is_being_typed(text: str, field: str | None, typed: str, position: int, length: int) -> None:
    found = at_bar(text)
    assert found is not None
    told = found.field and found.field.name, found.typed, found.position, found.length
    assert told == (field, typed, position, length)


@pytest.mark.parametrize("text", ['"a b|', '"a b"|', 'label:"a"|', "nope:a|", "onthisday:a|", 'x "label:a|'])
def test_where_nothing_can_be_completed(text: str) -> None:
    assert at_bar(text) is None


@given(st.text(st.sampled_from('ab "\\():|,-<>=.ö labeltk#')), st.integers(-2, 40))
def test_it_never_fails_and_stays_in_the_text(text: str, at: int) -> None:
    found = find_caret(text, at)
    if found is not None:
        inside = max(0, min(at, len(text)))
        assert 0 <= found.position <= inside <= found.position + found.length <= len(text)
