"""What a stored query would cost: none of the language walks a table for each item, and what does is not kept."""

import pytest
from peewee import SQL

from services import catalogue, collections, filters, matching
from services.catalogue import ViewerNames
from services.collections import Draft, querying
from services.filters import FilterError, fields
from services.matching import costs, evaluating, stored
from services.models import Audit, Collection, Item, User
from services.models.database import TookTooLong, is_sqlite, rows
from services.viewers import Viewer
from tests.factories import Make

pytestmark = pytest.mark.db

MORE = ("-label:family", "label:none", "owner:anna -label:family", "-path:Photos", "has:collection OR is:mine",
        "is:duplicate", "-type:raw", "2of(label:family has:sidecar camera:x)", "is:favourite OR rating:none",
        "-storage:NAS", "is:withdrawn", "event:Feast OR collection:Lake", "is:unwanted", "-is:unwanted",
        "-has:audio source:scan")  # fmt: skip


@pytest.fixture
def anna(make: Make) -> Viewer:
    return make.viewer(make.user("anna"))


def kept(viewer: Viewer, q: str) -> stored.Stored:
    tree = filters.parse(q, ViewerNames(viewer))
    stored.require_keepable(tree)
    return stored.draft(viewer, filters.to_json(tree), trusted=["file"], require_labelled=True)


def test_nothing_that_can_be_asked_costs_too_much(make: Make, anna: Viewer) -> None:
    """Each field, both ways. Few rows are enough: SQLite plans by its indexes, whatever there is."""
    owner = User.get_by_id(anna.user_id)
    item = make.item(owner)
    catalogue.edit(anna, item.pid, {"labels": ["family"]})
    storage = make.storage(owner, "NAS")
    make.folder(storage, "Photos")
    for name in ("Holidays", "Lake"):
        make.collection(owner, name)
    asked = 0
    for q in (*(f.example for f in fields.FIELDS if f.kind != "output"), *MORE):
        try:
            query = kept(anna, q)
        except FilterError:  # there is no such thing here, or it is not for keeping
            continue
        assert not matching.is_expensive(query), q
        asked += 1
    assert asked > 60


def test_a_step_over_some_items_does_not_walk_all_of_their_owner(make: Make, anna: Viewer) -> None:
    make.item(User.get_by_id(anna.user_id))
    if not is_sqlite():
        return
    for q in ("rating:5", "taken:2026 -label:none", "owner:me", "is:mine"):
        text, values = costs.by_id(evaluating._step(kept(anna, q), 0, 100))
        plan = [detail for *_, detail in rows(f"EXPLAIN QUERY PLAN {text}", *values)]
        assert plan[0] == "SEARCH t1 USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"


def test_what_is_unwanted_is_looked_up_by_its_bytes(make: Make, anna: Viewer) -> None:
    """Not by walking all that its owner ever deleted, for each item."""
    if is_sqlite():
        text, values = costs.by_id(evaluating._step(kept(anna, "is:unwanted"), 0, 100))
        plan = [detail for *_, detail in rows(f"EXPLAIN QUERY PLAN {text}", *values)]
        assert any("SEARCH x" in each and "owner_id=? AND sha256=?" in each for each in plan), plan


@pytest.mark.parametrize(
    ("from_", "bad"),
    [("asset a WHERE a.item_id = t1.id", False), ("file f WHERE f.size > t1.size", True),
     ("file f WHERE f.storage_id = 1 AND f.size > t1.size", True)],
)  # fmt: skip
def test_what_walks_a_table_for_each_item(make: Make, anna: Viewer, from_: str, bad: bool) -> None:
    make.item(User.get_by_id(anna.user_id))
    if bad and not is_sqlite():  # a table of which PostgreSQL believes that it is long
        from_ = "generate_series(1, 2000000000) f WHERE f > t1.size"
    inner = SQL(f"(SELECT COUNT(*) FROM {from_}) > 3")
    assert costs.is_expensive(Item.select(Item.id).where(Item.id.between(0, 9) & inner), 10) is bad


def test_all_items_without_an_index(make: Make, anna: Viewer) -> None:
    query = Item.select(Item.id).where(Item.size > 5)
    assert costs.is_expensive(query, 10) is is_sqlite()  # to PostgreSQL walking few is nothing


def test_what_costs_too_much_is_refused(make: Make, anna: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    made = collections.create(anna, Draft("Good", query="rating:4"))
    monkeypatch.setattr(costs, "is_expensive", lambda query, items: True)
    for refused in (
        lambda: collections.create(anna, Draft("Best", query="rating:5")),
        lambda: collections.edit(anna, made.pid, {"query": "rating:5"}),
        lambda: querying.preview(anna, "rating:5"),
    ):
        with pytest.raises(FilterError, match="cannot be kept"):
            refused()
    assert [c.name for c in Collection.select()] == ["Good"]
    assert querying.text_of(anna, Collection.get()) == "rating:4"


def test_one_that_is_kept_and_costs_too_much_now_says_so(
    make: Make, anna: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = make.item(User.get_by_id(anna.user_id), taken=1, rating=5)
    made = collections.create(anna, Draft("Best", query="rating:5"))
    with monkeypatch.context() as dear:
        dear.setattr(costs, "is_expensive", lambda query, items: True)
        assert matching.evaluate(made.id)
    assert (Collection.get().problem, collections.get(anna, made.pid).size) == (costs.EXPENSIVE, 0)
    assert Audit.get(Audit.action == "collection_broken").subject_id == anna.user_id
    catalogue.edit(anna, item.pid, {"rating": 4})
    catalogue.edit(anna, item.pid, {"rating": 5})
    assert collections.get(anna, made.pid).size == 0  # no item comes in by itself meanwhile
    assert matching.evaluate(made.id)
    assert (Collection.get().problem, collections.get(anna, made.pid).size) == ("", 1)


def test_one_that_takes_too_long_is_ended_and_says_so(
    make: Make, anna: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.item(User.get_by_id(anna.user_id), taken=1, rating=5)
    made = collections.create(anna, Draft("Best", query="rating:5"))
    assert matching.due() == [made.id]  # from the first time on
    with monkeypatch.context() as slow:
        slow.setattr(costs, "STEP_S", 0.0)
        assert matching.evaluate(made.id)
    assert (Collection.get().problem, collections.get(anna, made.pid).size) == (costs.SLOW, 0)
    assert matching.due() == []
    assert matching.evaluate(made.id)
    assert (Collection.get().problem, collections.get(anna, made.pid).size) == ("", 1)


def test_nobody_waits_long_for_a_new_one(make: Make, anna: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    make.item(User.get_by_id(anna.user_id), taken=1, rating=5)
    with monkeypatch.context() as slow:
        slow.setattr(costs, "AT_ONCE_S", 0.0)
        made = collections.create(anna, Draft("Best", query="rating:5"))
    assert (made.problem, collections.get(anna, made.pid).size) == ("", 0)
    assert matching.due() == [made.id]
    assert matching.evaluate(made.id)
    assert collections.get(anna, made.pid).size == 1


def test_a_step_has_its_deadline(make: Make, anna: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalogue itself ends it, not only the look at the clock before."""
    make.item(User.get_by_id(anna.user_id), taken=1)
    query = kept(anna, "rating:5")
    many = "SELECT COUNT(*) FROM generate_series(1, 900000000)"
    if is_sqlite():
        many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"
    monkeypatch.setattr(evaluating, "_step", lambda *a: Item.select(SQL(f"({many})")))
    monkeypatch.setattr(costs, "STEP_S", 0.05)
    with pytest.raises(TookTooLong):
        list(evaluating._differing(query, None))
