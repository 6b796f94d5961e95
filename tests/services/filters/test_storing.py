"""Stored trees: the same after a round trip; what is newer, unknown or beyond a limit is refused."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.filters import FilterError, Tree, from_json, to_json
from services.filters.limits import MAX_TERMS
from services.filters.tree import All, Condition, Not, Ref, Words
from tests.services.filters.trees import attempt, trees


@settings(max_examples=300, deadline=None)
@given(trees())
def test_round_trip(tree: Tree) -> None:
    data = json.loads(json.dumps(to_json(tree)))
    found = attempt(lambda: from_json(data))
    if isinstance(found, FilterError):  # a random tree can be larger than a query may be
        assert "at most" in str(found.__cause__)
        return
    assert found == tree
    assert to_json(found) == data


def test_the_shape_on_disk() -> None:
    """Stored trees are read by later versions: this must not change without a new version."""
    tree = Tree(All((Condition("label", (Ref(17),)), Not(Words("x")))), sort="-taken")
    assert to_json(tree) == {
        "version": 1,
        "where": {
            "all": [{"field": "label", "tests": [{"id": 17}]}, {"not": {"words": "x", "whole": False}}]
        },
        "sort": "-taken",
        "limit": None,
        "per": None,
    }


def whole(where: Any, **more: Any) -> dict[str, Any]:
    return {"version": 1, "where": where, "sort": None, "limit": None, "per": None} | more


WORD = {"words": "a", "whole": False}
REFUSED: list[Any] = [
    None,
    [],
    "x",
    {},
    whole(WORD, version=2),
    whole(WORD, version=None),
    whole(WORD, sort="name; --"),
    whole(WORD, limit=0),
    whole(WORD, limit=True),
    whole(WORD, per="year"),
    whole({"nobody": []}),
    whole({"not": None}),
    whole({"all": [WORD]}),
    whole({"any": []}),
    whole({"any": [WORD]}),
    whole({"all": [{"all": []}, WORD]}),
    whole({**WORD, "more": 1}),
    whole({"words": "OR", "whole": False}),
    whole({"words": "a b", "whole": False}),
    whole({"words": "label:x", "whole": False}),
    whole({"words": "onthisday", "whole": False}),
    whole({"words": "!?", "whole": True}),
    whole({"field": "nobody", "tests": [{"empty": True}]}),
    whole({"field": "tag", "tests": [{"id": 1}]}),
    whole({"field": "after", "tests": [{"op": "=", "value": "2024"}]}),
    whole({"field": "sort", "tests": [{"word": "taken"}]}),
    whole({"field": "label", "tests": []}),
    whole({"field": "label", "tests": [{"id": True}]}),
    whole({"field": "label", "tests": [{"id": -1}]}),
    whole({"field": "label", "tests": [{"id": 1}, {"id": 1}]}),
    whole({"field": "label", "tests": [{"word": "x"}]}),
    whole({"field": "rating", "tests": [{"op": "~", "value": 4}]}),
    whole({"field": "rating", "tests": [{"from": 5, "to": 1}]}),
    whole({"field": "rating", "tests": [{"from": None, "to": None}]}),
    whole({"field": "rating", "tests": [{"op": "=", "value": float("nan")}]}),
    whole({"field": "rating", "tests": [{"op": "=", "value": float("inf")}]}),
    whole({"field": "rating", "tests": [{"op": "=", "value": -1}]}),
    whole({"field": "rating", "tests": [{"op": "=", "value": 10**6000}]}),
    whole({"field": "taken", "tests": [{"op": "=", "value": "2024-1"}]}),
    whole({"field": "size", "tests": [{"empty": True}]}),
    whole({"field": "name", "tests": [{"text": ""}]}),
    whole({"field": "name", "tests": [{"pattern": "a b*"}]}),
    whole({"field": "near", "tests": [{"near": [91, 0, 5]}]}),
    whole({"field": "near", "tests": [{"near": [1, 2]}]}),
    whole({"least": 3, "of": [WORD]}),
    whole({"least": 1, "of": []}),
    whole({"all": [WORD] * (MAX_TERMS + 1)}),
]


@pytest.mark.parametrize("data", REFUSED, ids=range(len(REFUSED)))
def test_what_no_text_means_is_refused(data: Any) -> None:
    with pytest.raises(FilterError):
        from_json(data)


def test_endless_nesting_is_refused() -> None:
    node: Any = WORD
    for _ in range(500):
        node = {"not": node}
    with pytest.raises(FilterError):
        from_json(whole(node))


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["all", "any", "not", "field", "tests", "words", "whole", "op", "value", "id"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_whatever_is_stored_is_understood_or_refused(where: Any) -> None:
    try:
        tree = from_json(whole(where))
    except FilterError:
        return
    assert from_json(to_json(tree)) == tree
