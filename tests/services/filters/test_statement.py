"""Pieces of SQL: constants vanish, values stay values, and a plain text is the same text everywhere."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.filters.statement import FALSE, TRUE, Part, counted, every, no, one_of, plain, some
from services.models import Item
from services.names import plain as plain_in_python
from tests.examples import examples
from tests.factories import Make

A, B = Part("a = ?", (1,)), Part("b = ?", (2,))


def test_putting_together() -> None:
    assert every([A, B]) == Part("(a = ?) AND (b = ?)", (1, 2))
    assert some([A, B, A]) == Part("(a = ?) OR (b = ?)", (1, 2))
    assert (every([]), some([]), every([A, FALSE]), some([A, TRUE])) == (TRUE, FALSE, FALSE, TRUE)
    assert (every([A, TRUE]), some([A, FALSE])) == (A, A)
    assert (no(TRUE), no(FALSE), no(A)) == (FALSE, TRUE, Part("NOT (a = ?)", (1,)))
    assert counted([A, B], ">=", 2).values == (1, 2, 2)


@pytest.mark.db
@pytest.mark.parametrize("number", [0, 1, 50, 51, 3000])
def test_numbers_of_a_list(make: Make, number: int) -> None:
    item = make.item(make.user())
    ids = range(item.id, item.id + number)
    found = Item.select(Item.id).where(one_of("t1.id", ids).expression())
    assert [id for (id,) in found.tuples()] == [item.id][:number]


@pytest.fixture
def item(make: Make) -> Item:
    return make.item(make.user())


@pytest.mark.db
@settings(
    max_examples=examples(120), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.text(max_size=12)
    | st.sampled_from(["Straße", "ẞ", "ÉTÉ", "ﬁn", "İ", "Σίσυφος", "각", "Å", "K", "ᾳ", "Ꭰꭰ", "ŉ"])
)
def test_plain_is_the_same_in_the_database(item: Item, text: str) -> None:
    text = text.replace("\0", "").encode("utf-8", "ignore").decode()
    Item.update(name=text).execute()
    same = plain("t1.name")
    found = Item.select(Item.id).where(
        Part(f"({same.text}) = ?", (*same.values, plain_in_python(text))).expression()
    )
    assert found.count() == 1
