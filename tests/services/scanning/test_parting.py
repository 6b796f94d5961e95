"""A RAW and its picture taken apart by their owner, remembered, and put together again (checklist row 15)."""

import json

import pytest

from services import access, catalogue
from services.errors import NotFound, UsageError
from services.models import Arrival, Asset, CollectionItem, Event, File, Guest, Item, Storage, User, counters
from services.scanning import parting
from tests.factories import Make
from tests.fakes import photo
from tests.services.scanning.household import Household

pytestmark = pytest.mark.db

WHEN = "2026-05-02T12:00:00"
NEF = {"taken": WHEN, "model": "D5", "mime": "image/x-nikon-nef"}


def pair(home: Household) -> Item:
    """One item of a JPEG and a RAW, scanned."""
    home.memory.put("DSC_2.JPG", photo(taken=WHEN, model="D5"))
    home.memory.put("DSC_2.NEF", photo(**NEF))
    home.scan()
    item: Item = Item.get()
    assert home.roles(item) == ["original", "raw"]
    return item


def shown(home: Household) -> dict[str, list[str]]:
    return {i.name: home.roles(i) for i in access.visible_items(home.viewer)}


APART = {"DSC_2.JPG": ["original"], "DSC_2.NEF": ["original"]}
TOGETHER = {"DSC_2.JPG": ["original", "raw"]}


def test_two_items_and_one_again(home: Household) -> None:
    item = pair(home)
    (raw,) = parting.take_apart(home.viewer, item.pid)
    assert shown(home) == APART
    assert (raw.name, raw.mime, raw.day) == ("DSC_2.NEF", "image/x-nikon-nef", 20260502)
    assert home.day_counts() == {20260502: 2}
    assert (parting.is_parted(raw), parting.is_parted(Item.get_by_id(item.id))) == (True, False)
    assert parting.put_together(home.viewer, raw.pid).id == item.id
    assert shown(home) == TOGETHER
    assert home.day_counts() == {20260502: 1}
    assert access.get_item(home.viewer, raw.pid).id == item.id, "its address answers"
    assert not parting.is_parted(Item.get_by_id(item.id))


def test_it_is_remembered_across_rescans_moves_and_new_metadata(home: Household) -> None:
    parting.take_apart(home.viewer, pair(home).pid)
    File.update(read_state="pending").execute()  # everything is read again
    home.scan()
    assert shown(home) == APART
    home.memory.take("DSC_2.JPG")
    home.memory.take("DSC_2.NEF")
    home.memory.put("2026/DSC_2.JPG", photo(taken=WHEN, model="D5"))
    home.memory.put("2026/DSC_2.NEF", photo(**NEF))
    home.scan()
    assert shown(home) == APART
    home.memory.put("2026/DSC_2.JPG", photo(taken=WHEN, model="D5", rating=3), mtime_ns=9)
    home.scan()
    assert shown(home) == APART


def test_what_a_guest_dropped_was_brought_by_them_in_both_halves(make: Make, home: Household) -> None:
    """And waits in both: a half is no item of its owner's that nobody is asked about."""
    item, anna = pair(home), User.get_by_id(home.viewer.user_id)
    into, box = make.collection(anna), make.collection(anna, items=[item])
    event = Event.create(
        pid="e", owner=anna, collection=into, name="Sea", guests="drop", may_download=True, created_at=0
    )
    lou = Guest.create(
        pid="g", event=event, name="Lou", secret="s", created_at=0, seen_at=0, expires_at=1 << 60
    )
    Item.update(contributed_by_id=lou.id).execute()
    grant = make.grant(make.share(box, "collection"), into=into)
    Arrival.create(collection=into, item=item, grant=grant, guest=lou, state="pending", arrived_at=3)
    (raw,) = parting.take_apart(home.viewer, item.pid)
    assert raw.contributed_by_id == lou.id
    came = Arrival.get(Arrival.item == raw.id)
    assert (came.collection_id, came.guest_id, came.state, came.arrived_at) == (into.id, lou.id, "pending", 3)
    assert raw.id in {member for (member,) in CollectionItem.shown_in(box.id).tuples()}
    assert parting.put_together(home.viewer, raw.pid).id == item.id


def test_what_the_owner_set_holds_of_both(home: Household) -> None:
    item = pair(home)
    changes = {"labels": ["Family"], "title": "Waves", "favourite": True, "rating": 4}
    catalogue.edit(home.viewer, item.pid, changes)
    Item.update(withdrawn_at=7).execute()
    (raw,) = parting.take_apart(home.viewer, item.pid)
    for half in (Item.get_by_id(item.id), raw):
        assert catalogue.hand_labels(home.viewer, half) == ["Family"]
        assert (half.title, half.favourite, half.rating, half.withdrawn_at) == ("Waves", True, 4, 7)
    assert [i.name for i in catalogue.page(home.viewer, "waves").items] == ["DSC_2.NEF", "DSC_2.JPG"]
    File.update(read_state="pending").execute()
    home.scan()
    assert Item.get_by_id(raw.id).title == "Waves", "the next reading leaves it alone"


def test_a_sidecar_goes_with_its_own_half(home: Household) -> None:
    home.memory.put("DSC_2.NEF.xmp", json.dumps(["lake"]).encode())
    item = pair_with_sidecar(home)
    parting.take_apart(home.viewer, item.pid)
    assert shown(home) == {"DSC_2.JPG": ["original"], "DSC_2.NEF": ["original", "sidecar"]}


def pair_with_sidecar(home: Household) -> Item:
    home.memory.put("DSC_2.JPG", photo(taken=WHEN, model="D5"))
    home.memory.put("DSC_2.NEF", photo(**NEF))
    home.scan()
    item: Item = Item.get()
    assert home.roles(item) == ["original", "raw", "sidecar"]
    return item


def test_a_raw_whose_picture_is_gone_stays(home: Household) -> None:
    item = pair(home)
    (raw,) = parting.take_apart(home.viewer, item.pid)
    File.update(presence="missing", absent_since=1).where(File.name == "DSC_2.JPG").execute()
    assert parting.put_together(home.viewer, raw.pid).id == raw.id
    assert not Asset.select().where(Asset.apart).exists()
    File.update(presence="present", absent_since=None).execute()
    home.memory.put("other.jpg", photo(n=2))
    File.update(read_state="pending").execute()
    home.scan()
    assert shown(home)["DSC_2.JPG"] == ["original", "raw"]


def test_whatever_was_cached_of_the_pair_is_void(home: Household) -> None:
    item = pair(home)
    before = counters.read(counters.POLICY_EPOCH)
    parting.take_apart(home.viewer, item.pid)
    assert counters.read(counters.POLICY_EPOCH) > before


def test_what_cannot_be(home: Household) -> None:
    item = pair(home)
    with pytest.raises(UsageError, match="not taken apart"):
        parting.put_together(home.viewer, item.pid)
    (raw,) = parting.take_apart(home.viewer, item.pid)
    for half in (item, raw):
        with pytest.raises(UsageError, match="no RAW here"):
            parting.take_apart(home.viewer, half.pid)
    ben = home.make.viewer(home.make.user("ben"))
    for act in (parting.take_apart, parting.put_together):
        with pytest.raises(NotFound):
            act(ben, raw.pid)
    assert shown(home) == APART
    assert Storage.select().count() == 1
