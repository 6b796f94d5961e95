"""As which item a file is known: what guests dropped, and what the owner got by herself, stay apart."""

from collections.abc import Callable
from typing import Any

import pytest

from services.catalogue.merging import merge
from services.catalogue.placing import Listed, adopt, place, recognise
from services.catalogue.recording import Read, record
from services.clock import now
from services.identifiers import new_pid
from services.models import (
    Asset,
    Event,
    File,
    Folder,
    Guest,
    Item,
    Storage,
    Upload,
    User,
    transaction,
)
from tests.factories import Make
from tests.services.catalogue.test_recording import reading

pytestmark = pytest.mark.db

Found = Callable[..., Item]


class Home:
    """Anna's storage, with the folders of two guests in it."""

    def __init__(self, make: Make) -> None:
        self.make = make
        self.anna: User = make.user()
        self.storage: Storage = make.storage(self.anna)
        self.top = Folder.get((Folder.storage == self.storage) & (Folder.path == ""))
        self.event = Event.create(
            pid=new_pid(), owner=self.anna, collection=make.collection(self.anna, purpose="event"), name="W",
            guests="contribute", may_download=True, created_at=0,
        )  # fmt: skip
        self.lou, self.mia = self.guest("Lou"), self.guest("Mia")

    def guest(self, name: str) -> int:
        made = Guest.create(
            pid=new_pid(),
            event=self.event,
            name=name,
            secret=new_pid(),
            created_at=0,
            seen_at=0,
            expires_at=1,
        )
        return int(made.id)

    def file(self, name: str, **more: Any) -> File:
        return self.make.file(self.storage, name, self.top, **{"source": "scan", "size": 5, **more})

    def listed(self, name: str) -> File:
        """A file far away, with its placeholder."""
        file = self.file(name, glance="pending")
        place(self.anna.id, [Listed(file.id, name, "", 5, 0)])
        return File.get_by_id(file.id)

    def sending(self, guest: int, path: str, content: str = "bytes") -> Upload:
        """A guest's upload that is just being stored there."""
        return Upload.create(
            pid=new_pid(), guest=guest, event=self.event, storage=self.storage, name=path, path=path, size=5, got=5,
            node="here", state="whole", step="writing", sha256=bytes.fromhex(reading(content).sha256), created_at=now(),
            received_at=now(), expires_at=now(),
        )  # fmt: skip

    def read(self, file: File, content: str = "bytes", scan: str | None = None) -> Item:
        with transaction():
            record(self.anna.id, [Read(File.get_by_id(file.id), reading(content, scan=scan))])
        return Item.get_by_id(File.get_by_id(file.id).asset.item_id)

    def own(self, name: str = "own.jpg", content: str = "bytes", scan: str | None = None) -> Item:
        return self.read(self.file(name), content, scan)

    def dropped(self, guest: int, name: str, content: str = "bytes", scan: str | None = None) -> Item:
        upload = self.sending(guest, name, content)
        item = self.read(self.file(name, source="upload"), content, scan)
        Upload.update(state="done").where(Upload.id == upload.id).execute()
        return item

    def gone(self, item: Item, presence: str = "suspect") -> None:
        inside = Asset.select(Asset.id).where(Asset.item == item.id)
        since = 1 if presence == "missing" else None
        File.update(presence=presence, absent_since=since).where(File.asset.in_(inside)).execute()


@pytest.fixture
def home(make: Make) -> Home:
    return Home(make)


SAME = [{"content": "bytes"}, {"content": "others", "scan": "pixels"}]
"""The same bytes, and the same picture with other metadata."""


@pytest.mark.parametrize("how", SAME)
class TestApart:
    def test_what_a_guest_drops_is_an_item_of_its_own(self, home: Home, how: dict[str, Any]) -> None:
        own = home.own(scan="pixels")
        first, other = home.dropped(home.lou, "1.jpg", **how), home.dropped(home.mia, "2.jpg", **how)
        assert len({own.id, first.id, other.id}) == 3
        assert (own.contributed_by_id, first.contributed_by_id, other.contributed_by_id) == (
            None, home.lou, home.mia,
        )  # fmt: skip

    def test_what_the_owner_gets_afterwards_is_her_own(self, home: Home, how: dict[str, Any]) -> None:
        dropped = home.dropped(home.lou, "1.jpg", scan="pixels")
        own = home.own(**how)
        assert own.id != dropped.id
        assert own.contributed_by_id is None

    def test_what_the_same_guest_drops_again_is_the_same(self, home: Home, how: dict[str, Any]) -> None:
        first = home.dropped(home.lou, "1.jpg", scan="pixels")
        home.own(scan="pixels")
        assert home.dropped(home.lou, "2.jpg", **how).id == first.id

    @pytest.mark.parametrize("why", ["taken_back_at", "trashed_at"])
    def test_but_not_what_is_there_no_more(self, home: Home, how: dict[str, Any], why: str) -> None:
        first = home.dropped(home.lou, "1.jpg", scan="pixels")
        Item.update({why: 1}).where(Item.id == first.id).execute()
        again = home.dropped(home.lou, "2.jpg", **how)
        assert again.id != first.id
        assert (again.contributed_by_id, again.taken_back_at) == (home.lou, None)


class TestMoved:
    """Its owner moves a guest's file with another program: by its bytes it is the guest's."""

    @pytest.mark.parametrize("presence", ["suspect", "missing"])
    def test_what_lies_nowhere_else_is_the_guests(self, home: Home, presence: str) -> None:
        dropped = home.dropped(home.lou, "1.jpg", scan="pixels")
        home.gone(dropped, presence)
        assert home.own(scan="pixels").id == dropped.id
        assert Item.get().contributed_by_id == home.lou

    def test_what_has_other_metadata_is_hers(self, home: Home) -> None:
        """She may have written into it what is nobody's business."""
        dropped = home.dropped(home.lou, "1.jpg", scan="pixels")
        home.gone(dropped)
        assert home.own("diary.jpg", "others", scan="pixels").contributed_by_id is None

    def test_what_she_has_herself_is_hers(self, home: Home) -> None:
        own, dropped = home.own(), home.dropped(home.lou, "1.jpg")
        home.gone(dropped)
        assert home.own("moved.jpg").id == own.id

    @pytest.mark.parametrize("how", ["in the trash", "deleted there for good"])
    def test_what_was_taken_back_and_put_away_has_not_moved(self, home: Home, how: str) -> None:
        dropped = home.dropped(home.lou, "1.jpg")
        File.delete().where(File.asset == dropped.cover_id).execute()
        trashed_at = 1 if how == "in the trash" else None
        Item.update(taken_back_at=1, trashed_at=trashed_at).where(Item.id == dropped.id).execute()
        moved = home.own("moved.jpg")
        assert (moved.id != dropped.id, moved.contributed_by_id) == (True, None)

    def test_what_was_taken_back_may_move_until_it_lies_in_the_trash(self, home: Home) -> None:
        """And stays hidden: nobody comes to see it because she was quicker."""
        dropped = home.dropped(home.lou, "1.jpg")
        home.gone(dropped)
        Item.update(taken_back_at=1).where(Item.id == dropped.id).execute()
        assert home.own("moved.jpg").id == dropped.id

    def test_what_lies_in_a_storage_that_was_removed_lies_nowhere(self, home: Home) -> None:
        dropped = home.dropped(home.lou, "1.jpg")
        Storage.update(removed_at=1).where(Storage.id == home.storage.id).execute()
        home.storage = home.make.storage(home.anna, "Other")
        home.top = Folder.get((Folder.storage == home.storage) & (Folder.path == ""))
        assert home.own("moved.jpg").id == dropped.id

    def test_each_file_of_an_item_moves_by_itself(self, home: Home) -> None:
        """A live photo's picture is moved, its video is still where it was."""
        photo, video = home.dropped(home.lou, "1.heic", "heic"), home.dropped(home.lou, "1.mov", "mov")
        with transaction():
            merge(photo, video)
        first = File.get(File.raw_name == "1.heic")
        File.update(presence="missing", absent_since=1).where(File.id == first.id).execute()
        assert home.own("moved.heic", "heic").id == photo.id
        assert home.own("copied.mov", "mov").contributed_by_id is None

    def test_what_she_had_once_is_hers_again(self, home: Home) -> None:
        own = home.own("old.jpg")
        home.gone(own, "missing")
        home.gone(home.dropped(home.lou, "1.jpg"))
        assert home.own("back.jpg").id == own.id

    def test_but_not_what_she_threw_away(self, home: Home) -> None:
        """What she moves does not bring it back."""
        own = home.own("old.jpg")
        File.delete().execute()
        Item.update(trashed_at=1).where(Item.id == own.id).execute()
        dropped = home.dropped(home.lou, "1.jpg")
        home.gone(dropped)
        assert home.own("moved.jpg").id == dropped.id

    def test_what_she_saw_before_the_guest_brought_theirs_is_hers(self, home: Home) -> None:
        mine = home.file("mine.jpg")
        dropped = home.dropped(home.lou, "1.jpg")
        home.gone(dropped)
        assert home.read(mine).contributed_by_id is None

    @pytest.mark.parametrize("how", ["favourite", "withdrawn_at", "album", "raw"])
    def test_a_placeholder_with_which_she_did_something_is_hers(self, home: Home, how: str) -> None:
        dropped = home.dropped(home.lou, "1.jpg")
        file = home.listed("IMG.jpg")
        item = file.asset.item
        home.gone(dropped)
        if how == "album":
            home.make.member(home.make.collection(home.anna), item, added_by=home.anna)
        elif how == "raw":
            with transaction():
                merge(item, home.listed("IMG.dng").asset.item)
        else:
            Item.update({how: 1}).where(Item.id == item.id).execute()
        assert home.read(file).contributed_by_id is None
        assert Item.get_or_none(Item.id == item.id) is not None

    def test_of_two_that_appear_at_once_one_has_moved(self, home: Home) -> None:
        told = {"sha256": reading("bytes").sha256}
        dropped = home.dropped(home.lou, "1.jpg")
        home.gone(dropped)
        files = [home.listed("2.jpg"), home.listed("3.jpg")]
        found = recognise(home.anna.id, [(file, told) for file in files])
        with transaction():
            assert adopt(
                home.anna.id, [(f, a) for f, a in zip(files, found, strict=True) if a is not None]
            ) == {files[0].id}
        assert [File.get_by_id(f.id).asset.item.contributed_by_id for f in files] == [home.lou, None]

    def test_what_she_uploads_has_not_moved(self, home: Home) -> None:
        dropped = home.dropped(home.lou, "1.jpg")
        home.gone(dropped)
        own = home.read(home.file("own.jpg", source="upload"))
        assert (own.id != dropped.id, own.contributed_by_id) == (True, None)

    def test_what_a_guest_sends_has_not_moved(self, home: Home) -> None:
        dropped = home.dropped(home.lou, "1.jpg")
        home.gone(dropped)
        home.sending(home.mia, "2.jpg")
        assert home.read(home.file("2.jpg")).contributed_by_id == home.mia

    def test_a_placeholder_becomes_the_guests(self, home: Home) -> None:
        dropped = home.dropped(home.lou, "1.jpg")
        file = home.listed("moved.jpg")
        home.gone(dropped)
        assert home.read(file).id == dropped.id
        assert (Item.get().contributed_by_id, Item.select().count()) == (home.lou, 1)

    def test_one_that_was_there_before_does_not(self, home: Home) -> None:
        """It lay there unread when the guest dropped the same."""
        file = home.listed("own.jpg")
        dropped = home.dropped(home.lou, "1.jpg")
        home.gone(dropped)
        own = home.read(file)
        assert (own.id != dropped.id, own.contributed_by_id) == (True, None)


class TestPlaceholders:
    def test_what_is_listed_while_it_is_stored_is_its_guests(self, home: Home) -> None:
        home.own()
        home.sending(home.lou, "1.jpg")
        assert home.read(home.listed("1.jpg")).contributed_by_id == home.lou

    def test_and_stays_so_when_it_is_read_later(self, home: Home) -> None:
        own = home.own()
        upload = home.sending(home.lou, "1.jpg")
        file = home.listed("1.jpg")
        Upload.update(state="done").where(Upload.id == upload.id).execute()
        dropped = home.read(file)
        assert (dropped.contributed_by_id, dropped.id != own.id) == (home.lou, True)

    def test_but_not_what_only_was_as_large(self, home: Home) -> None:
        """She put something else there while the upload waited; that went elsewhere."""
        upload = home.sending(home.lou, "1.jpg")
        file = home.listed("1.jpg")
        Upload.update(path="2.jpg", state="done").where(Upload.id == upload.id).execute()
        assert home.read(file, "other").contributed_by_id is None

    def test_a_providers_hash_tells_no_more_than_reading(self, home: Home) -> None:
        """For who stores, for the guest whose it is, and for its owner."""
        told = {"sha256": reading("bytes").sha256}
        own, dropped = home.own(), home.dropped(home.lou, "1.jpg")
        home.sending(home.lou, "2.jpg")
        home.sending(home.mia, "3.jpg")
        files = [home.file(f"{n}.jpg") for n in (2, 3, 4)]
        found = recognise(home.anna.id, [(file, told) for file in files])
        assert [asset and asset.item_id for asset in found] == [dropped.id, None, own.id]

    def test_what_moved_far_away_is_known_once_it_is_gone_from_where_it_was(self, home: Home) -> None:
        told = {"sha256": reading("bytes").sha256}
        dropped = home.dropped(home.lou, "1.jpg")
        file = home.listed("moved.jpg")
        assert recognise(home.anna.id, [(file, told)]) == [None]
        home.gone(dropped)
        (asset,) = recognise(home.anna.id, [(file, told)])
        assert asset is not None
        with transaction():
            assert adopt(home.anna.id, [(file, asset)]) == {file.id}
        assert (Item.get().id, Item.get().contributed_by_id) == (dropped.id, home.lou)


@pytest.mark.parametrize("is_read", [True, False])
def test_what_is_stored_for_a_guest_never_becomes_anothers(home: Home, is_read: bool) -> None:
    """Whatever the row of its file says, which a scan may have made before."""
    file = home.listed("own.jpg")
    own = home.read(file) if is_read else file.asset.item
    with transaction():
        record(home.anna.id, [Read(File.get_by_id(file.id), reading("bytes"), home.lou)])
    dropped = File.get_by_id(file.id).asset.item
    assert (dropped.contributed_by_id, dropped.id != own.id) == (home.lou, True)
    left = Item.get_or_none(Item.id == own.id)
    assert left is None if not is_read else (left.contributed_by_id, left.missing) == (None, True)
