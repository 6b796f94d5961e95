"""What any guest of an event sees of the viewer's own pictures there, asked as when a guest looks.

For whoever is at the event: its organisers, and who takes part and contributes. Nothing of what others bring is told.
"""

from services.accounts.acting import require_current
from services.catalogue import Page
from services.events.seeing import find
from services.sharing import previewing
from services.viewers import Viewer


def preview(viewer: Viewer, pid: str, *, limit: int = 100, cursor: str | None = None) -> Page:
    """A page of the viewer's own items that guests of an event see, newest first. Raises NotFound, UsageError."""
    return previewing.previewed(viewer, _guest_of(viewer, pid), limit=limit, cursor=cursor)


def private_seen(viewer: Viewer, pid: str) -> int:
    """How many items that the viewer labelled private guests of an event see. Raises NotFound."""
    return previewing.private_among(viewer, previewing.seen_by(viewer, _guest_of(viewer, pid)))


def _guest_of(viewer: Viewer, pid: str) -> Viewer:
    """A guest who has brought nothing, of an event at which the viewer is."""
    require_current(viewer)
    event = find(viewer, pid).event
    return Viewer(user_id=0, login="", display="", kind="guest", event_id=event.id)
