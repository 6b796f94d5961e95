"""No surface is forgotten: every route and every top folder is declared, and what hands out items is asked."""

from pathlib import Path

import pytest
from starlette.routing import Route

from appliance.asgi import ANNOUNCED
from services import statistics
from services.accounts import Passwords
from services.events import Doors, Events
from services.traffic import Traffic
from services.viewers import Viewer
from tests.factories import Make
from tests.rights.surfaces import (
    AT_MOST,
    BY_PLACE,
    ELSEWHERE,
    FOLDERS,
    NONE,
    OWN,
    PROBES,
    ROUTES,
    SCREEN_PROBES,
    SCREEN_ROUTES,
)  # fmt: skip
from tests.tree import ROOT
from virtualfs.dlna.app import ADDRESSES
from virtualfs.nodes import Folder
from virtualfs.tree import Tree
from web.routes import routes


def test_every_route_is_declared_once() -> None:
    declared = [route for routes in ROUTES.values() for route in routes]
    there = {route.name for route in routes() if isinstance(route, Route)} | {" ".join(ANNOUNCED)}
    assert sorted(there - set(declared)) == [], "say in tests/rights/surfaces.py what this hands out"
    assert sorted(set(declared) - there) == [], "these are gone"
    assert len(declared) == len(set(declared))


def test_every_address_for_televisions_is_declared_once() -> None:
    declared = [route for routes in SCREEN_ROUTES.values() for route in routes]
    assert sorted(declared) == sorted(f"{verbs} {path}" for verbs, path, _ in ADDRESSES)
    assert set(SCREEN_ROUTES) - {NONE} == set(SCREEN_PROBES)


def test_every_folder_of_the_drive_is_declared(make: Make) -> None:
    viewer = make.viewer(make.user())
    tree = Tree()
    Events(Doors(b"k" * 32, Passwords(time_cost=1, memory_kib=64))).make(viewer, {"name": "Wedding"})
    tops = {path for path in FOLDERS if "/" not in path}
    assert folders(tree, viewer) == tops
    inside = {f"Events/<event>/{name}" for name in folders(tree, viewer, "Events", "Wedding")}
    assert inside == set(FOLDERS) - tops


def folders(tree: Tree, viewer: Viewer, *path: str) -> set[str]:
    node = tree.resolve(viewer, path)
    assert isinstance(node, Folder)
    return {each.name for each in tree.children(viewer, node)}


def test_every_surface_is_asked() -> None:
    asked = set(PROBES) | set(BY_PLACE) | set(AT_MOST) | set(ELSEWHERE)
    assert [test for test in ELSEWHERE.values() if not (ROOT / test).exists()] == []
    assert sorted((set(ROUTES) | set(FOLDERS.values())) - asked - {NONE, OWN}) == []


def test_figures_tell_of_nobody(make: Make, catalogue: Path) -> None:
    """What an administrator is shown of the whole appliance is numbers alone."""
    anna = make.user("anna")
    make.item(anna, "secret.jpg")
    for name, what, value in statistics.figures(Traffic()):
        assert isinstance(value, int | float)
        assert "anna" not in name + what
        assert "secret" not in name + what


@pytest.mark.parametrize("surface", sorted(PROBES))
def test_each_surface_gives_one_thing(surface: str) -> None:
    gives, _ = PROBES[surface]
    assert gives in {"list", "look", "read", "fetch"}
