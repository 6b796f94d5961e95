"""A request's two places by the paths that wsgidav has for them, and canonical addresses in the client's eyes."""

import pytest

from tests.virtualfs.dav.asking import asked, parts
from tests.virtualfs.household import Home
from virtualfs.dav.asked import address_of

HERE, THERE = "Storages/Photos/trip/a.jpg", "Storages/Photos/b.jpg"


@pytest.mark.parametrize(("path", "place"), [
    ("/of/it", HERE), ("/of/it/", HERE), ("/of/", "Storages/Photos/trip"), ("/of", "Storages/Photos/trip"),
    ("/to/it", THERE), ("/to/", "Storages/Photos"), ("/", None), ("/x/it", None),
])  # fmt: skip
def test_four_paths(home: Home, path: str, place: str | None) -> None:
    assert asked(home, HERE, target=THERE).place(path) == (None if place is None else parts(place))


def test_nothing_is_above_the_top_and_without_a_target_there_is_none(home: Home) -> None:
    assert asked(home, "").place("/of/it") == ()
    assert asked(home, "").place("/of/") is None
    assert asked(home, HERE).place("/to/it") is None


def test_addresses_near_to_what_was_named(home: Home) -> None:
    home.allow_writing()
    home.file("trip/a.jpg")
    request, number = asked(home, HERE, target=THERE), home.storage.id
    for url, address in (
        (f"/Storages/{number}/trip/a.jpg", f"/dav/{HERE}"), (f"/Storages/{number}/trip", "/dav/Storages/Photos/trip"),
        (f"/Storages/{number}/trip/c/d.jpg", "/dav/Storages/Photos/trip/c/d.jpg"),
        (f"/Storages/{number}", "/dav/Storages/Photos"), (f"/Storages/{number + 1}/trip", None), ("/Events/1", None),
    ):  # fmt: skip
        assert address_of(request, url) == address
