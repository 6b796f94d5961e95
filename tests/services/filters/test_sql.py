"""SQL and Python say the same of every item, on both databases."""

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.clock import now
from services.filters import Tree, fields, parse
from services.filters import facts as known
from services.filters.context import Context, gone
from services.filters.kinds import quote
from services.filters.predicate import matches, truth
from services.filters.sql import compile
from services.filters.statement import Part
from services.filters.tree import Not
from services.models import Item, ItemLabel, Label, Overlay
from tests.examples import examples
from tests.factories import Make
from tests.services.filters.trees import Household, conditions, nodes
from tests.services.filters.world import World, build

pytestmark = pytest.mark.db

PLACES = Part("t1.panorama")
"""In these tests the place of a panorama may be known to everybody."""

WITH_DATA = [f.name for f in fields.FIELDS if not f.missing and f.kind != "output" and f.stands_for is None]


@pytest.fixture(params=[1, 2])
def world(make: Make, request: pytest.FixtureRequest) -> World:
    return build(make, request.param)


def by_sql(tree: Tree, context: Context) -> set[int]:
    return {id for (id,) in Item.select(Item.id).where(compile(tree, context).condition).tuples()}


def by_python(tree: Tree, context: Context, facts: dict[int, known.Facts]) -> set[int]:
    return {id for id, each in facts.items() if matches(tree, each, context)}


def contexts(people: int) -> st.SearchStrategy[Context]:
    return st.builds(
        Context,
        viewer_id=st.integers(1, people),
        now=st.sampled_from([now(), 1_740_740_000_000_000, 1_709_200_000_000_000]),  # 28.2.2025, 29.2.2024
        zone=st.sampled_from([UTC, ZoneInfo("Asia/Tokyo")]),
        for_share=st.booleans(),
        trusted=st.sampled_from([frozenset(), frozenset({"file"})]),
    )


@settings(
    max_examples=examples(120),
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
    ],
)
@given(data=st.data())
def test_sql_and_python_agree(world: World, data: Any) -> None:
    shapes = st.one_of(conditions(WITH_DATA), nodes(WITH_DATA), nodes())
    node, context = data.draw(shapes), data.draw(contexts(len(world.people)))
    tree = Tree(node)
    context = Context(
        context.viewer_id, context.now, context.zone, context.for_share, context.trusted, gone(tree.refs()),
        data.draw(st.sampled_from([PLACES, Part("t1.panorama AND 1 = ?", (1,))])),
    )  # fmt: skip
    assert by_sql(tree, context) == by_python(tree, context, world.facts)
    opposite = Tree(Not(node))
    assert by_sql(opposite, context) == by_python(opposite, context, world.facts)


TEXTS = {
    "taken": "taken:2024..",
    "year": "year:2024",
    "storage": "storage:#1",
    "path": "path:2026",
    "name": "name:img",
    "owner": "owner:#1",
    "label": "label:#1|#2|#3",
    "hash": "",
    "near": "near:47.37,8.54,5km",
    "bbox": "bbox:40,0,50,10",
    "onthisday": "onthisday",
    "camera": "camera:eos",
    "lens": "lens:50mm",
    "day": "day:1..31",
    "ext": "ext:jpg",
    "codec": "codec:hevc",
    "weekday": "weekday:mon..sun",
    "month": "month:feb",
    "time": "time:00:00..12:00",
    "exposure": "exposure:1/250",
    "iso": "iso:200",
    "f": "f:2.8",
    "mm": "mm:28",
    "flash": "flash:yes",
    "fps": "fps:>20",
    "type": "type:photo",
    "is": "is:mine",
    "has": "has:gps",
    "changed": "changed:today",
    "added": "added:<30d",
    "make": "make:canon",
    "mp": "mp:12",
    "size": "size:5M",
    "ratio": "ratio:4:3",
    "orientation": "orientation:portrait",
    "duration": "duration:90s",
    "width": "width:>1",
    "height": "height:>1",
    "rating": "rating:>=3",
    "dup": "dup:exact",
    "collection": "collection:#1",
    "event": "event:#1",
    "source": "source:upload",
}


WORDS_WITH_DATA = [
    (f.name, word)
    for f in fields.FIELDS
    for word in f.words
    if f.name in {"is", "has", "type", "source"} and not f.why_missing(word)
]


def test_every_word_with_data_finds_something_somewhere(make: Make) -> None:
    world = build(make, 3, 120)
    for field, word in WORDS_WITH_DATA:
        tree = parse(f"{field}:{word}", Household())
        for asked in (tree, Tree(Not(tree.where))):
            contexts = [Context(person.id, now(), places=PLACES) for person in world.people]
            several = [by_sql(asked, context) for context in contexts]
            assert several == [by_python(asked, context, world.facts) for context in contexts], (field, word)
            assert any(0 < len(found) < len(world.items) for found in several), (field, word)


def test_every_field_with_data_finds_something_somewhere(make: Make) -> None:
    """So that the two do not agree on nothing."""
    world = build(make, 3, 60)
    sha = next(a for f in world.facts.values() for a in f.assets if f.item.owner_id == 1).sha256
    for field in WITH_DATA:
        text = TEXTS[field] or f"hash:{(sha or b'').hex()}"
        moment = 1_740_740_000_000_000 if field == "onthisday" else now()
        context = Context(1, moment, places=PLACES)
        tree = parse(text, Household())
        found = by_sql(tree, context)
        assert found == by_python(tree, context, world.facts), field
        assert 0 < len(found) < len(world.items), field


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("rating:>=3", False),
        ("-rating:>=3", True),
        ("rating:none", True),
        ("has:rating", False),
        ("-has:rating", True),
        ("-has:gps", True),
        ("taken:none", True),
        ("-taken:2024", True),
        ("label:none", True),
        ("-label:#1", True),
        ("label:#9", None),
        ("-label:#9", None),
        ("-(label:#9 x)", None),
        ("-(label:#9 zzz)", True),
        ("label:#9 OR x", True),
        ("person:Anna", None),
        ("-person:Anna", None),
        ("has:faces", None),
        ("-has:people", None),
        ("type:screenshot", None),
        ("type:photo|screenshot", True),
        ("type:video|screenshot", None),
        ("-is:hot", None),
        ("has:audio", False),
        ("source:scan", None),
        ("-source:scan", None),
        ("-source:import", None),
        ("text:menu", None),
        ("seen:never", None),
        ("-seen:never", None),
        ("iso:none", None),
        ("-iso:200", None),
        ("country:none", None),
        ("2of(x (-x) person:Anna)", None),
        ("2of(x person:Anna (-zzz))", True),
        ("2of(zzz (-x) person:Anna)", False),
        ("1of(person:Anna zzz)", None),
        ("-2of(zzz (-x) person:Anna)", True),
    ],
)
def test_empty_and_unknown(make: Make, text: str, value: bool | None) -> None:
    """Empty is plain: it matches no comparison, and every negation. Unknown matches neither."""
    anna = make.user("anna")
    make.item(anna, "x.jpg")
    for id in (1, 2):
        Label.create(id=id, name=str(id), name_fold=str(id))
    tree = parse(text, Household())
    context = Context(anna.id, now(), gone=gone(tree.refs()))
    item = Item.get()
    assert truth(tree.where, known.load([item])[item.id], context) is value
    assert by_sql(tree, context) == ({item.id} if value else set())
    assert by_sql(Tree(Not(tree.where)), context) == ({item.id} if value is False else set())


@pytest.mark.parametrize(
    "text", ["storage:#1", "path:x", "hash:" + "a" * 64, "is:missing", "is:trashed", "dup:exact"]
)
def test_what_describes_the_owners_storage_is_unknown_of_others(make: Make, text: str) -> None:
    anna, ben = make.user("anna"), make.user("ben")
    make.storage(anna)
    make.item(anna)
    tree = parse(text, Household())
    context = Context(ben.id, now(), gone=gone(tree.refs()))
    assert by_sql(tree, context) == by_sql(Tree(Not(tree.where)), context) == set()


def test_in_a_share_only_labels_set_by_the_owners_hand_count(make: Make) -> None:
    anna, ben = make.user("anna"), make.user("ben")
    Label.create(id=1, name="family", name_fold="family")
    items = {}
    for who, source, author in (
        ("owner", "hand", anna),
        ("viewer", "hand", ben),
        ("file", "file", None),
        ("analysis", "analysis", None),
    ):
        items[who] = make.item(anna, "family.jpg").id
        ItemLabel.create(item=items[who], label=1, source=source, author=author, created_at=0)
    tree = parse("label:family", Household())
    seen = {name: id for id, name in ((id, name) for name, id in items.items())}

    def found(**more: Any) -> set[str]:
        ids = by_sql(tree, Context(ben.id, now(), **more))
        return {name for name, id in seen.items() if id in ids}

    assert found() == {"owner", "viewer", "file", "analysis"}
    assert found(for_share=True) == {"owner"}
    assert found(for_share=True, trusted=frozenset({"file"})) == {"owner", "file"}
    assert found(for_share=True, trusted=frozenset({"hand"})) == {"owner"}
    words = Context(anna.id, now(), for_share=True)
    assert (
        by_sql(parse("family", Household()), words) == by_sql(parse("-family", Household()), words) == set()
    )


@pytest.mark.parametrize(
    "value",
    ["'; DROP TABLE item --", '" OR 1=1', "%", "_", "\\", "\\%", "?", "%s", ":x", "$1", "{0}", "'' OR ''=''"],
)
def test_injections_are_values(make: Make, value: str) -> None:
    make.item(make.user(), "plain.jpg")
    odd = make.item(Item.get().owner, f"a{value}b.jpg", lens=f"a{value}b")
    for field in ("name", "lens"):
        tree = parse(f"{field}:{quote('a' + value)}", Household())
        context = Context(Item.get().owner_id, now())
        assert by_sql(tree, context) == {odd.id} == by_python(tree, context, known.load(list(Item.select())))


@pytest.mark.parametrize(
    "text", ["near:47,8,500km", "bbox:-90,-180,90,180", "has:gps", "near:none", "has:near"]
)
def test_a_place_that_is_kept_back_cannot_be_searched_for(make: Make, text: str) -> None:
    """Else whoever may see an item could find out where it was taken by asking."""
    anna, ben = make.user("anna"), make.user("ben")
    item = make.item(anna, lat=47.0, lon=8.0)
    tree = parse(text, Household())
    both = [Tree(tree.where), Tree(Not(tree.where))]
    assert [by_sql(t, Context(ben.id, now())) for t in both] == [set(), set()]
    assert sorted(len(by_sql(t, Context(ben.id, now(), places=Part("1 = 1")))) for t in both) == [0, 1]
    assert sorted(len(by_sql(t, Context(anna.id, now()))) for t in both) == [0, 1]
    facts = known.load([item])[item.id]
    assert [matches(t, facts, Context(ben.id, now())) for t in both] == [False, False]


def test_opinions_are_ones_own(make: Make) -> None:
    """Favourite and rating of one's own items stand at the item, those of others in the overlay."""
    anna, ben = make.user("anna"), make.user("ben")
    item = make.item(anna, rating=5, favourite=True)
    Overlay.create(user=anna, item=item, favourite=False, rating=1, hidden=True)
    Overlay.create(user=ben, item=item, favourite=False, rating=2, hidden=False)
    for text, hers, his in (
        ("rating:5", True, False), ("rating:2", False, True), ("is:favourite", True, False), ("is:hidden", True, False)
    ):  # fmt: skip
        tree = parse(text, Household())
        facts = known.load([item])
        for person, expected in ((anna, hers), (ben, his)):
            context = Context(person.id, now())
            assert (
                by_sql(tree, context) == by_python(tree, context, facts) == ({item.id} if expected else set())
            )


def test_collections_are_ones_own(make: Make) -> None:
    """Asking by id for a collection of somebody else tells nothing."""
    anna, ben = make.user("anna"), make.user("ben")
    item = make.item(ben)
    theirs = make.collection(anna, items=[item])
    tree = parse(f"collection:#{theirs.id}", Household())
    assert by_sql(tree, Context(anna.id, now())) == {item.id}
    assert by_sql(tree, Context(ben.id, now())) == set()
    assert by_sql(parse("collection:none", Household()), Context(ben.id, now())) == {item.id}
