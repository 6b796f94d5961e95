"""A request to wsgidav's half as its provider and resources meet it."""

from typing import Any

from services.drive.locks import holder_of
from tests.virtualfs.household import Home
from virtualfs.dav.asked import ASKED, Asked
from virtualfs.dav.conditions import NONE
from virtualfs.dav.junk import Junk
from virtualfs.dav.locking import Locks
from virtualfs.dav.places import Places
from virtualfs.dav.provider import TreeProvider
from virtualfs.dav.resources import FileResource, FolderResource


def parts(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.split("/") if part)


def asked(home: Home, path: str, *, target: str | None = None, **more: Any) -> Asked:
    places = Places(home.tree, Junk())
    given = {"target": None if target is None else parts(target), **more}
    viewer = given.pop("viewer", home.viewer)
    return Asked(viewer, holder_of(viewer), parts(path), "/dav", places, Locks(), NONE, **given)


def resource(request: Asked, path: str = "/of/it") -> FileResource | FolderResource | None:
    """What the provider has at one of the two places of a request."""
    provider = TreeProvider()
    provider.set_lock_manager(request.locks)
    environ = {ASKED: request, "wsgidav.provider": provider, "wsgidav.config": {}}
    return provider.get_resource_inst(path, environ)
