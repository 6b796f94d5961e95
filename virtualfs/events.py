"""`Events/<event>/…`: what a person finds at each open event that they organise or take part in, as files.

Of what others brought only what may be downloaded is here: an event that only shows its pictures is an empty folder,
and so is one at which nobody but the organisers sees what came. An event that is over is not here.
"""

from functools import partial

from services import events
from services.viewers import Viewer
from virtualfs.albums import Album, ListBranch, Shown, named


class EventsBranch(ListBranch):
    """The branch of a person's events."""

    name = "Events"

    def all(self, viewer: Viewer) -> dict[str, Album]:
        """See ListBranch."""
        shown = [
            Shown(card.event.collection, card.event.name, partial(events.files_of, viewer, card))
            for card in events.cards(viewer, counted=False)
            if card.state == "open" and card.event.owner.active
        ]
        return named(self.name, viewer, "events", shown)
