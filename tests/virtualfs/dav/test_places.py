"""Paths as places: what the tree has, what only the drive has, and addresses out of headers."""

import pytest

from services.errors import NotFound
from tests.virtualfs.household import Home
from virtualfs.dav.errors import Refused
from virtualfs.dav.junk import Junk
from virtualfs.dav.places import Places, is_left, tags_of, target_of
from virtualfs.nodes import File


@pytest.fixture
def places(home: Home) -> Places:
    home.allow_writing()
    return Places(home.tree, Junk())


def test_what_only_the_drive_has(home: Home, places: Places) -> None:
    here = ("Storages", "Photos", "._a.jpg")
    assert places.find(home.viewer, here) is None
    url = places.url(home.viewer, here)
    assert url == f"/Storages/{home.storage.id}/._a.jpg"
    places.junk.put(home.viewer, url, [b"1234"])
    node = places.get(home.viewer, here)
    assert isinstance(node, File)
    assert (node.name, node.size) == ("._a.jpg", 4)
    with pytest.raises(NotFound):
        home.tree.resolve(home.viewer, here)
    for path in (("Library", "._a"), ("._a",), ("Storages", ".DS_Store"), ()):
        assert places.url(home.viewer, path) is None


def test_tags(home: Home, places: Places) -> None:
    file = home.file("a.jpg")
    node = places.get(home.viewer, ("Storages", "Photos", "a.jpg"))
    assert tags_of(home.viewer, node) == {node.etag, f"{file.pid}-{file.size:x}-{file.mtime_ns:x}"}
    assert tags_of(home.viewer, None) == frozenset()
    assert tags_of(home.viewer, places.get(home.viewer, ())) == {places.get(home.viewer, ()).etag}


@pytest.mark.parametrize(("address", "segments"), [
    ("/dav/a/b%20c", ("a", "b c")), ("http://host:4976/dav/a", ("a",)), ("https://h/dav/a%2B%3B;x?y#z", ("a+;;x",)),
    ("/dav/K\u00c3\u00b6ln", ("Köln",)), ("/dav/a b", ("a b",)), ("/dav", ()), ("/dav/", ()), (" /dav/a/ ", ("a",)),
    ("/dav/100%", ("100%",)),
])  # fmt: skip
def test_addresses(address: str, segments: tuple[str, ...]) -> None:
    assert target_of(address, "/dav") == segments


@pytest.mark.parametrize(("address", "status"), [
    ("/other/a", 502), ("/davx", 502), ("a", 502), ("http://h/", 502), ("/dav/../x", 400), ("/dav/a%2fb", 400),
    ("/dav/a%00", 400), ("http://[bad/dav/a", 400), ("/dav/\u20ac", 400), ("", 502),
])  # fmt: skip
def test_addresses_that_are_none(address: str, status: int) -> None:
    with pytest.raises(Refused) as refused:
        target_of(address, "/dav")
    assert refused.value.status == status


@pytest.mark.parametrize(("name", "left"), [
    ("._a.jpg", True), (".DS_Store", True), ("Thumbs.db", True), ("desktop.ini", True), (".metadata_never_index", True),
    ("a.jpg", False), (".hidden", False), ("folder.jpg", False),
])  # fmt: skip
def test_names_of_what_is_left_behind(name: str, left: bool) -> None:
    assert is_left(name) == left
