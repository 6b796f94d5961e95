"""What is said of legal queries, and which facts they depend on."""

import pytest

from services.filters import FilterError, checking, parse
from services.filters.context import Context
from tests.services.filters.trees import Household

CONTEXT = Context(1, 0, gone=frozenset({("label", 9)}))


@pytest.mark.parametrize(
    ("text", "warnings"),
    [
        ("taken:2024 label:family", ()),
        ("person:Anna", ("“person” finds nothing yet: Nothing analyses pictures yet.",)),
        (
            "type:photo|screenshot",
            ("“type:screenshot” finds nothing yet: Nothing recognises screenshots yet.",),
        ),
        ("has:country", ("“has:country” finds nothing yet: Places have no names yet.",)),
        ("a -(label:#9 b)", ("“label” names something that was deleted, so it finds nothing.",)),
        ("is:trashed", ()),
        ("sort:-likes", ("There is no order by “likes” yet: the newest come first.",)),
    ],
)
def test_warnings(text: str, warnings: tuple[str, ...]) -> None:
    assert checking.warnings(parse(text, Household()), CONTEXT) == warnings


def test_a_share_needs_a_condition() -> None:
    for text in ("", "sort:-taken", "limit:3"):
        with pytest.raises(FilterError, match="condition"):
            checking.share_warnings(parse(text, Household()))
    assert checking.share_warnings(parse("label:family", Household())) == ()
    told = checking.share_warnings(parse("beach taken:<30d", Household()))
    assert [t.split()[0] for t in told] == ["“taken”", "Free"]
    (told_of_trash,) = checking.share_warnings(parse("label:family OR is:trashed", Household()))
    assert told_of_trash == "What lies in the trash is in no collection."


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("label:family taken:2024", ()), ("taken:<30d", ("taken",)), ("taken:2024..today", ("taken",)),
        ("onthisday -likes:3 sort:random limit:5", ("onthisday", "likes", "sort:random", "limit")),
    ],
)  # fmt: skip
def test_what_changes_by_itself(text: str, names: tuple[str, ...]) -> None:
    assert checking.volatile(parse(text, Household())) == names


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("rating:5 OR -label:family", {"opinions", "labels"}),
        ("beach", {"words"}),
        ("-has:rating", {"opinions"}),
        ("", set()),
    ],
)
def test_which_facts_a_query_depends_on(text: str, facts: set[str]) -> None:
    assert checking.reads(parse(text, Household())) >= facts
    assert checking.reads(parse("year:2024", Household())) == {"taken"}
