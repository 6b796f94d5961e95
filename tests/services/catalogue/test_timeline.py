"""The timeline: stored counts, months, and nobody else's days."""

import pytest

from services import catalogue
from services.catalogue.timeline import recount
from services.models import DayCount, Item, transaction
from tests.factories import Make

pytestmark = pytest.mark.db


def count(*pairs: tuple[int, int]) -> None:
    with transaction():
        recount(pairs)


def test_days_are_newest_first_and_the_undated_last(make: Make) -> None:
    anna, ben = make.user("anna"), make.user("ben")
    make.item(anna, taken=1, day=20260701, ratio=1.5)
    make.item(anna, taken=1, day=20260701, ratio=0.5)
    make.item(anna, taken=1, day=20251231)
    make.item(anna)
    make.item(ben, taken=1, day=20260702)
    count((anna.id, 20260701), (anna.id, 20251231), (anna.id, 0), (ben.id, 20260702))
    days = catalogue.days(make.viewer(anna))
    assert [(d.day, d.n, d.ratio) for d in days] == [(20260701, 2, 2.0), (20251231, 1, 1.0), (0, 1, 1.0)]
    assert [d.day for d in catalogue.days(make.viewer(ben))] == [20260702]


def test_a_day_that_is_empty_now_is_gone(make: Make) -> None:
    anna = make.user()
    item = make.item(anna, taken=1, day=20260701)
    count((anna.id, 20260701))
    Item.update(trashed_at=1).where(Item.id == item.id).execute()
    count((anna.id, 20260701))
    assert DayCount.select().count() == 0
    count((anna.id, 20260701), (anna.id, 20260701))  # nothing to count, twice, is nothing
    assert catalogue.days(make.viewer(anna)) == []


def test_recounting_one_day_leaves_the_others(make: Make) -> None:
    anna, ben = make.user("anna"), make.user("ben")
    for owner in (anna, ben):
        make.item(owner, taken=1, day=20260701)
    DayCount.insert(owner=ben, day=20260701, n=7, ratio=7).execute()
    count((anna.id, 20260701))
    assert {(d.owner_id, d.n) for d in DayCount.select()} == {(anna.id, 1), (ben.id, 7)}


def test_a_month_from_its_first_to_its_last_day(make: Make) -> None:
    anna = make.user()
    for day, at in ((20260630, 1), (20260701, 2), (20260731, 3), (20260801, 4)):
        make.item(anna, f"{day}.jpg", taken=at, day=day)
    make.item(anna, "undated.jpg")
    make.item(make.user("ben"), taken=2, day=20260715)
    viewer = make.viewer(anna)
    assert [i.name for i in catalogue.bucket(viewer, 202607).items] == ["20260731.jpg", "20260701.jpg"]
    assert [i.name for i in catalogue.bucket(viewer, 0).items] == ["undated.jpg"]


@pytest.mark.parametrize("month", [-1, 10_000_00, 10**30])
def test_what_is_no_month_has_no_items(make: Make, month: int) -> None:
    assert catalogue.bucket(make.viewer(make.user()), month).items == []
