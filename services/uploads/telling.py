"""What the sender of an upload is told of it.

A guest learns that a file was received, stored or refused, and nothing by which the owner's storage could be asked
what lies in it: neither its name, nor why something waits, nor whether they had this very file already. What had
only to be recognised would be done sooner than what had to be written, so a guest hears of either after a while.
"""

from dataclasses import dataclass
from typing import Literal

from services.clock import SECOND, now
from services.models import Upload
from services.viewers import Viewer

SOONEST = 20 * SECOND
"""So long after it was received a guest hears at the soonest that it is stored."""

State = Literal["receiving", "received", "stored", "refused"]


@dataclass(frozen=True, slots=True)
class Told:
    """An upload for its sender. `problem` is why it was refused, waits, or is stored and not in the event;
    `waits_for` is the storage's name."""

    id: str
    name: str
    mime: str
    size: int
    got: int
    state: State
    problem: str
    waits_for: str
    stored_in: str
    created_at: int
    expires_at: int
    item: str | None


def tell(viewer: Viewer, upload: Upload) -> Told:
    """The upload as this viewer, whose own it is, may know it."""
    state = _state(upload)
    is_guest = viewer.kind == "guest"
    if is_guest and state == "stored" and now() < (upload.received_at or 0) + SOONEST:
        state = "received"
    storage = "" if is_guest else upload.storage.name
    waits = state == "received" and upload.problem != ""
    is_told = state == "refused" or (state != "receiving" and not is_guest)
    return Told(
        id=upload.pid, name=upload.name, mime=upload.mime, size=upload.size, got=upload.got, state=state,
        problem=upload.problem if is_told else "",
        waits_for=storage if waits else "", stored_in=storage if state == "stored" else "",
        created_at=upload.created_at, expires_at=upload.expires_at,
        item=None if is_guest or upload.item is None or state != "stored" else upload.item.pid,
    )  # fmt: skip


def _state(upload: Upload) -> State:
    match upload.state:
        case "open":
            return "receiving"
        case "whole":
            return "received"
        case "done":
            return "stored"
        case _:
            return "refused"
