"""What comes into collections by reference and leaves them again: no file is ever touched by it."""

import pytest

from services import access, collections, handing, sharing
from services.catalogue.merging import merge
from services.errors import NotFound, ReadOnly, UsageError
from services.handing import Into
from services.models import Arrival, Asset, CollectionItem, File, Item, Share, User, transaction
from tests.fakes import jpeg
from tests.services.handing.shelf import Shelf

pytestmark = pytest.mark.db

DATA = jpeg(n=1)


def test_a_reference_moves_no_byte(shelf: Shelf) -> None:
    item = shelf.have("summer.jpg", DATA)
    before = shelf.files()
    assert handing.bring(shelf.anna, shelf.into(), "summer.jpg", shelf.file_of(item).id) == item
    assert handing.bring(shelf.anna, shelf.into(), "summer.jpg", shelf.file_of(item).id) == item
    assert (shelf.members(), shelf.names(), shelf.files()) == (["summer.jpg"], {}, before)


def test_only_what_the_viewer_sees_comes_in(shelf: Shelf) -> None:
    item = shelf.have("summer.jpg", DATA)
    file = shelf.file_of(item)
    bens = collections.create(shelf.ben, collections.Draft("Ben's"))
    into = Into("x", lambda: bens, lambda: collections.own(shelf.ben, bens.pid))
    with pytest.raises(NotFound):
        handing.bring(shelf.ben, into, "summer.jpg", file.id)
    with pytest.raises(NotFound):
        handing.bring(shelf.ben, into, "summer.jpg", 12345)
    collections.add(shelf.anna, shelf.lake.pid, [item.pid])
    shelf.share()
    assert handing.bring(shelf.ben, into, "summer.jpg", file.id) == item
    sharing.revoke(shelf.anna, {"user": "ben"})
    with pytest.raises(NotFound):
        handing.bring(shelf.ben, into, "summer.jpg", file.id)
    own_only = Into("x", into.find, into.make, own_only=True)
    shelf.share()
    with pytest.raises(UsageError, match="of your own"):
        handing.bring(shelf.ben, own_only, "summer.jpg", file.id)


def test_a_file_of_somebody_else_that_is_not_read_is_not_there(shelf: Shelf) -> None:
    shelf.desk.upload("new.jpg", DATA)
    bens = collections.create(shelf.ben, collections.Draft("Ben's"))
    into = Into("x", lambda: bens, lambda: collections.own(shelf.ben, bens.pid))
    with pytest.raises(NotFound):
        handing.bring(shelf.ben, into, "new.jpg", File.get().id)
    assert handing.bring(shelf.anna, shelf.into(), "new.jpg", File.get().id) is None
    assert shelf.names() == {"new.jpg": "waits"}
    shelf.read()
    assert shelf.members() == ["new.jpg"]


def test_what_is_no_picture_does_not_come_in(shelf: Shelf) -> None:
    shelf.desk.put("notes.txt", b"hello")
    item = shelf.have("summer.jpg", DATA)
    shelf.desk.scan()
    side = shelf.make.file(
        shelf.desk.one, "summer.xmp", asset=shelf.make.asset(item, b"x", role="sidecar"), read_state="done"
    )
    words = shelf.make.file(
        shelf.desk.one, "summer.srt", asset=shelf.make.asset(item, b"y", role="subtitle"), read_state="done"
    )
    for file in (File.get(File.name == "notes.txt"), side, words):
        with pytest.raises(UsageError, match="Only pictures"):
            handing.bring(shelf.anna, shelf.into(), file.name, file.id)
    assert (shelf.members(), shelf.names()) == ([], {})


def test_taking_out_leaves_the_file(shelf: Shelf) -> None:
    item = shelf.have("summer.jpg", DATA)
    shelf.share()
    shelf.put("IMG_1.jpg", DATA)
    before, file = shelf.files(), shelf.file_of(item).id
    assert shelf.sees(shelf.ben) == ["summer.jpg"]
    handing.take_out(shelf.anna, shelf.lake, file, "IMG_1.jpg")
    assert (shelf.members(), shelf.names(), shelf.sees(shelf.ben)) == ([], {}, [])
    assert shelf.files() == before
    assert access.get_item(shelf.anna, item.pid).trashed_at is None
    with pytest.raises(NotFound):
        handing.take_out(shelf.anna, shelf.lake, file, "IMG_1.jpg")
    with pytest.raises(NotFound):
        handing.take_out(shelf.ben, shelf.lake, file, "IMG_1.jpg")


def test_one_of_two_names_is_taken_away_and_the_picture_stays(shelf: Shelf) -> None:
    item = shelf.have("summer.jpg", DATA)
    file = shelf.file_of(item).id
    collections.add(shelf.anna, shelf.lake.pid, [item.pid])
    shelf.put("twin.jpg", DATA)
    assert shelf.names() == {"twin.jpg": "also"}
    handing.take_out(shelf.anna, shelf.lake, file, "twin.jpg")
    assert (shelf.names(), shelf.members()) == ({}, ["summer.jpg"])
    shelf.put("twin.jpg", DATA)
    handing.take_out(shelf.anna, shelf.lake, file, "summer.jpg")
    assert (shelf.names(), shelf.members()) == ({"twin.jpg": "here"}, ["summer.jpg"])
    shelf.put("third.jpg", DATA)
    handing.take_out(shelf.anna, shelf.lake, file, "twin.jpg")
    assert (shelf.names(), shelf.members()) == ({"third.jpg": "here"}, ["summer.jpg"])
    handing.take_out(shelf.anna, shelf.lake, file, "third.jpg")
    assert (shelf.names(), shelf.members()) == ({}, [])


def test_a_live_photo_leaves_as_a_whole(shelf: Shelf) -> None:
    item = shelf.have("summer.jpg", DATA)
    collections.add(shelf.anna, shelf.lake.pid, [item.pid])
    shelf.put("summer.mov", jpeg(n=2))
    shelf.read()
    moving = File.get(File.name == "summer.mov")
    merged = moving.asset.item
    with transaction():
        merge(item, merged)
    assert shelf.names() == {"summer.mov": "here"}
    handing.take_out(shelf.anna, shelf.lake, shelf.file_of(item).id, "summer.jpg")
    assert (shelf.members(), len(shelf.files())) == ([], 2)


def test_what_somebody_contributed_is_decided_about(shelf: Shelf) -> None:
    """It is not Anna's to take out as what she put in: it is rejected, and does not come back by itself."""
    ben = User.get_by_id(shelf.ben.user_id)
    theirs = shelf.make.storage(ben, "Ben's")
    item = shelf.make.item(ben, "bens.jpg")
    asset = shelf.make.asset(item)
    Item.update(cover_id=asset.id).where(Item.id == item.id).execute()
    file = shelf.make.file(theirs, "bens.jpg", asset=asset).id
    shelf.share()
    Share.update(may_contribute=True).execute()
    bens = collections.create(shelf.ben, collections.Draft("Ben's"))
    collections.add(shelf.ben, bens.pid, [item.pid])
    sharing.offer(shelf.ben, bens.pid, {"collection": shelf.lake.pid}, sharing.Terms.of({"download"}))
    assert Arrival.get().state == "approved"
    assert not handing.is_member(shelf.lake, item)
    other = shelf.collection("Other")
    with pytest.raises(ReadOnly, match="brought by somebody else"):
        handing.carry_over(shelf.anna, shelf.lake, other, item)
    handing.take_out(shelf.anna, shelf.lake, file, "bens.jpg")
    assert Arrival.get().state == "rejected"
    assert CollectionItem.select().where(CollectionItem.collection == bens.id).count() == 1
    assert shelf.sees(shelf.ben) == ["bens.jpg"]


def test_from_one_collection_into_another_in_one_step(shelf: Shelf) -> None:
    item, there = shelf.have("summer.jpg", DATA), shelf.have("x/summer.jpg", jpeg(n=2))
    other = shelf.collection("Other")
    collections.add(shelf.anna, shelf.lake.pid, [item.pid])
    there = Item.get(Item.id != item.id)
    collections.add(shelf.anna, other.pid, [there.pid])
    shelf.put("IMG_1.jpg", DATA)
    before = shelf.files()
    handing.carry_over(shelf.anna, shelf.lake, other, item, instead=there)
    assert shelf.members() == []
    assert [row.item_id for row in CollectionItem.select()] == [item.id]
    assert (shelf.names(), shelf.files()) == ({}, before)
    with pytest.raises(ReadOnly):
        handing.carry_over(shelf.anna, shelf.lake, other, item)


@pytest.mark.parametrize("what", ["announced", "waits", "also"])
def test_what_is_there_by_its_name_alone_is_passed_on(shelf: Shelf, what: str) -> None:
    other = shelf.collection("Other")
    if what == "also":
        collections.add(shelf.anna, shelf.lake.pid, [shelf.have("summer.jpg", DATA).pid])
    shelf.put("IMG_1.jpg", b"" if what == "announced" else DATA)
    assert shelf.names() == {"IMG_1.jpg": what}
    instead = shelf.have("old.jpg", jpeg(n=3))
    collections.add(shelf.anna, other.pid, [instead.pid])
    handing.pass_on(shelf.anna, shelf.lake, other, "IMG_1.jpg", instead=instead)
    assert shelf.names() == {}
    assert ("old.jpg" in shelf.members(other)) == (what == "announced"), "an empty file takes no place"
    collections.remove(shelf.anna, other.pid, [instead.pid])
    assert shelf.names(other) == {"IMG_1.jpg": "here" if what == "also" else what}
    shelf.read()
    assert shelf.members(other) == {"announced": [], "waits": ["IMG_1.jpg"], "also": ["summer.jpg"]}[what]
    with pytest.raises(NotFound):
        handing.pass_on(shelf.anna, shelf.lake, other, "IMG_1.jpg")


def test_what_was_handed_in_is_called_something_else(shelf: Shelf) -> None:
    """Programs write another file first, and give it the name of the old one then."""
    old = shelf.have("IMG_1.jpg", DATA)
    collections.add(shelf.anna, shelf.lake.pid, [old.pid])
    shelf.put("IMG_1.new.jpg", jpeg(n=2))
    shelf.put("waits.jpg", jpeg(n=3))
    handing.rename(shelf.anna, shelf.lake, "IMG_1.new.jpg", "IMG_1.jpg", instead=old)
    assert shelf.names() == {"IMG_1.jpg": "waits", "waits.jpg": "waits"}
    assert shelf.members() == []
    handing.rename(shelf.anna, shelf.lake, "waits.jpg", "img_1.JPG")
    assert shelf.names() == {"img_1.JPG": "waits"}
    shelf.read()
    handing.rename(
        shelf.anna, shelf.lake, "img_1.JPG", "IMG_2.jpg", instead=Item.get(Item.name == "waits.jpg")
    )
    assert (shelf.names(), shelf.members()) == ({"IMG_2.jpg": "here"}, ["waits.jpg"])
    with pytest.raises(NotFound):
        handing.rename(shelf.anna, shelf.lake, "nothing.jpg", "x.jpg")
    assert Asset.select().where(Asset.item == old.id).exists()
