"""Resources for wsgidav: every door to a change is closed, with a 403 and never a 500."""

import inspect
from collections.abc import Callable

import pytest
from wsgidav.dav_error import HTTP_FORBIDDEN, DAVError

from virtualfs.dav.resources import FileResource, FolderResource, resource_for
from virtualfs.nodes import File, Folder, Node, Place

FILE = File("a.jpg", 12, 5.0, 4.0, "tag", "image/jpeg", None)
FOLDER = Folder("2026", 5.0, 4.0, "1-2", Place("Library", "year", 2026))
ENVIRON = {"wsgidav.provider": None}


def made(node: Node) -> FileResource | FolderResource:
    return resource_for("/x", ENVIRON, node)


@pytest.mark.parametrize("node", [FILE, FOLDER])
def test_what_is_known_of_a_node(node: Node) -> None:
    resource = made(node)
    assert resource.is_collection == isinstance(node, Folder)
    assert (resource.get_display_name(), resource.get_etag()) == (node.name, node.etag)
    assert (resource.get_last_modified(), resource.get_creation_date()) == (5.0, 4.0)
    assert resource.prevent_locking()
    assert resource.support_etag()


def test_files_have_size_and_type_and_folders_show_no_members() -> None:
    file, folder = made(FILE), made(FOLDER)
    assert (file.get_content_length(), file.get_content_type()) == (12, "image/jpeg")
    assert isinstance(folder, FolderResource)
    assert folder.get_member_names() == []


@pytest.mark.parametrize("node", [FILE, FOLDER])
def test_every_change_is_403(node: Node) -> None:
    resource = made(node)
    doors: list[Callable[[], object]] = [
        lambda: resource.handle_delete(),
        lambda: resource.delete(),
        lambda: resource.handle_copy("/y", depth_infinity=True),
        lambda: resource.handle_move("/y"),
        lambda: resource.copy_move_single("/y", is_move=False),
        lambda: resource.set_property_value("{urn:x}a", None),
        lambda: resource.set_last_modified("/x", "0", dry_run=False),
    ]
    if isinstance(resource, FolderResource):
        doors += [lambda: resource.create_collection("y"), lambda: resource.create_empty_resource("y")]
    else:
        doors += [lambda: resource.begin_write(), lambda: resource.get_content()]
    for door in doors:
        with pytest.raises(DAVError) as refused:
            door()
        assert refused.value.value == HTTP_FORBIDDEN


FIND, KEEP = ("delete", "copy", "move", "create", "write", "set_"), ("get_", "is_", "support_", "_")
HARMLESS = {
    "end_write": "nothing begins to be written",
    "move_recursive": "support_recursive_move says no",
    "remove_all_locks": "there are none",
    "remove_all_properties": "there are none",
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
