"""Search: the same words are found on both databases, and an empty search never means everything."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services import catalogue
from services.catalogue.labelling import refresh_tokens
from services.catalogue.search import item_tokens
from services.filters import FilterError
from services.models import Item
from services.names import tokens
from tests.examples import examples
from tests.factories import Make

pytestmark = pytest.mark.db


def found(make: Make, q: str) -> list[str]:
    return sorted(i.name for i in catalogue.page(make.viewer(Item.get().owner), q).items)


@pytest.fixture
def items(make: Make) -> Make:
    anna = make.user()
    day = 1_782_864_000_000_000
    for name, more in (
        ("IMG_0412.jpg", {"make": "Canon", "model": "EOS 7D", "day": 20260701, "taken": day}),
        ("Größe am Strand.jpg", {"title": "Ménage à trois"}),
        ("IMG_77.jpg", {"description": "naïve café, 北京"}),
    ):
        make.item(anna, name, **more)
    refresh_tokens([i.id for i in Item.select()])
    return make


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("IMG_77", ["IMG_77.jpg"]),
        ("img", ["IMG_0412.jpg", "IMG_77.jpg"]),
        ("041", ["IMG_0412.jpg"]),
        ("canon eos", ["IMG_0412.jpg"]),
        ("2026-07-01", ["IMG_0412.jpg"]),
        ("2026-07", ["IMG_0412.jpg"]),
        ("2026", ["IMG_0412.jpg"]),
        ("july", ["IMG_0412.jpg"]),
        ("Juli Canon", ["IMG_0412.jpg"]),
        ("grosse strand", ["Größe am Strand.jpg"]),
        ("größe", ["Größe am Strand.jpg"]),
        ("menage", ["Größe am Strand.jpg"]),
        ("naive cafe", ["IMG_77.jpg"]),
        ("北京", ["IMG_77.jpg"]),
        ("canon strand", []),
        ("'; DROP TABLE item --", FilterError),
        ("!!! ---", FilterError),
        ('"quote" & | ! ( ) :*', FilterError),
        ('"img 77"', ["IMG_77.jpg"]),
        ('"im 77"', []),
        ("-img", ["Größe am Strand.jpg"]),
        ("canon OR strand", ["Größe am Strand.jpg", "IMG_0412.jpg"]),
    ],
)
def test_words(items: Make, q: str, names: list[str] | type[FilterError]) -> None:
    if not isinstance(names, list):
        with pytest.raises(names):
            found(items, q)
        return
    assert found(items, q) == sorted(names)


def test_names_at_faces_are_found_by_their_owner_alone(items: Make) -> None:
    """Row 11: also when somebody else sees the picture, and knows how such words are kept."""
    item = Item.get(Item.name == "IMG_77.jpg")
    items.asset(item, meta={"people": ["Zoë Müller"]})
    refresh_tokens([item.id])
    for q in ("zoe", "Müller", "zoë img", "77 mul"):
        assert found(items, q) == ["IMG_77.jpg"], q
    assert found(items, "zoe canon") == []
    ben = items.user("ben")
    items.grant(items.share(items.collection(item.owner, items=[item])), user=ben)
    assert [i.name for i in catalogue.page(items.viewer(ben), "77").items] == ["IMG_77.jpg"]
    kept = [word for word in Item.get_by_id(item.id).tokens.split() if "zoe" in word]
    for q in ("zoe", "Müller", "Zoë", *kept, f"{item.owner_id}zoe"):
        assert catalogue.page(items.viewer(ben), q).items == [], q


def test_an_empty_search_is_no_search(items: Make) -> None:
    assert len(found(items, "   ")) == 3


@settings(
    max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=40), word=st.text(max_size=12))
def test_the_index_agrees_with_plain_python(one: Make, text: str, word: str) -> None:
    text, word = text.replace("\x00", ""), word.replace("\x00", "")
    Item.update(title=text.encode("utf-8", "ignore").decode(), name="x").execute()
    refresh_tokens([Item.get().id])
    wanted = tokens(word)
    have = tokens("x", Item.get().title)
    expected = all(any(h.startswith(w) for h in have) for w in wanted)
    assert bool(found(one, " ".join(wanted))) == expected


@pytest.fixture
def one(make: Make) -> Make:
    make.item(make.user(), "x")
    return make


def test_tokens_of_a_day() -> None:
    assert item_tokens(["a"], 20260301) == "2026 202603 20260301 a march marz"
    assert item_tokens([], 0) == ""
