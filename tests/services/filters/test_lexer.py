"""Tokens: what they are, and where they stand."""

import pytest

from services.filters.errors import FilterError
from services.filters.lexer import Piece, tokens_of


@pytest.mark.parametrize(
    ("text", "sorts"),
    [
        ("", "end"), ("a -b", "word minus word end"), ("a-b - c", None), ("(a)", "open word close end"),
        ("a OR NOT b AND c", "word or not word and word end"), ("2of(a b)", "count open word word close end"),
        ('"a b" c', "quoted word end"), ("label:a x", "term word end"), ("12:30", "word end"), ("ORa", "word end"),
    ],
)  # fmt: skip
def test_sorts(text: str, sorts: str | None) -> None:
    if sorts is None:
        with pytest.raises(FilterError, match="letter"):
            tokens_of(text)
        return
    assert " ".join(t.sort for t in tokens_of(text)) == sorts


def test_only_the_first_operator_splits() -> None:
    token = tokens_of("time:18:00..23:00")[0]
    assert (token.value, token.op, token.pieces) == ("time", ":", (Piece("18:00..23:00", False, "", 5, 12),))


def test_pieces_know_their_places() -> None:
    token = tokens_of('x camera:"EOS R6"|>4,b')[1]
    assert token.pieces == (
        Piece("EOS R6", True, "", 9, 8), Piece("4", False, ">", 18, 2), Piece("b", False, "", 21, 1),
    )  # fmt: skip
    assert (token.position, token.length) == (2, 20)


def test_in_places_a_comma_is_part_of_the_value() -> None:
    assert [p.text for p in tokens_of("near:1,2,5km|3,4,1m")[0].pieces] == ["1,2,5km", "3,4,1m"]
    assert [p.text for p in tokens_of("iso:1,2")[0].pieces] == ["1", "2"]
