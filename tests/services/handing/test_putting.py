"""Bytes that are put into a collection: stored once in one's own storage, a member once they are read, or nothing."""

import hashlib
from collections.abc import Iterator

import pytest

from services import accounts, collections, handing
from services.errors import AccessDenied, NotFound, ReadOnly, SenderEnded, StorageFull, UsageError
from services.media.sniff import HEAD
from services.models import Collection, CollectionItem, File, Handed, Item, Storage, Trash, User
from tests.fakes import JPEG, jpeg
from tests.services.handing.shelf import Shelf

pytestmark = pytest.mark.db

DATA, OTHER = jpeg(n=1), jpeg(n=2)
LARGE = DATA + bytes(HEAD)
"""More than is looked at to tell what it is."""


def test_a_picture_goes_to_the_default_storage_and_into_the_collection(shelf: Shelf) -> None:
    shelf.share()
    tag = shelf.put("IMG_1.jpg", DATA, mtime_ns=1_600_000_000_000_000_000)
    assert shelf.files() == {"One/Collections/Lake/IMG_1.jpg": hashlib.sha256(DATA).digest()}
    assert tag is not None
    assert shelf.names() == {"IMG_1.jpg": "waits"}, "it is there at once, for her"
    assert (shelf.members(), shelf.sees(shelf.ben)) == ([], [])
    shelf.read()
    assert shelf.names() == {"IMG_1.jpg": "here"}
    assert shelf.members() == shelf.sees(shelf.ben) == ["IMG_1.jpg"]
    assert CollectionItem.get().added_by_id == shelf.anna.user_id
    assert File.get().mtime_ns == 1_600_000_000_000_000_000
    assert shelf.desk.agrees()


def test_what_she_has_already_is_not_stored_again(shelf: Shelf) -> None:
    known = shelf.have("old/summer.jpg", DATA)
    before = shelf.files()
    assert shelf.put("IMG_1.jpg", DATA) is not None
    assert (shelf.files(), shelf.members()) == (before, ["summer.jpg"])
    assert shelf.names() == {"IMG_1.jpg": "here"}
    assert CollectionItem.get().item_id == known.id
    shelf.put("IMG_1.jpg", DATA)
    assert (shelf.files(), shelf.members(), shelf.names()) == (before, ["summer.jpg"], {"IMG_1.jpg": "here"})
    shelf.put("twin.jpg", DATA)
    assert shelf.names() == {"IMG_1.jpg": "here", "twin.jpg": "also"}
    assert shelf.members() == ["summer.jpg"]


@pytest.mark.parametrize(
    "why", ["of somebody else", "thrown away", "missing", "a guest's", "storage removed"]
)
def test_only_what_she_has_for_good_is_not_stored_again(shelf: Shelf, why: str) -> None:
    known = shelf.have("summer.jpg", DATA)
    if why == "of somebody else":
        Storage.update(owner=shelf.ben.user_id).where(Storage.id == shelf.desk.two.id).execute()
        Item.update(owner=shelf.ben.user_id).execute()
    elif why == "thrown away":
        shelf.desk.filing.delete_item(shelf.anna, known.pid)
    elif why == "missing":
        File.update(presence="missing", absent_since=1).execute()
    elif why == "a guest's":
        Item.update(contributed_by_id=1).execute()
    else:
        Storage.update(removed_at=1).where(Storage.id == shelf.desk.two.id).execute()
    shelf.put("IMG_1.jpg", DATA)
    assert shelf.desk.read("Collections/Lake/IMG_1.jpg") == DATA
    assert shelf.names() == {"IMG_1.jpg": "waits"}


def test_an_empty_file_announces_its_name(shelf: Shelf) -> None:
    """Explorer and Finder make an empty file first; it is nothing yet, and is stored nowhere."""
    assert shelf.put("IMG_1.jpg", b"") is None
    assert shelf.put("IMG_1.jpg", [b""]) is None
    assert (shelf.names(), shelf.files()) == ({"IMG_1.jpg": "announced"}, {})
    assert shelf.put("IMG_1.jpg", DATA) is not None
    assert shelf.put("IMG_1.jpg", b"") is None, "an empty one takes nothing away"
    assert shelf.names() == {"IMG_1.jpg": "waits"}
    assert list(shelf.files()) == ["One/Collections/Lake/IMG_1.jpg"]
    shelf.read()
    assert shelf.put("IMG_1.jpg", b"", instead=Item.get()) is None
    assert shelf.members() == ["IMG_1.jpg"]


def test_what_comes_again_before_it_is_read_replaces_it(shelf: Shelf) -> None:
    shelf.put("IMG_1.jpg", DATA)
    shelf.put("img_1.JPG", OTHER)
    assert shelf.desk.walk(shelf.desk.one) == ["Collections/Lake/IMG_1.jpg"]
    assert Trash.get().kind == "version"
    shelf.read()
    assert shelf.members() == ["IMG_1.jpg"]
    assert shelf.desk.read("Collections/Lake/IMG_1.jpg") == OTHER


def test_what_takes_a_name_lets_the_other_picture_leave_and_lie(shelf: Shelf) -> None:
    known = shelf.have("IMG_1.jpg", DATA)
    collections.add(shelf.anna, shelf.lake.pid, [known.pid])
    shelf.share()
    shelf.put("IMG_1.jpg", OTHER, instead=known)
    assert (shelf.members(), shelf.sees(shelf.ben)) == ([], [])
    shelf.read()
    assert shelf.sees(shelf.ben) == ["IMG_1.jpg"]
    assert shelf.desk.read("IMG_1.jpg", shelf.desk.two) == DATA, "never overwritten"
    assert CollectionItem.get().item_id != known.id
    assert Trash.select().count() == 0


def test_a_file_that_was_only_referred_to_is_never_replaced(shelf: Shelf) -> None:
    """It lies where Anna put it, and waits to be read as one that came in by its name does."""
    shelf.desk.upload("mine.jpg", DATA)
    file = File.get()
    handing.bring(shelf.anna, shelf.into(), "mine.jpg", file.id)
    assert shelf.names() == {"mine.jpg": "waits"}
    shelf.put("mine.jpg", OTHER)
    assert shelf.desk.read("mine.jpg") == DATA
    assert shelf.desk.read("Collections/Lake/mine.jpg") == OTHER


def test_one_file_under_two_names_is_not_replaced_for_one_of_them(shelf: Shelf) -> None:
    shelf.put("IMG_1.jpg", DATA)
    other = shelf.collection("Other")
    handing.bring(shelf.anna, shelf.into(other), "IMG_1.jpg", File.get().id)
    shelf.put("IMG_1.jpg", OTHER)
    assert sorted(shelf.desk.walk(shelf.desk.one)) == [
        "Collections/Lake/IMG_1 (2).jpg", "Collections/Lake/IMG_1.jpg",
    ]  # fmt: skip
    shelf.read()
    assert (shelf.members(), shelf.members(other)) == (["IMG_1 (2).jpg"], ["IMG_1.jpg"])


@pytest.mark.parametrize(
    "body", [b"hello", b"%PDF-1.7 ...", b"\0" * 100, b"<html>"], ids=["text", "pdf", "zeros", "page"]
)
def test_what_is_no_picture_is_not_taken(shelf: Shelf, body: bytes) -> None:
    with pytest.raises(UsageError, match="Only pictures"):
        shelf.put("IMG_1.jpg", body)
    assert (shelf.names(), shelf.files()) == ({}, {})


def test_what_turns_out_to_be_no_picture_stays_a_file(shelf: Shelf) -> None:
    shelf.put("IMG_1.jpg", JPEG + b"but nothing else")
    assert shelf.names() == {"IMG_1.jpg": "waits"}
    shelf.read()
    assert (shelf.names(), shelf.members()) == ({}, [])
    assert list(shelf.files()) == ["One/Collections/Lake/IMG_1.jpg"]


def test_the_name_in_the_storage_may_be_another(shelf: Shelf) -> None:
    shelf.desk.put("Collections/Lake/IMG_1.jpg", OTHER)
    shelf.put("IMG_1.jpg", DATA)
    shelf.put("a:b.jpg.part", jpeg(n=3))
    assert sorted(shelf.names()) == ["IMG_1.jpg", "a:b.jpg.part"]
    shelf.read()
    assert shelf.members() == ["IMG_1 (2).jpg", "a_b_jpg_part"]


def ends_after(data: bytes) -> Iterator[bytes]:
    yield data
    raise SenderEnded("the client went away")


def test_nothing_is_kept_of_what_ends_early(shelf: Shelf) -> None:
    for size in (None, 1000):
        with pytest.raises(SenderEnded):
            shelf.put("IMG_1.jpg", ends_after(DATA), size=size)
    with pytest.raises(SenderEnded):
        shelf.put("IMG_1.jpg", [DATA], size=1000)
    shelf.have("summer.jpg", DATA)
    with pytest.raises(SenderEnded):
        shelf.put("IMG_1.jpg", [DATA], size=1000)
    assert (shelf.names(), shelf.members(), list(shelf.files())) == ({}, [], ["Two/summer.jpg"])


def test_what_ends_while_the_bytes_come_takes_nothing(shelf: Shelf) -> None:
    def gone() -> Iterator[bytes]:
        yield LARGE
        collections.delete(shelf.anna, shelf.lake.pid)
        yield b"and some more"

    with pytest.raises(NotFound):
        shelf.put("IMG_1.jpg", gone())
    assert shelf.files() == {}

    other = shelf.collection("Other")

    def disabled() -> Iterator[bytes]:
        yield LARGE
        accounts.disable_person(accounts.OPERATOR, User.get_by_id(shelf.anna.user_id).pid)

    with pytest.raises(AccessDenied):
        shelf.put("IMG_1.jpg", disabled(), other)
    assert shelf.files() == {}
    assert Handed.select().count() == 0
    assert CollectionItem.select().count() == 0


def test_without_a_storage_to_write_to_nothing_is_taken(shelf: Shelf) -> None:
    taken: list[bytes] = []

    def bytes_of() -> Iterator[bytes]:
        taken.append(DATA)
        yield DATA

    Storage.update(writable=False).execute()
    with pytest.raises(UsageError, match="Choose in your settings"):
        shelf.put("IMG_1.jpg", bytes_of())
    Storage.update(writable=True).execute()
    User.update(default_storage_id=None).execute()
    with pytest.raises(UsageError, match="Choose in your settings"):
        shelf.put("IMG_1.jpg", bytes_of())
    assert (taken, shelf.names()) == ([], {})


def test_what_is_in_a_collection_by_somebody_else_does_not_come_into_hers(shelf: Shelf) -> None:
    """A row that leads to a file of somebody else's is worth nothing, however it came to be."""
    shelf.put("IMG_1.jpg", DATA)
    Collection.update(owner=shelf.ben.user_id).execute()
    shelf.read()
    assert CollectionItem.select().count() == 0
    assert Handed.select().count() == 0


def test_a_collection_of_somebody_else_is_not_there(shelf: Shelf) -> None:
    theirs = collections.create(shelf.ben, collections.Draft("Ben's"))
    with pytest.raises(NotFound):
        shelf.put("IMG_1.jpg", DATA, theirs)
    assert shelf.files() == {}


def test_a_full_or_closed_storage_is_told_as_it_is(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    for error in (StorageFull("full"), ReadOnly("closed")):

        def fail(*_: object, error: Exception = error, **__: object) -> None:
            raise error

        monkeypatch.setattr(shelf.desk.filing, "upload", fail)
        with pytest.raises(type(error)):
            shelf.put("IMG_1.jpg", DATA)
    assert shelf.names() == {}


def test_a_merge_does_not_lose_what_was_put(shelf: Shelf) -> None:
    """The same picture with other metadata, in another storage, is read in between: one item, and it is in there."""
    shelf.have("old.jpg", jpeg(n=1, scan="lake"))
    shelf.put("new.jpg", jpeg(n=2, scan="lake"))
    shelf.read()
    assert shelf.members() == ["old.jpg"]
    assert shelf.names() == {"new.jpg": "here"}
