"""Whose eyes and which moment: the viewer's own day, and what is gone."""

from datetime import UTC, date

import pytest

from services.filters import parse
from services.filters.context import Context, context_for, zone_of
from services.models import Label, Storage
from tests.factories import Make
from tests.services.filters.trees import Household

pytestmark = pytest.mark.db

LATE = 1_719_874_800_000_000  # 1 July 2024, 23:00 UTC


def test_today_is_where_the_viewer_is(make: Make) -> None:
    anna = make.user()
    assert Context(1, LATE).today == date(2024, 7, 1)
    assert context_for(make.viewer(anna, zone="Asia/Tokyo"), LATE).today == date(2024, 7, 2)
    assert context_for(make.viewer(anna, zone="America/New_York"), LATE).today == date(2024, 7, 1)
    assert context_for(make.viewer(anna, zone="Nowhere/Land"), LATE).zone is UTC
    assert zone_of("../etc/passwd") is UTC


def test_what_is_gone(make: Make) -> None:
    anna = make.user()
    there = Label.create(name="a", name_fold="a")
    storage = make.storage(anna)
    text = f"label:#{there.id}|#99 storage:#{storage.id} owner:#{anna.id}|#77 collection:#1 liked:#{anna.id}"
    tree = parse(text, Household())

    def gone() -> set[tuple[str, int]]:
        return set(context_for(make.viewer(anna), LATE, [tree]).gone)

    assert gone() == {("label", 99), ("owner", 77), ("collection", 1)}
    Storage.update(removed_at=1).execute()
    Label.delete().execute()
    assert gone() >= {("storage", storage.id), ("label", there.id)}
