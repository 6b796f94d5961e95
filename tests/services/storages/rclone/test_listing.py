"""What the running rclone says of itself, read once for each version."""

from typing import Any

import pytest

from services.errors import Unavailable
from services.storages.rclone import Daemon
from services.storages.rclone.listing import Listings, read
from tests import rclone_running

SAID = {
    "Name": "it",
    "Options": [
        {
            "Name": "place", "Help": "Where.", "Type": "string", "DefaultStr": "here", "Required": True,
            "IsPassword": False, "Sensitive": True, "Advanced": True, "Exclusive": True, "Provider": "a,b",
            "Examples": [{"Value": "x", "Help": "X"}],
        },
        {"Name": "bare"},
    ],
}  # fmt: skip


class Played:
    def __init__(self, version: str = "v1.75.2") -> None:
        self.version = version
        self.calls: list[str] = []

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        self.calls.append(method)
        if method == "core/version":
            numbers = [int(part) for part in self.version[1:].split(".")]
            return {"version": self.version, "decomposed": numbers}
        return {"providers": [SAID]}


def test_an_option_as_rclone_has_it() -> None:
    place, bare = read([SAID])["it"].options
    assert (place.name, place.help, place.type, place.default, place.provider) == (
        "place", "Where.", "string", "here", "a,b",
    )  # fmt: skip
    assert (place.required, place.password, place.sensitive, place.advanced, place.exclusive) == (
        True, False, True, True, True,
    )  # fmt: skip
    assert place.examples == (("x", "X"),)
    assert (bare.type, bare.required, bare.examples) == ("", False, ())


def test_it_is_asked_for_once_a_version() -> None:
    played = Played()
    listings = Listings(played)
    assert listings.get() is listings.get()
    assert played.calls.count("config/providers") == 1
    played.version = "v1.76.0"
    listings.get()
    assert played.calls.count("config/providers") == 2


def test_an_old_rclone_shapes_nothing() -> None:
    played = Played("v1.60.1")
    with pytest.raises(Unavailable, match="too old"):
        Listings(played).get()
    assert "config/providers" not in played.calls


def test_the_daemon_says_what_the_program_says(daemon: Daemon) -> None:
    said = Listings(daemon).get()
    assert {**said, "cache": None} == {**read(list(rclone_running.listing().values())), "cache": None}
    # the folder where that one would keep its files follows from the home of each process
