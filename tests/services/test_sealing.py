import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sealing import SealBroken, Seals

SEALS = Seals(b"k" * 32)


@given(st.text(max_size=300), st.text(max_size=20))
def test_what_is_sealed_comes_out_again(text: str, place: str) -> None:
    text, place = (t.encode("utf-8", "replace").decode() for t in (text, place))
    sealed = SEALS.seal(text, place)
    assert SEALS.open(sealed, place) == text
    assert len(text) < 8 or text.encode() not in sealed


def test_no_two_seals_are_alike() -> None:
    assert SEALS.seal("same", "row") != SEALS.seal("same", "row")


@given(st.integers(0, 51), st.integers(1, 255))
def test_a_changed_bit_is_noticed(place: int, bits: int) -> None:
    sealed = bytearray(SEALS.seal("text", "row"))
    sealed[place] ^= bits
    with pytest.raises(SealBroken):
        SEALS.open(bytes(sealed), "row")


@pytest.mark.parametrize("length", [0, 1, 16, 47])
def test_what_is_cut_is_noticed(length: int) -> None:
    with pytest.raises(SealBroken):
        SEALS.open(SEALS.seal("text", "row")[:length], "row")


def test_it_opens_with_its_own_key_and_in_its_own_row() -> None:
    sealed = SEALS.seal("text", "row")
    with pytest.raises(SealBroken):
        Seals(b"j" * 32).open(sealed, "row")
    with pytest.raises(SealBroken):
        SEALS.open(sealed, "another")
