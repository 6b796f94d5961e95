"""The inbox of an event, for one person: what they brought to it one by one, and where they put more.

Nobody finds there what others brought. What is put there comes in like every contribution: by reference, out of
the person's own storage, and it waits where the event asks. It is put there over the network drive (`inbox`), or sent
from a browser (`own_target`, and `come_in` when it is stored).
"""

import dataclasses
from typing import Any

from services import access
from services.access.ends import moment
from services.accounts.acting import viewer_of
from services.collections import files
from services.collections.files import Inside
from services.downloads.names import safe
from services.errors import AccessDenied, Conflict, NotFound
from services.events import contributing
from services.events.seeing import Card, is_open
from services.filing import Filing
from services.handing import Into
from services.models import Collection, CollectionItem, Event, Item, Upload, User
from services.uploads import Target, targets
from services.uploads.names import clean
from services.uploads.visits import takes_part
from services.viewers import Viewer

FOLDER = "Events"
"""The folder of a storage in which those of the events lie."""

STAYED_OUT = "It is in your storage alone: you left this event meanwhile."


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

    return Into(_folder(card.event), find, make, own_only=True)


def own_target(
    viewer: Viewer, filing: Filing, pid: str, *, storage: str | None = None, folder: str = ""
) -> Target:
    """Where a person's file goes that they bring to an event: a storage of their own, by default the default one.

    Raises NotFound, Conflict when they may bring nothing (any more), ReadOnly, UsageError when there is no storage.
    """
    event = contributing.require_open(viewer, pid).event
    target = targets.own_target(viewer, filing, storage, folder or _folder(event))
    return dataclasses.replace(target, event=event.id)


def come_in(upload: Upload, event: Event, item: Item) -> str:
    """Contribute what a person sent to an event and what is an item of theirs now, as far as they may still.

    Call inside the transaction that says so. Answers why it stayed out, in words for them; nothing when it came in.
    """
    if not Upload.select().where((Upload.id == upload.id) & takes_part(moment())).exists():
        return contributing.OVER if not is_open(event) else STAYED_OUT
    try:
        contributing.contribute_items(viewer_of(User.get_by_id(upload.user_id)), event.pid, [item.pid])
    except Conflict as error:
        return str(error)
    except (AccessDenied, NotFound):
        return STAYED_OUT
    return ""


def _folder(event: Event) -> str:
    return f"{FOLDER}/{clean(safe(event.name, 'event'))}"
