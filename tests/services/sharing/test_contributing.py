"""What one contributes to a collection: one's own offers to it, with what became of them, and nobody else's."""

import pytest

from services import sharing
from services.models import Collection, Item
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
