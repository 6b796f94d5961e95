"""Pages: every item once and in order, whatever lies at equal times, and neighbours to match."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services import catalogue
from services.catalogue.labelling import refresh_tokens
from services.errors import UsageError
from services.filters import FilterError
from services.models import Item, User, transaction
from services.viewers import Viewer
from tests.examples import examples
from tests.factories import Make

pytestmark = pytest.mark.db


def walk(viewer: Viewer, q: str = "", **more: object) -> Iterator[list[str]]:
    """The pages of a listing, as public ids."""
    cursor: str | None = None
    while True:
        page = catalogue.page(viewer, q, cursor=cursor, **more)  # type: ignore[arg-type]  # whatever a test gives
        yield [i.pid for i in page.items]
        if page.next is None:
            return
        cursor = page.next


@settings(
    max_examples=examples(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    times=st.lists(st.none() | st.integers(-2, 2), max_size=12),
    limit=st.integers(1, 5),
    sort=st.sampled_from(["-taken", "taken", "-added"]),
)
def test_every_item_once_and_in_order(make: Make, times: list[int | None], limit: int, sort: str) -> None:
    """Many at the same microsecond, before 1970, and some without any date."""
    Item.delete().execute()
    anna = User.get_or_none() or make.user()
    items = [make.item(anna, taken=t) for t in times]
    key: Callable[[Item], tuple[int, int]] = lambda i: (i.sort_at, i.id)  # noqa: E731  (shorter than a function)
    wanted = sorted(items, key=key, reverse=sort == "-taken")
    if sort == "-added":
        wanted = items[::-1]
    found = list(walk(make.viewer(anna), sort=sort, limit=limit))
    assert [pid for page in found for pid in page] == [i.pid for i in wanted]
    assert all(len(page) == limit for page in found[:-1])
    order = sorted(items, key=key, reverse=True)
    for before, item, after in zip([None, *order], order, [*order[1:], None], strict=False):
        expected = (before and before.pid, after and after.pid)
        assert catalogue.neighbours(make.viewer(anna), item) == expected


def test_nobody_elses_item_is_on_a_page_or_beside_one(make: Make) -> None:
    anna, ben = make.user("anna"), make.user("ben")
    mine = [make.item(anna, taken=1), make.item(anna, taken=3)]
    theirs = make.item(ben, taken=2)
    viewer = make.viewer(anna)
    page = catalogue.page(viewer, count=True)
    assert ([i.pid for i in page.items], page.total) == ([mine[1].pid, mine[0].pid], 2)
    assert catalogue.neighbours(viewer, mine[0]) == (mine[1].pid, None)
    cursor = catalogue.page(make.viewer(ben), limit=1).next
    assert cursor is None
    assert theirs.pid not in [pid for each in walk(viewer, limit=1) for pid in each]


def test_what_comes_and_goes_between_two_pages_shifts_nothing(make: Make) -> None:
    anna = make.user()
    items = [make.item(anna, taken=5) for _ in range(6)]
    viewer = make.viewer(anna)
    first = catalogue.page(viewer, limit=3)
    make.item(anna, taken=9)
    Item.delete().where(Item.id == first.items[-1].id).execute()  # the very row the cursor stands on
    rest = catalogue.page(viewer, limit=3, cursor=first.next)
    assert [i.pid for i in rest.items] == [i.pid for i in items[2::-1]]
    assert rest.next is None


def test_what_is_in_the_trash_is_on_no_page(make: Make) -> None:
    anna = make.user()
    make.item(anna, trashed_at=1)
    assert catalogue.page(make.viewer(anna), count=True) == catalogue.Page([], None, 0)


def test_a_search_is_paged_like_everything(make: Make) -> None:
    anna = make.user()
    lakes = [make.item(anna, f"lake {n}.jpg", taken=1) for n in range(5)]
    make.item(anna, "hill.jpg", taken=1)
    viewer = make.viewer(anna)
    assert [len(p) for p in walk(viewer, "lake", limit=2)] == [2, 2, 1]
    assert {pid for p in walk(viewer, "lake", limit=2) for pid in p} == {i.pid for i in lakes}
    assert catalogue.page(viewer, "lake", count=True, limit=1).total == 5
    with pytest.raises(FilterError):
        catalogue.page(viewer, "?!")  # no word at all is an error, never everything
    assert len(catalogue.page(viewer, "  ").items) == 6


@pytest.mark.parametrize(
    ("more", "field"),
    [({"limit": 0}, "limit"), ({"limit": 501}, "limit"), ({"limit": -1}, "limit"), ({"sort": "name"}, "sort"),
     ({"cursor": "x"}, "cursor"), ({"cursor": "äöü"}, "cursor"), ({"cursor": "A" * 4000}, "cursor"),
     ({"cursor": "'; --"}, "cursor"), ({"q": "a b)"}, "q")],
)  # fmt: skip
def test_bad_questions_are_refused_by_name(make: Make, more: dict[str, object], field: str) -> None:
    viewer = make.viewer(make.user())
    with pytest.raises(UsageError) as caught:
        catalogue.page(viewer, **more)  # type: ignore[arg-type]  # that is the test
    assert caught.value.field == field


def test_a_search_finds_what_an_edit_says(make: Make) -> None:
    anna = make.user()
    item = make.item(anna, "x.jpg")
    with transaction():
        Item.update(title="Größe").execute()
        refresh_tokens([item.id])
    for word in ("große", "GRÖSSE", "gros"):  # however it is typed
        assert [i.id for i in catalogue.page(make.viewer(anna), word).items] == [item.id]
    assert catalogue.page(make.viewer(anna), "rosse").items == []
