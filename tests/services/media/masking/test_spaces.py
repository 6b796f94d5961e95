import io
import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.media.formats.blocks import FormatError
from services.media.masking.spaces import MOST, Mask, Sheet, Space, apply, from_json, in_order, to_json

MASK = st.builds(Mask, st.integers(0, 90), st.integers(1, 30), st.binary(min_size=1, max_size=4))
MASKS = st.lists(MASK, max_size=6)
BAD = [None, 7, [[1]], [[-1, 2, "00"]], [[1, 0, "00"]], [[1, 2, ""]], [[1, 2, "zz"]], ["x"]]
BAD.append([[5, 2, "00"], [6, 1, "00"]])


@given(MASKS, st.lists(st.integers(0, 100), max_size=8))
def test_pieces_are_masked_as_the_whole_is(masks: list[Mask], cuts: list[int]) -> None:
    data, masks = bytes(range(100)), in_order(masks)
    whole = apply(masks, 0, data)
    edges = sorted({0, 100, *cuts})
    pieces = [apply(masks, a, data[a:b]) for a, b in itertools.pairwise(edges)]
    assert b"".join(pieces) == whole
    assert len(whole) == 100
    assert from_json(to_json(masks)) == tuple(masks)
    untouched = set(range(100)) - {n for m in masks for n in range(m.offset, m.offset + m.length)}
    assert all(whole[n] == n for n in untouched)


@given(MASKS)
def test_each_byte_is_covered_once_and_none_is_forgotten(masks: list[Mask]) -> None:
    ordered = in_order(masks)
    places = [n for m in ordered for n in range(m.offset, m.offset + m.length)]
    assert places == sorted(set(places))
    assert set(places) == {n for m in masks for n in range(m.offset, m.offset + m.length)}


@pytest.mark.parametrize("value", BAD)
def test_what_is_no_mask(value: object) -> None:
    with pytest.raises(ValueError, match="no masks"):
        from_json(value)


def test_pieces_of_a_file_are_one_space() -> None:
    sheet = Sheet(io.BytesIO(b"0123456789"), 10)
    space = Space(sheet, ((2, 3), (7, 2)))
    assert space.all() == b"23478"
    assert space.part(2, 2).all() == b"47"
    space.cover(2, 2, b"x")
    assert apply(sheet.masks, 0, b"0123456789") == b"0123x56x89"


def test_bounds() -> None:
    sheet = Sheet(io.BytesIO(b"0123"), 4, left=6)
    acts: list[Callable[[], object]] = [
        lambda: sheet.read(2, 3),
        lambda: sheet.read(-1, 1),
        lambda: sheet.cover(3, 2),
        lambda: sheet.space(0, 4).read(3, 2),
    ]
    for act in acts:
        with pytest.raises(FormatError):
            act()
    sheet.read(0, 4)
    with pytest.raises(FormatError):
        sheet.read(0, 4)
    sheet.masks.extend([Mask(0, 1)] * MOST)
    with pytest.raises(FormatError):
        sheet.cover(0, 1)
