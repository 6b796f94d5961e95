"""`Events/<event>/…`: what a person finds at each open event that they organise or take part in, as files.

Of what others brought only what may be downloaded is here: an event that only shows its pictures is an empty folder,
and so is one at which nobody but the organisers sees what came. An event that is over is not here.

In `Inbox/`, where pictures may be brought, is what the person brought one by one, and nobody else's.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from services import events
from services.errors import NotFound
from services.events import Card
from services.handing import Name, names_in
from services.names import fold
from services.viewers import Viewer
from virtualfs import names
from virtualfs.albums import Album, ListBranch, Shown, entries_of, find, named
from virtualfs.nodes import Folder, Node

INBOX = "Inbox"
_RESERVED = frozenset({fold(INBOX)})


class EventsBranch(ListBranch):
    """The branch of a person's events."""

    name = "Events"

    def all(self, viewer: Viewer) -> dict[str, Album]:
        """See ListBranch."""
        return named(self.name, viewer, "events", [_event(viewer, card) for card in _open(viewer)])

    def resolve(self, viewer: Viewer, segments: Sequence[str]) -> Node:
        """See Branch."""
        first, *rest = [names.asked(segment) for segment in segments]
        album = find(self.all(viewer), first)
        if rest and is_inbox(rest[0]):
            inbox = self._inboxes(viewer).get(album.collection.id)
            if inbox is not None:
                return self.albums.resolve(inbox, rest[1:])
        return self.albums.resolve(album, rest)

    def children(self, viewer: Viewer, folder: Folder) -> Iterable[Node]:
        """See Branch."""
        if folder.place.kind == "top" or folder.place.within > 0:
            inboxes = self._inboxes(viewer) if folder.place.kind == "collection" else {}
            own = inboxes.get(folder.place.within)
            entries = super().children(viewer, folder)
            return entries if own is None else [own.root(), *entries]
        return entries_of(self.albums, self._inboxes(viewer).values(), folder.place)

    def event(self, viewer: Viewer, name: str) -> str:
        """The id of the event of this name, if the viewer may bring pictures to it. Raises NotFound."""
        collection = find(self.all(viewer), names.asked(name)).collection.id
        for card in _open(viewer):
            if card.event.collection_id == collection and card.may_contribute:
                return str(card.event.pid)
        raise NotFound

    def _inboxes(self, viewer: Viewer) -> dict[int, Album]:
        """The inboxes that are open to the viewer, by the collections of their events."""
        return {
            card.event.collection_id: Album(
                self.name, viewer, INBOX, _inbox(viewer, card), key="inbox", number=-card.event.collection_id
            )
            for card in _open(viewer)
            if card.may_contribute
        }


def is_inbox(name: str) -> bool:
    """Whether a name in the folder of an event is that of its inbox."""
    return fold(names.asked(name)) in _RESERVED


def _open(viewer: Viewer) -> list[Card]:
    cards = events.cards(viewer, counted=False)
    return [card for card in cards if card.state == "open" and card.event.owner.active]


def _event(viewer: Viewer, card: Card) -> Shown:
    inside = partial(events.files_of, viewer, card)
    return Shown(card.event.collection, card.event.name, inside, reserved=_RESERVED)


def _inbox(viewer: Viewer, card: Card) -> Shown:
    return Shown(
        card.event.collection, INBOX, partial(events.brought_files, viewer, card),
        handed=partial(_handed, viewer, card),
    )  # fmt: skip


def _handed(viewer: Viewer, card: Card, **which: Any) -> Sequence[Name]:
    collection = events.gathered(viewer, card)
    return () if collection is None else names_in(viewer, collection.id, **which)
