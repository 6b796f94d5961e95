"""Collections: made, filled, ordered, ruled on, thrown away and brought back, and what a viewer finds in them."""

from pathlib import Path
from typing import Any

import pytest

from services import access, collections, sharing
from services.collections import Draft, selecting
from services.errors import Conflict, NotFound, UsageError
from services.filters import FilterError
from services.models import Arrival, Collection, CollectionItem, Grant, Item, Share, User
from services.revocations import Journal
from services.viewers import Viewer
from tests.factories import Make

pytestmark = pytest.mark.db


@pytest.fixture
def anna(make: Make) -> Viewer:
    return make.viewer(make.user("anna"))


def items(make: Make, viewer: Viewer, number: int) -> list[Item]:
    owner = User.get_by_id(viewer.user_id)
    return [make.item(owner, taken=n) for n in range(1, number + 1)]


def names(viewer: Viewer, pid: str, **more: Any) -> list[str]:
    return [i.pid for i in collections.page(viewer, collections.get(viewer, pid), **more).items]


def test_a_collection_holds_what_is_put_into_it(make: Make, anna: Viewer) -> None:
    first, second, _ = items(make, anna, 3)
    made = collections.create(anna, Draft("Lake"), {"starts": "2026-07-04", "ends": "2026-07-18"})
    assert (made.kind, made.starts_on, made.ends_on) == ("static", 20260704, 20260718)
    assert collections.add(anna, made.pid, [first.pid, second.pid, first.pid]) == 2
    assert collections.add(anna, made.pid, [first.pid]) == 0
    card = collections.get(anna, made.pid)
    assert (card.own, card.size, card.cover, card.shared) == (True, 2, second.pid, 0)
    assert names(anna, made.pid) == [first.pid, second.pid]  # in the order they were put in
    assert names(anna, made.pid, sort="-taken", limit=1) == [second.pid]
    assert collections.remove(anna, made.pid, [first.pid]) == 1
    assert names(anna, made.pid) == [second.pid]
    assert Item.select().count() == 3


def test_the_cover_is_one_that_is_in_it(make: Make, anna: Viewer) -> None:
    first, second = items(make, anna, 2)
    made = collections.create(anna, Draft("Lake"))
    collections.add(anna, made.pid, [first.pid, second.pid])
    collections.edit(anna, made.pid, {"cover": first.pid})
    assert collections.get(anna, made.pid).cover == first.pid
    collections.remove(anna, made.pid, [first.pid])
    assert collections.get(anna, made.pid).cover == second.pid


def test_members_are_put_in_order(make: Make, anna: Viewer) -> None:
    found = [i.pid for i in items(make, anna, 4)]
    made = collections.create(anna, Draft("Lake"))
    collections.add(anna, made.pid, found)

    def order() -> list[str]:
        rows = CollectionItem.select(Item.pid).join(Item).order_by(CollectionItem.position)
        return [pid for (pid,) in rows.tuples()]

    collections.move(anna, made.pid, [found[3], found[1]], before=found[0])
    assert order() == [found[3], found[1], found[0], found[2]]
    collections.move(anna, made.pid, [found[3]], before=None)
    assert order() == [found[1], found[0], found[2], found[3]]
    for wrong, before in (("nobody", None), (found[0], "nobody"), (found[0], found[0])):
        with pytest.raises(NotFound):
            collections.move(anna, made.pid, [wrong], before=before)
    CollectionItem.update(position=7).execute()  # of one place the older ones come first
    collections.move(anna, made.pid, [found[2], found[0]], before=found[3])
    assert order() == [found[1], found[2], found[0], found[3]]


def test_members_are_moved_step_by_step(make: Make, anna: Viewer) -> None:
    found = [i.pid for i in items(make, anna, 5)]
    made = collections.create(anna, Draft("Lake"))
    collections.add(anna, made.pid, found)

    def after(where: Any, *moved: int) -> str:
        collections.step(anna, made.pid, [found[n] for n in moved], where)
        rows = CollectionItem.select(Item.pid).join(Item).order_by(CollectionItem.position)
        return "".join(str(found.index(pid)) for (pid,) in rows.tuples())

    assert after("later", 1) == "02134"
    assert after("earlier", 4, 3) == "02341"
    assert after("first", 4, 1) == "41023"
    assert after("last", 4, 0) == "12340"
    assert after("later", 2, 4) == "13024"


def test_an_owner_rules_apart_from_the_query(make: Make, anna: Viewer) -> None:
    one, two = items(make, anna, 2)
    Item.update(rating=5).where(Item.id == one.id).execute()
    made = collections.create(anna, Draft("Best", query="rating:5"))
    assert names(anna, made.pid) == [one.pid]
    collections.decide_rule(anna, made.pid, one.pid, "never")
    collections.decide_rule(anna, made.pid, two.pid, "always")
    assert names(anna, made.pid) == [two.pid]
    assert collections.why(anna, made.pid, two.pid)["how"] == "always"
    collections.decide_rule(anna, made.pid, one.pid, "")
    collections.decide_rule(anna, made.pid, two.pid, "")
    assert names(anna, made.pid) == [one.pid]
    assert collections.why(anna, made.pid, one.pid)["how"] == "query"
    assert collections.remove(anna, made.pid, [one.pid]) == 1  # taken out of a dynamic one: never again
    assert names(anna, made.pid) == []


@pytest.mark.parametrize("undone", [True, False])
def test_what_waited_waits_again_when_it_is_left_to_the_query(make: Make, anna: Viewer, undone: bool) -> None:
    """Nobody has approved of it: neither an undoing nor a second thought shows it."""
    one, _ = items(make, anna, 2)
    more = {"approval": "owner", "require_labelled": False}
    made = collections.create(anna, Draft("New", query="type:photo"), more)
    done = selecting.act(anna, [one.pid], "add", {"collection": made.pid})
    assert names(anna, made.pid) == [one.pid]
    if undone:
        selecting.undo(anna, str(done.undo))
    else:
        collections.decide_rule(anna, made.pid, one.pid, "")
    assert names(anna, made.pid) == []
    assert {row.approval for row in CollectionItem.select()} == {"pending"}
    assert len(sharing.waiting(anna)) == 2


def test_what_was_shown_before_it_was_asked_about_is_shown_after_an_undoing(make: Make, anna: Viewer) -> None:
    (one,) = items(make, anna, 1)
    made = collections.create(anna, Draft("New", query="type:photo"), {"require_labelled": False})
    collections.edit(anna, made.pid, {"approval": "owner"})
    collections.decide_rule(anna, made.pid, one.pid, "never")
    done = selecting.act(anna, [one.pid], "add", {"collection": made.pid})
    selecting.undo(anna, str(done.undo))
    assert names(anna, made.pid) == []
    collections.decide_rule(anna, made.pid, one.pid, "")
    assert names(anna, made.pid) == [one.pid]


def test_what_is_not_there_any_more_hinders_no_undoing(make: Make, anna: Viewer) -> None:
    ben = make.viewer(make.user("ben"))
    (hers,) = items(make, anna, 1)
    (his,) = items(make, ben, 1)
    shared = make.collection(User.get_by_id(anna.user_id), "Hers", items=[hers])
    sharing.offer(anna, shared.pid, {"user": "ben"}, sharing.Terms())
    made = collections.create(ben, Draft("Both"))
    collections.add(ben, made.pid, [hers.pid, his.pid])
    done = selecting.act(ben, [hers.pid, his.pid], "remove", {"collection": made.pid})
    sharing.revoke(anna, {"user": "ben"})
    assert selecting.undo(ben, str(done.undo)) == 1
    assert names(ben, made.pid) == [his.pid]


def test_rules_are_for_dynamic_collections(make: Make, anna: Viewer) -> None:
    (one,) = items(make, anna, 1)
    made = collections.create(anna, Draft("Lake"))
    with pytest.raises(UsageError):
        collections.decide_rule(anna, made.pid, one.pid, "never")


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("name", {"name": " "}),
        ("name", {"name": "x" * 121}),
        ("name", {"name": 5}),
        ("description", {"description": 5}),
        ("starts", {"starts": "2026-13-01"}),
        ("starts", {"starts": "yesterday"}),
        ("ends", {"starts": "2026-07-04", "ends": "2026-07-03"}),
        ("approval", {"approval": "maybe"}),
        ("require_labelled", {"require_labelled": "yes"}),
        ("owner", {"owner": 1}),
    ],
)
def test_bad_input_says_where(anna: Viewer, field: str, changes: dict[str, Any]) -> None:
    made = collections.create(anna, Draft("Lake"))
    with pytest.raises(UsageError) as caught:
        collections.edit(anna, made.pid, changes)
    assert caught.value.field == field
    assert Collection.get().name == "Lake"


def test_two_of_one_name(make: Make, anna: Viewer) -> None:
    collections.create(anna, Draft("Lake"))
    with pytest.raises(Conflict):
        collections.create(anna, Draft("LAKE"))
    collections.create(make.viewer(make.user("ben")), Draft("Lake"))
    other = collections.create(anna, Draft("Sea"))
    with pytest.raises(Conflict):
        collections.edit(anna, other.pid, {"name": "lake"})


def test_a_collection_comes_back_without_its_shares(make: Make, anna: Viewer) -> None:
    (one,) = items(make, anna, 1)
    made = collections.create(anna, Draft("Lake"))
    collections.add(anna, made.pid, [one.pid])
    ben = make.viewer(make.user("ben"))
    make.grant(make.share(made), user=ben.user_id)
    assert names(ben, made.pid) == [one.pid]
    assert collections.delete(anna, made.pid) == 1
    for viewer in (anna, ben):
        with pytest.raises(NotFound):
            collections.get(viewer, made.pid)
    collections.restore(anna, made.pid)
    assert names(anna, made.pid) == [one.pid]
    with pytest.raises(NotFound):
        collections.get(ben, made.pid)
    assert (Share.get().ended_why, Grant.get().state) == ("revoked", "revoked")


def test_nobody_touches_those_of_others(make: Make, anna: Viewer) -> None:
    (one,) = items(make, anna, 1)
    made = collections.create(anna, Draft("Lake"))
    collections.add(anna, made.pid, [one.pid])
    ben = make.viewer(make.user("ben"))
    make.grant(make.share(made, may_contribute=True), user=ben.user_id)
    acts = (
        lambda: collections.edit(ben, made.pid, {"name": "Mine"}),
        lambda: collections.add(ben, made.pid, [one.pid]),
        lambda: collections.remove(ben, made.pid, [one.pid]),
        lambda: collections.move(ben, made.pid, [one.pid], None),
        lambda: collections.delete(ben, made.pid),
        lambda: collections.restore(ben, made.pid),
        lambda: collections.why(ben, made.pid, one.pid),
    )
    for act in acts:
        with pytest.raises(NotFound):
            act()
    assert names(anna, made.pid) == [one.pid]


def test_what_one_may_not_see_is_put_nowhere(make: Make, anna: Viewer) -> None:
    hers = make.item(make.user("ben"))
    made = collections.create(anna, Draft("Lake"))
    with pytest.raises(NotFound):
        collections.add(anna, made.pid, [hers.pid])


def test_a_shared_item_in_my_collection_is_a_reference(make: Make, anna: Viewer) -> None:
    """It is there while its owner lets me see it, and those I share with do not see it by that."""
    ben, cleo = make.user("ben"), make.viewer(make.user("cleo"))
    his = make.item(ben, taken=1)
    grant = make.grant(make.share(make.collection(ben, items=[his])), user=anna.user_id)
    mine = collections.create(anna, Draft("Mine"))
    collections.add(anna, mine.pid, [his.pid])
    make.grant(make.share(mine), user=cleo.user_id)
    assert names(anna, mine.pid) == [his.pid]
    assert names(cleo, mine.pid) == []
    assert collections.get(cleo, mine.pid).size == 0
    Share.update(may_reshare=True).where(Share.id == grant.share_id).execute()
    assert names(cleo, mine.pid) == [his.pid]
    Grant.update(state="revoked", ended_at=1).where(Grant.id == grant.id).execute()
    assert names(anna, mine.pid) == names(cleo, mine.pid) == []


def test_of_a_shared_collection_one_finds_what_comes_through_it(make: Make, anna: Viewer) -> None:
    """What one sees by another way is not shown to be in this one."""
    ben = make.user("ben")
    shown, other = make.item(ben, taken=1), make.item(make.user("cleo"), taken=2)
    make.grant(make.share(make.collection(other.owner, items=[other])), user=anna.user_id)
    his = make.collection(ben, items=[shown, other])
    make.grant(make.share(his), user=anna.user_id)
    assert access.visible_items(anna).count() == 2
    assert names(anna, his.pid) == [shown.pid]


@pytest.mark.parametrize("kind", ["static", "dynamic"])
def test_what_others_contributed_is_taken_out_for_everybody(
    make: Make, anna: Viewer, data: Path, kind: str
) -> None:
    into = collections.create(anna, Draft("Wedding", query="rating:5" if kind == "dynamic" else None))
    sharing.offer(anna, into.pid, {"user": make.user("cleo").login}, sharing.Terms())
    cleo, ben = make.viewer(User.get(User.login == "cleo")), make.viewer(make.user("ben"))
    sharing.offer(anna, into.pid, {"user": "ben"}, sharing.Terms(contribute=True))
    first, second = items(make, ben, 2)
    theirs = make.collection(User.get_by_id(ben.user_id), "Mine", items=[first, second])
    sharing.offer(ben, theirs.pid, {"collection": into.pid}, sharing.Terms())
    both = {first.pid, second.pid}
    assert set(names(cleo, into.pid)) == set(names(anna, into.pid)) == both
    done = selecting.act(anna, [first.pid], "remove", {"collection": into.pid})
    assert (done.number, names(cleo, into.pid), names(anna, into.pid)) == (1, [second.pid], [second.pid])
    assert collections.remove(anna, into.pid, [first.pid]) == 0
    collections.remove(ben, theirs.pid, [first.pid])
    collections.add(ben, theirs.pid, [first.pid])  # and it does not come again by itself
    assert names(cleo, into.pid) == [second.pid]
    assert set(names(ben, theirs.pid)) == both, "it stays where it is its owner's"
    assert selecting.undo(anna, str(done.undo)) == 1
    assert set(names(cleo, into.pid)) == both
    assert Journal(data).replay() == 0, "it has been given back"
    collections.remove(anna, into.pid, [first.pid])
    Arrival.update(state="approved").execute()  # an older catalogue
    assert Journal(data).replay() == 1
    assert names(cleo, into.pid) == [second.pid]


def test_an_undoing_leaves_alone_what_was_decided_since(make: Make, anna: Viewer) -> None:
    ben = make.viewer(make.user("ben"))
    into = collections.create(anna, Draft("Wedding"))
    sharing.offer(anna, into.pid, {"user": "ben"}, sharing.Terms(contribute=True))
    (one,) = items(make, ben, 1)
    theirs = make.collection(User.get_by_id(ben.user_id), "Mine", items=[one])
    sharing.offer(ben, theirs.pid, {"collection": into.pid}, sharing.Terms())
    done = selecting.act(anna, [one.pid], "remove", {"collection": into.pid})
    for decision in ("approve", "reject"):
        sharing.decide(anna, [f"in.{into.pid}.{one.pid}"], decision)
    selecting.undo(anna, str(done.undo))
    assert names(anna, into.pid) == []


def test_what_comes_back_makes_no_circle_of_queries(anna: Viewer) -> None:
    """Three that ask for one another in a circle would keep what they once found, whatever it is labelled by then."""
    made = [collections.create(anna, Draft(name, f"taken:{2020 + n}")) for n, name in enumerate("ABC")]
    first, second, third = (each.pid for each in made)
    collections.edit(anna, first, {"query": f"collection:#{made[1].id}"})
    collections.edit(anna, second, {"query": f"collection:#{made[2].id}"})
    with pytest.raises(FilterError, match="by way of others"):
        collections.edit(anna, third, {"query": f"collection:#{made[0].id}"})
    collections.delete(anna, second)
    collections.edit(anna, third, {"query": f"taken:2022 OR collection:#{made[0].id}"})
    with pytest.raises(FilterError, match="by way of others"):
        collections.restore(anna, second)
    assert Collection.get(Collection.pid == second).deleted_at is not None
    collections.edit(anna, third, {"query": "taken:2022"})
    assert collections.restore(anna, second).deleted_at is None
