"""The provider of wsgidav sees the same tree, for the same viewer."""

import pytest

from services.models import Storage, counters, transaction
from tests.factories import Make
from tests.virtualfs.household import Home
from virtualfs.dav.provider import VIEWER, TreeProvider
from virtualfs.dav.resources import FileResource, FolderResource

pytestmark = pytest.mark.db


def test_the_tree_is_the_same(home: Home, make: Make) -> None:
    home.file("trip/a.jpg")
    provider = TreeProvider(home.tree)
    environ = {VIEWER: home.viewer, "wsgidav.provider": provider}
    assert isinstance(provider.get_resource_inst("/", environ), FolderResource)
    assert isinstance(provider.get_resource_inst("/Storages/Photos/trip/", environ), FolderResource)
    assert isinstance(provider.get_resource_inst("/Storages/Photos/trip/a.jpg", environ), FileResource)
    assert provider.get_resource_inst("/Storages/Photos/b.jpg", environ) is None
    theirs = {VIEWER: make.viewer(make.user("ben")), "wsgidav.provider": provider}
    assert provider.get_resource_inst("/Storages/Photos/trip/a.jpg", theirs) is None
    with transaction():
        Storage.update(removed_at=1).execute()
        counters.bump_policy()
    assert provider.get_resource_inst("/Storages/Photos/trip/a.jpg", environ) is None
