"""A folder that was made for a file that did not come goes again; every other one stays."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.errors import SenderEnded
from services.media.sniff import HEAD
from services.models import FileOperation, Folder, Storage, database
from services.names import shown
from tests.fakes import jpeg
from tests.services.handing.shelf import Shelf

pytestmark = pytest.mark.db

DATA, OTHER = jpeg(n=1), jpeg(n=2)
LARGE = OTHER + bytes(HEAD)
LAKE = "Collections/Lake"


def folders(shelf: Shelf, path: str = "", row: Storage | None = None) -> list[str]:
    """The folders of the default storage for people to see."""
    entries = shelf.desk.adapter(row or shelf.desk.one).list(path).entries
    here = [entry.path for entry in entries if entry.is_dir and not entry.name.startswith(".hypomos")]
    return sorted(here + [inner for each in here for inner in folders(shelf, each)])


def known(shelf: Shelf) -> list[str]:
    """The folders that the catalogue has in it."""
    here = (Folder.storage == shelf.desk.one.id) & ~Folder.gone & (Folder.path != "")
    return sorted(shown(path) for (path,) in Folder.select(Folder.path).where(here).tuples())


def agree(shelf: Shelf) -> bool:
    return known(shelf) == folders(shelf) and not FileOperation.select().exists()


def ended_early() -> Iterator[bytes]:
    """It ends after its head was read, and the folder made."""
    yield LARGE
    raise SenderEnded("The sender ended early.")


def test_of_what_she_has_already_no_folder_stays(shelf: Shelf) -> None:
    shelf.have("old/summer.jpg", DATA)
    shelf.put("IMG_1.jpg", DATA)
    assert shelf.members() == ["summer.jpg"]
    assert folders(shelf) == []
    assert agree(shelf)
    shelf.put("IMG_2.jpg", OTHER)
    shelf.put("IMG_3.jpg", DATA)
    assert folders(shelf) == ["Collections", LAKE]
    assert agree(shelf)


def test_of_what_ends_early_no_folder_stays(shelf: Shelf) -> None:
    made: list[list[str]] = []

    def ended() -> Iterator[bytes]:
        yield LARGE
        made.append(folders(shelf))
        yield from ended_early()

    with pytest.raises(SenderEnded):
        shelf.put("IMG_1.jpg", ended())
    assert made == [["Collections", LAKE]]
    assert folders(shelf) == []
    assert agree(shelf)


def test_a_folder_that_was_there_stays(shelf: Shelf) -> None:
    shelf.desk.filing.make_folder(shelf.anna, shelf.desk.one.pid, "Collections")
    with pytest.raises(SenderEnded):
        shelf.put("IMG_1.jpg", ended_early())
    assert folders(shelf) == ["Collections"]
    shelf.desk.filing.make_folder(shelf.anna, shelf.desk.one.pid, LAKE)
    with pytest.raises(SenderEnded):
        shelf.put("IMG_1.jpg", ended_early())
    assert folders(shelf) == ["Collections", LAKE]
    assert agree(shelf)


def test_a_folder_that_somebody_else_put_something_into_stays(shelf: Shelf) -> None:
    def between() -> Iterator[bytes]:
        yield LARGE
        shelf.desk.put("Collections/Lake/.hidden", b"theirs")
        raise SenderEnded("The sender ended early.")

    with pytest.raises(SenderEnded):
        shelf.put("IMG_1.jpg", between())
    assert folders(shelf) == ["Collections", LAKE]
    assert shelf.desk.read("Collections/Lake/.hidden") == b"theirs"


def test_a_folder_stays_while_another_file_is_on_its_way(shelf: Shelf) -> None:
    shelf.have("old/summer.jpg", DATA)
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> Iterator[bytes]:
        yield LARGE
        begun.set()
        assert go_on.wait(30)

    def other() -> None:
        try:
            shelf.put("IMG_2.jpg", slow(), size=len(LARGE))
        finally:
            database.close()

    with ThreadPoolExecutor(1) as threads:
        written = threads.submit(other)
        try:
            assert begun.wait(30)
            shelf.put("IMG_1.jpg", DATA)
            assert LAKE in folders(shelf)
        finally:
            go_on.set()
        written.result()
    assert sorted(shelf.files()) == ["One/Collections/Lake/IMG_2.jpg", "Two/old/summer.jpg"]
    assert agree(shelf)
