"""The names under which files were handed in: whose they are, and what becomes of them."""

import pytest

from services import clock, handing
from services.handing.names import announce, named
from services.models import File, Handed
from tests.fakes import jpeg
from tests.services.handing.shelf import Shelf

pytestmark = pytest.mark.db


def test_nobody_else_meets_them(shelf: Shelf) -> None:
    shelf.share()
    shelf.put("IMG_1.jpg", jpeg(n=1))
    shelf.put("empty.jpg", b"")
    assert [name.name for name in handing.names_in(shelf.anna, shelf.lake.id)] == ["IMG_1.jpg", "empty.jpg"]
    assert list(handing.names_in(shelf.ben, shelf.lake.id)) == []
    assert named(shelf.anna, shelf.lake.id, "img_1.jpg") is not None
    assert named(shelf.ben, shelf.lake.id, "IMG_1.jpg") is None
    with pytest.raises(AssertionError):
        announce(shelf.ben, shelf.lake, "x.jpg")


def test_what_is_gone_from_the_storage_is_gone(shelf: Shelf) -> None:
    shelf.put("IMG_1.jpg", jpeg(n=1))
    shelf.put("IMG_2.jpg", jpeg(n=2))
    File.update(presence="missing", absent_since=1).where(File.name == "IMG_1.jpg").execute()
    assert shelf.names() == {"IMG_2.jpg": "waits"}
    shelf.desk.filing.delete(shelf.anna, shelf.desk.one.pid, "Collections/Lake/IMG_2.jpg")
    assert shelf.names() == {}
    shelf.read()
    assert shelf.members() == ["IMG_1.jpg"], "it was there after all"


def test_a_name_that_is_forgotten_brings_nothing_in(shelf: Shelf) -> None:
    shelf.put("IMG_1.jpg", jpeg(n=1))
    before = shelf.files()
    handing.forget(shelf.ben, shelf.lake, "IMG_1.jpg")
    assert shelf.names() == {"IMG_1.jpg": "waits"}, "it is not his"
    handing.forget(shelf.anna, shelf.lake, "img_1.jpg")
    handing.forget(shelf.anna, shelf.lake, "nothing.jpg")
    shelf.read()
    assert (shelf.names(), shelf.members(), shelf.files()) == ({}, [], before)


def test_what_was_only_announced_is_forgotten_after_an_hour(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.put("empty.jpg", b"")
    shelf.put("IMG_1.jpg", jpeg(n=1))
    assert handing.forget_stale() == 0
    later = (clock.now() + clock.HOUR + clock.SECOND) / clock.SECOND
    monkeypatch.setattr(clock, "source", lambda: later)
    assert handing.forget_stale() == 1
    assert shelf.names() == {"IMG_1.jpg": "waits"}


def test_a_member_can_be_called_something_of_its_own(shelf: Shelf) -> None:
    item = shelf.have("summer.jpg", jpeg(n=1))
    file = shelf.file_of(item)
    handing.bring(shelf.anna, shelf.into(), "summer.jpg", file.id)
    handing.call(shelf.anna, shelf.lake, "lake.jpg", file.id)
    assert shelf.names() == {"lake.jpg": "here"}
    assert Handed.get().waits is False
    handing.call(shelf.anna, shelf.lake, "sea.jpg", file.id)
    assert shelf.names() == {"lake.jpg": "here", "sea.jpg": "also"}
    assert [n.name for n in handing.names_in(shelf.anna, shelf.lake.id, loose=True)] == ["sea.jpg"]
    assert [n.name for n in handing.names_in(shelf.anna, shelf.lake.id, name="LAKE.jpg")] == ["lake.jpg"]
