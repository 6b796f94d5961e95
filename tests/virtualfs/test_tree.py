"""The top of the tree, and what holds for every path."""

import pytest

from services.errors import NotFound
from services.models import Storage, counters, transaction
from tests.factories import Make
from tests.virtualfs.household import Home
from virtualfs.nodes import File, Folder
from virtualfs.tree import Tree

pytestmark = pytest.mark.db


def test_the_top_shows_the_branches(home: Home) -> None:
    assert home.names("") == ["Collections", "Events", "Library", "Shared with me", "Storages"]
    assert home.names("library") == []
    assert home.resolve("").name == ""
    assert home.resolve("LIBRARY").name == "Library"


def test_a_person_without_anything_has_a_tree(make: Make) -> None:
    ben = make.viewer(make.user("ben"))
    tree = Tree()
    top = tree.resolve(ben, [])
    assert isinstance(top, Folder)
    for branch in tree.children(ben, top):
        assert isinstance(branch, Folder)
        assert list(tree.children(ben, branch)) == []


def test_junk_asks_no_database(home: Home) -> None:
    from services.models import database

    database.close()
    before = database.proxy.obj
    database.proxy.obj = None
    try:
        for path in ("._IMG_1.jpg", "Library/.DS_Store", "Storages/Photos/Thumbs.db/x", "desktop.ini"):
            with pytest.raises(NotFound):
                home.resolve(path)
        assert isinstance(home.resolve("Storages/Photos/.metadata_never_index"), File)
    finally:
        database.proxy.obj = before


def test_markers_are_empty_and_not_listed(home: Home) -> None:
    found = home.find(".ql_disablethumbnails")
    assert (found.size, found.original) == (0, None)
    assert ".ql_disablethumbnails" not in home.names("")


def test_unknown_branches_are_not_there(home: Home) -> None:
    for path in ("Inbox", "x", "Library2", "Storages.", "folder.jpg"):
        with pytest.raises(NotFound):
            home.resolve(path)


def test_what_is_kept_dies_with_the_right(home: Home) -> None:
    home.file("a.jpg")
    assert home.find("Storages/Photos/a.jpg").name == "a.jpg"
    with transaction():
        Storage.update(removed_at=1).execute()
        counters.bump_policy()
    with pytest.raises(NotFound):
        home.resolve("Storages/Photos/a.jpg")


def test_what_is_kept_belongs_to_one_person(home: Home, make: Make) -> None:
    home.file("a.jpg")
    home.find("Storages/Photos/a.jpg")
    ben = make.viewer(make.user("ben"))
    with pytest.raises(NotFound):
        home.tree.resolve(ben, ["Storages", "Photos", "a.jpg"])


def test_few_paths_are_kept(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("virtualfs.tree.KEPT_PATHS", 3)
    for number in range(6):
        home.file(f"{number}.jpg")
    for number in range(6):
        home.find(f"Storages/Photos/{number}.jpg")
    assert len(home.tree._kept) == 3
