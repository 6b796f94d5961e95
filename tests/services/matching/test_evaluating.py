"""Evaluating a whole collection: it agrees with what is kept step by step; what is broken shows nothing."""

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services import catalogue, collections, filters, matching, sharing
from services.catalogue.merging import merge
from services.clock import DAY, now
from services.collections import Draft
from services.errors import HypomosError
from services.filters import FilterError, Tree
from services.matching import evaluating, stored
from services.models import (
    Arrival,
    Audit,
    Collection,
    CollectionItem,
    Counter,
    Event,
    Grant,
    Guest,
    Item,
    Label,
    User,
)
from services.models.database import proxy, transaction
from services.viewers import Viewer
from tests.examples import examples
from tests.factories import Make
from tests.services.filters.trees import THINGS, nodes
from tests.services.filters.world import World, build

pytestmark = pytest.mark.db

Rows = set[tuple[int, int, bool, bool, str, str, bool]]


@pytest.fixture
def anna(make: Make) -> Viewer:
    return make.viewer(make.user("anna"))


@pytest.fixture
def world(make: Make) -> World:
    return build(make, 3, 24)


def rows() -> Rows:
    """What the rows of dynamic collections say; one that never was in it counts as one that is not."""
    found = (
        CollectionItem.select(
            CollectionItem.collection_id, CollectionItem.item_id, CollectionItem.matches,
            CollectionItem.proposed, CollectionItem.rule, CollectionItem.approval, CollectionItem.shown,
        )
        .join(Collection)
        .where((Collection.kind == "dynamic") & CollectionItem.matches)
        .tuples()
    )  # fmt: skip
    return set(found)


def keepable(tree: Tree) -> bool:
    try:
        stored.require_keepable(tree)
    except FilterError:
        return False
    return True


def make_collections(make: Make, data: Any, people: list[User]) -> list[Collection]:
    Collection.delete().where(Collection.kind == "dynamic").execute()
    made = []
    for number in range(8):
        tree = Tree(data.draw(nodes().filter(lambda n: keepable(Tree(n)))))
        made.append(
            make.collection(
                people[number % 3], kind="dynamic", query=filters.to_json(tree), trusted=[[], ["file"]][number % 2],
                require_labelled=number % 2 == 0, approval=["none", "none", "owner"][number % 3],
            )
        )  # fmt: skip
    return made


def change(make: Make, rng: random.Random, people: list[User]) -> None:
    """Something that people or scans do, by the function that they do it by."""
    items = list(Item.select().where(Item.trashed_at.is_null()))
    if not items:
        return
    item = rng.choice(items)
    viewer = make.viewer(User.get_by_id(item.owner_id))
    what = rng.randrange(11)
    if what == 0:
        labels = rng.sample([*THINGS["label"].values()], rng.randrange(3))
        catalogue.edit(viewer, item.pid, {"labels": labels})
    elif what == 1:
        changes = {"rating": rng.choice([None, 0, 5]), "favourite": rng.random() < 0.5, "hidden": True}
        catalogue.edit(viewer, item.pid, changes)
    elif what == 2:
        with transaction():
            values = {"stack": rng.choice([None, "s"]), "make": rng.choice([None, "Canon"]), "animated": True}
            trashed_at = rng.choice([None, 1])
            Item.update(**values, trashed_at=trashed_at).where(Item.id == item.id).execute()
            matching.rematch([item.id])
    elif what == 3:
        lake = Collection.get(Collection.name == "Holidays")
        mine = make.viewer(User.get_by_id(lake.owner_id))
        for act in (collections.add, collections.remove):
            try:
                act(mine, lake.pid, [item.pid])
            except HypomosError:
                continue
            if rng.random() < 0.5:
                break
    elif what == 4:
        by = {None, item.contributed_by_id}
        newer = [
            i for i in items if i.owner_id == item.owner_id and i.id > item.id and i.contributed_by_id in by
        ]
        if newer:
            keep, gone = item, rng.choice(newer)
            with transaction():
                merge(keep, gone)
                matching.rematch([keep.id])
    elif what == 5:
        catalogue.edit(viewer, item.pid, {"title": rng.choice(["", "Canon", None])})
    elif what == 6:
        waits = sharing.waiting(viewer)
        if waits:
            sharing.decide(viewer, [rng.choice(waits).pid], rng.choice(["approve", "reject"]))
    elif what == 7:
        dynamic = rng.choice(list(Collection.select().where(Collection.kind == "dynamic")))
        mine = make.viewer(User.get_by_id(dynamic.owner_id))
        if dynamic.purpose == "own":
            collections.edit(mine, dynamic.pid, {"trusted": rng.choice([[], ["file"], ["analysis", "file"]])})
    elif what == 8:
        drop(item, rng.choice(["pending", "approved", "rejected", ""]), of_another=rng.random() < 0.3)
    else:
        dynamic = rng.choice(list(Collection.select().where(Collection.kind == "dynamic")))
        mine = make.viewer(User.get_by_id(dynamic.owner_id))
        if item.owner_id == dynamic.owner_id:
            collections.decide_rule(mine, dynamic.pid, item.pid, rng.choice(["always", "never", ""]))


def drop(item: Item, state: str, *, of_another: bool) -> None:
    """The item is one that a guest dropped, and this is what became of it; what another brought says nothing of it."""
    event = Event.get()
    lou, kim = (
        Guest.get_or_create(pid=name, defaults={
            "event": event, "secret": name, "created_at": 0, "seen_at": 0, "expires_at": 1 << 60,
        })[0]
        for name in ("lou", "kim")
    )  # fmt: skip
    with transaction():
        Item.update(contributed_by_id=lou.id).where(Item.id == item.id).execute()
        here = (Arrival.collection == event.collection_id) & (Arrival.item == item.id)
        Arrival.delete().where(here).execute()
        if state:
            Arrival.create(
                collection=event.collection_id, item=item, grant=Grant.get(Grant.into == event.collection_id),
                guest=kim if of_another else lou, state=state, arrived_at=0,
                decided_at=None if state == "pending" else 0,
            )  # fmt: skip
        matching.rematch([item.id])


@pytest.mark.first
def test_step_by_step_agrees_with_the_whole(make: Make, world: World, full: bool) -> None:
    @settings(
        max_examples=examples(50 if full else 30), deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(data=st.data())
    def agrees(data: Any) -> None:
        with proxy.atomic() as around:
            made = make_collections(make, data, world.people)
            for collection in made:
                assert matching.evaluate(collection.id)
            rng = random.Random(data.draw(st.integers(0, 10_000)))
            for _ in range(8):
                change(make, rng, world.people)
                kept = rows()
                for collection in made:
                    assert matching.evaluate(collection.id)
                assert rows() == kept
            around.rollback()

    agrees()


def test_a_new_query_takes_out_at_once_what_it_does_not_match(make: Make, anna: Viewer) -> None:
    owner = User.get_by_id(anna.user_id)
    good, best = make.item(owner, taken=1, rating=4), make.item(owner, taken=2, rating=5)
    made = collections.create(anna, Draft("Best", query="rating:>=4"))
    assert collections.get(anna, made.pid).size == 2
    assert collections.text_of(anna, made) == "rating:>=4"
    with transaction():
        Collection.update(query=filters.to_json(filters.parse("rating:5", filters.NoNames()))).execute()
        matching.narrow(made.id)
    assert {row.item_id for row in CollectionItem.select().where(CollectionItem.shown)} == {best.id}
    assert Collection.get_by_id(made.id).checked_at is None
    collections.edit(anna, made.pid, {"query": "rating:4"})
    assert {row.item_id for row in CollectionItem.select().where(CollectionItem.shown)} == {good.id}


def test_much_comes_step_by_step(make: Make, anna: Viewer) -> None:
    owner = User.get_by_id(anna.user_id)
    for n in range(5):
        make.item(owner, taken=n, rating=5)
    made = make.collection(owner, kind="dynamic", query=_tree("rating:5"))
    assert not matching.evaluate(made.id, most=3)
    assert matching.due() == [made.id]
    told: list[int] = []
    assert matching.evaluate(made.id, tell=told.append)
    assert told == [5]
    assert matching.due() == []
    assert Collection.get_by_id(made.id).size == 5


@pytest.mark.parametrize(
    "query", [{"version": 2, "where": {"all": []}}, {"version": 1, "where": {"field": "nope", "tests": []}}, {},
              {"version": 1, "where": {"all": []}, "sort": None, "limit": None, "per": None}],
)  # fmt: skip
def test_an_empty_or_unknown_query_shows_nothing(make: Make, anna: Viewer, query: dict[str, Any]) -> None:
    owner = User.get_by_id(anna.user_id)
    item = make.item(owner, taken=1)
    made = make.collection(owner, kind="dynamic", query=query)
    make.member(made, item)
    assert matching.evaluate(made.id)
    assert Collection.get().problem
    assert not CollectionItem.get().shown
    assert Audit.get(Audit.action == "collection_broken").subject_id == anna.user_id
    with transaction():
        matching.rematch([item.id])
    assert not CollectionItem.get().shown


def test_what_names_something_deleted_shows_nothing_until_it_is_back(make: Make, anna: Viewer) -> None:
    item = make.item(User.get_by_id(anna.user_id), taken=1)
    lake = collections.create(anna, Draft("Lake"))
    collections.add(anna, lake.pid, [item.pid])
    made = collections.create(anna, Draft("Of the lake", query="collection:Lake OR rating:none"))
    assert collections.get(anna, made.pid).size == 1
    collections.delete(anna, lake.pid)
    assert Collection.get_by_id(made.id).problem == stored.GONE
    assert collections.get(anna, made.pid).size == 0
    catalogue.edit(anna, item.pid, {"rating": 3})
    assert collections.get(anna, made.pid).size == 0
    collections.restore(anna, lake.pid)
    assert matching.due() == [made.id]
    matching.evaluate(made.id)
    assert (Collection.get_by_id(made.id).problem, collections.get(anna, made.pid).size) == ("", 1)


def test_a_deleted_label_is_unknown(make: Make, anna: Viewer) -> None:
    item = make.item(User.get_by_id(anna.user_id), taken=1)
    catalogue.edit(anna, item.pid, {"labels": ["private"]})
    catalogue.edit(anna, make.item(User.get_by_id(anna.user_id)).pid, {"labels": []})
    made = collections.create(anna, Draft("Open", query="-label:private"))
    assert collections.get(anna, made.pid).size == 1
    Label.delete().execute()
    matching.evaluate(made.id)
    assert collections.get(anna, made.pid).size == 0
    assert Collection.get().problem


def test_the_day_turns(make: Make, anna: Viewer) -> None:
    assert matching.due() == []  # from the first time on
    made = collections.create(anna, Draft("Lately", query="added:<7d"))
    plain = collections.create(anna, Draft("Best", query="rating:5"))
    assert matching.due() == []
    Collection.update(checked_at=now() - DAY).execute()
    assert matching.due() == [made.id]
    Counter.update(value=0).where(Counter.name == evaluating.MEANT).execute()
    assert matching.due() == [made.id, plain.id]  # an upgrade


def _tree(q: str) -> dict[str, Any]:
    return filters.to_json(filters.parse(q, filters.NoNames()))
