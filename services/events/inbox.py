"""The inbox of an event, for one person: what they brought to it one by one, and where they put more.

Nobody finds there what others brought. What is put there comes in like every contribution: by reference, out of
the person's own storage, and it waits where the event asks.
"""

from typing import Any

from services import access
from services.collections import files
from services.collections.files import Inside
from services.downloads.names import safe
from services.events import contributing
from services.events.seeing import Card
from services.handing import Into
from services.models import Collection, CollectionItem, Item
from services.uploads.names import clean
from services.viewers import Viewer

FOLDER = "Events"
"""The folder of a storage in which those of the events lie."""


def gathered(viewer: Viewer, card: Card) -> Collection | None:
    """The collection of what the viewer brought one by one; None when that was nothing yet."""
    event = card.event
    if event.owner_id == viewer.user_id:
        return Collection.get_by_id(event.collection_id)
    grant = contributing.single_grant(event, viewer.user_id)
    return None if grant is None else Collection.get_by_id(grant.collection_id)


def brought(viewer: Viewer, card: Card) -> Any:
    """What the viewer brought to an event one by one, whatever was decided about it, as a query of items."""
    collection = gathered(viewer, card)
    here = CollectionItem.shown_in(0 if collection is None else collection.id)
    return access.visible_items(viewer).where((Item.owner == viewer.user_id) & Item.id.in_(here))


def brought_files(viewer: Viewer, card: Card) -> Inside:
    """The files of that."""
    return files.mine(viewer, brought(viewer, card))


def inbox(viewer: Viewer, pid: str) -> Into:
    """Where the viewer's files go that are put into an event. Raises NotFound, Conflict once it is over."""
    card = contributing.require_open(viewer, pid)

    def find() -> Collection | None:
        return gathered(viewer, contributing.require_open(viewer, pid))

    def make() -> Collection:
        return contributing.single(viewer, contributing.require_open(viewer, pid).event)

    return Into(f"{FOLDER}/{clean(safe(card.event.name, 'event'))}", find, make, own_only=True)
