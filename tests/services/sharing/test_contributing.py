"""What one contributes to a collection: one's own offers to it, with what became of them, and nobody else's."""

from collections.abc import Callable

import pytest

from services import access, catalogue, collections, sharing
from services.collections import Draft
from services.models import Arrival, Collection, Grant, Item, User
from services.sharing import Terms
from services.viewers import Viewer
from tests.factories import Make

pytestmark = pytest.mark.db


def give(make: Make, into: Collection, login: str, number: int) -> tuple[Viewer, Collection, list[Item]]:
    """Somebody who contributes so many pictures."""
    user = make.user(login)
    make.grant(make.share(into, may_contribute=True), user=user)
    items = [make.item(user) for _ in range(number)]
    viewer, mine = make.viewer(user), make.collection(user, f"of {login}", items=items)
    sharing.offer(viewer, mine.pid, {"collection": into.pid}, Terms())
    return viewer, mine, items


def test_each_sees_their_own_and_how_it_stands(make: Make) -> None:
    ben = make.user("ben")
    into, other = make.collection(ben, "Wedding", arrivals="owner"), make.collection(ben, "Other")
    anna, mine, _ = give(make, into, "anna", 3)
    cleo, theirs, _ = give(make, into, "cleo", 1)
    first, *_ = [w for w in sharing.waiting(make.viewer(ben)) if w.by == "anna"]
    sharing.decide(make.viewer(ben), [first.pid], "approve")
    (found,) = sharing.contributions(anna, into)
    assert (found.offered.collection.id, found.approved, found.pending) == (mine.id, 1, 2)
    (found,) = sharing.contributions(cleo, into)
    assert (found.offered.collection.id, found.approved, found.pending) == (theirs.id, 0, 1)
    assert sharing.contributions(make.viewer(ben), into) == []
    assert sharing.contributions(anna, other) == []
    sharing.revoke_share(cleo, found.offered.share.pid)
    assert sharing.contributions(cleo, into) == []


@pytest.mark.parametrize("how", ["ended", "deleted", "taken out", "never", "rejected"])
def test_what_comes_by_two_contributions_stays_while_one_of_them_brings_it(make: Make, how: str) -> None:
    ben = make.user("ben")
    into = make.collection(ben, "Wedding")
    make.grant(make.share(into), user=make.user("cleo"))
    cleo = make.viewer(User.get(User.login == "cleo"))
    anna, mine, (item, *_) = give(make, into, "anna", 2)
    asked = {"approval": "owner", "require_labelled": False}
    found = collections.create(anna, Draft("Found", query="type:photo"), asked)
    sharing.offer(anna, found.pid, {"collection": into.pid}, Terms())
    sharing.decide(anna, [w.pid for w in sharing.waiting(anna)], "approve")
    shares = {each.collection.id: each.share for each in sharing.offers(anna)}

    def seen() -> list[int]:
        return sorted(i.id for i in access.visible_items(cleo))

    both = seen()
    assert len(both) == 2
    acts: dict[str, Callable[[], object]] = {
        "ended": lambda: sharing.revoke_share(anna, shares[mine.id].pid),
        "deleted": lambda: collections.delete(anna, mine.pid),
        "taken out": lambda: collections.remove(anna, mine.pid, [item.pid]),
        "never": lambda: collections.decide_rule(anna, found.pid, item.pid, "never"),
        "rejected": lambda: sharing.decide(anna, [f"out.{found.pid}.{item.pid}"], "reject"),
    }
    if how in {"never", "rejected"}:  # it comes by the other one then
        Arrival.update(grant=Grant.get(Grant.collection == found)).execute()
    acts[how]()
    assert seen() == both
    sharing.revoke_share(anna, shares[found.id].pid)
    assert item.id not in seen() or how in {"never", "rejected"}
    sharing.revoke(anna, {"user": "ben"})
    assert seen() == []


def test_what_a_query_finds_no_more_stays_by_another_contribution(make: Make) -> None:
    ben = make.user("ben")
    into = make.collection(ben, "Wedding")
    anna, _, (item, *_) = give(make, into, "anna", 1)
    Item.update(rating=5).execute()
    found = collections.create(anna, Draft("Best", query="rating:5"), {"require_labelled": False})
    sharing.offer(anna, found.pid, {"collection": into.pid}, Terms())
    Arrival.update(grant=Grant.get(Grant.collection == found)).execute()
    catalogue.edit(anna, item.pid, {"rating": 1})
    assert [i.id for i in access.visible_items(make.viewer(ben))] == [item.id]


def test_what_leaves_one_contribution_and_then_joins_another_is_shown_again(make: Make) -> None:
    ben = make.user("ben")
    into = make.collection(ben, "Wedding")
    anna, mine, (item, *_) = give(make, into, "anna", 2)
    other = make.collection(User.get(User.login == "anna"), "Other")
    sharing.offer(anna, other.pid, {"collection": into.pid}, Terms())
    collections.remove(anna, mine.pid, [item.pid])
    assert item.id not in [i.id for i in access.visible_items(make.viewer(ben))]
    collections.add(anna, other.pid, [item.pid])
    assert item.id in [i.id for i in access.visible_items(make.viewer(ben))]


def test_what_another_query_finds_no_more_stays_by_another_contribution(make: Make) -> None:
    """A query is changed by hand: what it does not find is out at once, and comes by what still shows it."""
    into = make.collection(make.user("ben"), "Wedding")
    make.grant(make.share(into), user=make.user("cleo"))
    cleo = make.viewer(User.get(User.login == "cleo"))
    anna, _, (item,) = give(make, into, "anna", 1)
    found = collections.create(anna, Draft("Found", query="type:photo"), {"require_labelled": False})
    sharing.offer(anna, found.pid, {"collection": into.pid}, Terms())
    Arrival.update(grant=Grant.get(Grant.collection == found)).execute()
    collections.edit(anna, found.pid, {"query": "type:video"})
    assert [i.id for i in access.visible_items(cleo)] == [item.id]
