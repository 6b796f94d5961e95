"""What somebody hides is gone from their own lists and from nothing else: not from rights, collections or the drive."""

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services import access, catalogue, collections
from services.broker import original_of
from services.catalogue import hiding, pages, tree_rows
from services.catalogue.timeline import recount
from services.filters import Tree
from services.models import Grant, Item, Overlay, transaction
from services.viewers import Viewer
from tests.examples import examples
from tests.factories import Make

pytestmark = pytest.mark.db

DAYS = (0, 20260101, 20260102, 20260201)


@dataclass
class Home:
    """Eight items of Anna's on four days, half of them shared with Ben, who has three of his own."""

    anna: Viewer
    ben: Viewer
    items: list[Item]
    shared: list[Item]


@pytest.fixture
def home(make: Make) -> Home:
    anna, ben = make.user("anna"), make.user("ben")
    items = [make.item(anna, taken=1000 + n if n % 4 else None, day=DAYS[n % 4]) for n in range(8)]
    mine = [make.item(ben, taken=2000 + n if n else None, day=DAYS[n]) for n in range(3)]
    for item in items:
        asset = make.asset(item)
        make.file(make.storage(anna, f"S{item.id}"), asset=asset)
        Item.update(cover_id=asset.id).where(Item.id == item.id).execute()
    make.grant(make.share(make.collection(anna, "Walks", items=items[:4])), user=ben)
    with transaction():
        recount({(user.id, day) for user in (anna, ben) for day in DAYS})
    return Home(make.viewer(anna), make.viewer(ben), [*items, *mine], items[:4])


def hide(viewer: Viewer, items: list[Item]) -> None:
    for item in items:
        catalogue.edit(viewer, item.pid, {"hidden": True})


def listed(viewer: Viewer, q: str = "") -> set[int]:
    return {i.id for i in catalogue.page(viewer, q, limit=500).items}


def seen(viewer: Viewer) -> set[int]:
    return {i.id for i in access.visible_items(viewer)}


@settings(
    max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(wished=st.lists(st.tuples(st.booleans(), st.integers(0, 10)), max_size=12))
def test_lists_counts_and_searches_leave_out_the_same(home: Home, wished: list[tuple[bool, int]]) -> None:
    with transaction():
        Overlay.delete().execute()
        before = {viewer: seen(viewer) for viewer in (home.anna, home.ben)}
        for is_anna, number in wished:
            viewer = home.anna if is_anna else home.ben
            if home.items[number].id in before[viewer]:
                hide(viewer, [home.items[number]])
        for viewer in (home.anna, home.ben):
            hidden = {
                o.item_id for o in Overlay.select().where((Overlay.user == viewer.user_id) & Overlay.hidden)
            }
            assert seen(viewer) == before[viewer], "hiding is no right"
            left = before[viewer] - hidden
            assert listed(viewer) == listed(viewer, "type:photo") == left
            assert listed(viewer, "is:hidden") == hidden
            assert listed(viewer, "is:hidden OR type:photo") == before[viewer]
            assert listed(viewer, "-is:hidden") == left
            assert catalogue.count(viewer, Tree()) == len(left)
            assert catalogue.count_hidden(viewer, Tree()) == len(hidden)
            assert {i.id for i in catalogue.timeline_page(viewer, limit=500).items} == left
            counted = {day.day: (day.n, round(day.ratio, 6)) for day in catalogue.days(viewer)}
            by_day: dict[int, list[float]] = {}
            for item in Item.select().where(Item.id.in_(left)):
                by_day.setdefault(item.day, []).append(item.ratio)
            assert counted == {day: (len(found), round(sum(found), 6)) for day, found in by_day.items()}
            buckets = [catalogue.bucket(viewer, month) for month in {day // 100 for day in DAYS}]
            assert {i.id for bucket in buckets for i in bucket.items} == left


def test_what_is_off_the_timeline_is_not_taken_off_twice(home: Home) -> None:
    hide(home.ben, home.shared[:2])
    Grant.update(on_timeline=False).execute()
    assert {(d.day, d.n) for d in catalogue.days(home.ben)} == {(day, 1) for day in DAYS[:3]}
    assert not {i.id for i in catalogue.timeline_page(home.ben).items} & {i.id for i in home.shared}
    assert listed(home.ben) >= {i.id for i in home.shared[2:]}, "a list of all has it"


def test_nothing_else_changes(home: Home) -> None:
    item = home.shared[0]
    months = tree_rows.library_months(home.anna)
    hide(home.anna, [item])
    hide(home.ben, [home.shared[1]])
    for viewer in (home.anna, home.ben):
        (card,) = collections.cards(viewer)
        inside = {i.id for i in collections.page(viewer, card).items}
        assert inside == {i.id for i in home.shared}
        assert card.size == 4
        assert access.get_item(viewer, item.pid).id == item.id
        assert access.rights(viewer, item).download
    assert tree_rows.library_months(home.anna) == months
    assert {row.file.name for row in tree_rows.library(home.anna, 0)} >= {"IMG_1.jpg"}
    assert item.id in listed(home.ben), "what Anna hides is hidden for her"
    assert original_of(home.anna, access.get_item(home.anna, item.pid)).size == 10


def test_the_next_one_is_one_that_is_not_hidden(home: Home) -> None:
    first, second, third = home.items[7], home.items[6], home.items[5]
    hide(home.anna, [second])
    assert pages.neighbours(home.anna, first)[1] == third.pid
    assert pages.neighbours(home.anna, third)[0] == first.pid


def test_a_query_is_looked_for_among_what_is_hidden(home: Home) -> None:
    hide(home.anna, home.items[:2])
    tree = catalogue.read(home.anna, f"name:{home.items[0].name} OR name:{home.items[5].name}")
    assert catalogue.count_hidden(home.anna, tree) == 1
    assert catalogue.count(home.anna, catalogue.among_hidden(tree)) == 1
    assert catalogue.count_hidden(home.anna, catalogue.read(home.anna, "is:hidden")) == 0


def test_who_is_no_person_hides_nothing(home: Home) -> None:
    hide(home.anna, home.items[:1])
    guest = Viewer(user_id=home.anna.user_id, login="", display="", kind="guest", share_id=1)
    assert hiding.hides_any(home.anna)
    assert not hiding.hides_any(guest)
