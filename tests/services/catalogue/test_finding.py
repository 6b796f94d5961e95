"""Items by query: never one that the viewer may not see, in the order and number the query says."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services import access, catalogue
from services.catalogue import finding
from services.catalogue.labelling import refresh_tokens
from services.errors import UsageError
from services.filters import FilterError, Tree
from services.filters.tree import All, Not, Word
from services.models import Item, ItemLabel, Label, Overlay, User, database
from services.viewers import Viewer
from tests.examples import examples
from tests.factories import Make
from tests.services.filters.trees import nodes
from tests.services.filters.world import World, build

pytestmark = pytest.mark.db


@pytest.fixture
def world(make: Make) -> World:
    return build(make, 5)


@settings(
    max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(node=st.just(All()) | nodes(), person=st.integers(0, 2), per=st.sampled_from([None, "burst", "day"]))
def test_no_query_finds_what_the_viewer_may_not_see(
    make: Make, world: World, node: All, person: int, per: str
) -> None:
    viewer = make.viewer(world.people[person])
    visible = {i.id for i in access.visible_items(viewer)}
    trash = {i.id for i in access.visible_items(viewer, trashed=True)}
    for where in (node, Not(node)):
        tree = Tree(where, per=per)
        found = {i.id for i in catalogue.found(viewer, tree)}
        asked = any(c.field == "is" and Word("trashed") in c.tests for c in tree.conditions())
        assert found <= (visible | trash if asked else visible)


def test_who_asks_for_the_trash_searches_in_their_own(make: Make) -> None:
    """It is left out of every other search, and nobody finds anybody else's."""
    anna, ben = make.viewer(make.user("anna")), make.viewer(make.user("ben"))
    owner, other = User.get_by_id(anna.user_id), User.get_by_id(ben.user_id)
    there, gone = (
        make.item(owner, "there.jpg", rating=5),
        make.item(owner, "gone.jpg", rating=5, trashed_at=1),
    )
    shared, lost = make.item(other, "of ben.jpg", rating=5), make.item(other, "lost.jpg", trashed_at=1)
    make.grant(make.share(make.collection(other, items=[shared, lost])), user=owner)
    for text, found in (
        ("is:trashed", [gone]), ("is:trashed rating:5", [gone]), ("is:trashed rating:1", []),
        ("rating:5", [there]), ("jpg", [there, shared]), ("-is:trashed", [there]), ("", [there, shared]),
        ("is:trashed|mine", [there, gone]), ("-is:trashed OR is:trashed", [there, gone]),
        ("NOT (is:trashed name:gone*)", [there, shared]),
    ):  # fmt: skip
        page = catalogue.page(anna, text, count=True)
        assert sorted(i.id for i in page.items) == [i.id for i in found], text
        assert page.total == len(found), text
    assert [i.id for i in catalogue.page(ben, "is:trashed").items] == [lost.id]
    assert [d.state for d in catalogue.describe(anna, catalogue.page(anna, "is:trashed").items)] == [
        "trashed"
    ]
    catalogue.edit(anna, gone.pid, {"hidden": True})
    assert (catalogue.count(anna, catalogue.read(anna, "is:trashed")), catalogue.count(ben, Tree())) == (0, 1)
    assert catalogue.count_hidden(anna, catalogue.read(anna, "is:trashed")) == 1


def pages(viewer: Viewer, q: str, limit: int = 7) -> list[Item]:
    items: list[Item] = []
    cursor: str | None = None
    while True:
        page = catalogue.page(viewer, q, limit=limit, cursor=cursor)
        assert len(page.items) <= limit
        items += page.items
        cursor = page.next
        if cursor is None:
            return items


@pytest.mark.parametrize(
    "sort", ["-taken", "taken", "-added", "added", "-size", "size", "rating", "-rating", "changed"]
)
def test_every_order_is_whole_page_by_page(make: Make, world: World, sort: str) -> None:
    viewer = make.viewer(world.people[0])
    found = pages(viewer, f"-name:zzz sort:{sort}", 3)
    mine = list(Overlay.select().where(Overlay.user == viewer.user_id))
    hidden = {o.item_id for o in mine if o.hidden}
    assert Counter(i.id for i in found) == Counter({i.id for i in access.visible_items(viewer)} - hidden)
    opinions = {o.item_id: o.rating for o in mine}

    def rating(i: Item) -> int:
        stars = i.rating if i.owner_id == viewer.user_id else opinions.get(i.id)
        return -1 if stars is None else stars

    keys: dict[str, Callable[[Item], int]] = {
        "taken": lambda i: i.sort_at, "added": lambda i: i.id, "size": lambda i: i.size, "rating": rating,
        "changed": lambda i: i.changed_at,
    }  # fmt: skip
    key = keys[sort.removeprefix("-")]
    assert found == sorted(found, key=lambda i: (key(i), i.id), reverse=sort.startswith("-"))


def test_chance_is_the_same_on_every_page_and_another_time_another(make: Make) -> None:
    anna = make.user()
    ids = {make.item(anna).id for _ in range(40)}
    orders = [[i.id for i in pages(make.viewer(anna), "sort:random")] for _ in range(3)]
    assert all(set(order) == ids and len(order) == 40 for order in orders)
    assert len({tuple(order) for order in orders}) > 1


@pytest.mark.parametrize("limit", [1, 7, 8, 14, 100])
def test_a_limit_holds_over_all_pages(make: Make, limit: int) -> None:
    anna = make.user()
    items = [make.item(anna, taken=n) for n in range(20)]
    found = pages(make.viewer(anna), f"limit:{limit}")
    assert [i.id for i in found] == [i.id for i in items[::-1]][:limit]
    assert catalogue.page(make.viewer(anna), f"limit:{limit}", count=True).total == min(limit, 20)


def test_one_of_each_day_or_burst(make: Make) -> None:
    anna = make.user()
    early, late = (
        make.item(anna, "a.jpg", taken=1, day=20260101),
        make.item(anna, "b.jpg", taken=2, day=20260101),
    )
    other = make.item(anna, "b2.jpg", taken=9, day=20260102, stack="s", stack_cover=False)
    viewer = make.viewer(anna)
    assert [i.id for i in pages(viewer, "per:day")] == [other.id, late.id]
    assert [i.id for i in pages(viewer, "per:day name:a")] == [early.id]
    assert [i.id for i in pages(viewer, "per:day limit:1")] == [other.id]
    assert [i.id for i in pages(viewer, "per:burst")] == [late.id, early.id]


def labelled(make: Make, owner: User, *names: str) -> Item:
    item = make.item(owner, "x.jpg")
    for name in names:
        label, _ = Label.get_or_create(name=name, name_fold=name)
        ItemLabel.create(item=item, label=label, source="hand", author=owner, created_at=0)
    refresh_tokens([item.id])
    return item


def test_check_tells_what_a_query_means_and_gives(make: Make) -> None:
    anna = make.user()
    item = labelled(make, anna, "family")
    found = catalogue.check(make.viewer(anna), "TAG:Family larger:1b is:pinned OR label:family")
    assert found.canonical == "label:family size:>1 is:pinned OR label:family"
    assert (found.count, [i.id for i in found.sample], found.loosened) == (1, [item.id], ())
    assert found.warnings == ("“is:pinned” finds nothing yet: There are no tiers yet.",)


def test_a_query_that_finds_nothing_says_which_condition_is_in_the_way(make: Make) -> None:
    anna = make.user()
    labelled(make, anna, "family")
    found = catalogue.check(make.viewer(anna), "label:family x type:video limit:3")
    assert [(each.text, each.alone, each.without, each.others) for each in found.loosened] == [
        ("label:family", 1, "x type:video limit:3", 0),
        ("x", 1, "label:family type:video limit:3", 0),
        ("type:video", 0, "label:family x limit:3", 1),
    ]
    assert finding.loosened(make.viewer(anna), Tree()) == ()


def test_labels_of_others_are_no_names(make: Make) -> None:
    """Neither an error nor a suggestion nor a canonical text tells which labels others use."""
    anna, ben = make.user("anna"), make.user("ben")
    hers = labelled(make, anna, "secret")
    for q in ("label:secret", "label:secre"):
        with pytest.raises(FilterError) as caught:
            catalogue.check(make.viewer(ben), q)
        assert caught.value.suggestions == ()
    label = Label.get()
    found = catalogue.check(make.viewer(ben), f"label:#{label.id}")
    assert (found.canonical, found.count) == (f"label:#{label.id}", 0)
    make.grant(make.share(make.collection(anna, items=[hers])), user=ben)
    assert catalogue.check(make.viewer(ben), "label:secret").count == 1


def test_a_place_that_a_share_keeps_back_is_not_found(make: Make) -> None:
    anna, ben = make.user("anna"), make.user("ben")
    hidden, shown = make.item(anna, lat=47.0, lon=8.0), make.item(anna, lat=47.0, lon=8.0)
    make.grant(make.share(make.collection(anna, items=[hidden]), shows_place=False), user=ben)
    make.grant(make.share(make.collection(anna, items=[shown]), shows_place=True), user=ben)
    viewer = make.viewer(ben)
    assert {i.id for i in pages(viewer, "")} == {hidden.id, shown.id}
    assert [i.id for i in pages(viewer, "near:47,8,1km")] == [shown.id]
    assert pages(viewer, "-has:gps") == []


@pytest.mark.parametrize("ask", [catalogue.check, catalogue.page], ids=["check", "page"])
def test_a_search_that_takes_too_long_says_what_to_do(
    make: Make, monkeypatch: pytest.MonkeyPatch, ask: Callable[[Viewer, str], object]
) -> None:
    @contextmanager
    def slow(seconds: float) -> Iterator[None]:
        yield
        raise database.TookTooLong

    viewer = make.viewer(make.user())
    assert ask(viewer, "name:a*")
    monkeypatch.setattr(database, "within", slow)
    with pytest.raises(UsageError, match="narrows it") as told:
        ask(viewer, "name:a*")
    assert told.value.field == "q"
