"""Writing in `Events/<event>/Inbox/`: putting a picture there brings it to the event, taking it away takes it back.

It comes in by reference, like everything that people bring: the bytes of what is put go to their default storage, and
it waits where the event asks. Nothing else of an event is changed here, and one that is over is not here.
"""

from services import events
from services.errors import ReadOnly
from services.handing import Handing
from services.viewers import Viewer
from virtualfs.events import EventsBranch, is_inbox
from virtualfs.handing import HandingWriter, Spot
from virtualfs.writing import Act, Path

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
        address = f"/{self.name}/{event}/{viewer.user_id}"
        return Spot(events.inbox(viewer, event), address, 2)

    def require(self, viewer: Viewer, path: Path, act: Act) -> None:
        """See Writer. The inbox itself can be locked and described, not changed."""
        if len(path) == 2 and is_inbox(path[1]) and act in {"lock", "describe"}:
            self._events.event(viewer, path[0])
            return
        super().require(viewer, path, act)

    def canonical(self, viewer: Viewer, path: Path) -> str:
        """See HandingWriter."""
        if len(path) == 2 and is_inbox(path[1]):
            return f"/{self.name}/{self._events.event(viewer, path[0])}/{viewer.user_id}"
        return super().canonical(viewer, path)

    def make_folder(self, viewer: Viewer, path: Path) -> None:
        """Refused."""
        raise ReadOnly(TOP)
