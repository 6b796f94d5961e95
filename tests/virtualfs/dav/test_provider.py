"""The provider of wsgidav sees the same tree, for the same viewer, by places and never by paths."""

import pytest

from services.models import Storage, counters, transaction
from tests.factories import Make
from tests.virtualfs.dav.asking import asked, resource
from tests.virtualfs.household import Home
from virtualfs.dav.resources import FileResource, FolderResource

pytestmark = pytest.mark.db


def test_the_tree_is_the_same(home: Home, make: Make) -> None:
    home.file("trip/a.jpg")
    path = "Storages/Photos/trip/a.jpg"
    assert isinstance(resource(asked(home, "")), FolderResource)
    assert resource(asked(home, ""), "/of/") is None
    assert isinstance(resource(asked(home, path)), FileResource)
    assert isinstance(resource(asked(home, path), "/of/"), FolderResource)
    assert resource(asked(home, "Storages/Photos/b.jpg")) is None
    assert resource(asked(home, path, viewer=make.viewer(make.user("ben")))) is None
    with transaction():
        Storage.update(removed_at=1).execute()
        counters.bump_policy()
    assert resource(asked(home, path)) is None


def test_the_target_is_noted_when_it_is_there(home: Home) -> None:
    home.file("trip/a.jpg")
    path = "Storages/Photos/trip/a.jpg"
    request = asked(home, path, target="Storages/Photos/trip/b.jpg")
    assert resource(request, "/to/it") is None
    assert isinstance(resource(request, "/to/"), FolderResource)
    assert not request.is_replacing
    taken = asked(home, path, target="Storages/Photos/trip")
    assert isinstance(resource(taken, "/to/it"), FolderResource)
    assert taken.is_replacing
    renamed = asked(home, path, target="Storages/Photos/trip/A.JPG", is_rename=True)
    assert resource(renamed, "/to/it") is None
    assert resource(asked(home, path), "/to/it") is None
    assert resource(asked(home, path), "/elsewhere/it") is None
