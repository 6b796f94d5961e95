"""Facts of many items cost a fixed number of queries."""

import pytest

from services.filters import facts
from services.models import Item
from tests.factories import Make
from tests.services.filters.world import build
from tests.statements import noted

pytestmark = pytest.mark.db


@pytest.mark.parametrize("number", [1, 20])
def test_a_fixed_number_of_queries(make: Make, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    items = build(make, 1, number).items
    asked = noted(monkeypatch)
    assert len(facts.load(items)) == number
    assert len(asked) == 10


def test_the_cover_tells_what_its_file_says(make: Make) -> None:
    anna = make.user()
    item = make.item(anna, "x.jpg")
    raw, cover = make.asset(item, b"1", role="raw", meta={"iso": 1}), make.asset(item, b"2", meta={"iso": 2})
    Item.update(cover_id=cover.id, tokens="x jpg").execute()
    storage = make.storage(anna, state="offline")
    make.file(storage, folder=make.folder(storage, "Größe"), asset=raw)
    found = facts.load([Item.get()])[item.id]
    assert found.meta == {"iso": 2}
    assert found.tokens == frozenset({"x", "jpg"})
    assert [a.role for a in found.assets] == ["raw", "original"]
    (file,) = found.files
    assert (file.folder, file.presence, file.reachable, file.removed) == ("/grosse/", "present", False, False)


def test_nothing_of_nothing(make: Make) -> None:
    assert facts.load([]) == {}
