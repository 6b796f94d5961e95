"""Writing in `Events/<event>/Inbox/`: putting a picture there brings it to the event, taking it away takes it back.

It comes in by reference, like everything that people bring: the bytes of what is put go to their default storage, and
it waits where the event asks. Nothing else of an event is changed here, and one that is over is not here.
"""

from services import events
from services.errors import ReadOnly
from services.handing import Handing
from services.viewers import Viewer
from virtualfs.events import INBOX, EventsBranch, is_inbox
from virtualfs.handing import HandingWriter, Spot
from virtualfs.writing import Act, Inside, Path

TOP = "Events are made and changed in the browser. What you bring to one is put into its Inbox."


class EventsWriter(HandingWriter):
    """Changes what the viewer brings to their open events."""

    def __init__(self, handing: Handing) -> None:
        self._events = EventsBranch()
        super().__init__(self._events, handing)
        self.why = TOP

    def spot(self, viewer: Viewer, path: Path) -> Spot:
        """See HandingWriter. Everybody has an inbox of their own."""
        if len(path) < 3 or not is_inbox(path[1]):
            raise ReadOnly(TOP)
        event = self._events.event(viewer, path[0])
        return Spot(events.inbox(viewer, event), self._address(viewer, event), 2)

    def require(self, viewer: Viewer, path: Path, act: Act) -> None:
        """See Writer. The inbox itself can be locked and described, not changed."""
        if len(path) == 2 and is_inbox(path[1]) and act in {"lock", "describe"}:
            self._events.event(viewer, path[0])
            return
        super().require(viewer, path, act)

    def canonical(self, viewer: Viewer, path: Path) -> str:
        """See HandingWriter."""
        if len(path) == 2 and is_inbox(path[1]):
            return self._address(viewer, self._events.event(viewer, path[0]))
        return super().canonical(viewer, path)

    def inside(self, viewer: Viewer, path: Path) -> Inside:
        """See HandingWriter. In an event the inbox alone can be locked, and in that what is in it."""
        if len(path) == 1:
            return Inside(own={INBOX: self._address(viewer, self._events.event(viewer, path[0]))})
        return super().inside(viewer, path)

    def make_folder(self, viewer: Viewer, path: Path) -> None:
        """Refused."""
        raise ReadOnly(TOP)

    def _address(self, viewer: Viewer, event: str) -> str:
        return f"/{self.name}/{event}/{viewer.user_id}"
