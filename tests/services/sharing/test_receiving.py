"""What is shared with a person, as they are told of it; what another sees of one's own; whom one may share with."""

import pytest

from services import access, catalogue, collections, sharing
from services.accounts import Passwords
from services.collections import Draft
from services.errors import AccessDenied, NotFound
from services.models import Asset, Item, Storage
from services.revocations import Journal
from services.sharing import Links, LinkTerms, Terms
from services.viewers import Viewer
from tests.factories import Make

pytestmark = pytest.mark.db


class House:
    def __init__(self, make: Make) -> None:
        users = {name: make.user(name) for name in ("anna", "ben", "cleo")}
        self.user = users
        self.anna, self.ben, self.cleo = (make.viewer(users[name]) for name in users)
        self.items = [make.item(users["anna"], taken=n) for n in (1, 2)]
        self.lake = make.collection(users["anna"], "Lake", items=self.items[:1])


@pytest.fixture
def house(make: Make) -> House:
    return House(make)


def names(viewer: Viewer) -> list[str]:
    return [r.collection.name for r in sharing.received(viewer)]


def test_a_person_is_told_of_what_is_shared_with_them(house: House, data: Journal) -> None:
    sharing.offer(house.anna, house.lake.pid, {"user": "ben"}, Terms(note="look"))
    (got,) = sharing.received(house.ben)
    assert (got.owner, got.collection.name, got.share.note, got.group) == ("anna", "Lake", "look", None)
    assert names(house.anna) == names(house.cleo) == []


def test_by_a_group_it_says_so(house: House) -> None:
    group = sharing.make_group(house.anna, "Family").pid
    sharing.join_group(house.anna, group, "ben")
    sharing.offer(house.anna, house.lake.pid, {"group": group}, Terms())
    assert [r.group for r in sharing.received(house.ben)] == ["Family"]
    (offered,) = sharing.offers(house.anna)
    assert (offered.to, [line.to for line in offered.lines]) == (("group", "Family"), ["ben"])


def test_off_the_timeline_is_off_it_and_no_further(house: House) -> None:
    sharing.offer(house.anna, house.lake.pid, {"user": "ben"}, Terms())
    (got,) = sharing.received(house.ben)
    assert access.timeline_items(house.ben).count() == 1
    sharing.show_on_timeline(house.ben, got.grant.pid, False)
    assert access.timeline_items(house.ben).count() == len(access.visible_days(house.ben)) == 0
    assert access.visible_items(house.ben).count() == 1
    for other in (house.anna, house.cleo):
        with pytest.raises(NotFound):
            sharing.show_on_timeline(other, got.grant.pid, True)


def test_a_preview_is_what_they_see_of_ones_own(house: House, make: Make) -> None:
    sharing.offer(house.anna, house.lake.pid, {"user": "ben"}, Terms())
    make.item(house.user["ben"])
    found = sharing.preview(house.anna, "Ben")
    assert ([i.id for i in found.items], found.total) == ([house.items[0].id], 1)
    assert sharing.preview(house.anna, "cleo").items == []
    assert sharing.preview(house.cleo, "ben").items == []  # what anna shares with him is none of hers
    for login in ("anna", "nobody"):
        with pytest.raises(NotFound):
            sharing.preview(house.anna, login)


def test_a_preview_of_a_link_is_what_it_shows_of_ones_own(house: House, make: Make) -> None:
    more = make.collection(house.user["anna"], items=[house.items[0], make.item(house.user["ben"])])
    links = Links(b"k" * 32, Passwords(time_cost=1, memory_kib=64))
    link, theirs = links.make(house.anna, more.pid, LinkTerms()), make.collection(house.user["ben"])
    other = links.make(house.ben, theirs.pid, LinkTerms())
    found = sharing.preview_by(house.anna, link.share.pid)
    assert ([i.id for i in found.items], found.total) == ([house.items[0].id], 1)
    catalogue.edit(house.anna, house.items[0].pid, {"labels": ["private"]})
    assert sharing.private_by(house.anna, link.share.pid) == 1
    links.pause(house.anna, link.share.pid)
    assert sharing.preview_by(house.anna, link.share.pid).items == []
    assert sharing.private_by(house.anna, link.share.pid) == 0
    links.revoke(house.anna, link.share.pid)
    given = sharing.offer(house.anna, house.lake.pid, {"user": "ben"}, Terms())
    for pid in (link.share.pid, other.share.pid, given.pid, "nothing"):
        for ask in (sharing.preview_by, sharing.private_by):
            with pytest.raises(NotFound):
                ask(house.anna, pid)
    guest = Viewer(0, "", "", kind="guest", share_id=other.share.id)
    with pytest.raises((NotFound, AccessDenied)):
        sharing.preview_by(guest, other.share.pid)


def test_everybody_else_is_somebody_to_share_with(house: House) -> None:
    assert [p.login for p in sharing.people(house.anna)] == ["ben", "cleo"]
    assert sharing.people(Viewer(user_id=0, login="", display="", kind="guest", guest_id=1)) == []


def test_a_released_storage_gives_back_what_it_took(house: House, make: Make, data: Journal) -> None:
    journal = Journal(make.data)
    storage = make.storage(house.user["anna"])
    for item in house.items:
        make.file(storage, f"{item.id}.jpg", asset=make.asset(item))
    sharing.withdraw(house.anna, [house.items[1].pid])
    before = Item.get_by_id(house.items[1].id).withdrawn_at
    assert sharing.release(house.anna, storage.pid) == 0
    sharing.revoke(house.anna, {"storage": storage.pid})
    receipt = sharing.latest(house.anna)
    assert receipt is not None
    assert receipt.items == 1
    assert sharing.latest(house.ben) is None
    assert sharing.release(house.anna, storage.pid) == 1
    assert Storage.get().withheld_at is None
    assert [Item.get_by_id(i.id).withdrawn_at for i in house.items] == [None, before]
    assert journal.replay() == 0


def test_what_was_withdrawn_by_itself_is_not_given_back_with_its_storage(house: House, make: Make) -> None:
    """Also when that was said while the storage was withheld, and when it lies in another one that is."""
    one, other = make.storage(house.user["anna"]), make.storage(house.user["anna"], "Other")
    for item in house.items:
        make.file(one, f"{item.id}.jpg", asset=make.asset(item))
    make.file(other, "copy.jpg", asset=Asset.get(Asset.item == house.items[1]))
    for storage in (one, other):
        sharing.revoke(house.anna, {"storage": storage.pid})
    sharing.withdraw(house.anna, [house.items[0].pid])
    assert sharing.release(house.anna, one.pid) == 0
    assert all(Item.get_by_id(item.id).withdrawn_at for item in house.items)
    assert sharing.release(house.anna, other.pid) == 1
    assert Item.get_by_id(house.items[1].id).withdrawn_at is None
    assert Journal(make.data).replay() == 0


def test_a_receipt_names_nobody_to_whom_somebody_else_would_have_shown_it(house: House, make: Make) -> None:
    sharing.offer(house.anna, house.lake.pid, {"user": "ben"}, Terms())
    bens = make.collection(house.user["ben"], "Mine", items=house.items)
    sharing.offer(house.ben, bens.pid, {"user": "cleo"}, Terms())
    assert access.visible_items(house.cleo).count() == 0
    assert sharing.withdraw(house.anna, [house.items[0].pid]).people == ("ben",)


def test_a_place_is_told_once_and_none_that_is_not_shared(house: House, make: Make) -> None:
    """Two ways to one collection are one place; what a contribution comes out of is none of its recipient's."""
    sharing.offer(house.anna, house.lake.pid, {"user": "ben"}, Terms())
    group = sharing.make_group(house.anna, "Family").pid
    sharing.join_group(house.anna, group, "ben")
    sharing.offer(house.anna, house.lake.pid, {"group": group}, Terms())
    party = collections.create(house.cleo, Draft("Party"), {"arrivals": "owner"})
    sharing.offer(house.cleo, party.pid, {"user": "anna"}, Terms(contribute=True))
    sharing.offer(house.anna, house.lake.pid, {"collection": party.pid}, Terms())
    item = house.items[0]
    assert [p.collection.name for p in collections.places(house.ben, item)] == ["Lake"]
    assert collections.places(house.cleo, item) == []
    (waiting,) = sharing.waiting(house.cleo)
    sharing.decide(house.cleo, [waiting.pid], "approve")
    assert [(p.collection.name, p.own) for p in collections.places(house.cleo, item)] == [("Party", True)]
