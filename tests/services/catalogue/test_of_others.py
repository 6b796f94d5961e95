"""Items of others: what may be known of them, and that their owner's data stay as they are."""

from dataclasses import dataclass

import pytest

from services import access, catalogue
from services.errors import AccessDenied, NotFound
from services.models import Grant, Item, Overlay, Share
from services.viewers import Viewer
from tests.factories import Make

pytestmark = pytest.mark.db


@dataclass
class Shared:
    """A picture of Anna's that Ben may see."""

    make: Make
    item: Item
    anna: Viewer
    ben: Viewer

    def seen(self, viewer: Viewer) -> catalogue.Described:
        return catalogue.describe(viewer, [access.get_item(viewer, self.item.pid)])[0]


@pytest.fixture
def shared(make: Make) -> Shared:
    anna, ben = make.user("anna"), make.user("ben")
    item = make.item(
        anna, taken=1, lat=47.0, lon=8.0, rating=5, favourite=True, title="Lake", extra={"serial": "123"}
    )
    make.asset(item)
    make.asset(item, b"<xmp>", role="sidecar")
    make.grant(make.share(make.collection(anna, items=[item])), user=ben)
    return Shared(make, item, make.viewer(anna), make.viewer(ben))


def test_what_the_owner_thinks_is_not_told(shared: Shared) -> None:
    theirs = shared.seen(shared.ben)
    assert (theirs.own, theirs.owner, theirs.item.title) == (False, "anna", "Lake")
    assert (theirs.item.rating, theirs.item.favourite, theirs.item.extra, theirs.sha256) == (
        None,
        False,
        {},
        "",
    )
    assert catalogue.locations(shared.ben, shared.item) == []
    assert [a.role for a in catalogue.assets(shared.ben, shared.item)] == ["original"]
    mine = shared.seen(shared.anna)
    assert (mine.own, mine.item.rating, mine.item.favourite) == (True, 5, True)


@pytest.mark.parametrize("shows", [True, False])
def test_the_place_is_told_where_the_owner_lets_it(shared: Shared, shows: bool) -> None:
    Share.update(shows_place=shows).execute()
    assert shared.seen(shared.ben).item.lat == (47.0 if shows else None)
    assert shared.seen(shared.anna).item.lat == 47.0
    assert Item.get_by_id(shared.item.id).lat == 47.0


def test_a_viewer_thinks_for_themselves(shared: Shared) -> None:
    catalogue.edit(shared.ben, shared.item.pid, {"rating": 2, "favourite": True, "hidden": True})
    theirs, mine = shared.seen(shared.ben), shared.seen(shared.anna)
    assert (theirs.item.rating, theirs.item.favourite, theirs.hidden) == (2, True, True)
    assert (mine.item.rating, mine.item.favourite, mine.hidden) == (5, True, False)
    catalogue.edit(shared.anna, shared.item.pid, {"hidden": True})
    assert shared.seen(shared.anna).hidden


def test_labels_of_a_viewer_are_theirs_alone(shared: Shared) -> None:
    catalogue.edit(shared.anna, shared.item.pid, {"labels": ["lake"]})
    catalogue.edit(shared.ben, shared.item.pid, {"labels": ["kitsch"]})
    assert shared.seen(shared.ben).labels == ("kitsch", "lake")
    assert shared.seen(shared.anna).labels == ("lake",)
    assert [i.id for i in catalogue.page(shared.ben, "kitsch").items] == [shared.item.id]
    assert catalogue.page(shared.anna, "kitsch").items == []
    assert [i.id for i in catalogue.page(shared.ben, "lake").items] == [shared.item.id]


@pytest.mark.parametrize("change", [{"title": "Mine"}, {"description": "x"}, {"title": "x", "rating": 1}])
def test_what_the_picture_is_stays_its_owners(shared: Shared, change: dict[str, object]) -> None:
    with pytest.raises(AccessDenied):
        catalogue.edit(shared.ben, shared.item.pid, change)
    assert (Item.get_by_id(shared.item.id).title, Overlay.select().count()) == ("Lake", 0)


def test_an_ended_right_leaves_no_mark(shared: Shared) -> None:
    Grant.update(state="revoked", ended_at=1).execute()
    with pytest.raises(NotFound):
        catalogue.edit(shared.ben, shared.item.pid, {"rating": 1})
    assert catalogue.describe(shared.ben, [shared.item]) == []
    assert Overlay.select().count() == 0


def test_guests_mark_nothing(shared: Shared) -> None:
    share = shared.make.share(Share.get().collection, "link")
    shared.make.grant(share)
    guest = Viewer(0, "", "Gast", kind="guest", guest_id=1, share_id=share.id)
    assert access.get_item(guest, shared.item.pid).id == shared.item.id
    with pytest.raises(AccessDenied):
        catalogue.edit(guest, shared.item.pid, {"rating": 1})
