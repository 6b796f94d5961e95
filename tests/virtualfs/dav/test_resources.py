"""Resources for wsgidav: where nothing can be written every door to a change is closed, with 403 and never a 500."""

import inspect
from collections.abc import Callable

import pytest
from wsgidav.dav_error import HTTP_FORBIDDEN, DAVError

from services.errors import ReadOnly
from tests.virtualfs.dav.asking import asked, resource
from tests.virtualfs.household import Home
from virtualfs.dav.asked import Asked
from virtualfs.dav.resources import FileResource, FolderResource

PLACES = ("Storages/Photos/trip/a.jpg", "Storages/Photos/trip", "Library", "")


def made(request: Asked) -> FileResource | FolderResource:
    found = resource(request)
    assert found is not None
    return found


@pytest.fixture
def furnished(home: Home) -> Home:
    home.file("trip/a.jpg", b"hello, world")
    return home


def test_what_is_known_of_a_node(furnished: Home) -> None:
    file, folder = made(asked(furnished, PLACES[0])), made(asked(furnished, PLACES[1]))
    assert (file.is_collection, folder.is_collection) == (False, True)
    assert (file.get_content_length(), file.get_content_type()) == (12, "image/jpeg")
    assert isinstance(folder, FolderResource)
    assert folder.get_member_names() == []
    for each, name in ((file, "a.jpg"), (folder, "trip")):
        assert (each.get_display_name(), each.get_last_modified()) == (name, each.get_creation_date())
        assert each.support_etag()
        assert '"' not in each.get_etag()
        assert each.prevent_locking()
        assert each.get_ref_url().startswith("/for-reading/Storages/")
    furnished.allow_writing()
    assert not made(asked(furnished, PLACES[0])).prevent_locking()
    assert made(asked(furnished, PLACES[0])).get_ref_url() == f"/Storages/{furnished.storage.id}/trip/a.jpg"
    assert made(asked(furnished, PLACES[1])).get_href() == "/dav/Storages/Photos/trip/"


@pytest.mark.parametrize("place", PLACES)
def test_every_change_is_403_where_nothing_can_be_written(furnished: Home, place: str) -> None:
    request = asked(furnished, place, target="Library/x")
    it = made(request)
    for attempt in (
        it.handle_delete,
        lambda: it.handle_move("/to/it"),
        lambda: it.handle_copy("/to/it", depth_infinity=True),
    ):
        request.error = None
        assert attempt()
        assert isinstance(request.error, ReadOnly)
    doors: list[Callable[[], object]] = [
        it.delete, lambda: it.copy_move_single("/y", is_move=False), lambda: it.set_property_value("{urn:x}a", None),
    ]  # fmt: skip
    if isinstance(it, FileResource):
        doors += [it.begin_write, it.get_content]
    for door in doors:
        with pytest.raises(DAVError) as refused:
            door()
        assert refused.value.value == HTTP_FORBIDDEN
    if isinstance(it, FolderResource) and place:
        inside = asked(furnished, f"{place}/new")
        folder = resource(inside, "/of/")
        assert isinstance(folder, FolderResource)
        for act in (folder.create_collection, folder.create_empty_resource):
            with pytest.raises(ReadOnly):
                act("it")


FIND, KEEP = ("delete", "copy", "move", "create", "write", "set_"), ("get_", "is_", "support_", "_")
HARMLESS = {
    "end_write": "nothing begins to be written",
    "move_recursive": "handle_move has done it",
    "remove_all_locks": "handle_delete and handle_move do it",
    "remove_all_properties": "they go with their rows",
    "set_last_modified": "asked by no verb that comes this way",
}


@pytest.mark.parametrize(("kind", "of_the_other"), [
    (FileResource, {"create_collection", "create_empty_resource"}), (FolderResource, {"begin_write"}),
])  # fmt: skip
def test_no_door_of_wsgidav_was_forgotten(kind: type, of_the_other: set[str]) -> None:
    """A method that changes something and is still wsgidav's own is a 500, or worse."""
    left = {
        name
        for name, method in inspect.getmembers(kind, inspect.isfunction)
        if method.__module__.startswith("wsgidav")
        and not name.startswith(KEEP)
        and any(word in name for word in FIND)
    }
    assert left - of_the_other <= set(HARMLESS)
