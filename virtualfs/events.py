"""`Events/<event>/…`: what a person finds at each open event that they organise or take part in, as files.

Of what others brought only what may be downloaded is here: an event that only shows its pictures is an empty folder,
and so is one at which nobody but the organisers sees what came. An event that is over is not here.
"""

from collections.abc import Iterable, Sequence
from functools import partial

from services import events
from services.viewers import Viewer
from virtualfs import names
from virtualfs.albums import Album, AlbumBranch, Shown, entries_of, find, named
from virtualfs.nodes import Folder, Node


class EventsBranch(AlbumBranch):
    """The branch of a person's events."""

    name = "Events"

    def resolve(self, viewer: Viewer, segments: Sequence[str]) -> Node:
        """See Branch."""
        first, *rest = [names.asked(segment) for segment in segments]
        return self.albums.resolve(find(self._all(viewer), first), rest)

    def children(self, viewer: Viewer, folder: Folder) -> Iterable[Node]:
        """See Branch."""
        found = self._all(viewer)
        if folder.place.kind == "top":
            return [album.root() for album in found.values()]
        return entries_of(self.albums, found.values(), folder.place)

    def _all(self, viewer: Viewer) -> dict[str, Album]:
        shown = [
            Shown(card.event.collection, card.event.name, partial(events.files_of, viewer, card))
            for card in events.cards(viewer, counted=False)
            if card.state == "open" and card.event.owner.active
        ]
        return named(self.name, viewer, "events", shown)
